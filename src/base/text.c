/* SPDX-License-Identifier: ISC */
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

/* RFC 5321 4.5.3.1, RFC 3696 erratum 1690, RFC 1035 2.3.4 */
#define EMAIL_MAX 254
#define EMAIL_LOCAL_MAX 64
#define HOST_LABEL_MAX 63
#define KEY_MAX 64
#define NAME_NEAR_MAX 40 /* bytes; longer names are like none */

struct span
text_cut(struct span *rest, char separator)
{
	struct span head = *rest;
	const char *end = rest->n > 0 ? memchr(rest->p, separator, rest->n) : NULL;

	if (end == NULL) {
		*rest = (struct span){ NULL, 0 };
		return head;
	}
	head.n = (size_t)(end - rest->p);
	rest->n -= head.n + 1;
	rest->p = end + 1;
	return head;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Of at most NAME_NEAR_MAX bytes each. */
static size_t
distance(struct span a, struct span b)
{
	size_t row[NAME_NEAR_MAX + 1];

	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 0; i < a.n; i++) {
		size_t diagonal = row[0]++;

		for (size_t j = 0; j < b.n; j++) {
			size_t least = diagonal + (lower(a.p[i]) != lower(b.p[j]));

			diagonal = row[j + 1];
			if (row[j] + 1 < least)
				least = row[j] + 1;
			if (diagonal + 1 < least)
				least = diagonal + 1;
			row[j + 1] = least;
		}
	}
	return row[b.n];
}

struct text_nearest
text_nearest_to(struct span wanted)
{
	return (struct text_nearest){ .wanted = wanted,
		.distance = wanted.n < 3 ? 2 : wanted.n / 3 + 2 };
}

void
text_nearest_try(struct text_nearest *nearest, struct span name)
{
	size_t d;

	if (nearest->wanted.n > NAME_NEAR_MAX || name.n > NAME_NEAR_MAX)
		return;
	d = distance(nearest->wanted, name);
	if (d < nearest->distance && d < name.n) {
		nearest->distance = d;
		nearest->found = name;
	}
}

struct span
text_head(struct span text, size_t max)
{
	size_t n = text.n < max ? text.n : max;

	while (n > 0 && n < text.n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	return (struct span){ text.p, n };
}

struct span
text_trim(struct span text)
{
	while (text.n > 0 && (text.p[0] == ' ' || text.p[0] == '\t')) {
		text.p++;
		text.n--;
	}
	while (text.n > 0 && (text.p[text.n - 1] == ' ' || text.p[text.n - 1] == '\t'))
		text.n--;
	return text;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* c is one of the set; NUL never is. */
static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* Length of the UTF-8 character at text.p[i]; 0 if there is none. */
static size_t
character(struct span text, size_t i, ucs4_t *code_r)
{
	int n = u8_mbtoucr(code_r, (const uint8_t *)text.p + i, text.n - i);

	return n > 0 ? (size_t)n : 0;
}

bool
text_unsigned(struct span text, uint64_t max, uint64_t *value_r)
{
	uint64_t value = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (!is_digit(text.p[i]) ||
		    __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, text.p[i] - '0', &value) ||
		    value > max)
			return false;
	}
	if (text.n == 0)
		return false;
	*value_r = value;
	return true;
}

bool
text_integer(struct span text, int64_t *value_r)
{
	bool negative = text.n > 0 && text.p[0] == '-';
	uint64_t max = (uint64_t)INT64_MAX + negative, value;

	if (text.n > 0 && is_one_of(text.p[0], "+-")) {
		text.p++;
		text.n--;
	}
	if (!text_unsigned(text, max, &value))
		return false;
	*value_r = (int64_t)(negative ? 0 - value : value);
	return true;
}

bool
text_boolean(struct span text, bool *value_r)
{
	*value_r = span_is_nocase(text, "true");
	return *value_r || span_is_nocase(text, "false");
}

static bool
is_blank(ucs4_t c)
{
	return uc_is_property_white_space(c) || c == 0x200b || c == 0xfeff;
}

struct span
text_strip(struct span text)
{
	const uint8_t *p = (const uint8_t *)text.p, *end = p + text.n, *last;
	ucs4_t c;

	while (p < end && u8_next(&c, p) != NULL && is_blank(c))
		p = u8_next(&c, p);
	while (p < end && (last = u8_prev(&c, end, p)) != NULL && is_blank(c))
		end = last;
	return (struct span){ (const char *)p, (size_t)(end - p) };
}

/* Bytes that begin a character. */
static bool
begins(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

size_t
text_characters(struct span text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += begins(text.p[i]);
	return n;
}

struct span
text_first(struct span text, size_t characters)
{
	size_t i = 0;

	for (; i < text.n && (!begins(text.p[i]) || characters > 0); i++)
		characters -= begins(text.p[i]);
	return (struct span){ text.p, i };
}

bool
text_utf8(struct span text)
{
	return text_utf8_length(text) == text.n;
}

size_t
text_utf8_length(struct span text)
{
	const uint8_t *bad;
	uint64_t bytes;
	size_t ascii = 0;

	/* Most of it, and eight at a time. */
	for (; text.n - ascii >= sizeof bytes; ascii += sizeof bytes) {
		memcpy(&bytes, text.p + ascii, sizeof bytes);
		if (bytes & UINT64_MAX / 255 << 7)
			break;
	}
	if (ascii == text.n)
		return text.n;
	bad = u8_check((const uint8_t *)text.p + ascii, text.n - ascii);
	return bad == NULL ? text.n : (size_t)((const char *)bad - text.p);
}

static bool
is_control(ucs4_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

bool
text_has_nul(struct span text)
{
	return text.n > 0 && memchr(text.p, '\0', text.n) != NULL;
}

bool
text_printable(struct span text)
{
	ucs4_t code;
	size_t n;

	for (size_t i = 0; i < text.n; i += n) {
		n = character(text, i, &code);
		if (n == 0 || is_control(code))
			return false;
	}
	return true;
}

/* Letters, marks, digits and the two dots that IDNA lets into a label. */
static bool
is_host_character(ucs4_t code)
{
	return uc_is_general_category(code, UC_LETTER) ||
	    uc_is_general_category(code, UC_MARK) ||
	    uc_is_general_category(code, UC_DECIMAL_DIGIT_NUMBER) ||
	    code == 0xb7 || code == 0x30fb;
}

/* Spaces and whatever is invisible could make one address look like another. */
static bool
is_local_character(ucs4_t code)
{
	return !uc_is_general_category(code, UC_OTHER) &&
	    !uc_is_general_category(code, UC_SEPARATOR);
}

/* Every character is alphanumeric ASCII, in the set, or beyond and allowed. */
static bool
consists_of(struct span text, const char *set, bool (*beyond)(ucs4_t))
{
	ucs4_t code;
	size_t n;

	for (size_t i = 0; i < text.n; i += n) {
		n = character(text, i, &code);
		if (n == 0 || (n > 1 && !beyond(code)))
			return false;
		if (n == 1 && !is_alnum(text.p[i]) && !is_one_of(text.p[i], set))
			return false;
	}
	return true;
}

/* Cuts what stands before the next dot, or all the rest, off the text. */
static struct span
cut_label(struct span *text)
{
	const char *dot = memchr(text->p, '.', text->n);
	struct span label = *text;

	if (dot == NULL) {
		*text = (struct span){ NULL, 0 };
		return label;
	}
	label.n = (size_t)(dot - text->p);
	*text = (struct span){ dot + 1, text->n - label.n - 1 };
	return label;
}

static bool
is_local_part(struct span text)
{
	if (text.n == 0 || text.n > EMAIL_LOCAL_MAX)
		return false;
	while (text.p != NULL) {
		struct span atom = cut_label(&text);

		if (atom.n == 0 || !consists_of(atom, "!#$%&'*+-/=?^_`{|}~",
		    is_local_character))
			return false;
	}
	return true;
}

static bool
is_host_name(struct span text)
{
	struct span label = text;
	uint64_t number;

	if (text.n == 0)
		return false;
	while (text.p != NULL) {
		label = cut_label(&text);
		if (label.n == 0 || label.n > HOST_LABEL_MAX ||
		    label.p[0] == '-' || label.p[label.n - 1] == '-' ||
		    !consists_of(label, "-", is_host_character))
			return false;
	}
	/* A number at the end is half an IPv4 address, not a host. */
	return !text_unsigned(label, UINT64_MAX, &number);
}

bool
text_email(struct span text)
{
	const char *at = text.n == 0 ? NULL : memchr(text.p, '@', text.n);
	struct span local, host;

	if (at == NULL || text.n > EMAIL_MAX)
		return false;
	local = (struct span){ text.p, (size_t)(at - text.p) };
	host = (struct span){ at + 1, text.n - local.n - 1 };
	return is_local_part(local) && is_host_name(host);
}

static struct span
fold_ascii(struct arena *arena, struct span text)
{
	char *copy = arena_string(arena, text);

	for (size_t i = 0; i < text.n; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] - 'A' + 'a');
	return (struct span){ copy, text.n };
}

/* Unicode has nothing to say about it. */
static bool
is_plain(struct span text)
{
	size_t i = 0;

	while (i < text.n && (unsigned char)text.p[i] < 0x80)
		i++;
	return i == text.n || !text_utf8(text);
}

/* Of what libunistring has allocated; it was valid, so NULL is want of memory. */
static struct span
keep(struct arena *arena, uint8_t *bytes, size_t n)
{
	struct span kept;

	if (bytes == NULL)
		abort();
	kept = arena_copy(arena, (struct span){ (const char *)bytes, n });
	free(bytes);
	return kept;
}

struct span
text_fold(struct arena *arena, struct span text)
{
	uint8_t *lower, *end, *folded;
	size_t n = 0;
	ucs4_t code;

	if (is_plain(text))
		return fold_ascii(arena, text);
	/* In lower case a character of 2 bytes may have 3. */
	lower = end = arena_alloc(arena, 2 * text.n);
	for (size_t i = 0; i < text.n;) {
		i += character(text, i, &code);
		/* "İ" would become "i", which is another letter. */
		code = code == 0x130 ? code : uc_tolower(code);
		end += u8_uctomb(end, code, 6);
	}
	folded = u8_normalize(UNINORM_NFC, lower, (size_t)(end - lower), NULL, &n);
	return keep(arena, folded, n);
}

struct span
text_fold_full(struct arena *arena, struct span text)
{
	uint8_t *folded;
	size_t n = 0;

	if (is_plain(text))
		return fold_ascii(arena, text);
	folded = u8_casefold((const uint8_t *)text.p, text.n, NULL, UNINORM_NFC, NULL, &n);
	return keep(arena, folded, n);
}

bool
text_key(struct span text)
{
	if (text.n == 0 || text.n > KEY_MAX || is_one_of(text.p[0], "._-"))
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (!is_digit(text.p[i]) && !is_one_of(text.p[i], "._-") &&
		    !(text.p[i] >= 'a' && text.p[i] <= 'z'))
			return false;
	return true;
}

static int
hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool
text_percent_decode(struct arena *arena, struct span text, bool plus_is_space,
    struct span *out_r)
{
	char *out = arena_string(arena, text);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '%') {
			int high = text.n - i > 2 ? hex_digit(text.p[i + 1]) : -1;
			int low = high >= 0 ? hex_digit(text.p[i + 2]) : -1;

			if (low < 0)
				return false;
			c = (char)(high * 16 + low);
			i += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		out[n++] = c;
	}
	out[n] = '\0';
	*out_r = (struct span){ out, n };
	return true;
}

void
text_percent_encode(struct buf *out, struct span text)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.n; i++) {
		unsigned char byte = (unsigned char)text.p[i];

		if (is_alnum(text.p[i]) || is_one_of(text.p[i], "-._~")) {
			buf_putc(out, text.p[i]);
			continue;
		}
		buf_putc(out, '%');
		buf_putc(out, digits[byte >> 4]);
		buf_putc(out, digits[byte & 15]);
	}
}

/* Controls, what breaks or reverses a line on a terminal, and what looks like nothing or
 * like a space: but for the joiners that scripts and emoji are written with. */
static bool
is_unshowable(ucs4_t code)
{
	return is_control(code) || (code >= 0x2028 && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069) || code == 0xad || code == 0x200b ||
	    code == 0x200e || code == 0x200f || (code >= 0x2060 && code <= 0x2064) ||
	    code == 0xfeff || (code >= 0x80 && uc_is_property_white_space(code));
}

void
text_visible(struct buf *out, struct span text)
{
	ucs4_t code;
	size_t shown = 0, n;

	for (size_t i = 0; i < text.n; i += n) {
		n = 1;
		if (text.p[i] >= ' ' && text.p[i] <= '~')
			continue;
		n = character(text, i, &code);
		if (n > 0 && !is_unshowable(code))
			continue;
		n = n > 0 ? n : 1;
		buf_put(out, text.p + shown, i - shown);
		for (size_t k = 0; k < n; k++)
			buf_printf(out, "\\x%02x", (unsigned char)text.p[i + k]);
		shown = i + n;
	}
	if (text.n > shown)
		buf_put(out, text.p + shown, text.n - shown);
}
