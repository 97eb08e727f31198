/* SPDX-License-Identifier: ISC */
/* Trees of what came: names, parameters, bounds, and what cannot be seen. */
#include "console/tree.h"

#include "base/json.h"
#include "tap.h"

#include <string.h>

static struct arena *arena;

static struct json_object *
tree(const char *json, size_t max, size_t *left_r)
{
	return tree_of(arena, json_load(arena, span_of(json)), max, left_r);
}

static bool
is_leaf(struct json_object *rows, size_t i, const char *parameter, const char *value,
    const char *type)
{
	struct json_object *row = json_at(rows, i);

	return json_flag(row, "is_leaf", false) && span_is(json_string(row, "parameter"), parameter) &&
	    span_is(json_string(row, "value"), value) && span_is(json_string(row, "type"), type);
}

static void
test_rows(void)
{
	size_t left;
	struct json_object *rows = tree("{\"a\":1.50,\"b\":{\"c/d\":\"x\",\"~\":null},\"e\":[true,[]],"
	    "\"f/g\":\"\"}", 100, &left);

	ok(left == 0 && json_count(rows) == 11, "rows: %zu", json_count(rows));
	ok(is_leaf(rows, 0, "a", "1.50", "number"), "a number as it was written, by its name");
	ok(json_flag(json_at(rows, 1), "is_open", false) &&
	    span_is(json_string(json_at(rows, 1), "of"), "2 values"), "what has values");
	ok(is_leaf(rows, 2, "/b/c~1d", "x", "text"), "a slash in a name");
	ok(is_leaf(rows, 3, "/b/~0", "nothing", "nothing"), "a tilde, and null");
	ok(json_flag(json_at(rows, 4), "is_close", false), "its end");
	ok(span_is(json_string(json_at(rows, 5), "of"), "2 items"), "a list");
	ok(is_leaf(rows, 6, "/e/0", "true", "boolean"), "an item");
	ok(json_flag(json_at(rows, 7), "is_open", false) &&
	    json_flag(json_at(rows, 8), "is_close", false), "an empty list opens and closes");
	ok(is_leaf(rows, 10, "/f~1g", "", "text"), "a name that would be a pointer is one");
	rows = tree("\"text\"", 100, &left);
	ok(json_count(rows) == 0, "no tree of a text");
}

static void
test_bound(void)
{
	size_t left, depth = 0, opened = 0;
	struct json_object *rows = tree("{\"a\":{\"b\":[1,2,3,4]},\"c\":5,\"d\":{\"e\":6}}", 4, &left);

	for (size_t i = 0; i < json_count(rows); i++) {
		depth += json_flag(json_at(rows, i), "is_open", false);
		opened += json_flag(json_at(rows, i), "is_close", false);
	}
	ok(left == 4 && depth == opened, "what is beyond is counted, and all that opens is closed: "
	    "%zu left", left);
}

static void
test_visible(void)
{
	struct json_object *object = json_load(arena, SPAN("{\"a\":\"x\xe2\x80\xae" "y\",\"b\":[{\"c\":"
	    "\"\\u0007\"}],\"n\":7}"));
	struct span text = tree_visible(arena, SPAN("one\n\ttwo\x1b[31m"));

	ok(memchr(text.p, 0x1b, text.n) == NULL && span_starts(text, "one\n\ttwo"),
	    "lines and tabulators stay, others are written out");
	tree_make_visible(arena, object);
	text = json_string(object, "a");
	ok(memmem(text.p, text.n, "\xe2\x80\xae", 3) == NULL && text.n > 2, "what turns the direction");
	text = json_string(json_at(json_get(object, "b"), 0), "c");
	ok(text.n > 1 && text.p[0] != 7, "also in what is within");
	ok(json_integer(object, "n", 0) == 7, "numbers stay");
}

int
main(void)
{
	arena = arena_new();
	test_rows();
	test_bound();
	test_visible();
	arena_free(&arena);
	return tap_done();
}
