/* SPDX-License-Identifier: ISC */
#include "base/text.h"
#include "http/request.h"

#include <ctype.h>
#include <string.h>

#define MOUNT_MAX 200 /* bytes */

struct span
request_header(const struct request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (span_is(request->headers[i].name, name))
			return request->headers[i].value;
	return SPAN("");
}

bool
request_pair(struct span *rest, struct span *name_r, struct span *value_r)
{
	while (rest->n > 0) {
		struct span pair = text_cut(rest, '&');

		if (pair.n == 0)
			continue;
		*name_r = text_cut(&pair, '=');
		*value_r = pair.p != NULL ? pair : SPAN("");
		return true;
	}
	return false;
}

struct span
request_query(const struct request *request, struct arena *arena,
    const char *name)
{
	struct span rest = request->query, key, value;

	while (request_pair(&rest, &key, &value)) {
		if (!text_percent_decode(arena, key, true, &key) ||
		    !span_is(key, name))
			continue;
		if (!text_percent_decode(arena, value, true, &value))
			break;
		return value.p != NULL ? value : SPAN("");
	}
	return (struct span){ NULL, 0 };
}

static bool
is_near(struct span text, const char *name)
{
	size_t i = 0;

	for (;;) {
		while (i < text.n && (text.p[i] == '-' || text.p[i] == '_'))
			i++;
		while (*name == '-' || *name == '_')
			name++;
		if (i == text.n || *name == '\0')
			return i == text.n && *name == '\0';
		if ((text.p[i++] | 0x20) != (*name++ | 0x20))
			return false;
	}
}

struct span
request_query_near(const struct request *request, struct arena *arena, const char *name)
{
	struct span rest = request->query, key, value;

	while (request_pair(&rest, &key, &value))
		if (text_percent_decode(arena, key, true, &key) && !span_is(key, name) &&
		    is_near(key, name))
			return key;
	return (struct span){ NULL, 0 };
}

struct span
request_mount(const struct request *request)
{
	struct span rest = request->url, mount = text_cut(&rest, '?'), path = request->path;

	if (mount.n == 0 || mount.n < path.n || mount.n - path.n > MOUNT_MAX ||
	    !span_eq((struct span){ mount.p + mount.n - path.n, path.n }, path))
		return SPAN("");
	mount.n -= path.n;
	for (size_t i = 0; i < mount.n; i++)
		if (!isalnum((unsigned char)mount.p[i]) && strchr("/.-_~", mount.p[i]) == NULL)
			return SPAN("");
	/* Two slashes would begin the name of a host. */
	return mount.n > 1 && mount.p[0] == '/' && mount.p[1] != '/' ? mount : SPAN("");
}

bool
request_is_token(struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] >= 0x7f ||
		    strchr("\"(),/:;<=>?@[\\]{}", name.p[i]) != NULL)
			return false;
	return name.n > 0;
}

bool
request_is_reserved(struct span name)
{
	static const char *const reserved[] = { "host", "content-length", "connection",
		"transfer-encoding", "te", "trailer", "upgrade", "expect", "webhook-id",
		"webhook-timestamp", "webhook-signature" };

	for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
		if (span_is_nocase(name, reserved[i]))
			return true;
	return false;
}
