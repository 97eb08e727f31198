/* SPDX-License-Identifier: ISC */
/* Rows of TABLE_VALUE and TABLE_HISTORY: read, changed, written. */
#include "community/group_rows.h"

#include "base/text.h"
#include "store/key.h"
#include "store/store.h"
#include "store/table.h"

#include <string.h>

#define TRIM_MAX 16 /* old rows removed for one new */

struct span
group_key(struct arena *arena, enum record record, struct span id, struct span full_name)
{
	struct keybuf key;

	key_begin(&key);
	key_letter(&key, record_letter(record));
	key_text(&key, id);
	key_bytes(&key, full_name);
	return key_keep(&key, arena);
}

bool
group_key_read(struct span key, enum record *record_r, struct span *id_r,
    struct span *full_name_r)
{
	struct span owner;

	if (!key_take_text(&key, &owner) || owner.n == 0)
		return false;
	for (int i = 0; i < RECORD__MAX; i++)
		if (*owner.p == record_letter((enum record)i)) {
			*record_r = (enum record)i;
			*id_r = (struct span){ owner.p + 1, owner.n - 1 };
			*full_name_r = key;
			return true;
		}
	return false;
}

/* Reading: each take_ gives false where the text does not go on so. */

static bool
take(struct span *text, struct span literal)
{
	if (text->n < literal.n || memcmp(text->p, literal.p, literal.n) != 0)
		return false;
	text->p += literal.n;
	text->n -= literal.n;
	return true;
}

/* A string with its quotes. */
static bool
take_string(struct span *text, struct span *string_r)
{
	size_t i = 1;

	if (text->n < 2 || text->p[0] != '"')
		return false;
	while (i < text->n && text->p[i] != '"')
		i += text->p[i] == '\\' ? 2 : 1;
	if (i >= text->n)
		return false;
	*string_r = (struct span){ text->p, i + 1 };
	text->p += i + 1;
	text->n -= i + 1;
	return true;
}

static bool
take_scalar(struct span *text, struct span *value_r)
{
	size_t n = 0;

	if (text->n > 0 && text->p[0] == '"')
		return take_string(text, value_r);
	while (n < text->n && text->p[n] != ',' && text->p[n] != '}')
		n++;
	*value_r = (struct span){ text->p, n };
	text->p += n;
	text->n -= n;
	return n > 0;
}

static struct span
unquoted(struct span string)
{
	return (struct span){ string.p + 1, string.n - 2 };
}

/* Behind the member's name: {"at":…,"delivery":…}. */
static bool
take_set(struct span *text, struct group_entry *entry)
{
	struct span string;

	if (!take(text, SPAN("{\"at\":")) || !take_string(text, &string))
		return false;
	entry->at = unquoted(string);
	if (take(text, SPAN(",\"delivery\":"))) {
		if (!take_string(text, &string))
			return false;
		entry->delivery = unquoted(string);
	}
	return take(text, SPAN("}"));
}

/* Members stand in the order of the fields, most of the time. */
static size_t
find_field(const struct group *group, struct span quoted, size_t from)
{
	for (size_t i = 0; i < group->field_count; i++) {
		size_t field = (from + i) % group->field_count;

		if (span_eq(group->fields[field].quoted, quoted))
			return field;
	}
	return group->field_count;
}

static bool
take_members(struct span *text, struct group_row *row, bool values)
{
	struct group_entry none;
	struct span quoted;
	size_t next = 0;

	if (take(text, SPAN("}")))
		return true;
	do {
		struct group_entry *entry = &none;
		size_t field;

		if (!take_string(text, &quoted) || !take(text, SPAN(":")))
			return false;
		field = find_field(row->group, quoted, next);
		if (field < row->group->field_count) {
			entry = &row->entries[field];
			next = field + 1;
		}
		if (values ? !take_scalar(text, &entry->value) : !take_set(text, entry))
			return false;
	} while (take(text, SPAN(",")));
	return take(text, SPAN("}"));
}

static bool
row_read(struct span text, struct group_row *row)
{
	struct span at;

	if (!take(&text, SPAN("{\"values\":{")) || !take_members(&text, row, true) ||
	    !take(&text, SPAN(",\"set\":{")) || !take_members(&text, row, false) ||
	    !take(&text, SPAN(",\"at\":")) || !take_string(&text, &at))
		return false;
	row->at = unquoted(at);
	return span_is(text, "}");
}

bool
group_row_load(struct txn *txn, const struct group *group, struct span id,
    struct group_row *row_r)
{
	struct arena *arena = txn_arena(txn);

	*row_r = (struct group_row){ .group = group, .id = id,
		.key = group_key(arena, group->record, id, group->rows),
		.entries = arena_alloc(arena,
		    (group->field_count + 1) * sizeof *row_r->entries) };
	if (!table_get(txn, TABLE_VALUE, row_r->key, &row_r->stored))
		return txn_ok(txn);
	row_r->exists = true;
	return row_read(row_r->stored, row_r) || txn_fail(txn, FAULT_INTERNAL,
	    "the values %.*s of %s %.*s cannot be read in the store",
	    (int)group->full_name.n, group->full_name.p, record_name(group->record),
	    (int)id.n, id.p);
}

/* Writing */

/* Records of the group, found without a walk through all records. */
static void
row_index(struct txn *txn, const struct group_row *row, bool present)
{
	static const struct record_value there = { .type = RECORD_BOOLEAN, .number = 1 };

	record_index(txn, row->group->record, row->group->path, &there, row->id, present);
}

static void
put_quoted(struct buf *out, const char *before, struct span plain)
{
	buf_puts(out, before);
	buf_span(out, plain);
	buf_putc(out, '"');
}

static void
row_write(const struct group_row *row, struct buf *out)
{
	const struct group *group = row->group;
	const char *comma = "";

	buf_puts(out, "{\"values\":{");
	for (size_t i = 0; i < group->field_count; i++) {
		if (row->entries[i].value.p == NULL)
			continue;
		buf_puts(out, comma);
		buf_span(out, group->fields[i].quoted);
		buf_putc(out, ':');
		buf_span(out, row->entries[i].value);
		comma = ",";
	}
	buf_puts(out, "},\"set\":{");
	comma = "";
	for (size_t i = 0; i < group->field_count; i++) {
		if (row->entries[i].at.p == NULL)
			continue;
		buf_puts(out, comma);
		buf_span(out, group->fields[i].quoted);
		put_quoted(out, ":{\"at\":\"", row->entries[i].at);
		if (row->entries[i].delivery.n > 0)
			put_quoted(out, ",\"delivery\":\"", row->entries[i].delivery);
		buf_putc(out, '}');
		comma = ",";
	}
	put_quoted(out, "},\"at\":\"", row->at);
	buf_putc(out, '}');
}

struct span
group_row_text(struct arena *arena, const struct group_row *row)
{
	struct buf out = { 0 };

	row_write(row, &out);
	return buf_keep(&out, arena);
}

static bool
row_save(struct txn *txn, const struct group_row *row)
{
	bool empty = true, same;
	struct buf out = { 0 };

	for (size_t i = 0; i < row->group->field_count; i++)
		empty = empty && row->entries[i].at.p == NULL;
	if (empty) {
		if (row->exists) {
			row_index(txn, row, false);
			table_del(txn, TABLE_VALUE, row->key);
		}
		return row->exists;
	}
	row_write(row, &out);
	same = span_eq(buf_bytes(&out), row->stored);
	if (!same)
		table_put(txn, TABLE_VALUE, row->key, buf_bytes(&out));
	buf_free(&out);
	if (!row->exists)
		row_index(txn, row, true);
	return !same;
}

bool
group_row_save(struct txn *txn, const struct group_row *row)
{
	bool changed = row_save(txn, row);

	if (row->group->next != NULL)
		group_change_follow(txn, row->group, row->id);
	return changed;
}

bool
group_row_has_values(const struct group_row *row)
{
	for (size_t i = 0; i < row->group->field_count; i++)
		if (row->entries[i].value.p != NULL)
			return true;
	return false;
}

void
group_row_drop(struct txn *txn, struct group_row *row)
{
	for (size_t i = 0; i < row->group->field_count; i++) {
		group_row_index(txn, row, i, false);
		group_past_drop(txn, row, i, SIZE_MAX);
		row->entries[i] = (struct group_entry){ .at = { NULL, 0 } };
	}
	group_row_save(txn, row);
}

/* One field */

void
group_row_index(struct txn *txn, const struct group_row *row, size_t field, bool present)
{
	const struct group_field *of = &row->group->fields[field];
	struct span json = row->entries[field].value;
	struct record_value indexed;
	struct group_value value;

	if (json.p == NULL)
		return;
	if (!group_value_load(txn_arena(txn), of->type, json, &value)) {
		txn_fail(txn, FAULT_INTERNAL, "a value of %.*s cannot be read in the store",
		    (int)row->group->full_name.n, row->group->full_name.p);
		return;
	}
	indexed = group_value_index(of->type, &value);
	record_index(txn, row->group->record, of->path, &indexed, row->id, present);
}

bool
group_row_same(struct txn *txn, const struct group_row *row, size_t field,
    const struct group_value *value)
{
	struct span old = row->entries[field].value;
	struct span new = group_value_json(txn_arena(txn), row->group->fields[field].type,
	    value);

	return (old.p == NULL) == (new.p == NULL) && span_eq(old, new);
}

void
group_row_touch(struct txn *txn, struct group_row *row, int64_t at)
{
	char out[TEXT_TIME_SIZE];
	int64_t newest;

	if (!text_time(row->at, &newest) || newest < at)
		row->at = arena_copy(txn_arena(txn), span_of(text_time_write(at, out)));
}

/* How many went. */
static size_t
past_trim(struct txn *txn, const struct group_row *row, size_t field, int64_t before,
    size_t max)
{
	struct span json;
	size_t n = 0;
	int64_t at;

	for (; n < max && group_past_next(txn, row, field, INT64_MIN, &at, &json) && at < before; n++)
		group_past_del(txn, row, field, at);
	return n;
}

static void
keep_past(struct txn *txn, const struct group_row *row, size_t field, int64_t now)
{
	const struct group_entry *entry = &row->entries[field];
	int64_t kept = row->group->fields[field].history, at;

	if (kept == 0 || entry->value.p == NULL)
		return;
	if (text_time(entry->at, &at) && at >= now - kept)
		group_past_put(txn, row, field, at, entry->value);
	past_trim(txn, row, field, now - kept, TRIM_MAX);
}

bool
group_row_set(struct txn *txn, struct group_row *row, size_t field,
    const struct group_setting *setting)
{
	static const struct id no_delivery;
	struct arena *arena = txn_arena(txn);
	struct group_entry *entry = &row->entries[field];
	struct span json = group_value_json(arena, row->group->fields[field].type,
	    setting->value);
	bool same = (json.p == NULL) == (entry->value.p == NULL) &&
	    span_eq(json, entry->value);
	char at[TEXT_TIME_SIZE], id[ID_TEXT_SIZE];
	int64_t before;

	if (json.p == NULL && entry->at.p == NULL && !setting->remember)
		return false;
	if (setting->only_newer && text_time(entry->at, &before) && setting->at < before)
		return false;
	if (!same) {
		keep_past(txn, row, field, setting->now);
		group_row_index(txn, row, field, false);
		entry->value = json;
		group_row_index(txn, row, field, true);
	}
	entry->at = arena_copy(arena, span_of(text_time_write(setting->at, at)));
	entry->delivery = SPAN("");
	if (memcmp(&setting->delivery, &no_delivery, sizeof no_delivery) != 0)
		entry->delivery = arena_copy(arena, span_of(id_text(setting->delivery, id)));
	group_row_touch(txn, row, setting->at);
	return !same;
}

/* History */

/* Up to the time: n bytes; with it: the whole. */
static struct span
past_key(struct txn *txn, const struct group_row *row, size_t field, int64_t at,
    struct span *whole_r)
{
	struct keybuf key;
	size_t n;

	key_begin(&key);
	key_text(&key, row->key);
	key_text(&key, row->group->fields[field].parameter);
	n = key.n;
	key_number(&key, at);
	*whole_r = key_keep(&key, txn_arena(txn));
	return (struct span){ whole_r->p, n };
}

bool
group_past_put(struct txn *txn, const struct group_row *row, size_t field, int64_t at,
    struct span json)
{
	struct span key, stored;

	past_key(txn, row, field, at, &key);
	if (table_get(txn, TABLE_HISTORY, key, &stored) && span_eq(stored, json))
		return false;
	table_put(txn, TABLE_HISTORY, key, json);
	return true;
}

void
group_past_del(struct txn *txn, const struct group_row *row, size_t field, int64_t at)
{
	struct span key;

	past_key(txn, row, field, at, &key);
	table_del(txn, TABLE_HISTORY, key);
}

bool
group_past_next(struct txn *txn, const struct group_row *row, size_t field, int64_t from,
    int64_t *at_r, struct span *json_r)
{
	struct arena *arena = txn_arena(txn);
	struct span start, prefix = past_key(txn, row, field, from, &start), key, json;
	struct walk *walk = walk_open(txn, TABLE_HISTORY, prefix, start, false);
	bool found = false;

	if (walk_next(walk, &key, &json)) {
		key = (struct span){ key.p + prefix.n, key.n - prefix.n };
		found = key_take_number(&key, at_r) && key.n == 0;
	}
	if (found)
		*json_r = arena_copy(arena, json);
	walk_close(&walk);
	return found;
}

size_t
group_past_drop(struct txn *txn, const struct group_row *row, size_t field, size_t max)
{
	return past_trim(txn, row, field, INT64_MAX, max);
}
