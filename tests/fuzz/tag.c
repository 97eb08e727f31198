/* SPDX-License-Identifier: ISC */
/*
 * Input: a digit for the place, then facts as one line of JSON, then the
 * template. Build with -fsanitize=fuzzer,address,undefined.
 */
#include "base/json.h"
#include "lang/tag.h"

#include <stdlib.h>
#include <string.h>

#define LIMIT 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct json_object *
root(void *arg, const char *name)
{
	return json_get(arg, name);
}

/* Nothing may end a header line. */
static void
check_header(const struct buf *out)
{
	for (size_t i = 0; i < out->n; i++) {
		if ((unsigned char)out->p[i] < 0x20 || out->p[i] == 0x7f)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *line = size > 0 ? memchr(text, '\n', size) : NULL;
	enum tag_place place = size > 0 ? (enum tag_place)(*data % 5) : TAG_TEXT;
	struct arena *arena;
	struct span source;
	struct facts facts = { .root = root, .now = 1700000000000000 };
	struct tag_error error;
	struct error bad = { 0 };
	struct buf out = { 0 };
	const struct tag *tag;

	if (line == NULL || line == text)
		return 0;
	arena = arena_new();
	facts.arg = json_read(arena,
	    (struct span){ text + 1, (size_t)(line - text - 1) },
	    &json_limits_default, &bad);
	source = (struct span){ line + 1, size - (size_t)(line + 1 - text) };
	tag = tag_compile(arena, source, place, &error);
	if (tag == NULL && (error.at > source.n || error.text[0] == '\0'))
		abort();
	if (tag != NULL &&
	    !tag_render(tag, &facts, arena, LIMIT, &out) && out.n != 0)
		abort();
	if (out.n > LIMIT)
		abort();
	if (place == TAG_HEADER)
		check_header(&out);
	buf_free(&out);
	arena_free(&arena);
	return 0;
}
