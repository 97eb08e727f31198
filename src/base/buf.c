/* SPDX-License-Identifier: ISC */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistr.h>

char *
buf_room(struct buf *buf, size_t n)
{
	if (buf->size - buf->n < n) {
		size_t size = buf->size < 256 ? 256 : buf->size;

		if (n > SIZE_MAX / 4 || buf->n > SIZE_MAX / 4)
			abort();
		while (size - buf->n < n)
			size *= 2;
		buf->p = realloc(buf->p, size);
		if (buf->p == NULL) {
			fputs("earshot: out of memory\n", stderr);
			abort();
		}
		buf->size = size;
	}
	return buf->p + buf->n;
}

void
buf_put(struct buf *buf, const void *bytes, size_t n)
{
	if (n == 0)
		return;
	memcpy(buf_room(buf, n), bytes, n);
	buf->n += n;
}

void
buf_puts(struct buf *buf, const char *s)
{
	buf_put(buf, s, strlen(s));
}

void
buf_putc(struct buf *buf, char c)
{
	*buf_room(buf, 1) = c;
	buf->n++;
}

void
buf_span(struct buf *buf, struct span bytes)
{
	buf_put(buf, bytes.p, bytes.n);
}

void
buf_int(struct buf *buf, int64_t value)
{
	char digits[24], *p = digits + sizeof digits;
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do
		*--p = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (value < 0)
		*--p = '-';
	buf_put(buf, p, (size_t)(digits + sizeof digits - p));
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	size_t room;
	int n;

	buf_room(buf, 128);
	room = buf->size - buf->n;
	va_start(args, format);
	n = vsnprintf(buf->p + buf->n, room, format, args);
	va_end(args);
	if (n < 0)
		return;
	if ((size_t)n >= room) {
		buf_room(buf, (size_t)n + 1);
		va_start(args, format);
		vsnprintf(buf->p + buf->n, (size_t)n + 1, format, args);
		va_end(args);
	}
	buf->n += (size_t)n;
}

void
buf_shift(struct buf *buf, size_t n)
{
	if (n >= buf->n) {
		buf->n = 0;
		return;
	}
	memmove(buf->p, buf->p + n, buf->n - n);
	buf->n -= n;
}

struct span
buf_bytes(const struct buf *buf)
{
	return (struct span){ buf->p, buf->n };
}

void
buf_free(struct buf *buf)
{
	free(buf->p);
	*buf = (struct buf){ 0 };
}

struct jsonout
json_to(struct buf *buf)
{
	return (struct jsonout){ buf, false };
}

static void
value_begins(struct jsonout *out)
{
	if (out->comma)
		buf_putc(out->buf, ',');
	out->comma = true;
}

void
json_open(struct jsonout *out, char bracket)
{
	value_begins(out);
	buf_putc(out->buf, bracket);
	out->comma = false;
}

void
json_close(struct jsonout *out, char bracket)
{
	buf_putc(out->buf, bracket);
	out->comma = true;
}

void
json_key_span(struct jsonout *out, struct span key)
{
	value_begins(out);
	buf_json_string(out->buf, key);
	buf_putc(out->buf, ':');
	out->comma = false;
}

void
json_key(struct jsonout *out, const char *key)
{
	size_t n = strlen(key);
	char *p;

	value_begins(out);
	p = buf_room(out->buf, n + 3);
	*p++ = '"';
	memcpy(p, key, n);
	memcpy(p + n, "\":", 2);
	out->buf->n += n + 3;
	out->comma = false;
}

void
json_text(struct jsonout *out, struct span text)
{
	value_begins(out);
	buf_json_string(out->buf, text);
}

void
json_int(struct jsonout *out, int64_t value)
{
	value_begins(out);
	buf_int(out->buf, value);
}

void
json_boolean(struct jsonout *out, bool value)
{
	value_begins(out);
	buf_puts(out->buf, value ? "true" : "false");
}

void
json_null(struct jsonout *out)
{
	value_begins(out);
	buf_puts(out->buf, "null");
}

void
json_raw(struct jsonout *out, struct span json)
{
	value_begins(out);
	buf_span(out->buf, json);
}

void
json_member(struct jsonout *out, const char *key, struct span text)
{
	json_key(out, key);
	json_text(out, text);
}

/* Length of the valid UTF-8 character at p, 0 if there is none. */
static size_t
character(const unsigned char *p, size_t n)
{
	ucs4_t code;
	int length = u8_mbtoucr(&code, p, n);

	return length > 0 ? (size_t)length : 0;
}

static void
put_escaped(struct buf *buf, unsigned char c)
{
	static const char escapes[] = "\bb\ff\nn\rr\tt\"\"\\\\";
	const char *escape;

	for (escape = escapes; *escape != '\0' && *escape != (char)c;)
		escape += 2;
	if (c >= 0x80)
		buf_puts(buf, "\xef\xbf\xbd");
	else if (*escape != '\0')
		buf_printf(buf, "\\%c", escape[1]);
	else
		buf_printf(buf, "\\u%04x", c);
}

void
buf_json_string(struct buf *buf, struct span text)
{
	const unsigned char *p = (const unsigned char *)text.p;
	size_t i = 0, plain = 0, length;

	buf_room(buf, text.n + 2);
	buf->p[buf->n++] = '"';
	while (i < text.n) {
		i += span_plain((struct span){ text.p + i, text.n - i });
		if (i == text.n)
			break;
		if (p[i] >= 0x80 && (length = character(p + i, text.n - i)) > 0) {
			i += length;
			continue;
		}
		buf_put(buf, p + plain, i - plain);
		put_escaped(buf, p[i]);
		plain = ++i;
	}
	if (text.n > plain)
		buf_put(buf, p + plain, text.n - plain);
	buf_putc(buf, '"');
}
