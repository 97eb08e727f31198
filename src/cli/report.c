/* SPDX-License-Identifier: ISC */
/* Reports as text with bars, JSON, CSV and SVG. */
#include "cli/cli.h"

#include "base/json.h"
#include "base/text.h"
#include "report/shown.h"
#include "report/chart.h"

#include <errno.h>
#include <string.h>

#define BAR 30            /* columns of the longest */
#define LABEL 30          /* columns of a label at most */
#define CELL 12           /* columns of a cross table's column at least */

struct printing {
	struct cli *cli;
	struct json_object *report, *by;
	struct buf out;
};

/* Text to the screen; where it shows only ASCII, something like it. */
static void
put_plain(struct printing *printing, struct span text)
{
	static const struct { const char *from, *to; } alike[] = {
		{ "–", "-" }, { "█", "#" }, { "…", "~" }, { "≥", ">=" }, { "≤", "<=" },
	};

	for (size_t i = 0; i < text.n;) {
		struct span rest = { text.p + i, text.n - i };
		size_t k = 0;

		while (k < 5 && !span_starts(rest, alike[k].from))
			k++;
		if (k < 5 && !printing->cli->screen.utf8) {
			fputs(alike[k].to, stdout);
			i += strlen(alike[k].from);
		} else {
			putchar(text.p[i++]);
		}
	}
}

static void
flush(struct printing *printing)
{
	put_plain(printing, buf_bytes(&printing->out));
	printing->out.n = 0;
}

/* Padded on the left (to the right) or behind. */
static void
put_cell(struct printing *printing, struct span text, unsigned width, bool right)
{
	unsigned wide = text_width(text);
	int pad = width > wide ? (int)(width - wide) : 0;

	if (right)
		buf_printf(&printing->out, "%*s", pad, "");
	buf_span(&printing->out, text);
	if (!right)
		buf_printf(&printing->out, "%*s", pad, "");
}

static struct span
label_of(struct printing *printing, struct json_object *owner, struct json_object *bin,
    unsigned width)
{
	struct buf text = { 0 };
	struct span label;

	shown_bin(&text, owner, bin);
	label = shown_cut(printing->cli->arena,
	    arena_copy(printing->cli->arena, buf_bytes(&text)), width);
	buf_free(&text);
	return label;
}

static struct span
count_text(struct printing *printing, struct json_object *number)
{
	struct buf text = { 0 };

	shown_number(&text, number);
	return buf_keep(&text, printing->cli->arena);
}

/* The bins, and those without a value where that is a row of its own. */
static struct json_object *
rows_of(struct printing *printing, struct json_object *field)
{
	struct json_object *rows = json_new_array(printing->cli->arena), *unset;
	struct json_object *bins = json_get(field, "bins");
	struct json_object *counts = json_get(field, "unsetBy");

	for (size_t i = 0; i < json_count(bins); i++)
		json_append(rows, json_share(json_at(bins, i)));
	if (json_integer(field, "unset", 0) == 0)
		return rows;
	unset = json_new_object(printing->cli->arena);
	json_set_bool(unset, "unset", true);
	json_set_int(unset, "count", json_integer(field, "unset", 0));
	if (counts != NULL)
		json_set(unset, "counts", json_share(counts));
	json_append(rows, json_share(unset));
	return rows;
}

static unsigned
label_width(struct printing *printing, struct json_object *field, struct json_object *rows)
{
	unsigned width = 8;

	for (size_t i = 0; i < json_count(rows); i++) {
		unsigned wide = text_width(label_of(printing, field, json_at(rows, i), LABEL));

		width = wide > width ? wide : width;
	}
	return width;
}

static void
put_bars(struct printing *printing, struct json_object *field, struct json_object *rows)
{
	const struct cli_screen *screen = &printing->cli->screen;
	unsigned width = label_width(printing, field, rows);
	int64_t greatest = 1;

	for (size_t i = 0; i < json_count(rows); i++) {
		int64_t count = json_integer(json_at(rows, i), "count", 0);

		greatest = count > greatest ? count : greatest;
	}
	for (size_t i = 0; i < json_count(rows); i++) {
		struct json_object *row = json_at(rows, i);
		int64_t count = json_integer(row, "count", 0);
		int64_t bar = (int64_t)((double)count / (double)greatest * BAR + 0.5);

		buf_puts(&printing->out, "  ");
		put_cell(printing, label_of(printing, field, row, LABEL), width, true);
		buf_puts(&printing->out, "  ");
		if (screen->colour)
			buf_puts(&printing->out, json_has(row, "unset") ? "\x1b[2m" : "\x1b[34m");
		for (int64_t k = 0; k < bar || (k == 0 && count > 0); k++)
			buf_puts(&printing->out, "█");
		if (screen->colour)
			buf_puts(&printing->out, "\x1b[0m");
		buf_puts(&printing->out, count > 0 ? " " : "");
		shown_count(&printing->out, count);
		buf_puts(&printing->out, "  ");
		shown_share(&printing->out, count, json_integer(printing->report, "records", 0));
		buf_putc(&printing->out, '\n');
	}
}

static bool
series_used(struct printing *printing, size_t i)
{
	int64_t count = 0;

	return shown_integer(json_at(json_get(printing->by, "records"), i), &count) &&
	    count > 0;
}

/* One line of a cross table: a number for each column, that of all at the end. */
static void
put_line(struct printing *printing, struct span label, unsigned width,
    struct json_object *(*cell)(struct json_object *row, size_t i),
    struct json_object *row, struct json_object *all)
{
	struct json_object *names = json_get(printing->by, "series");

	buf_puts(&printing->out, "  ");
	put_cell(printing, label, width, true);
	for (size_t i = 0; i < json_count(names); i++) {
		struct json_object *number = cell(row, i);

		if (!series_used(printing, i))
			continue;
		buf_puts(&printing->out, "  ");
		put_cell(printing, number != NULL ? count_text(printing, number) : SPAN(""), CELL,
		    true);
	}
	buf_puts(&printing->out, "  ");
	put_cell(printing, count_text(printing, all), CELL, true);
	buf_putc(&printing->out, '\n');
}

static struct json_object *
count_of(struct json_object *row, size_t i)
{
	return json_at(json_get(row, "counts"), i);
}

static struct json_object *
mean_of(struct json_object *field, size_t i)
{
	return json_get(json_at(json_get(field, "series"), i), "mean");
}

static struct json_object *
median_of(struct json_object *field, size_t i)
{
	return json_get(json_at(json_get(field, "series"), i), "median");
}

static void
put_table(struct printing *printing, struct json_object *field, struct json_object *rows)
{
	struct json_object *names = json_get(printing->by, "series");
	unsigned width = label_width(printing, field, rows);

	buf_printf(&printing->out, "  %*s", (int)width, "");
	for (size_t i = 0; i < json_count(names); i++)
		if (series_used(printing, i)) {
			buf_puts(&printing->out, "  ");
			put_cell(printing, label_of(printing, printing->by, json_at(names, i), CELL),
			    CELL, true);
		}
	buf_puts(&printing->out, "  ");
	put_cell(printing, SPAN("all"), CELL, true);
	buf_putc(&printing->out, '\n');
	for (size_t i = 0; i < json_count(rows); i++) {
		struct json_object *row = json_at(rows, i);

		put_line(printing, label_of(printing, field, row, LABEL), width, count_of, row,
		    json_get(row, "count"));
	}
	if (!json_has(field, "series"))
		return;
	put_line(printing, SPAN("mean"), width, mean_of, field, json_get(field, "mean"));
	put_line(printing, SPAN("median"), width, median_of, field, json_get(field, "median"));
}

static void
put_field(struct printing *printing, struct json_object *field)
{
	const struct cli_screen *screen = &printing->cli->screen;
	struct json_object *rows = rows_of(printing, field);

	buf_puts(&printing->out, screen->colour ? "\n\x1b[1m" : "\n");
	text_visible(&printing->out, json_string(field, "label"));
	buf_puts(&printing->out, screen->colour ? "\x1b[0m\n  " : "\n  ");
	shown_sentence(&printing->out, printing->report, field);
	buf_putc(&printing->out, '\n');
	if (json_count(rows) == 0 || !shown_has_bars(field))
		return;
	if (printing->by != NULL)
		put_table(printing, field, rows);
	else
		put_bars(printing, field, rows);
}

static void
print_text(struct printing *printing)
{
	struct json_object *fields = json_get(printing->report, "fields");

	text_visible(&printing->out, json_string(printing->report, "title"));
	buf_putc(&printing->out, '\n');
	shown_head(&printing->out, printing->report);
	for (size_t i = 0; i < json_count(fields); i++)
		put_field(printing, json_at(fields, i));
	flush(printing);
}

/* CSV: a row for each figure, and for each bin and column of the cross table. */

struct csv {
	struct printing *printing;
	struct cli_table *table;
	struct json_object *field;
};

static void
csv_row(struct csv *csv, const char *figure, struct json_object *bin, size_t series,
    struct json_object *number)
{
	static const char *const shared[] = { "from", "to", "value", NULL };
	struct arena *arena = csv->printing->cli->arena;
	struct arena_mark mark = arena_mark(arena);
	struct json_object *row = json_new_object(arena);
	struct json_object *names = json_get(csv->printing->by, "series");

	if (number == NULL)
		return;
	json_set_text(row, "field", json_string(csv->field, "field"));
	json_set_text(row, "label", json_string(csv->field, "label"));
	json_set_text(row, "type", json_string(csv->field, "type"));
	json_set_text(row, "figure", span_of(figure));
	for (size_t i = 0; shared[i] != NULL; i++)
		if (json_has(bin, shared[i]))
			json_set(row, shared[i], json_share(json_get(bin, shared[i])));
	if (series > 0)
		json_set_text(row, "by", label_of(csv->printing, csv->printing->by,
		    json_at(names, series - 1), UINT32_MAX));
	json_set(row, "number", json_share(number));
	cli_table_row(csv->table, row);
	arena_rewind(arena, mark);
}

static void
csv_counts(struct csv *csv, const char *figure, struct json_object *bin,
    struct json_object *count, struct json_object *counts)
{
	csv_row(csv, figure, bin, 0, count);
	for (size_t i = 0; i < json_count(counts); i++)
		csv_row(csv, figure, bin, i + 1, json_at(counts, i));
}

static void
csv_field(struct csv *csv)
{
	static const char *const numbers[] = { "min", "max", "sum", "mean", "q1", "median", "q3",
		NULL };
	struct json_object *field = csv->field, *bins = json_get(field, "bins");
	struct json_object *series = json_get(field, "series");

	csv_counts(csv, "records", NULL, json_get(field, "records"), json_get(field, "recordsBy"));
	csv_counts(csv, "values", NULL, json_get(field, "values"), json_get(field, "valuesBy"));
	csv_counts(csv, "unset", NULL, json_get(field, "unset"), json_get(field, "unsetBy"));
	csv_row(csv, "distinct", NULL, 0, json_get(field, "distinct"));
	csv_row(csv, "first", NULL, 0, json_get(field, "first"));
	csv_row(csv, "last", NULL, 0, json_get(field, "last"));
	for (size_t i = 0; numbers[i] != NULL; i++) {
		csv_row(csv, numbers[i], NULL, 0, json_get(field, numbers[i]));
		for (size_t k = 0; k < json_count(series); k++)
			csv_row(csv, numbers[i], NULL, k + 1,
			    json_get(json_at(series, k), numbers[i]));
	}
	for (size_t i = 0; i < json_count(bins); i++) {
		struct json_object *bin = json_at(bins, i);

		csv_counts(csv, json_has(bin, "rest") ? "others" : "count", bin,
		    json_get(bin, "count"), json_get(bin, "counts"));
	}
}

static void
print_csv(struct printing *printing)
{
	struct csv csv = { .printing = printing };
	struct json_object *fields = json_get(printing->report, "fields");

	csv.table = cli_table_new(stdout, CLI_CSV, &printing->cli->screen,
	    "field,label,type,figure,from,to,value,by,number");
	for (size_t i = 0; i < json_count(fields); i++) {
		csv.field = json_at(fields, i);
		csv_field(&csv);
	}
	cli_table_end(&csv.table);
}

static int
write_svg(struct printing *printing, const char *path)
{
	FILE *file = cli_create(printing->cli, path);
	int code = CLI_DONE;

	if (file == NULL)
		return CLI_FAILED;
	chart_svg(&printing->out, printing->report);
	if (fwrite(printing->out.p, 1, printing->out.n, file) != printing->out.n ||
	    (file != stdout && fclose(file) != 0)) {
		cli_say(printing->cli, "%s cannot be written: %s", path, strerror(errno));
		code = CLI_FAILED;
	}
	printing->out.n = 0;
	return code;
}

int
cli_report(struct cli *cli)
{
	struct json_object *args = cli_args(cli, "report");
	struct printing printing = { .cli = cli };
	const char *svg = cli_option(cli, "svg");
	int code;

	if (cli->json && cli_csv(cli)) {
		cli_say(cli, "--csv and --json exclude each other");
		return CLI_USAGE;
	}
	cli_set(args, "of", cli->given->operands[0]);
	cli_set(args, "filter", cli_option(cli, "filter"));
	cli_set(args, "by", cli_option(cli, "by"));
	cli_set(args, "period", cli_option(cli, "period"));
	json_set(args, "fields", json_share(cli_items(cli, cli_option(cli, "fields"))));
	code = cli_ask_long(cli, args, "counting", &printing.report);
	if (code != CLI_DONE || printing.report == NULL)
		return code;
	printing.by = json_get(printing.report, "by");
	if (cli->json)
		cli_json(stdout, &cli->screen, printing.report);
	else if (cli_csv(cli))
		print_csv(&printing);
	else if (svg == NULL)
		print_text(&printing);
	if (svg != NULL)
		code = write_svg(&printing, svg);
	buf_free(&printing.out);
	return code;
}
