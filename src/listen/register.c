/* SPDX-License-Identifier: ISC */
/* Every kind of document, what is referred to before what refers to it. */
#include "listen/register.h"

#include "act/macro.h"
#include "act/schedule.h"
#include "community/apikey.h"
#include "community/feedback.h"
#include "community/group.h"
#include "community/people.h"
#include "community/saved_filter.h"
#include "community/select.h"
#include "kinds/report.h"
#include "kinds/template.h"
#include "listen/listener.h"
#include "record/words.h"

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
	&kind_report,
	&kind_macro,
	&kind_listener,
	&kind_schedule,
	&kind_apikey,
	&kind_comment,
	&kind_value,
	NULL,
};

const struct kind *
kind_by_name(struct span name)
{
	for (const struct kind *const *kind = kinds; *kind != NULL; kind++)
		if (span_is(name, (*kind)->name))
			return *kind;
	return NULL;
}

const struct kind *
kind_by_word(struct span name)
{
	const char *ours = words_ours(words_kinds, name);

	for (const struct kind *const *kind = kinds; ours == NULL && *kind != NULL; kind++)
		if (words_same(name, span_of((*kind)->name)))
			return *kind;
	return ours != NULL ? kind_by_name(span_of(ours)) : NULL;
}
