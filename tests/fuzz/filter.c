/* SPDX-License-Identifier: ISC */
/*
 * Input: a filter, evaluated over one fixed document. Build with
 * -fsanitize=fuzzer,address,undefined.
 */
#include "lang/filter.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

static const char world[] =
    "{\"user\":{\"email\":\"ann@mail.example\",\"score\":41,\"nothing\":null,"
    "\"createdAt\":\"2026-11-01T00:00:00Z\",\"roles\":[\"admin\",\"tester\"]},"
    "\"feedback\":{\"status\":\"Open\",\"private\":false},"
    "\"payload\":{\"issue\":{\"key\":\"PHN-7\",\"list\":[{\"name\":\"1.2\"},[]]},"
    "\"a-b\":-0.5,\"text\":\"Gr\\u00fc\\u00dfe a\\u0000b\","
    "\"max\":18446744073709551615}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct json_object *
root(void *arg, const char *name)
{
	struct json_object *found = NULL;

	json_object_object_get_ex(arg, name, &found);
	return found;
}

static void
step(void *arg, struct span expression, struct span left, const char *operator,
    struct span right, bool result)
{
	size_t *steps = arg;

	(void)result;
	++*steps;
	if (expression.n == 0 || left.n == 0 || left.n > 200 || right.n > 200 ||
	    operator[0] == '\0')
		abort();
}

/* The trace changes nothing; an error is a place and a sentence. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_object *object = json_tokener_parse(world);
	struct facts facts = { .root = root, .arg = object, .now = 1795432953250000 };
	struct span source = { (const char *)data, size };
	struct arena *arena = arena_new();
	struct filter_error error = { 0 };
	struct filter_condition conditions[4];
	size_t steps = 0;
	const struct filter *filter = filter_compile(arena, source, NULL, &error);

	if (filter == NULL) {
		if (error.at > size || error.text[0] == '\0' ||
		    filter_error_show(arena, &error, source)[0] == '\0')
			abort();
	} else {
		struct filter_trace trace = { step, &steps };

		if (filter_match(filter, &facts, arena, NULL) !=
		    filter_match(filter, &facts, arena, &trace) ||
		    filter_conditions(filter, conditions, 4) > 4)
			abort();
	}
	arena_free(&arena);
	json_object_put(object);
	return 0;
}
