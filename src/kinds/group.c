/* SPDX-License-Identifier: ISC */
/* Documents of kind group. */
#include "community/group_rows.h"

#include "base/json.h"
#include "base/text.h"
#include "kinds/parts.h"
#include "record/doc_check.h"
#include "record/schema.h"
#include "record/words.h"
#include "store/store.h"

#include <string.h>

#define FIELDS_MAX 500
#define HISTORY_MAX (36500 * INT64_C(86400000000))

static const char *const types[] = { "boolean", "datetime", "integer", "string", NULL };
static const char *const automations[] = { "user", "feedback", "project", NULL };
static const char *const conversions[] = { "lossy", NULL };

static const struct member field_parts[] = {
	{ "label", MEMBER_LINE, MEMBER_NEEDED | MEMBER_FILLED, .label = "Label",
	    .hint = "as lists and reports show it", .asked = 2 },
	{ "parameter", MEMBER_PARAMETER, MEMBER_NEEDED | MEMBER_FILLED, .label = "Parameter",
	    .hint = "as the other system sends it, letter by letter: launches, or\n"
	        "/account/paying for what stands inside", .asked = 1 },
	{ "type", MEMBER_CHOICE, MEMBER_NEEDED, .label = "Type", .choices = types,
	    .words = words_field_types, .asked = 3 },
	{ "description", MEMBER_TEXT, 0, .label = "Description" },
	{ "zone", MEMBER_LINE, MEMBER_FILLED, .label = "Zone of times without one",
	    .hint = "of dates and times that come without one, such as Europe/Berlin" },
	{ "history", MEMBER_STRING, 0, .label = "History",
	    .hint = "how long earlier values are kept, such as 90d; without it only the newest is" },
	/* For this time: see renamed(). */
	{ "was", MEMBER_PARAMETER, MEMBER_DERIVED, .label = "Parameter that it had",
	    .from = "the parameter that the field had, whose values it takes over" },
	{ .name = NULL },
};

static const struct member members[] = {
	{ "key", MEMBER_KEY, MEMBER_NEEDED, .label = "Key", .column = 2 },
	{ "project", MEMBER_KEY, 0, .label = "Project", .refers = "project", .column = 1 },
	{ "name", MEMBER_LINE, MEMBER_NEEDED | MEMBER_FILLED, .label = "Name", .column = 4 },
	{ "automation", MEMBER_CHOICE, MEMBER_NEEDED, .label = "Automation", .choices = automations, .words = words_automations,
	    .column = 3 },
	{ "description", MEMBER_TEXT, 0, .label = "Description" },
	{ "fields", MEMBER_OBJECT, MEMBER_NEEDED | MEMBER_LIST, .label = "Fields",
	    .parts = field_parts, .hint = "label, parameter and type: 'Launches launches integer'" },
	{ .name = NULL },
};

/* Is for this time, and not kept. */
static const struct member only_now[] = {
	{ "convert", MEMBER_CHOICE, 0, .label = "Convert",
	    .hint = "when a type changes: lossy gives up values that are none of the new type", .choices = conversions },
	{ "mayLose", MEMBER_INTEGER, 0, .label = "May lose", .low = 0, .high = INT64_MAX,
	    .hint = "with lossy: at most so many values; where more would be lost, nothing is changed" },
	{ .name = NULL },
};

static void
check_history(struct json_object *field, const char *pointer, struct complaints *complaints)
{
	struct span text = json_string(field, "history");
	int64_t history;

	if (text.p != NULL && (!text_duration(text, &history) || history <= 0 ||
	    history > HISTORY_MAX))
		complain(complaints, pointer, "\"history\" must be a time such as \"90d\", at "
		    "most \"36500d\"");
}

static void
check_zone(struct arena *arena, struct json_object *field, const char *pointer,
    struct complaints *complaints)
{
	struct span zone = json_string(field, "zone");

	if (zone.n > 0 && zone_load(arena, zone) == NULL)
		complain(complaints, pointer, "%s", zone_missing(arena, zone));
	else if (zone.n > 0 && !span_is(json_string(field, "type"), "datetime"))
		complain(complaints, pointer, "only fields of type datetime have times");
}

static void
check_twins(struct arena *arena, struct json_object *fields, size_t field,
    const char *member, struct complaints *complaints)
{
	struct span name = json_string(json_at(fields, field), member);

	for (size_t i = 0; i < field && name.n > 0; i++)
		if (span_eq(json_string(json_at(fields, i), member), name)) {
			complain(complaints, arena_printf(arena, "/fields/%zu/%s", field, member),
			    "field %zu has the same %s", i, member);
			return;
		}
}

static void
check_field(struct arena *arena, struct json_object *fields, size_t i,
    struct complaints *complaints)
{
	const char *pointer = arena_printf(arena, "/fields/%zu/history", i);

	check_history(json_at(fields, i), pointer, complaints);
	check_zone(arena, json_at(fields, i), arena_printf(arena, "/fields/%zu/zone", i),
	    complaints);
	check_twins(arena, fields, i, "label", complaints);
	check_twins(arena, fields, i, "parameter", complaints);
	check_twins(arena, fields, i, "was", complaints);
}

static void
check(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct json_object *fields = json_get(doc, "fields");
	struct span key = json_string(doc, "key");

	schema_check(SCHEMA(members, only_now), doc, complaints, "");
	if (key.n > 0 && memchr(key.p, '.', key.n) != NULL)
		complain(complaints, "/key", "the key of a group cannot have a dot: in "
		    "data.<group>.<parameter> it ends there");
	if (json_count(fields) > FIELDS_MAX) {
		complain(complaints, "/fields", "must have at most %d fields", FIELDS_MAX);
		return;
	}
	for (size_t i = 0; i < json_count(fields); i++)
		check_field(txn_arena(txn), fields, i, complaints);
}

/* Of a field that gets another parameter "was" tells the old one, whose values it has then. */
static void
check_was(struct txn *txn, const struct group *old, struct json_object *fields,
    struct complaints *complaints)
{
	struct arena *arena = txn_arena(txn);

	for (size_t i = 0; i < json_count(fields); i++) {
		struct span was = json_string(json_at(fields, i), "was");

		if (was.n > 0 && (old == NULL || group_field_by_parameter(old, was) ==
		    old->field_count))
			complain(complaints, arena_printf(arena, "/fields/%zu/was", i), "the group "
			    "has no field of the parameter \"%s\"", doc_short(arena, was));
	}
}

static struct json_object *
without_was(struct arena *arena, struct json_object *doc)
{
	struct json_object *fields = json_get(doc, "fields"), *kept = json_new_array(arena);

	for (size_t i = 0; i < json_count(fields); i++) {
		struct json_object *field = json_copy(arena, json_at(fields, i));

		json_del(field, "was");
		json_append(kept, json_share(field));
	}
	json_set(doc, "fields", json_share(kept));
	return doc;
}

static char
put(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct arena *arena = txn_arena(txn);
	const struct group *old = group_load(txn, arena, json_string(doc, "project"),
	    json_string(doc, "key"));
	size_t before = complaints->count;

	check_was(txn, old, json_get(doc, "fields"), complaints);
	if (complaints->count > before)
		return '=';
	if (old == NULL)
		group_change_made(txn, doc);
	else if (!group_change(txn, old, doc, complaints))
		return '=';
	return doc_put(txn, "group", without_was(arena, schema_pick(arena, members, doc)));
}

/* The name of a field of the group, as this document would say it? */
static bool
names_field(struct txn *txn, const struct group *group, struct json_object *doc,
    struct span name)
{
	struct span path;
	enum record record;

	if (span_starts(name, "-"))
		name = (struct span){ name.p + 1, name.n - 1 };
	if (!span_starts(name, "data.") ||
	    !record_by_name(json_string(doc, "automation"), &record))
		return false;
	path = group_index_path(txn, record, json_string(doc, "project"), name);
	for (size_t i = 0; i < group->field_count; i++)
		if (span_eq(group->fields[i].path, path))
			return true;
	return false;
}

/* Authors of comments and submitters are users, whatever the listener is about. */
static bool
person_is_found_by(struct txn *txn, const struct group *group, struct json_object *doc)
{
	struct json_object *users = json_new_object(txn_arena(txn));

	json_set_text(users, "automation", SPAN("user"));
	json_set_text(users, "project", json_string(doc, "project"));
	return names_field(txn, group, users, json_string(json_get(doc, "author"), "match")) ||
	    names_field(txn, group, users, json_string(json_get(json_get(json_get(doc,
	        "target"), "create"), "submitter"), "match"));
}

/* Listeners find their target and people by a field, views show it. */
static bool
document_names_field(struct txn *txn, const struct group *group, struct json_object *doc)
{
	struct json_object *columns = json_get(doc, "columns");

	for (size_t i = 0; i < json_count(columns); i++)
		if (names_field(txn, group, doc, json_span(json_at(columns, i))))
			return true;
	return names_field(txn, group, doc, json_string(doc, "sort")) ||
	    person_is_found_by(txn, group, doc) ||
	    names_field(txn, group, doc, json_string(json_get(doc, "target"), "match"));
}

static void
uses_fields(struct doc_uses *uses, struct txn *txn, const char *kind,
    const struct group *group)
{
	struct arena *arena = txn_arena(txn);
	struct span at = { NULL, 0 };
	struct json_object *doc;

	while ((doc = doc_next(txn, kind, at, &at)) != NULL)
		if (document_names_field(txn, group, doc))
			doc_uses_add(uses, arena, kind, doc_full_name(arena, doc));
}

/* Rows that only tell when something was cleared go with the group. False when one has
 * a value: what is more is dropped by slices first. */
static bool
drop_rows(struct txn *txn, const struct group *group, struct complaints *complaints)
{
	struct arena *arena = txn_arena(txn);
	struct span *ids;
	size_t n = group_ids(txn, arena, group, &ids);
	struct group_row row;

	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < n; i++) {
			struct arena_mark mark = arena_mark(arena);

			if (!group_row_load(txn, group, ids[i], &row))
				return false;
			if (group_row_has_values(&row)) {
				complain(complaints, "", "still has values; remove it with --yes to "
				    "drop them");
				return false;
			}
			if (pass == 1)
				group_row_drop(txn, &row);
			arena_rewind(arena, mark);
		}
	return true;
}

/* Reports are of it, or of a field. */
static void
uses_in_reports(struct doc_uses *uses, struct txn *txn, const struct group *group)
{
	struct group_uses named = { .fields = arena_alloc(txn_arena(txn),
	    (group->field_count + 1) * sizeof *named.fields) };
	struct span at = { NULL, 0 };
	struct json_object *doc;

	while ((doc = doc_next(txn, "report", at, &at)) != NULL)
		if (group_uses(txn, group, doc, &named))
			doc_uses_add(uses, txn_arena(txn), "report", doc_full_name(txn_arena(txn), doc));
}

static void
uses_of_group(struct doc_uses *uses, struct txn *txn, const struct group *group)
{
	doc_uses_rules(uses, txn, "group", group->full_name);
	uses_fields(uses, txn, "listener", group);
	uses_fields(uses, txn, "view", group);
	uses_in_reports(uses, txn, group);
}

bool
group_unused(struct txn *txn, const struct group *group, struct complaints *complaints)
{
	struct doc_uses uses = { .n = 0 };

	uses_of_group(&uses, txn, group);
	return doc_uses_none(&uses, complaints);
}

static void
uses_of(struct doc_uses *uses, struct txn *txn, struct span name)
{
	struct span project, key;
	const struct group *group;

	doc_name_split(name, &project, &key);
	group = group_load(txn, txn_arena(txn), project, key);
	if (group != NULL)
		uses_of_group(uses, txn, group);
}

static void
parts(struct txn *txn, struct span name, const struct doc_visit *visit)
{
	const struct group *group = group_rule(txn, name);

	if (group != NULL)
		value_each_of(txn, group, visit);
}

static bool
group_remove(struct txn *txn, struct span name, struct complaints *complaints)
{
	const struct group *group;
	struct span project, key;

	doc_name_split(name, &project, &key);
	group = group_load(txn, txn_arena(txn), project, key);
	if (group == NULL)
		return false;
	if (!drop_rows(txn, group, complaints))
		return false;
	group_change_gone(txn, group);
	return doc_remove(txn, "group", name);
}

const struct kind kind_group = {
	.name = "group",
	.order = 80,
	.exported = true,
	.members = SCHEMA(members, only_now),
	.check = check,
	.put = put,
	.uses = uses_of,
	.parts = parts,
	.remove = group_remove,
};
