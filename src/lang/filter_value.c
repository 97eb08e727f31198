/* SPDX-License-Identifier: ISC */
#include "base/json.h"
#include "base/text.h"
#include "lang/filter_private.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#define SECOND INT64_C(1000000)
#define TWO_TO_63 9223372036854775808.0

struct filter_value
filter_value_flag(bool flag)
{
	return (struct filter_value){ .type = FILTER_BOOL, .flag = flag };
}

struct filter_value
filter_value_int(enum filter_type type, int64_t integer)
{
	return (struct filter_value){ .type = type, .integer = integer };
}

struct filter_value
filter_value_text(struct span text)
{
	return (struct filter_value){ .type = FILTER_STRING, .text = text };
}

static struct filter_value
value_of_int(struct json_object *json)
{
	struct filter_value value = { .type = FILTER_INT, .json = json };

	value.integer = json_object_get_int64(json);
	/* json-c keeps what only fits without a sign, and saturates here. */
	if (value.integer == INT64_MAX &&
	    json_object_get_uint64(json) > INT64_MAX) {
		value.type = FILTER_DOUBLE;
		value.number = (double)json_object_get_uint64(json);
	}
	return value;
}

struct filter_value
filter_value_of(struct json_object *json)
{
	struct filter_value value = { .json = json };

	switch (json_object_get_type(json)) {
	case json_type_string:
		value.type = FILTER_STRING;
		value.text.p = json_object_get_string(json);
		value.text.n = (size_t)json_object_get_string_len(json);
		break;
	case json_type_int:
		return value_of_int(json);
	case json_type_double:
		value.type = FILTER_DOUBLE;
		value.number = json_object_get_double(json);
		break;
	case json_type_boolean:
		value.type = FILTER_BOOL;
		value.flag = json_object_get_boolean(json) != 0;
		break;
	case json_type_array:
		value.type = FILTER_LIST;
		break;
	case json_type_object:
		value.type = FILTER_MAP;
		break;
	case json_type_null:
		value.type = FILTER_NULL;
		break;
	}
	return value;
}

struct filter_value
filter_to_time(struct filter_value value, const struct zone *zone)
{
	char digits[400];
	int64_t time;
	bool good = false;

	if (value.type == FILTER_TIME)
		return value;
	if (value.type == FILTER_STRING)
		good = text_time_in(value.text, zone, &time);
	else if (value.type == FILTER_INT)
		good = text_unix_time(value.integer, &time);
	else if (value.type == FILTER_DOUBLE && value.json != NULL)
		good = text_unix_number(json_number_text(value.json), &time);
	else if (value.type == FILTER_DOUBLE && snprintf(digits, sizeof digits, "%.6f",
	    value.number) < (int)sizeof digits && isfinite(value.number))
		good = text_unix_number(span_of(digits), &time);
	return good ? filter_value_int(FILTER_TIME, time) : (struct filter_value){ 0 };
}

struct filter_value
filter_to_duration(struct filter_value value)
{
	int64_t duration;

	if (value.type == FILTER_DURATION)
		return value;
	if (value.type != FILTER_STRING || !text_duration(value.text, &duration))
		return (struct filter_value){ 0 };
	return filter_value_int(FILTER_DURATION, duration);
}

struct filter_value
filter_to_int(struct filter_value value)
{
	int64_t integer;

	switch (value.type) {
	case FILTER_INT:
		return value;
	case FILTER_DOUBLE:
		if (!(value.number > -TWO_TO_63 && value.number < TWO_TO_63))
			break;
		return filter_value_int(FILTER_INT, (int64_t)value.number);
	case FILTER_TIME:
		integer = value.integer / SECOND - (value.integer % SECOND < 0);
		return filter_value_int(FILTER_INT, integer);
	case FILTER_STRING:
		if (text_integer(value.text, &integer))
			return filter_value_int(FILTER_INT, integer);
		break;
	default:
		break;
	}
	return (struct filter_value){ 0 };
}

static bool
is_number(enum filter_type type)
{
	return type == FILTER_INT || type == FILTER_DOUBLE;
}

enum filter_type
filter_sum_type(enum filter_sign sign, enum filter_type left,
    enum filter_type right)
{
	bool plus = sign == FILTER_SIGN_PLUS;

	if (is_number(left) && is_number(right))
		return left == right ? left : FILTER_DOUBLE;
	if (left == FILTER_STRING && right == FILTER_STRING)
		return plus ? FILTER_STRING : FILTER_ABSENT;
	if (left == FILTER_DURATION && right == FILTER_DURATION)
		return FILTER_DURATION;
	if (left == FILTER_TIME && right == FILTER_DURATION)
		return FILTER_TIME;
	if (left == FILTER_DURATION && right == FILTER_TIME && plus)
		return FILTER_TIME;
	if (left == FILTER_TIME && right == FILTER_TIME && !plus)
		return FILTER_DURATION;
	return FILTER_ABSENT;
}

static enum filter_order
order_ints(int64_t left, int64_t right)
{
	return left < right ? FILTER_LESS
	    : left > right  ? FILTER_GREATER
			    : FILTER_SAME;
}

static enum filter_order
order_doubles(double left, double right)
{
	if (isnan(left) || isnan(right))
		return FILTER_UNORDERED;
	return left < right ? FILTER_LESS
	    : left > right  ? FILTER_GREATER
			    : FILTER_SAME;
}

/* Exactly: a double cannot hold every integer. */
static enum filter_order
order_mixed(int64_t left, double right)
{
	enum filter_order order;
	int64_t whole;

	if (isnan(right))
		return FILTER_UNORDERED;
	if (right >= TWO_TO_63)
		return FILTER_LESS;
	if (right < -TWO_TO_63)
		return FILTER_GREATER;
	whole = (int64_t)right;
	order = order_ints(left, whole);
	return order != FILTER_SAME ? order : order_doubles(0, right - (double)whole);
}

static enum filter_order
order_numbers(const struct filter_value *left, const struct filter_value *right)
{
	enum filter_order order;

	if (left->type == FILTER_INT && right->type == FILTER_INT)
		return order_ints(left->integer, right->integer);
	if (left->type == FILTER_INT)
		return order_mixed(left->integer, right->number);
	if (right->type == FILTER_DOUBLE)
		return order_doubles(left->number, right->number);
	order = order_mixed(right->integer, left->number);
	return order == FILTER_LESS ? FILTER_GREATER
	    : order == FILTER_GREATER ? FILTER_LESS : order;
}

enum filter_order
filter_order(const struct filter_value *left, const struct filter_value *right)
{
	if (is_number(left->type) && is_number(right->type))
		return order_numbers(left, right);
	if (left->type != right->type)
		return FILTER_UNORDERED;
	switch (left->type) {
	case FILTER_STRING:
		return order_ints(span_cmp(left->text, right->text), 0);
	case FILTER_TIME:
	case FILTER_DURATION:
		return order_ints(left->integer, right->integer);
	case FILTER_BOOL:
		return order_ints(left->flag, right->flag);
	case FILTER_NULL:
		return FILTER_SAME;
	default:
		return FILTER_UNORDERED;
	}
}

bool
filter_is_ordered(enum filter_sign sign, const struct filter_value *left,
    const struct filter_value *right)
{
	enum filter_order order;

	if (left->type <= FILTER_BOOL)
		return false;
	order = filter_order(left, right);
	switch (sign) {
	case FILTER_SIGN_LT:
		return order == FILTER_LESS;
	case FILTER_SIGN_LE:
		return order == FILTER_LESS || order == FILTER_SAME;
	case FILTER_SIGN_GT:
		return order == FILTER_GREATER;
	default:
		return order == FILTER_GREATER || order == FILTER_SAME;
	}
}

struct filter_value
filter_negate(struct filter_value value)
{
	value.json = NULL;
	if (value.type == FILTER_DOUBLE)
		value.number = -value.number;
	else if (value.type != FILTER_INT || __builtin_sub_overflow(0,
	    value.integer, &value.integer))
		return (struct filter_value){ 0 };
	return value;
}

bool
filter_has_part(enum filter_function function, struct span text,
    struct span part)
{
	if (part.n > text.n)
		return false;
	if (part.n == 0)
		return true;
	if (function == FILTER_CONTAINS)
		return memmem(text.p, text.n, part.p, part.n) != NULL;
	if (function == FILTER_ENDS_WITH)
		text.p += text.n - part.n;
	return memcmp(text.p, part.p, part.n) == 0;
}

static void
print_double(struct buf *out, const struct filter_value *value)
{
	char text[40];

	/* As the sender wrote it. */
	if (value->json != NULL) {
		buf_puts(out, json_object_to_json_string(value->json));
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, value->number);
		if (strtod(text, NULL) == value->number)
			break;
	}
	buf_puts(out, text);
}

/* In seconds, as CEL does. */
static void
print_duration(struct buf *out, int64_t duration)
{
	uint64_t size = duration < 0 ? -(uint64_t)duration : (uint64_t)duration;
	uint64_t part = size % SECOND;
	int digits = 6;

	buf_printf(out, "%s%" PRIu64, duration < 0 ? "-" : "", size / SECOND);
	for (; part > 0 && part % 10 == 0; part /= 10)
		digits--;
	if (part > 0)
		buf_printf(out, ".%0*" PRIu64, digits, part);
	buf_putc(out, 's');
}

void
filter_print(struct buf *out, const struct filter_value *value)
{
	char time[TEXT_TIME_SIZE];

	switch (value->type) {
	case FILTER_BOOL:
		buf_puts(out, value->flag ? "true" : "false");
		break;
	case FILTER_INT:
		buf_printf(out, "%" PRId64, value->integer);
		break;
	case FILTER_DOUBLE:
		print_double(out, value);
		break;
	case FILTER_TIME:
		buf_puts(out, text_time_write(value->integer, time));
		break;
	case FILTER_DURATION:
		print_duration(out, value->integer);
		break;
	default:
		break;
	}
}

/* No more of a text than can be seen once it is cut. */
static struct span
beginning(struct span text)
{
	if (text.n > FILTER_SHOWN_MAX + 8)
		text.n = FILTER_SHOWN_MAX + 8;
	return text;
}

/* JSON, only as far as it will be seen. */
static void
show_json(struct jsonout *out, struct json_object *json)
{
	enum json_type type = json_object_get_type(json);
	size_t count = type == json_type_array ? json_object_array_length(json) : 0;

	if (out->buf->n > FILTER_SHOWN_MAX)
		return;
	if (type == json_type_array) {
		json_open(out, '[');
		for (size_t i = 0; i < count && out->buf->n <= FILTER_SHOWN_MAX; i++)
			show_json(out, json_object_array_get_idx(json, i));
		json_close(out, ']');
	} else if (type == json_type_object) {
		json_open(out, '{');
		for (struct lh_entry *member = json_object_get_object(json)->head;
		    member != NULL && out->buf->n <= FILTER_SHOWN_MAX;
		    member = member->next) {
			json_key_span(out, beginning(span_of(member->k)));
			show_json(out, (struct json_object *)(uintptr_t)member->v);
		}
		json_close(out, '}');
	} else if (type == json_type_string) {
		json_text(out, beginning(filter_value_of(json).text));
	} else {
		json_raw(out, span_of(json_object_to_json_string(json)));
	}
}

void
filter_show(struct buf *out, const struct filter_value *value)
{
	struct jsonout json = json_to(out);

	if (value->hidden) {
		buf_puts(out, "***");
		return;
	}
	switch (value->type) {
	case FILTER_ABSENT:
		buf_puts(out, "(absent)");
		break;
	case FILTER_NULL:
		buf_puts(out, "null");
		break;
	case FILTER_STRING:
		buf_json_string(out, beginning(value->text));
		break;
	case FILTER_LIST:
	case FILTER_MAP:
		if (value->json != NULL)
			show_json(&json, value->json);
		else
			buf_span(out, value->list->text);
		break;
	default:
		filter_print(out, value);
		break;
	}
	if (out->n > FILTER_SHOWN_MAX) {
		out->n = text_head(buf_bytes(out), FILTER_SHOWN_MAX).n;
		buf_puts(out, "…");
	}
}
