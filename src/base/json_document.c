/* SPDX-License-Identifier: ISC */
#include "base/json_document.h"

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
