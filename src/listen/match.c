/* SPDX-License-Identifier: ISC */
#include "listen/match.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "community/group.h"
#include "community/names.h"
#include "community/people.h"
#include "record/doc_check.h"
#include "store/store.h"

#define NAMESAKES_MAX 100 /* users of one name that are looked at */

const struct member match_parts[] = {
	{ "match", MEMBER_STRING, MEMBER_FILLED, .label = "Found by",
	    .hint = "email, username, fields.NAME or data.GROUP.PARAMETER; email unless said" },
	{ "parameter", MEMBER_PARAMETER, MEMBER_NEEDED | MEMBER_FILLED, .label = "Parameter" },
	{ .name = NULL },
};

void
match_check(struct span by, struct complaints *complaints, const char *at)
{
	if (by.n > 0 && !span_is(by, "id") && !span_is(by, "email") &&
	    !span_is(by, "username") && !span_starts(by, "fields.") &&
	    !span_starts(by, "data."))
		complain(complaints, at, "\"%.*s\" cannot be looked up; use id, email, username, "
		    "fields.<name> or data.<group>.<parameter>", (int)by.n, by.p);
}

void
match_refer(struct txn *txn, const struct match *match, struct complaints *complaints,
    const char *at)
{
	struct names names = { .txn = txn, .arena = txn_arena(txn), .record = match->record,
		.project = match->project, .stored = true };
	struct span name = match->by;
	const char *wrong;

	if (name.n == 0)
		return;
	if (!span_starts(name, "data."))
		name = span_of(arena_printf(txn_arena(txn), "%s.%.*s",
		    record_name(match->record), (int)name.n, name.p));
	wrong = names_wrong(&names, name);
	if (wrong != NULL)
		complain(complaints, at, "%s", wrong);
}

struct span
match_tidy(const struct match *match, struct span name)
{
	return span_is(match->by, "id") || span_is(match->by, "email") ? text_strip(name) : name;
}

struct span
match_name(struct arena *arena, const struct match *match, struct json_object *value)
{
	struct group_value number;
	const char *wrong;

	switch (doc_type(value)) {
	case DOC_STRING:
		return match_tidy(match, json_span(value));
	case DOC_FRACTION:
		if (span_is(match->by, "id") && group_value_read(arena, GROUP_INTEGER, NULL, value,
		        &number, &wrong))
			return group_value_text(arena, GROUP_INTEGER, &number);
		return json_number_text(value);
	case DOC_INTEGER:
	case DOC_BOOLEAN:
		return json_number_text(value);
	default:
		return (struct span){ NULL, 0 };
	}
}

/* Where it stands in the index; "" nowhere. */
static struct span
index_path(struct txn *txn, const struct match *match)
{
	return span_starts(match->by, "data.") ? group_index_path(txn, match->record,
	    match->project, match->by) : match->by;
}

size_t
match_find(struct txn *txn, const struct match *match, struct span value,
    struct span *ids, size_t max)
{
	return record_find_of(txn, match->record, index_path(txn, match), value, match->project,
	    ids, max);
}

size_t
match_find_people(struct txn *txn, const struct match *match, struct span value,
    struct span *ids, size_t max)
{
	struct span found[NAMESAKES_MAX];
	size_t count = 0, n;

	if (match->project.n == 0)
		return match_find(txn, match, value, ids, max);
	n = record_find(txn, RECORD_USER, index_path(txn, match), value, found, NAMESAKES_MAX);
	for (size_t i = 0; i < n && count < max; i++)
		if (people_belongs(txn, people_author_by_id(txn, found[i]), match->project))
			ids[count++] = found[i];
	return count;
}

bool
match_is_unique(const struct match *match)
{
	return span_is(match->by, "id") ||
	    (match->record == RECORD_USER && span_is(match->by, "email"));
}

struct json_object *
match_value(struct txn *txn, struct arena *arena, const struct match *match,
    struct json_object *record)
{
	struct group_named named;
	struct span *values;
	struct json_object *value;

	if (span_starts(match->by, "fields."))
		return json_get(json_get(record, "fields"), arena_string(arena, match->by) +
		    sizeof "fields." - 1);
	if (!span_starts(match->by, "data."))
		return json_get(record, arena_string(arena, match->by));
	if (!group_named(txn, match->record, match->project, match->by, &named))
		return NULL;
	values = arena_alloc(arena, named.group->field_count * sizeof *values);
	if (!group_values(txn, named.group, json_string(record, "id"), values) ||
	    values[named.field].p == NULL)
		return NULL;
	/* A text or a number stands at the top of no JSON that we read. */
	value = json_load(arena, span_of(arena_join(arena, SPAN("["), values[named.field],
	    SPAN("]"))));
	return json_at(value, 0);
}
