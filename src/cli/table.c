/* SPDX-License-Identifier: ISC */
#include "cli/table.h"

#include "base/fault.h"
#include "base/json.h"
#include "base/json_document.h"
#include "base/pointer.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <unistr.h>

#define HELD_ROWS 500     /* widths are those of the first so many rows */
#define NARROW 8          /* columns are not made narrower than that */
#define GAP 2

struct column {
	struct span path;
	unsigned width;
	bool number;      /* nothing but numbers so far: to the right */
	bool filled;      /* in some row */
};

struct cell {
	size_t begin, n;  /* in text */
	bool number;
};

struct cli_table {
	FILE *out;
	enum cli_format format;
	const struct cli_screen *screen;
	struct arena *arena;
	struct column *columns;
	size_t count, room;
	struct buf text;       /* of the rows held back */
	struct cell *cells;
	size_t rows;
	bool laid_out, begun;  /* widths are settled; something was written */
};

static bool
is_set(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0';
}

static bool
speaks_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (is_set(names[i]))
			return strcasestr(getenv(names[i]), "utf-8") != NULL ||
			    strcasestr(getenv(names[i]), "utf8") != NULL;
	return false;
}

struct cli_screen
cli_screen(int fd)
{
	struct cli_screen screen = { .terminal = isatty(fd) != 0, .utf8 = speaks_utf8() };
	const char *term = getenv("TERM");
	struct winsize size;
	uint64_t columns = 80;

	if (!screen.terminal)
		return screen;
	screen.colour = !is_set("NO_COLOR") && term != NULL && strcmp(term, "dumb") != 0;
	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		columns = size.ws_col;
	else if (is_set("COLUMNS") &&
	    (!text_unsigned(span_of(getenv("COLUMNS")), 10000, &columns) || columns == 0))
		columns = 80;
	screen.width = (unsigned)columns;
	return screen;
}

static void
put_plain(struct buf *out, struct json_object *value)
{
	if (doc_type(value) == DOC_STRING)
		buf_span(out, json_span(value));
	else if (doc_type(value) != DOC_NULL)
		buf_span(out, json_number_text(value));
}

static bool
is_plain_list(struct json_object *value)
{
	if (!json_is_array(value))
		return false;
	for (size_t i = 0; i < json_count(value); i++)
		if (doc_type(json_at(value, i)) >= DOC_ARRAY)
			return false;
	return true;
}

void
cli_cell(struct buf *out, struct json_object *value)
{
	if (!is_plain_list(value)) {
		put_plain(out, value);
		return;
	}
	for (size_t i = 0; i < json_count(value); i++) {
		if (i > 0)
			buf_puts(out, ", ");
		put_plain(out, json_at(value, i));
	}
}

/* The same JSON, with \u for what a terminal must not see. */
static void
put_json_visible(struct buf *out, struct span json)
{
	const uint8_t *p = (const uint8_t *)json.p, *end = p + json.n;
	struct buf shown = { 0 };
	ucs4_t code;

	while (p < end) {
		int n = *p < 0x7f ? 1 : u8_mbtouc(&code, p, (size_t)(end - p));

		shown.n = 0;
		if (n > 1 || *p == 0x7f)
			text_visible(&shown, (struct span){ (const char *)p, (size_t)n });
		if (shown.n == 0 || shown.p[0] != '\\')
			buf_put(out, p, (size_t)n);
		else if (n == 1)
			buf_puts(out, "\\u007f");
		else if (code < 0x10000)
			buf_printf(out, "\\u%04x", (unsigned)code);
		else
			buf_printf(out, "\\u%04x\\u%04x",
			    0xd800 + (unsigned)((code - 0x10000) >> 10),
			    0xdc00 + (unsigned)((code - 0x10000) & 0x3ff));
		p += n;
	}
	buf_free(&shown);
}

static bool
is_safe(struct span number)
{
	static const char most[] = "9007199254740992"; /* 2^53 */
	bool minus = number.p[0] == '-';
	size_t n = number.n - minus;

	for (size_t i = minus; i < number.n; i++)
		if (number.p[i] < '0' || number.p[i] > '9')
			return true; /* a fraction, or in powers of ten */
	return n < sizeof most - 1 ||
	    (n == sizeof most - 1 && memcmp(number.p + minus, most, n) <= 0);
}

/* The same JSON (compact) with other integers as text. */
static void
put_json_safe(struct buf *out, struct span json)
{
	bool quoted = false;

	for (size_t i = 0; i < json.n;) {
		struct span number = { json.p + i, 0 };

		while (!quoted && i + number.n < json.n &&
		    memchr("+-.0123456789eE", number.p[number.n], 15) != NULL)
			number.n++;
		/* The e of true and false. */
		if (number.n > 0 && number.p[0] != 'e') {
			buf_puts(out, is_safe(number) ? "" : "\"");
			buf_span(out, number);
			buf_puts(out, is_safe(number) ? "" : "\"");
			i += number.n;
			continue;
		}
		if (json.p[i] == '"')
			quoted = !quoted;
		if (quoted && json.p[i] == '\\')
			buf_putc(out, json.p[i++]);
		buf_putc(out, json.p[i++]);
	}
}

static void
put_json_text(FILE *out, const struct cli_screen *screen, struct span json)
{
	struct buf visible = { 0 }, safe = { 0 };

	if (screen->safe_integers) {
		put_json_safe(&safe, json);
		json = buf_bytes(&safe);
	}
	if (screen->terminal) {
		put_json_visible(&visible, json);
		json = buf_bytes(&visible);
	}
	fwrite(json.p, 1, json.n, out);
	buf_free(&visible);
	buf_free(&safe);
}

static void
put_json(FILE *out, const struct cli_screen *screen, struct json_object *document)
{
	struct arena *arena = arena_new();

	put_json_text(out, screen, json_write(arena, document));
	arena_free(&arena);
}

void
cli_json_line(FILE *out, const struct cli_screen *screen, struct span json)
{
	put_json_text(out, screen, json);
	fputc('\n', out);
}

void
cli_json(FILE *out, const struct cli_screen *screen, struct json_object *document)
{
	put_json(out, screen, document);
	fputc('\n', out);
}

struct cli_table *
cli_table_new(FILE *out, enum cli_format format, const struct cli_screen *screen,
    const char *columns)
{
	struct cli_table *table = calloc(1, sizeof *table);
	struct span rest = span_of(columns), path;

	if (table == NULL)
		abort();
	*table = (struct cli_table){ .out = out, .format = format, .screen = screen,
		.arena = arena_new() };
	while (rest.n > 0) {
		if ((path = text_cut(&rest, ',')).n == 0)
			continue;
		table->columns = arena_grow(table->arena, table->columns, table->count,
		    &table->room, sizeof *table->columns);
		table->columns[table->count++] = (struct column){ .number = true,
			.path = arena_copy(table->arena, path) };
	}
	return table;
}

/* Text for the eye: what was sent cannot move the cursor. */
static void
put_shown(const struct cli_table *table, struct buf *out, struct span text)
{
	if (table->format == CLI_TEXT || table->screen->terminal)
		text_visible(out, text);
	else
		buf_span(out, text);
}

static struct json_object *
value_at(struct json_object *document, struct span path)
{
	struct json_object *value = json_get(document, path.p);

	if (value != NULL)
		return value; /* a row of columns, by their whole names */
	if (path.p[0] == '/')
		pointer_get(document, path, &value);
	else
		pointer_dotted(document, path, &value);
	return value;
}

static struct json_object *
column_value(struct column *column, struct json_object *document)
{
	struct json_object *value = value_at(document, column->path);

	column->filled |= value != NULL;
	return value;
}

/* document is NULL for the titles */
static void
write_csv(struct cli_table *table, struct json_object *document)
{
	struct arena_mark mark = arena_mark(table->arena);
	struct span *cells = arena_alloc(table->arena, (table->count + 1) * sizeof *cells);
	struct buf line = { 0 };

	for (size_t i = 0; i < table->count; i++) {
		struct json_object *value = NULL;
		struct buf text = { 0 }, cell = { 0 };
		struct span shown;

		if (document == NULL)
			buf_span(&text, table->columns[i].path);
		else
			cli_cell(&text, value = column_value(&table->columns[i], document));
		shown = buf_bytes(&text);
		if (table->screen->spreadsheet && doc_type(value) >= DOC_STRING)
			shown = text_guard(table->arena, shown);
		put_shown(table, &cell, shown);
		cells[i] = buf_keep(&cell, table->arena);
		buf_free(&text);
	}
	text_csv_line(&line, cells, table->count);
	fwrite(line.p, 1, line.n, table->out);
	buf_free(&line);
	arena_rewind(table->arena, mark);
}

static const char *
colour_of(struct span path, struct span text)
{
	if (span_is(path, "outcome"))
		for (enum fault fault = FAULT_NONE; fault < FAULT__MAX; fault++)
			if (span_is(text, fault_info(fault)->code))
				return fault_info(fault)->settled ? "\x1b[32m" : "\x1b[31m";
	if (span_is(path, "state"))
		return span_is(text, "dead") ? "\x1b[31m" : span_is(text, "sent")
		    ? "\x1b[32m" : NULL;
	return NULL;
}

/* One cell, cut to its column on a terminal, filled unless it is the last. */
static void
put_cell(const struct cli_table *table, struct buf *line, size_t i, struct span text,
    const char *colour)
{
	const struct column *column = &table->columns[i];
	const char *mark = table->screen->utf8 ? "…" : "~";
	unsigned wide = text_width(text), fill;
	struct span shown = text;
	bool cut = table->screen->width > 0 && wide > column->width;

	if (cut) {
		shown = text_fit(text, column->width - 1);
		wide = text_width(shown) + 1;
	}
	fill = wide < column->width ? column->width - wide : 0;
	if (column->number)
		buf_printf(line, "%*s", (int)fill, "");
	if (colour != NULL)
		buf_puts(line, colour);
	buf_span(line, shown);
	if (cut)
		buf_puts(line, mark);
	if (colour != NULL)
		buf_puts(line, "\x1b[0m");
	if (i + 1 == table->count)
		return;
	buf_printf(line, "%*s", (int)(column->number ? 0 : fill) + GAP, "");
}

/* The widest columns give until all fit. */
static void
lay_out(struct cli_table *table)
{
	unsigned total = 0;

	for (size_t i = 0; i < table->count; i++) {
		struct column *column = &table->columns[i];
		bool any = false;

		column->width = text_width(column->path);
		for (size_t row = 0; row < table->rows; row++) {
			const struct cell *cell = &table->cells[row * table->count + i];
			unsigned wide = text_width((struct span){ table->text.p + cell->begin,
			    cell->n });

			column->width = wide > column->width ? wide : column->width;
			column->number = column->number && (cell->number || cell->n == 0);
			any = any || cell->number;
		}
		column->number = column->number && any;
		total += column->width + (i > 0 ? GAP : 0);
	}
	while (table->screen->width > 0 && total > table->screen->width) {
		struct column *widest = &table->columns[0];

		for (size_t i = 1; i < table->count; i++)
			if (table->columns[i].width > widest->width)
				widest = &table->columns[i];
		if (widest->width <= NARROW)
			break;
		widest->width--;
		total--;
	}
	table->laid_out = true;
}

static void
write_titles(const struct cli_table *table)
{
	struct buf line = { 0 };

	for (size_t i = 0; i < table->count; i++)
		put_cell(table, &line, i, table->columns[i].path,
		    table->screen->colour ? "\x1b[1m" : NULL);
	buf_putc(&line, '\n');
	fwrite(line.p, 1, line.n, table->out);
	buf_free(&line);
}

static void
write_held(struct cli_table *table)
{
	struct buf line = { 0 };

	if (table->rows == 0)
		return;
	if (!table->laid_out) {
		lay_out(table);
		write_titles(table);
	}
	for (size_t row = 0; row < table->rows; row++) {
		line.n = 0;
		for (size_t i = 0; i < table->count; i++) {
			const struct cell *cell = &table->cells[row * table->count + i];
			struct span text = { table->text.p + cell->begin, cell->n };

			put_cell(table, &line, i, text, table->screen->colour
			    ? colour_of(table->columns[i].path, text) : NULL);
		}
		while (line.n > 0 && line.p[line.n - 1] == ' ')
			line.n--;
		buf_putc(&line, '\n');
		fwrite(line.p, 1, line.n, table->out);
	}
	buf_free(&line);
	table->rows = 0;
	table->text.n = 0;
}

static void
hold_row(struct cli_table *table, struct json_object *document)
{
	struct buf text = { 0 };

	if (table->cells == NULL && (table->cells =
	        calloc(HELD_ROWS * (table->count + 1), sizeof *table->cells)) == NULL)
		abort();
	for (size_t i = 0; i < table->count; i++) {
		struct json_object *value = column_value(&table->columns[i], document);
		struct cell *cell = &table->cells[table->rows * table->count + i];

		text.n = 0;
		cli_cell(&text, value);
		cell->begin = table->text.n;
		put_shown(table, &table->text, buf_bytes(&text));
		cell->n = table->text.n - cell->begin;
		cell->number = doc_type(value) == DOC_INTEGER || doc_type(value) == DOC_FRACTION;
	}
	buf_free(&text);
	if (++table->rows == HELD_ROWS)
		write_held(table);
}

void
cli_table_row(struct cli_table *table, struct json_object *document)
{
	switch (table->format) {
	case CLI_TEXT:
		hold_row(table, document);
		break;
	case CLI_CSV:
		if (!table->begun)
			write_csv(table, NULL);
		write_csv(table, document);
		break;
	case CLI_JSON:
		fputs(table->begun ? ",\n" : "[\n", table->out);
		put_json(table->out, table->screen, document);
		break;
	case CLI_LINES:
		cli_json(table->out, table->screen, document);
		break;
	}
	table->begun = true;
}

const char *
cli_table_blank(const struct cli_table *table, size_t *from)
{
	while (*from < table->count && table->columns[*from].filled)
		(*from)++;
	return *from < table->count ? table->columns[(*from)++].path.p : NULL;
}

void
cli_table_end(struct cli_table **table_p)
{
	struct cli_table *table = *table_p;

	if (table == NULL)
		return;
	if (table->format == CLI_TEXT)
		write_held(table);
	else if (table->format == CLI_CSV && !table->begun)
		write_csv(table, NULL);
	else if (table->format == CLI_JSON)
		fputs(table->begun ? "\n]\n" : "[]\n", table->out);
	cli_table_drop(table_p);
}

void
cli_table_drop(struct cli_table **table_p)
{
	struct cli_table *table = *table_p;

	if (table == NULL)
		return;
	arena_free(&table->arena);
	buf_free(&table->text);
	free(table->cells);
	free(table);
	*table_p = NULL;
}
