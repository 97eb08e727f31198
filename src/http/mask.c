/* SPDX-License-Identifier: ISC */
#include "http/mask.h"

#include "base/json.h"
#include "base/pointer.h"
#include "base/text.h"
#include "http/body.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

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
};

static void
add_range(struct masking *masking, struct span place, struct span instead)
{
	masking->ranges = arena_grow(masking->arena, masking->ranges, masking->count,
	    &masking->room, sizeof *masking->ranges);
	masking->ranges[masking->count++] = (struct range){ place.p, place.n, instead };
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

		/* Hardly any name has escapes, and a batch has many names. */
		*name_r = memchr(raw.p, '\\', raw.n) == NULL
		    ? (struct span){ raw.p + 1, raw.n - 2 } : json_span(json_load(arena, raw));
		skip_space(p, end);
		*p += *p < end; /* the colon */
		skip_space(p, end);
	}
	*value_r = take_value(p, end);
	return true;
}

/* Does something with every value that the parameter names; true when there is one. Of a
 * name that stands twice in an object both are meant. */
static bool
each_value(struct arena *arena, struct span json, struct span parameter,
    void (*use)(void *arg, struct span value), void *arg)
{
	const char *p = json.p + 1, *end = json.p + json.n;
	bool named = json.n > 0 && json.p[0] == '{', found = false;
	struct span token, name, value;
	uint64_t index = 0;

	/* Arrays have no members, so a plain name is none of them. */
	if (parameter.n > 0 && parameter.p[0] != '/' && !named)
		return false;
	if (!pointer_token(arena, &parameter, &token)) {
		use(arg, json);
		return true;
	}
	if (json.n == 0 || (!named && json.p[0] != '['))
		return false;
	if (!named && (!text_unsigned(token, 1000000, &index) ||
	    (token.n > 1 && token.p[0] == '0')))
		return false;
	for (uint64_t i = 0; next_child(arena, &p, end, named, &name, &value); i++)
		if (named ? span_eq(name, token) : i == index)
			found |= each_value(arena, value, parameter, use, arg);
	return found;
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
mask_value(void *arg, struct span value)
{
	add_range(arg, value, SPAN("\"" MASK_TEXT "\""));
}

static void
mask_object(struct masking *masking, struct span json)
{
	for (size_t i = 0; i < masking->mask->count; i++)
		if (each_value(masking->arena, json, masking->mask->parameters[i], mask_value,
		        masking))
			add_parameter(masking, masking->mask->parameters[i]);
}

static void
mask_items(void *arg, struct span items)
{
	struct masking *masking = arg;
	const char *p = items.p + 1;
	struct span item, name;

	if (items.n == 0 || items.p[0] != '[')
		return;
	while (next_child(masking->arena, &p, items.p + items.n, false, &name, &item))
		mask_object(masking, item);
}

/* The body, and each item of a batch. */
static void
mask_json(struct masking *masking, struct span json)
{
	struct span each = masking->mask->each;

	mask_object(masking, json);
	if (json.p[0] == '[')
		mask_items(masking, json);
	else if (each.n > 0)
		each_value(masking->arena, json, each, mask_items, masking);
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
	    json_read(masking->arena, text, &json_limits_kept, &error) == NULL)
		return;
	inner.ranges = NULL;
	inner.count = inner.room = 0;
	mask_json(&inner, whole_json(text));
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
	if (body_read(arena, content_type, body, &json_limits_kept, NULL, &error) == NULL)
		return false;
	if (!body_fields(arena, content_type, body, mask_field, &masking))
		mask_json(&masking, whole_json(body));
	masked_r->body = replaced(&masking, body);
	return true;
}

/* Of one object: what a parameter names with all in it, and what it stands in. */
struct finding {
	struct arena *arena;
	struct mask_nodes *nodes;
	size_t room;
};

static void
add_node(struct finding *finding, struct json_object *node)
{
	struct mask_nodes *nodes = finding->nodes;

	if (node == NULL)
		return;
	nodes->nodes = arena_grow(finding->arena, nodes->nodes, nodes->count, &finding->room,
	    sizeof *nodes->nodes);
	nodes->nodes[nodes->count++] = node;
}

static void
add_all(struct finding *finding, struct json_object *node)
{
	add_node(finding, node);
	if (json_is_array(node))
		for (size_t i = 0; i < json_count(node); i++)
			add_all(finding, json_at(node, i));
	else if (json_is_object(node))
		for (const struct lh_entry *member = json_object_get_object(node)->head;
		     member != NULL; member = member->next)
			add_all(finding, (struct json_object *)(uintptr_t)member->v);
}

static struct json_object *
child(struct arena *arena, struct json_object *node, struct span token)
{
	uint64_t index;

	if (json_is_object(node))
		return json_get(node, arena_string(arena, token));
	return json_is_array(node) && text_unsigned(token, 1000000, &index)
	    ? json_at(node, index) : NULL;
}

static void
find_nodes(struct finding *finding, const struct mask *mask, struct json_object *object)
{
	struct json_object *node, *way;
	struct span rest, token;

	for (size_t i = 0; i < mask->count; i++) {
		rest = mask->parameters[i];
		for (node = object; node != NULL && pointer_token(finding->arena, &rest, &token);)
			node = child(finding->arena, node, token);
		if (node == NULL)
			continue;
		rest = mask->parameters[i];
		for (way = object; way != node && pointer_token(finding->arena, &rest, &token);) {
			add_node(finding, way);
			way = child(finding->arena, way, token);
		}
		add_all(finding, node);
	}
}

static int
by_address(const void *a, const void *b)
{
	const struct json_object *const *x = a, *const *y = b;

	return *x < *y ? -1 : *x > *y;
}

void
mask_find(struct arena *arena, const struct mask *mask, struct json_object *body,
    struct mask_nodes *nodes_r)
{
	struct finding finding = { .arena = arena, .nodes = nodes_r };
	struct json_object *items = body;

	*nodes_r = (struct mask_nodes){ 0 };
	find_nodes(&finding, mask, body);
	if (json_is_array(body) || (mask->each.n > 0 && pointer_get(body, mask->each, &items)))
		for (size_t i = 0; i < json_count(items); i++)
			find_nodes(&finding, mask, json_at(items, i));
	/* The list of items holds what is masked in one of them. */
	if (items != body || json_is_array(body)) {
		if (nodes_r->count == 0)
			return;
		add_node(&finding, body);
		add_node(&finding, items);
	}
	if (nodes_r->count > 1)
		qsort(nodes_r->nodes, nodes_r->count, sizeof *nodes_r->nodes, by_address);
}

bool
mask_covers(const struct mask_nodes *nodes, const struct json_object *value)
{
	return nodes->count > 0 && value != NULL && bsearch(&value, nodes->nodes, nodes->count,
	    sizeof *nodes->nodes, by_address) != NULL;
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
