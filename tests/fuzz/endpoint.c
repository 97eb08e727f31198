/* SPDX-License-Identifier: ISC */
/*
 * Input: a path as the web server passes it on. One that is taken must be taken
 * alike when it is written anew from its parts.
 */
#include "base/buf.h"
#include "base/text.h"
#include "http/endpoint.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
write_again(const struct endpoint *endpoint, struct buf *path)
{
	if (endpoint->service.n > 0) {
		buf_puts(path, "/-/");
		buf_span(path, endpoint->service);
		return;
	}
	if (endpoint->project.n > 0) {
		buf_puts(path, "/projects/");
		buf_span(path, endpoint->project);
	}
	buf_putc(path, '/');
	buf_span(path, endpoint->key);
	if (endpoint->target.p != NULL) {
		buf_putc(path, '/');
		text_percent_encode(path, endpoint->target);
	}
}

static bool
is_same(const struct endpoint *a, const struct endpoint *b)
{
	return span_eq(a->project, b->project) && span_eq(a->key, b->key) &&
	    (a->target.p == NULL) == (b->target.p == NULL) &&
	    (a->target.p == NULL || span_eq(a->target, b->target)) &&
	    span_eq(a->service, b->service);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct endpoint endpoint, again;
	struct error error = { 0 };
	struct buf path = { 0 };

	if (!endpoint_read(arena, (struct span){ (const char *)data, size }, &endpoint,
	        &error)) {
		if (error.fault != FAULT_BAD_PATH || error.detail[0] == '\0')
			abort();
	} else {
		write_again(&endpoint, &path);
		/* Encoded, a target may grow beyond what a path may have. */
		if (path.n <= 2048 && (!endpoint_read(arena, buf_bytes(&path), &again, &error) ||
		    !is_same(&endpoint, &again)))
			abort();
		if (endpoint.target.p != NULL && !text_printable(endpoint.target))
			abort();
	}
	buf_free(&path);
	arena_free(&arena);
	return 0;
}
