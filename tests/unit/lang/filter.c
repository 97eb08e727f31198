/* SPDX-License-Identifier: ISC */
#include "lang/filter.h"
#include "tap.h"

#include <stdlib.h>

#include <json-c/json.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NOW INT64_C(1795432953250000) /* 2026-11-23T11:22:33.25Z */

/* The roots as one object; now is 2026-11-23T11:22:33.25Z. */
static const char world[] =
    "{\"user\":{\"email\":\"ann@mail.example\",\"firstName\":\"Ann\","
    "\"createdAt\":\"2026-11-01T00:00:00Z\",\"score\":41,\"empty\":\"\","
    "\"nothing\":null,\"roles\":[\"admin\",\"tester\"]},"
    "\"feedback\":{\"status\":\"Open\",\"id\":\"1042\",\"private\":false},"
    "\"data\":{\"usage\":{\"launches\":41,\"rate\":0.5,\"paying\":true,"
    "\"last_seen\":\"2026-11-20T10:00:00+02:00\"}},"
    "\"payload\":{\"issue\":{\"key\":\"PHN-7\",\"fields\":{\"status\":"
    "{\"name\":\"Done\"},\"fixVersions\":[{\"name\":\"1.2\"},{\"name\":\"2.0\"}]}},"
    "\"pull-request\":{\"a.b\":7},\"true\":\"yes\",\"in\":\"inside\",\"0\":\"zero\","
    "\"big\":9007199254740993,\"max\":9223372036854775807,"
    "\"beyond\":18446744073709551615,\"min\":-9223372036854775808,"
    "\"neg\":-3,\"half\":2.5,\"two\":2.0,\"exp\":1e3,\"text2\":\"2\","
    "\"truth\":\"true\",\"one\":1,\"uml\":\"Grüße, 世界\",\"nul\":\"a\\u0000b\","
    "\"none\":null,\"list\":[1,2,\"x\",null,[1],{\"k\":1}],"
    "\"nums\":[1,2.0],\"same\":[1.0,2],\"i\":1,\"key\":\"i\","
    "\"o\":{\"a\":1,\"b\":[true]},\"p\":{\"b\":[true],\"a\":1.0},"
    "\"unix\":1763600000,\"millis\":1763600000000,\"lines\":\"one\\ntwo\\n\"}}";

static const struct match_case {
	const char *source;
	bool expected;
} matches[] = {
	/* Everything and truths. */
	{ "", true }, { " \t\r\n", true }, { "// only a comment", true },
	{ "true", true }, { "false", false }, { "!true", false },
	{ "!!true", true }, { "(((true)))", true },
	{ "true // and && so on", true }, { "true // a\n && false", false },
	{ "data.usage.paying", true }, { "!data.usage.paying", false },
	{ "feedback.private", false }, { "!feedback.private", true },
	{ "payload.truth", false }, { "payload.one", false },
	{ "payload.absent", false }, { "!payload.absent", true },
	{ "user.roles", false }, { "user", false },
	{ "data.usage.paying == true", true },
	{ "data.usage.paying != false", true },
	{ "data.usage['paying']", true },
	/* The filter of the contract. */
	{ "feedback.status != 'Closed' && "
	  "payload.issue.fields.status.name == 'Done'", true },
	{ "feedback.status != 'Open' && "
	  "payload.issue.fields.status.name == 'Done'", false },
	/* Precedence and short circuits. */
	{ "true || false && false", true }, { "(true || false) && false", false },
	{ "false && false || true", true }, { "false || false || true", true },
	{ "true && true && false", false }, { "true && true && true", true },
	{ "!false && true", true }, { "!(false || true)", false },
	{ "1 + 2 == 3 && 4 - 1 < 5", true }, { "10 - 4 - 3 == 3", true },
	{ "10 - (4 - 3) == 9", true }, { "1 < 2 == true", true },
	{ "(payload.one == 1) == (payload.i == 1)", true },
	{ "(payload.one == 1) != (payload.absent == 1)", true },
	{ "-payload.neg == 3", true }, { "- -3 == 3", true },
	{ "-payload.half == -2.5", true }, { "-payload.truth == 1", false },
	{ "-payload.min == payload.min", false }, { "5-3 == 2", true },
	/* Absent fields and other types. */
	{ "payload.absent == 1", false }, { "payload.absent != 1", false },
	{ "!(payload.absent == 1)", true }, { "!(payload.absent != 1)", true },
	{ "payload.absent == payload.absent", false },
	{ "payload.absent != payload.absent", false },
	{ "payload.absent < 1", false }, { "payload.absent >= 1", false },
	{ "payload.absent.deeper.still == 1", false },
	{ "payload.issue.key.deeper == 1", false },
	{ "delivery.id == '1'", false }, { "has(delivery)", false },
	{ "payload.text2 == 2", false }, { "payload.text2 != 2", false },
	{ "payload.text2 < 3", false }, { "payload.truth == true", false },
	{ "payload.one == true", false }, { "user.nothing == ''", false },
	{ "user.nothing != ''", false }, { "user.nothing < 1", false },
	{ "payload.o == 'x'", false }, { "payload.list != 1", false },
	{ "data.usage.paying < feedback.private", false },
	{ "data.usage.paying >= feedback.private", false },
	/* null */
	{ "payload.absent == null", true }, { "payload.absent != null", false },
	{ "user.nothing == null", true }, { "user.nothing != null", false },
	{ "user.empty == null", false }, { "user.empty != null", true },
	{ "null == null", true }, { "null != null", false },
	{ "null == payload.one", false }, { "null != payload.one", true },
	{ "null == payload.absent", true },
	{ "payload.none == user.nothing", true },
	{ "payload.none != user.nothing", false },
	{ "payload.none == payload.absent", false },
	/* has() */
	{ "has(user.email)", true }, { "has(user.nothing)", true },
	{ "has(user.absent)", false }, { "!has(user.absent)", true },
	{ "has(payload)", true }, { "has(payload.list[5])", true },
	{ "has(payload.list[6])", false }, { "has(payload.list[5].k)", true },
	{ "has(payload.list[payload.i])", true }, { "has(payload['a'])", false },
	{ "has(user.absent) && user.absent == 1", false },
	{ "!has(user.absent) || user.absent == 1", true },
	/* Paths. */
	{ "payload['issue'][\"key\"] == 'PHN-7'", true },
	{ "payload.issue.fields.fixVersions[1].name == '2.0'", true },
	{ "payload.issue.fields.fixVersions.1.name == '2.0'", true },
	{ "payload.issue.fields.fixVersions.2.name == '2.0'", false },
	{ "payload.issue.fields.fixVersions['1'].name == '2.0'", false },
	{ "payload.issue.fields.fixVersions[-1].name == '2.0'", false },
	{ "payload['pull-request']['a.b'] == 7", true },
	{ "payload.true == 'yes'", true }, { "payload.in == 'inside'", true },
	{ "payload.0 == 'zero'", true }, { "payload['0'] == 'zero'", true },
	{ "payload[0] == 'zero'", false }, { "payload . one == 1", true },
	{ "payload.list[4][0] == 1", true }, { "payload.list.4.0 == 1", true },
	{ "payload.list[payload.i] == 2", true },
	{ "payload.list[payload.absent] == 2", false },
	{ "payload[payload.key] == 1", true },
	{ "payload.list[5][('k')] == 1", true },
	{ "(payload).one == 1", true }, { "(payload.o).a == 1", true },
	{ "[1, 2, 3][1] == 2", true }, { "[1, 2][2] == 2", false },
	{ "[payload.o][0].a == 1", true }, { "[payload.o][0].aa == 1", false },
	/* Numbers: exactly. */
	{ "payload.one == 1.0", true }, { "payload.two == 2", true },
	{ "payload.half > 2", true }, { "payload.half < 3", true },
	{ "2 < payload.half", true }, { "3 > payload.half", true },
	{ "payload.half >= 2.5", true }, { "payload.half <= 2.5", true },
	{ "payload.neg < -2.5", true }, { "-2.5 > payload.neg", true },
	{ "-3.5 < payload.neg", true }, { "payload.exp == 1000", true },
	{ "payload.big == 9007199254740993", true },
	{ "payload.big == 9007199254740992.0", false },
	{ "payload.big > 9007199254740992.0", true },
	{ "payload.max < 9223372036854775808.0", true },
	{ "payload.max == 9223372036854775808.0", false },
	{ "payload.min == -9223372036854775808.0", true },
	{ "payload.min == -9223372036854775808", true },
	{ "payload.beyond > payload.max", true },
	{ "payload.beyond == payload.max", false },
	{ "1e300 > payload.max", true }, { "-1e300 < payload.min", true },
	{ "0x29 == user.score", true }, { "0XfF == 255", true },
	{ "1.5e1 == 15", true }, { ".5 == 0.5", true }, { "5e-1 == 0.5", true },
	{ "user.score + 1 == 42", true }, { "user.score - 0.5 == 40.5", true },
	{ "0.5 + 1 == 1.5", true }, { "1 - 0.5 == 0.5", true },
	{ "payload.max + 1 == 0", false }, { "payload.max + 1 != 0", false },
	{ "payload.min - 1 < 0", false }, { "payload.text2 + 1 == 3", false },
	{ "9223372036854775807 == payload.max", true },
	/* Text. */
	{ "'a' < 'b'", true }, { "'a' < 'ab'", true }, { "'Z' < 'a'", true },
	{ "'ab' + \"c\" == 'abc'", true }, { "'' + '' == ''", true },
	{ "user.firstName + ' <' + user.email + '>' == 'Ann <ann@mail.example>'",
	  true },
	{ "'a\\tb\\n\\\\\\'\\\"\\x41\\u00e9\\U0001F600\\101' == "
	  "\"a\tb\\n\\\\'\\\"A\xc3\xa9\xf0\x9f\x98\x80" "A\"", true },
	{ "r'a\\nb' == 'a\\\\nb'", true }, { "R\"\\\" == '\\\\'", true },
	{ "'\\xe9' == 'é'", true }, { "payload.nul == 'a\\x00b'", true },
	{ "payload.nul == 'a'", false }, { "size(payload.nul) == 3", true },
	{ "user.email.startsWith('ann@')", true },
	{ "user.email.startsWith('ann@mail.example and more')", false },
	{ "user.email.startsWith('')", true },
	{ "user.email.endsWith('.example')", true },
	{ "user.email.endsWith('.Example')", false },
	{ "user.email.contains('@mail.')", true },
	{ "user.email.contains('@gmail.')", false },
	{ "user.empty.contains('')", true }, { "user.empty.contains('x')", false },
	{ "payload.one.contains('1')", false },
	{ "payload.absent.contains('')", false },
	{ "!payload.absent.contains('')", true },
	{ "payload.nul.endsWith('\\000b')", true },
	{ "'ABc1É'.lowerAscii() == 'abc1É'", true },
	{ "user.email.lowerAscii() == user.email", true },
	{ "payload.one.lowerAscii() == '1'", false },
	{ "payload.issue.key.lowerAscii().startsWith('phn-')", true },
	/* size() */
	{ "size(user.firstName) == 3", true }, { "user.firstName.size() == 3", true },
	{ "size(payload.uml) == 9", true }, { "size(payload.list) == 6", true },
	{ "payload.o.size() == 2", true }, { "size([]) == 0", true },
	{ "[1, 2].size() == 2", true }, { "size(payload.one) == 1", false },
	{ "size(payload.absent) == 0", false }, { "size(user.nothing) == 0", false },
	/* matches() */
	{ "user.email.matches('^[a-z]+@')", true },
	{ "matches(user.email, 'mail')", true },
	{ "user.email.matches('^mail')", false },
	{ "payload.uml.matches('^Gr..e, ..$')", true },
	{ "payload.lines.matches('two$')", false },
	{ "payload.lines.matches('(?m)^two$')", true },
	{ "payload.lines.matches(r'\\Aone\\s')", true },
	{ "payload.one.matches('1')", false }, { "user.empty.matches('^$')", true },
	{ "payload.issue.key.matches('(?i)phn-\\\\d')", true },
	/* Lists and in. */
	{ "feedback.status in ['Open', 'New']", true },
	{ "feedback.status in ['Closed']", false }, { "1 in []", false },
	{ "'admin' in user.roles", true }, { "'owner' in user.roles", false },
	{ "!('owner' in user.roles)", true }, { "2.0 in payload.list", true },
	{ "'2' in payload.list", false }, { "null in payload.list", true },
	{ "null in user.roles", false }, { "payload.absent in payload.list", false },
	{ "[1] in payload.list", true }, { "payload.list[5] in payload.list", true },
	{ "'a' in payload.o", true }, { "'c' in payload.o", false },
	{ "payload.one in payload.o", false }, { "'a\\x00' in payload.o", false },
	{ "'a' in payload.truth", false }, { "'a' in payload.absent", false },
	{ "user.score in [payload.absent, user.score]", true },
	{ "payload.nums == [1, 2]", true }, { "payload.nums != [1, 2]", false },
	{ "payload.nums == [1]", false }, { "payload.nums != [1, 2, 3]", true },
	{ "payload.nums == ['1', 2]", false }, { "payload.nums != ['1', 2]", true },
	{ "payload.nums == payload.same", true }, { "payload.o == payload.p", true },
	{ "payload.o != payload.p", false }, { "payload.o == user", false },
	{ "payload.o != user", true }, { "payload.nums == payload.o", false },
	{ "payload.nums != payload.o", false }, { "[] == []", true },
	{ "[[1], []] == [[1.0], []]", true }, { "payload.nums == [payload.absent, 2]",
	  false },
	/* Times. */
	{ "timestamp(user.createdAt) < now", true },
	{ "now - timestamp(user.createdAt) > duration('7d')", true },
	{ "now - timestamp(user.createdAt) > duration('30d')", false },
	{ "now - duration('36h') < timestamp('2026-11-22T00:00:00Z')", true },
	{ "now - duration('36h') == timestamp('2026-11-21T23:22:33.25Z')", true },
	{ "duration('1h30m') + now == timestamp('2026-11-23T12:52:33.25Z')", true },
	{ "duration('1h') + duration('30m') == duration('90m')", true },
	{ "duration('1h') - duration('30m') < duration('31m')", true },
	{ "timestamp(data.usage.last_seen) == timestamp('2026-11-20T08:00:00Z')",
	  true },
	{ "timestamp(data.usage.last_seen) != timestamp('2026-11-20')", true },
	{ "timestamp(now) == now", true },
	{ "timestamp(payload.unix) == timestamp('2025-11-20T00:53:20Z')", true },
	{ "timestamp(payload.millis) == timestamp(payload.unix)", true },
	{ "timestamp(0) == timestamp('1970-01-01')", true },
	{ "timestamp(payload.max) > now", false },
	{ "timestamp(payload.min) < now", false },
	{ "timestamp(payload.half) < now", true },
	{ "timestamp(user.email) < now", false },
	{ "timestamp(user.email) != now", false },
	{ "duration(user.email) != duration('1s')", false },
	{ "int(timestamp('1969-12-31T23:59:59.5Z')) == -1", true },
	{ "int(now) == 1795432953", true },
	{ "duration(now - now) == duration('0s')", true },
	/* int() and string(). */
	{ "int(3) == 3", true },
	{ "(1e308 + 1e308) - (1e308 + 1e308) != 0", false },
	{ "1 != (1e308 + 1e308) - (1e308 + 1e308)", false },
	{ "(false || true) == (true && true)", true },
	{ "payload.o == payload.list[5]", false },
	{ "payload.issue == payload.list[5]", false },
	{ "[payload.list[5]] == [payload.o]", false },
	{ "has([1][payload.absent])", false }, { "has([1][0])", true },
	{ "(payload.o)['b'][0]", true },
	{ "int('41') == user.score", true }, { "int(payload.text2) == 2", true },
	{ "int(payload.half) == 2", true }, { "int(-2.9) == -2", true },
	{ "int(1e19) == 1", false }, { "int('4x') == 4", false },
	{ "int(payload.beyond) > 0", false }, { "int(user.nothing) == 0", false },
	{ "string(user.score) == '41'", true }, { "string(payload.half) == '2.5'", true },
	{ "string(payload.exp) == '1e3'", true }, { "string(true) == 'true'", true },
	{ "string(0.1) == '0.1'", true }, { "string(now) == '2026-11-23T11:22:33.250000Z'",
	  true },
	{ "string(duration('90.5s')) == '90.5s'", true },
	{ "string(duration('-1h')) == '-3600s'", true },
	{ "string(user.email) == user.email", true },
	{ "string(user.empty) == ''", true }, { "string(user.nothing) == ''", false },
	{ "string(payload.o) == ''", false },
};

static const struct wrong_case {
	const char *source;
	size_t at;
	const char *part; /* of the sentence */
} wrongs[] = {
	/* Names. */
	{ "feedbak.status == 'x'", 0, "did you mean \"feedback\"" },
	{ "1 == 1 && Payload.x == 1", 10, "did you mean \"payload\"" },
	{ "ticket.status == 'x'", 0, "there are now, user, feedback, project, data" },
	{ "user.email.startswith('a')", 11, "did you mean \"startsWith\"" },
	{ "hass(user.x)", 0, "did you mean \"has\"" },
	{ "payload.labels.exists(l, true)", 15, "no function \"exists\"" },
	{ "payload.pull-request.x == 1", 12, "[\"…-request\"]" },
	{ "not user.x", 0, "write ! instead of not" },
	{ "user('x')", 0, "no function \"user\"" },
	/* Shape of calls. */
	{ "has()", 0, "has takes 1 value in its parentheses; here are 0" },
	{ "has(user.a, user.b)", 0, "here are 2" },
	{ "user.a.contains()", 7, "contains takes 1 value" },
	{ "user.a.matches('a', 'b')", 7, "here are 2" },
	{ "matches(user.a)", 0, "matches takes 2 values" },
	{ "startsWith(user.a, 'b')", 0, "write text.startsWith('part')" },
	{ "lowerAscii(user.a) == 'b'", 0, "write text.lowerAscii()" },
	{ "user.a.timestamp() < now", 7, "write timestamp(value)" },
	{ "has('a')", 4, "has() asks for a field" },
	{ "has(now)", 4, "has() asks for a field" },
	{ "has(1 + 2)", 4, "has() asks for a field" },
	/* Types that never fit. */
	{ "1 + 2", 0, "this is a number, where true or false is needed" },
	{ "'text'", 0, "this is text" }, { "now", 0, "this is a timestamp" },
	{ "['a']", 0, "this is a list" }, { "null", 0, "this is null" },
	{ "size(user.x)", 0, "this is a number" },
	{ "user.a && 'b'", 10, "this is text" },
	{ "1 || user.a", 0, "this is a number" }, { "!3", 1, "this is a number" },
	{ "'a' == 1", 4, "text and a number are never" },
	{ "'a' < 1", 4, "never the same kind" },
	{ "true == 'true'", 5, "never the same kind" },
	{ "true < false", 5, "true or false has no order" },
	{ "user.a > true", 7, "true or false has no order" },
	{ "1 < 2 < 3", 6, "true or false has no order" },
	{ "user.a < null", 7, "null has no order" },
	{ "[1] < [2]", 4, "a list has no order" },
	{ "now > '2026-01-01'", 4, "write timestamp('…') around the text" },
	{ "now > user.createdAt", 4, "write timestamp(…) around the field" },
	{ "now - timestamp(user.a) > '7d'", 24, "write duration('…')" },
	{ "now - timestamp(user.a) > user.b", 24, "write duration(…)" },
	{ "now + now == now", 4, "does not go between a timestamp and a timestamp" },
	{ "now - user.createdAt > duration('7d')", 4, "a timestamp and a field" },
	{ "'a' - 'b' == 'c'", 4, "does not go between text and text" },
	{ "1 + 'a' == 2", 2, "does not go between a number and text" },
	{ "-'a' == 'b'", 0, "needs a number; this is text" },
	{ "'a' in 'abc'", 4, "contains('part')" },
	{ "'a' in 3", 4, "needs a list or an object" },
	{ "'ab'[0] == 'a'", 0, "text has no members or items" },
	{ "now.year == 2026", 0, "a timestamp has no members" },
	{ "payload[1.5] == 1", 8, "an index is a whole number" },
	{ "payload[true] == 1", 8, "an index is a whole number" },
	{ "payload['a\\x00'] == 1", 8, "NUL" },
	{ "int(true) == 1", 4, "int does not work on true or false" },
	{ "size(5) == 1", 5, "size does not work on a number" },
	{ "duration(5) > duration('1s')", 9, "duration does not work on a number" },
	{ "user.a.contains(1)", 16, "contains needs text here" },
	{ "(1).contains('1')", 1, "contains does not work on a number" },
	{ "timestamp('yesterday') < now", 10, "write it like 2026-11-23T" },
	{ "timestamp('2026-02-30') < now", 10, "this is no time" },
	{ "duration('7 days') < now - now", 9, "write it like 90s" },
	/* Patterns. */
	{ "user.a.matches('a(b')", 19, "this pattern is wrong: missing closing" },
	{ "user.a.matches(r'a(b')", 20, "this pattern is wrong" },
	{ "user.a.matches('\\\\w(b')", 15, "this pattern is wrong" },
	{ "user.a.matches(user.b)", 15, "in quotes" },
	{ "user.a.matches('a' + 'b')", 15, "in quotes" },
	{ "user.a.matches(r'\\C')", 19, "this pattern is wrong" },
	/* Syntax. */
	{ "(user.a", 0, "this ( is never closed" },
	{ "(user.a == (1)", 0, "this ( is never closed" },
	{ "has(user.a", 3, "this ( is never closed" },
	{ "user.a in [1, 2", 10, "this [ is never closed" },
	{ "user[0", 4, "this [ is never closed" },
	{ "user.a)", 6, "is the opening one missing?" },
	{ "user.a == 1 ]", 12, "is the opening one missing?" },
	{ "(user.a]", 7, "is the opening one missing?" },
	{ "user.a == 1 1", 12, "expected an operator such as == or &&" },
	{ "user.a == 1 and user.b", 12, "write && instead of and" },
	{ "user.a or user.b", 7, "write || instead of or" },
	{ "(user.a OR user.b)", 8, "write || instead of or" },
	{ "user.a ==   ", 9, "the filter ends where a value should follow" },
	{ "user.a &&", 9, "the filter ends" }, { "user.", 5, "the name of a member" },
	{ "user..a", 5, "the name of a member" }, { "user.'a'", 5, "the name" },
	{ "== 1", 0, "expected a value here" }, { "()", 1, "where a value should" },
	{ "1 in [1,]", 8, "where a value should" }, { "a b", 0, "no root \"a\"" },
	{ "user.0x == 1", 6, "a number ends here" },
	{ "user.0e1 == 1", 4, "expected an operator" },
	{ "[1].0 == 1", 3, "expected an operator" },
	{ "user.a = 1", 7, "write \"==\"" }, { "user.a & user.b", 7, "write \"&&\"" },
	{ "user.a | user.b", 7, "write \"||\"" }, { "user.a * 2 == 4", 7, "multiply" },
	{ "user.a / 2 == 4", 7, "divide" }, { "user.a ? 1 : 2", 7, "a ? b : c" },
	{ "user.a == {}", 10, "objects of their own" }, { "user.`a`", 5, "[\"name\"]" },
	{ "user.a; user.b", 6, "one expression" }, { "user.a == #", 10, "\"#\"" },
	{ "user.a == “x”", 10, "plain ASCII" }, { "user.a == \x01", 10, "plain ASCII" },
	/* Literals. */
	{ "user.a == 'abc", 10, "no closing ' on its line" },
	{ "user.a == \"abc'", 10, "no closing \" on its line" },
	{ "user.a == 'a\nb'", 10, "no closing '" },
	{ "user.a == 'a\\'", 10, "no closing '" },
	{ "user.a == 'a\\qb'", 12, "this is no escape" },
	{ "user.a == '\\x4'", 11, "this is no escape" },
	{ "user.a == '\\ud800'", 11, "this is no escape" },
	{ "user.a == '\\U00110000'", 11, "this is no escape" },
	{ "user.a == '\\400'", 11, "this is no escape" },
	{ "user.a == '\\08'", 11, "this is no escape" },
	{ "user.a == 12abc", 12, "a number ends here" },
	{ "user.a == 12u", 12, "there are no suffixes" },
	{ "user.a == 0x", 11, "a number ends here" },
	{ "user.a == 9223372036854775808", 10, "does not fit in 64 bits" },
	{ "user.a == 99999999999999999999", 10, "does not fit in 64 bits" },
	{ "user.a == -9223372036854775809", 11, "does not fit in 64 bits" },
	{ "user.a == 0xfffffffffffffffff", 10, "does not fit in 64 bits" },
	{ "user.a == 1e999", 10, "too large" },
	{ "user.a == '\xff'", 0, "UTF-8" },
};

/* Facts that count how often a root was fetched. */
struct fixture {
	struct json_object *object;
	unsigned fetched;
};

static struct json_object *
root(void *arg, const char *name)
{
	struct fixture *fixture = arg;
	struct json_object *found = NULL;

	fixture->fetched++;
	json_object_object_get_ex(fixture->object, name, &found);
	return found;
}

static void
collect(void *arg, struct span expression, struct span left,
    const char *operator, struct span right, bool result)
{
	struct buf *out = arg;

	buf_span(out, expression);
	buf_puts(out, ": ");
	buf_span(out, left);
	buf_printf(out, " %s ", operator);
	buf_span(out, right);
	buf_printf(out, " -> %s\n", result ? "true" : "false");
}

/* 1 or 0, or -1 when it does not compile; the trace is added to out. */
static int
evaluated(struct span source, struct json_object *object, struct buf *out,
    unsigned *fetched_r)
{
	struct arena *arena = arena_new(), *scratch = arena_new();
	struct fixture fixture = { object, 0 };
	struct facts facts = { .root = root, .arg = &fixture, .now = NOW };
	struct filter_trace trace = { collect, out };
	struct filter_error error = { 0, "" };
	const struct filter *filter = filter_compile(arena, source, NULL, &error);
	int result = -1;

	if (filter == NULL)
		printf("# %zu: %s\n", error.at, error.text);
	else
		result = filter_match(filter, &facts, scratch,
		    out != NULL ? &trace : NULL);
	if (fetched_r != NULL)
		*fetched_r = fixture.fetched;
	arena_free(&scratch);
	arena_free(&arena);
	return result;
}

static void
test_matches(struct json_object *object)
{
	for (size_t i = 0; i < COUNT(matches); i++) {
		const struct match_case *c = &matches[i];
		struct buf trace = { 0 };
		struct span source = span_of(c->source);

		ok(evaluated(source, object, NULL, NULL) == c->expected &&
		    evaluated(source, object, &trace, NULL) == c->expected,
		    "%.60s is %s", c->source, c->expected ? "true" : "false");
		buf_free(&trace);
	}
}

static void
test_wrongs(void)
{
	for (size_t i = 0; i < COUNT(wrongs); i++) {
		const struct wrong_case *c = &wrongs[i];
		struct arena *arena = arena_new();
		struct filter_error error = { 999, "" };
		bool refused = filter_compile(arena, span_of(c->source), NULL,
		    &error) == NULL;

		if (!ok(refused && error.at == c->at &&
		    strstr(error.text, c->part) != NULL, "refused: %.60s",
		    c->source))
			printf("# refused %d at %zu: %s\n", refused, error.at,
			    error.text);
		arena_free(&arena);
	}
}

/* How a filter is traced; lists and objects as short as they are. */
static void
test_trace(struct json_object *object)
{
	static const struct {
		const char *source, *trace;
	} cases[] = {
		{ "feedback.status != 'Closed' && payload.issue.key == 'X'",
		  "feedback.status != 'Closed': \"Open\" != \"Closed\" -> true\n"
		  "payload.issue.key == 'X': \"PHN-7\" == \"X\" -> false\n" },
		{ "user.score > 100 && user.absent == 1",
		  "user.score > 100: 41 > 100 -> false\n" },
		{ "user.score < 100 || user.absent == 1",
		  "user.score < 100: 41 < 100 -> true\n" },
		{ "!(user.absent == null)",
		  "user.absent == null: (absent) == null -> true\n" },
		{ "has(user.absent) || has(user.nothing)",
		  "has(user.absent): (absent) has  -> false\n"
		  "has(user.nothing): null has  -> true\n" },
		{ "data.usage.paying && payload.truth",
		  "data.usage.paying: true == true -> true\n"
		  "payload.truth: \"true\" == true -> false\n" },
		{ "(payload . uml).contains( 'ß' )",
		  "(payload . uml).contains( 'ß' ): \"Grüße, 世界\" contains \"ß\""
		  " -> true\n" },
		{ "payload.nul in ['a', \"b\"]",
		  "payload.nul in ['a', \"b\"]: \"a\\u0000b\" in ['a', \"b\"]"
		  " -> false\n" },
		{ "payload.o != payload.nums",
		  "payload.o != payload.nums: {\"a\":1,\"b\":[true]} != [1,2.0]"
		  " -> false\n" },
		{ "now - timestamp(user.createdAt) > duration('7d')",
		  "now - timestamp(user.createdAt) > duration('7d'): "
		  "1941753.25s > 604800s -> true\n" },
		{ "timestamp('2026-01-01') < now",
		  "timestamp('2026-01-01') < now: 2026-01-01T00:00:00Z < "
		  "2026-11-23T11:22:33.250000Z -> true\n" },
		{ "payload.exp + 0.25 == 1000.25 && payload.exp == 1000",
		  "payload.exp + 0.25 == 1000.25: 1000.25 == 1000.25 -> true\n"
		  "payload.exp == 1000: 1e3 == 1000 -> true\n" },
		{ "(user.score == 41) == (user.score == 42)",
		  "user.score == 41: 41 == 41 -> true\n"
		  "user.score == 42: 41 == 42 -> false\n"
		  "(user.score == 41) == (user.score == 42): true == false"
		  " -> false\n" },
		{ "user.email.matches('^bob')",
		  "user.email.matches('^bob'): \"ann@mail.example\" matches "
		  "\"^bob\" -> false\n" },
		{ "true && !false", "" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = { 0 };

		evaluated(span_of(cases[i].source), object, &out, NULL);
		buf_putc(&out, '\0');
		is_text(out.p, cases[i].trace, cases[i].source);
		buf_free(&out);
	}
}

/* A payload whose "s" is n times the text. */
static struct json_object *
long_text(const char *text, size_t n, const char *end)
{
	struct json_object *object = json_object_new_object();
	struct json_object *payload = json_object_new_object();
	struct buf buf = { 0 };

	while (n-- > 0)
		buf_puts(&buf, text);
	buf_puts(&buf, end);
	json_object_object_add(object, "payload", payload);
	json_object_object_add(payload, "s",
	    json_object_new_string_len(buf.p, (int)buf.n));
	buf_free(&buf);
	return object;
}

static void
is_traced(const char *source, struct json_object *object, const char *expected,
    const char *name)
{
	struct buf out = { 0 };

	evaluated(span_of(source), object, &out, NULL);
	buf_putc(&out, '\0');
	is_text(out.p, expected, name);
	buf_free(&out);
}

static void
test_cut(void)
{
	struct json_object *object = long_text("ü", 70, "");

	/* A quote, 59 characters of two bytes, and one byte that is none. */
	is_traced("payload.s == ''", object, "payload.s == '': \""
	    "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü…"
	    " == \"\" -> false\n", "a value is cut between characters");
	is_traced("payload == 1", object, "payload == 1: {\"s\":\""
	    "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü"
	    "üü… == 1 -> false\n", "an object is cut");
	json_object_put(object);
}

static void
test_stops(void)
{
	struct json_object *bomb = long_text("a", 24, "b");
	struct json_object *deep = long_text("ab", 3000, "\n");
	struct json_object *large = long_text("ab", 40000, "");
	struct json_object *flat = long_text("a", 65000, "");
	struct json_object *huge = long_text("ab", 1000000, "");
	struct buf out = { 0 };

	is_traced("payload.s.matches('^(a+)+$') || true", bomb,
	    "payload.s.matches('^(a+)+$'): (stopped) because the pattern takes "
	    "too many steps on this text -> false\n", "a costly pattern");
	ok(evaluated(SPAN("payload.s.matches('^(a|b)*c') || true"), deep, NULL,
	    NULL) == 0, "a pattern that goes deep");
	ok(evaluated(SPAN("payload.s.matches('^[ab]+\\\\s$')"), deep, NULL,
	    NULL) == 1, "a long match that is cheap");
	/* Cheap at each place of the text, and there are many places. */
	ok(evaluated(SPAN("payload.s.matches('[ab].*[xy]') || true"), flat, NULL, NULL) == 0,
	    "a pattern that is tried at many places");
	ok(evaluated(SPAN("payload.s.matches('[ab]*+[xy]') || true"), flat, NULL, NULL) == 0,
	    "one that runs over the text at each of them");
	ok(evaluated(SPAN("!payload.s.matches('^(a+)+$')"), bomb, NULL, NULL) == 0,
	    "what was stopped is false under ! too");
	is_traced("!payload.s.matches('x')", large,
	    "payload.s.matches('x'): (stopped) because matches() does not look "
	    "at texts of more than 64 KiB -> false\n", "a long subject");
	ok(evaluated(SPAN("payload.s.contains('ba') && payload.s.size() == 80000"),
	    large, NULL, NULL) == 1, "a long text is no trouble otherwise");
	for (int i = 0; i < 10; i++)
		buf_printf(&out, "%spayload.s.contains('x%d')", i ? " || " : "", i);
	ok(evaluated(buf_bytes(&out), huge, NULL, NULL) == 0,
	    "many looks at a huge text end");
	buf_puts(&out, " || true");
	ok(evaluated(buf_bytes(&out), huge, NULL, NULL) == 0,
	    "and then nothing holds");
	ok(evaluated(SPAN("(payload.s + payload.s + payload.s + payload.s + "
	    "payload.s).size() > 0 || true"), huge, NULL, NULL) == 0,
	    "joined texts are bounded");
	ok(evaluated(SPAN("payload.s == payload.s"), huge, NULL, NULL) == 1,
	    "one look at a huge text is allowed");
	buf_free(&out);
	json_object_put(bomb);
	json_object_put(deep);
	json_object_put(large);
	json_object_put(flat);
	json_object_put(huge);
}

/* All filters of one delivery have their steps together. */
static void
test_shared_steps(void)
{
	struct json_object *flat = long_text("a", 60000, "");
	struct fixture fixture = { .object = flat };
	size_t steps = 1500000, before;
	struct facts facts = { .root = root, .arg = &fixture, .now = NOW, .steps = &steps };
	struct arena *arena = arena_new();
	struct filter_error error;
	const struct filter *cheap = filter_compile(arena, SPAN("payload.s != 'x'"), NULL, &error);
	const struct filter *dear = filter_compile(arena, SPAN("payload.s.matches('[ab].*[xy]')"),
	    NULL, &error);

	ok(filter_match(cheap, &facts, arena, NULL) && steps < 1500000 && steps > 1490000,
	    "a cheap filter takes a few steps");
	ok(!filter_match(dear, &facts, arena, NULL) && steps < 500000 && steps > 0,
	    "one that is stopped by itself takes its million");
	before = steps;
	ok(filter_match(cheap, &facts, arena, NULL) && steps < before, "others go on");
	ok(!filter_match(dear, &facts, arena, NULL) && steps == 0, "until all are taken");
	ok(!filter_match(cheap, &facts, arena, NULL), "then nothing holds");
	arena_free(&arena);
	json_object_put(flat);
}

/* before, n times part, then end. */
static struct buf
repeated(const char *before, const char *part, size_t n, const char *end)
{
	struct buf out = { 0 };

	buf_puts(&out, before);
	while (n-- > 0)
		buf_puts(&out, part);
	buf_puts(&out, end);
	return out;
}

static void
test_bounds(struct json_object *object)
{
	static const struct {
		const char *name, *before, *part;
		size_t n;
		const char *end;
		int result;         /* -1: refused */
		const char *reason; /* of the refusal */
	} cases[] = {
		{ "63 signs", "", "!", 63, "true", 0, NULL },
		{ "64 signs", "", "!", 64, "true", -1, "nested" },
		{ "8000 signs", "", "!", 8000, "true", -1, "nested" },
		{ "8000 minus signs", "1 == ", "-", 8000, "x", -1, "nested" },
		{ "8000 parentheses", "", "(", 8000, "", -1, "nested" },
		{ "8000 brackets", "1 in ", "[", 8000, "", -1, "nested" },
		{ "8000 indices", "", "user[", 1600, "", -1, "nested" },
		{ "1600 calls", "", "has(", 1600, "", -1, "nested" },
		{ "8192 bytes", "", " ", 8188, "true", 1, NULL },
		{ "8193 bytes", "", " ", 8189, "true", -1, "at most 8192 bytes" },
		{ "499 conjunctions", "true", " && true", 499, "", 1, NULL },
		{ "500 conjunctions", "true", " && true", 500, "", -1, "1000 parts" },
		{ "499 disjunctions", "true", "|| false", 499, "", 1, NULL },
		{ "450 terms", "450 == 0", "+ 1", 450, "", 1, NULL },
		{ "999 members", "has(user", ".a", 1000, ")", -1, "1000 parts" },
		{ "16 patterns", "true", "&& !user.x.matches('a')", 16, "", 1, NULL },
		{ "17 patterns", "true", "&& !user.x.matches('a')", 17, "", -1,
		  "at most 16 patterns" },
		{ "1024 bytes of pattern", "!user.x.matches('", "a", 1024, "')", 1,
		  NULL },
		{ "1025 bytes of pattern", "!user.x.matches('", "a", 1025, "')",
		  -1, "at most 1024 bytes" },
		{ "a pattern that grows", "!user.x.matches('", "(", 100,
		  "a{999}{999}')", -1, "this pattern is wrong" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf source = repeated(cases[i].before, cases[i].part,
		    cases[i].n, cases[i].end);
		struct arena *arena = arena_new();
		struct filter_error error = { 0, "" };
		int result = evaluated(buf_bytes(&source), object, NULL, NULL);

		filter_compile(arena, buf_bytes(&source), NULL, &error);
		if (!ok(result == cases[i].result && (cases[i].reason == NULL ||
		    strstr(error.text, cases[i].reason) != NULL), "%s",
		    cases[i].name))
			printf("# %d, %s\n", result, error.text);
		arena_free(&arena);
		buf_free(&source);
	}
}

static void
test_show(void)
{
	static const struct {
		const char *source;
		size_t at;
		const char *shown;
	} cases[] = {
		{ "user.a = 1", 7, "user.a = 1\n       ^\n" },
		{ "", 0, "\n^\n" },
		{ "a", 99, "a\n ^\n" },
		{ "\tx\ty", 3, "\tx\ty\n\t \t^\n" },
		{ "one\n  two x\nthree", 10, "  two x\n      ^\n" },
		{ "one\r\ntwo", 0, "one\n^\n" },
		{ "'é' x", 5, "'é' x\n    ^\n" },
		{ "'世界' x", 9, "'世界' x\n       ^\n" },
		{ "'e\xcc\x81' x", 6, "'e\xcc\x81' x\n    ^\n" },
		{ "'\x1b[2J\xff' x", 8, "'?[2J?' x\n        ^\n" },
		{ "one\n", 4, "\n^\n" },
	};
	struct buf line = repeated("", "abcdefghij", 20, "");
	struct arena *arena = arena_new();

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct filter_error error = { cases[i].at, "" };

		is_text(filter_error_show(arena, &error, span_of(cases[i].source)) + 1,
		    cases[i].shown, "a place is shown");
	}
	is_text(filter_error_show(arena, &(struct filter_error){ 100, "no" }, buf_bytes(&line)),
	    "no\n…abcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"
	    "abcdefghijabcdefghijabcde…\n"
	    "                                                   ^\n",
	    "a long line is cut around the place");
	arena_free(&arena);
	buf_free(&line);
}

static void
test_conditions(void)
{
	static const struct {
		const char *source, *conditions;
	} cases[] = {
		{ "user.email == 'a'", "user.email 0 \"a\"\n" },
		{ "feedback.fields.jira == 'P' && user.score > 3 && user.x != 1",
		  "feedback.fields.jira 0 \"P\"\nuser.score 3 3\n" },
		{ "3 < user.a && 4 <= user.b && 5.5 > user.c && 6 >= user.d && "
		  "true == user.e", "user.a 3 3\nuser.b 4 4\nuser.c 1 5.5\n"
		  "user.d 2 6\nuser.e 0 true\n" },
		{ "(user.a == 1 && user.b == 2) && (user.c == -3)",
		  "user.a 0 1\nuser.b 0 2\nuser.c 0 -3\n" },
		{ "user.a == 1 || user.b == 2", "" }, { "!(user.a == 1)", "" },
		{ "user.a == 1 && (user.b == 2 || user.c == 3)", "user.a 0 1\n" },
		{ "user.paying && !user.off", "user.paying 0 true\n" },
		{ "user.name.startsWith('An')", "user.name 5 \"An\"\n" },
		{ "user.name.endsWith('An') && user.x.startsWith(user.y)", "" },
		{ "timestamp(data.u.seen) >= timestamp('2026-11-23')",
		  "data.u.seen 4 1795392000000000 time\n" },
		{ "timestamp('1970-01-01T00:00:01Z') > timestamp(data.u.seen)",
		  "data.u.seen 1 1000000 time\n" },
		{ "timestamp(data.u.seen) > now - duration('1s') && now <= timestamp(user.at)",
		  "data.u.seen 3 -1000000 time now\nuser.at 4 0 time now\n" },
		{ "'vip' in user.teams && user.x in ['a'] && 'a' in ['a']", "user.teams 6 \"vip\"\n" },
		{ "user['a'].b == 1", "user.a.b 0 1\n" },
		{ "user['a.b'] == 1 && user.l[0] == 1 && user.l.0 == 1", "" },
		{ "user.a == user.b && user.a == null && user.a + 1 == 2 && "
		  "size(user.a) == 1", "" }, { "", "" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *arena = arena_new();
		struct filter_error error;
		struct filter_condition found[8];
		const struct filter *filter = filter_compile(arena,
		    span_of(cases[i].source), NULL, &error);
		size_t n = filter ? filter_conditions(filter, found, 8) : 0;
		struct buf out = { 0 };

		for (size_t c = 0; c < n; c++)
			buf_printf(&out, "%s %d %s%s\n", found[c].path.p,
			    (int)found[c].operator,
			    json_object_to_json_string(found[c].constant),
			    found[c].from_now ? " time now" : found[c].is_time ? " time" : "");
		buf_putc(&out, '\0');
		is_text(out.p, cases[i].conditions, cases[i].source);
		ok(filter_conditions(filter, found, 1) == (n > 0),
		    "no more than asked for");
		buf_free(&out);
		arena_free(&arena);
	}
}

static void
test_roots(struct json_object *object)
{
	static const char *const names[] = { "record", "data", NULL };
	struct filter_roots roots = { .names = names };
	struct arena *arena = arena_new();
	struct filter_error error;
	const struct filter *filter;
	char source[] = "record.a == 1 && timestamp(data.b) < now";
	unsigned fetched;

	filter = filter_compile(arena, span_of(source), &roots, &error);
	memset(source, 'x', sizeof source - 1);
	ok(filter != NULL, "own roots");
	ok(filter_compile(arena, SPAN("user.a == 1"), &roots, &error) == NULL &&
	    strstr(error.text, "now, record, data") != NULL, "other roots");
	ok(filter_compile(arena, SPAN(""), NULL, &error) != NULL, "none used");
	evaluated(SPAN("user.score == 1 || user.score == 41 || data.x == 1"),
	    object, NULL, &fetched);
	ok(fetched == 1, "a root is fetched once, and only when it is needed");
	filter = filter_compile(arena,
	    SPAN("user.a == '\0' && 'x' \0"), NULL, &error);
	ok(filter == NULL && error.at == 21, "NUL is no end of the source");
	arena_free(&arena);
}

static struct span
saved(void *arg, struct span name, const char **sentence_r)
{
	(void)arg;
	*sentence_r = "there is none";
	return span_is(name, "old") ? SPAN("user.score > 40")
	    : span_is(name, "both") ? SPAN("saved('old') && user.a == 1 // so")
	    : span_is(name, "self") ? SPAN("saved('self')")
	    : span_is(name, "bad") ? SPAN("user.a ==") : span_is(name, "text") ? SPAN("'x'")
	    : span_is(name, "empty") ? SPAN("") : (struct span){ NULL, 0 };
}

static void
test_saved(void)
{
	static const struct {
		const char *source, *conditions, *error;
	} cases[] = {
		{ "saved('old')", "user.score", NULL },
		{ "!saved('old')", "", NULL },
		{ "saved('both') && payload.x == 2", "user.score user.a payload.x", NULL },
		{ "saved('none')", NULL, "there is none" },
		{ "user.a == 1 && saved('self')", NULL, "in saved('self'): saved filters stand in "
		  "each other more than 8 deep, or for ever" },
		{ "saved('bad')", NULL, "in saved('bad'): " },
		{ "saved('text')", NULL, "in saved('text'): " },
		{ "saved('empty')", NULL, "in saved('empty'): " },
		{ "saved(user.name)", NULL, "the name of a saved filter is written" },
	};
	const struct filter_roots roots = { .saved = saved };
	struct filter_error error;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *arena = arena_new();
		const struct filter *filter = filter_compile(arena, span_of(cases[i].source),
		    &roots, &error);
		struct filter_condition found[8];
		size_t n = filter != NULL ? filter_conditions(filter, found, 8) : 0;
		const char *paths = "";

		for (size_t c = 0; c < n; c++)
			paths = arena_printf(arena, "%s%s%s", paths, c > 0 ? " " : "",
			    found[c].path.p);
		if (cases[i].error == NULL)
			is_text(paths, cases[i].conditions, cases[i].source);
		else
			ok(filter == NULL && span_starts(span_of(error.text), cases[i].error),
			    "%s: %s", cases[i].source, error.text);
		arena_free(&arena);
	}
}

int
main(void)
{
	struct json_object *object = json_tokener_parse(world);

	test_matches(object);
	test_wrongs();
	test_trace(object);
	test_cut();
	test_stops();
	test_shared_steps();
	test_bounds(object);
	test_show();
	test_conditions();
	test_roots(object);
	test_saved();
	json_object_put(object);
	return tap_done();
}
