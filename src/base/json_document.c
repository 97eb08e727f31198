/* SPDX-License-Identifier: ISC */
#include "base/json_document.h"

#include "base/buf.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

enum doc_type
doc_type(struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_boolean:
		return DOC_BOOLEAN;
	case json_type_int:
		return DOC_INTEGER;
	case json_type_double:
		return DOC_FRACTION;
	case json_type_string:
		return DOC_STRING;
	case json_type_array:
		return DOC_ARRAY;
	case json_type_object:
		return DOC_OBJECT;
	default:
		return DOC_NULL;
	}
}

const char *
doc_type_name(enum doc_type type)
{
	static const char *const names[] = {
		[DOC_NULL] = "null",
		[DOC_BOOLEAN] = "a boolean",
		[DOC_INTEGER] = "an integer",
		[DOC_FRACTION] = "a number",
		[DOC_STRING] = "a string",
		[DOC_ARRAY] = "a list",
		[DOC_OBJECT] = "an object",
	};
	_Static_assert(sizeof names / sizeof names[0] == DOC__MAX, "a name per type");

	return names[type];
}

int64_t
doc_number(struct json_object *value)
{
	if (json_object_is_type(value, json_type_boolean))
		return json_object_get_boolean(value) != 0;
	return json_object_get_int64(value);
}

size_t
doc_members(struct arena *arena, struct json_object *object, struct doc_member **members_r)
{
	size_t n = 0;

	*members_r = NULL;
	if (!json_object_is_type(object, json_type_object) ||
	    json_object_object_length(object) == 0)
		return 0;
	*members_r = arena_alloc(arena,
	    (size_t)json_object_object_length(object) * sizeof **members_r);
	json_object_object_foreach(object, name, value)
		(*members_r)[n++] = (struct doc_member){ name, value };
	return n;
}

static int
by_name(const void *a, const void *b)
{
	const struct doc_member *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void
put_canonical(struct arena *arena, struct jsonout *out, struct json_object *value)
{
	struct doc_member *members;
	size_t n;

	switch (doc_type(value)) {
	case DOC_ARRAY:
		json_open(out, '[');
		for (size_t i = 0; i < json_count(value); i++)
			put_canonical(arena, out, json_at(value, i));
		json_close(out, ']');
		break;
	case DOC_OBJECT:
		n = doc_members(arena, value, &members);
		if (n > 0)
			qsort(members, n, sizeof *members, by_name);
		json_open(out, '{');
		for (size_t i = 0; i < n; i++) {
			json_key_span(out, span_of(members[i].name));
			put_canonical(arena, out, members[i].value);
		}
		json_close(out, '}');
		break;
	case DOC_STRING:
		json_text(out, json_span(value));
		break;
	default:
		json_raw(out, value == NULL ? SPAN("null") : json_number_text(value));
		break;
	}
}

struct span
json_canonical(struct arena *arena, struct json_object *value)
{
	struct buf text = { 0 };
	struct jsonout out = json_to(&text);

	put_canonical(arena, &out, value);
	return buf_keep(&text, arena);
}
