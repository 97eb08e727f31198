/* SPDX-License-Identifier: ISC */
/* Content-Encoding (RFC 9110, 8.4.1): what many senders' HTTP libraries can compress. */
#include "base/buf.h"
#include "base/text.h"
#include "http/body.h"

#include <zlib.h>

#define CHUNK 16384
#define WINDOW_MAX 15
#define WINDOW_GZIP_OR_ZLIB (WINDOW_MAX + 32) /* zlib looks at the first bytes */
#define WINDOW_RAW (-WINDOW_MAX)              /* what some take "deflate" for */

/* Z_OK when all of it was read; out may hold more than max by a chunk then, never more. */
static int
inflate_all(struct span body, int window, size_t max, struct buf *out)
{
	unsigned char chunk[CHUNK];
	z_stream stream = { .next_in = (z_const Bytef *)(uintptr_t)body.p,
		.avail_in = (uInt)body.n };
	int status = inflateInit2(&stream, window);

	while (status == Z_OK && out->n <= max) {
		stream.next_out = chunk;
		stream.avail_out = sizeof chunk;
		status = inflate(&stream, Z_NO_FLUSH);
		if (status == Z_OK || status == Z_STREAM_END)
			buf_put(out, (const char *)chunk, sizeof chunk - stream.avail_out);
		/* A gzip file may have several members. */
		if (status == Z_STREAM_END && stream.avail_in > 0)
			status = inflateReset(&stream);
		/* Neither input nor output: the end is missing. */
		else if (status == Z_OK && stream.avail_in == 0 && stream.avail_out > 0)
			status = Z_BUF_ERROR;
	}
	inflateEnd(&stream);
	return status == Z_STREAM_END ? Z_OK : out->n > max ? Z_OK : status;
}

static bool
is_one_of(struct span coding, const char *one, const char *other)
{
	return span_is_nocase(coding, one) || span_is_nocase(coding, other);
}

bool
body_inflate(struct arena *arena, struct span coding, struct span body, size_t max,
    struct span *out_r, struct error *error)
{
	struct buf out = { 0 };
	int status;

	coding = text_trim(coding);
	*out_r = body;
	if (is_one_of(coding, "", "identity"))
		return true;
	if (!is_one_of(coding, "gzip", "x-gzip") && !span_is_nocase(coding, "deflate"))
		return error_set(error, FAULT_UNSUPPORTED_MEDIA_TYPE, "The Content-Encoding %.*s is "
		    "not read; send the body as it is, or by gzip or deflate.",
		    (int)(coding.n > 60 ? 60 : coding.n), coding.p);
	status = inflate_all(body, WINDOW_GZIP_OR_ZLIB, max, &out);
	if (status == Z_DATA_ERROR && out.n == 0 && span_is_nocase(coding, "deflate"))
		status = inflate_all(body, WINDOW_RAW, max, &out);
	if (status == Z_OK && out.n <= max)
		*out_r = buf_keep(&out, arena);
	else if (status == Z_OK)
		error_set(error, FAULT_TOO_LARGE, "What the body holds, compressed by %.*s, is "
		    "larger than %zu bytes, the limit body_bytes of earshot.conf.", (int)coding.n,
		    coding.p, max);
	else
		error_set(error, FAULT_BAD_ENCODING, "The Content-Encoding says %.*s, but the "
		    "body is not that, or not all of it.", (int)coding.n, coding.p);
	buf_free(&out);
	return error->fault == FAULT_NONE;
}
