/* SPDX-License-Identifier: ISC */
#include "lang/filter.h"
#include "lang/filter_cases.h"
#include "tap.h"

#include <stdlib.h>

#include <json-c/json.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NOW INT64_C(1795432953250000) /* 2026-11-23T11:22:33.25Z */

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
