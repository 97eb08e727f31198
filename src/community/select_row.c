/* SPDX-License-Identifier: ISC */
/* The columns of a row: where they are found, and how they are written. */
#include "community/select_private.h"

#include "base/json.h"
#include "base/json_text.h"
#include "base/pointer.h"
#include "base/text.h"
#include "community/names.h"
#include "record/doc_check.h"
#include "store/key.h"
#include "store/store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SORT_TEXT 200    /* bytes of text that rows are put in order by */
#define INTEGER_LIMIT 9.2e18

/* Derived members, and notes, are not in the stored document alone. */
static bool
is_stored(const struct select *select, struct span name)
{
	if (select->ask.record == RECORD_USER)
		return !span_is(name, "notes");
	return select->ask.record != RECORD_FEEDBACK ||
	    (!span_is(name, "comments") && !span_is(name, "popularity"));
}

/* The parts of a dotted name as they are quoted in JSON. */
static void
member_column(struct select *select, struct select_column *column)
{
	size_t max = sizeof column->quoted / sizeof column->quoted[0], from = 0, n = 0;
	struct span name = column->name;

	for (size_t i = 0; i <= name.n && n <= max; i++) {
		struct span part = { name.p + from, i - from }, json;

		if (i < name.n && name.p[i] != '.')
			continue;
		json = json_write(select->compiled, json_new_text(select->compiled, part));
		if (n < max)
			column->quoted[n] = (struct span){ json.p + 1, json.n - 2 };
		n++;
		from = i + 1;
	}
	if (name.p[0] != '/' && n <= max && is_stored(select, column->quoted[0]))
		column->parts = n;
}

static size_t
use_group(struct txn *txn, struct select *select, const struct group *group)
{
	size_t i = 0;

	while (i < select->group_count &&
	    !span_eq(select->groups[i]->full_name, group->full_name))
		i++;
	if (i == select->group_count) {
		select->groups[i] = group_load(txn, select->compiled, group->project, group->key);
		select->group_count++;
	}
	return i;
}

/* "data.usage.plan" for such records has to be somewhere. */
static bool
data_column(struct txn *txn, struct select *select, struct select_column *column)
{
	struct group_named named;

	if (!group_named(txn, select->ask.record, select->ask.project, column->name, &named))
		return txn_fail(txn, FAULT_USAGE, "there is no column \"%s\": no such field in a "
		    "group%s%.*s for %s automation; see \"earshot group list\"",
		    doc_short(txn_arena(txn), column->name), select->ask.project.n > 0
		    ? " of the community or of project " : "", (int)select->ask.project.n,
		    select->ask.project.p, record_name(select->ask.record));
	column->group = use_group(txn, select, named.group);
	column->field = named.field;
	return txn_ok(txn);
}

/* A member that no such record has is a slip of the pen, not an empty column. */
static bool
known_member(struct txn *txn, const struct select *select, struct span name)
{
	const struct names names = { .txn = txn, .arena = txn_arena(txn),
		.record = select->ask.record, .project = select->ask.project, .stored = true };
	const char *wrong;

	if (!select->ask.names || name.p[0] == '/' || span_is(name, "kind"))
		return true;
	wrong = names_wrong(&names, span_of(arena_printf(txn_arena(txn), "%s.%.*s",
	    record_name(select->ask.record), (int)name.n, name.p)));
	return wrong == NULL || txn_fail(txn, FAULT_USAGE, "there is no column \"%s\": %s",
	    doc_short(txn_arena(txn), name), wrong);
}

static bool
add_column(struct txn *txn, struct select *select, struct span name)
{
	struct select_column *column = &select->columns[select->column_count++];

	*column = (struct select_column){ .name = name, .group = SIZE_MAX };
	if (name.n == 0)
		return txn_fail(txn, FAULT_USAGE, "a column has no name");
	if (span_starts(name, "data."))
		return data_column(txn, select, column);
	member_column(select, column);
	return known_member(txn, select, name);
}

bool
select_columns(struct txn *txn, struct select *select)
{
	struct span sort = select->ask.sort;
	size_t max = select->ask.column_count + 1;

	select->columns = arena_alloc(select->compiled, max * sizeof *select->columns);
	select->groups = arena_alloc(select->compiled, max * sizeof *select->groups);
	select->column_count = select->group_count = 0;
	for (size_t i = 0; i < select->ask.column_count; i++)
		if (!add_column(txn, select, select->ask.columns[i]))
			return false;
	select->sorted = sort.n > 0;
	select->backwards = sort.n > 0 && sort.p[0] == '-';
	if (select->backwards)
		sort = (struct span){ sort.p + 1, sort.n - 1 };
	return !select->sorted || add_column(txn, select, sort);
}

/* Along the parts of a name, in the stored text. */
static struct span
member_value(const struct select_column *column, struct span text)
{
	for (size_t i = 0; i < column->parts; i++) {
		if (text.p == NULL || text.n == 0 || text.p[0] != '{')
			return (struct span){ NULL, 0 };
		text = json_text_member(text, column->quoted[i]);
	}
	return text;
}

/* In the document with what is derived of it. */
static struct span
long_value(struct select *select, const struct select_row *row, struct span name)
{
	struct json_object *doc = select_document(select, row), *value = NULL;

	if (name.p[0] == '/')
		pointer_get(doc, name, &value);
	else
		pointer_dotted(doc, name, &value);
	return value != NULL ? json_write(txn_arena(select->txn), value)
	    : (struct span){ NULL, 0 };
}

const struct span *
select_values(struct select *select, const struct select_row *row)
{
	struct arena *arena = txn_arena(select->txn);
	struct span *values = arena_alloc(arena, (select->column_count + 1) * sizeof *values);
	struct span **data = arena_alloc(arena, (select->group_count + 1) * sizeof *data);

	for (size_t i = 0; i < select->group_count; i++) {
		data[i] = arena_alloc(arena,
		    (select->groups[i]->field_count + 1) * sizeof *data[i]);
		group_values(select->txn, select->groups[i], row->id, data[i]);
	}
	for (size_t i = 0; i < select->column_count; i++) {
		const struct select_column *column = &select->columns[i];

		values[i] = column->group != SIZE_MAX ? data[column->group][column->field]
		    : column->parts > 0 ? member_value(column, row->text)
		    : long_value(select, row, column->name);
		if (span_is(values[i], "null"))
			values[i] = (struct span){ NULL, 0 };
	}
	return values;
}

/* Keys of rows that are put in order in memory: the types as in the index, and
 * numbers by their value, be they integers or fractions. */

static struct span
number_key(struct arena *arena, char letter, int64_t whole, double part)
{
	struct keybuf key;
	uint64_t bits;

	memcpy(&bits, &part, sizeof bits); /* from 0 on doubles order as their bits */
	key_begin(&key);
	key_letter(&key, letter);
	key_number(&key, whole);
	key_unsigned(&key, bits);
	return key_keep(&key, arena);
}

static struct span
fraction_key(struct arena *arena, double number)
{
	double whole = floor(number);

	if (!(fabs(number) < INTEGER_LIMIT))
		return number_key(arena, 'i', number < 0 ? INT64_MIN : INT64_MAX,
		    number < 0 ? 0 : fabs(number));
	return number_key(arena, 'i', (int64_t)whole, number - whole);
}

static struct span
text_sort_key(struct arena *arena, struct span text)
{
	struct span key = { text.p, text.n < SORT_TEXT ? text.n : SORT_TEXT };

	return (struct span){ arena_join(arena, SPAN("s"), key, SPAN("")), key.n + 1 };
}

static bool
is_time(const struct select *select, const struct select_column *column, bool *folded_r)
{
	struct record_path how;

	*folded_r = false;
	if (column->group != SIZE_MAX)
		return select->groups[column->group]->fields[column->field].type ==
		    GROUP_DATETIME;
	if (!record_path(select->ask.record, column->name, &how))
		return false;
	*folded_r = how.folded;
	return how.type == RECORD_TIME;
}

struct span
select_sort_key(struct select *select, struct span value)
{
	const struct select_column *column = &select->columns[select->column_count - 1];
	struct arena *arena = txn_arena(select->txn);
	struct json_object *json;
	struct span text;
	int64_t number;
	bool folded, time = is_time(select, column, &folded);

	if (value.p == NULL || value.n == 0)
		return SPAN("");
	switch (value.p[0]) {
	case '"':
		json = json_load(arena, value);
		text = json_span(json);
		if (time && text_time(text, &number))
			return number_key(arena, 't', number, 0);
		return text_sort_key(arena, folded ? text_fold(arena, text) : text);
	case 't':
	case 'f':
		return value.p[0] == 't' ? SPAN("b\1") : SPAN("b\0");
	case '[':
	case '{':
		return text_sort_key(arena, value);
	default:
		return text_integer(value, &number) ? number_key(arena, 'i', number, 0)
		    : fraction_key(arena, strtod(arena_string(arena, value), NULL));
	}
}

/* Output */

static struct span
cell_text(struct arena *arena, struct span json)
{
	if (json.p == NULL || span_is(json, "null"))
		return SPAN("");
	if (json.p[0] != '"')
		return json;
	if (memchr(json.p, '\\', json.n) == NULL)
		return (struct span){ json.p + 1, json.n - 2 };
	return json_span(json_load(arena, json));
}

/* A list of plain values with ", " between; NULL: it is none. */
static struct span
cell_list(struct arena *arena, struct span json)
{
	const char *before = "";
	struct buf text = { 0 };
	struct span name, value;

	if (json.p == NULL || json.p[0] != '[')
		return (struct span){ NULL, 0 };
	while (json_text_next(&json, &name, &value)) {
		if (value.p[0] == '{' || value.p[0] == '[') {
			buf_free(&text);
			return (struct span){ NULL, 0 };
		}
		buf_puts(&text, before);
		before = ", ";
		buf_span(&text, cell_text(arena, value));
	}
	return buf_keep(&text, arena);
}

void
select_csv(struct arena *arena, struct buf *out, const struct span *values, size_t count)
{
	struct span *cells = arena_alloc(arena, (count + 1) * sizeof *cells);

	for (size_t i = 0; i < count; i++) {
		cells[i] = cell_list(arena, values[i]);
		if (cells[i].p == NULL)
			cells[i] = cell_text(arena, values[i]);
	}
	text_csv_line(out, cells, count);
}

void
select_json(struct jsonout *out, const struct span *columns, const struct span *values,
    size_t count)
{
	json_open(out, '{');
	for (size_t i = 0; i < count; i++) {
		json_key_span(out, columns[i]);
		if (values[i].p != NULL)
			json_raw(out, values[i]);
		else
			json_null(out);
	}
	json_close(out, '}');
}
