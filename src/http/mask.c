/* SPDX-License-Identifier: ISC */
#include "http/mask.h"

#include "base/json.h"
#include "base/pointer.h"
#include "base/text.h"
#include "http/body.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

/* Shorter values are left out only where they stand as a word: "1" is in "10". */
#define WORD_MAX 3
/* A trace cuts long values: their beginning stands for them. */
#define PREFIX 24

/* A value that is replaced, by its place in the body. */
struct range {
	const char *p;
	size_t n;
	struct span instead;
};

struct masking {
	struct arena *arena;
	const struct mask *mask;
	struct masked *masked;
	struct range *ranges;
	size_t count, room;
	size_t values;          /* room for them */
};

static void
add_range(struct masking *masking, struct span place, struct span instead)
{
	if (masking->count == masking->room) {
		size_t room = masking->room * 2 + 8;
		struct range *longer = arena_alloc(masking->arena, room * sizeof *longer);

		if (masking->count > 0)
			memcpy(longer, masking->ranges, masking->count * sizeof *longer);
		masking->ranges = longer;
		masking->room = room;
	}
	masking->ranges[masking->count++] = (struct range){ place.p, place.n, instead };
}

static void
add_value(struct masking *masking, struct span value)
{
	struct masked *masked = masking->masked;

	if (value.n == 0)
		return;
	if (masked->value_count == masking->values) {
		size_t room = masking->values * 2 + 8;
		struct span *longer = arena_alloc(masking->arena, room * sizeof *longer);

		if (masked->value_count > 0)
			memcpy(longer, masked->values, masked->value_count * sizeof *longer);
		masked->values = longer;
		masking->values = room;
	}
	masked->values[masked->value_count++] = arena_copy(masking->arena, value);
}

static void
add_parameter(struct masking *masking, struct span parameter)
{
	struct masked *masked = masking->masked;

	for (size_t i = 0; i < masked->parameter_count; i++)
		if (span_eq(masked->parameters[i], parameter))
			return;
	masked->parameters[masked->parameter_count++] = parameter;
}

/* Texts and numbers; what is true, false or null tells nothing. */
static void
add_leaves(struct masking *masking, struct json_object *value)
{
	enum json_type type = json_object_get_type(value);

	if (type == json_type_string)
		add_value(masking, json_span(value));
	else if (type == json_type_int || type == json_type_double)
		add_value(masking, json_number_text(value));
	else if (type == json_type_array)
		for (size_t i = 0; i < json_count(value); i++)
			add_leaves(masking, json_at(value, i));
	else if (type == json_type_object)
		for (const struct lh_entry *member = json_object_get_object(value)->head;
		     member != NULL; member = member->next)
			add_leaves(masking, (struct json_object *)(uintptr_t)member->v);
}

/* JSON that was read without an error, byte by byte: each moves *p, which stays
 * before end. */

static void
skip_space(const char **p, const char *end)
{
	while (*p < end && memchr(" \t\r\n", **p, 4) != NULL)
		(*p)++;
}

static struct span
take_string(const char **p, const char *end)
{
	const char *begin = (*p)++;

	while (*p < end && **p != '"')
		*p += **p == '\\' ? 2 : 1;
	*p += *p < end;
	return (struct span){ begin, (size_t)(*p - begin) };
}

static struct span
take_value(const char **p, const char *end)
{
	const char *begin = *p;
	size_t depth = 0;

	while (*p < end) {
		char c = **p;

		if (c == '"') {
			take_string(p, end);
		} else if (c == '{' || c == '[') {
			depth++;
			(*p)++;
		} else if (c == '}' || c == ']') {
			if (depth == 0)
				break;
			depth--;
			(*p)++;
		} else if (depth == 0 && memchr(", \t\r\n", c, 5) != NULL) {
			break;
		} else {
			(*p)++;
			continue;
		}
		if (depth == 0)
			break;
	}
	return (struct span){ begin, (size_t)(*p - begin) };
}

/* Behind the brace or bracket of a container: the next member or item. */
static bool
next_child(struct arena *arena, const char **p, const char *end, bool named,
    struct span *name_r, struct span *value_r)
{
	skip_space(p, end);
	if (*p < end && **p == ',')
		(*p)++;
	skip_space(p, end);
	if (*p >= end || **p == '}' || **p == ']')
		return false;
	if (named) {
		struct span raw = take_string(p, end);

		*name_r = json_span(json_load(arena, raw));
		skip_space(p, end);
		*p += *p < end; /* the colon */
		skip_space(p, end);
	}
	*value_r = take_value(p, end);
	return true;
}

/* The value of that name or number in a container; false when there is none. */
static bool
find_child(struct arena *arena, struct span container, struct span token,
    struct span *value_r)
{
	const char *p = container.p + 1, *end = container.p + container.n;
	bool named = container.n > 0 && container.p[0] == '{';
	struct span name;
	uint64_t index;

	if (container.n == 0 || (!named && container.p[0] != '['))
		return false;
	if (!named && (!text_unsigned(token, 1000000, &index) ||
	    (token.n > 1 && token.p[0] == '0')))
		return false;
	for (uint64_t i = 0; next_child(arena, &p, end, named, &name, value_r); i++)
		if (named ? span_eq(name, token) : i == index)
			return true;
	return false;
}

static bool
find_value(struct arena *arena, struct span json, struct span parameter,
    struct span *value_r)
{
	struct span token;

	/* Arrays have no members, so a plain name is none of them. */
	if (parameter.p[0] != '/' && json.n > 0 && json.p[0] != '{')
		return false;
	while (pointer_token(arena, &parameter, &token))
		if (!find_child(arena, json, token, &json))
			return false;
	*value_r = json;
	return true;
}

static struct span
whole_json(struct span body)
{
	const char *p = body.p, *end = body.p + body.n;

	if (span_starts(body, "\xef\xbb\xbf"))
		p += 3;
	skip_space(&p, end);
	return take_value(&p, end);
}

static void
mask_object(struct masking *masking, struct span json)
{
	struct span value;

	for (size_t i = 0; i < masking->mask->count; i++) {
		struct span parameter = masking->mask->parameters[i];

		if (!find_value(masking->arena, json, parameter, &value))
			continue;
		add_range(masking, value, SPAN("\"" MASK_TEXT "\""));
		add_parameter(masking, parameter);
		add_leaves(masking, json_load(masking->arena, value));
	}
}

/* The body, and each item of a batch. */
static void
mask_json(struct masking *masking, struct span json)
{
	struct span each = masking->mask->each, items = json, item, name;
	const char *p;

	mask_object(masking, json);
	if (each.n == 0 || (json.p[0] != '[' && !find_value(masking->arena, json, each,
	        &items)) || items.n == 0 || items.p[0] != '[')
		return;
	p = items.p + 1;
	while (next_child(masking->arena, &p, items.p + items.n, false, &name, &item))
		mask_object(masking, item);
}

static int
by_place(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	/* Of nested ones the outer comes first. */
	if (x->p != y->p)
		return x->p < y->p ? -1 : 1;
	return x->n < y->n ? 1 : x->n > y->n ? -1 : 0;
}

static struct span
replaced(struct masking *masking, struct span body)
{
	const char *at = body.p;
	struct buf out = { 0 };

	if (masking->count == 0)
		return body;
	qsort(masking->ranges, masking->count, sizeof *masking->ranges, by_place);
	for (size_t i = 0; i < masking->count; i++) {
		const struct range *range = &masking->ranges[i];

		if (range->p < at)
			continue;
		buf_put(&out, at, (size_t)(range->p - at));
		buf_span(&out, range->instead);
		at = range->p + range->n;
	}
	buf_put(&out, at, (size_t)(body.p + body.n - at));
	return buf_keep(&out, masking->arena);
}

/* A field that holds JSON, as GitHub and Slack send it. */
static void
mask_payload(struct masking *masking, struct span raw, struct span text, bool encoded)
{
	struct masking inner = *masking;
	struct error error = { 0 };
	struct buf out = { 0 };
	struct span json;

	if (!span_starts(text, "{") ||
	    json_read(masking->arena, text, &json_limits_document, &error) == NULL)
		return;
	inner.ranges = NULL;
	inner.count = inner.room = 0;
	mask_json(&inner, whole_json(text));
	masking->values = inner.values;
	if (inner.count == 0)
		return;
	json = replaced(&inner, text);
	if (encoded)
		text_percent_encode(&out, json);
	else
		buf_span(&out, json);
	add_range(masking, raw, arena_copy(masking->arena, buf_bytes(&out)));
	buf_free(&out);
}

static void
mask_field(void *arg, struct span name, struct span raw, struct span text)
{
	struct masking *masking = arg;
	bool whole = false;

	if (raw.n == 0)
		return;
	for (size_t i = 0; i < masking->mask->count; i++) {
		struct span rest = masking->mask->parameters[i], token;

		if (!pointer_token(masking->arena, &rest, &token) || !span_eq(token, name))
			continue;
		if (!whole)
			add_range(masking, raw, SPAN(MASK_TEXT));
		whole = true;
		add_parameter(masking, masking->mask->parameters[i]);
		add_value(masking, text);
	}
	if (!whole && span_is(name, "payload"))
		mask_payload(masking, raw, text, raw.p != text.p);
}

bool
mask_body(struct arena *arena, const struct mask *mask, struct span content_type,
    struct span body, struct masked *masked_r)
{
	struct masking masking = { .arena = arena, .mask = mask, .masked = masked_r };
	struct error error = { 0 };

	*masked_r = (struct masked){ .body = body,
		.parameters = arena_alloc(arena, (mask->count + 1) * sizeof *masked_r->parameters) };
	if (body.n == 0)
		return true;
	if (body_read(arena, content_type, body, &json_limits_document, &error) == NULL)
		return false;
	if (!body_fields(arena, content_type, body, mask_field, &masking))
		mask_json(&masking, whole_json(body));
	masked_r->body = replaced(&masking, body);
	return true;
}

static bool
is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Where the value next stands in the text, and how much of it. */
static const char *
find_in(struct span text, struct span value, size_t *length_r)
{
	size_t n = value.n > PREFIX ? PREFIX : value.n;

	*length_r = n;
	for (size_t i = 0; i + n <= text.n; i++) {
		if (memcmp(text.p + i, value.p, n) != 0)
			continue;
		if (n <= WORD_MAX && ((i > 0 && is_word(text.p[i - 1])) ||
		        (i + n < text.n && is_word(text.p[i + n]))))
			continue;
		if (value.n > n) /* the rest of it, or what a cut has left */
			*length_r = i + value.n <= text.n &&
			    memcmp(text.p + i, value.p, value.n) == 0 ? value.n : text.n - i;
		return text.p + i;
	}
	return NULL;
}

struct span
mask_text(struct arena *arena, const struct masked *masked, struct span text)
{
	for (size_t i = 0; i < masked->value_count; i++) {
		struct span rest = text;
		struct buf out = { 0 };
		const char *at;
		size_t n;

		while ((at = find_in(rest, masked->values[i], &n)) != NULL) {
			buf_put(&out, rest.p, (size_t)(at - rest.p));
			buf_puts(&out, MASK_TEXT);
			rest = (struct span){ at + n, rest.n - (size_t)(at - rest.p) - n };
		}
		if (out.n > 0) {
			buf_span(&out, rest);
			text = arena_copy(arena, buf_bytes(&out));
		}
		buf_free(&out);
	}
	return text;
}

void
mask_values(struct arena *arena, const struct mask *mask, struct json_object *item,
    struct masked *masked_r)
{
	struct masking masking = { .arena = arena, .mask = mask, .masked = masked_r };
	struct json_object *value;

	*masked_r = (struct masked){ .value_count = 0 };
	for (size_t i = 0; i < mask->count; i++)
		if (json_is_object(item) && pointer_get(item, mask->parameters[i], &value))
			add_leaves(&masking, value);
}

void
mask_texts(struct arena *arena, const struct masked *masked, struct json_object *value)
{
	for (size_t i = 0; i < json_count(value); i++)
		mask_texts(arena, masked, json_at(value, i));
	if (!json_is_object(value))
		return;
	for (struct lh_entry *member = json_object_get_object(value)->head; member != NULL;
	     member = member->next) {
		struct json_object *inner = (struct json_object *)(uintptr_t)member->v;
		struct span text = json_span(inner);

		if (text.n > 0) {
			struct span shown = mask_text(arena, masked, text);

			json_object_set_string_len(inner, shown.p, (int)shown.n);
		} else {
			mask_texts(arena, masked, inner);
		}
	}
}

static void
remove_one(struct arena *arena, struct json_object *at, struct span parameter)
{
	struct span token, next;
	bool more = pointer_token(arena, &parameter, &token);
	uint64_t index;

	while (more && (more = pointer_token(arena, &parameter, &next))) {
		if (json_is_object(at))
			at = json_get(at, arena_string(arena, token));
		else if (json_is_array(at) && text_unsigned(token, 1000000, &index))
			at = json_at(at, index);
		else
			return;
		token = next;
	}
	if (json_is_object(at))
		json_del(at, arena_string(arena, token));
	else if (json_is_array(at) && text_unsigned(token, 1000000, &index) &&
	    index < json_count(at))
		json_object_array_put_idx(at, index, NULL);
}

void
mask_remove(struct arena *arena, struct json_object *body, struct span each,
    struct span parameter)
{
	struct json_object *items = body;

	if (json_is_object(body))
		remove_one(arena, body, parameter);
	if (each.n == 0 || (!json_is_array(body) && !pointer_get(body, each, &items)))
		return;
	for (size_t i = 0; i < json_count(items); i++)
		remove_one(arena, json_at(items, i), parameter);
}

bool
mask_has(const struct mask *mask, struct span parameter)
{
	for (size_t i = 0; i < mask->count; i++)
		if (span_eq(mask->parameters[i], parameter))
			return true;
	return false;
}
