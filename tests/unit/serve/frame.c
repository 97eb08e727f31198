/* SPDX-License-Identifier: ISC */
#include "serve/frame.h"
#include "tap.h"

#include <stdlib.h>

static struct arena *arena;
static const struct id id = { { 1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 10, 11, 12, 13, 14, 15, 16 } };

static bool
same_headers(const struct request *a, const struct request *b)
{
	if (a->header_count != b->header_count)
		return false;
	for (size_t i = 0; i < a->header_count; i++)
		if (!span_eq(a->headers[i].name, b->headers[i].name) ||
		    !span_eq(a->headers[i].value, b->headers[i].value))
			return false;
	return true;
}

static bool
same_request(const struct request *a, const struct request *b)
{
	return span_eq(a->type, b->type) && span_eq(a->method, b->method) &&
	    span_eq(a->path, b->path) && span_eq(a->query, b->query) &&
	    span_eq(a->content_type, b->content_type) && span_eq(a->address, b->address) &&
	    span_eq(a->url, b->url) && span_eq(a->body, b->body) && same_headers(a, b);
}

static struct call_view
delivery(void)
{
	static struct header headers[] = {
		{ { "x-api-key", 9 }, { "k", 1 } }, { { "accept", 6 }, { "", 0 } },
	};
	struct call_view call = { .verb = VERB_DELIVER, .id = id };

	call.request = (struct request){ .type = SPAN("macro"), .method = SPAN("POST"),
		.path = SPAN("/jira/1042"), .query = SPAN("dry_run=1"),
		.content_type = SPAN("application/json"), .address = SPAN("192.0.2.1"),
		.url = SPAN("/macro.fcgi/jira/1042?dry_run=1"), .headers = headers,
		.header_count = 2, .body = SPAN("{\"a\":\"\0\xff\"}") };
	return call;
}

static void
test_delivery(void)
{
	struct call_view call = delivery(), got;
	struct buf out = { 0 };
	struct frame frame;

	call.rights = RIGHTS_ALL;
	call.again = true;
	frame_call(&out, &call, 0xfffffffe);
	ok(frame_read(buf_bytes(&out), FRAME_MAX, &frame) == FRAME_WHOLE && frame.size == out.n &&
	    frame.kind == FRAME_CALL && frame.slot == 0xfffffffe &&
	    memcmp(&frame.id, &id, sizeof id) == 0, "the frame of a delivery");
	ok(frame_read_call(&frame, arena, &got) && got.verb == VERB_DELIVER && got.again &&
	    memcmp(&got.id, &id, sizeof id) == 0 && same_request(&got.request, &call.request),
	    "a delivery comes out as it went in");
	ok(got.rights == RIGHTS_WEB, "rights are not sent");
	buf_free(&out);
}

static void
test_command(void)
{
	struct call_view call = { .verb = VERB_COMMAND, .id = id, .args = SPAN("{}") }, got;
	struct buf out = { 0 };
	struct frame frame;

	frame_call(&out, &call, 7);
	ok(frame_read(buf_bytes(&out), FRAME_MAX, &frame) == FRAME_WHOLE &&
	    frame_read_call(&frame, arena, &got) && got.verb == VERB_COMMAND && !got.again &&
	    span_is(got.args, "{}") && frame.slot == 7, "a command");
	out.n = 0;
	frame_part(&out, id, 7, PART_COMPLAINT, SPAN("half "));
	ok(frame_read(buf_bytes(&out), FRAME_MAX, &frame) == FRAME_WHOLE && frame.kind == FRAME_PART &&
	    frame.part == PART_COMPLAINT && span_is(frame.payload, "half "), "a part of its output");
	out.p[6] = PART__MAX;
	ok(frame_read(buf_bytes(&out), FRAME_MAX, &frame) == FRAME_FOREIGN, "of a kind that is known");
	buf_free(&out);
}

static void
test_reply(void)
{
	struct reply reply = { 0 }, got = { 0 };
	struct buf out = { 0 };
	struct frame frame;

	reply_reset(&reply);
	reply_problem(&reply, FAULT_RATE_LIMITED, 429, id, "slowly");
	reply.logged = true;
	frame_reply(&out, id, 3, &reply);
	ok(frame_read(buf_bytes(&out), FRAME_MAX, &frame) == FRAME_WHOLE && frame.kind == FRAME_REPLY &&
	    frame_read_reply(&frame, &got) && got.fault == FAULT_RATE_LIMITED &&
	    got.status == 429 && got.logged && span_eq(got.content_type, reply.content_type) &&
	    span_eq(buf_bytes(&got.headers), buf_bytes(&reply.headers)) &&
	    span_eq(buf_bytes(&got.body), buf_bytes(&reply.body)), "a reply");
	reply_reset(&reply);
	buf_puts(&reply.body, "echo");
	reply.content_type = SPAN("text/csv; charset=utf-8; header=present");
	out.n = 0;
	frame_reply(&out, id, 3, &reply);
	ok(frame_read(buf_bytes(&out), FRAME_MAX, &frame) == FRAME_WHOLE &&
	    frame_read_reply(&frame, &got) && !got.logged &&
	    span_eq(got.content_type, reply.content_type) && got.headers.n == 0 &&
	    span_is(buf_bytes(&got.body), "echo"), "a second one into the same buffers");
	buf_free(&out);
	reply_free(&reply);
	reply_free(&got);
}

/* Every beginning of a frame waits for more; nothing behind it is touched. */
static void
test_pieces(void)
{
	struct call_view call = delivery();
	struct buf out = { 0 };
	struct frame frame;
	size_t n, early = 0;

	frame_call(&out, &call, 1);
	for (n = 0; n < out.n; n++) {
		char *copy = malloc(n + 1);

		memcpy(copy, out.p, n);
		early += frame_read((struct span){ copy, n }, FRAME_MAX, &frame) != FRAME_SHORT;
		free(copy);
	}
	ok(early == 0, "a frame in %zu pieces is not read early", n);
	frame_call(&out, &call, 2);
	ok(frame_read(buf_bytes(&out), FRAME_MAX, &frame) == FRAME_WHOLE && frame.size == n &&
	    frame_read((struct span){ out.p + n, out.n - n }, FRAME_MAX, &frame) == FRAME_WHOLE &&
	    frame.slot == 2, "two frames in one buffer");
	ok(frame_read(buf_bytes(&out), (uint32_t)(n - FRAME_HEADER), &frame) == FRAME_WHOLE &&
	    frame_read(buf_bytes(&out), (uint32_t)(n - FRAME_HEADER - 1), &frame) == FRAME_LONG &&
	    frame.slot == 1 && frame.size == n && frame_read((struct span){ out.p, FRAME_HEADER }, 1,
	        &frame) == FRAME_LONG, "the limit is kept, and says whose call it was");
	buf_free(&out);
}

/* A byte of the frame set to something else. */
static const struct {
	const char *name;
	size_t at;
	unsigned char to;
	enum frame_state read;
	bool call;     /* frame_read_call() */
} broken[] = {
	{ "as it was", 4, FRAME_VERSION, FRAME_WHOLE, true },
	{ "another version", 4, FRAME_VERSION + 1, FRAME_FOREIGN, false },
	{ "a kind that does not exist", 5, FRAME_LEFT + 1, FRAME_FOREIGN, false },
	{ "a length over the limit", 3, 0xff, FRAME_LONG, false },
	{ "a length longer than what came", 2, 1, FRAME_SHORT, false },
	{ "no verb", 6, 0, FRAME_WHOLE, false },
	{ "an unknown verb", 6, VERB_GROUP + 1, FRAME_WHOLE, false },
	{ "a text longer than the frame", FRAME_HEADER + 3, 0x7f, FRAME_WHOLE, false },
	{ "a text of 4 GB", FRAME_HEADER + 3, 0xff, FRAME_WHOLE, false },
	{ "a text that takes the rest", FRAME_HEADER, 100, FRAME_WHOLE, false },
};

static void
test_broken(void)
{
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		struct call_view call = delivery(), got;
		struct buf out = { 0 };
		struct frame frame;
		enum frame_state rc;

		frame_call(&out, &call, 1);
		out.p[broken[i].at] = (char)broken[i].to;
		rc = frame_read(buf_bytes(&out), FRAME_MAX, &frame);
		ok(rc == broken[i].read && (rc != FRAME_WHOLE ||
		    frame_read_call(&frame, arena, &got) == broken[i].call), "%s",
		    broken[i].name);
		buf_free(&out);
	}
}

/* The payload cut anywhere, with a length that agrees, is malformed. */
static void
test_cut(void)
{
	struct call_view call = delivery(), got;
	struct buf out = { 0 };
	struct frame frame;
	size_t taken = 0;

	frame_call(&out, &call, 1);
	for (size_t n = 0; n < out.n - FRAME_HEADER; n++) {
		struct buf cut = { 0 };

		buf_put(&cut, out.p, FRAME_HEADER + n);
		cut.p[0] = (char)(n & 0xff);
		cut.p[1] = (char)(n >> 8);
		if (frame_read(buf_bytes(&cut), FRAME_MAX, &frame) == FRAME_WHOLE)
			taken += frame_read_call(&frame, arena, &got);
		buf_free(&cut);
	}
	ok(taken == 0, "no payload that was cut is taken");
	buf_putc(&out, 'x');
	out.p[0] = (char)((out.n - FRAME_HEADER) & 0xff);
	ok(frame_read(buf_bytes(&out), FRAME_MAX, &frame) == FRAME_WHOLE &&
	    !frame_read_call(&frame, arena, &got), "nor one with something behind it");
	buf_free(&out);
}

static void
test_too_much(void)
{
	struct call_view call = delivery(), got;
	struct header *headers = arena_alloc(arena, 300 * sizeof *headers);
	struct reply reply = { 0 };
	struct buf out = { 0 };
	struct frame frame;

	for (size_t i = 0; i < 300; i++)
		headers[i] = (struct header){ SPAN("a"), SPAN("b") };
	call.request.headers = headers;
	call.request.header_count = 300;
	frame_call(&out, &call, 1);
	ok(frame_read(buf_bytes(&out), FRAME_MAX, &frame) == FRAME_WHOLE &&
	    !frame_read_call(&frame, arena, &got), "300 headers are too many");
	reply_reset(&reply);
	out.n = 0;
	frame_reply(&out, id, 1, &reply);
	out.p[FRAME_HEADER] = FAULT__MAX;
	ok(frame_read(buf_bytes(&out), FRAME_MAX, &frame) == FRAME_WHOLE &&
	    !frame_read_reply(&frame, &reply), "a reply with an unknown fault");
	buf_free(&out);
	reply_free(&reply);
}

/* The one frame that programs of every version read alike. */
static void
test_refusal(void)
{
	struct buf out = { 0 };
	struct error why = { 0 }, other = { 0 };
	struct frame frame;

	frame_refusal(&out, "not you");
	out.p[4] = FRAME_VERSION + 1;
	ok(frame_read(buf_bytes(&out), FRAME_MAX, &frame) == FRAME_WHOLE &&
	    frame.kind == FRAME_REFUSAL, "a refusal by another version");
	frame_refused(frame.payload, &why);
	frame_refused(SPAN(""), &other);
	ok(strcmp(why.detail, "not you") == 0 && strstr(other.detail, "version") != NULL,
	    "says why");
	out.p[2] = 1;
	ok(frame_read(buf_bytes(&out), FRAME_MAX, &frame) == FRAME_FOREIGN, "a long one is none");
	buf_free(&out);
}

int
main(void)
{
	arena = arena_new();
	test_refusal();
	test_delivery();
	test_command();
	test_reply();
	test_pieces();
	test_broken();
	test_cut();
	test_too_much();
	arena_free(&arena);
	return tap_done();
}
