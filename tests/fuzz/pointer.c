/* SPDX-License-Identifier: ISC */
/*
 * Input: a parameter on the first line, then a body. A parameter that is no
 * good finds nothing, and what an example holds at a place is found there.
 */
#include "base/json.h"
#include "base/pointer.h"
#include "listen/listener_example.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
look(struct arena *arena, struct json_object *body, struct span parameter)
{
	struct json_object *value = NULL;
	bool good = pointer_check(parameter) == NULL;
	int found = pointer_get(body, parameter, &value);

	if ((found != 0 && found != 1) || (!good && found && parameter.n == 0))
		abort();
	if (found == 0 && value != NULL)
		abort();
	if (found && json_write(arena, value).n == 0)
		abort();
	pointer_dotted(body, parameter, &value);
}

/* In an empty body every place can be made, but for an item far down a list. */
static void
example(struct arena *arena, struct span parameter)
{
	struct json_object *body = json_new_object(arena), *value = NULL;

	listener_example_set(body, parameter, json_new_text(arena, SPAN("here")));
	if (pointer_get(body, parameter, &value) && json_is_object(body) &&
	    !span_is(json_span(value), "here"))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *end = size > 0 ? memchr(text, '\n', size) : NULL;
	struct span parameter, rest;
	struct arena *arena;
	struct error error = { 0 };
	struct json_object *body;

	if (end == NULL)
		return 0;
	arena = arena_new();
	parameter = (struct span){ text, (size_t)(end - text) };
	rest = (struct span){ end + 1, size - parameter.n - 1 };
	body = json_read(arena, rest, &json_limits_default, &error);
	if ((body == NULL) != (error.fault != FAULT_NONE))
		abort();
	if (body != NULL)
		look(arena, body, parameter);
	if (pointer_check(parameter) == NULL)
		example(arena, parameter);
	arena_free(&arena);
	return 0;
}
