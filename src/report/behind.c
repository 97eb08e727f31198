/* SPDX-License-Identifier: ISC */
#include "report/behind.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "community/select.h"
#include "report/shown.h"

#include <inttypes.h>
#include <string.h>

#define VALUE_WHOLE 200 /* bytes; longer ones are cut in reports */
#define DAY INT64_C(86400000000)

static void
put_day(struct buf *out, struct span day, int64_t add)
{
	char text[TEXT_TIME_SIZE];
	int64_t time;

	if (!text_time(day, &time))
		time = 0;
	buf_printf(out, "timestamp('%s')", text_time_write(time + add, text));
}

/* -1.5 */
static bool
is_fraction(struct span text)
{
	size_t i = text.n > 0 && text.p[0] == '-', whole = 0, part = 0;

	while (i < text.n && text.p[i] >= '0' && text.p[i] <= '9')
		i++, whole++;
	if (whole == 0 || i == text.n || text.p[i++] != '.')
		return false;
	while (i < text.n && text.p[i] >= '0' && text.p[i] <= '9')
		i++, part++;
	return part > 0 && i == text.n;
}

static void
put_equal(struct buf *out, struct span source, bool list, struct span value)
{
	buf_span(out, source);
	buf_puts(out, " == ");
	buf_json_string(out, value);
	if (!list)
		return;
	buf_puts(out, " || ");
	buf_json_string(out, value);
	buf_puts(out, " in ");
	buf_span(out, source);
}

/* Fields of their own have values of any type: numbers, which are told as text where there is
 * other text, and fractions, which always are. */
static void
put_value(struct buf *out, struct span source, bool list, bool mixed, struct span value)
{
	bool quoted = mixed && value.n > 1 && value.p[0] == '"';
	int64_t number;
	bool flag;

	if (quoted)
		value = (struct span){ value.p + 1, value.n - 2 };
	buf_putc(out, '(');
	if (mixed && !quoted && (text_integer(value, &number) || text_boolean(value, &flag))) {
		buf_printf(out, "%.*s == %.*s || %.*s in %.*s", (int)source.n, source.p, (int)value.n,
		    value.p, (int)value.n, value.p, (int)source.n, source.p);
	} else {
		put_equal(out, source, list, value);
		if (list && !quoted && is_fraction(value))
			buf_printf(out, " || %.*s == %.*s", (int)source.n, source.p, (int)value.n, value.p);
	}
	buf_putc(out, ')');
}

/* Those who have a value and none of those that have a bar; false where that cannot be said. */
static bool
put_rest(struct buf *out, struct json_object *bins, struct span source)
{
	buf_printf(out, "%.*s != null && !(%.*s in [", (int)source.n, source.p, (int)source.n,
	    source.p);
	for (size_t i = 0, n = 0; i < json_count(bins); i++) {
		struct json_object *value = json_get(json_at(bins, i), "value");

		if (value == NULL)
			continue;
		if (json_span(value).n >= VALUE_WHOLE)
			return false;
		buf_puts(out, n++ > 0 ? ", " : "");
		buf_json_string(out, json_span(value));
	}
	buf_puts(out, "])");
	return true;
}

/* owner: of the bins; the field, or what divides it. bin NULL: those without a value. */
static bool
put_bin(struct buf *out, struct json_object *owner, struct json_object *bins,
    struct json_object *bin)
{
	struct span source = json_string(owner, "source"), type = json_string(owner, "type");
	bool list = json_flag(owner, "list", false);
	struct json_object *from = json_get(bin, "from"), *to = json_get(bin, "to");

	if (source.n == 0)
		return false;
	if (bin == NULL || json_flag(bin, "unset", false)) {
		/* A list may be there and have nothing; of fields of their own it is text that is empty,
		 * which is a value. */
		if (list && !span_starts(json_string(owner, "field"), "fields."))
			buf_printf(out, "(%.*s == null || size(%.*s) == 0)", (int)source.n, source.p,
			    (int)source.n, source.p);
		else
			buf_printf(out, "%.*s == null", (int)source.n, source.p);
	} else if (json_flag(bin, "rest", false)) {
		return !list && put_rest(out, bins, source);
	} else if (span_is(type, "boolean")) {
		buf_span(out, source);
		buf_puts(out, json_flag(bin, "value", false) ? " == true" : " == false");
	} else if (json_has(bin, "value")) {
		if (json_string(bin, "value").n >= VALUE_WHOLE)
			return false;
		put_value(out, source, list, json_flag(owner, "mixed", false),
		    json_string(bin, "value"));
	} else if (span_is(type, "datetime")) {
		buf_printf(out, "timestamp(%.*s) >= ", (int)source.n, source.p);
		put_day(out, json_span(from), 0);
		buf_printf(out, " && timestamp(%.*s) < ", (int)source.n, source.p);
		put_day(out, json_span(to), DAY);
	} else {
		if (from != NULL)
			buf_printf(out, "%.*s >= %s", (int)source.n, source.p,
			    json_number_text(from).p);
		buf_puts(out, from != NULL && to != NULL ? " && " : "");
		if (to != NULL)
			buf_printf(out, "%.*s <= %s", (int)source.n, source.p, json_number_text(to).p);
	}
	return true;
}

struct span
behind_filter(struct arena *arena, const struct shown *shown, size_t field, size_t row,
    size_t column)
{
	const struct shown_field *of = &shown->fields[field];
	struct json_object *by = json_get(shown->report, "by"), *series = json_get(by, "series");
	struct span filter = json_string(shown->report, "filter");
	struct buf out = { 0 };
	bool good;

	if (shown->number.n > 0) {
		/* Those of the row who have a value: of the others there is nothing to add up. */
		good = put_bin(&out, by, series, of->rows[row].bin);
		buf_printf(&out, " && %.*s != null", (int)json_string(of->json, "source").n,
		    json_string(of->json, "source").p);
		good = good && json_string(of->json, "source").n > 0;
	} else {
		good = put_bin(&out, of->json, json_get(of->json, "bins"), of->rows[row].bin);
	}
	if (good && column < json_count(series)) {
		buf_puts(&out, " && ");
		good = put_bin(&out, by, series, json_at(series, column));
	}
	if (good)
		return select_both(arena, filter, buf_keep(&out, arena));
	buf_free(&out);
	return (struct span){ NULL, 0 };
}
