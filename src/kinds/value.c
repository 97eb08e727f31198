/* SPDX-License-Identifier: ISC */
/*
 * Documents of kind value: the values of one group for one record. An absent
 * parameter leaves what is stored, null clears it. On the command line they are
 * named by group and record: "usage/ann@mail.example", "phone/sync/1042".
 */
#include "community/group_rows.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/pointer.h"
#include "base/text.h"
#include "community/people.h"
#include "kinds/parts.h"
#include "record/doc_check.h"
#include "record/schema.h"
#include "store/store.h"
#include "store/table.h"

#include <string.h>

#define PASSED_AT_ONCE 1000 /* rows that are there for nobody: a millisecond or two */

static const struct {
	const char *member; /* that names the record */
	const char *pointer;
} targets[] = {
	[RECORD_USER] = { "user", "/user" },
	[RECORD_FEEDBACK] = { "feedback", "/feedback" },
	[RECORD_PROJECT] = { "target", "/target" },
};
_Static_assert(sizeof targets / sizeof targets[0] == RECORD__MAX, "a row per record");

static const struct member set_parts[] = {
	{ "at", MEMBER_TIME, MEMBER_NEEDED, .label = "At" },
	{ "delivery", MEMBER_UUID, 0, .label = "Delivery" },
	{ .name = NULL },
};

static const struct member past_parts[] = {
	{ "at", MEMBER_TIME, MEMBER_NEEDED, .label = "At" },
	{ "value", MEMBER_ANY, MEMBER_NEEDED, .label = "Value" },
	{ .name = NULL },
};

static const struct member members[] = {
	{ "group", MEMBER_NAME, MEMBER_NEEDED | MEMBER_FILLED, .label = "Group", .column = 1 },
	{ "project", MEMBER_KEY, 0, .label = "Project" },
	{ "user", MEMBER_EMAIL, 0, .label = "User", .column = 2 },
	{ "feedback", MEMBER_STRING, MEMBER_FILLED, .label = "Ticket", .column = 3 },
	{ "target", MEMBER_KEY, 0, .label = "Of the project", .column = 4 },
	{ "values", MEMBER_OBJECT, MEMBER_NEEDED, .label = "Values", .column = 6 },
	{ "at", MEMBER_TIME, 0, .label = "At", .column = 5 },
	{ "set", MEMBER_OBJECT, 0, .label = "When each was set" },
	{ "history", MEMBER_OBJECT, 0, .label = "What they were before" },
	{ .name = NULL },
};

static void
check_set(struct arena *arena, struct json_object *doc, struct complaints *complaints)
{
	struct doc_member *set;
	size_t n = doc_members(arena, json_get(doc, "set"), &set);

	for (size_t i = 0; i < n; i++)
		schema_check(SCHEMA(set_parts), set[i].value, complaints,
		    pointer_member(arena, "/set", set[i].name));
}

static void
check_history(struct arena *arena, struct json_object *doc, struct complaints *complaints)
{
	struct doc_member *history;
	size_t n = doc_members(arena, json_get(doc, "history"), &history);

	for (size_t i = 0; i < n; i++) {
		const char *pointer = pointer_member(arena, "/history", history[i].name);

		if (!json_is_array(history[i].value))
			complain(complaints, pointer, "must be a list of {\"at\":…,\"value\":…}");
		for (size_t j = 0; j < json_count(history[i].value); j++)
			schema_check(SCHEMA(past_parts), json_at(history[i].value, j), complaints,
			    arena_printf(arena, "%s/%zu", pointer, j));
	}
}

static void
check(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct span group = json_string(doc, "group");
	int named = 0;

	schema_check(SCHEMA(members), doc, complaints, "");
	if (json_string(doc, "project").n > 0 && group.n > 0 &&
	    memchr(group.p, '/', group.n) != NULL)
		complain(complaints, "/project", "the name of the group has a project already");
	for (int i = 0; i < RECORD__MAX; i++)
		named += json_get(doc, targets[i].member) != NULL;
	if (named != 1)
		complain(complaints, "", "one of \"user\", \"feedback\" and \"target\" (the key "
		    "of a project) must be given");
	check_set(txn_arena(txn), doc, complaints);
	check_history(txn_arena(txn), doc, complaints);
}

/* One document on its way into its row. */
struct putting {
	struct txn *txn;
	struct json_object *doc;
	struct complaints *complaints;
	const struct group *group;
	struct group_row row;
	struct group_setting *settings; /* parallel to the fields; value NULL: leave */
	int64_t at, now;
	bool timed;                     /* the document says when */
	bool changed;
};

static bool
find_record(struct txn *txn, enum record record, struct span name, struct span *id_r)
{
	if (record == RECORD_USER)
		return people_id(txn, name, id_r);
	*id_r = name;
	return record_exists(txn, record, name);
}

static bool
find_row(struct putting *putting)
{
	struct txn *txn = putting->txn;
	struct span name = json_string(putting->doc, "group"), id;
	struct span project = json_string(putting->doc, "project");
	enum record record;

	if (project.n > 0)
		name = doc_name(txn_arena(txn), project, name);
	putting->group = group_rule(txn, name);
	if (putting->group == NULL) {
		complain(putting->complaints, "/group", "there is no group \"%.*s\"",
		    (int)name.n, name.p);
		return false;
	}
	record = putting->group->record;
	name = json_string(putting->doc, targets[record].member);
	if (name.n == 0) {
		complain(putting->complaints, "/group", "is a group for %s automation: "
		    "\"%s\" must be given", record_name(record), targets[record].member);
		return false;
	}
	if (!find_record(txn, record, name, &id)) {
		complain(putting->complaints, targets[record].pointer, "there is no %s \"%.*s\"",
		    record_name(record), (int)name.n, name.p);
		return false;
	}
	return group_row_load(txn, putting->group, id, &putting->row);
}

/* The field of a member of values, set or history. */
static bool
find_field(struct putting *putting, const char *in, const char *name, size_t *field_r)
{
	struct arena *arena = txn_arena(putting->txn);

	*field_r = group_field_by_parameter(putting->group, span_of(name));
	if (*field_r < putting->group->field_count)
		return true;
	complain(putting->complaints, pointer_member(arena, in, name),
	    "the group has no parameter \"%s\"", doc_short(arena, span_of(name)));
	return false;
}

static const struct group_value cleared = { .clear = true };

static void
read_set(struct putting *putting)
{
	struct doc_member *set;
	size_t n = doc_members(txn_arena(putting->txn), json_get(putting->doc, "set"), &set);
	size_t field;

	for (size_t i = 0; i < n; i++) {
		if (!find_field(putting, "/set", set[i].name, &field))
			continue;
		text_time(json_string(set[i].value, "at"), &putting->settings[field].at);
		id_read(json_string(set[i].value, "delivery"),
		    &putting->settings[field].delivery);
		putting->settings[field].remember = true;
		putting->settings[field].value = &cleared;
	}
}

static void
read_values(struct putting *putting)
{
	struct arena *arena = txn_arena(putting->txn);
	struct doc_member *values;
	size_t n = doc_members(arena, json_get(putting->doc, "values"), &values), field;
	const char *sentence;

	for (size_t i = 0; i < n; i++) {
		struct group_value *value;

		if (!find_field(putting, "/values", values[i].name, &field))
			continue;
		value = arena_alloc(arena, sizeof *value);
		putting->settings[field].value = value;
		if (!group_value_read(arena, putting->group->fields[field].type,
		    NULL, values[i].value, value, &sentence))
			complain(putting->complaints,
			    pointer_member(arena, "/values", values[i].name), "%s", sentence);
	}
}

static void
put_history(struct putting *putting, size_t field, const char *name,
    struct json_object *list)
{
	struct arena *arena = txn_arena(putting->txn);
	enum group_type type = putting->group->fields[field].type;
	int64_t kept = putting->group->fields[field].history, at;
	struct group_value value;
	const char *sentence;

	if (putting->settings[field].value == NULL && putting->row.entries[field].at.p == NULL)
		complain(putting->complaints, pointer_member(arena, "/history", name),
		    "has a history, but is neither in \"values\" nor in \"set\"");
	putting->settings[field].remember = true;
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *past = json_at(list, i);

		if (!group_value_read(arena, type, NULL, json_get(past, "value"), &value,
		        &sentence))
			complain(putting->complaints, arena_printf(arena, "%s/%zu/value",
			    pointer_member(arena, "/history", name), i), "%s", sentence);
		else if (text_time(json_string(past, "at"), &at) && at >= putting->now - kept)
			putting->changed |= group_past_put(putting->txn, &putting->row, field, at,
			    group_value_json(arena, type, &value));
	}
}

static void
read_history(struct putting *putting)
{
	struct doc_member *history;
	size_t n = doc_members(txn_arena(putting->txn), json_get(putting->doc, "history"),
	    &history), field;

	for (size_t i = 0; i < n; i++)
		if (find_field(putting, "/history", history[i].name, &field))
			put_history(putting, field, history[i].name, history[i].value);
}

/* What the document says, it says now: an older time does not keep it out. */
static void
set_all(struct putting *putting)
{
	struct group_row *row = &putting->row;

	for (size_t i = 0; i < putting->group->field_count; i++) {
		const struct group_setting *setting = &putting->settings[i];

		if (setting->value != NULL && (putting->timed || setting->remember ||
		    !group_row_same(putting->txn, row, i, setting->value)))
			group_row_set(putting->txn, row, i, setting);
	}
	if (putting->timed)
		group_row_touch(putting->txn, row, putting->at);
}

static char
put(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct arena *arena = txn_arena(txn);
	size_t before = complaints->count;
	struct putting putting = { .txn = txn, .doc = doc, .complaints = complaints,
		.now = text_now() };

	putting.timed = text_time(json_string(doc, "at"), &putting.at);
	if (!putting.timed)
		putting.at = putting.now;
	if (!find_row(&putting))
		return '=';
	putting.settings = arena_alloc(arena,
	    (putting.group->field_count + 1) * sizeof *putting.settings);
	for (size_t i = 0; i < putting.group->field_count; i++)
		putting.settings[i] = (struct group_setting){ .at = putting.at,
			.now = putting.now };
	read_set(&putting);
	read_values(&putting);
	read_history(&putting);
	if (complaints->count > before)
		return '=';
	set_all(&putting);
	putting.changed |= group_row_save(txn, &putting.row);
	return !putting.changed ? '=' : putting.row.exists ? 'u' : 'c';
}

static struct json_object *
shown(struct txn *txn, const struct group_row *row)
{
	struct arena *arena = txn_arena(txn);
	const struct group *group = row->group;
	struct json_object *doc = json_new_object(arena), *history = json_new_object(arena);
	struct json_object *stored = json_load(arena, group_row_text(arena, row)), *record;
	static const char *const of_values[] = { "values", "at", "set" };
	struct span name = row->id;
	bool past = false;

	if (group->record == RECORD_USER) {
		record = record_load(txn, RECORD_USER, row->id);
		name = json_string(record, "email");
	}
	json_set_text(doc, "kind", SPAN("value"));
	json_set_text(doc, "group", group->key);
	if (group->project.n > 0)
		json_set_text(doc, "project", group->project);
	json_set_text(doc, targets[group->record].member, name);
	for (size_t i = 0; i < sizeof of_values / sizeof of_values[0]; i++)
		json_set(doc, of_values[i], json_share(json_get(stored, of_values[i])));
	for (size_t i = 0; i < group->field_count; i++) {
		struct json_object *list = group_history(txn, group, i, row->id);

		if (json_count(list) == 0)
			continue;
		json_set(history, group->fields[i].parameter.p, json_share(list));
		past = true;
	}
	if (past)
		json_set(doc, "history", json_share(history));
	return doc;
}

void
value_each(struct txn *txn, enum record record, struct span id, const struct doc_visit *visit)
{
	struct arena *arena = txn_arena(txn);
	struct walk *walk = walk_open(txn, TABLE_VALUE, group_key(arena, record, id, SPAN("")),
	    SPAN(""), false);
	struct arena_mark mark = arena_mark(arena);
	const struct group *group;
	struct group_row row;
	struct span key, name;

	while (walk_next(walk, &key, NULL)) {
		if (group_key_read(arena_copy(arena, key), &record, &id, &name) &&
		    (group = group_of_rows(txn, name)) != NULL &&
		    group_row_load(txn, group, id, &row))
			visit->fn(visit->arg, &kind_value, shown(txn, &row));
		arena_rewind(arena, mark);
	}
	walk_close(&walk);
}

void
value_each_of(struct txn *txn, const struct group *group, const struct doc_visit *visit)
{
	struct arena *arena = txn_arena(txn);
	struct span *ids;
	size_t n = group_ids(txn, arena, group, &ids);
	struct arena_mark mark = arena_mark(arena);
	struct group_row row;

	for (size_t i = 0; i < n && group_row_load(txn, group, ids[i], &row); i++) {
		visit->fn(visit->arg, &kind_value, shown(txn, &row));
		arena_rewind(arena, mark);
	}
}

/* The row that a name on the command line means. */
static bool
find(struct txn *txn, struct span name, struct group_row *row_r)
{
	size_t slashes = 0;

	/* An e-mail address may have slashes too. */
	for (size_t i = 0; i < name.n && slashes < 2; i++) {
		struct span rest, id;
		const struct group *group;

		if (name.p[i] != '/')
			continue;
		slashes++;
		group = group_rule(txn, (struct span){ name.p, i });
		rest = (struct span){ name.p + i + 1, name.n - i - 1 };
		if (group != NULL && find_record(txn, group->record, rest, &id) &&
		    group_row_load(txn, group, id, row_r) && row_r->exists)
			return true;
	}
	return false;
}

static struct json_object *
get(struct txn *txn, struct span name)
{
	struct group_row row;

	return find(txn, name, &row) ? shown(txn, &row) : NULL;
}

static bool
value_remove(struct txn *txn, struct span name, struct complaints *complaints)
{
	struct group_row row;

	(void)complaints;
	if (!find(txn, name, &row))
		return false;
	group_row_drop(txn, &row);
	return true;
}

static struct json_object *
next(struct txn *txn, struct span after, struct span *position_r)
{
	struct arena *arena = txn_arena(txn);
	struct span from = SPAN(""), key = SPAN(""), id, name;
	const struct group *group = NULL;
	struct group_row row;
	enum record record;
	struct walk *walk;
	size_t passed = 0;

	if (after.n > 0) /* a copy has a NUL behind it: the least key that is greater */
		from = (struct span){ arena_copy(arena, after).p, after.n + 1 };
	walk = walk_open(txn, TABLE_VALUE, SPAN(""), from, false);
	/* Rows of a form that comes or has gone are passed over: a million may lie in a row. */
	while (group == NULL && walk_next(walk, &key, NULL)) {
		if (!group_key_read(key, &record, &id, &name) || group_form(txn, name) == NULL)
			txn_fail(txn, FAULT_INTERNAL, "values of a group that does not exist");
		else if ((group = group_of_rows(txn, name)) == NULL &&
		    ++passed % PASSED_AT_ONCE == 0 && txn_only_reads(txn))
			txn_breathe(txn);
	}
	if (group != NULL)
		*position_r = key = arena_copy(arena, key);
	walk_close(&walk);
	return group != NULL && txn_ok(txn) && group_key_read(key, &record, &id, &name) &&
	    group_row_load(txn, group, id, &row) ? shown(txn, &row) : NULL;
}

/* The log of changes tells values, and not when each was set. */
static const char *const dated[] = { "at", "set", "history", NULL };

const struct kind kind_value = {
	.name = "value",
	.order = 130,
	.exported = true,
	.dated = dated,
	.members = SCHEMA(members),
	.check = check,
	.put = put,
	.get = get,
	.remove = value_remove,
	.next = next,
};
