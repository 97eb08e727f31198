/* SPDX-License-Identifier: ISC */
#include "base/json_text.h"

#include <string.h>

/* Behind the string that begins at p. */
static const char *
behind_string(const char *p, const char *end)
{
	const char *q = p + 1;

	for (;;) {
		const char *slash, *quote = memchr(q, '"', (size_t)(end - q));

		if (quote == NULL)
			return end;
		slash = memchr(q, '\\', (size_t)(quote - q));
		if (slash == NULL)
			return quote + 1;
		q = slash + 2;
		if (q >= end)
			return end;
	}
}

/* Behind the value that begins at p. */
static const char *
behind_value(const char *p, const char *end)
{
	unsigned depth = 0;

	while (p < end) {
		switch (*p) {
		case '"':
			p = behind_string(p, end);
			break;
		case '{':
		case '[':
			depth++;
			p++;
			continue;
		case '}':
		case ']':
			if (depth == 0)
				return p;
			depth--;
			p++;
			break;
		case ',':
			if (depth == 0)
				return p;
			p++;
			continue;
		default:
			p++;
			continue;
		}
		if (depth == 0)
			return p;
	}
	return end;
}

bool
json_text_next(struct span *rest, struct span *name_r, struct span *value_r)
{
	const char *p = rest->p, *end = p + rest->n, *name;

	if (rest->n < 2 || (*p != '{' && *p != '[' && *p != ','))
		return false;
	/* Behind the first one, *rest begins with the comma; the bracket tells which it is. */
	name = ++p;
	*name_r = (struct span){ p, 0 };
	if (*p == '}' || *p == ']')
		return false;
	if (*p == '"') {
		p = behind_string(p, end);
		if (p < end && *p == ':') {
			*name_r = (struct span){ name + 1, (size_t)(p - name) - 2 };
			name = ++p;
		}
		p = behind_value(name, end);
	} else {
		p = behind_value(p, end);
	}
	*value_r = (struct span){ name, (size_t)(p - name) };
	*rest = (struct span){ p, (size_t)(end - p) };
	return true;
}

struct span
json_text_member(struct span object, struct span name)
{
	struct span of, value;

	while (json_text_next(&object, &of, &value))
		if (span_eq(of, name))
			return value;
	return (struct span){ NULL, 0 };
}
