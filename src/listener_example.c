/* SPDX-License-Identifier: ISC */
#include "listener_example.h"

#include "json.h"
#include "text.h"

#include <string.h>

#define INDEX_MAX 20 /* an example is for reading */

/* The next token of a JSON Pointer (RFC 6901), with ~0 and ~1 undone. */
static struct span
token(struct arena *arena, struct span *rest)
{
	const char *slash;
	struct buf out = { 0 };
	struct span raw, text;

	rest->p++; /* the slash before it */
	rest->n--;
	slash = memchr(rest->p, '/', rest->n);
	raw = (struct span){ rest->p, slash == NULL ? rest->n : (size_t)(slash - rest->p) };
	*rest = (struct span){ rest->p + raw.n, rest->n - raw.n };
	for (size_t i = 0; i < raw.n; i++) {
		if (raw.p[i] == '~' && i + 1 < raw.n)
			buf_putc(&out, raw.p[++i] == '1' ? '/' : '~');
		else
			buf_putc(&out, raw.p[i]);
	}
	text = arena_copy(arena, buf_bytes(&out));
	buf_free(&out);
	return text;
}

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
	struct span name = arena_copy(arena, parameter), rest = { "", 0 };
	uint64_t index;

	if (parameter.n > 0 && parameter.p[0] == '/') {
		rest = parameter;
		name = token(arena, &rest);
	}
	while (rest.n > 0 && at != NULL) {
		struct span inner = token(arena, &rest);

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
