/* SPDX-License-Identifier: ISC */
/* Every kind of document, what is referred to before what refers to it. */
#include "apikey.h"
#include "feedback.h"
#include "group.h"
#include "listener.h"
#include "macro.h"
#include "people.h"
#include "saved.h"
#include "schedule.h"
#include "select.h"
#include "template.h"

const struct kind *const kinds[] = {
	&kind_setting,
	&kind_project,
	&kind_rank,
	&kind_team,
	&kind_user,
	&kind_feedback,
	&kind_template,
	&kind_group,
	&kind_filter,
	&kind_view,
	&kind_macro,
	&kind_listener,
	&kind_schedule,
	&kind_apikey,
	&kind_comment,
	&kind_value,
	NULL,
};
