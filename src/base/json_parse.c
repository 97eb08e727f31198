/* SPDX-License-Identifier: ISC */
#include "base/json_parse.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <unistr.h>

/* Up to here every pair of keys is compared; above, they are sorted. */
#define KEYS_PAIRWISE 12
#define KEYS_AT_FIRST 64
#define ITEMS_AT_FIRST 4
/* Room for a shorter key, which json-c wants with an end. */
#define KEY_USUAL 64
/* json-c makes each object with room for 16 members. Where a body is nothing but small ones
 * that would be 800 bytes for each {}, and the time to touch them. */
#define FEW_MEMBERS 2
#define FEW_ROOM 4

struct key {
	struct span name; /* escapes resolved */
	const char *at;
};

struct scanner {
	const char *begin, *p, *end;
	struct arena *arena;
	struct error *error;
	const struct json_limits *limits;
	size_t structural;
	unsigned depth;
	/* Keys of all open objects, the innermost last. */
	struct key *keys;
	size_t key_count, key_size;
};

/* The value is the caller's, also what there is of it after a failure; null is NULL. */
static bool scan_value(struct scanner *s, struct json_object **value_r);

void *
json_got(void *p)
{
	if (p == NULL) {
		fputs("earshot: out of memory\n", stderr);
		abort();
	}
	return p;
}

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
too_many(struct scanner *s, const char *at, const char *what, size_t limit,
    const char *setting)
{
	size_t offset = (size_t)(at - s->begin);

	if (s->limits->settings)
		return error_set(s->error, FAULT_TOO_LARGE, "At offset %zu the JSON has more "
		    "than %zu %s: %s = %zu in earshot.conf is the limit.", offset, limit, what,
		    setting, limit);
	return error_set(s->error, FAULT_BAD_JSON,
	    "At offset %zu the JSON has more than %zu %s.", offset, limit, what);
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
		    s->limits->structural, "body_structural");
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

/* An integer of 64 bits with sign; -0 and those outside are to keep their text. */
static bool
is_int64(struct span text, int64_t *value_r)
{
	bool minus = text.p[0] == '-';
	struct span number = { text.p + minus, text.n - minus };
	const char *most = minus ? "9223372036854775808" : "9223372036854775807";
	uint64_t value = 0;

	if (minus && number.p[0] == '0')
		return false;
	if (number.n > 19 || (number.n == 19 && memcmp(number.p, most, 19) > 0))
		return false;
	for (size_t i = 0; i < number.n; i++)
		value = value * 10 + (uint64_t)(number.p[i] - '0');
	*value_r = minus ? (int64_t)(0 - value) : (int64_t)value;
	return true;
}

static struct json_object *
new_number(struct scanner *s, struct span text, bool integer)
{
	struct arena_mark mark = arena_mark(s->arena);
	struct json_object *number;
	int64_t value;
	char *copy;

	if (integer && is_int64(text, &value))
		return json_got(json_object_new_int64(value));
	copy = arena_string(s->arena, text);
	if (!span_is(text, "-0")) {
		number = json_got(json_object_new_double_s(strtod(copy, NULL), copy));
	} else {
		number = json_got(json_object_new_int64(0));
		json_object_set_serializer(number, json_object_userdata_to_json_string,
		    json_got(strdup(copy)), json_object_free_userdata);
	}
	arena_rewind(s->arena, mark);
	return number;
}

static bool
scan_number(struct scanner *s, struct json_object **value_r)
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
	*value_r = new_number(s, (struct span){ start, (size_t)(s->p - start) }, integer);
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

/* For json-c, whose lengths are int: the text was not longer. */
static struct json_object *
new_string(struct scanner *s, struct span text, bool escaped)
{
	struct arena_mark mark = arena_mark(s->arena);
	struct json_object *string;

	if (escaped)
		text = unescaped(s->arena, text);
	string = json_got(json_object_new_string_len(text.p, (int)text.n));
	arena_rewind(s->arena, mark);
	return string;
}

/* The value becomes the object's. Where the last of a name does not count, that the key is
 * new is found out at the object's end. */
static void
add_member(struct scanner *s, struct json_object *object, struct span key,
    struct json_object *value)
{
	struct arena_mark mark = arena_mark(s->arena);
	char usual[KEY_USUAL], *name = usual;

	if (key.n < sizeof usual) {
		memcpy(usual, key.p, key.n);
		/* cppcheck-suppress unreadVariable ; it is read as name */
		usual[key.n] = '\0';
	} else {
		name = arena_string(s->arena, key);
	}
	if (s->limits->last)
		json_object_object_del(object, name);
	if (json_object_object_add_ex(object, name, value, JSON_C_OBJECT_ADD_KEY_IS_NEW) != 0)
		json_got(NULL);
	arena_rewind(s->arena, mark);
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
		return too_many(s, s->p, "members in one object", s->limits->members,
		    "body_members");
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
	s->keys = arena_grow(s->arena, s->keys, s->key_count, &s->key_size, sizeof *s->keys);
	s->keys[s->key_count++] = key;
	return true;
}

/* By name, of one name in their order. */
static int
key_cmp(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int order = span_cmp(x->name, y->name);

	return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

static bool
key_again(struct scanner *s, const struct key *key)
{
	return error_set(s->error, FAULT_BAD_JSON,
	    "At offset %zu of the JSON a key stands a second time in its object.",
	    (size_t)(key->at - s->begin));
}

static bool
keys_differ(struct scanner *s, struct key *keys, size_t n)
{
	if (n > KEYS_PAIRWISE) {
		qsort(keys, n, sizeof *keys, key_cmp);
		for (size_t i = 1; i < n; i++)
			if (span_eq(keys[i - 1].name, keys[i].name))
				return key_again(s, &keys[i]);
		return true;
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			if (span_eq(keys[i].name, keys[j].name))
				return key_again(s, &keys[j]);
	return true;
}

static bool
deeper(struct scanner *s)
{
	if (++s->depth > s->limits->depth)
		return too_many(s, s->p, "levels of arrays and objects", s->limits->depth,
		    "body_depth");
	return structural(s);
}

static bool
scan_array(struct scanner *s, struct json_object **value_r)
{
	struct json_object *array, *item;
	bool good;

	if (!deeper(s))
		return false;
	array = *value_r = json_got(json_object_new_array_ext(ITEMS_AT_FIRST));
	skip_space(s);
	for (bool first = true; !at(s, ']'); first = false) {
		if (!first) {
			if (!at(s, ','))
				return expected(s, "a comma or ]");
			if (!structural(s))
				return false;
		}
		skip_space(s);
		item = NULL;
		good = scan_value(s, &item);
		if (json_object_array_add(array, item) != 0)
			json_got(NULL);
		if (!good)
			return false;
		skip_space(s);
	}
	/* Most are only read from now on. */
	json_object_array_shrink(array, 0);
	s->p++;
	s->depth--;
	return true;
}

static bool
scan_object(struct scanner *s, struct json_object **value_r)
{
	size_t base = s->key_count, members = 0;
	struct json_object *object, *value;
	bool good;

	if (!deeper(s))
		return false;
	object = *value_r = json_got(json_object_new_object());
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
		value = NULL;
		good = scan_value(s, &value);
		add_member(s, object, s->keys[base + members].name, value);
		if (!good)
			return false;
		skip_space(s);
	}
	if (members <= FEW_MEMBERS)
		(void)lh_table_resize(json_object_get_object(object), FEW_ROOM);
	s->p++;
	s->depth--;
	s->key_count = base;
	return s->limits->last || keys_differ(s, s->keys + base, members);
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
scan_value(struct scanner *s, struct json_object **value_r)
{
	struct span text;
	bool escaped;

	switch (s->p < s->end ? *s->p : '\0') {
	case '{':
		return scan_object(s, value_r);
	case '[':
		return scan_array(s, value_r);
	case '"':
		s->p++;
		if (!scan_string(s, &text, &escaped))
			return false;
		*value_r = new_string(s, text, escaped);
		return true;
	case 't':
		*value_r = json_got(json_object_new_boolean(1));
		return scan_word(s, SPAN("true"));
	case 'f':
		*value_r = json_got(json_object_new_boolean(0));
		return scan_word(s, SPAN("false"));
	case 'n':
		return scan_word(s, SPAN("null"));
	case '-':
	case '0': case '1': case '2': case '3': case '4':
	case '5': case '6': case '7': case '8': case '9':
		return scan_number(s, value_r);
	default:
		return expected(s, "a value");
	}
}

struct json_object *
json_parse(struct arena *arena, struct span text, const struct json_limits *limits,
    struct error *error)
{
	struct key keys[KEYS_AT_FIRST];
	struct scanner s = { .begin = text.p, .p = text.p, .end = text.p + text.n,
		.arena = arena, .error = error, .limits = limits,
		.keys = keys, .key_size = KEYS_AT_FIRST };
	struct arena_mark mark = arena_mark(arena);
	struct json_object *root = NULL;
	bool good;

	if (text.n > INT_MAX) {
		error_set(error, FAULT_BAD_JSON, "The JSON is too long.");
		return NULL;
	}
	if (text.n == 0) {
		error_set(error, FAULT_BAD_JSON, "The text is empty, JSON was expected.");
		return NULL;
	}
	if (span_starts(text, "\xef\xbb\xbf"))
		s.p += 3;
	skip_space(&s);
	good = scan_value(&s, &root);
	if (good) {
		skip_space(&s);
		good = s.p == s.end || expected(&s, "the end of the text");
	}
	if (good && root == NULL)
		error_set(error, FAULT_BAD_JSON, "The JSON is null and nothing else.");
	arena_rewind(arena, mark);
	if (good)
		return root;
	json_object_put(root);
	return NULL;
}
