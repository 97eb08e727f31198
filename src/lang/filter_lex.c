/* SPDX-License-Identifier: ISC */
#include "lang/filter_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistr.h>

static const struct sign {
	enum filter_sign sign;
	const char *text;
} signs[] = {
	/* Longer ones first. */
	{ FILTER_SIGN_EQ, "==" }, { FILTER_SIGN_NE, "!=" },
	{ FILTER_SIGN_LE, "<=" }, { FILTER_SIGN_GE, ">=" },
	{ FILTER_SIGN_AND, "&&" }, { FILTER_SIGN_OR, "||" },
	{ FILTER_SIGN_LT, "<" }, { FILTER_SIGN_GT, ">" },
	{ FILTER_SIGN_NOT, "!" },
	{ FILTER_SIGN_PLUS, "+" }, { FILTER_SIGN_MINUS, "-" },
	{ FILTER_SIGN_OPEN, "(" }, { FILTER_SIGN_CLOSE, ")" },
	{ FILTER_SIGN_OPEN_LIST, "[" }, { FILTER_SIGN_CLOSE_LIST, "]" },
	{ FILTER_SIGN_COMMA, "," }, { FILTER_SIGN_DOT, "." },
	{ FILTER_SIGN_IN, "in" }, /* read as a name */
};
#define SIGN_COUNT (sizeof signs / sizeof signs[0])

/* What other languages have. */
static const struct advice {
	char c;
	const char *text;
} advices[] = {
	{ '=', "a single \"=\" compares nothing; write \"==\"" },
	{ '&', "a single \"&\" means nothing; write \"&&\"" },
	{ '|', "a single \"|\" means nothing; write \"||\"" },
	{ '*', "filters do not multiply" },
	{ '/', "filters do not divide" },
	{ '%', "filters do not divide" },
	{ '?', "there is no \"a ? b : c\"; use && and ||" },
	{ ':', "there is no \"a ? b : c\"; use && and ||" },
	{ '{', "filters have no objects of their own; name members" },
	{ '`', "write [\"name\"] for a member with an unusual name" },
	{ ';', "a filter is one expression; write && between conditions" },
};

const char *
filter_sign_text(enum filter_sign sign)
{
	for (size_t i = 0; i < SIGN_COUNT; i++)
		if (signs[i].sign == sign)
			return signs[i].text;
	return "";
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	    is_digit(c);
}

/* The value of n digits of the base at p, which may be fewer. */
static bool
read_digits(const char *p, size_t n, unsigned base, uint32_t *value_r)
{
	uint32_t value = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned digit = is_digit(p[i]) ? (unsigned)(p[i] - '0')
		    : p[i] >= 'a' && p[i] <= 'f' ? (unsigned)(p[i] - 'a') + 10
		    : p[i] >= 'A' && p[i] <= 'F' ? (unsigned)(p[i] - 'A') + 10
						 : 99;

		if (digit >= base)
			return false;
		value = value * base + digit;
	}
	*value_r = value;
	return true;
}

/*
 * Writes what the escape behind a backslash stands for. Returns the bytes that
 * it takes without the backslash, 0 when it is none. The source ends in NUL,
 * so that looking ahead stops there.
 */
static size_t
read_escape(const char *p, char *out, size_t *length)
{
	static const char plain[] = "a\ab\bf\fn\nr\rt\tv\v\\\\??\"\"''``";
	uint8_t bytes[6];
	uint32_t code;
	size_t taken;
	int n;

	for (const char *pair = plain; *pair != '\0'; pair += 2)
		if (*pair == *p) {
			out[(*length)++] = pair[1];
			return 1;
		}
	taken = *p == 'x' || *p == 'X' ? 3 : *p == 'u' ? 5 : *p == 'U' ? 9 : 0;
	if (taken > 0) {
		if (!read_digits(p + 1, taken - 1, 16, &code))
			return 0;
	} else {
		taken = 3;
		if (*p > '3' || !read_digits(p, 3, 8, &code))
			return 0;
	}
	n = u8_uctomb(bytes, code, sizeof bytes);
	if (n <= 0)
		return 0;
	memcpy(out + *length, bytes, (size_t)n);
	*length += (size_t)n;
	return taken;
}

/* Where the text that begins at i has its closing quote; 0 for nowhere. */
static size_t
closing_quote(struct span source, size_t i, char quote, bool raw)
{
	for (; i < source.n; i++) {
		if (source.p[i] == quote)
			return i;
		if (source.p[i] == '\\' && !raw)
			i++;
		if (source.p[i] == '\n' || source.p[i] == '\r')
			break;
	}
	return 0;
}

/* A string whose opening quote is at i. */
static bool
lex_string(struct filter_compiler *compiler, size_t i, bool raw)
{
	struct filter_token *token = &compiler->token;
	struct span source = compiler->filter->source;
	size_t end = closing_quote(source, i + 1, source.p[i], raw);
	size_t length = 0;
	char *out;

	if (end == 0)
		return filter_fail(compiler, token->at, "this text has no "
		    "closing %c on its line", source.p[i]) != NULL;
	/* Nothing is longer than its escape; NUL-terminated. */
	out = arena_alloc(compiler->arena, end - i);
	for (i++; i < end; i++) {
		size_t taken;

		if (source.p[i] != '\\' || raw) {
			out[length++] = source.p[i];
			continue;
		}
		taken = read_escape(source.p + i + 1, out, &length);
		if (taken == 0)
			return filter_fail(compiler, i, "this is no escape; "
			    "there are \\n \\t \\\\ \\' \\\" \\xHH \\uHHHH and "
			    "others, and r'…' takes \\ as it is") != NULL;
		i += taken;
	}
	token->sign = FILTER_SIGN_STRING;
	token->text = (struct span){ out, length };
	compiler->next = end + 1;
	return true;
}

static bool
lex_integer(struct filter_compiler *compiler, size_t i, size_t end, bool hex)
{
	struct filter_token *token = &compiler->token;
	struct span source = compiler->filter->source;
	uint64_t value = 0, base = hex ? 16 : 10;

	for (; i < end; i++) {
		uint32_t digit;

		if (!read_digits(source.p + i, 1, (unsigned)base, &digit))
			break;
		if (value > (((uint64_t)1 << 63) - digit) / base)
			return filter_fail(compiler, token->at,
			    "this number does not fit in 64 bits") != NULL;
		value = value * base + digit;
	}
	token->sign = FILTER_SIGN_INT;
	token->integer = value;
	compiler->next = i;
	return true;
}

static size_t
skip_digits(const char *p, size_t i)
{
	while (is_digit(p[i]))
		i++;
	return i;
}

/* A number from i on, whose first byte is a digit or a point. */
static bool
lex_number(struct filter_compiler *compiler, size_t i)
{
	struct filter_token *token = &compiler->token;
	struct span source = compiler->filter->source;
	const char *p = source.p;
	size_t end = skip_digits(p, i), exponent;
	bool hex = p[i] == '0' && (p[i + 1] == 'x' || p[i + 1] == 'X'), whole;
	uint32_t digit;

	if (hex && read_digits(p + i + 2, 1, 16, &digit))
		return lex_integer(compiler, i + 2, source.n, true);
	if (p[end] == '.' && is_digit(p[end + 1]))
		end = skip_digits(p, end + 1);
	whole = end == skip_digits(p, i);
	exponent = end + 1;
	if (p[end] == 'e' || p[end] == 'E') {
		if (p[exponent] == '+' || p[exponent] == '-')
			exponent++;
		if (is_digit(p[exponent])) {
			end = skip_digits(p, exponent);
			whole = false;
		}
	}
	if (whole)
		return lex_integer(compiler, i, end, false);
	token->number = strtod(arena_string(compiler->arena,
	    (struct span){ p + i, end - i }), NULL);
	if (!isfinite(token->number))
		return filter_fail(compiler, token->at,
		    "this number is too large") != NULL;
	token->sign = FILTER_SIGN_DOUBLE;
	compiler->next = end;
	return true;
}

static void
lex_name(struct filter_compiler *compiler, size_t i)
{
	struct filter_token *token = &compiler->token;
	struct span source = compiler->filter->source, name;
	size_t start = i;

	while (is_name(source.p[i]))
		i++;
	name = (struct span){ source.p + start, i - start };
	token->sign = span_is(name, "in") ? FILTER_SIGN_IN : FILTER_SIGN_NAME;
	compiler->next = i;
}

static bool
lex_sign(struct filter_compiler *compiler, size_t i)
{
	struct span source = compiler->filter->source;
	struct span rest = { source.p + i, source.n - i };
	unsigned char c = (unsigned char)source.p[i];

	for (size_t s = 0; s < SIGN_COUNT; s++)
		if (span_starts(rest, signs[s].text)) {
			compiler->token.sign = signs[s].sign;
			compiler->next = i + strlen(signs[s].text);
			return true;
		}
	for (size_t a = 0; a < sizeof advices / sizeof advices[0]; a++)
		if (advices[a].c == source.p[i])
			return filter_fail(compiler, i, "%s",
			    advices[a].text) != NULL;
	if (c > 0x20 && c < 0x7f)
		return filter_fail(compiler, i,
		    "\"%c\" means nothing in a filter", c) != NULL;
	return filter_fail(compiler, i, "only plain ASCII can stand outside of "
	    "quotes, and the quotes are \" or '") != NULL;
}

/* White space and comments. */
static size_t
skip_space(struct filter *filter, size_t i)
{
	struct span source = filter->source;

	while (i < source.n)
		if (source.p[i] == '/' && source.p[i + 1] == '/') {
			filter->commented = true;
			while (i < source.n && source.p[i] != '\n')
				i++;
		} else if (memchr(" \t\n\r\f", source.p[i], 5) != NULL)
			i++;
		else
			break;
	return i;
}

static bool
lex_from(struct filter_compiler *compiler, size_t i)
{
	const char *p = compiler->filter->source.p;

	if (p[i] == '"' || p[i] == '\'')
		return lex_string(compiler, i, false);
	if ((p[i] == 'r' || p[i] == 'R') && (p[i + 1] == '"' || p[i + 1] == '\''))
		return lex_string(compiler, i + 1, true);
	if (is_digit(p[i]) || (p[i] == '.' && is_digit(p[i + 1]))) {
		if (!lex_number(compiler, i))
			return false;
		if (is_name(p[compiler->next]))
			return filter_fail(compiler, compiler->next, "a number "
			    "ends here; names do not begin with a digit, and "
			    "there are no suffixes") != NULL;
		return true;
	}
	if (is_name(p[i])) {
		lex_name(compiler, i);
		return true;
	}
	return lex_sign(compiler, i);
}

bool
filter_lex(struct filter_compiler *compiler)
{
	struct filter_token *token = &compiler->token;
	struct span source = compiler->filter->source;

	compiler->last = compiler->next;
	*token = (struct filter_token){
		.at = skip_space(compiler->filter, compiler->next)
	};
	if (token->at < source.n && !lex_from(compiler, token->at))
		return false;
	if (token->at == source.n)
		compiler->next = source.n;
	token->raw = (struct span){ source.p + token->at,
		compiler->next - token->at };
	return true;
}
