/* SPDX-License-Identifier: ISC */
#include "http/sender_draft.h"

struct arena *arena;

void
draft_header(struct draft *draft, const char *name, struct span value)
{
	draft->headers[draft->request.header_count++] =
	    (struct header){ span_of(name), value };
	draft->request.headers = draft->headers;
}

struct span *
draft_value(struct draft *draft, const char *name)
{
	for (size_t i = 0; i < draft->request.header_count; i++)
		if (span_is(draft->headers[i].name, name))
			return &draft->headers[i].value;
	return NULL;
}

struct json_object *
json(const char *text)
{
	struct error error = { 0 };
	struct json_object *value =
	    json_read(arena, span_of(text), &json_limits_default, &error);

	if (value == NULL)
		printf("# bad JSON in the test: %s: %s\n", text, error.detail);
	return value;
}

const struct sender *
compiled(const char *spec)
{
	struct error error = { 0 };
	const struct sender *sender;

	if (spec[0] != '{')
		spec = arena_printf(arena, "{\"preset\":\"%s\"}", spec);
	sender = sender_compile(arena, json(spec), &error);
	if (sender == NULL) {
		printf("# %s: %s\n", spec, error.detail);
		exit(1);
	}
	return sender;
}

enum fault
verify_at(const char *spec, const struct draft *draft, const char *secret,
    int64_t now)
{
	struct sender_secret secrets[] = { { span_of(secret), 0 } };
	struct error error = { 0 };
	struct sender_proof proof;
	bool good = sender_verify(compiled(spec), &draft->request, secrets, 1,
	    span_of(BASE), now, arena, &proof, &error);

	return good == (error.fault == FAULT_NONE) ? error.fault : FAULT__MAX;
}

void
is_fault(enum fault got, enum fault expected, const char *spec, const char *what)
{
	if (!ok(got == expected, "%s: %s", spec, what))
		printf("#      got: %s\n# expected: %s\n", fault_info(got)->code,
		    fault_info(expected)->code);
}
