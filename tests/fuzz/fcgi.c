/* SPDX-License-Identifier: ISC */
/*
 * Input: bytes of a connection. Taken at once and in two pieces they are the same
 * records; none is larger than what came; pairs of names and values lie within their
 * record; answers to questions of the connection are records themselves.
 */
#include "serve/fcgi.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_environment(struct arena *arena, struct span pairs)
{
	char **env = fcgi_environment(arena, pairs);
	struct span name, value, rest = pairs;
	int rc;

	while ((rc = fcgi_take_pair(&rest, &name, &value)) == 1)
		if (name.p < pairs.p || name.p + name.n != value.p ||
		    value.p + value.n != rest.p || rest.p + rest.n != pairs.p + pairs.n)
			abort();
	if ((env == NULL) != (rc < 0))
		abort();
	for (; env != NULL && *env != NULL; env++)
		if (strlen(*env) > pairs.n)
			abort();
}

static void
check_values(struct span asked)
{
	struct buf out = { 0 };
	struct fcgi_record record;
	struct span rest;

	fcgi_put_values(&out, asked, INT64_MAX);
	rest = buf_bytes(&out);
	if (fcgi_take(&rest, &record) != 1 || rest.n != 0 || record.id != 0)
		abort();
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = { (const char *)data, size }, part;
	struct arena *arena = arena_small();
	struct fcgi_record record, again;
	int role, rc;
	bool keep;

	for (;;) {
		struct span before = bytes;

		rc = fcgi_take(&bytes, &record);
		if (rc != 1)
			break;
		if (record.content.p < before.p + FCGI_HEADER_LEN ||
		    record.content.p + record.content.n > bytes.p ||
		    before.n - bytes.n > FCGI_RECORD_MAX)
			abort();
		/* All but its last byte is not a record yet. */
		part = (struct span){ before.p, before.n - bytes.n - 1 };
		if (fcgi_take(&part, &again) != 0)
			abort();
		fcgi_begin(record.content, &role, &keep);
		check_environment(arena, record.content);
		check_values(record.content);
		arena_reset(arena);
	}
	if (rc == 0 && bytes.n >= FCGI_RECORD_MAX)
		abort();
	arena_free(&arena);
	return 0;
}
