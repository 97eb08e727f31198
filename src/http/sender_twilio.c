/* SPDX-License-Identifier: ISC */
/*
 * Twilio signs the URL as it was configured there, and the fields of a form in
 * the order of their names, without separators. Any other body is covered by
 * its SHA-256 in the query. A port may or may not have been in the URL.
 */
#include "base/text.h"
#include "http/sender_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct field {
	struct span name, value;
};

/* A URL in four parts; joined they are the text. */
#define URL_PARTS 6
struct url {
	struct span scheme; /* "https://" */
	struct span login;  /* "name:password@" or "" */
	struct span host;
	struct span port;   /* ":8443" or "" */
	struct span base;   /* the path of the base URL, without a slash at its end */
	struct span path;   /* path and query of the request */
};

static int
order(const void *a, const void *b)
{
	const struct field *x = a, *y = b;
	int names = span_cmp(x->name, y->name);

	return names != 0 ? names : span_cmp(x->value, y->value);
}

static bool
is_form(struct span content_type)
{
	static const char form[] = "application/x-www-form-urlencoded";
	size_t n = sizeof form - 1;

	return content_type.n >= n && strncasecmp(content_type.p, form, n) == 0 &&
	    (content_type.n == n || content_type.p[n] == ';' ||
	        content_type.p[n] == ' ' || content_type.p[n] == '\t');
}

/* Decoded, sorted, each pair once. False when it is no form. */
static bool
fields_read(struct span body, struct arena *arena, struct field **fields_r,
    size_t *count_r)
{
	struct field *fields, next;
	size_t count = 0, kept = 0, pairs = 1;

	for (size_t i = 0; i < body.n; i++)
		pairs += body.p[i] == '&';
	fields = arena_alloc(arena, pairs * sizeof *fields);

	*fields_r = fields;
	*count_r = 0;
	while (request_pair(&body, &next.name, &next.value)) {
		if (!text_percent_decode(arena, next.name, true, &next.name) ||
		    !text_percent_decode(arena, next.value, true, &next.value))
			return false;
		fields[count++] = next;
	}
	qsort(fields, count, sizeof *fields, order);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || order(&fields[kept - 1], &fields[i]) != 0)
			fields[kept++] = fields[i];
	*count_r = kept;
	return true;
}

/* bodySHA256 of the query says the same as the body. */
static bool
body_matches(struct span expected, struct span body, struct arena *arena)
{
	unsigned char hash[SECRET_SHA256_SIZE];
	struct span bytes;

	secret_sha256(body, hash);
	return secret_hex_read(arena, expected, &bytes) &&
	    secret_equal(bytes, (struct span){ (char *)hash, sizeof hash });
}

static size_t
find(struct span text, size_t from, const char *any)
{
	while (from < text.n && memchr(any, text.p[from], strlen(any)) == NULL)
		from++;
	return from;
}

/* REQUEST_URI may be absolute (RFC 9112, 3.2.2); a fragment is never signed. */
static struct span
path_and_query(struct span url)
{
	struct span path = url;

	if (span_starts(url, "http://") || span_starts(url, "https://")) {
		size_t at = find(url, find(url, 0, ":") + 3, "/?#");

		path = (struct span){ url.p + at, url.n - at };
	}
	path.n = find(path, 0, "#");
	return path;
}

static struct url
url_split(struct span base, struct span request_url)
{
	struct url url = { .port = SPAN(""), .path = path_and_query(request_url) };
	size_t host = find(base, 0, ":") + 3, end, port;

	while (base.n > 0 && base.p[base.n - 1] == '/')
		base.n--;
	if (host > base.n)
		host = base.n;
	end = find(base, host, "/");
	/* Behind the brackets of an IPv6 address. */
	port = find(base, host < end && base.p[host] == '['
	        ? find(base, host, "]") : host, ":/");
	url.scheme = (struct span){ base.p, host };
	url.login = SPAN("");
	url.host = (struct span){ base.p + host, port - host };
	if (port < end)
		url.port = (struct span){ base.p + port, end - port };
	url.base = (struct span){ base.p + end, base.n - end };
	return url;
}

static struct sender_message
message(struct url url, const struct field *fields, size_t count,
    struct arena *arena)
{
	struct span *parts =
	    arena_alloc(arena, (URL_PARTS + 2 * count) * sizeof *parts);

	parts[0] = url.scheme;
	parts[1] = url.login;
	parts[2] = url.host;
	parts[3] = url.port;
	parts[4] = url.base;
	parts[5] = url.path;
	for (size_t i = 0; i < count; i++) {
		parts[URL_PARTS + 2 * i] = fields[i].name;
		parts[URL_PARTS + 2 * i + 1] = fields[i].value;
	}
	return (struct sender_message){ parts, URL_PARTS + 2 * count };
}

/* A name and password in the URL configured there come as a header, and are signed. */
static struct span
login_of(const struct request *request, struct arena *arena)
{
	struct span value = request_header(request, "authorization"), plain;

	if (value.n <= 6 || strncasecmp(value.p, "Basic ", 6) != 0 ||
	    !secret_base64_read(arena, (struct span){ value.p + 6, value.n - 6 }, &plain) ||
	    plain.n == 0)
		return SPAN("");
	return span_of(arena_printf(arena, "%.*s@", (int)plain.n, plain.p));
}

/* With and without its port. */
static size_t
messages_of(struct url url, const struct field *fields, size_t count, struct arena *arena,
    struct sender_message *messages)
{
	messages[0] = message(url, fields, count, arena);
	if (url.port.n > 0)
		url.port = SPAN("");
	else
		url.port = span_is(url.scheme, "http://") ? SPAN(":80") : SPAN(":443");
	messages[1] = message(url, fields, count, arena);
	return 2;
}

bool
sender_twilio(const struct request *request, struct span base_url,
    struct arena *arena, struct sender_message messages[SENDER_MESSAGES],
    size_t *count_r)
{
	struct url url = url_split(base_url, request->url);
	struct span hash = request_query(request, arena, "bodySHA256");
	struct span login = login_of(request, arena);
	struct field *fields = NULL;
	size_t field_count = 0, n = 0;
	bool covered = request->body.n == 0;

	if (is_form(request->content_type))
		covered = fields_read(request->body, arena, &fields, &field_count);
	else if (hash.p != NULL)
		covered = true;
	if (hash.p != NULL)
		covered &= body_matches(hash, request->body, arena);

	for (int shared = 0; shared < 2; shared++) {
		struct url variant = url;

		/* The server's path may begin with that of the base URL. */
		if (shared) {
			if (url.base.n == 0 || url.path.n <= url.base.n ||
			    memcmp(url.path.p, url.base.p, url.base.n) != 0 ||
			    url.path.p[url.base.n] != '/')
				break;
			variant.base = SPAN("");
		}
		n += messages_of(variant, fields, field_count, arena, messages + n);
		variant.login = login;
		if (login.n > 0)
			n += messages_of(variant, fields, field_count, arena, messages + n);
	}
	*count_r = n;
	return covered;
}
