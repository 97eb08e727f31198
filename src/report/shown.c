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

void
shown_count(struct buf *out, int64_t count)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRId64, count);
	put_decimal(out, text);
}

static double
value_of(struct json_object *number)
{
	struct span text = json_number_text(number);
	char bytes[64];

	snprintf(bytes, sizeof bytes, "%.*s", (int)text.n, text.p != NULL ? text.p : "");
	return strtod(bytes, NULL);
}

bool
shown_integer(struct json_object *number, int64_t *value_r)
{
	return text_integer(json_number_text(number), value_r);
}

double
shown_value(struct json_object *object, const char *member)
{
	struct json_object *number = json_get(object, member);

	return number != NULL ? value_of(number) : 0;
}

void
shown_number(struct buf *out, struct json_object *number)
{
	struct span text = json_number_text(number);
	char bytes[400];
	int64_t whole;

	if (text_integer(text, &whole)) {
		shown_count(out, whole);
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
		shown_number(out, to);
		return;
	}
	shown_number(out, from);
	if (to == NULL) {
		buf_puts(out, " and more");
	} else if (value_of(from) != value_of(to)) {
		buf_puts(out, "–");
		shown_number(out, to);
	}
}

void
shown_bin(struct buf *out, struct json_object *owner, struct json_object *bin)
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

bool
shown_has_bars(struct json_object *field)
{
	struct json_object *bins = json_get(field, "bins"), *first = json_at(bins, 0);

	return json_count(bins) > 0 && !(span_is(json_string(field, "type"), "string") &&
	    json_integer(first, "count", 0) == 1 && json_has(json_at(bins,
	        json_count(bins) - 1), "rest"));
}

static struct json_object *
tallest(struct json_object *bins)
{
	struct json_object *found = json_at(bins, 0);

	for (size_t i = 1; i < json_count(bins); i++)
		if (json_integer(json_at(bins, i), "count", 0) > json_integer(found, "count", 0) &&
		    !json_has(json_at(bins, i), "rest"))
			found = json_at(bins, i);
	return found;
}

static void
put_member(struct buf *out, const char *before, struct json_object *field,
    const char *member)
{
	buf_puts(out, before);
	shown_number(out, json_get(field, member));
}

static void
put_day(struct buf *out, const char *before, struct json_object *field, const char *member)
{
	struct span time = json_string(field, member);

	buf_puts(out, before);
	buf_put(out, time.p, time.n < 10 ? time.n : 10);
}

static void
put_kinds(struct buf *out, struct json_object *field)
{
	struct span type = json_string(field, "type");

	if (span_is(type, "integer")) {
		put_member(out, ", from ", field, "min");
		put_member(out, " to ", field, "max");
		put_member(out, ", median ", field, "median");
		put_member(out, ", quartiles ", field, "q1");
		put_member(out, " and ", field, "q3");
		put_member(out, ", mean ", field, "mean");
	} else if (span_is(type, "datetime")) {
		put_day(out, ", from ", field, "first");
		put_day(out, " to ", field, "last");
	} else if (span_is(type, "string")) {
		put_member(out, ", ", field, "distinct");
		buf_puts(out, json_integer(field, "distinct", 0) == 1 ? " value" : " different values");
	}
}

void
shown_sentence(struct buf *out, struct json_object *report, struct json_object *field)
{
	struct json_object *bins = json_get(field, "bins"), *top;
	int64_t all = json_integer(report, "records", 0);

	shown_count(out, json_integer(field, "records", 0));
	buf_puts(out, " of ");
	shown_count(out, all);
	buf_putc(out, ' ');
	buf_span(out, json_string(report, "unit"));
	buf_puts(out, " have a value");
	if (json_integer(field, "values", 0) == 0)
		return;
	put_kinds(out, field);
	if (!shown_has_bars(field)) {
		buf_puts(out, ", hardly two alike");
		return;
	}
	top = tallest(bins);
	buf_puts(out, "; most: ");
	shown_bin(out, field, top);
	buf_puts(out, " (");
	shown_count(out, json_integer(top, "count", 0));
	buf_puts(out, ")");
}

void
shown_head(struct buf *out, struct json_object *report)
{
	struct json_object *by = json_get(report, "by");
	struct span at = json_string(report, "at"), filter = json_string(report, "filter");

	shown_count(out, json_integer(report, "records", 0));
	buf_putc(out, ' ');
	buf_span(out, json_string(report, "unit"));
	buf_puts(out, filter.n > 0 ? " match, " : ", ");
	buf_put(out, at.p, at.n < 10 ? at.n : 10);
	buf_putc(out, '\n');
	if (filter.n > 0) {
		buf_puts(out, "filter: ");
		text_visible(out, filter);
		buf_putc(out, '\n');
	}
	if (by != NULL) {
		buf_puts(out, "by ");
		text_visible(out, json_string(by, "label"));
		buf_putc(out, '\n');
	}
}

struct span
shown_cut(struct arena *arena, struct span text, unsigned columns)
{
	if (text_width(text) <= columns)
		return text;
	text = text_fit(text, columns - 1);
	return span_of(arena_printf(arena, "%.*s…", (int)text.n, text.p));
}
