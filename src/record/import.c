/* SPDX-License-Identifier: ISC */
#include "record/import.h"

#include "base/buf.h"
#include "base/recode.h"
#include "base/text.h"
#include "record/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <csv.h>

#define SHOWN_BYTES 60

#define HEAD_MAX 65536 /* bytes in which the first row is looked for */

/* Of a document of kind value, beside its values. */
static const struct member value_members[] = {
	{ "user", MEMBER_EMAIL, MEMBER_CSV, .label = "User" },
	{ "feedback", MEMBER_STRING, MEMBER_CSV, .label = "Ticket" },
	{ "target", MEMBER_KEY, MEMBER_CSV, .label = "Of the project" },
	{ "at", MEMBER_TIME, MEMBER_CSV, .label = "When it was so" },
	{ .name = NULL },
};
/* What such columns are called, too. */
static const char *const value_names[][2] = { { "email", "user" }, { "username", "user" },
	{ "ticket", "feedback" }, { "id", "feedback" }, { "project", "target" } };
/* Of a file that was given out: for people. */
#define VALUES_SET_AT "setat"

/* What can be imported: the members of the schema that are for CSV. What else its lists show,
 * derived or not for cells, is passed over. */
static const struct table {
	const char *kind;
	const struct member *members;
	/* One of these sets of columns must be there: so a row says whose it is. */
	const char *const (*needed)[3];
	const char *needs;         /* the same, in words */
} tables[] = {
	{ "user", schema_user,
	    (const char *const[][3]){ { "email" }, { "id" }, { NULL } },
	    "a column \"email\" or \"id\"" },
	{ "feedback", schema_feedback,
	    (const char *const[][3]){ { "id" }, { "project", "title" }, { NULL } },
	    "a column \"id\", or \"project\" and \"title\" for new tickets" },
	{ "value", value_members, (const char *const[][3]){ { NULL } }, "" },
};

enum column_kind {
	COLUMN_MEMBER,
	COLUMN_FIELD,    /* fields.<name> */
	COLUMN_VALUE,    /* values.<parameter> */
	COLUMN_PASSED,   /* whatever stands in it */
	COLUMN_NAMELESS, /* nothing may stand in it */
};

struct column {
	enum column_kind kind;
	const struct member *member;
	struct span field;
};

struct import {
	struct import_options options;
	const struct table *table;
	struct arena *arena;    /* of the columns */
	struct column *columns; /* NULL before the header */
	size_t column_count;

	struct recode *recode;  /* NULL: the text is UTF-8 */
	struct buf start;       /* the first bytes, until it is known what they are */
	bool started;           /* it is */
	struct buf text;        /* of one piece, in UTF-8 */
	struct buf head;        /* text up to the end of the first row */
	bool settled;           /* the separator is known */

	struct csv_parser parser;
	char separator;
	struct buf bytes;       /* of the row's cells, one behind the other */
	size_t ends[IMPORT_COLUMNS_MAX];
	size_t cell_count;      /* may be more than there are ends */
	struct buf json;

	size_t line, row_line;
	size_t row_bytes;
	bool row_begun, after_return;
	bool skipping;          /* to the end of a line with an error */
	bool stopped;
	bool json_lines;        /* it is, and no CSV */
};

static void
fail(struct import *import, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
fail(struct import *import, const char *format, ...)
{
	char sentence[512];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	import->options.sink.error(import->options.sink.arg, import->row_line, sentence);
}

/* Of a cell or a name, for a sentence: visible, cut at a character. */
static const char *
shown(char out[4 * SHOWN_BYTES + 8], struct span text)
{
	struct span head = text_head(text, SHOWN_BYTES);
	struct buf visible = { 0 };

	text_visible(&visible, head);
	snprintf(out, 4 * SHOWN_BYTES + 8, "%.*s%s", (int)visible.n, visible.p,
	    head.n < text.n ? "…" : "");
	buf_free(&visible);
	return out;
}

/* Empty where the row has ended. */
static struct span
cell_at(const struct import *import, size_t i)
{
	size_t from = i > 0 && i < import->cell_count ? import->ends[i - 1] : 0;

	if (i >= import->cell_count)
		return SPAN("");

	return (struct span){ import->bytes.p + from, import->ends[i] - from };
}

/* The header */

/* "First name", "first_name" and "firstName" are the same. */
static struct span
plain_name(struct arena *arena, struct span name)
{
	struct span folded = text_fold(arena, name);
	char *out = arena_string(arena, folded);
	size_t n = 0;

	for (size_t i = 0; i < folded.n; i++)
		if (memchr(" -_", folded.p[i], 3) == NULL)
			out[n++] = folded.p[i];
	return (struct span){ out, n };
}

static const char *
nearest(struct import *import, struct span plain)
{
	struct text_nearest nearest_name = text_nearest_to(plain);
	const char *name = NULL;

	for (const struct member *m = import->table->members; m->name != NULL; m++) {
		size_t before = nearest_name.distance;

		if (!(m->flags & MEMBER_CSV))
			continue;
		text_nearest_try(&nearest_name, plain_name(import->arena, span_of(m->name)));
		if (nearest_name.distance < before)
			name = m->name;
	}
	return name;
}

/* "scores" and "scores.phone" alike. */
static bool
is_within(struct span plain, struct span name)
{
	return span_eq(plain, name) || (plain.n > name.n && plain.p[name.n] == '.' &&
	    memcmp(plain.p, name.p, name.n) == 0);
}

static bool
is_passed(const struct import *import, struct span plain)
{
	for (const struct member *m = import->table->members; m->name != NULL; m++)
		if (!(m->flags & MEMBER_CSV) && m->type != MEMBER_FIELDS &&
		    is_within(plain, plain_name(import->arena, span_of(m->name))))
			return true;
	return span_is(plain, "kind") || span_starts(plain, "data.");
}

/* NULL: it is none. */
static const struct import_value *
find_value(const struct import *import, struct span name)
{
	const struct import_values *values = import->options.values;
	struct span bare = name, plain;

	if (name.n > 7 && span_is_nocase((struct span){ name.p, 7 }, "values."))
		bare = (struct span){ name.p + 7, name.n - 7 };
	for (size_t i = 0; i < values->count; i++)
		if (span_eq(values->fields[i].parameter, bare))
			return &values->fields[i];
	plain = plain_name(import->arena, bare);
	for (size_t i = 0; i < values->count; i++)
		if (span_eq(plain_name(import->arena, values->fields[i].label), plain))
			return &values->fields[i];
	return NULL;
}

static const struct member *
value_member(const struct import *import, struct span plain)
{
	const struct member *member = value_members;
	const char *who = import->options.values->who;

	for (size_t i = 0; i < sizeof value_names / sizeof value_names[0]; i++)
		if (span_is(plain, value_names[i][0]) && strcmp(value_names[i][1], who) == 0)
			plain = span_of(who);
	while (member->name != NULL && !span_is(plain, member->name))
		member++;
	return member->name != NULL && (strcmp(member->name, who) == 0 ||
	    member->type == MEMBER_TIME) ? member : NULL;
}

static void
note_passed(struct import *import, struct span name)
{
	char out[4 * SHOWN_BYTES + 8], sentence[512];

	snprintf(sentence, sizeof sentence, "the column \"%s\" is passed over: it is derived, "
	    "or not for a cell", shown(out, name));
	import->options.sink.note(import->options.sink.arg, import->row_line, sentence);
}

/* Of external data: whose they are and when comes first, and "values.at" is a field. */
static bool
read_value_column(struct import *import, struct span name, struct column *column)
{
	struct span plain = plain_name(import->arena, name);
	const struct import_value *value;
	char out[4 * SHOWN_BYTES + 8];

	column->member = value_member(import, plain);
	column->kind = COLUMN_MEMBER;
	if (column->member != NULL)
		return true;
	value = find_value(import, name);
	column->kind = COLUMN_VALUE;
	if (value != NULL) {
		column->member = value->member;
		column->field = value->parameter;
		return true;
	}
	column->kind = COLUMN_PASSED;
	if (span_is(plain, VALUES_SET_AT) || span_is(plain, "kind") || span_is(plain, "group") ||
	    span_is(plain, "project")) {
		note_passed(import, name);
		return true;
	}
	column->kind = COLUMN_MEMBER; /* of no member */
	fail(import, "unknown column \"%s\": it is no field of the data group", shown(out, name));
	return false;
}

static bool
read_field_column(struct import *import, size_t i, struct span name, struct column *column)
{
	char out[4 * SHOWN_BYTES + 8];

	column->kind = COLUMN_FIELD;
	column->field = arena_copy(import->arena, (struct span){ name.p + 7, name.n - 7 });
	if (name.n == 7)
		fail(import, "column %zu has no name behind \"fields.\"", i + 1);
	else if (!text_printable(name))
		fail(import, "the name of column %zu has a control character: \"%s\"", i + 1,
		    shown(out, name));
	else
		return true;
	return false;
}

static bool
is_given(const struct import *import, size_t i)
{
	return i < import->options.column_count && import->options.columns[i].p != NULL;
}

static struct span
column_name(const struct import *import, size_t i)
{
	return text_trim(is_given(import, i) ? import->options.columns[i] : cell_at(import, i));
}

static bool
read_column(struct import *import, size_t i, struct column *column)
{
	struct span name = column_name(import, i);
	struct span plain = plain_name(import->arena, name);
	const struct member *member = import->table->members;
	char out[4 * SHOWN_BYTES + 8];
	const char *near;

	*column = (struct column){ .kind = is_given(import, i) ? COLUMN_PASSED : COLUMN_NAMELESS };
	if (name.n == 0)
		return true;
	if (import->options.values != NULL)
		return read_value_column(import, name, column);
	if (name.n >= 7 && span_is_nocase((struct span){ name.p, 7 }, "fields."))
		return read_field_column(import, i, name, column);
	while (member->name != NULL && (!(member->flags & MEMBER_CSV) ||
	        !span_eq(plain_name(import->arena, span_of(member->name)), plain)))
		member++;
	column->kind = COLUMN_MEMBER;
	column->member = member;
	if (member->name != NULL)
		return true;
	if (is_passed(import, plain)) {
		column->kind = COLUMN_PASSED;
		note_passed(import, name);
		return true;
	}
	near = nearest(import, plain);
	shown(out, name);
	if (near != NULL)
		fail(import, "unknown column \"%s\"; did you mean \"%s\"?", out, near);
	else
		fail(import, "unknown column \"%s\"; a field of your own is called "
		    "\"fields.%s\"", out, out);
	return false;
}

static bool
check_twins(struct import *import, const struct column *columns, size_t i)
{
	char out[4 * SHOWN_BYTES + 8];

	for (size_t j = 0; j < i; j++)
		if (columns[i].kind <= COLUMN_VALUE && columns[j].kind == columns[i].kind &&
		    columns[j].member == columns[i].member &&
		    span_eq(columns[j].field, columns[i].field)) {
			fail(import, "the column \"%s\" is there twice",
			    shown(out, column_name(import, i)));
			return false;
		}
	return true;
}

static bool
has_column(const struct import *import, const struct column *columns, const char *name)
{
	for (size_t i = 0; i < import->cell_count; i++)
		if (columns[i].kind == COLUMN_MEMBER && columns[i].member != NULL &&
		    columns[i].member->name != NULL && strcmp(columns[i].member->name, name) == 0)
			return true;
	return false;
}

static bool
check_needed(struct import *import, const struct column *columns)
{
	if (import->options.values != NULL) {
		if (has_column(import, columns, import->options.values->who))
			return true;
		fail(import, "the file needs a column \"%s\", which says whose values a row has",
		    import->options.values->who);
		return false;
	}
	for (const char *const (*set)[3] = import->table->needed; (*set)[0] != NULL; set++) {
		size_t i = 0;

		while ((*set)[i] != NULL && has_column(import, columns, (*set)[i]))
			i++;
		if ((*set)[i] == NULL)
			return true;
	}
	fail(import, "the file needs %s", import->table->needs);
	return false;
}

/* The first byte that is none of UTF-8, with what to do about it. */
static bool
check_utf8(struct import *import, size_t column)
{
	struct span cell = cell_at(import, column);
	size_t valid = text_utf8_length(cell);

	if (valid == cell.n)
		return true;
	fail(import, "the text in column %zu is not UTF-8 at the byte 0x%02x: save the file as "
	    "\"CSV UTF-8\", or name its encoding, such as %swindows-1252 for an "
	    "older Excel", column + 1, (unsigned char)cell.p[valid],
	    import->options.by_form ? "" : "--encoding ");
	return false;
}

static bool
read_header(struct import *import)
{
	struct column *columns;
	bool good = true;

	if (import->cell_count > IMPORT_COLUMNS_MAX) {
		fail(import, "the file has %zu columns; at most %d can be read",
		    import->cell_count, IMPORT_COLUMNS_MAX);
		return false;
	}
	for (size_t i = 0; i < import->cell_count; i++)
		if (!check_utf8(import, i))
			return false;
	columns = arena_alloc(import->arena, import->cell_count * sizeof *columns);
	for (size_t i = 0; i < import->cell_count; i++)
		good = read_column(import, i, &columns[i]) &&
		    check_twins(import, columns, i) && good;
	good = good && check_needed(import, columns);
	import->columns = columns;
	import->column_count = import->cell_count;
	return good;
}

/* Rows */

static void
write_list(struct jsonout *out, struct span cell)
{
	json_open(out, '[');
	while (cell.n > 0) {
		struct span items = text_cut(&cell, ';');

		while (items.n > 0) {
			struct span item = text_trim(text_cut(&items, ','));

			if (item.n > 0)
				json_text(out, item);
		}
	}
	json_close(out, ']');
}

static bool
write_cell(struct import *import, struct jsonout *out, const struct member *member,
    struct span cell)
{
	char text[4 * SHOWN_BYTES + 8];
	int64_t number;
	bool flag;

	json_key(out, member->name);
	if (member->flags & MEMBER_LIST) {
		write_list(out, text_unguard(cell));
		return true;
	}
	switch (member->type) {
	case MEMBER_BOOLEAN:
		if (text_boolean(text_trim(cell), &flag)) {
			json_boolean(out, flag);
			return true;
		}
		fail(import, "%s: \"true\" or \"false\" is expected, got \"%s\"; replace the "
		    "spreadsheet's words in this column by these", member->name, shown(text, cell));
		return false;
	case MEMBER_INTEGER:
		if (text_integer(text_trim(cell), &number)) {
			json_int(out, number);
			return true;
		}
		fail(import, "%s: an integer is expected, got \"%s\"", member->name,
		    shown(text, cell));
		return false;
	case MEMBER_TIME:
		if (text_time(text_trim(cell), &number)) {
			json_text(out, text_trim(cell));
			return true;
		}
		fail(import, "%s: a date such as 2026-11-24 or a time with its zone such as "
		    "2026-11-24T09:30:00Z is expected, got \"%s\"; give the column the format "
		    "YYYY-MM-DD before it is saved as CSV", member->name, shown(text, cell));
		return false;
	default:
		/* Prose is as it stands. */
		json_text(out, text_unguard(member->type == MEMBER_TEXT ? cell : text_trim(cell)));
		return true;
	}
}

/* Nothing, or what takes away what is stored. */
static void
write_empty(struct jsonout *out, const struct member *member)
{
	/* What a record is called, and when it came, is not cleared. */
	if (member->type == MEMBER_ID || member->type == MEMBER_TIME)
		return;
	json_key(out, member->name);
	json_null(out);
}

/* Whose they are is known by the group. */
static bool
write_values(struct import *import, struct jsonout *out)
{
	const struct import_values *values = import->options.values;
	bool good = true;

	json_member(out, "group", values->group);
	if (values->project.n > 0)
		json_member(out, "project", values->project);
	json_key(out, "values");
	json_open(out, '{');
	for (size_t i = 0; i < import->column_count; i++) {
		const struct column *column = &import->columns[i];
		struct span cell = cell_at(import, i);

		if (column->kind != COLUMN_VALUE)
			continue;
		/* A text is as it stands, blanks too; a column for each field. */
		if (column->member->type == MEMBER_TEXT ? cell.n > 0 : text_trim(cell).n > 0)
			good &= write_cell(import, out, column->member, cell);
		else if (import->options.clear_empty) {
			json_key_span(out, column->field);
			json_null(out);
		}
	}
	json_close(out, '}');
	return good;
}

static void
write_fields(struct import *import, struct jsonout *out)
{
	bool any = false;

	for (size_t i = 0; i < import->column_count; i++) {
		struct span cell = cell_at(import, i);

		if (import->columns[i].kind != COLUMN_FIELD ||
		    (cell.n == 0 && !import->options.clear_empty))
			continue;
		if (!any) {
			json_key(out, "fields");
			json_open(out, '{');
		}
		any = true;
		json_key_span(out, import->columns[i].field);
		if (cell.n > 0)
			json_text(out, text_unguard(cell));
		else
			json_null(out);
	}
	if (any)
		json_close(out, '}');
}

/* Whether each cell stands below a name, and is text. */
static bool
check_row(struct import *import)
{
	size_t last = import->cell_count < IMPORT_COLUMNS_MAX ? import->cell_count : IMPORT_COLUMNS_MAX;
	bool good = true;

	while (last > 0 && text_trim(cell_at(import, last - 1)).n == 0)
		last--;
	if (last > import->column_count || import->cell_count > IMPORT_COLUMNS_MAX) {
		fail(import, "the row has %zu cells, the header has %zu", import->cell_count,
		    import->column_count);
		return false;
	}
	for (size_t i = 0; i < last; i++) {
		good &= check_utf8(import, i);
		if (import->columns[i].kind == COLUMN_NAMELESS &&
		    text_trim(cell_at(import, i)).n > 0) {
			fail(import, "there is a cell in column %zu, which has no name", i + 1);
			good = false;
		}
	}
	return good;
}

static void
read_row(struct import *import)
{
	struct jsonout out;
	bool good = true;

	if (!check_row(import))
		return;
	import->json.n = 0;
	out = json_to(&import->json);
	json_open(&out, '{');
	json_member(&out, "kind", span_of(import->table->kind));
	for (size_t i = 0; i < import->column_count; i++) {
		const struct column *column = &import->columns[i];

		if (column->kind != COLUMN_MEMBER)
			continue;
		if (text_trim(cell_at(import, i)).n > 0)
			good &= write_cell(import, &out, column->member, cell_at(import, i));
		else if (import->options.clear_empty)
			write_empty(&out, column->member);
	}
	if (import->options.values != NULL)
		good &= write_values(import, &out);
	else
		write_fields(import, &out);
	json_close(&out, '}');
	if (good)
		import->options.sink.document(import->options.sink.arg, import->row_line,
		    buf_bytes(&import->json));
}

/* Told by libcsv */

static void
on_cell(void *cell, size_t n, void *arg)
{
	struct import *import = arg;

	buf_put(&import->bytes, cell, n);
	if (import->cell_count < IMPORT_COLUMNS_MAX)
		import->ends[import->cell_count] = import->bytes.n;
	import->cell_count++;
}

static void
begin_row(struct import *import)
{
	import->bytes.n = 0;
	import->cell_count = 0;
	import->row_bytes = 0;
	import->row_begun = false;
}

static void
on_row(int end, void *arg)
{
	struct import *import = arg;

	(void)end;
	/* No bytes: an empty line, or a row of empty cells. */
	if (import->bytes.n > 0 && !import->stopped) {
		if (import->options.sink.row != NULL)
			import->options.sink.row(import->options.sink.arg, import->row_line);
		if (import->columns != NULL)
			read_row(import);
		else
			import->stopped = !read_header(import);
	}
	begin_row(import);
}

static void
parser_new(struct import *import)
{
	if (csv_init(&import->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0)
		abort();
	csv_set_blk_size(&import->parser, 4096);
	csv_set_delim(&import->parser, (unsigned char)import->separator);
}

static void
parse(struct import *import, struct span piece)
{
	if (import->skipping)
		return;
	import->row_bytes += piece.n;
	if (import->row_bytes > IMPORT_ROW_MAX) {
		fail(import, "the row is longer than %zu bytes; is a quotation mark missing?",
		    IMPORT_ROW_MAX);
		import->stopped = true;
		return;
	}
	if (csv_parse(&import->parser, piece.p, piece.n, on_cell, on_row, import) == piece.n)
		return;
	if (csv_error(&import->parser) != CSV_EPARSE) {
		fputs("earshot: out of memory\n", stderr);
		abort();
	}
	fail(import, "a quotation mark must enclose a whole cell, and be doubled inside it");
	import->stopped = import->columns == NULL;
	csv_free(&import->parser);
	parser_new(import);
	begin_row(import);
	import->skipping = true;
}

/* At most one line. */
static void
feed_line(struct import *import, struct span piece)
{
	char last = piece.p[piece.n - 1];

	if (!import->row_begun)
		import->row_line = import->line;
	import->row_begun = true;
	parse(import, piece);
	if (last == '\r' || last == '\n') {
		if (import->skipping)
			import->row_begun = false;
		import->skipping = false;
	}
	import->line += last == '\r' || (last == '\n' && !import->after_return);
	import->after_return = last == '\r';
}

static void
feed(struct import *import, struct span bytes)
{
	while (bytes.n > 0 && !import->stopped) {
		size_t n = 0;

		while (n < bytes.n && bytes.p[n] != '\n' && bytes.p[n] != '\r')
			n++;
		n += n < bytes.n;
		feed_line(import, (struct span){ bytes.p, n });
		bytes.p += n;
		bytes.n -= n;
	}
}

/* Lines of JSON */

static void
end_json_line(struct import *import)
{
	struct span line = text_trim(buf_bytes(&import->bytes));

	if (line.n > 0 && !import->skipping) {
		import->ends[0] = import->bytes.n;
		import->cell_count = 1;
		import->row_line = import->line;
		if (import->options.sink.row != NULL)
			import->options.sink.row(import->options.sink.arg, import->line);
		if (text_utf8(line))
			import->options.sink.document(import->options.sink.arg, import->line, line);
		else
			fail(import, "the line is not UTF-8");
	}
	import->line++;
	import->skipping = false;
	import->bytes.n = import->cell_count = 0;
}

static void
feed_json(struct import *import, struct span text)
{
	while (text.n > 0) {
		const char *end = memchr(text.p, '\n', text.n);
		size_t n = end != NULL ? (size_t)(end - text.p) : text.n;

		if (!import->skipping)
			buf_put(&import->bytes, text.p, n);
		if (import->bytes.n > IMPORT_ROW_MAX) {
			import->row_line = import->line;
			fail(import, "the line is longer than %zu bytes", IMPORT_ROW_MAX);
			import->bytes.n = 0;
			import->skipping = true;
		}
		if (end == NULL)
			return;
		end_json_line(import);
		text.p += n + 1;
		text.n -= n + 1;
	}
}

/* The first row */

/* The line that begins here, with its end; is_whole_r: it has one. A line break between
 * quotation marks ends none. */
static struct span
first_line(struct span text, bool *is_whole_r)
{
	bool quoted = false;
	size_t n = 0;

	while (n < text.n && (quoted || (text.p[n] != '\n' && text.p[n] != '\r')))
		quoted ^= text.p[n++] == '"';
	*is_whole_r = n < text.n;
	return (struct span){ text.p, n + *is_whole_r };
}

/* What stands most often between the names; commas where that tells nothing. */
static char
separator_of(struct span line)
{
	static const char separators[] = ",;\t";
	size_t counts[3] = { 0 }, best = 0;
	bool quoted = false;

	for (size_t i = 0; i < line.n; i++) {
		const char *found = strchr(separators, line.p[i]);

		quoted ^= line.p[i] == '"';
		if (!quoted && line.p[i] != '\0' && found != NULL)
			counts[found - separators]++;
	}
	for (size_t i = 1; i < 3; i++)
		if (counts[i] > counts[best])
			best = i;
	return separators[best];
}

/* "sep=;", as Excel writes and reads it. */
static bool
is_separator_line(struct span line, char *separator_r)
{
	while (line.n > 0 && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
		line.n--;
	if (line.n != 5 || !span_is_nocase((struct span){ line.p, 4 }, "sep="))
		return false;
	*separator_r = line.p[4];
	return true;
}

/* Finds the separator, once the first row is there, and feeds what has come. */
static void
settle(struct import *import, bool at_end)
{
	struct span rest = buf_bytes(&import->head), line;
	size_t blank = 0;
	bool whole;

	while (blank < rest.n && (rest.p[blank] == '\n' || rest.p[blank] == '\r'))
		blank++;
	line = first_line((struct span){ rest.p + blank, rest.n - blank }, &whole);
	if (!whole && !at_end && rest.n < HEAD_MAX)
		return;
	import->settled = true;
	import->json_lines = import->options.takes_json && line.n > 0 && line.p[0] == '{';
	if (import->json_lines) {
		feed_json(import, rest);
		buf_free(&import->head);
		return;
	}
	if (is_separator_line(line, &import->separator)) {
		feed(import, (struct span){ rest.p, blank });
		import->line++;
		import->after_return = line.p[line.n - 1] == '\r';
		rest = (struct span){ line.p + line.n, rest.n - blank - line.n };
	} else {
		import->separator = separator_of(line);
	}
	csv_set_delim(&import->parser, (unsigned char)import->separator);
	feed(import, rest);
	buf_free(&import->head);
}

static void
feed_text(struct import *import, struct span text)
{
	if (import->settled) {
		(import->json_lines ? feed_json : feed)(import, text);
		return;
	}
	buf_span(&import->head, text);
	settle(import, false);
}

/* Encodings */

const struct import_encoding import_encodings[] = {
	{ "", "UTF-8, or UTF-16 with its mark (usual)" },
	{ "windows-1252", "Windows-1252 (older Excel: Western Europe)" },
	{ "windows-1250", "Windows-1250 (Central Europe)" },
	{ "windows-1251", "Windows-1251 (Cyrillic)" },
	{ "ISO-8859-15", "ISO-8859-15 (Latin 9)" },
	{ "SHIFT_JIS", "Shift JIS (Japanese)" },
	{ "GB18030", "GB 18030 (Chinese)" },
	{ "MACINTOSH", "Macintosh (older Excel)" },
	{ NULL, NULL },
};

static void
feed_bytes(struct import *import, struct span bytes)
{
	unsigned char bad = 0;
	bool good;

	if (import->recode == NULL) {
		feed_text(import, bytes);
		return;
	}
	import->text.n = 0;
	good = recode_feed(import->recode, bytes, &import->text, &bad);
	feed_text(import, buf_bytes(&import->text));
	if (good || import->stopped)
		return;
	import->row_line = import->line;
	fail(import, "the byte 0x%02x is no character of the encoding %s", bad,
	    import->options.encoding);
	import->stopped = true;
}

/* Looks for a byte order mark. */
static void
start(struct import *import)
{
	struct span bytes = buf_bytes(&import->start);

	import->started = true;
	if (span_starts(bytes, "\xef\xbb\xbf")) {
		bytes = (struct span){ bytes.p + 3, bytes.n - 3 };
		recode_free(&import->recode);
	} else if (span_starts(bytes, "\xff\xfe") || span_starts(bytes, "\xfe\xff")) {
		recode_free(&import->recode);
		import->options.encoding = "UTF-16";
		import->recode = recode_new(import->options.encoding);
	}
	feed_bytes(import, bytes);
	buf_free(&import->start);
}

static bool
is_utf8_name(const char *encoding)
{
	return encoding == NULL || strcasecmp(encoding, "UTF-8") == 0 ||
	    strcasecmp(encoding, "UTF8") == 0;
}

struct import *
import_new(struct span kind, const struct import_options *options, struct error *error)
{
	struct recode *recode = NULL;
	struct import *import;
	size_t i = 0;

	while (i < sizeof tables / sizeof tables[0] && !span_is(kind, tables[i].kind))
		i++;
	if (i == sizeof tables / sizeof tables[0]) {
		error_set(error, FAULT_USAGE, "only users, feedback and values can be imported");
		return NULL;
	}
	if ((tables[i].members == value_members) != (options->values != NULL)) {
		error_set(error, FAULT_USAGE, "values are imported into a data group");
		return NULL;
	}
	if (!is_utf8_name(options->encoding) &&
	    (recode = recode_new(options->encoding)) == NULL) {
		error_set(error, FAULT_USAGE, "there is no encoding \"%s\"; names are such as "
		    "windows-1252 or UTF-16", options->encoding);
		return NULL;
	}
	import = calloc(1, sizeof *import);
	if (import == NULL)
		abort();
	import->options = *options;
	import->table = &tables[i];
	import->recode = recode;
	import->arena = arena_new();
	import->separator = ',';
	import->line = import->row_line = 1;
	parser_new(import);
	return import;
}

bool
import_feed(struct import *import, struct span bytes)
{
	if (import->started) {
		feed_bytes(import, bytes);
	} else {
		buf_span(&import->start, bytes);
		if (import->start.n >= 3)
			start(import);
	}
	return !import->stopped;
}

bool
import_end(struct import *import)
{
	if (!import->started)
		start(import);
	if (!import->settled && !import->stopped)
		settle(import, true);
	if (!import->stopped && import->recode != NULL && !recode_end(import->recode)) {
		import->row_line = import->line;
		fail(import, "the file ends in the middle of a character of %s",
		    import->options.encoding);
		import->stopped = true;
	}
	if (import->json_lines) {
		if (import->bytes.n > 0)
			end_json_line(import);
		return !import->stopped;
	}
	if (!import->stopped &&
	    csv_fini(&import->parser, on_cell, on_row, import) != 0) {
		fail(import, "the quotation mark that closes a cell is missing");
		import->stopped = true;
	}
	if (!import->stopped && import->columns == NULL) {
		fail(import, "the file is empty: its first row must name the columns");
		import->stopped = true;
	}
	return !import->stopped;
}

void
import_free(struct import **import_p)
{
	struct import *import = *import_p;

	if (import == NULL)
		return;
	csv_free(&import->parser);
	recode_free(&import->recode);
	buf_free(&import->start);
	buf_free(&import->text);
	buf_free(&import->head);
	buf_free(&import->bytes);
	buf_free(&import->json);
	arena_free(&import->arena);
	free(import);
	*import_p = NULL;
}

bool
import_is_json(const struct import *import)
{
	return import->json_lines;
}

size_t
import_cells(const struct import *import)
{
	return import->cell_count;
}

struct span
import_cell(const struct import *import, size_t i)
{
	return i < IMPORT_COLUMNS_MAX ? cell_at(import, i) : SPAN("");
}

size_t
import_columns(const struct import *import)
{
	return import->column_count;
}

const char *
import_column(const struct import *import, size_t i)
{
	const struct column *column = &import->columns[i];

	switch (column->kind) {
	case COLUMN_MEMBER:
		return column->member != NULL ? column->member->name : NULL;
	case COLUMN_FIELD:
	case COLUMN_VALUE:
		return arena_printf(import->arena, "%s.%.*s", column->kind == COLUMN_FIELD ? "fields"
		    : "values", (int)column->field.n, column->field.p);
	case COLUMN_PASSED:
	case COLUMN_NAMELESS:
		break;
	}
	return "";
}

const struct member *
import_member(struct span kind, size_t i)
{
	for (size_t k = 0; k < sizeof tables / sizeof tables[0]; k++)
		for (const struct member *m = tables[k].members; m->name != NULL; m++)
			if (span_is(kind, tables[k].kind) && (m->flags & MEMBER_CSV) && i-- == 0)
				return m;
	return NULL;
}
