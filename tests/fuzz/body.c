/* SPDX-License-Identifier: ISC */
/*
 * Input: a Content-Type on the first line, then the body. What is taken can be
 * written and read again, and is the same then. With some members masked it can
 * be read as well, and these are masked in it. As a form with files each file stands in the
 * body, and what is read is what is read without files, but for them.
 */
#include "base/pointer.h"
#include "http/body.h"
#include "http/mask.h"

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

static struct span masked_parameters[] = {
	{ "text", 4 }, { "/issue/key", 10 }, { "/issue/list/1", 13 }, { "email", 5 },
	{ "/a/b", 4 },
};
#define MASKED (sizeof masked_parameters / sizeof masked_parameters[0])

/* "***", several of them, what an empty field of a form leaves, or a file. */
static bool
is_masked(struct json_object *value)
{
	struct span text = json_span(value);

	for (size_t i = 0; i < json_count(value); i++)
		if (!is_masked(json_at(value, i)))
			return false;
	return json_is_array(value) || json_has(value, "filename") || span_is(text, MASK_TEXT) ||
	    (text.p != NULL && text.n == 0);
}

static void
check_mask(struct arena *arena, struct span type, struct span body)
{
	const struct mask mask = { masked_parameters, MASKED, SPAN("/list") };
	struct error error = { 0 };
	struct json_object *payload, *value;
	struct masked masked;

	if (!mask_body(arena, &mask, type, body, &masked))
		abort();
	payload = masked.body.n == 0 && body.n == 0 ? NULL
	    : body_read(arena, type, masked.body, &json_limits_document, NULL, &error);
	if (payload == NULL && body.n > 0)
		abort();
	for (size_t i = 0; i < MASKED && payload != NULL; i++)
		if (pointer_get(payload, masked_parameters[i], &value) && !is_masked(value))
			abort();
	for (size_t i = 0; i < MASKED && payload != NULL; i++)
		mask_remove(arena, payload, mask.each, masked_parameters[i]);
	if (payload != NULL && json_is_object(payload) &&
	    pointer_get(payload, masked_parameters[0], &value))
		abort();
}

/* Whatever a parameter finds is hidden. */
static void
check_nodes(struct arena *arena, struct json_object *payload)
{
	const struct mask mask = { masked_parameters, MASKED, SPAN("/list") };
	struct json_object *value;
	struct mask_nodes nodes;

	mask_find(arena, &mask, payload, &nodes);
	for (size_t i = 0; i < MASKED; i++)
		if (pointer_get(payload, masked_parameters[i], &value) && value != NULL &&
		    !mask_covers(&nodes, value))
			abort();
}

struct files {
	struct span body;
	size_t n;
};

static void
check_file(void *arg, const struct body_file *file)
{
	struct files *files = arg;
	const char *end = files->body.p + files->body.n;

	files->n++;
	if (file->bytes.p < files->body.p || file->bytes.p > end ||
	    file->bytes.n > (size_t)(end - file->bytes.p) || file->field.p == NULL ||
	    file->name.p == NULL)
		abort();
}

static void
check_upload(struct arena *arena, struct span type, struct span body,
    struct json_object *payload)
{
	struct files files = { .body = body };
	struct error error = { 0 };
	struct json_object *fields = body_upload(arena, type, body, json_limits_default.members,
	    check_file, &files, &error);

	if (fields == NULL && error.detail[0] == '\0')
		abort();
	/* Without a file, and without payload={…}, it is the same form. */
	if (fields != NULL && files.n == 0 && payload != NULL && !json_has(fields, "payload") &&
	    !json_equal(fields, payload))
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
	    (struct span){ end + 1, size - n - 1 }, &json_limits_default, NULL, &error);
	check_upload(arena, (struct span){ text, n }, (struct span){ end + 1, size - n - 1 },
	    payload);
	if (payload != NULL)
		check_nodes(arena, payload);
	if (payload != NULL) {
		check(arena, payload);
		check_mask(arena, (struct span){ text, n },
		    (struct span){ end + 1, size - n - 1 });
	} else if (!is_fault_of_body(error.fault) || error.detail[0] == '\0') {
		abort();
	}
	arena_free(&arena);
	return 0;
}
