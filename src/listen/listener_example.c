/* SPDX-License-Identifier: ISC */
#include "listen/listener_example.h"

#include "base/json.h"
#include "base/pointer.h"
#include "base/text.h"

#define INDEX_MAX 20 /* an example is for reading */

static bool
is_index(struct span text, uint64_t *index_r)
{
	return text.n > 0 && text_unsigned(text, INDEX_MAX, index_r);
}

static struct json_object *
child(struct json_object *parent, struct span name)
{
	uint64_t index;

	if (json_is_array(parent))
		return is_index(name, &index) ? json_at(parent, index) : NULL;
	return json_get(parent, name.p);
}

/* False where it cannot stand. */
static bool
put(struct json_object *parent, struct span name, struct json_object *value)
{
	uint64_t index;

	if (json_is_object(parent)) {
		json_set(parent, name.p, json_share(value));
		return true;
	}
	if (!json_is_array(parent) || !is_index(name, &index) ||
	    index < json_count(parent))
		return false;
	while (json_count(parent) < index)
		json_append(parent, NULL);
	json_append(parent, json_share(value));
	return true;
}

void
listener_example_set(struct json_object *body, struct span parameter,
    struct json_object *value)
{
	struct arena *arena = arena_new();
	struct json_object *at = body, *next;
	struct span name, inner;
	uint64_t index;

	if (!pointer_token(arena, &parameter, &name))
		at = NULL;
	while (at != NULL && pointer_token(arena, &parameter, &inner)) {
		next = child(at, name);
		if (next == NULL) {
			next = is_index(inner, &index) ? json_new_array(arena)
			                               : json_new_object(arena);
			if (!put(at, name, next))
				next = NULL;
		}
		at = next;
		name = inner;
	}
	if (at != NULL && child(at, name) == NULL)
		put(at, name, value);
	arena_free(&arena);
}
