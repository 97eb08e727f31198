/* SPDX-License-Identifier: ISC */
#include "report/shown.h"

#include "base/json.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Digits with a comma before every third from the end. */
static void
put_grouped(struct buf *out, const char *digits, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			buf_putc(out, ',');
		buf_putc(out, digits[i]);
	}
}

static void
put_decimal(struct buf *out, const char *text)
{
	size_t sign = *text == '-', whole = strspn(text + sign, "0123456789");

	if (sign > 0)
		buf_putc(out, '-');
	put_grouped(out, text + sign, whole);
	buf_puts(out, text + sign + whole);
}

static void
put_count(struct buf *out, int64_t count)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRId64, count);
	put_decimal(out, text);
}

/* "1 delivery", "2 deliveries": of the plural. */
static void
put_units(struct buf *out, int64_t count, struct span units)
{
	bool ies = units.n > 3 && memcmp(units.p + units.n - 3, "ies", 3) == 0;

	put_count(out, count);
	buf_putc(out, ' ');
	if (count != 1)
		buf_span(out, units);
	else
		buf_put(out, units.p, units.n - (ies ? 3 : 1));
	buf_puts(out, count == 1 && ies ? "y" : "");
}

static double
value_of(struct json_object *number)
{
	struct span text = json_number_text(number);
	char bytes[64];

	snprintf(bytes, sizeof bytes, "%.*s", (int)text.n, text.p != NULL ? text.p : "");
	return strtod(bytes, NULL);
}

double
shown_value(struct json_object *object, const char *member)
{
	struct json_object *number = json_get(object, member);

	return number != NULL ? value_of(number) : 0;
}

static void
put_number(struct buf *out, struct json_object *number)
{
	struct span text = json_number_text(number);
	char bytes[400];
	int64_t whole;

	if (text_integer(text, &whole)) {
		put_count(out, whole);
		return;
	}
	snprintf(bytes, sizeof bytes, "%.2f", value_of(number));
	for (size_t n = strlen(bytes); n > 0 && (bytes[n - 1] == '0' || bytes[n - 1] == '.');) {
		bool point = bytes[--n] == '.';

		bytes[n] = '\0';
		if (point)
			break;
	}
	put_decimal(out, bytes);
}

struct span
shown_count(struct arena *arena, int64_t count)
{
	struct buf text = { 0 };

	put_count(&text, count);
	return buf_keep(&text, arena);
}

struct span
shown_number(struct arena *arena, struct json_object *number)
{
	struct buf text = { 0 };

	put_number(&text, number);
	return buf_keep(&text, arena);
}

void
shown_share(struct buf *out, int64_t part, int64_t whole)
{
	double share = whole > 0 ? 100 * (double)part / (double)whole : 0;

	if (whole <= 0)
		return;
	if (part > 0 && share < 0.05)
		buf_puts(out, "< 0.1 %");
	else
		buf_printf(out, part > 0 && share < 9.95 && part < whole ? "%.1f %%" : "%.0f %%",
		    share);
}

static void
put_date(struct buf *out, struct json_object *owner, struct json_object *bin)
{
	struct span period = json_string(owner, "period"), from = json_string(bin, "from");
	struct span to = json_string(bin, "to");

	if (span_is(period, "month") && from.n > 7)
		from.n = 7;
	if (span_is(period, "year") && from.n > 4)
		from.n = to.n = 4;
	buf_span(out, from);
	if (span_is(period, "year") && !span_eq(from, to)) {
		buf_puts(out, "–");
		buf_span(out, to);
	}
}

static void
put_range(struct buf *out, struct json_object *bin)
{
	struct json_object *from = json_get(bin, "from"), *to = json_get(bin, "to");

	if (from == NULL) {
		buf_puts(out, "up to ");
		put_number(out, to);
		return;
	}
	put_number(out, from);
	if (to == NULL) {
		buf_puts(out, " and more");
	} else if (value_of(from) != value_of(to)) {
		buf_puts(out, "–");
		put_number(out, to);
	}
}

/* A bin, or a column. owner: the field or `by`, with its period. */
static void
put_bin(struct buf *out, struct json_object *owner, struct json_object *bin)
{
	struct json_object *value = json_get(bin, "value");
	struct span type = json_string(owner, "type");

	if (json_flag(bin, "unset", false))
		buf_puts(out, "without");
	else if (json_flag(bin, "rest", false))
		buf_puts(out, "others");
	else if (span_is(type, "boolean"))
		buf_puts(out, json_flag(bin, "value", false) ? "true" : "false");
	else if (value != NULL && json_span(value).n == 0)
		buf_puts(out, "\"\"");
	else if (value != NULL)
		text_visible(out, json_span(value));
	else if (span_is(type, "datetime"))
		put_date(out, owner, bin);
	else
		put_range(out, bin);
}

static void
put_member(struct buf *out, const char *before, struct json_object *field,
    const char *member)
{
	buf_puts(out, before);
	put_number(out, json_get(field, member));
}

static void
put_day(struct buf *out, const char *before, struct json_object *field, const char *member)
{
	struct span time = json_string(field, member);

	buf_puts(out, before);
	buf_put(out, time.p, time.n < 10 ? time.n : 10);
}

static void
put_sentence(struct buf *out, const struct shown *shown, const struct shown_field *field)
{
	const struct shown_row *most = field->rows;
	struct json_object *json = field->json;
	struct span type = json_string(json, "type");

	put_count(out, json_integer(json, "records", 0));
	buf_puts(out, " of ");
	put_units(out, shown->records, shown->unit);
	buf_puts(out, shown->records == 1 ? " has a value" : " have a value");
	if (json_integer(json, "values", 0) == 0)
		return;
	if (span_is(type, "integer")) {
		put_member(out, ", from ", json, "min");
		put_member(out, " to ", json, "max");
		put_member(out, ", median ", json, "median");
		put_member(out, ", quartiles ", json, "q1");
		put_member(out, " and ", json, "q3");
		put_member(out, ", mean ", json, "mean");
	} else if (span_is(type, "datetime")) {
		put_day(out, ", from ", json, "first");
		put_day(out, " to ", json, "last");
	} else if (span_is(type, "string")) {
		put_member(out, ", ", json, "distinct");
		buf_puts(out, json_integer(json, "distinct", 0) == 1 ? " value"
		    : " different values");
	}
	if (shown->number.n > 0)
		return;
	if (!field->bars) {
		buf_puts(out, ", hardly two alike");
		return;
	}
	for (size_t i = 1; i < field->bins; i++)
		if (field->rows[i].count > most->count && field->rows[i].what != SHOWN_REST)
			most = &field->rows[i];
	buf_puts(out, "; most: ");
	buf_span(out, most->label);
	buf_puts(out, " (");
	put_count(out, most->count);
	buf_puts(out, ")");
}

static void
put_head(struct buf *out, struct json_object *report)
{
	struct json_object *by = json_get(report, "by");
	struct span at = json_string(report, "at"), filter = json_string(report, "filter");

	int64_t records = json_integer(report, "records", 0);

	put_units(out, records, json_string(report, "unit"));
	buf_puts(out, filter.n == 0 ? ", " : records == 1 ? " matches, " : " match, ");
	buf_put(out, at.p, at.n < 10 ? at.n : 10);
	buf_putc(out, '\n');
	if (filter.n > 0) {
		buf_puts(out, "filter: ");
		text_visible(out, filter);
		buf_putc(out, '\n');
	}
	if (by != NULL) {
		buf_puts(out, !json_has(report, "number") ? "by "
		    : span_is(json_string(report, "number"), "sum") ? "sums by " : "averages by ");
		text_visible(out, json_string(by, "label"));
		buf_putc(out, '\n');
	}
}

static struct span
bin_text(struct arena *arena, struct json_object *owner, struct json_object *bin)
{
	struct buf text = { 0 };

	put_bin(&text, owner, bin);
	return buf_keep(&text, arena);
}

/* The counts of a row by column; without columns the count itself. */
static const int64_t *
read_counts(const struct shown *shown, struct json_object *counts, int64_t count)
{
	int64_t *read = arena_alloc(shown->arena, (shown->column_count + 1) * sizeof *read);

	*read = shown->column_count == 0 ? count : 0;
	for (size_t i = 0; i < shown->column_count; i++)
		if (!text_integer(json_number_text(json_at(counts, i)), &read[i]))
			read[i] = 0;
	return read;
}

static struct span
count_told(const struct shown *shown, int64_t count)
{
	struct buf told = { 0 };

	put_count(&told, count);
	buf_puts(&told, " · ");
	shown_share(&told, count, shown->records);
	return buf_keep(&told, shown->arena);
}

/* A row for each bin, and one of those without a value. */
static void
read_bins(const struct shown *shown, struct json_object *json, struct shown_field *field)
{
	struct json_object *bins = json_get(json, "bins");
	struct span type = json_string(json, "type");
	size_t n = json_count(bins);
	struct shown_row *rows = arena_alloc(shown->arena, (n + 1) * sizeof *rows);
	int64_t unset = json_integer(json, "unset", 0);

	for (size_t i = 0; i < n; i++) {
		struct json_object *bin = json_at(bins, i);
		int64_t count = json_integer(bin, "count", 0);

		rows[i] = (struct shown_row){
			.what = json_has(bin, "rest") ? SHOWN_REST : SHOWN_VALUES,
			.label = bin_text(shown->arena, json, bin), .bin = bin, .count = count,
			.counts = read_counts(shown, json_get(bin, "counts"), count) };
	}
	rows[n] = (struct shown_row){ .what = SHOWN_UNSET, .label = SPAN("without"),
		.count = unset, .counts = read_counts(shown, json_get(json, "unsetBy"), unset) };
	for (size_t i = 0; i <= n; i++) {
		rows[i].amount = (double)rows[i].count;
		rows[i].told = count_told(shown, rows[i].count);
	}
	field->along = span_is(type, "integer") || span_is(type, "datetime");
	field->bars = n > 0 && !(span_is(type, "string") && rows[0].count == 1 &&
	    rows[n - 1].what == SHOWN_REST);
	field->rows = rows;
	field->bins = n;
	field->n = n + (unset > 0);
}

/* A row for each value of what divides the report: what the field comes to there. */
static void
read_numbers(const struct shown *shown, struct json_object *json, struct shown_field *field)
{
	struct json_object *series = json_get(json, "series"), *by = json_get(shown->report, "by");
	struct json_object *bins = json_get(by, "series");
	const char *name = arena_string(shown->arena, json_string(shown->report, "number"));
	size_t count = json_count(series);
	struct shown_row *rows = arena_alloc(shown->arena, (count + 1) * sizeof *rows);

	for (size_t i = 0; i < count; i++) {
		struct json_object *figures = json_at(series, i), *bin = json_at(bins, i);
		struct json_object *number = json_get(figures, name);
		struct shown_row *row = &rows[field->n];

		/* A sum may be beyond 64 bits: then the report has none. */
		if (number == NULL)
			continue;
		*row = (struct shown_row){
			.what = json_flag(bin, "unset", false) ? SHOWN_UNSET
			    : json_has(bin, "rest") ? SHOWN_REST : SHOWN_VALUES,
			.label = bin_text(shown->arena, by, bin), .bin = bin,
			.count = json_integer(figures, "count", 0), .amount = value_of(number),
			.told = shown_number(shown->arena, number) };
		row->counts = read_counts(shown, NULL, row->count);
		field->negative = field->negative || row->amount < 0;
		field->n++;
	}
	field->rows = rows;
	field->bars = field->n > 0;
}

static void
read_field(const struct shown *shown, struct json_object *json, struct shown_field *field)
{
	struct buf sentence = { 0 };

	*field = (struct shown_field){ .json = json, .label = json_string(json, "label") };
	if (shown->number.n > 0)
		read_numbers(shown, json, field);
	else
		read_bins(shown, json, field);
	put_sentence(&sentence, shown, field);
	field->sentence = buf_keep(&sentence, shown->arena);
}

static void
read_columns(struct shown *shown, struct json_object *by)
{
	struct json_object *names = json_get(by, "series"), *records = json_get(by, "records");
	struct shown_column *columns = arena_alloc(shown->arena,
	    (json_count(names) + 1) * sizeof *columns);

	for (size_t i = 0; i < json_count(names); i++) {
		int64_t count;

		columns[i].name = bin_text(shown->arena, by, json_at(names, i));
		columns[i].used = text_integer(json_number_text(json_at(records, i)), &count) &&
		    count > 0;
	}
	shown->columns = columns;
	shown->column_count = json_count(names);
}

struct shown *
shown_new(struct arena *arena, struct json_object *report)
{
	struct shown *shown = arena_alloc(arena, sizeof *shown);
	struct json_object *fields = json_get(report, "fields");
	struct shown_field *read = arena_alloc(arena, (json_count(fields) + 1) * sizeof *read);
	struct buf head = { 0 };

	put_head(&head, report);
	*shown = (struct shown){ .arena = arena, .report = report,
		.title = json_string(report, "title"), .unit = json_string(report, "unit"),
		.head = buf_keep(&head, arena), .records = json_integer(report, "records", 0),
		.fields = read, .field_count = json_count(fields) };
	read_columns(shown, json_get(report, "by"));
	if (json_has(report, "number")) {
		shown->number = span_is(json_string(report, "number"), "sum") ? SPAN("Sum")
		                                                               : SPAN("Average");
		shown->column_count = 0;
	}
	for (size_t i = 0; i < shown->field_count; i++)
		read_field(shown, json_at(fields, i), &read[i]);
	return shown;
}

int64_t
shown_greatest(const struct shown_row *rows, size_t n)
{
	int64_t greatest = 1;

	for (size_t i = 0; i < n; i++)
		greatest = rows[i].count > greatest ? rows[i].count : greatest;
	return greatest;
}

struct span
shown_cut(struct arena *arena, struct span text, unsigned columns)
{
	if (text_width(text) <= columns)
		return text;
	text = text_fit(text, columns - 1);
	return span_of(arena_printf(arena, "%.*s…", (int)text.n, text.p));
}
