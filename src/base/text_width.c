/* SPDX-License-Identifier: ISC */
#include "base/text.h"

#include <unigbrk.h>
#include <uniwidth.h>

unsigned
text_width(struct span text)
{
	int width = u8_width((const uint8_t *)text.p, text.n, "UTF-8");

	return width > 0 ? (unsigned)width : 0;
}

struct span
text_fit(struct span text, unsigned columns)
{
	const uint8_t *p = (const uint8_t *)text.p, *end = p + text.n, *next;
	unsigned used = 0;

	while (p < end && (next = u8_grapheme_next(p, end)) != NULL) {
		used += text_width((struct span){ (const char *)p, (size_t)(next - p) });
		if (used > columns)
			break;
		p = next;
	}
	return (struct span){ text.p, (size_t)(p - (const uint8_t *)text.p) };
}
