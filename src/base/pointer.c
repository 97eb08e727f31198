/* SPDX-License-Identifier: ISC */
#include "base/json.h"
#include "base/pointer.h"
#include "base/text.h"

#include <string.h>

#include <json-c/json.h>

/* Of a whole parameter or path, in bytes. */
#define POINTER_MAX 1024

/* An index of an array: digits without a leading zero; '-' names no item. */
static bool
array_index(struct span token, size_t *index_r)
{
	size_t index = 0;

	if (token.n == 0 || token.n > 9 || (token.n > 1 && token.p[0] == '0'))
		return false;
	for (size_t i = 0; i < token.n; i++) {
		if (token.p[i] < '0' || token.p[i] > '9')
			return false;
		index = index * 10 + (size_t)(token.p[i] - '0');
	}
	*index_r = index;
	return true;
}

/* One step down from *value. */
static bool
descend(struct json_object **value, struct span token)
{
	char key[POINTER_MAX + 1];
	size_t index;

	switch (json_object_get_type(*value)) {
	case json_type_object:
		/* json-c would take the part before a NUL. */
		if (memchr(token.p, '\0', token.n) != NULL)
			return false;
		memcpy(key, token.p, token.n);
		key[token.n] = '\0';
		return json_object_object_get_ex(*value, key, value) != 0;
	case json_type_array:
		if (!array_index(token, &index) || index >= json_count(*value))
			return false;
		*value = json_at(*value, index);
		return true;
	default:
		return false;
	}
}

/* ~1 is a slash and ~0 a tilde (RFC 6901, section 4). */
static bool
unescape(struct span *token, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < token->n; i++) {
		char c = token->p[i];

		if (c == '~') {
			if (++i == token->n || (token->p[i] != '0' && token->p[i] != '1'))
				return false;
			c = token->p[i] == '0' ? '~' : '/';
		}
		out[n++] = c;
	}
	*token = (struct span){ out, n };
	return true;
}

static int
walk(struct json_object *value, struct span path, char separator, bool escapes,
    struct json_object **value_r)
{
	char out[POINTER_MAX];

	for (bool more = true; more;) {
		const char *stop = memchr(path.p, separator, path.n);
		struct span token = { path.p, stop != NULL ? (size_t)(stop - path.p) : path.n };

		more = stop != NULL;
		if (more) {
			path.p += token.n + 1;
			path.n -= token.n + 1;
		}
		if (escapes && !unescape(&token, out))
			return 0;
		if (!descend(&value, token))
			return 0;
	}
	*value_r = value;
	return 1;
}

const char *
pointer_check(struct span parameter)
{
	char out[POINTER_MAX];

	if (parameter.n == 0)
		return "The name of a parameter is empty.";
	if (parameter.n > POINTER_MAX)
		return "The name of a parameter is longer than 1024 bytes.";
	if (memchr(parameter.p, '\0', parameter.n) != NULL)
		return "The name of a parameter contains a NUL byte.";
	if (!text_utf8(parameter))
		return "The name of a parameter is not valid UTF-8.";
	if (parameter.p[0] == '/' && !unescape(&parameter, out))
		return "In a JSON Pointer only ~0 (for ~) and ~1 (for /) may follow a tilde.";
	return NULL;
}

int
pointer_get(struct json_object *body, struct span parameter, struct json_object **value_r)
{
	*value_r = NULL;
	if (parameter.n == 0 || parameter.n > POINTER_MAX)
		return 0;
	if (parameter.p[0] == '/')
		return walk(body, (struct span){ parameter.p + 1, parameter.n - 1 }, '/', true,
		    value_r);
	if (!json_is_object(body) || !descend(&body, parameter))
		return 0;
	*value_r = body;
	return 1;
}

int
pointer_dotted(struct json_object *root, struct span path, struct json_object **value_r)
{
	*value_r = NULL;
	if (path.n == 0 || path.n > POINTER_MAX)
		return 0;
	return walk(root, path, '.', false, value_r);
}

bool
pointer_token(struct arena *arena, struct span *rest, struct span *token_r)
{
	const char *slash;
	struct span raw = *rest;

	if (raw.n == 0)
		return false;
	if (raw.p[0] == '/') {
		raw = (struct span){ raw.p + 1, raw.n - 1 };
		slash = memchr(raw.p, '/', raw.n);
		if (slash != NULL)
			raw.n = (size_t)(slash - raw.p);
		*rest = (struct span){ raw.p + raw.n, rest->n - 1 - raw.n };
		unescape(&raw, arena_alloc(arena, raw.n + 1));
	} else {
		*rest = (struct span){ "", 0 };
	}
	*token_r = arena_copy(arena, raw);
	return true;
}

const char *
pointer_member(struct arena *arena, const char *pointer, const char *name)
{
	size_t n = strlen(pointer);
	char *out = arena_alloc(arena, n + 2 * strlen(name) + 2);

	memcpy(out, pointer, n);
	out[n++] = '/';
	for (; *name != '\0'; name++) {
		bool escaped = *name == '~' || *name == '/';

		if (escaped)
			out[n++] = '~';
		out[n++] = !escaped ? *name : *name == '~' ? '0' : '1';
	}
	out[n] = '\0';
	return out;
}
