/* SPDX-License-Identifier: ISC */
#include "base/json.h"
#include "tap.h"

#include <stdlib.h>

#include <json-c/json.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/*
 * Texts for json.c: what RFC 8259 allows, what it does not, and what this
 * project refuses although the grammar allows it. No text stands twice.
 */
#define CASE(text) { (text), sizeof(text) - 1 }

/* Grammar of RFC 8259. */
static const struct span accepted[] = {
	CASE("[[]   ]"), CASE("[\"\"]"), CASE("[]"), CASE("[\"a\"]"), CASE("[false]"),
	CASE("[null, 1, \"1\", {}]"), CASE("[null]"), CASE("[1\n]"), CASE(" [1]"),
	CASE("[1,null,null,null,2]"), CASE("[2] "), CASE("[[1],[2,[3]]]"),
	CASE("[ 1 , 2 ]"), CASE("[{}]"), CASE("[{},{}]"), CASE("[123e65]"),
	CASE("[0e+1]"), CASE("[0e1]"), CASE("[ 4]"),
	CASE("[-0.000000000000000000000000000000000000000000000000000000000000000000"
	     "000000000001]"),
	CASE("[20e1]"), CASE("[-0]"), CASE("[-123]"), CASE("[-1]"), CASE("[1E22]"),
	CASE("[1E-2]"), CASE("[1E+2]"), CASE("[123e45]"), CASE("[123.456e78]"),
	CASE("[1e-2]"), CASE("[1e+2]"), CASE("[123]"), CASE("[123.456789]"),
	CASE("[0]"), CASE("[0.0]"), CASE("[-0.0]"), CASE("[-0e1]"), CASE("[0E0]"),
	CASE("[0.5e-07]"), CASE("[1e007]"), CASE("[9223372036854775807]"),
	CASE("[-9223372036854775808]"), CASE("{\"asd\":\"sdf\"}"),
	CASE("{\"asd\":\"sdf\", \"dfg\":\"fgh\"}"), CASE("{}"), CASE("{\"\":0}"),
	CASE("{ \"min\": -1.0e+28, \"max\": 1.0e+28 }"),
	CASE("{\"x\":[{\"id\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}], \"id"
	     "\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}"),
	CASE("{\"a\":[]}"),
	CASE("{\"title\":\"\\u041f\\u043e\\u043b\\u0442\\u043e\\u0440\\u0430 \\u0417"
	     "\\u0435\\u043c\\u043b\\u0435\\u043a\\u043e\\u043f\\u0430\" }"),
	CASE("{\n\"a\": \"b\"\n}"), CASE("{\"a\":{\"a\":{\"a\":1}}}"),
	CASE("{\"a\":{\"b\":1},\"b\":2,\"c\":3}"), CASE("{\"a\":1,\"A\":2}"),
	CASE("{\"a\":1,\"a \":2,\"aa\":3}"), CASE("{\"\303\251\":1,\"e\314\201\":2}"),
	CASE("{\"\\u0061b\":1}"), CASE("\t{\t\"a\"\t:\r\n1\n}\r\n"),
	CASE("[\"\\u0060\\u012a\\u12AB\"]"), CASE("[\"\\uD801\\udc37\"]"),
	CASE("[\"\\ud83d\\ude39\\ud83d\\udc8d\"]"),
	CASE("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]"), CASE("[\"\\\\u0000\"]"),
	CASE("[\"\\\"\"]"), CASE("[\"a/*b*/c/*d//e\"]"), CASE("[\"\\\\a\"]"),
	CASE("[\"\\\\n\"]"), CASE("[\"\\u0012\"]"), CASE("[\"\\uFFFF\"]"),
	CASE("[\"asd\"]"), CASE("[ \"asd\"]"), CASE("[\"\\uDBFF\\uDFFF\"]"),
	CASE("[\"new\\u00A0line\"]"), CASE("[\"\364\217\277\277\"]"),
	CASE("[\"\357\277\277\"]"), CASE("[\"\\u0000\"]"), CASE("[\"\\u002c\"]"),
	CASE("[\"\317\200\"]"), CASE("[\"\360\233\277\277\"]"), CASE("[\"asd \"]"),
	CASE("\" \""), CASE("[\"\\uD834\\uDd1e\"]"), CASE("[\"\\u0821\"]"),
	CASE("[\"\\u0123\"]"), CASE("[\"\342\200\250\"]"), CASE("[\"\342\200\251\"]"),
	CASE("[\"\\u0061\\u30af\\u30EA\\u30b9\"]"), CASE("[\"new\\u000Aline\"]"),
	CASE("[\"\177\"]"), CASE("[\"\\uA66D\"]"), CASE("[\"\\u005C\"]"),
	CASE("[\"\342\215\202\343\210\264\342\215\202\"]"),
	CASE("[\"\\uDBFF\\uDFFE\"]"), CASE("[\"\\uD83F\\uDFFE\"]"),
	CASE("[\"\\u200B\"]"), CASE("[\"\\u2064\"]"), CASE("[\"\\uFDD0\"]"),
	CASE("[\"\\uFFFE\"]"), CASE("[\"\\u0022\"]"),
	CASE("[\"\342\202\254\360\235\204\236\"]"), CASE("[\"a\177a\"]"),
	CASE("[\"\\u0000\\u0000\"]"), CASE("[\"it's\"]"), CASE("false"), CASE("42"),
	CASE("-0.1"), CASE("\"asd\""), CASE("true"), CASE("\"\""), CASE("[\"a\"]\n"),
	CASE("[true]"), CASE(" [] "), CASE("\n\t\r 7 \n"), CASE("\"\\u0000\""),
	CASE("0"), CASE("-0"), CASE("1e5"),
};

/* Not JSON. */
static const struct span refused[] = {
	CASE("[1 true]"), CASE("[a\345]"), CASE("[\"\": 1]"), CASE("[\"\"],"),
	CASE("[,1]"), CASE("[1,,2]"), CASE("[\"x\",,]"), CASE("[\"x\"]]"),
	CASE("[\"\",]"), CASE("[\"x\""), CASE("[x"), CASE("[3[4]]"), CASE("[\377]"),
	CASE("[1:2]"), CASE("[,]"), CASE("[-]"), CASE("[   , \"\"]"),
	CASE("[\"a\",\n4\n,1,"), CASE("[1,]"), CASE("[1,,]"), CASE("[\"\013a\"\\f]"),
	CASE("[*]"), CASE("[\"\""), CASE("[1,"), CASE("[1,\n1\n,1"), CASE("[{}"),
	CASE("[fals]"), CASE("[nul]"), CASE("[tru]"), CASE("["), CASE("[["), CASE("]"),
	CASE("[}"), CASE("[1}"), CASE("[]]"), CASE("[][]"), CASE("[1;2]"),
	CASE("[1 2]"), CASE("[\"a\" \"b\"]"), CASE("[++1234]"), CASE("[+1]"),
	CASE("[+Inf]"), CASE("[-01]"), CASE("[-1.0.]"), CASE("[-2.]"), CASE("[-NaN]"),
	CASE("[.-1]"), CASE("[.2e-3]"), CASE("[0.1.2]"), CASE("[0.3e+]"),
	CASE("[0.3e]"), CASE("[0.e1]"), CASE("[0E+]"), CASE("[0E]"), CASE("[0e+]"),
	CASE("[0e]"), CASE("[1.0e+]"), CASE("[1.0e-]"), CASE("[1.0e]"),
	CASE("[1 000.0]"), CASE("[1eE2]"), CASE("[2.e+3]"), CASE("[2.e-3]"),
	CASE("[2.e3]"), CASE("[9.e+]"), CASE("[Inf]"), CASE("[NaN]"),
	CASE("[\"\357\274\221\"]x"), CASE("[\357\274\221]"), CASE("[1+2]"),
	CASE("[0x1]"), CASE("[0x42]"), CASE("[Infinity]"), CASE("[0e+-1]"),
	CASE("[-123.123foo]"), CASE("[123\345]"), CASE("[1e1\345]"), CASE("[0\345]\n"),
	CASE("[-Infinity]"), CASE("[-foo]"), CASE("[- 1]"), CASE("[-012]"),
	CASE("[-.123]"), CASE("[-1x]"), CASE("[1ea]"), CASE("[1e\345]\n"),
	CASE("[1.]"), CASE("[.123]"), CASE("[1.2a-3]"),
	CASE("[1.8011670033376514H-308]"), CASE("[012]"), CASE("[00]"), CASE("[-00]"),
	CASE("[1e1.5]"), CASE("[1_000]"), CASE("[1e+]"), CASE("[--1]"), CASE("[1-]"),
	CASE("[0 1]"), CASE("[1.e]"), CASE("[0b1]"), CASE("[1,2"), CASE("[1L]"),
	CASE("[1.0f]"), CASE("[01.5]"), CASE("-"), CASE("+1"), CASE("01"), CASE("1."),
	CASE(".5"), CASE("1e"), CASE("- 1"), CASE("0x10"), CASE("2."), CASE("-.5"),
	CASE("1 2"), CASE("[\"x\", truth]"), CASE("{[: \"x\"}\n"),
	CASE("{\"x\", null}"), CASE("{\"x\"::\"b\"}"),
	CASE("{\360\237\207\250\360\237\207\255}"), CASE("{\"a\":\"a\" 123}"),
	CASE("{key: 'value'}"), CASE("{\"\271\":\"0\",}"), CASE("{\"a\" b}"),
	CASE("{:\"b\"}"), CASE("{\"a\" \"b\"}"), CASE("{\"a\":"), CASE("{\"a\""),
	CASE("{1:1}"), CASE("{9999E9999:1}"), CASE("{null:null,null:null}"),
	CASE("{\"id\":0,,,,,}"), CASE("{'a':0}"), CASE("{\"id\":0,}"),
	CASE("{\"a\":\"b\"}/**/"), CASE("{\"a\":\"b\"}/**//"), CASE("{\"a\":\"b\"}//"),
	CASE("{\"a\":\"b\"}/"), CASE("{\"a\":\"b\",,\"c\":\"d\"}"), CASE("{a: \"b\"}"),
	CASE("{\"a\":\"a"), CASE("{ \"foo\" : \"bar\", \"a\" }"),
	CASE("{\"a\":\"b\"}#"), CASE("{"), CASE("{\"a\":1"), CASE("{\"a\":1,"),
	CASE("{\"a\":1,\""), CASE("{,\"a\":1}"), CASE("{\"a\"=1}"),
	CASE("{\"a\":1;\"b\":2}"), CASE("{true:1}"), CASE("{[]:1}"), CASE("{\"a\":}"),
	CASE("{\"a\":1]"), CASE("}"), CASE("{}}"), CASE("{}{}"),
	CASE("{\"a\":1 \"b\":2}"), CASE("{\"a\":,}"), CASE("{\"a\":'b'}"),
	CASE("{{}}"), CASE("{\"a\":undefined}"), CASE(" "), CASE(""), CASE("tru"),
	CASE("fals"), CASE("nul"), CASE("True"), CASE("TRUE"), CASE("FALSE"),
	CASE("NULL"), CASE("None"), CASE("truefalse"), CASE("nulll"),
	CASE("undefined"), CASE("NaN"), CASE("Infinity"), CASE("t"), CASE("nan"),
	CASE("[True]"), CASE("[undefined]"), CASE("[\303\251]"), CASE("[\"\\\000\"]"),
	CASE("[\"\\x00\"]"), CASE("[\"\\\\\\\"]"), CASE("[\"\\\t\"]"),
	CASE("[\"\\\360\237\214\200\"]"), CASE("[\"\\\"]"), CASE("[\"\\u00A\"]"),
	CASE("[\"\\u\345\"]"), CASE("[\"\\a\"]"), CASE("[\"\\uqqqq\"]"),
	CASE("[\"\\\345\"]"), CASE("[\\u0020\"asd\"]"), CASE("[\\n]"), CASE("\""),
	CASE("['single quote']"), CASE("abc"), CASE("[\"\\"), CASE("[\"a\000a\"]"),
	CASE("[\"new\nline\"]"), CASE("[\"\t\"]"), CASE("[\"\037\"]"),
	CASE("[\"a\rb\"]"), CASE("\"\\UA66D\""), CASE("\"\"x"), CASE("\"a"),
	CASE("\"\\\""), CASE("[\"\\u\"]"), CASE("[\"\\u12\"]"), CASE("[\"\\u+123\"]"),
	CASE("[\"\\u 123\"]"), CASE("[\"\\0\"]"), CASE("[\"\\'\"]"), CASE("'a'"),
	CASE("\"a\"b"), CASE("\"\\v\""), CASE("\"a\\"), CASE("\357\273{}"),
	CASE("\345"), CASE("\357\273\277"), CASE("<.>"), CASE("[<null>]"),
	CASE("[1]x"), CASE("[\"asd]"), CASE("a\303\245"), CASE("[True]x"), CASE("1]"),
	CASE("{\"x\": true,"), CASE("[][]x"), CASE("{\"\":"), CASE("123\000"),
	CASE("{}x"), CASE("[\014]"), CASE("[\342\201\240]"), CASE("\342\201\240"),
	CASE("{\"a\":\"\303"), CASE("#{}"), CASE("[1] #c"), CASE("/*c*/[]"),
	CASE("[1]//c"), CASE("// c\n1"), CASE("[\\u000A\"\"]"), CASE("[\"asd\""),
	CASE("{\"asd\":\"asd\""), CASE("[\000]"), CASE("\000"), CASE("\033[]"),
	CASE("[]\000"), CASE("\357\273\277\357\273\277[]"), CASE("\302\240[]"),
	CASE("[\343\200\200]"), CASE("[\013]"), CASE("[,"), CASE("[{\"\":[{\"\":"),
	CASE("*"), CASE("{\"a\":/*c*/\"b\"}"), CASE("{\"a\":\"b\"}#{}"),
	CASE("[\"a\","), CASE("{\"a\":\"b"), CASE("{]"), CASE("[{]"),
	CASE("[\"\\{[\"\\{[\"\\{[\"\\{"), CASE("[1\000]"), CASE(","), CASE(":"),
	CASE("{\"\\\":1}"), CASE("$"), CASE("[`a`]"), CASE("@"), CASE("&"),
	CASE("<a/>"), CASE("[1][2]"), CASE(";"),
};

/* Bytes that are not UTF-8, and escapes that are half a surrogate pair. */
static const struct span not_unicode[] = {
	CASE("[\"\377\"]"), CASE("[\"\200\"]"), CASE("[\"\300\257\"]"),
	CASE("[\"\340\200\257\"]"), CASE("[\"\355\240\200\"]"),
	CASE("[\"\355\277\277\"]"), CASE("[\"\364\220\200\200\"]"),
	CASE("[\"\365\200\200\200\"]"), CASE("[\"\370\210\200\200\200\"]"),
	CASE("[\"\374\203\277\277\277\277\"]"), CASE("[\"\342\202\"]"),
	CASE("[\"\360\237\230\"]"), CASE("[\"\303\"]"), CASE("{\"\351\":1}"),
	CASE("[\"\376\377\"]"), CASE("\377\376[\000]\000"), CASE("[\"\\uD800\"]"),
	CASE("[\"\\uDC00\"]"), CASE("[\"\\uDFAA\"]"), CASE("[\"\\uDADA\"]"),
	CASE("[\"\\uD888\\u1234\"]"), CASE("[\"\\ud800\\ud800\"]"),
	CASE("[\"\\uD800\\n\"]"), CASE("[\"\\uDd1e\\uD834\"]"),
	CASE("[\"\\ud800abc\"]"), CASE("[\"\\uD83D\\\\uDE00\"]"),
	CASE("{\"\\ud800\":1}"), CASE("[\"\\uD800\\\"]"), CASE("[\"\\uD800\\u\"]"),
	CASE("[\"\\uD800\\u1\"]"), CASE("[\"\\uD800\\u1x\"]"),
	CASE("[\"\\uD834\\uDd\"]"), CASE("[\"\\uD800\\uD800\\x\"]"),
};

/* JSON by its grammar, but null alone, a key twice or NUL in a key. */
static const struct span unwanted[] = {
	CASE("null"), CASE(" null\n"), CASE("\357\273\277null"),
	CASE("{\"a\":\"b\",\"a\":\"c\"}"), CASE("{\"a\":\"b\",\"a\":\"b\"}"),
	CASE("{\"foo\\u0000bar\": 42}"), CASE("{\"a\":1,\"\\u0061\":2}"),
	CASE("{\"\\u00e9\":1,\"\303\251\":2}"),
	CASE("{\"\\ud83d\\ude00\":1,\"\360\237\230\200\":2}"),
	CASE("{\"\\/\":1,\"/\":2}"),
	CASE("{\"\\n\\t\\r\\b\\f\\\"\\\\\":1,\"\\u000a\\u0009\\u000d\\u0008\\u000c\\"
	     "u0022\\u005c\":2}"),
	CASE("{\"\":1,\"\":2}"), CASE("{\"b\":{\"a\":1,\"a\":2}}"),
	CASE("[{\"a\":1},{\"b\":1,\"c\":2,\"b\":3}]"),
	CASE("{\"a\":{\"b\":1},\"b\":2,\"a\":3}"),
	CASE("{\"k0\":0,\"k1\":1,\"k2\":2,\"k3\":3,\"k4\":4,\"k5\":5,\"k6\":6,\"k7\""
	     ":7,\"k8\":8,\"k9\":9,\"k10\":10,\"k11\":11,\"k3\":0}"),
	CASE("{\"k3\":0,\"k0\":0,\"k1\":1,\"k2\":2,\"k3\":3,\"k4\":4,\"k5\":5,\"k6\""
	     ":6,\"k7\":7,\"k8\":8,\"k9\":9,\"k10\":10,\"k11\":11,\"k12\":12}"),
};

static struct arena *arena;
static struct error error;

/* From a block of exactly this size, so that reading past it is caught. */
static struct json_object *
read_with(struct span text, const struct json_limits *limits)
{
	char *exact = malloc(text.n + (text.n == 0));
	struct json_object *root;

	memcpy(exact, text.p, text.n);
	error_clear(&error);
	root = json_read(arena, (struct span){ exact, text.n }, limits, &error);
	free(exact);
	return root;
}

static struct json_object *
read_text(struct span text)
{
	return read_with(text, &json_limits_default);
}

static struct json_object *
read_string(const char *text)
{
	return read_text(span_of(text));
}

static const char *
written(struct json_object *object)
{
	return json_write(arena, object).p;
}

static void
show(struct span text)
{
	printf("# text:");
	for (size_t i = 0; i < text.n && i < 120; i++)
		printf(text.p[i] > ' ' && text.p[i] < 0x7f ? " %c" : " %02x",
		    (unsigned char)text.p[i]);
	printf("\n# error: %d %s\n", (int)error.fault, error.detail);
}

static void
accepts_json(void)
{
	for (size_t i = 0; i < COUNT(accepted); i++) {
		struct json_object *root = read_text(accepted[i]);
		struct span text = root != NULL ? json_write(arena, root) : SPAN("");

		if (!ok(root != NULL && json_equal(json_load(arena, text), root) &&
		        error.fault == FAULT_NONE, "text %zu is read and survives", i))
			show(accepted[i]);
		arena_reset(arena);
	}
}

static void
refuses(const struct span *cases, size_t n, enum fault fault, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		struct json_object *root = read_text(cases[i]);
		/* By the scan alone, not by json-c after it. */
		bool bad = root == NULL && error.detail[0] != '\0' &&
		    strstr(error.detail, "cannot be used") == NULL;

		/* In a few the bytes are broken before the grammar is. */
		if (fault == FAULT_BAD_JSON && error.fault == FAULT_BAD_ENCODING)
			bad = bad && strstr(error.detail, "UTF-8") != NULL;
		else
			bad = bad && error.fault == fault;
		if (!ok(bad, "%s %zu is refused", name, i))
			show(cases[i]);
		arena_reset(arena);
	}
}

/* A text that begins with a bracket is nothing until its last bracket came. */
static void
refuses_what_is_cut(void)
{
	for (size_t i = 0; i < COUNT(accepted); i++) {
		struct span text = accepted[i];
		bool bad = true;

		while (text.n > 0 && strchr(" \n\r\t", text.p[text.n - 1]) != NULL)
			text.n--;
		if (strchr("]}\"", text.p[text.n - 1]) == NULL)
			continue;
		while (bad && text.n-- > 0)
			bad = read_text(text) == NULL;
		if (!ok(bad, "text %zu is refused wherever it is cut", i))
			show(text);
		arena_reset(arena);
	}
}

static const struct {
	const char *in, *out;
} kept[] = {
	{ " { \"b\" : 1 , \"a\" : [ true , null ] } ", "{\"b\":1,\"a\":[true,null]}" },
	{ "\xef\xbb\xbf{\"a\":1}", "{\"a\":1}" },
	{ "[1.10,1e400,-1E-7,0.1,1.0,-0.0,2e+3]", "[1.10,1e400,-1E-7,0.1,1.0,-0.0,2e+3]" },
	{ "[9223372036854775807,-9223372036854775808]",
	  "[9223372036854775807,-9223372036854775808]" },
	{ "[9223372036854775808,-9223372036854775809]",
	  "[9223372036854775808,-9223372036854775809]" },
	{ "[0,{\"a\":18446744073709551616,\"b\":[7,1.5,-0,8]},"
	  "123456789012345678901234567890,[],-0,3]",
	  "[0,{\"a\":18446744073709551616,\"b\":[7,1.5,-0,8]},"
	  "123456789012345678901234567890,[],-0,3]" },
	{ "99999999999999999999", "99999999999999999999" },
	{ "-0", "-0" },
	{ "42", "42" },
	{ "[-123456789012345678,1000000000000000000,9999999999999999999]",
	  "[-123456789012345678,1000000000000000000,9999999999999999999]" },
	{ "[\"\\/\\u00e9\\ud83d\\ude00\"]", "[\"/\xc3\xa9\xf0\x9f\x98\x80\"]" },
	/* json-c itself takes this pair for half of one. */
	{ "[\"\\ud836\\udd1e\",\"\\uDBFF\\uDFFF\"]",
	  "[\"\xf0\x9d\xa4\x9e\",\"\xf4\x8f\xbf\xbf\"]" },
	{ "{\"\\ud837\\udc00\":1}", "{\"\xf0\x9d\xb0\x80\":1}" },
	{ "[\"a\\u0000b\\u001f\\n\\\"\\\\\"]", "[\"a\\u0000b\\u001f\\n\\\"\\\\\"]" },
	{ "{\"\":{\"\":[{}]}}", "{\"\":{\"\":[{}]}}" },
};

static void
keeps_text(void)
{
	for (size_t i = 0; i < COUNT(kept); i++) {
		struct json_object *root = read_string(kept[i].in), *copy;

		is_text(written(root), kept[i].out, kept[i].in);
		copy = json_copy(arena, root);
		is_text(written(copy), kept[i].out, "a copy is the same");
		ok(json_equal(copy, root), "and equal");
		root = json_load(arena, span_of(kept[i].in));
		is_text(written(root), kept[i].out, "the store reads it too");
		arena_reset(arena);
	}
}

static const struct {
	const char *text;
	enum fault fault;
	const char *detail;
} sentences[] = {
	{ "", FAULT_BAD_JSON, "The text is empty, JSON was expected." },
	{ "null", FAULT_BAD_JSON, "The JSON is null and nothing else." },
	{ "{\"a\":1,}", FAULT_BAD_JSON,
	  "At offset 7 of the JSON a key in double quotes was expected, not '}'." },
	{ "{\"a\":1", FAULT_BAD_JSON,
	  "The JSON ends at offset 6, where a comma or } was expected." },
	{ "[1]\x01", FAULT_BAD_JSON,
	  "At offset 3 of the JSON the end of the text was expected, not the byte 0x01." },
	{ "[\"\n\"]", FAULT_BAD_JSON,
	  "At offset 2 of the JSON an escape such as \\n for a control character was "
	  "expected, not the byte 0x0a." },
	{ "{\"a\":1,\"b\":2,\"a\":3}", FAULT_BAD_JSON,
	  "At offset 13 of the JSON a key stands a second time in its object." },
	{ "{\"a\\u0000\":1}", FAULT_BAD_JSON,
	  "At offset 1 of the JSON a key contains \\u0000; keys may not." },
	{ "[\"a\xff\"]", FAULT_BAD_ENCODING, "At offset 3 the text is not valid UTF-8." },
	{ "[\"\\udc00\"]", FAULT_BAD_ENCODING,
	  "At offset 2 of the JSON stands half of a surrogate pair, which is no character." },
};

static void
says_why(void)
{
	for (size_t i = 0; i < COUNT(sentences); i++) {
		struct arena_mark before = arena_mark(arena), after;

		read_string(sentences[i].text);
		after = arena_mark(arena);
		ok(before.block == after.block && before.used == after.used,
		    "a refusal takes no memory");
		ok(error.fault == sentences[i].fault, "fault %zu", i);
		is_text(error.detail, sentences[i].detail, sentences[i].detail);
	}
}

/* n times head, then middle, then n times tail. */
static struct span
repeated(const char *head, unsigned n, const char *middle, const char *tail)
{
	size_t h = strlen(head), m = strlen(middle), t = strlen(tail);
	char *text = arena_alloc(arena, n * (h + t) + m + 1), *p = text;

	for (unsigned i = 0; i < n; i++, p += h)
		memcpy(p, head, h);
	memcpy(p, middle, m);
	p += m;
	for (unsigned i = 0; i < n; i++, p += t)
		memcpy(p, tail, t);
	return (struct span){ text, (size_t)(p - text) };
}

/* {"k0":0,"k1":1,...} of n members; the last key is that of member same. */
static struct span
members(unsigned n, unsigned same)
{
	struct span text = { arena_alloc(arena, (size_t)n * 32 + 2), 0 };
	char *p = (char *)(size_t)text.p;

	for (unsigned i = 0; i < n; i++)
		text.n += (size_t)sprintf(p + text.n, "%c\"k%u\":%u", i == 0 ? '{' : ',',
		    i + 1 == n ? same : i, i);
	p[text.n++] = '}';
	return text;
}

/* Where a body was taken already the last member of a name counts, in its own place. */
static const struct {
	const char *in, *out;
} last_of_name[] = {
	{ "{\"a\":1,\"b\":2,\"a\":3}", "{\"b\":2,\"a\":3}" },
	{ "{\"a\":{\"x\":1,\"x\":-0},\"b\":1e3,\"a\":{\"x\":[1.50]}}",
	  "{\"b\":1e3,\"a\":{\"x\":[1.50]}}" },
	{ "{\"a\":1,\"\\u0061\":null,\"b\":{\"a\":1,\"a\":2}}",
	  "{\"a\":null,\"b\":{\"a\":2}}" },
	{ "[{\"a\":99999999999999999999,\"a\":1},{\"\":1,\"\":2,\"\":3}]",
	  "[{\"a\":1},{\"\":3}]" },
};

static void
keeps_the_last(void)
{
	for (size_t i = 0; i < COUNT(last_of_name); i++) {
		struct json_object *root = json_read(arena, span_of(last_of_name[i].in),
		    &json_limits_kept, &error);

		is_text(written(root), last_of_name[i].out, last_of_name[i].in);
		ok(read_string(last_of_name[i].in) == NULL, "which is refused elsewhere");
	}
	for (unsigned n = 2; n < 40; n++) {
		struct json_object *root = json_read(arena, members(n, 0), &json_limits_kept,
		    &error);

		ok(json_members(root) == n - 1 &&
		    json_integer(root, "k0", -1) == (int64_t)n - 1, "of %u members", n);
	}
	ok(json_read(arena, SPAN("{\"a\":01,\"a\":1}"), &json_limits_kept, &error) == NULL,
	    "what is replaced is checked, too");
	error_clear(&error);
}

static void
keeps_limits(void)
{
	static const struct json_limits tight = { 2, 2, 8, false, false };
	struct span flood = repeated("[", 100000, "", "");

	ok(read_text(repeated("[", 32, "", "]")) != NULL, "32 empty levels");
	ok(read_text(repeated("[", 32, "1", "]")) != NULL, "32 levels around a number");
	ok(read_text(repeated("{\"a\":", 32, "\"\"", "}")) != NULL, "32 objects");
	ok(read_text(repeated("[", 33, "", "]")) == NULL, "33 levels");
	is_text(error.detail,
	    "At offset 32 the JSON has more than 32 levels of arrays and objects.", "says so");
	ok(read_text(repeated("{\"a\":", 33, "1", "}")) == NULL, "33 objects");
	ok(read_text(flood) == NULL, "100000 opening brackets");
	ok(json_load(arena, flood) == NULL, "not even from the store");
	ok(read_text(repeated("[{\"\":", 50000, "", "")) == NULL, "or with objects");

	ok(read_text(members(1000, 999)) != NULL, "1000 members");
	ok(read_text(members(1001, 1000)) == NULL, "1001 members");
	ok(strstr(error.detail, "more than 1000 members") != NULL, "says so");
	for (unsigned n = 2; n < 40; n++)
		ok(read_text(members(n, n / 2 - 1)) == NULL && read_text(members(n, n - 1)),
		    "of %u members a repeated key is found", n);
	ok(read_text(members(1000, 0)) == NULL, "of 1000 members too");

	ok(read_with(SPAN("[1,2,3,4,5,6,7,8]"), &tight) != NULL, "8 structural bytes");
	ok(read_with(SPAN("[1,2,3,4,5,6,7,8,9]"), &tight) == NULL, "9 of them");
	ok(strstr(error.detail, "At offset 16 the JSON has more than 8 brackets") != NULL,
	    "says so");
	ok(read_with(SPAN("[\"[[[[[,,,,,:::::{{{{\"]"), &tight) != NULL, "not in strings");
	ok(read_with(SPAN("[{\"a\":1,\"b\":2}]"), &tight) != NULL, "2 members");
	ok(read_with(SPAN("{\"a\":1,\"b\":2,\"c\":3}"), &tight) == NULL, "3 members");
	ok(read_with(SPAN("[[[]]]"), &tight) == NULL, "3 levels");
	ok(read_with(SPAN("[[],[],[]]"), &tight) != NULL &&
	    read_with(SPAN("[{},{},{}]"), &tight) != NULL, "levels end");
	arena_reset(arena);
}

static void
gets_strictly(void)
{
	struct json_object *o = read_string(
	    "{\"s\":\"x\\u0000y\",\"e\":\"\",\"n\":null,\"t\":true,\"f\":false,\"i\":-7,"
	    "\"d\":3.9,\"big\":9223372036854775808,\"z\":-0,\"b\":\"false\",\"num\":\"12\","
	    "\"a\":[1,\"two\"],\"o\":{}}");

	ok(span_eq(json_string(o, "s"), SPAN("x\0y")), "a string with NUL");
	ok(json_string(o, "e").p != NULL && json_string(o, "e").n == 0, "an empty string");
	ok(json_string(o, "i").p == NULL && json_string(o, "none").p == NULL, "no string");
	ok(json_has(o, "n") && json_get(o, "n") == NULL, "null is present");
	ok(!json_has(o, "none") && !json_has(json_get(o, "a"), "0"), "absent");
	ok(json_flag(o, "t", false) && !json_flag(o, "f", true), "flags");
	ok(!json_flag(o, "b", false) && json_flag(o, "i", true), "no flags");
	ok(json_integer(o, "i", 5) == -7 && json_integer(o, "z", 5) == 0, "integers");
	ok(json_integer(o, "d", 5) == 5 && json_integer(o, "num", 5) == 5 &&
	    json_integer(o, "n", 5) == 5 && json_integer(o, "none", 5) == 5, "no integers");
	ok(json_integer(o, "big", 5) == 5, "beyond 64 bits is none, not the greatest");
	ok(span_is(json_number_text(json_get(o, "big")), "9223372036854775808"), "its text");
	ok(span_is(json_number_text(json_get(o, "d")), "3.9"), "of a fraction");
	ok(span_is(json_number_text(json_get(o, "num")), "\"12\""), "JSON of a string");
	ok(span_is(json_number_text(NULL), "null"), "JSON of null");
	ok(json_count(json_get(o, "a")) == 2 && json_count(o) == 0 && json_count(NULL) == 0,
	    "counts arrays");
	ok(span_is(json_span(json_at(json_get(o, "a"), 1)), "two"), "an item");
	ok(json_at(json_get(o, "a"), 2) == NULL && json_at(o, 0) == NULL, "no item");
	ok(json_is_object(o) && json_is_array(json_get(o, "a")) && !json_is_object(NULL) &&
	    !json_is_array(o), "kinds");
	ok(json_get(NULL, "a") == NULL && !json_has(NULL, "a"), "of nothing");
	arena_reset(arena);
}

static void
sets(void)
{
	struct json_object *o = json_new_object(arena), *a = json_new_array(arena);
	struct json_object *copy, *kept_text;

	json_set_text(o, "t", SPAN("a\0b"));
	json_set_text(o, "null", (struct span){ NULL, 0 });
	json_set_text(o, "empty", SPAN(""));
	json_set_int(o, "i", INT64_MIN);
	json_set_bool(o, "b", true);
	json_set(o, "v", NULL);
	json_append(a, json_share(json_new_text(arena, SPAN("x/y"))));
	json_append(a, NULL);
	json_set(o, "a", json_share(a));
	is_text(written(o), "{\"t\":\"a\\u0000b\",\"null\":null,\"empty\":\"\","
	    "\"i\":-9223372036854775808,\"b\":true,\"v\":null,\"a\":[\"x/y\",null]}",
	    "members in their order");
	copy = json_copy(arena, o);
	kept_text = json_keep(arena, json_get(o, "t"));
	json_set_int(o, "t", 1);
	json_del(o, "i");
	json_del(o, "none");
	ok(span_eq(json_span(kept_text), SPAN("a\0b")), "kept after it was replaced");
	ok(json_integer(o, "t", 0) == 1 && !json_has(o, "i"), "replaced and removed");
	ok(json_has(copy, "i") && span_eq(json_string(copy, "t"), SPAN("a\0b")),
	    "the copy is as before");
	ok(json_copy(arena, NULL) == NULL, "a copy of null");
	is_text(written(NULL), "null", "null is written");
	arena_reset(arena);
}

static const struct {
	const char *a, *b;
	bool equal;
} pairs[] = {
	{ "{\"a\":1,\"b\":[true,\"x\"]}", "{\"b\":[true,\"x\"],\"a\":1}", true },
	{ "[1,2]", "[2,1]", false },
	{ "[1]", "[1,1]", false },
	{ "{\"a\":null}", "{\"b\":null}", false },
	{ "{\"a\":null}", "{}", false },
	{ "{}", "{\"a\":null}", false },
	{ "[\"a\\u0000b\"]", "[\"a\\u0000c\"]", false },
	{ "[18446744073709551616]", "[18446744073709551617]", false },
	{ "[18446744073709551616]", "[18446744073709551616]", true },
	{ "[1]", "[1.0]", false },
	{ "[1]", "[\"1\"]", false },
	{ "[1]", "[true]", false },
	{ "[true]", "[false]", false },
	{ "[false]", "[null]", false },
	{ "[]", "{}", false },
};

static void
compares(void)
{
	for (size_t i = 0; i < COUNT(pairs); i++)
		ok(json_equal(read_string(pairs[i].a), read_string(pairs[i].b)) ==
		        pairs[i].equal, "%s and %s", pairs[i].a, pairs[i].b);
	ok(json_equal(NULL, NULL) && !json_equal(NULL, read_string("1")), "null");
	arena_reset(arena);
}

static void
loads(void)
{
	struct span big = members(3000, 2999);

	ok(json_load(arena, big) != NULL, "own text has no limit of members");
	big.n--;
	ok(json_load(arena, big) == NULL && json_load(arena, SPAN("")) == NULL &&
	    json_load(arena, (struct span){ NULL, 0 }) == NULL, "corrupt text is NULL");
	arena_reset(arena);
}

int
main(void)
{
	arena = arena_new();
	accepts_json();
	refuses(refused, COUNT(refused), FAULT_BAD_JSON, "text");
	refuses(not_unicode, COUNT(not_unicode), FAULT_BAD_ENCODING, "encoding");
	refuses(unwanted, COUNT(unwanted), FAULT_BAD_JSON, "unwanted text");
	refuses_what_is_cut();
	keeps_text();
	says_why();
	keeps_the_last();
	keeps_limits();
	gets_strictly();
	sets();
	compares();
	loads();
	arena_free(&arena);
	return tap_done();
}
