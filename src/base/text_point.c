/* SPDX-License-Identifier: ISC */
#include "base/text.h"

#include <unistr.h>
#include <uniwidth.h>

#define BYTES_BEFORE 50
#define BYTES_BEHIND 25

/* Columns of the character at p on a terminal; *length_r is its bytes. */
static size_t
columns_of(const char *p, size_t n, size_t *length_r)
{
	ucs4_t code;
	int length = u8_mbtouc(&code, (const uint8_t *)p, n);
	int width = uc_width(code, "UTF-8");

	*length_r = length > 0 ? (size_t)length : 1;
	return width >= 0 ? (size_t)width : 1;
}

/* The line around a place, cut where it is long. */
static struct span
line_around(struct span source, size_t at, size_t *start_r)
{
	size_t start = at, end = at;

	while (start > 0 && source.p[start - 1] != '\n' &&
	    at - start < BYTES_BEFORE)
		start--;
	while (end < source.n && source.p[end] != '\n' &&
	    end - at < BYTES_BEHIND)
		end++;
	/* Whole characters. */
	while (start < at && ((unsigned char)source.p[start] & 0xc0) == 0x80)
		start++;
	while (end < source.n && ((unsigned char)source.p[end] & 0xc0) == 0x80)
		end++;
	if (end > start && end > at && source.p[end - 1] == '\r')
		end--;
	*start_r = start;
	return (struct span){ source.p + start, end - start };
}

void
text_point(struct buf *out, struct span source, size_t at)
{
	size_t place = at < source.n ? at : source.n, start, length;
	struct span line = line_around(source, place, &start);
	struct buf caret = { 0 };

	if (start > 0 && source.p[start - 1] != '\n') {
		buf_puts(out, "…");
		buf_putc(&caret, ' ');
	}
	for (size_t i = 0; i < line.n; i += length) {
		const char *p = line.p + i;
		size_t columns = columns_of(p, line.n - i, &length);
		struct span character = { p, length };

		/* A tab is as wide below as above; the rest cannot move the cursor. */
		if (*p == '\t')
			buf_putc(out, '\t');
		else if (text_printable(character) && text_utf8(character))
			buf_span(out, character);
		else
			buf_putc(out, '?');
		for (size_t c = 0; start + i < place && c < columns; c++)
			buf_putc(&caret, *p == '\t' ? '\t' : ' ');
	}
	if (start + line.n < source.n && line.p[line.n] != '\n' &&
	    line.p[line.n] != '\r')
		buf_puts(out, "…");
	buf_putc(out, '\n');
	buf_span(out, buf_bytes(&caret));
	buf_puts(out, "^\n");
	buf_free(&caret);
}
