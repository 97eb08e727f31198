/* SPDX-License-Identifier: ISC */
/* Words, as searches have them. */
#include "base/text.h"

#include <ctype.h>

#include <unictype.h>
#include <unistr.h>

/* What stands between words, within them, or is one by itself. */
enum part { BETWEEN, WITHIN, ALONE };

/* Of the character at the beginning; its length. Bytes that are no UTF-8 stand between. */
static size_t
take_character(struct span text, enum part *part_r)
{
	unsigned char first = (unsigned char)*text.p;
	uc_general_category_t word;
	ucs4_t code;
	int n;

	if (first < 0x80) {
		*part_r = isalnum(first) ? WITHIN : BETWEEN;
		return 1;
	}
	n = u8_mbtoucr(&code, (const uint8_t *)text.p, text.n);
	if (n <= 0) {
		*part_r = BETWEEN;
		return 1;
	}
	word = uc_general_category_or(UC_CATEGORY_L, uc_general_category_or(UC_CATEGORY_N,
	    UC_CATEGORY_M));
	*part_r = uc_is_property_ideographic(code) ? ALONE
	    : uc_is_general_category(code, word) ? WITHIN : BETWEEN;
	return (size_t)n;
}

bool
text_word(struct span *rest, struct span *word_r)
{
	struct span word = { rest->p, 0 };
	enum part part = BETWEEN;

	while (rest->n > 0 && part != ALONE) {
		size_t n = take_character(*rest, &part);

		if (part != WITHIN && word.n > 0)
			break;
		rest->p += n;
		rest->n -= n;
		if (part == BETWEEN)
			word.p = rest->p;
		else
			word.n += n;
	}
	*word_r = text_head(word, TEXT_WORD_MAX);
	return word.n > 0;
}
