/* SPDX-License-Identifier: ISC */
#include "console/route.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

/* Matches the path against the pattern; names get what stood for them. */
static bool
matches(struct arena *arena, const char *pattern, struct span path, struct json_object *names)
{
	struct span want = span_of(pattern), value;

	while (want.n > 0 && path.n > 0) {
		struct span segment, name;

		want.p++; /* a slash */
		want.n--;
		if (path.p[0] != '/')
			return false;
		path.p++;
		path.n--;
		segment = text_cut(&want, '/');
		if (want.p != NULL) { /* the slash belongs to what follows */
			want.p--;
			want.n++;
		}
		if (segment.n > 0 && segment.p[0] == '{') {
			bool rest = segment.p[segment.n - 2] == '*';
			size_t n = 0;

			name = (struct span){ segment.p + 1, segment.n - (rest ? 3 : 2) };
			while (n < path.n && (rest || path.p[n] != '/'))
				n++;
			if (n == 0 || !text_percent_decode(arena, (struct span){ path.p, n }, false,
			        &value) || !text_utf8(value) || text_has_nul(value))
				return false;
			json_set_text(names, arena_string(arena, name), value);
			path.p += n;
			path.n -= n;
		} else {
			if (path.n < segment.n ||
			    !span_eq((struct span){ path.p, segment.n }, segment) ||
			    (path.n > segment.n && path.p[segment.n] != '/'))
				return false;
			path.p += segment.n;
			path.n -= segment.n;
		}
	}
	return want.n == 0 && path.n == 0;
}

const struct route *
route_find(struct arena *arena, struct span method, struct span path,
    struct json_object **names_r, bool *other_method_r)
{
	if (span_is(method, "HEAD"))
		method = SPAN("GET");
	if (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	if (path.n == 0)
		path = SPAN("/");
	*other_method_r = false;
	for (const struct route *route = routes; route->method != NULL; route++) {
		struct json_object *names = json_new_object(arena);

		if (!matches(arena, route->path, path, names))
			continue;
		if (span_is(method, route->method)) {
			*names_r = names;
			return route;
		}
		*other_method_r = true;
	}
	return NULL;
}

const struct route *
route_form(const char *path)
{
	for (const struct route *route = routes; route->method != NULL; route++)
		if (strcmp(route->method, "GET") == 0 && strcmp(route->path, path) == 0)
			return route;
	return NULL;
}
