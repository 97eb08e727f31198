/* SPDX-License-Identifier: ISC */
#include "report/print.h"

#include "base/json.h"
#include "base/text.h"
#include "report/shown.h"

#define BAR 30            /* columns of the longest */
#define LABEL 30          /* columns of a label at most */
#define CELL 12           /* columns of a cross table's column at least */

struct printing {
	struct buf *out;
	const struct shown *shown;
	bool colour;
};

/* To the right of its column. */
static void
put_cell(const struct printing *printing, struct span text, unsigned width)
{
	unsigned wide = text_width(text);

	buf_printf(printing->out, "  %*s", width > wide ? (int)(width - wide) : 0, "");
	buf_span(printing->out, text);
}

static struct span
short_label(const struct printing *printing, const struct shown_row *row)
{
	return shown_cut(printing->shown->arena, row->label, LABEL);
}

static void
put_bars(const struct printing *printing, const struct shown_field *field, unsigned width)
{
	struct buf *out = printing->out;
	double greatest = 0;

	for (size_t i = 0; i < field->n; i++)
		greatest = field->rows[i].amount > greatest ? field->rows[i].amount : greatest;
	for (size_t i = 0; i < field->n; i++) {
		const struct shown_row *row = &field->rows[i];
		int64_t bar = greatest > 0 ? (int64_t)(row->amount / greatest * BAR + 0.5) : 0;

		put_cell(printing, short_label(printing, row), width);
		buf_puts(out, "  ");
		if (printing->colour)
			buf_puts(out, row->what == SHOWN_UNSET ? "\x1b[2m" : "\x1b[34m");
		for (int64_t k = 0; k < bar || (k == 0 && row->amount > 0); k++)
			buf_puts(out, "█");
		if (printing->colour)
			buf_puts(out, "\x1b[0m");
		buf_puts(out, row->amount > 0 ? " " : "");
		if (printing->shown->number.n > 0) {
			buf_span(out, row->told);
		} else {
			buf_span(out, shown_count(printing->shown->arena, row->count));
			buf_puts(out, "  ");
			shown_share(out, row->count, printing->shown->records);
		}
		buf_putc(out, '\n');
	}
}

/* One line of a cross table: a cell for each column somebody is in, that of all at the end. */
static void
put_line(const struct printing *printing, struct span label, unsigned width,
    const struct span *cells, struct span all)
{
	put_cell(printing, label, width);
	for (size_t i = 0; i < printing->shown->column_count; i++)
		if (printing->shown->columns[i].used)
			put_cell(printing, cells[i], CELL);
	put_cell(printing, all, CELL);
	buf_putc(printing->out, '\n');
}

static void
put_table(const struct printing *printing, const struct shown_field *field, unsigned width)
{
	static const char *const figures[] = { "mean", "median" };
	const struct shown *shown = printing->shown;
	struct json_object *series = json_get(field->json, "series");
	struct span *cells = arena_alloc(shown->arena, shown->column_count * sizeof *cells);

	for (size_t i = 0; i < shown->column_count; i++)
		cells[i] = shown_cut(shown->arena, shown->columns[i].name, CELL);
	put_line(printing, SPAN(""), width, cells, SPAN("all"));
	for (size_t row = 0; row < field->n; row++) {
		for (size_t i = 0; i < shown->column_count; i++)
			cells[i] = shown_count(shown->arena, field->rows[row].counts[i]);
		put_line(printing, short_label(printing, &field->rows[row]), width, cells,
		    shown_count(shown->arena, field->rows[row].count));
	}
	for (size_t figure = 0; series != NULL && figure < 2; figure++) {
		for (size_t i = 0; i < shown->column_count; i++) {
			struct json_object *number = json_get(json_at(series, i), figures[figure]);

			cells[i] = number != NULL ? shown_number(shown->arena, number) : SPAN("");
		}
		put_line(printing, span_of(figures[figure]), width, cells,
		    shown_number(shown->arena, json_get(field->json, figures[figure])));
	}
}

void
print_text(struct buf *out, const struct shown *shown, bool colour)
{
	const struct printing printing = { out, shown, colour };

	text_visible(out, shown->title);
	buf_putc(out, '\n');
	buf_span(out, shown->head);
	for (size_t i = 0; i < shown->field_count; i++) {
		const struct shown_field *field = &shown->fields[i];
		unsigned width = 8;

		buf_puts(out, colour ? "\n\x1b[1m" : "\n");
		text_visible(out, field->label);
		buf_puts(out, colour ? "\x1b[0m\n  " : "\n  ");
		buf_span(out, field->sentence);
		buf_putc(out, '\n');
		if (!field->bars)
			continue;
		for (size_t row = 0; row < field->n; row++) {
			unsigned wide = text_width(short_label(&printing, &field->rows[row]));

			width = wide > width ? wide : width;
		}
		if (shown->column_count > 0)
			put_table(&printing, field, width);
		else
			put_bars(&printing, field, width);
	}
}

/* Rows of figures */

struct rows {
	const struct shown *shown;
	struct json_object *field;
	void (*row)(void *arg, struct json_object *row);
	void *arg;
};

/* column 0: of all */
static void
put_row(const struct rows *rows, const char *figure, struct json_object *bin, size_t column,
    struct json_object *number)
{
	static const char *const of_field[] = { "field", "label", "type" };
	static const char *const of_bin[] = { "from", "to", "value" };
	struct arena *arena = rows->shown->arena;
	struct arena_mark mark = arena_mark(arena);
	struct json_object *row;

	if (number == NULL)
		return;
	row = json_new_object(arena);
	for (size_t i = 0; i < sizeof of_field / sizeof of_field[0]; i++)
		json_set_text(row, of_field[i], json_string(rows->field, of_field[i]));
	json_set_text(row, "figure", span_of(figure));
	for (size_t i = 0; i < sizeof of_bin / sizeof of_bin[0]; i++)
		if (json_has(bin, of_bin[i]))
			json_set(row, of_bin[i], json_share(json_get(bin, of_bin[i])));
	if (column > 0)
		json_set_text(row, "by", rows->shown->columns[column - 1].name);
	json_set(row, "number", json_share(number));
	rows->row(rows->arg, row);
	arena_rewind(arena, mark);
}

static void
put_counts(const struct rows *rows, const char *figure, struct json_object *bin,
    struct json_object *count, struct json_object *counts)
{
	put_row(rows, figure, bin, 0, count);
	for (size_t i = 0; i < json_count(counts); i++)
		put_row(rows, figure, bin, i + 1, json_at(counts, i));
}

void
print_rows(const struct shown *shown, void (*row)(void *arg, struct json_object *row),
    void *arg)
{
	static const struct { const char *all, *by; } counts[] = {
		{ "records", "recordsBy" }, { "values", "valuesBy" }, { "unset", "unsetBy" },
	};
	static const char *const figures[] = { "distinct", "first", "last", "min", "max", "sum",
		"mean", "q1", "median", "q3" };
	struct rows rows = { .shown = shown, .row = row, .arg = arg };

	for (size_t f = 0; f < shown->field_count; f++) {
		const struct shown_field *field = &shown->fields[f];
		struct json_object *json = field->json, *series = json_get(json, "series");

		rows.field = json;
		for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
			put_counts(&rows, counts[i].all, NULL, json_get(json, counts[i].all),
			    json_get(json, counts[i].by));
		for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
			put_row(&rows, figures[i], NULL, 0, json_get(json, figures[i]));
			for (size_t k = 0; k < json_count(series); k++)
				put_row(&rows, figures[i], NULL, k + 1,
				    json_get(json_at(series, k), figures[i]));
		}
		for (size_t i = 0; i < field->bins; i++)
			put_counts(&rows, field->rows[i].what == SHOWN_REST ? "others" : "count",
			    field->rows[i].bin, json_get(field->rows[i].bin, "count"),
			    json_get(field->rows[i].bin, "counts"));
	}
}
