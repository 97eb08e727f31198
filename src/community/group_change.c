/* SPDX-License-Identifier: ISC */
/*
 * A group gets another form, and its values with it.
 *
 * Rows of TABLE_META, NAME being that of the group, and ROWS that of its rows (group.h):
 * "group-rows" NUL NAME -> ROWS that it has, where they are not called as it is. "group-next" NUL
 * NAME -> {"doc", "rows", "at", "touched", "by", "task"?, "last"?, "done", "of", "ready"?}: what it
 * is becoming. "group-lost" NUL ROWS -> values that are lost by that; behind it NUL and the id of a
 * record -> of that one. "group-old" NUL NAME NUL ROWS -> {"doc", "lost"}: rows that are read no
 * more, and whose lost values were counted. "group-told" NUL NAME -> {"at", "detail"}: why the
 * last change was given up.
 */
#include "community/group_rows.h"

#include "base/json.h"
#include "base/text.h"
#include "record/doc_check.h"
#include "record/meta.h"
#include "record/rules.h"
#include "store/key.h"
#include "store/store.h"
#include "store/table.h"

#include <inttypes.h>
#include <string.h>

#define LEFT_US (INT64_C(900) * 1000000) /* nobody has gone on with it for so long */
/* Of a row that is removed or written anew: so many are as much work as one row more. */
#define FIELDS_A_ROW 16

static const struct span none = { NULL, 0 };

/* behind: after a NUL; p NULL: there is nothing. */
static struct span
meta_key(struct arena *arena, const char *what, struct span name, struct span behind)
{
	struct keybuf key;

	key_begin(&key);
	key_text(&key, span_of(what));
	key_bytes(&key, name);
	if (behind.p != NULL) {
		key_letter(&key, '\0');
		key_bytes(&key, behind);
	}
	return key_keep(&key, arena);
}

static struct span
next_key(struct txn *txn, struct span name)
{
	return meta_key(txn_arena(txn), "group-next", name, none);
}

/* ---- which rows are whose */

struct group *
group_change_compile(struct txn *txn, struct arena *arena, struct json_object *doc)
{
	struct span name = doc_full_name(txn_arena(txn), doc), rows = SPAN("");
	struct json_object *next;
	struct group *group;

	table_get(txn, TABLE_META, meta_key(txn_arena(txn), "group-rows", name, none), &rows);
	group = group_compile(arena, doc, rows);
	next = meta_load(txn, next_key(txn, name));
	if (group != NULL && next != NULL)
		group->next = group_compile(arena, json_get(next, "doc"), json_string(next, "rows"));
	return group;
}

/* "phone/usage" of "phone/usage#2", and 2; 1 of the name alone. */
static struct span
name_of_rows(struct span rows, uint64_t *number_r)
{
	const char *mark = rows.n > 0 ? memchr(rows.p, '#', rows.n) : NULL;
	struct span number;

	*number_r = 1;
	if (mark == NULL)
		return rows;
	number = (struct span){ mark + 1, rows.n - (size_t)(mark + 1 - rows.p) };
	return text_unsigned(number, UINT32_MAX, number_r)
	    ? (struct span){ rows.p, (size_t)(mark - rows.p) } : rows;
}

const struct group *
group_of_rows(struct txn *txn, struct span rows)
{
	uint64_t number;
	const struct group *group = group_rule(txn, name_of_rows(rows, &number));

	return group != NULL && span_eq(group->rows, rows) ? group : NULL;
}

/* Of rows that are read no more. */
static void *
make_old(struct txn *txn, struct arena *arena, struct span rows)
{
	uint64_t number;
	struct span name = name_of_rows(rows, &number);
	struct json_object *old = meta_load(txn, meta_key(txn_arena(txn), "group-old", name, rows));

	return old == NULL ? NULL : group_compile(arena, json_get(old, "doc"), rows);
}

/* What the group has, or is becoming; NULL: neither is written in these rows. */
static const struct group *
form_of(const struct group *group, struct span rows)
{
	if (group == NULL || span_eq(group->rows, rows))
		return group;
	return group->next != NULL && span_eq(group->next->rows, rows) ? group->next : NULL;
}

const struct group *
group_form(struct txn *txn, struct span rows)
{
	uint64_t number;
	const struct group *form = form_of(group_rule(txn, name_of_rows(rows, &number)), rows);

	/* Of a large group there are many such rows, and whoever walks by asks for each. */
	return form != NULL ? form : rules_find(txn, "group-old", rows, make_old);
}

const struct group *
group_stored_form(struct txn *txn, struct span rows)
{
	uint64_t number;
	struct span project, key;
	const struct group *form;

	doc_name_split(name_of_rows(rows, &number), &project, &key);
	form = form_of(group_load(txn, txn_arena(txn), project, key), rows);
	return form != NULL ? form : make_old(txn, txn_arena(txn), rows);
}

bool
group_path_is_hidden(struct txn *txn, struct span path)
{
	const struct span begins = SPAN("data.");
	struct span rows = { path.p + begins.n, 0 };

	/* The key of a project may have dots, so may a parameter. */
	for (size_t i = begins.n; i < path.n; i++) {
		rows.n = i - begins.n;
		if (path.p[i] == '.' && group_form(txn, rows) != NULL)
			return group_of_rows(txn, rows) == NULL;
	}
	return false;
}

bool
group_is_still(struct txn *txn, const struct group *group)
{
	const struct group *now = group_rule(txn, group->full_name);
	struct group_conversion conversion;

	if (now == NULL || !span_eq(now->rows, group->rows) ||
	    now->field_count != group->field_count)
		return false;
	group_conversion_plan(txn_arena(txn), group, now, &conversion);
	return !conversion.works;
}

/* Rows that no others of the group are called like, or were until they have gone. */
static struct span
fresh_rows(struct txn *txn, struct span name, const struct group *group)
{
	struct arena *arena = txn_arena(txn);
	struct span prefix = meta_key(arena, "group-old", name, SPAN("")), key;
	struct walk *walk = walk_open(txn, TABLE_META, prefix, SPAN(""), false);
	uint64_t most = 0, number;

	while (walk_next(walk, &key, NULL)) {
		name_of_rows((struct span){ key.p + prefix.n, key.n - prefix.n }, &number);
		most = number > most ? number : most;
	}
	walk_close(&walk);
	if (group != NULL) {
		name_of_rows(group->rows, &number);
		most = number > most ? number : most;
	}
	return most == 0 ? name : span_of(arena_printf(arena, "%.*s#%" PRIu64, (int)name.n, name.p,
	    most + 1));
}

/* ---- how far it is */

static int64_t
number_at(struct txn *txn, struct span key)
{
	struct span text;
	int64_t number;

	return table_get(txn, TABLE_META, key, &text) && text_integer(text, &number) ? number : 0;
}

static void
set_number(struct txn *txn, struct span key, int64_t number)
{
	if (number == 0)
		table_del(txn, TABLE_META, key);
	else
		table_put(txn, TABLE_META, key, span_of(arena_printf(txn_arena(txn), "%" PRId64,
		    number)));
}

static bool
read_changing(struct txn *txn, struct json_object *row, struct group_changing *changing_r)
{
	if (row == NULL)
		return false;
	*changing_r = (struct group_changing){ .doc = json_get(row, "doc"),
		.at = json_string(row, "at"), .by = json_string(row, "by"),
		.task = json_string(row, "task"), .ready = json_flag(row, "ready", false),
		.done = json_integer(row, "done", 0), .of = json_integer(row, "of", 0),
		.lost = number_at(txn, meta_key(txn_arena(txn), "group-lost",
		    json_string(row, "rows"), none)) };
	return true;
}

bool
group_change_load(struct txn *txn, struct span full_name, struct group_changing *changing_r)
{
	return read_changing(txn, meta_load(txn, next_key(txn, full_name)), changing_r);
}

static bool
same_form(struct json_object *a, struct json_object *b)
{
	return json_equal(json_get(a, "fields"), json_get(b, "fields")) &&
	    span_eq(json_string(a, "automation"), json_string(b, "automation"));
}

bool
group_change_is(const struct group_changing *changing, struct json_object *doc)
{
	return same_form(changing->doc, doc);
}

struct json_object *
group_change_told(struct txn *txn, struct span full_name)
{
	return meta_load(txn, meta_key(txn_arena(txn), "group-told", full_name, none));
}

/* ---- rows in both forms */

void
group_change_follow(struct txn *txn, const struct group *group, struct span id)
{
	struct arena *arena = txn_arena(txn);
	struct span own = meta_key(arena, "group-lost", group->next->rows, id);
	struct span all = meta_key(arena, "group-lost", group->next->rows, none);
	int64_t before = number_at(txn, own), lost = group_row_follow(txn, group, id);

	if (lost == before)
		return;
	set_number(txn, own, lost);
	set_number(txn, all, number_at(txn, all) + lost - before);
}

void
group_change_begin(struct txn *txn, const struct group *old, struct json_object *doc,
    struct span by, struct span task)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *row = json_new_object(arena);
	struct record_range range = { .record = old->record, .path = old->path };

	json_set(row, "doc", json_share(doc));
	json_set_text(row, "rows", fresh_rows(txn, old->full_name, old));
	doc_set_time(row, "at", text_now());
	doc_set_time(row, "touched", text_now());
	if (by.n > 0)
		json_set_text(row, "by", by);
	if (task.n > 0)
		json_set_text(row, "task", task);
	json_set_int(row, "of", (int64_t)record_range_rows(txn, &range));
	meta_save(txn, next_key(txn, old->full_name), row);
	table_del(txn, TABLE_META, meta_key(arena, "group-told", old->full_name, none));
	/* Whoever writes a row has to know. */
	txn_config_changed(txn);
}

bool
group_change_step(struct txn *txn, const struct group *old, bool (*late)(void *arg),
    void *arg)
{
	static const struct record_value there = { .type = RECORD_BOOLEAN, .number = 1 };
	struct arena *arena = txn_arena(txn);
	struct json_object *row = meta_load(txn, next_key(txn, old->full_name));
	struct span last = json_string(row, "last"), id, position;
	struct record_range range = { .record = old->record, .path = old->path };
	int64_t done = json_integer(row, "done", 0);
	struct record_walk *walk;
	struct arena_mark mark;
	struct buf at = { 0 };
	bool more;

	if (row == NULL || json_flag(row, "ready", false))
		return row != NULL;
	walk = record_walk_open(txn, &range, last.n == 0 ? SPAN("")
	    : record_key(arena, old->record, old->path, &there, last));
	mark = arena_mark(arena);
	while ((more = record_walk_next(walk, &id, NULL, &position))) {
		at.n = 0;
		buf_span(&at, id);
		group_change_follow(txn, old, buf_bytes(&at));
		done++;
		arena_rewind(arena, mark);
		if (!txn_ok(txn) || late(arg))
			break;
	}
	record_walk_close(&walk);
	if (at.n > 0)
		json_set_text(row, "last", buf_bytes(&at));
	buf_free(&at);
	json_set_int(row, "done", done);
	doc_set_time(row, "touched", text_now());
	if (!more)
		json_set_bool(row, "ready", true);
	meta_save(txn, next_key(txn, old->full_name), row);
	return !more;
}

/* ---- rows that go */

static void
set_old(struct txn *txn, struct json_object *doc, struct span name, struct span rows,
    struct span counted)
{
	struct json_object *row = json_new_object(txn_arena(txn));

	json_set(row, "doc", json_share(doc));
	json_set_text(row, "lost", counted);
	meta_save(txn, meta_key(txn_arena(txn), "group-old", name, rows), row);
}

void
group_change_abandon(struct txn *txn, const struct group *group, struct span why)
{
	struct span name = group->full_name;
	struct json_object *row = meta_load(txn, next_key(txn, name)), *told;

	if (row == NULL)
		return;
	set_old(txn, json_get(row, "doc"), name, json_string(row, "rows"), json_string(row, "rows"));
	table_del(txn, TABLE_META, next_key(txn, name));
	if (why.n > 0) {
		told = json_new_object(txn_arena(txn));
		doc_set_time(told, "at", text_now());
		json_set_text(told, "detail", why);
		meta_save(txn, meta_key(txn_arena(txn), "group-told", name, none), told);
	}
	txn_config_changed(txn);
}

/* The group has the form that it was becoming; its document is still to be put. */
static void
change_rows(struct txn *txn, const struct group *group)
{
	struct arena *arena = txn_arena(txn);

	set_old(txn, doc_load(txn, "group", group->project, group->key), group->full_name,
	    group->rows, group->next->rows);
	table_put(txn, TABLE_META, meta_key(arena, "group-rows", group->full_name, none),
	    group->next->rows);
	table_del(txn, TABLE_META, next_key(txn, group->full_name));
	txn_config_changed(txn);
}

void
group_change_made(struct txn *txn, struct json_object *doc)
{
	struct span name = doc_full_name(txn_arena(txn), doc), rows = fresh_rows(txn, name, NULL);

	if (!span_eq(rows, name))
		table_put(txn, TABLE_META, meta_key(txn_arena(txn), "group-rows", name, none), rows);
}

void
group_change_gone(struct txn *txn, const struct group *group)
{
	struct arena *arena = txn_arena(txn);

	group_change_abandon(txn, group, SPAN(""));
	table_del(txn, TABLE_META, meta_key(arena, "group-rows", group->full_name, none));
	table_del(txn, TABLE_META, meta_key(arena, "group-told", group->full_name, none));
}

/* A row is as much work as its fields, and as the earlier values that go before it. */
static size_t
sweep_rows(struct txn *txn, const struct group *old, size_t max)
{
	struct arena *arena = txn_arena(txn);
	struct arena_mark mark = arena_mark(arena);
	struct group_row row;
	struct span id;
	size_t n = 0;

	while (n < max && group_first(txn, old, &id) && group_row_load(txn, old, id, &row)) {
		for (size_t i = 0; i < old->field_count && n < max; i++)
			n += group_past_drop(txn, &row, i, max - n);
		if (n < max) {
			row.exists = true; /* where it is in the index alone, it goes from there */
			group_row_drop(txn, &row);
			n += 1 + old->field_count / FIELDS_A_ROW;
		}
		arena_rewind(arena, mark);
	}
	return n;
}

static size_t
sweep_counts(struct txn *txn, struct span rows, size_t max)
{
	struct arena *arena = txn_arena(txn);
	struct span prefix = meta_key(arena, "group-lost", rows, SPAN("")), key;
	struct walk *walk = walk_open(txn, TABLE_META, prefix, SPAN(""), false);
	struct arena_mark mark = arena_mark(arena);
	size_t n = 0;

	for (; n < max && walk_next(walk, &key, NULL); n++) {
		table_del(txn, TABLE_META, arena_copy(arena, key));
		arena_rewind(arena, mark);
	}
	walk_close(&walk);
	if (n < max)
		table_del(txn, TABLE_META, meta_key(arena, "group-lost", rows, none));
	return n;
}

/* The first key that begins so, behind this one; "" at the end. */
static struct span
first_key(struct txn *txn, const char *what, struct span after)
{
	struct span prefix = meta_key(txn_arena(txn), what, SPAN(""), none), key = SPAN("");
	struct walk *walk = walk_open(txn, TABLE_META, prefix, after, false);
	bool found = walk_next(walk, &key, NULL);

	if (found && span_eq(key, after))
		found = walk_next(walk, &key, NULL);
	key = found ? arena_copy(txn_arena(txn), key) : SPAN("");
	walk_close(&walk);
	return key;
}

static size_t
sweep_old(struct txn *txn, struct span key, size_t max)
{
	struct json_object *row = meta_load(txn, key);
	struct span rest = key, word, name;
	const struct group *old = NULL;
	size_t n;

	/* What cannot be read is left to `check`: whoever waited for it would wait for ever. */
	if (row != NULL && key_take_text(&rest, &word) && key_take_text(&rest, &name))
		old = group_compile(txn_arena(txn), json_get(row, "doc"), rest);
	n = old == NULL ? 0 : sweep_rows(txn, old, max);
	if (n < max)
		n += sweep_counts(txn, json_string(row, "lost"), max - n);
	if (n < max)
		table_del(txn, TABLE_META, key);
	return n;
}

/* A task does not leave: whoever owns the store next goes on with it, however late. */
static void
abandon_left(struct txn *txn, int64_t now)
{
	struct span key = SPAN(""), rest, word;
	const struct group *group;
	int64_t touched;

	while ((key = first_key(txn, "group-next", key)).n > 0) {
		struct json_object *row = meta_load(txn, key);

		rest = key;
		if (json_has(row, "task") || !text_time(json_string(row, "touched"), &touched) ||
		    now - touched < LEFT_US || !key_take_text(&rest, &word) ||
		    (group = group_rule(txn, rest)) == NULL)
			continue;
		group_change_abandon(txn, group, SPAN("whoever asked for it has left before it was done"));
	}
}

bool
group_change_sweep(struct txn *txn, int64_t now, size_t max)
{
	struct span key;
	size_t n = 0;

	abandon_left(txn, now);
	while (n < max && (key = first_key(txn, "group-old", SPAN(""))).n > 0 && txn_ok(txn))
		n += sweep_old(txn, key, max - n);
	return n >= max;
}

/* ---- one form for another */

/* Rows that are written anew for a record, its earlier values too: no more than max are
 * counted. */
static size_t
count_record(struct txn *txn, const struct group *group, struct span id, size_t max)
{
	struct group_row row = { .group = group, .id = id,
		.key = group_key(txn_arena(txn), group->record, id, group->rows) };
	size_t n = 1 + group->field_count / FIELDS_A_ROW;
	struct span json;
	int64_t at;

	for (size_t i = 0; i < group->field_count; i++)
		for (at = INT64_MIN; group->fields[i].history > 0 && n < max &&
		    group_past_next(txn, &row, i, at, &at, &json); at++)
			n++;
	return n;
}

/* Few enough for one transaction. */
static bool
are_few(struct txn *txn, const struct group *group)
{
	struct record_range range = { .record = group->record, .path = group->path };
	struct record_walk *walk = record_walk_open(txn, &range, SPAN(""));
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct span id, position;
	size_t n = 0;

	while (n <= GROUP_AT_ONCE && record_walk_next(walk, &id, NULL, &position)) {
		n += count_record(txn, group, arena_copy(txn_arena(txn), id), GROUP_AT_ONCE + 1 - n);
		arena_rewind(txn_arena(txn), mark);
	}
	record_walk_close(&walk);
	return n <= GROUP_AT_ONCE;
}

static bool
never(void *arg)
{
	(void)arg;
	return false;
}

static bool
change_few(struct txn *txn, struct group_conversion *conversion, struct json_object *doc,
    int64_t may_lose, struct complaints *complaints)
{
	const struct group *old = conversion->old;
	struct arena *own = arena_small();
	struct span *ids, key;
	size_t n = group_ids(txn, own, old, &ids);

	conversion->arena = own;
	for (size_t i = 0; i < n; i++) {
		struct arena_mark mark = arena_mark(txn_arena(txn));

		group_conversion_count(txn, conversion, ids[i]);
		arena_rewind(txn_arena(txn), mark);
	}
	arena_free(&own);
	if (!group_may_lose(txn_arena(txn), conversion, may_lose, complaints))
		return false;
	group_change_begin(txn, old, doc, SPAN(""), SPAN(""));
	old = group_rule(txn, old->full_name);
	if (old == NULL || !group_change_step(txn, old, never, NULL))
		return false;
	change_rows(txn, old);
	key = meta_key(txn_arena(txn), "group-old", old->full_name, old->rows);
	sweep_old(txn, key, SIZE_MAX);
	return txn_ok(txn);
}

static bool
change_many(struct txn *txn, const struct group *old, struct json_object *doc,
    struct complaints *complaints)
{
	if (complaints->later == NULL) {
		complain(complaints, "/fields", "the values that %ss have of the group, and earlier ones, "
		    "are more than are written anew together with other changes: change it by itself",
		    record_name(old->record));
		return false;
	}
	if (!complaints->later(complaints, doc))
		return false;
	/* Only tried: as if they were written. */
	group_change_begin(txn, old, doc, SPAN(""), SPAN(""));
	change_rows(txn, group_rule(txn, old->full_name));
	return txn_ok(txn);
}

static bool
change_ready(struct txn *txn, const struct group *old, const struct group_changing *changing,
    struct json_object *doc, int64_t may_lose, struct complaints *complaints)
{
	if (!changing->ready)
		return change_many(txn, old, doc, complaints);
	if (changing->lost > may_lose) {
		complain(complaints, "", GROUP_LOSES_MORE, (long long)changing->lost,
		    (long long)may_lose);
		return false;
	}
	change_rows(txn, old);
	return txn_ok(txn);
}

bool
group_change(struct txn *txn, const struct group *old, struct json_object *doc,
    struct complaints *complaints)
{
	struct arena *arena = txn_arena(txn);
	const struct group *new = group_compile(arena, doc, SPAN(""));
	int64_t may_lose = !span_is(json_string(doc, "convert"), "lossy") ? 0
	    : json_integer(doc, "mayLose", INT64_MAX);
	struct group_conversion conversion;
	struct group_changing changing;

	if (group_change_load(txn, old->full_name, &changing)) {
		if (group_change_is(&changing, doc))
			return change_ready(txn, old, &changing, doc, may_lose, complaints);
		if (same_form(doc, doc_load(txn, "group", old->project, old->key)))
			return true;
		complain(complaints, "/fields", "the fields of the group are being changed since %.*s; wait "
		    "until that is done, or stop it", (int)changing.at.n, changing.at.p);
		return false;
	}
	group_conversion_plan(arena, old, new, &conversion);
	if (!conversion.works)
		return true;
	return are_few(txn, old) ? change_few(txn, &conversion, doc, may_lose, complaints)
	    : change_many(txn, old, doc, complaints);
}
