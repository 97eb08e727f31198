/* SPDX-License-Identifier: ISC */
/*
 * libFuzzer target. The input is a sender as JSON on the first line, then
 * "name: value" lines, an empty line and the body; "url: " and "type: " stand
 * for the request URL and the content type. A request that verifies under a
 * signature must not verify with another body.
 */
#include "base/json.h"
#include "base/secret.h"
#include "http/sender.h"

#include <stdlib.h>
#include <string.h>

#define HEADERS 12
#define NOW INT64_C(1700000000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct span
line_of(struct span *rest)
{
	const char *end = rest->n > 0 ? memchr(rest->p, '\n', rest->n) : NULL;
	struct span line = *rest;

	if (end == NULL) {
		*rest = (struct span){ "", 0 };
		return line;
	}
	line.n = (size_t)(end - rest->p);
	*rest = (struct span){ end + 1, rest->n - line.n - 1 };
	return line;
}

static void
request_of(struct span rest, struct request *request)
{
	struct span line;

	while ((line = line_of(&rest)).n > 0) {
		const char *colon = memmem(line.p, line.n, ": ", 2);
		struct header header;

		if (colon == NULL)
			continue;
		header.name = (struct span){ line.p, (size_t)(colon - line.p) };
		header.value = (struct span){ colon + 2,
			line.n - header.name.n - 2 };
		if (span_is(header.name, "url"))
			request->url = header.value;
		else if (span_is(header.name, "type"))
			request->content_type = header.value;
		else if (request->header_count < HEADERS)
			request->headers[request->header_count++] = header;
	}
	request->body = rest;
	if (request->url.n > 0) {
		const char *mark = memchr(request->url.p, '?', request->url.n);

		if (mark != NULL)
			request->query = (struct span){ mark + 1, request->url.n -
			    (size_t)(mark + 1 - request->url.p) };
	}
}

static bool
verifies(const struct sender *sender, const struct request *request,
    struct arena *arena)
{
	const struct sender_secret secrets[] = {
		{ SPAN("12345"), 0 },
		{ SPAN("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), NOW + 1 },
		{ SPAN("whpk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="), 0 },
	};
	struct error error = { 0 };
	struct sender_proof proof;
	bool good = sender_verify(sender, request, secrets,
	    sizeof secrets / sizeof secrets[0], SPAN("https://a.example/b"),
	    NOW, arena, &proof, &error);

	if (good != (error.fault == FAULT_NONE))
		abort();
	return good;
}

/* Neither of these signs every byte of the body as it came. */
static bool
signs_bytes(const struct sender *sender)
{
	const char *name = sender_name(sender);

	return strcmp(name, "gitlab") != 0 && strcmp(name, "bugzilla") != 0 &&
	    strcmp(name, "twilio") != 0;
}

static void
use(const struct sender *sender, struct request *request, struct arena *arena)
{
	struct error error = { 0 };
	const char *type = NULL;
	struct json_object *payload =
	    json_read(arena, request->body, &json_limits_default, &error);

	if (sender_delivery_id(sender, request, payload, arena).n > 255 ||
	    sender_event(sender, request, payload, arena).n > 255)
		abort();
	if ((sender_challenge(sender, request, payload, arena, &type).p != NULL) !=
	    (type != NULL))
		abort();
	if (verifies(sender, request, arena) && signs_bytes(sender)) {
		request->body = span_of(arena_printf(arena, "%s ",
		    arena_string(arena, request->body)));
		if (verifies(sender, request, arena))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { (const char *)data, size };
	struct arena *arena = arena_new();
	struct header headers[HEADERS];
	struct request request = { .headers = headers, .url = SPAN(""),
		.query = SPAN(""), .content_type = SPAN("") };
	struct error error = { 0 };
	struct json_object *spec;
	const struct sender *sender;

	if (!secret_start())
		abort();
	spec = json_read(arena, line_of(&rest), &json_limits_default, &error);
	if (spec != NULL) {
		sender = sender_compile(arena, spec, &error);
		if ((sender == NULL) != (error.fault == FAULT_BAD_DOCUMENT))
			abort();
		request_of(rest, &request);
		if (sender != NULL)
			use(sender, &request, arena);
	}
	arena_free(&arena);
	return 0;
}
