/* SPDX-License-Identifier: ISC */
#include "base/text.h"
#include "http/endpoint.h"

#include <string.h>

#define PATH_BYTES 2048
#define SEGMENTS 4 /* projects, project, key, target */

static bool
bad_path(struct error *error, const char *sentence)
{
	error_set(error, FAULT_BAD_PATH, "%s", sentence);
	return false;
}

/* Decodes one segment: it must stay one and be fit for a log and a lookup. */
static bool
segment_read(struct arena *arena, struct span raw, struct span *out_r,
    struct error *error)
{
	struct span text;

	if (raw.n == 0)
		return bad_path(error, "The path has an empty segment.");
	if (!text_percent_decode(arena, raw, false, &text))
		return bad_path(error,
		    "In the path, % must be followed by two hex digits.");
	if (!text_utf8(text))
		return bad_path(error, "The path is not valid UTF-8.");
	if (!text_printable(text))
		return bad_path(error, "The path has a control character.");
	if (memchr(text.p, '/', text.n) != NULL)
		return bad_path(error,
		    "A segment of the path cannot hold a slash (%2F).");
	if (span_is(text, ".") || span_is(text, ".."))
		return bad_path(error, "The path has a dot segment.");
	*out_r = text;
	return true;
}

/* Splits at the raw slashes, before anything is decoded; 0 when refused. */
static size_t
path_split(struct arena *arena, struct span path,
    struct span segments[SEGMENTS], struct error *error)
{
	size_t count = 0;

	while (path.n > 0) {
		struct span rest = { path.p + 1, path.n - 1 }, raw = text_cut(&rest, '/');

		if (count == SEGMENTS) {
			bad_path(error, "The path has too many segments.");
			return 0;
		}
		if (!segment_read(arena, raw, &segments[count++], error))
			return 0;
		path = (struct span){ raw.p + raw.n, path.n - raw.n - 1 };
	}
	return count;
}

static bool
service_read(const struct span *segments, size_t count,
    struct endpoint *endpoint, struct error *error)
{
	static const struct {
		const char *name;
		size_t count;
	} services[] = { { "health", 2 }, { "metrics", 2 }, { "unsubscribe", 3 } };

	for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
		if (count == services[i].count && span_is(segments[1], services[i].name)) {
			endpoint->service = segments[1];
			endpoint->target = count == 3 ? segments[2] : endpoint->target;
			return true;
		}
	return bad_path(error, count > 1 && span_is(segments[1], "problems")
	    ? "There is no such code; /-/problems lists them."
	    : "Behind /-/ stand only health, metrics, openapi.json, problems and the links of "
	    "e-mails.");
}

bool
endpoint_read(struct arena *arena, struct span path,
    struct endpoint *endpoint_r, struct error *error)
{
	struct endpoint endpoint = { SPAN(""), SPAN(""), { NULL, 0 }, SPAN("") };
	struct span segments[SEGMENTS] = { { NULL, 0 } }, *next = segments;
	size_t count;

	if (path.n > PATH_BYTES)
		return bad_path(error, "The path is longer than 2048 bytes.");
	if (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	if (path.n < 2 || path.p[0] != '/')
		return bad_path(error,
		    "The path names no listener; it should be /<key>.");
	count = path_split(arena, path, segments, error);
	if (count == 0)
		return false;
	if (span_is(segments[0], "-")) {
		*endpoint_r = endpoint;
		return service_read(segments, count, endpoint_r, error);
	}
	/* With two segments, a listener may well be named "projects". */
	if (count > 2) {
		if (!span_is(segments[0], "projects"))
			return bad_path(error, "The path has too many segments; that of a "
			    "listener of a project begins with /projects/<project>/.");
		endpoint.project = segments[1];
		next += 2;
		count -= 2;
	}
	endpoint.key = next[0];
	if (count == 2)
		endpoint.target = next[1];
	if (!text_key(endpoint.key) ||
	    (endpoint.project.n > 0 && !text_key(endpoint.project)))
		return bad_path(error, "Keys in the path are lower-case "
		    "letters, digits, '.', '_' and '-', at most 64.");
	*endpoint_r = endpoint;
	return true;
}
