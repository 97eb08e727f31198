/* SPDX-License-Identifier: ISC */
/* One value: read from what a sender wrote, written for the store and for people. */
#include "community/group_rows.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_BYTES 60
#define DIGITS_64 19 /* of the greatest integer */
#define EXPONENT_MAX INT64_C(1000000000000)

const char *
group_type_name(enum group_type type)
{
	static const char *const names[] = {
		[GROUP_BOOLEAN] = "boolean",
		[GROUP_DATETIME] = "datetime",
		[GROUP_INTEGER] = "integer",
		[GROUP_STRING] = "string",
	};

	return names[type];
}

/* Quoted for a sentence: one line, cut at a character. */
static const char *
shown(struct arena *arena, const char *what, const char *quote, struct span text)
{
	struct buf out = { 0 };
	struct span head = text_head(text, SHOWN_BYTES);

	buf_printf(&out, "%s %s", what, quote);
	text_visible(&out, head);
	buf_printf(&out, "%s%s", head.n < text.n ? "…" : "", quote);
	return buf_keep(&out, arena).p;
}

static const char *
what_came(struct arena *arena, struct json_object *value)
{
	switch (doc_type(value)) {
	case DOC_BOOLEAN:
		return doc_number(value) != 0 ? "true" : "false";
	case DOC_INTEGER:
	case DOC_FRACTION:
		return shown(arena, "the number", "", json_number_text(value));
	case DOC_STRING:
		return shown(arena, "the string", "\"", json_span(value));
	case DOC_ARRAY:
		return "a list";
	case DOC_OBJECT:
		return "an object";
	default:
		return "null";
	}
}

static bool
refuse(struct arena *arena, const char *expected, struct json_object *value,
    const char **sentence_r)
{
	*sentence_r = arena_printf(arena, "%s is expected, got %s", expected,
	    what_came(arena, value));
	return false;
}

/* Behind the e of a number; cut where nothing depends on it any more. */
static int64_t
exponent_of(struct span text)
{
	bool negative = span_starts(text, "-");
	int64_t exponent;

	if (!text_integer(text, &exponent))
		return negative ? -EXPONENT_MAX : EXPONENT_MAX;
	return exponent > EXPONENT_MAX ? EXPONENT_MAX
	    : exponent < -EXPONENT_MAX ? -EXPONENT_MAX : exponent;
}

/* One more digit of a number that is collected below zero, where there is
 * room for one more. */
static bool
append(int64_t *number, int digit)
{
	return !__builtin_mul_overflow(*number, 10, number) &&
	    !__builtin_sub_overflow(*number, digit, number);
}

/*
 * The integer that a JSON number is, by its digits: 1e3 and 5.0 are integers,
 * and 9007199254740993.0 keeps its last digit, which a double would lose.
 */
static bool
integral(struct span text, int64_t *number_r)
{
	bool negative = span_starts(text, "-"), fraction = false;
	size_t end = 0;
	int64_t number = 0, point = 0, digits = 0;

	while (end < text.n && (text.p[end] | 0x20) != 'e')
		end++;
	for (size_t i = negative; i < end; i++) {
		fraction |= text.p[i] == '.';
		point += !fraction;
	}
	if (end < text.n)
		point += exponent_of((struct span){ text.p + end + 1, text.n - end - 1 });
	for (size_t i = negative; i < end; i++) {
		if (text.p[i] == '.')
			continue;
		if (digits++ < point ? !append(&number, text.p[i] - '0') : text.p[i] != '0')
			return false;
	}
	for (; digits < point && number != 0; digits++)
		if (!append(&number, 0))
			return false;
	*number_r = number;
	return negative || !__builtin_sub_overflow(0, number, number_r);
}

/* A JSON number that is an integer of 64 bits. */
static bool
read_number(struct json_object *value, int64_t *number_r)
{
	switch (doc_type(value)) {
	case DOC_INTEGER:
		*number_r = doc_number(value); /* beyond 64 bits it would be a fraction: json.h */
		return true;
	case DOC_FRACTION:
		return integral(json_number_text(value), number_r);
	default:
		return false;
	}
}

/* What a form knows of truth: a box that is ticked is "on". */
static bool
form_boolean(struct span text, bool *flag_r)
{
	static const char *const words[] = { "off", "on", "0", "1", "no", "yes" };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (span_is_nocase(text, words[i])) {
			*flag_r = i % 2 == 1;
			return true;
		}
	return false;
}

static bool
read_boolean(struct arena *arena, const struct group_reading *how, struct json_object *value,
    struct group_value *value_r, const char **sentence_r)
{
	if (doc_type(value) == DOC_BOOLEAN) {
		value_r->flag = doc_number(value) != 0;
		return true;
	}
	if (doc_type(value) == DOC_STRING && (text_boolean(json_span(value), &value_r->flag) ||
	    (how->form && form_boolean(json_span(value), &value_r->flag))))
		return true;
	return refuse(arena, how->form ? "true or false (or on, off, yes, no, 1, 0)"
	    : "true or false", value, sentence_r);
}

/* Digits, but too many of them. */
static bool
is_long_integer(struct span text)
{
	size_t i = text.n > 0 && (text.p[0] == '-' || text.p[0] == '+');

	for (; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	return text.n >= DIGITS_64;
}

/* Spreadsheets and data frames write 41 as 41.0. */
static bool
text_integral(struct span text, int64_t *number_r)
{
	struct span whole = text_cut(&text, '.');
	bool zeros = text.p == NULL || text.n > 0;

	for (size_t i = 0; i < text.n; i++)
		zeros = zeros && text.p[i] == '0';
	return zeros && text_integer(whole, number_r);
}

static bool
read_integer(struct arena *arena, const struct group_reading *how, struct json_object *value,
    struct group_value *value_r, const char **sentence_r)
{
	bool string = doc_type(value) == DOC_STRING;
	bool number = doc_type(value) == DOC_INTEGER || doc_type(value) == DOC_FRACTION;

	(void)how;
	if (string ? text_integral(json_span(value), &value_r->number)
	           : read_number(value, &value_r->number))
		return true;
	if ((string && is_long_integer(json_span(value))) ||
	    (number && is_long_integer(json_number_text(value))))
		return refuse(arena, "an integer of 64 bits", value, sentence_r);
	return refuse(arena, "an integer", value, sentence_r);
}

static bool
read_datetime(struct arena *arena, const struct group_reading *how, struct json_object *value,
    struct group_value *value_r, const char **sentence_r)
{
	int64_t local;

	switch (doc_type(value)) {
	case DOC_STRING:
		if (text_time_in(json_span(value), how->zone, &value_r->number))
			return true;
		if (text_time_sent(json_span(value), &local) != TEXT_SENT_LOCAL)
			break;
		return refuse(arena, how->zone != NULL
		    ? "a time that the clocks of its time zone have shown"
		    : "a time with its zone (Z or an offset such as +02:00 at the end, or a "
		      "\"zone\" in the field or the listener)", value, sentence_r);
	case DOC_INTEGER:
	case DOC_FRACTION:
		if (text_unix_number(json_number_text(value), &value_r->number))
			return true;
		return refuse(arena, "a Unix time of the years 1 to 9999", value, sentence_r);
	default:
		break;
	}
	return refuse(arena, "a date or time such as 2026-01-31T09:30:00Z", value, sentence_r);
}

static bool
read_string(struct arena *arena, const struct group_reading *how, struct json_object *value,
    struct group_value *value_r, const char **sentence_r)
{
	size_t characters;

	switch (doc_type(value)) {
	case DOC_STRING:
		value_r->text = json_span(value);
		break;
	case DOC_BOOLEAN:
		value_r->text = doc_number(value) != 0 ? SPAN("true") : SPAN("false");
		return true;
	case DOC_INTEGER:
	case DOC_FRACTION:
		value_r->text = json_number_text(value);
		break;
	default:
		return refuse(arena, "a string", value, sentence_r);
	}
	if (!text_utf8(value_r->text))
		return refuse(arena, "a string in UTF-8", value, sentence_r);
	if (text_has_nul(value_r->text)) {
		*sentence_r = TEXT_NUL;
		return false;
	}
	characters = text_characters(value_r->text);
	if (characters > GROUP_STRING_MAX && !how->cut) {
		*sentence_r = arena_printf(arena, "a string of at most %d characters is expected, "
		    "got one of %zu; \"long\":\"cut\" in the listener cuts such",
		    GROUP_STRING_MAX, characters);
		return false;
	}
	value_r->cut = characters > GROUP_STRING_MAX;
	value_r->text = arena_copy(arena, value_r->cut
	    ? text_first(value_r->text, GROUP_STRING_MAX) : value_r->text);
	return true;
}

bool
group_value_read(struct arena *arena, enum group_type type, const struct group_reading *how,
    struct json_object *value, struct group_value *value_r, const char **sentence_r)
{
	static bool (*const readers[])(struct arena *, const struct group_reading *,
	    struct json_object *, struct group_value *, const char **) = {
		[GROUP_BOOLEAN] = read_boolean,
		[GROUP_DATETIME] = read_datetime,
		[GROUP_INTEGER] = read_integer,
		[GROUP_STRING] = read_string,
	};
	static const struct group_reading plain = { .zone = NULL };

	*value_r = (struct group_value){ .clear = doc_type(value) == DOC_NULL };
	return value_r->clear || readers[type](arena, how != NULL ? how : &plain, value, value_r,
	    sentence_r);
}

struct span
group_value_text(struct arena *arena, enum group_type type, const struct group_value *value)
{
	char out[TEXT_TIME_SIZE];

	if (value->clear)
		return SPAN("");
	switch (type) {
	case GROUP_BOOLEAN:
		return value->flag ? SPAN("true") : SPAN("false");
	case GROUP_DATETIME:
		return arena_copy(arena, span_of(text_time_write(value->number, out)));
	case GROUP_INTEGER:
		snprintf(out, sizeof out, "%" PRId64, value->number);
		return arena_copy(arena, span_of(out));
	default:
		return value->text;
	}
}

struct span
group_value_json(struct arena *arena, enum group_type type, const struct group_value *value)
{
	struct span text = group_value_text(arena, type, value);
	struct buf out = { 0 };

	if (value->clear)
		return (struct span){ NULL, 0 };
	if (type == GROUP_BOOLEAN || type == GROUP_INTEGER)
		return text;
	buf_json_string(&out, text);
	return buf_keep(&out, arena);
}

struct record_value
group_value_index(enum group_type type, const struct group_value *value)
{
	switch (type) {
	case GROUP_BOOLEAN:
		return (struct record_value){ .type = RECORD_BOOLEAN, .number = value->flag };
	case GROUP_DATETIME:
		return (struct record_value){ .type = RECORD_TIME, .number = value->number };
	case GROUP_INTEGER:
		return (struct record_value){ .type = RECORD_INTEGER, .number = value->number };
	default:
		return (struct record_value){ .type = RECORD_TEXT, .text = value->text };
	}
}

bool
group_value_load(struct arena *arena, enum group_type type, struct span json,
    struct group_value *value_r)
{
	struct span inner = { json.p, json.n };

	*value_r = (struct group_value){ .clear = false };
	if (json.n >= 2 && json.p[0] == '"') {
		inner = (struct span){ json.p + 1, json.n - 2 };
		if (memchr(inner.p, '\\', inner.n) != NULL)
			inner = json_span(json_load(arena, json));
	}
	switch (type) {
	case GROUP_BOOLEAN:
		return text_boolean(inner, &value_r->flag);
	case GROUP_DATETIME:
		return text_time(inner, &value_r->number);
	case GROUP_INTEGER:
		return text_integer(inner, &value_r->number);
	default:
		value_r->text = inner;
		return inner.p != NULL;
	}
}
