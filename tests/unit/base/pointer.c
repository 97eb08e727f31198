/* SPDX-License-Identifier: ISC */
#include "base/json.h"
#include "base/pointer.h"
#include "tap.h"

#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define CASE(text) { (text), sizeof(text) - 1 }

static const char document[] =
    "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,"
    "\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,\"m~n\":8,\"null\":null,\"a.b\":9,\"-\":10,"
    "\"0\":11,\"~1\":12,\"issue\":{\"fields\":{\"fixVersions\":[{\"name\":\"1.2\"},"
    "{\"name\":null}],\"\":{\"x\":13},\"status\":{\"name\":\"Done\"}}},"
    "\"deep\":[[1,[2]],{\"0\":14}],\"caf\xc3\xa9\":15,"
    "\"ten\":[0,1,2,3,4,5,6,7,8,9,20]}";

struct step {
	struct span path;
	const char *json; /* NULL: absent */
};

/* Parameters: names as they are, and the examples of RFC 6901, section 5. */
static const struct step parameters[] = {
	{ CASE("foo"), "[\"bar\",\"baz\"]" },
	{ CASE("a/b"), "1" }, { CASE("a.b"), "9" }, { CASE("m~n"), "8" },
	{ CASE("~1"), "12" }, { CASE(" "), "7" }, { CASE("0"), "11" },
	{ CASE("null"), "null" }, { CASE("caf\xc3\xa9"), "15" },
	{ CASE("issue.fields"), NULL }, { CASE("Foo"), NULL }, { CASE("fo"), NULL },
	{ CASE("foo "), NULL }, { CASE("foo\0"), NULL }, { CASE("foo\0" "0"), NULL },
	{ CASE(""), NULL },
	{ CASE("/foo"), "[\"bar\",\"baz\"]" },
	{ CASE("/foo/0"), "\"bar\"" }, { CASE("/foo/1"), "\"baz\"" },
	{ CASE("/"), "0" }, { CASE("/a~1b"), "1" }, { CASE("/c%d"), "2" },
	{ CASE("/e^f"), "3" }, { CASE("/g|h"), "4" }, { CASE("/i\\j"), "5" },
	{ CASE("/k\"l"), "6" }, { CASE("/ "), "7" }, { CASE("/m~0n"), "8" },
	{ CASE("/~01"), "12" }, { CASE("/null"), "null" }, { CASE("/a.b"), "9" },
	{ CASE("/-"), "10" }, { CASE("/0"), "11" }, { CASE("/caf\xc3\xa9"), "15" },
	{ CASE("/issue/fields/fixVersions/0/name"), "\"1.2\"" },
	{ CASE("/issue/fields/fixVersions/1/name"), "null" },
	{ CASE("/issue/fields//x"), "13" },
	{ CASE("/deep/0/1/0"), "2" }, { CASE("/deep/1/0"), "14" },
	{ CASE("/ten/10"), "20" }, { CASE("/ten/9"), "9" },
	{ CASE("/foo/2"), NULL }, { CASE("/foo/-"), NULL }, { CASE("/foo/00"), NULL },
	{ CASE("/foo/01"), NULL }, { CASE("/foo/+1"), NULL }, { CASE("/foo/-1"), NULL },
	{ CASE("/foo/1e0"), NULL }, { CASE("/foo/ 1"), NULL }, { CASE("/foo/"), NULL },
	{ CASE("/foo/0/0"), NULL }, { CASE("/foo/0/"), NULL }, { CASE("//"), NULL },
	{ CASE("/foo/4294967296"), NULL }, { CASE("/foo/18446744073709551616"), NULL },
	{ CASE("/ten/1:"), NULL }, { CASE("/null/0"), NULL }, { CASE("/null/"), NULL },
	{ CASE("/a/b"), NULL }, { CASE("/m~n"), NULL }, { CASE("/m~"), NULL },
	{ CASE("/m~2n"), NULL }, { CASE("/foo\0"), NULL }, { CASE("/foo\0/0"), NULL },
	{ CASE("/foo/0\0"), NULL }, { CASE("/issue\0x/fields"), NULL },
	{ CASE("foo/0"), NULL }, { CASE("/none"), NULL },
};

static const struct step dotted[] = {
	{ CASE("issue.fields.fixVersions.0.name"), "\"1.2\"" },
	{ CASE("issue.fields.fixVersions.1.name"), "null" },
	{ CASE("issue.fields.status.name"), "\"Done\"" },
	{ CASE("issue.fields..x"), "13" },
	{ CASE("foo.1"), "\"baz\"" }, { CASE("foo"), "[\"bar\",\"baz\"]" },
	{ CASE("a/b"), "1" }, { CASE("m~n"), "8" }, { CASE("null"), "null" },
	{ CASE("deep.0.1.0"), "2" },
	{ CASE("a.b"), NULL }, { CASE("foo.2"), NULL }, { CASE("foo.01"), NULL },
	{ CASE("foo."), NULL }, { CASE(".foo"), NULL }, { CASE(""), NULL },
	{ CASE("foo\0.1"), NULL }, { CASE("foo.0.x"), NULL }, { CASE("null.x"), NULL },
};

static const struct {
	struct span parameter;
	const char *problem;
} checks[] = {
	{ CASE("issue"), NULL }, { CASE("/issue/fields/0"), NULL }, { CASE("/"), NULL },
	{ CASE("a~b"), NULL }, { CASE("/a~0~1b"), NULL }, { CASE("caf\xc3\xa9"), NULL },
	{ CASE("a b.c/d"), NULL },
	{ CASE(""), "The name of a parameter is empty." },
	{ CASE("a\0b"), "The name of a parameter contains a NUL byte." },
	{ CASE("caf\xe9"), "The name of a parameter is not valid UTF-8." },
	{ CASE("/a~"), "In a JSON Pointer only ~0 (for ~) and ~1 (for /) may follow a tilde." },
	{ CASE("/a~2"), "In a JSON Pointer only ~0 (for ~) and ~1 (for /) may follow a tilde." },
	{ CASE("/~~"), "In a JSON Pointer only ~0 (for ~) and ~1 (for /) may follow a tilde." },
};

typedef int walker(struct json_object *, struct span, struct json_object **);

static void
walks(struct arena *arena, const char *name, walker *walk, const struct step *steps, size_t n)
{
	struct error error = { 0 };
	struct json_object *body = json_read(arena, span_of(document),
	    &json_limits_default, &error);

	for (size_t i = 0; i < n; i++) {
		struct json_object *value = body;
		/* Exactly this size: reading past it is caught. */
		char *exact = malloc(steps[i].path.n + 1);
		int found;

		memcpy(exact, steps[i].path.p, steps[i].path.n);
		/* cppcheck-suppress memleakOnRealloc ; without memory the test ends */
		exact = realloc(exact, steps[i].path.n + (steps[i].path.n == 0));
		found = walk(body, (struct span){ exact, steps[i].path.n }, &value);
		ok(found == (steps[i].json != NULL), "%s \"%s\" is %s", name, steps[i].path.p,
		    steps[i].json != NULL ? "there" : "absent");
		is_text(found ? json_write(arena, value).p : NULL, steps[i].json, "its value");
		ok(found || value == NULL, "nothing else is left behind");
		free(exact);
	}
}

int
main(void)
{
	static char same[2001];
	struct arena *arena = arena_new();
	struct error error = { 0 };
	struct json_object *list = json_read(arena, SPAN("[[\"x\"],{\"0\":1}]"),
	    &json_limits_default, &error), *value;

	walks(arena, "parameter", pointer_get, parameters, COUNT(parameters));
	walks(arena, "dotted", pointer_dotted, dotted, COUNT(dotted));
	ok(pointer_get(list, SPAN("0"), &value) == 0, "an array has no names");
	ok(pointer_get(list, SPAN("/0/0"), &value) == 1, "but items");
	ok(pointer_dotted(list, SPAN("1.0"), &value) == 1, "dotted too");
	ok(pointer_get(NULL, SPAN("a"), &value) == 0 &&
	    pointer_get(NULL, SPAN("/a"), &value) == 0 &&
	    pointer_dotted(NULL, SPAN("a"), &value) == 0, "null has nothing");
	for (size_t i = 0; i < COUNT(checks); i++)
		is_text(pointer_check(checks[i].parameter), checks[i].problem,
		    checks[i].parameter.p);
	memset(same, 'k', 2000);
	ok(pointer_check((struct span){ same, 1024 }) == NULL, "1024 bytes");
	is_text(pointer_check((struct span){ same, 1025 }),
	    "The name of a parameter is longer than 1024 bytes.", "1025 bytes");
	value = json_new_object(arena);
	json_set_int(value, same, 1);
	ok(pointer_get(value, (struct span){ same, 2000 }, &list) == 0, "2000 are absent");
	same[1024] = '\0';
	json_set_int(value, same, 1);
	ok(pointer_get(value, (struct span){ same, 1024 }, &list) == 1, "1024 are found");
	arena_free(&arena);
	return tap_done();
}
