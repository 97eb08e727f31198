/* SPDX-License-Identifier: ISC */
#include "base/json_parse.h"

#include <stdlib.h>
#include <string.h>

#include <unistr.h>

/* Up to here every pair of keys is compared; above, they are sorted. */
#define KEYS_PAIRWISE 12
#define KEYS_AT_FIRST 64

struct key {
	struct span name; /* escapes resolved */
	const char *at;
};

struct scanner {
	const char *begin, *p, *end;
	struct arena *arena;
	struct error *error;
	const struct json_limits *limits;
	struct json_scan *result;
	size_t structural;
	size_t numbers;
	unsigned depth;
	size_t oddity_size;
	/* Keys of all open objects, the innermost last. */
	struct key *keys;
	size_t key_count, key_size;
};

static bool scan_value(struct scanner *s);

/* Word processors put other quotation marks and spaces than JSON has. */
static bool
expected_ascii(struct scanner *s, const char *what, size_t offset)
{
	static const ucs4_t quotes[] = { 0x2018, 0x2019, 0x201a, 0x201b, 0x201c, 0x201d, 0x201e,
		0x201f, 0xab, 0xbb, 0x2039, 0x203a, 0xff02 };
	ucs4_t c;
	int n = u8_mbtouc(&c, (const uint8_t *)s->p, (size_t)(s->end - s->p));
	const char *advice = c == 0xa0 ? "; it is a space that does not break: write a common one"
	    : "";

	for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++)
		if (c == quotes[i])
			advice = "; JSON has straight quotation marks (\") only";
	return error_set(s->error, FAULT_BAD_JSON,
	    "At offset %zu of the JSON %s was expected, not '%.*s' (U+%04X)%s.", offset, what,
	    c == 0xa0 ? 1 : n, c == 0xa0 ? " " : s->p, (unsigned)c, advice);
}

static bool
expected(struct scanner *s, const char *what)
{
	size_t offset = (size_t)(s->p - s->begin);

	if (s->p == s->end)
		return error_set(s->error, FAULT_BAD_JSON,
		    "The JSON ends at offset %zu, where %s was expected.", offset, what);
	if (*s->p > ' ' && *s->p < 0x7f)
		return error_set(s->error, FAULT_BAD_JSON,
		    "At offset %zu of the JSON %s was expected, not '%c'.", offset, what,
		    *s->p);
	if ((unsigned char)*s->p >= 0x80)
		return expected_ascii(s, what, offset);
	return error_set(s->error, FAULT_BAD_JSON,
	    "At offset %zu of the JSON %s was expected, not the byte 0x%02x.", offset, what,
	    (unsigned char)*s->p);
}

static bool
too_many(struct scanner *s, const char *at, const char *what, size_t limit)
{
	return error_set(s->error, FAULT_BAD_JSON,
	    "At offset %zu the JSON has more than %zu %s.", (size_t)(at - s->begin), limit,
	    what);
}

/* Twice the room for an array whose old place is left to the arena. */
static void *
grown(struct arena *arena, const void *old, size_t *size, size_t item)
{
	size_t room = *size == 0 ? 8 : *size * 2;
	void *new = arena_alloc(arena, room * item);

	if (*size > 0)
		memcpy(new, old, *size * item);
	*size = room;
	return new;
}

static void
skip_space(struct scanner *s)
{
	while (s->p < s->end &&
	    (*s->p == ' ' || *s->p == '\n' || *s->p == '\t' || *s->p == '\r'))
		s->p++;
}

static bool
at(const struct scanner *s, char c)
{
	return s->p < s->end && *s->p == c;
}

/* Counts a byte that makes json-c allocate, and steps over it. */
static bool
structural(struct scanner *s)
{
	if (++s->structural > s->limits->structural)
		return too_many(s, s->p, "brackets, commas and colons",
		    s->limits->structural);
	s->p++;
	return true;
}

static bool
is_digit(const struct scanner *s)
{
	return s->p < s->end && *s->p >= '0' && *s->p <= '9';
}

static bool
digits(struct scanner *s)
{
	if (!is_digit(s))
		return expected(s, "a digit");
	while (is_digit(s))
		s->p++;
	return true;
}

/* Whether json-c cannot keep this integer: see struct json_oddity. */
static bool
integer_is_odd(struct span text)
{
	bool minus = text.p[0] == '-';
	struct span number = { text.p + minus, text.n - minus };
	const char *most = minus ? "9223372036854775808" : "9223372036854775807";

	if (number.n < 19)
		return minus && number.p[0] == '0';
	return number.n > 19 || memcmp(number.p, most, 19) > 0;
}

static void
note_oddity(struct scanner *s, struct span text)
{
	struct json_scan *r = s->result;

	if (r->oddity_count == s->oddity_size)
		r->oddities = grown(s->arena, r->oddities, &s->oddity_size,
		    sizeof *r->oddities);
	r->oddities[r->oddity_count++] = (struct json_oddity){ s->numbers, text };
}

static bool
scan_number(struct scanner *s)
{
	const char *start = s->p;
	bool integer = true;

	if (at(s, '-'))
		s->p++;
	if (at(s, '0')) {
		s->p++;
		if (is_digit(s))
			return expected(s, "no digit after a leading zero");
	} else if (!digits(s))
		return false;
	if (at(s, '.')) {
		integer = false;
		s->p++;
		if (!digits(s))
			return false;
	}
	if (at(s, 'e') || at(s, 'E')) {
		integer = false;
		s->p++;
		if (at(s, '+') || at(s, '-'))
			s->p++;
		if (!digits(s))
			return false;
	}
	if (integer) {
		struct span text = { start, (size_t)(s->p - start) };

		if (integer_is_odd(text))
			note_oddity(s, text);
	}
	s->numbers++;
	return true;
}

/* The value of four hexadecimal digits at p, or -1. */
static int
hex4(const char *p, const char *end)
{
	int value = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = p[i];
		int digit = c >= '0' && c <= '9' ? c - '0'
		    : c >= 'a' && c <= 'f'   ? c - 'a' + 10
		    : c >= 'A' && c <= 'F'   ? c - 'A' + 10
		                             : -1;

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

/* p stands behind \u; an escaped pair of surrogates is one character. */
static bool
scan_unicode(struct scanner *s)
{
	const char *escape = s->p - 2;
	int first = hex4(s->p, s->end), second;

	if (first < 0)
		return expected(s, "four hexadecimal digits after \\u");
	s->p += 4;
	if (first < 0xd800 || first > 0xdfff)
		return true;
	second = s->end - s->p >= 6 && s->p[0] == '\\' && s->p[1] == 'u'
	    ? hex4(s->p + 2, s->end)
	    : -1;
	if (first > 0xdbff || second < 0xdc00 || second > 0xdfff)
		return error_set(s->error, FAULT_BAD_ENCODING,
		    "At offset %zu of the JSON stands half of a surrogate pair, which is "
		    "no character.", (size_t)(escape - s->begin));
	s->p += 6;
	return true;
}

/* p stands behind the opening quote; text_r is what is between the quotes. */
static bool
scan_string(struct scanner *s, struct span *text_r, bool *escaped_r)
{
	const char *start = s->p;

	*escaped_r = false;
	for (;;) {
		s->p += span_plain((struct span){ s->p, (size_t)(s->end - s->p) });
		while (s->p < s->end && (unsigned char)*s->p >= ' ' && *s->p != '"' &&
		    *s->p != '\\')
			s->p++;
		if (s->p == s->end)
			return expected(s, "the quote that ends a string");
		if (*s->p == '"')
			break;
		if (*s->p != '\\')
			return expected(s, "an escape such as \\n for a control character");
		*escaped_r = true;
		s->p++;
		if (s->p == s->end || *s->p == '\0' || strchr("\"\\/bfnrtu", *s->p) == NULL)
			return expected(s, "one of \" \\ / b f n r t u");
		s->p++;
		if (s->p[-1] == 'u' && !scan_unicode(s))
			return false;
	}
	*text_r = (struct span){ start, (size_t)(s->p - start) };
	s->p++;
	return true;
}

/* The bytes of a string whose escapes were found to be well-formed. */
static struct span
unescaped(struct arena *arena, struct span text)
{
	const char *p = text.p, *end = text.p + text.n;
	char *out = arena_string(arena, text); /* never longer than its escapes */
	size_t n = 0;

	while (p < end) {
		static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
		const char *plain;
		ucs4_t c;

		if (*p != '\\') {
			out[n++] = *p++;
			continue;
		}
		if (p[1] != 'u') {
			plain = strchr(from, p[1]);
			out[n++] = plain != NULL ? to[plain - from] : p[1];
			p += 2;
			continue;
		}
		c = (ucs4_t)hex4(p + 2, end);
		p += 6;
		if (c >= 0xd800 && c <= 0xdbff) {
			c = 0x10000 + ((c - 0xd800) << 10) +
			    ((ucs4_t)hex4(p + 2, end) - 0xdc00);
			p += 6;
		}
		n += (size_t)u8_uctomb((uint8_t *)out + n, c, 6);
	}
	return (struct span){ out, n };
}

static bool
scan_key(struct scanner *s, size_t members)
{
	struct key key = { .at = s->p };
	bool escaped;

	if (!at(s, '"'))
		return expected(s, members == 0 ? "a key in double quotes or }"
		                                : "a key in double quotes");
	if (members == s->limits->members)
		return too_many(s, s->p, "members in one object", s->limits->members);
	s->p++;
	if (!scan_string(s, &key.name, &escaped))
		return false;
	if (escaped) {
		key.name = unescaped(s->arena, key.name);
		/* json-c would cut the key here, and two keys could become one. */
		if (memchr(key.name.p, '\0', key.name.n) != NULL)
			return error_set(s->error, FAULT_BAD_JSON,
			    "At offset %zu of the JSON a key contains \\u0000; keys may not.",
			    (size_t)(key.at - s->begin));
	}
	if (s->key_count == s->key_size)
		s->keys = grown(s->arena, s->keys, &s->key_size, sizeof *s->keys);
	s->keys[s->key_count++] = key;
	return true;
}

static int
key_cmp(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	return span_cmp(x->name, y->name);
}

static bool
keys_differ(struct scanner *s, struct key *keys, size_t n)
{
	const struct key *a = NULL, *b = NULL;

	if (n <= KEYS_PAIRWISE) {
		for (size_t i = 1; i < n && a == NULL; i++)
			for (size_t j = 0; j < i; j++)
				if (span_eq(keys[i].name, keys[j].name)) {
					a = &keys[j];
					b = &keys[i];
				}
	} else {
		qsort(keys, n, sizeof *keys, key_cmp);
		for (size_t i = 1; i < n && a == NULL; i++)
			if (key_cmp(&keys[i - 1], &keys[i]) == 0) {
				a = &keys[i - 1];
				b = &keys[i];
			}
	}
	if (a == NULL)
		return true;
	return error_set(s->error, FAULT_BAD_JSON,
	    "At offset %zu of the JSON a key stands a second time in its object.",
	    (size_t)((a->at > b->at ? a->at : b->at) - s->begin));
}

static bool
deeper(struct scanner *s)
{
	if (++s->depth > s->limits->depth)
		return too_many(s, s->p, "levels of arrays and objects", s->limits->depth);
	if (s->depth > s->result->depth)
		s->result->depth = s->depth;
	return structural(s);
}

static bool
scan_array(struct scanner *s)
{
	if (!deeper(s))
		return false;
	skip_space(s);
	for (bool first = true; !at(s, ']'); first = false) {
		if (!first) {
			if (!at(s, ','))
				return expected(s, "a comma or ]");
			if (!structural(s))
				return false;
		}
		skip_space(s);
		if (!scan_value(s))
			return false;
		skip_space(s);
	}
	s->p++;
	s->depth--;
	return true;
}

static bool
scan_object(struct scanner *s)
{
	size_t base = s->key_count, members = 0;

	if (!deeper(s))
		return false;
	skip_space(s);
	for (; !at(s, '}'); members++) {
		if (members > 0) {
			if (!at(s, ','))
				return expected(s, "a comma or }");
			if (!structural(s))
				return false;
			skip_space(s);
		}
		if (!scan_key(s, members))
			return false;
		skip_space(s);
		if (!at(s, ':'))
			return expected(s, "a colon");
		if (!structural(s))
			return false;
		skip_space(s);
		if (!scan_value(s))
			return false;
		skip_space(s);
	}
	s->p++;
	s->depth--;
	s->key_count = base;
	return keys_differ(s, s->keys + base, members);
}

static bool
scan_word(struct scanner *s, struct span word)
{
	for (size_t i = 0; i < word.n; i++, s->p++)
		if (!at(s, word.p[i]))
			return expected(s, "true, false or null");
	return true;
}

/* Recursion ends at the limit of depth. */
static bool
scan_value(struct scanner *s)
{
	struct span text;
	bool escaped;

	switch (s->p < s->end ? *s->p : '\0') {
	case '{':
		return scan_object(s);
	case '[':
		return scan_array(s);
	case '"':
		s->p++;
		return scan_string(s, &text, &escaped);
	case 't':
		return scan_word(s, SPAN("true"));
	case 'f':
		return scan_word(s, SPAN("false"));
	case 'n':
		return scan_word(s, SPAN("null"));
	case '-':
	case '0': case '1': case '2': case '3': case '4':
	case '5': case '6': case '7': case '8': case '9':
		return scan_number(s);
	default:
		return expected(s, "a value");
	}
}

bool
json_scan(struct arena *arena, struct span text, const struct json_limits *limits,
    struct json_scan *scan_r, struct error *error)
{
	struct key keys[KEYS_AT_FIRST];
	struct scanner s = { .begin = text.p, .p = text.p, .end = text.p + text.n,
		.arena = arena, .error = error, .limits = limits, .result = scan_r,
		.keys = keys, .key_size = KEYS_AT_FIRST };
	const char *start;

	*scan_r = (struct json_scan){ 0 };
	if (span_starts(text, "\xef\xbb\xbf"))
		s.p += 3;
	skip_space(&s);
	start = s.p;
	if (!scan_value(&s))
		return false;
	scan_r->value = (struct span){ start, (size_t)(s.p - start) };
	skip_space(&s);
	return s.p == s.end || expected(&s, "the end of the text");
}
