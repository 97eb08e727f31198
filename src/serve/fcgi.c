/* SPDX-License-Identifier: ISC */
#include "serve/fcgi.h"

#include <stdio.h>
#include <string.h>

/* Of a stream: whole words, as receivers like them. */
#define PART_MAX ((size_t)FCGI_MAX_LENGTH / 8 * 8)

int
fcgi_take(struct span *bytes, struct fcgi_record *record_r)
{
	FCGI_Header header;
	size_t content, whole;

	if (bytes->n > 0 && bytes->p[0] != FCGI_VERSION_1)
		return -1;
	if (bytes->n < sizeof header)
		return 0;
	memcpy(&header, bytes->p, sizeof header);
	content = (size_t)header.contentLengthB1 << 8 | header.contentLengthB0;
	whole = sizeof header + content + header.paddingLength;
	if (bytes->n < whole)
		return 0;
	*record_r = (struct fcgi_record){ .type = header.type,
		.id = (unsigned)header.requestIdB1 << 8 | header.requestIdB0,
		.content = { bytes->p + sizeof header, content } };
	bytes->p += whole;
	bytes->n -= whole;
	return 1;
}

bool
fcgi_begin(struct span content, int *role_r, bool *keep_r)
{
	FCGI_BeginRequestBody body;

	if (content.n != sizeof body)
		return false;
	memcpy(&body, content.p, sizeof body);
	*role_r = body.roleB1 << 8 | body.roleB0;
	*keep_r = (body.flags & FCGI_KEEP_CONN) != 0;
	return true;
}

/* One byte, or four whose first bit is set. */
static bool
take_length(struct span *pairs, size_t *length_r)
{
	const unsigned char *p = (const unsigned char *)pairs->p;
	size_t size = pairs->n > 0 && p[0] >= 0x80 ? 4 : 1;

	if (pairs->n < size)
		return false;
	*length_r = size == 1 ? p[0]
	    : (size_t)(p[0] & 0x7f) << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	pairs->p += size;
	pairs->n -= size;
	return true;
}

int
fcgi_take_pair(struct span *pairs, struct span *name_r, struct span *value_r)
{
	size_t name, value;

	if (pairs->n == 0)
		return 0;
	if (!take_length(pairs, &name) || !take_length(pairs, &value) ||
	    name > pairs->n || value > pairs->n - name)
		return -1;
	*name_r = (struct span){ pairs->p, name };
	*value_r = (struct span){ pairs->p + name, value };
	pairs->p += name + value;
	pairs->n -= name + value;
	return 1;
}

char **
fcgi_environment(struct arena *arena, struct span pairs)
{
	struct span rest = pairs, name, value;
	size_t count = 0;
	char **env;
	int rc;

	while ((rc = fcgi_take_pair(&rest, &name, &value)) == 1)
		count++;
	if (rc < 0)
		return NULL;
	env = arena_alloc(arena, (count + 1) * sizeof *env);
	for (size_t i = 0; fcgi_take_pair(&pairs, &name, &value) == 1; i++)
		env[i] = arena_join(arena, name, SPAN("="), value);
	return env;
}

static void
put_record(struct buf *out, int type, unsigned id, const void *content, size_t n)
{
	FCGI_Header header = { .version = FCGI_VERSION_1, .type = (unsigned char)type,
		.requestIdB1 = (unsigned char)(id >> 8), .requestIdB0 = (unsigned char)id,
		.contentLengthB1 = (unsigned char)(n >> 8),
		.contentLengthB0 = (unsigned char)n };

	buf_put(out, &header, sizeof header);
	buf_put(out, content, n);
}

void
fcgi_put_stream(struct buf *out, int type, unsigned id, struct span bytes)
{
	size_t records = bytes.n / PART_MAX + 2;

	buf_room(out, bytes.n + records * sizeof(FCGI_Header));
	while (bytes.n > 0) {
		size_t n = bytes.n < PART_MAX ? bytes.n : PART_MAX;

		put_record(out, type, id, bytes.p, n);
		bytes.p += n;
		bytes.n -= n;
	}
	put_record(out, type, id, "", 0);
}

void
fcgi_put_end(struct buf *out, unsigned id, int protocol_status)
{
	FCGI_EndRequestBody body = { .protocolStatus = (unsigned char)protocol_status };

	put_record(out, FCGI_END_REQUEST, id, &body, sizeof body);
}

void
fcgi_put_unknown_type(struct buf *out, int type)
{
	FCGI_UnknownTypeBody body = { .type = (unsigned char)type };

	put_record(out, FCGI_UNKNOWN_TYPE, FCGI_NULL_REQUEST_ID, &body, sizeof body);
}

static bool
is_asked(struct span pairs, const char *wanted)
{
	struct span name, value;

	while (fcgi_take_pair(&pairs, &name, &value) == 1)
		if (span_is(name, wanted))
			return true;
	return false;
}

static void
put_value(struct buf *pairs, struct span asked, const char *name, int64_t value)
{
	char text[24];
	int n = snprintf(text, sizeof text, "%lld", (long long)value);

	if (!is_asked(asked, name))
		return;
	buf_putc(pairs, (char)strlen(name));
	buf_putc(pairs, (char)n);
	buf_puts(pairs, name);
	buf_puts(pairs, text);
}

void
fcgi_put_values(struct buf *out, struct span asked, int64_t connections)
{
	struct buf pairs = { 0 };

	put_value(&pairs, asked, FCGI_MAX_CONNS, connections);
	put_value(&pairs, asked, FCGI_MAX_REQS, connections);
	put_value(&pairs, asked, FCGI_MPXS_CONNS, 0);
	put_record(out, FCGI_GET_VALUES_RESULT, FCGI_NULL_REQUEST_ID, pairs.p, pairs.n);
	buf_free(&pairs);
}
