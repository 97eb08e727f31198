/* SPDX-License-Identifier: ISC */
/* Every kind of document, what is referred to before what refers to it. */
#include "listen/register.h"

#include "act/macro.h"
#include "act/schedule.h"
#include "base/json.h"
#include "community/apikey.h"
#include "community/feedback.h"
#include "community/group.h"
#include "community/people.h"
#include "community/saved_filter.h"
#include "community/select.h"
#include "kinds/template.h"
#include "listen/listener.h"
#include "record/words.h"

#include <string.h>

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

/* "1042/0193…", "ann@mail.example/0193…" */
static struct span
comment_name(struct arena *arena, struct json_object *doc)
{
	struct span target = json_string(doc, "user");

	if (target.n == 0)
		target = json_string(doc, "feedback");
	return doc_name(arena, target, json_string(doc, "id"));
}

/* "usage/ann@mail.example", "phone/sync/1042" */
static struct span
value_name(struct arena *arena, struct json_object *doc)
{
	static const char *const targets[] = { "user", "feedback", "target" };
	struct span group = doc_name(arena, json_string(doc, "project"),
	    json_string(doc, "group")), target = SPAN("");

	for (size_t i = 0; i < sizeof targets / sizeof targets[0] && target.n == 0; i++)
		target = json_string(doc, targets[i]);
	return doc_name(arena, group, target);
}

struct span
kind_name_of(struct arena *arena, const struct kind *kind, struct json_object *doc)
{
	static const struct {
		const char *kind, *member;
	} named[] = {
		{ "user", "email" },
		{ "feedback", "id" },
		{ "delivery", "id" },
		{ "apikey", "name" },
	};

	if (strcmp(kind->name, "setting") == 0)
		return SPAN("setting");
	if (strcmp(kind->name, "comment") == 0)
		return comment_name(arena, doc);
	if (strcmp(kind->name, "value") == 0)
		return value_name(arena, doc);
	for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
		if (strcmp(kind->name, named[i].kind) == 0)
			return arena_copy(arena, json_string(doc, named[i].member));
	return doc_full_name(arena, doc);
}
