/* SPDX-License-Identifier: ISC */
#include "cli/import.h"

#include "base/buf.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <csv.h>

#define COLUMNS_MAX 1000
#define SHOWN_BYTES 60

enum cell { CELL_TEXT, CELL_LIST, CELL_FLAG, CELL_INTEGER };

struct member {
	const char *name;
	enum cell cell;
	bool needed;
};

static const struct member user_members[] = {
	{ "id", CELL_TEXT, false },
	{ "email", CELL_TEXT, true },
	{ "username", CELL_TEXT, false },
	{ "firstName", CELL_TEXT, false },
	{ "lastName", CELL_TEXT, false },
	{ "roles", CELL_LIST, false },
	{ "teams", CELL_LIST, false },
	{ "projects", CELL_LIST, false },
	{ "optOut", CELL_FLAG, false },
	{ "createdAt", CELL_TEXT, false },
	{ NULL, CELL_TEXT, false },
};

static const struct member feedback_members[] = {
	{ "id", CELL_TEXT, false },
	{ "project", CELL_TEXT, true },
	{ "type", CELL_TEXT, false },
	{ "title", CELL_TEXT, true },
	{ "description", CELL_TEXT, false },
	{ "status", CELL_TEXT, false },
	{ "submitter", CELL_TEXT, false },
	{ "exposure", CELL_TEXT, false },
	{ "blocking", CELL_FLAG, false },
	{ "feature", CELL_TEXT, false },
	{ "followers", CELL_LIST, false },
	{ "votes", CELL_INTEGER, false },
	{ "createdAt", CELL_TEXT, false },
	{ "updatedAt", CELL_TEXT, false },
	{ NULL, CELL_TEXT, false },
};

struct column {
	const struct member *member; /* NULL: fields.<name> */
	struct span field;
};

struct import {
	struct import_sink sink;
	const char *kind;
	const struct member *members;
	struct arena *arena;    /* of the columns */
	struct column *columns; /* NULL before the header */
	size_t column_count;

	struct csv_parser parser;
	struct buf bytes;       /* of the row's cells, one behind the other */
	size_t ends[COLUMNS_MAX];
	size_t cell_count;      /* may be more than there are ends */
	struct buf json;

	size_t mark;            /* bytes of a byte order mark seen; 4: behind it */
	size_t line, row_line;
	size_t row_bytes;
	bool row_begun, after_return;
	bool skipping;          /* to the end of a line with an error */
	bool stopped;
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
	import->sink.error(import->sink.arg, import->row_line, sentence);
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

static struct span
cell_at(const struct import *import, size_t i)
{
	size_t from = i > 0 ? import->ends[i - 1] : 0;

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

	for (const struct member *m = import->members; m->name != NULL; m++) {
		size_t before = nearest_name.distance;

		text_nearest_try(&nearest_name, plain_name(import->arena, span_of(m->name)));
		if (nearest_name.distance < before)
			name = m->name;
	}
	return name;
}

static bool
read_column(struct import *import, size_t i, struct column *column)
{
	struct span name = text_trim(cell_at(import, i));
	struct span plain = plain_name(import->arena, name);
	const struct member *member = import->members;
	char out[4 * SHOWN_BYTES + 8];
	const char *near;

	if (name.n == 0) {
		fail(import, "column %zu has no name", i + 1);
		return false;
	}
	if (name.n >= 7 && span_is_nocase((struct span){ name.p, 7 }, "fields.")) {
		column->field = arena_copy(import->arena,
		    (struct span){ name.p + 7, name.n - 7 });
		if (name.n == 7)
			fail(import, "column %zu has no name behind \"fields.\"", i + 1);
		return name.n > 7;
	}
	while (member->name != NULL &&
	    !span_eq(plain_name(import->arena, span_of(member->name)), plain))
		member++;
	column->member = member;
	if (member->name != NULL)
		return true;
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
		if (columns[j].member == columns[i].member &&
		    span_eq(columns[j].field, columns[i].field)) {
			fail(import, "the column \"%s\" is there twice",
			    shown(out, cell_at(import, i)));
			return false;
		}
	return true;
}

static bool
check_needed(struct import *import, const struct column *columns)
{
	bool good = true;

	for (const struct member *m = import->members; m->name != NULL; m++) {
		size_t i = 0;

		while (i < import->cell_count && columns[i].member != m)
			i++;
		if (m->needed && i == import->cell_count) {
			fail(import, "the column \"%s\" is missing", m->name);
			good = false;
		}
	}
	return good;
}

static bool
read_header(struct import *import)
{
	struct span first = cell_at(import, 0);
	struct column *columns;
	bool good = true;

	if (!text_utf8(buf_bytes(&import->bytes))) {
		fail(import, "the file is not in UTF-8: save it as \"CSV UTF-8\"");
		return false;
	}
	if (import->cell_count == 1 && (memchr(first.p, ';', first.n) != NULL ||
	    memchr(first.p, '\t', first.n) != NULL)) {
		fail(import, "the cells must be separated by commas, not by %s",
		    memchr(first.p, ';', first.n) != NULL ? "semicolons" : "tabs");
		return false;
	}
	if (import->cell_count > COLUMNS_MAX) {
		fail(import, "the file has %zu columns; at most %d can be read",
		    import->cell_count, COLUMNS_MAX);
		return false;
	}
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
		struct span item = text_trim(text_cut(&cell, ';'));

		if (item.n > 0)
			json_text(out, item);
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
	switch (member->cell) {
	case CELL_LIST:
		write_list(out, cell);
		return true;
	case CELL_FLAG:
		if (text_boolean(text_trim(cell), &flag)) {
			json_boolean(out, flag);
			return true;
		}
		fail(import, "%s: \"true\" or \"false\" is expected, got \"%s\"", member->name,
		    shown(text, cell));
		return false;
	case CELL_INTEGER:
		if (text_integer(text_trim(cell), &number)) {
			json_int(out, number);
			return true;
		}
		fail(import, "%s: an integer is expected, got \"%s\"", member->name,
		    shown(text, cell));
		return false;
	default:
		json_text(out, cell);
		return true;
	}
}

static void
write_fields(struct import *import, struct jsonout *out)
{
	bool any = false;

	for (size_t i = 0; i < import->column_count; i++) {
		if (import->columns[i].member != NULL || cell_at(import, i).n == 0)
			continue;
		if (!any) {
			json_key(out, "fields");
			json_open(out, '{');
		}
		any = true;
		json_key_span(out, import->columns[i].field);
		json_text(out, cell_at(import, i));
	}
	if (any)
		json_close(out, '}');
}

static void
read_row(struct import *import)
{
	struct jsonout out;
	bool good = true;

	if (import->cell_count != import->column_count) {
		fail(import, "the row has %zu cell%s, the header has %zu", import->cell_count,
		    import->cell_count == 1 ? "" : "s", import->column_count);
		return;
	}
	for (size_t i = 0; i < import->column_count; i++)
		if (!text_utf8(cell_at(import, i))) {
			fail(import, "the text in column %zu is not valid UTF-8", i + 1);
			good = false;
		}
	if (!good)
		return;
	import->json.n = 0;
	out = json_to(&import->json);
	json_open(&out, '{');
	json_member(&out, "kind", span_of(import->kind));
	for (size_t i = 0; i < import->column_count; i++)
		if (import->columns[i].member != NULL && cell_at(import, i).n > 0)
			good &= write_cell(import, &out, import->columns[i].member,
			    cell_at(import, i));
	write_fields(import, &out);
	json_close(&out, '}');
	if (good)
		import->sink.document(import->sink.arg, import->row_line,
		    buf_bytes(&import->json));
}

/* Told by libcsv */

static void
on_cell(void *cell, size_t n, void *arg)
{
	struct import *import = arg;

	buf_put(&import->bytes, cell, n);
	if (import->cell_count < COLUMNS_MAX)
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

/* Passes over a byte order mark. What only began like one is fed after all. */
static void
pass_mark(struct import *import, struct span *bytes)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t seen = import->mark;

	while (seen < 3 && bytes->n > 0 && bytes->p[0] == mark[seen]) {
		seen++;
		bytes->p++;
		bytes->n--;
	}
	import->mark = seen;
	if (bytes->n > 0) {
		import->mark = 4;
		if (seen < 3)
			feed(import, (struct span){ mark, seen });
	}
}

struct import *
import_new(struct span kind, const struct import_sink *sink)
{
	bool users = span_is(kind, "user");
	struct import *import;

	if (!users && !span_is(kind, "feedback"))
		return NULL;
	import = calloc(1, sizeof *import);
	if (import == NULL)
		abort();
	import->sink = *sink;
	import->kind = users ? "user" : "feedback";
	import->members = users ? user_members : feedback_members;
	import->arena = arena_new();
	import->line = import->row_line = 1;
	parser_new(import);
	return import;
}

bool
import_feed(struct import *import, struct span bytes)
{
	if (import->mark < 4)
		pass_mark(import, &bytes);
	feed(import, bytes);
	return !import->stopped;
}

bool
import_end(struct import *import)
{
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
	buf_free(&import->bytes);
	buf_free(&import->json);
	arena_free(&import->arena);
	free(import);
	*import_p = NULL;
}
