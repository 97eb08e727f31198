/* SPDX-License-Identifier: ISC */
#include "base/json.h"
#include "base/json_parse.h"
#include "base/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#define FEW_MEMBERS 16
#define WRITTEN (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

const struct json_limits json_limits_default = { 32, 1000, 20000, false, false };
const struct json_limits json_limits_document = { 64, 1000000, 50000000, false, false };
const struct json_limits json_limits_kept = { 1000, UINT_MAX, UINT_MAX, false, true };
/* Own text: only the recursion is bounded. */
static const struct json_limits limits_trusted = { 256, UINT_MAX, UINT_MAX, false, false };

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
	return json_got(json_object_new_string_len(text.n > 0 ? text.p : "", length(text)));
}

/* In a buffer of the object; json-c writes NULL as null. */
static struct span
written(struct json_object *object)
{
	struct span text;

	text.p = json_object_to_json_string_length(object, WRITTEN, &text.n);
	if (text.p == NULL)
		json_got(NULL);
	return text;
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
	return owned(arena, json_parse(arena, text, limits, error));
}

/*
 * Parsed like foreign text: that costs little, tells what is corrupt, and
 * numbers keep their text.
 */
struct json_object *
json_load(struct arena *arena, struct span text)
{
	struct error error = { 0 };

	return owned(arena, json_parse(arena, text, &limits_trusted, &error));
}

struct json_object *
json_new_object(struct arena *arena)
{
	return owned(arena, json_got(json_object_new_object()));
}

struct json_object *
json_new_array(struct arena *arena)
{
	return owned(arena, json_got(json_object_new_array()));
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
		json_got(NULL);
	return owned(arena, copy);
}

struct span
json_write(struct arena *arena, struct json_object *object)
{
	return arena_copy(arena, written(object));
}

/* The member's entry, or NULL. Few members are looked through faster than a key is hashed. */
static const struct lh_entry *
member(struct json_object *object, const char *key)
{
	struct lh_table *table;
	struct lh_entry *entry;

	if (!json_is_object(object))
		return NULL;
	table = json_object_get_object(object);
	if (json_object_object_length(object) > FEW_MEMBERS)
		return lh_table_lookup_entry(table, key);
	for (entry = lh_table_head(table); entry != NULL; entry = lh_entry_next(entry)) {
		const char *name = lh_entry_k(entry);

		if (name[0] == key[0] && strcmp(name, key) == 0)
			break;
	}
	return entry;
}

struct json_object *
json_get(struct json_object *object, const char *key)
{
	const struct lh_entry *entry = member(object, key);

	return entry != NULL ? lh_entry_v(entry) : NULL;
}

bool
json_has(struct json_object *object, const char *key)
{
	return member(object, key) != NULL;
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
		json_got(NULL);
}

void
json_set_text(struct json_object *object, const char *key, struct span text)
{
	json_set(object, key, text.p == NULL ? NULL : new_text(text));
}

void
json_set_int(struct json_object *object, const char *key, int64_t value)
{
	json_set(object, key, json_got(json_object_new_int64(value)));
}

void
json_set_bool(struct json_object *object, const char *key, bool value)
{
	json_set(object, key, json_got(json_object_new_boolean(value)));
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
		json_got(NULL);
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
