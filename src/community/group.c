/* SPDX-License-Identifier: ISC */
#include "community/group_rows.h"

#include "base/json.h"
#include "base/text.h"
#include "record/doc_check.h"
#include "record/rules.h"
#include "record/scope.h"
#include "store/store.h"
#include "store/table.h"

#include <string.h>

#define PATH_MAX_BYTES 1300

/* The group of documents */

static enum group_type
type_of(struct span name)
{
	int type = GROUP_BOOLEAN;

	while (type < GROUP_STRING && !span_is(name, group_type_name((enum group_type)type)))
		type++;
	return (enum group_type)type;
}

static void
compile_field(struct arena *arena, const struct group *group, struct json_object *doc,
    struct group_field *field)
{
	struct buf quoted = { 0 };

	field->label = arena_copy(arena, json_string(doc, "label"));
	field->parameter = arena_copy(arena, json_string(doc, "parameter"));
	field->was = arena_copy(arena, json_string(doc, "was"));
	field->type = type_of(json_string(doc, "type"));
	if (json_string(doc, "zone").n > 0)
		field->zone = zone_load(arena, json_string(doc, "zone"));
	if (!text_duration(json_string(doc, "history"), &field->history))
		field->history = 0;
	buf_json_string(&quoted, field->parameter);
	field->quoted = buf_keep(&quoted, arena);
	field->path = span_of(arena_printf(arena, "%s.%s", group->path.p, field->parameter.p));
}

struct group *
group_compile(struct arena *arena, struct json_object *doc, struct span rows)
{
	struct group *group = arena_alloc(arena, sizeof *group);
	struct json_object *fields = json_get(doc, "fields");

	group->project = arena_copy(arena, json_string(doc, "project"));
	group->key = arena_copy(arena, json_string(doc, "key"));
	group->name = arena_copy(arena, json_string(doc, "name"));
	group->full_name = doc_name(arena, group->project, group->key);
	group->rows = rows.n > 0 ? arena_copy(arena, rows) : group->full_name;
	group->next = NULL;
	group->path = span_of(arena_printf(arena, "data.%s", group->rows.p));
	if (!record_by_name(json_string(doc, "automation"), &group->record))
		return NULL;
	group->field_count = json_count(fields);
	group->fields = arena_alloc(arena, (group->field_count + 1) * sizeof *group->fields);
	for (size_t i = 0; i < group->field_count; i++)
		compile_field(arena, group, json_at(fields, i), &group->fields[i]);
	return group;
}

const struct group *
group_load(struct txn *txn, struct arena *arena, struct span project, struct span key)
{
	struct json_object *doc = doc_load(txn, "group", project, key);
	struct group *group;

	if (doc == NULL)
		return NULL;
	group = group_change_compile(txn, arena, doc);
	if (group == NULL)
		txn_fail(txn, FAULT_INTERNAL, "the group %.*s cannot be read in the store",
		    (int)key.n, key.p);
	return group;
}

static void *
make_rule(struct txn *txn, struct arena *arena, struct span full_name)
{
	struct span project, key;

	doc_name_split(full_name, &project, &key);
	return (void *)(uintptr_t)group_load(txn, arena, project, key);
}

const struct group *
group_rule(struct txn *txn, struct span full_name)
{
	return rules_find(txn, "group", full_name, make_rule);
}

/* Names of a field */

size_t
group_field_by_parameter(const struct group *group, struct span parameter)
{
	size_t i = 0;

	while (i < group->field_count && !span_eq(group->fields[i].parameter, parameter))
		i++;
	return i;
}

struct span
group_last_part(struct arena *arena, struct span parameter)
{
	const char *slash = parameter.n > 0 && parameter.p[0] == '/'
	    ? memrchr(parameter.p, '/', parameter.n) : NULL;
	size_t n = 0;
	char *part;

	if (slash == NULL)
		return SPAN("");
	part = arena_string(arena, (struct span){ slash + 1,
	    parameter.n - (size_t)(slash + 1 - parameter.p) });
	/* ~1 is a slash, ~0 a tilde (RFC 6901). */
	for (const char *p = part; *p != '\0'; p++) {
		part[n] = *p;
		if (*p == '~' && p[1] != '\0')
			part[n] = *++p == '1' ? '/' : '~';
		n++;
	}
	return (struct span){ part, n };
}

/* Parameters come first, then labels, then last parts; of these the first. */
static size_t
field_by_name(struct arena *arena, const struct group *group, struct span name)
{
	size_t field = group_field_by_parameter(group, name);

	if (field < group->field_count || name.n == 0)
		return field;
	for (size_t i = 0; i < group->field_count; i++)
		if (span_eq(group->fields[i].label, name))
			return i;
	for (size_t i = 0; i < group->field_count; i++)
		if (span_eq(group_last_part(arena, group->fields[i].parameter), name))
			return i;
	return group->field_count;
}

/* A rule of a project knows its own groups and those of the community, one of the community
 * all. */
static bool
is_known(struct span group_project, struct span project)
{
	return project.n == 0 || group_project.n == 0 || span_eq(group_project, project);
}

/* How many groups of such records have this key, in whatever project is known; one of them. */
static size_t
count_keys(struct txn *txn, enum record record, struct span project, struct span key,
    struct span *project_r)
{
	struct span position = SPAN("");
	struct json_object *doc;
	size_t n = 0;

	while ((doc = doc_next(txn, "group", position, &position)) != NULL)
		if (span_eq(json_string(doc, "key"), key) &&
		    is_known(json_string(doc, "project"), project) &&
		    span_is(json_string(doc, "automation"), record_name(record))) {
			*project_r = json_string(doc, "project");
			n++;
		}
	return n;
}

/* only_r may be NULL: to count costs. */
static const struct group *
group_of_name(struct txn *txn, enum record record, struct span project, struct span name,
    bool *only_r)
{
	const struct group *group = NULL;
	struct span of, key;
	size_t same = 0;
	bool full;

	doc_name_split(name, &of, &key);
	full = of.n > 0;
	if (scope_find(txn, "group", project, name, &of, &key))
		group = group_rule(txn, doc_name(txn_arena(txn), of, key));
	if (group != NULL && (group->record != record || !is_known(of, project)))
		return NULL;
	if (!full && (group == NULL || only_r != NULL))
		same = count_keys(txn, record, project, key, &of);
	if (only_r != NULL)
		*only_r = full || same == 1;
	return group == NULL && same == 1
	    ? group_rule(txn, doc_name(txn_arena(txn), of, key)) : group;
}

/* As group_named(). */
static bool
find_named(struct txn *txn, enum record record, struct span project, struct span path,
    struct group_named *named_r, bool *only_r)
{
	if (!span_starts(path, "data.") || path.n > PATH_MAX_BYTES)
		return false;
	path = (struct span){ path.p + 5, path.n - 5 };
	/* The key of a project may have dots, so may a parameter. */
	for (size_t i = 1; i + 1 < path.n; i++) {
		if (path.p[i] != '.')
			continue;
		named_r->group = group_of_name(txn, record, project,
		    (struct span){ path.p, i }, only_r);
		if (named_r->group == NULL)
			continue;
		named_r->field = field_by_name(txn_arena(txn), named_r->group,
		    (struct span){ path.p + i + 1, path.n - i - 1 });
		if (named_r->field < named_r->group->field_count)
			return true;
	}
	return false;
}

bool
group_named(struct txn *txn, enum record record, struct span project, struct span path,
    struct group_named *named_r)
{
	return find_named(txn, record, project, path, named_r, &named_r->only);
}

struct span
group_index_path(struct txn *txn, enum record record, struct span project,
    struct span path)
{
	struct group_named named;

	return find_named(txn, record, project, path, &named, NULL)
	    ? arena_copy(txn_arena(txn), named.group->fields[named.field].path) : SPAN("");
}

/* Values */

void
group_store(struct txn *txn, const struct group *group, struct span id,
    const struct group_change *changes, struct id delivery, int64_t now, bool *changed_r)
{
	struct group_row row;

	memset(changed_r, 0, group->field_count * sizeof *changed_r);
	if (!group_row_load(txn, group, id, &row))
		return;
	for (size_t i = 0; i < group->field_count; i++) {
		bool timed = changes[i].newer_than != 0;
		struct group_setting setting = {
			.value = &changes[i].value,
			.at = timed ? changes[i].newer_than : now,
			.delivery = delivery,
			.only_newer = timed,
			.remember = timed, /* something older may still come */
			.now = now,
		};

		if (changes[i].present)
			changed_r[i] = group_row_set(txn, &row, i, &setting);
	}
	group_row_save(txn, &row);
}

bool
group_values(struct txn *txn, const struct group *group, struct span id,
    struct span *values_r)
{
	struct group_row row;

	if (!group_row_load(txn, group, id, &row))
		return false;
	for (size_t i = 0; i < group->field_count; i++)
		values_r[i] = row.entries[i].value;
	return row.exists;
}

struct json_object *
group_history(struct txn *txn, const struct group *group, size_t field, struct span id)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *list = json_new_array(arena);
	struct group_row row = { .group = group, .id = id,
		.key = group_key(arena, group->record, id, group->rows) };
	struct span json;
	int64_t at = INT64_MIN;

	while (group_past_next(txn, &row, field, at, &at, &json)) {
		struct json_object *past = json_new_object(arena);

		doc_set_time(past, "at", at);
		json_set(past, "value", json_share(json_load(arena, json)));
		json_append(list, json_share(past));
		at++;
	}
	return list;
}

void
group_drop_all(struct txn *txn, enum record record, struct span id)
{
	struct arena *arena = txn_arena(txn);
	struct span prefix = group_key(arena, record, id, SPAN("")), key, name, of;
	const struct group *group;
	struct group_row row;
	struct walk *walk;
	bool found;

	do {
		/* From the beginning each time: what was found is gone then. */
		walk = walk_open(txn, TABLE_VALUE, prefix, SPAN(""), false);
		found = walk_next(walk, &key, NULL);
		key = arena_copy(arena, found ? key : SPAN(""));
		walk_close(&walk);
		if (!found)
			return;
		group = group_key_read(key, &record, &of, &name) ? group_form(txn, name) : NULL;
		if (group == NULL)
			txn_fail(txn, FAULT_INTERNAL, "values of a group that does not exist");
		else if (group_row_load(txn, group, id, &row))
			group_row_drop(txn, &row);
	} while (txn_ok(txn));
}

/* What filters and tags see */

struct seen {
	struct span key, project;
	struct json_object *values;
};

static bool
set_free(struct arena *arena, struct json_object *values, struct span name,
    struct json_object *value)
{
	const char *member = arena_string(arena, name);

	if (name.n == 0 || json_has(values, member))
		return false;
	json_set(values, member, json_share(value));
	return true;
}

/* Parameters, then labels, then last parts, so that each finds the others' names taken. */
static struct json_object *
named_values(struct arena *arena, const struct group *group, struct json_object *stored)
{
	struct json_object *values = json_new_object(arena);

	for (int pass = 0; pass < 3; pass++)
		for (size_t i = 0; i < group->field_count; i++) {
			const struct group_field *field = &group->fields[i];
			struct span name = pass == 0 ? field->parameter
			    : pass == 1 ? field->label
			    : group_last_part(arena, field->parameter);

			if (pass > 0 && field_by_name(arena, group, name) != i)
				continue;
			if (json_has(stored, field->parameter.p))
				set_free(arena, values, name, json_get(stored, field->parameter.p));
		}
	return values;
}

/* Whose key alone no other one has, or who is preferred, is found by it. */
static void
name_short(struct arena *arena, struct json_object *data, const struct seen *seen,
    size_t count, struct span project)
{
	for (size_t i = 0; i < count; i++)
		if (seen[i].project.n > 0 && span_eq(seen[i].project, project))
			json_set(data, arena_string(arena, seen[i].key),
			    json_share(seen[i].values));
	for (size_t i = 0; i < count; i++) {
		size_t same = 0;

		for (size_t j = 0; j < count; j++)
			same += span_eq(seen[i].key, seen[j].key);
		if (same == 1)
			set_free(arena, data, seen[i].key, seen[i].values);
	}
}

struct json_object *
group_data(struct txn *txn, struct span project, enum record record, struct span id)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *data = json_new_object(arena), *row;
	struct span key, text, name, of;
	size_t count = 0, size = 0;
	struct seen *seen = NULL;
	struct walk *walk = walk_open(txn, TABLE_VALUE,
	    group_key(arena, record, id, SPAN("")), SPAN(""), false);

	while (walk_next(walk, &key, &text)) {
		const struct group *group = group_key_read(key, &record, &of, &name)
		    ? group_of_rows(txn, name) : NULL;

		if (group == NULL || !is_known(group->project, project))
			continue;
		seen = arena_grow(arena, seen, count, &size, sizeof *seen);
		row = json_load(arena, text);
		name = arena_copy(arena, group->full_name);
		seen[count].values = named_values(arena, group, json_get(row, "values"));
		doc_name_split(name, &seen[count].project, &seen[count].key);
		json_set(data, name.p, json_share(seen[count++].values));
	}
	walk_close(&walk);
	name_short(arena, data, seen, count, project);
	return data;
}
