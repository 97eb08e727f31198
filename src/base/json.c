/* SPDX-License-Identifier: ISC */
#include "base/json.h"
#include "base/json_scan.h"
#include "base/text.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#define USUAL_DEPTH 34
#define USUAL_BYTES ((size_t)64 << 10)
#define WRITTEN (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

const struct json_limits json_limits_default = { 32, 1000, 20000, false, false };
const struct json_limits json_limits_document = { 64, 1000000, 50000000, false, false };
const struct json_limits json_limits_kept = { 1000, UINT_MAX, UINT_MAX, false, true };
/* Own text: only the recursion is bounded. */
static const struct json_limits limits_trusted = { 256, UINT_MAX, UINT_MAX, false, false };

/* json-c answers NULL when memory has run out; here the process ends then. */
static void *
got(void *p)
{
	if (p == NULL) {
		fputs("earshot: out of memory\n", stderr);
		abort();
	}
	return p;
}

static void
put(void *object)
{
	json_object_put(object);
}

static struct json_object *
owned(struct arena *arena, struct json_object *object)
{
	if (object != NULL)
		arena_defer(arena, put, object);
	return object;
}

/* For json-c, whose lengths are int. Longer text never comes through a limit. */
static int
length(struct span text)
{
	if (text.n > INT_MAX)
		abort();
	return (int)text.n;
}

static struct json_object *
new_text(struct span text)
{
	return got(json_object_new_string_len(text.n > 0 ? text.p : "", length(text)));
}

/* In a buffer of the object; json-c writes NULL as null. */
static struct span
written(struct json_object *object)
{
	struct span text;

	text.p = json_object_to_json_string_length(object, WRITTEN, &text.n);
	if (text.p == NULL)
		got(NULL);
	return text;
}

/* Oddities still to be set right, and the ordinal of the next number. */
struct repair {
	struct arena *arena;
	const struct json_oddity *next, *end;
	size_t ordinal;
};

static struct json_object *
odd_number(struct repair *r, struct span text)
{
	char *copy = arena_string(r->arena, text);
	struct json_object *number;

	if (!span_is(text, "-0"))
		return got(json_object_new_double_s(strtod(copy, NULL), copy));
	number = got(json_object_new_int64(0));
	json_object_set_serializer(number, json_object_userdata_to_json_string,
	    got(strdup(copy)), json_object_free_userdata);
	return number;
}

/*
 * Members and items stand in the order of the text, so the ordinals of the
 * scan count along. Returns the value, or what has to stand in its place.
 */
static struct json_object *
repaired(struct repair *r, struct json_object *value)
{
	struct json_object *new;

	switch (json_object_get_type(value)) {
	case json_type_int:
	case json_type_double:
		if (r->next == r->end || r->next->ordinal != r->ordinal++)
			return value;
		return odd_number(r, (r->next++)->text);
	case json_type_array:
		for (size_t i = 0; r->next != r->end && i < json_count(value); i++) {
			struct json_object *old = json_at(value, i);

			if ((new = repaired(r, old)) != old)
				json_object_array_put_idx(value, i, new);
		}
		return value;
	case json_type_object: {
		json_object_object_foreach(value, key, old)
			if ((new = repaired(r, old)) != old)
				json_set(value, key, new);
		return value;
	}
	default:
		return value;
	}
}

static pthread_once_t usual_once = PTHREAD_ONCE_INIT;
static pthread_key_t usual_end;

static void
usual_free(void *tokener)
{
	json_tokener_free(tokener);
}

static void
usual_begin(void)
{
	if (pthread_key_create(&usual_end, usual_free) != 0)
		abort();
}

static struct json_object *
parse(const struct json_scan *scan, struct error *error)
{
	/* A tokener costs as much as a small text: for the usual ones it stays as long as the
	 * thread. json-c counts a scalar as a level. */
	static _Thread_local struct json_tokener *usual;
	bool large = scan->depth >= USUAL_DEPTH || scan->value.n > USUAL_BYTES;
	struct json_tokener *tokener = large
	    ? got(json_tokener_new_ex((int)scan->depth + 1)) : usual;
	struct json_object *root;
	enum json_tokener_error why;

	if (tokener == NULL) {
		tokener = usual = got(json_tokener_new_ex(USUAL_DEPTH));
		pthread_once(&usual_once, usual_begin);
		pthread_setspecific(usual_end, tokener);
	}
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	root = json_tokener_parse_ex(tokener, scan->value.p, length(scan->value));
	/* A number ends only where something else begins. */
	if (json_tokener_get_error(tokener) == json_tokener_continue)
		root = json_tokener_parse_ex(tokener, "", 1);
	why = json_tokener_get_error(tokener);
	if (large)
		json_tokener_free(tokener);
	else
		json_tokener_reset(tokener);
	if (why == json_tokener_success && root != NULL)
		return root;
	if (why == json_tokener_success)
		error_set(error, FAULT_BAD_JSON, "The JSON is null and nothing else.");
	else
		error_set(error, FAULT_BAD_JSON, "The JSON cannot be used: %s.",
		    json_tokener_error_desc(why));
	return NULL;
}

static int
by_place(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	/* Of nested ones the outer comes first. */
	if (x->p != y->p)
		return x->p < y->p ? -1 : 1;
	return (x->n < y->n) - (x->n > y->n);
}

/* The text without the members that later ones of their names replace. */
static struct span
without_replaced(struct arena *arena, struct span text, const struct json_scan *scan)
{
	char *out = arena_alloc(arena, text.n);
	const char *from = text.p;
	size_t n = 0;

	qsort(scan->replaced, scan->replaced_count, sizeof *scan->replaced, by_place);
	for (size_t i = 0; i < scan->replaced_count; i++) {
		struct span member = scan->replaced[i];

		if (member.p < from)
			continue;
		memcpy(out + n, from, (size_t)(member.p - from));
		n += (size_t)(member.p - from);
		from = member.p + member.n;
	}
	memcpy(out + n, from, (size_t)(text.p + text.n - from));
	return (struct span){ out, n + (size_t)(text.p + text.n - from) };
}

/* json-c would take the last of them, too, but then its numbers are not those scanned. */
static bool
scan_text(struct arena *arena, struct span text, const struct json_limits *limits,
    struct json_scan *scan, struct error *error)
{
	return json_scan(arena, text, limits, scan, error) && (scan->replaced_count == 0 ||
	    json_scan(arena, without_replaced(arena, text, scan), limits, scan, error));
}

static struct json_object *
read_text(struct arena *arena, struct span text, const struct json_limits *limits,
    struct error *error)
{
	struct arena_mark mark = arena_mark(arena);
	struct json_object *root = NULL;
	struct json_scan scan = { 0 };

	if (text.n > INT_MAX)
		error_set(error, FAULT_BAD_JSON, "The JSON is too long.");
	else if (text.n == 0)
		error_set(error, FAULT_BAD_JSON, "The text is empty, JSON was expected.");
	else if (scan_text(arena, text, limits, &scan, error))
		root = parse(&scan, error);
	if (root != NULL && scan.oddity_count > 0) {
		struct repair repair = { arena, scan.oddities,
			scan.oddities + scan.oddity_count, 0 };
		struct json_object *new = repaired(&repair, root);

		if (new != root)
			json_object_put(root);
		root = new;
	}
	arena_rewind(arena, mark);
	return owned(arena, root);
}

struct json_object *
json_read(struct arena *arena, struct span text, const struct json_limits *limits,
    struct error *error)
{
	size_t valid = text_utf8_length(text);

	if (valid < text.n) {
		error_set(error, FAULT_BAD_ENCODING,
		    "At offset %zu the text is not valid UTF-8.", valid);
		return NULL;
	}
	return read_text(arena, text, limits, error);
}

/*
 * Scanned like foreign text: that costs little, tells what is corrupt, and
 * numbers keep their text.
 */
struct json_object *
json_load(struct arena *arena, struct span text)
{
	struct error error = { 0 };

	return read_text(arena, text, &limits_trusted, &error);
}

struct json_object *
json_new_object(struct arena *arena)
{
	return owned(arena, got(json_object_new_object()));
}

struct json_object *
json_new_array(struct arena *arena)
{
	return owned(arena, got(json_object_new_array()));
}

struct json_object *
json_new_text(struct arena *arena, struct span text)
{
	return owned(arena, new_text(text));
}

struct json_object *
json_share(struct json_object *value)
{
	return json_object_get(value);
}

struct json_object *
json_keep(struct arena *arena, struct json_object *object)
{
	return owned(arena, json_share(object));
}

struct json_object *
json_copy(struct arena *arena, struct json_object *object)
{
	struct json_object *copy = NULL;

	if (object != NULL && json_object_deep_copy(object, &copy, NULL) != 0)
		got(NULL);
	return owned(arena, copy);
}

struct span
json_write(struct arena *arena, struct json_object *object)
{
	return arena_copy(arena, written(object));
}

struct json_object *
json_get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (json_is_object(object))
		json_object_object_get_ex(object, key, &value);
	return value;
}

bool
json_has(struct json_object *object, const char *key)
{
	return json_is_object(object) && json_object_object_get_ex(object, key, NULL);
}

bool
json_is_object(struct json_object *value)
{
	return json_object_is_type(value, json_type_object);
}

bool
json_is_array(struct json_object *value)
{
	return json_object_is_type(value, json_type_array);
}

struct span
json_string(struct json_object *object, const char *key)
{
	return json_span(json_get(object, key));
}

bool
json_flag(struct json_object *object, const char *key, bool otherwise)
{
	struct json_object *value = json_get(object, key);

	if (!json_object_is_type(value, json_type_boolean))
		return otherwise;
	return json_object_get_boolean(value) != 0;
}

int64_t
json_integer(struct json_object *object, const char *key, int64_t otherwise)
{
	struct json_object *value = json_get(object, key);

	if (!json_object_is_type(value, json_type_int))
		return otherwise;
	return json_object_get_int64(value);
}

struct span
json_span(struct json_object *value)
{
	if (!json_object_is_type(value, json_type_string))
		return (struct span){ NULL, 0 };
	return (struct span){ json_object_get_string(value),
		(size_t)json_object_get_string_len(value) };
}

struct span
json_number_text(struct json_object *value)
{
	return written(value);
}

size_t
json_count(struct json_object *array)
{
	return json_is_array(array) ? json_object_array_length(array) : 0;
}

size_t
json_members(struct json_object *object)
{
	return json_is_object(object) ? (size_t)json_object_object_length(object) : 0;
}

struct json_object *
json_at(struct json_object *array, size_t i)
{
	return i < json_count(array) ? json_object_array_get_idx(array, i) : NULL;
}

void
json_set(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add(object, key, value) != 0)
		got(NULL);
}

void
json_set_text(struct json_object *object, const char *key, struct span text)
{
	json_set(object, key, text.p == NULL ? NULL : new_text(text));
}

void
json_set_int(struct json_object *object, const char *key, int64_t value)
{
	json_set(object, key, got(json_object_new_int64(value)));
}

void
json_set_bool(struct json_object *object, const char *key, bool value)
{
	json_set(object, key, got(json_object_new_boolean(value)));
}

void
json_del(struct json_object *object, const char *key)
{
	if (!json_is_object(object))
		return;
	json_object_object_del(object, key);
}

void
json_append(struct json_object *array, struct json_object *value)
{
	if (json_object_array_add(array, value) != 0)
		got(NULL);
}

static bool
members_equal(struct json_object *a, struct json_object *b)
{
	if (json_object_object_length(a) != json_object_object_length(b))
		return false;
	json_object_object_foreach(a, key, value)
		if (!json_has(b, key) || !json_equal(value, json_get(b, key)))
			return false;
	return true;
}

static bool
items_equal(struct json_object *a, struct json_object *b)
{
	if (json_count(a) != json_count(b))
		return false;
	for (size_t i = 0; i < json_count(a); i++)
		if (!json_equal(json_at(a, i), json_at(b, i)))
			return false;
	return true;
}

bool
json_equal(struct json_object *a, struct json_object *b)
{
	enum json_type type = json_object_get_type(a);

	if (a == b)
		return true;
	if (type != json_object_get_type(b))
		return false;
	switch (type) {
	case json_type_object:
		return members_equal(a, b);
	case json_type_array:
		return items_equal(a, b);
	case json_type_string:
		return span_eq(json_span(a), json_span(b));
	default:
		/* json-c would compare 18446744073709551617 as a double. */
		return span_eq(written(a), written(b));
	}
}
