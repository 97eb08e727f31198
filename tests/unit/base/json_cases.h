/* SPDX-License-Identifier: ISC */
/*
 * Texts for json.c: what RFC 8259 allows, what it does not, and what this
 * project refuses although the grammar allows it. No text stands twice.
 */
#ifndef EARSHOT_TEST_JSON_CASES_H
#define EARSHOT_TEST_JSON_CASES_H

#include "base/arena.h"

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

#endif
