/* SPDX-License-Identifier: ISC */
/*
 * Input: a Content-Type on the first line, then the body. What is taken can be
 * written and read again, and is the same then.
 */
#include "body.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(struct arena *arena, struct json_object *payload)
{
	struct error error = { 0 };
	struct json_object *again = json_read(arena, json_write(arena, payload),
	    &json_limits_document, &error);

	if (again == NULL || !json_equal(payload, again))
		abort();
	if (!json_is_object(payload) && !json_is_array(payload))
		abort();
}

static bool
is_fault_of_body(enum fault fault)
{
	return fault == FAULT_BAD_JSON || fault == FAULT_BAD_FORM ||
	    fault == FAULT_BAD_ENCODING || fault == FAULT_UNSUPPORTED_MEDIA_TYPE;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *end = size > 0 ? memchr(text, '\n', size) : NULL;
	struct arena *arena;
	struct error error = { 0 };
	struct json_object *payload;
	size_t n;

	if (end == NULL)
		return 0;
	arena = arena_new();
	n = (size_t)(end - text);
	payload = body_read(arena, (struct span){ text, n },
	    (struct span){ end + 1, size - n - 1 }, &json_limits_default, &error);
	if (payload != NULL)
		check(arena, payload);
	else if (!is_fault_of_body(error.fault) || error.detail[0] == '\0')
		abort();
	arena_free(&arena);
	return 0;
}
