/* SPDX-License-Identifier: ISC */
#include "serve/cgi.h"

#include "base/settings.h"
#include "base/text.h"
#include "http/environment.h"
#include "http/pages.h"
#include "serve/caller.h"
#include "serve/front.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

/* A body over the limit is read up to this many times the limit. */
#define DRAIN_FACTOR 8

extern char **environ;

/* Reads on and throws away, so that the server hears the answer instead of a
 * broken pipe. Always false. */
static bool
too_large(const struct settings *settings, int64_t deadline, struct error *error)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	int64_t left, drained = 0;
	char bytes[16384];
	ssize_t n = 1;

	while (n > 0 && drained < settings->body_bytes * DRAIN_FACTOR &&
	    (left = (deadline - text_clock()) / 1000) > 0 && poll(&in, 1, (int)left) > 0) {
		n = read(STDIN_FILENO, bytes, sizeof bytes);
		drained += n;
	}
	return error_set(error, FAULT_TOO_LARGE,
	    "the body is larger than %lld bytes, the limit body_bytes of earshot.conf",
	    (long long)settings->body_bytes);
}

/* Up to Content-Length, else to the end; never more than the limit, nor longer
 * than the deadline. */
static bool
read_body(const struct settings *settings, int64_t length, struct buf *body,
    struct error *error)
{
	int64_t deadline = text_clock() + settings->body_timeout, left;
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	size_t wanted = length >= 0 ? (size_t)length : SIZE_MAX;
	ssize_t n;

	if (length > settings->body_bytes)
		return too_large(settings, deadline, error);
	while (body->n < wanted) {
		size_t room = wanted - body->n < 65536 ? wanted - body->n : 65536;

		left = (deadline - text_clock()) / 1000;
		if (left <= 0 || poll(&in, 1, (int)left) == 0)
			return error_set(error, FAULT_TOO_SLOW,
			    "only %zu bytes of the body arrived in time", body->n);
		n = read(STDIN_FILENO, buf_room(body, room), room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		body->n += (size_t)n;
		if (body->n > (size_t)settings->body_bytes)
			return too_large(settings, deadline, error);
	}
	if (length >= 0 && body->n != (size_t)length)
		return error_set(error, FAULT_BAD_REQUEST,
		    "Content-Length says %lld bytes, %zu came", (long long)length, body->n);
	return true;
}

static int
write_all(struct span bytes)
{
	while (bytes.n > 0) {
		ssize_t n = write(STDOUT_FILENO, bytes.p, bytes.n);

		if (n < 0 && errno != EINTR)
			return EXIT_FAILURE; /* the server has gone */
		if (n > 0) {
			bytes.p += n;
			bytes.n -= (size_t)n;
		}
	}
	return EXIT_SUCCESS;
}

/* The request of a front, and its calls: each is answered before it goes on. */
struct fronted {
	struct pending pending;
	struct caller *caller;
	bool answered;
};

static void
on_front_answer(struct pending *pending)
{
	((struct fronted *)pending)->answered = true;
}

static void
on_front_part(void *arg, enum part kind, struct span output)
{
	struct pending *pending = arg;

	if (pending->part != NULL)
		pending->part(pending, kind, output);
}

static void
front_call(void *arg, struct pending *pending)
{
	struct fronted *fronted = arg;

	caller_call(fronted->caller, pending->call, &pending->reply, on_front_part, pending);
	pending->answer(pending);
}

static void
ask_front(struct front *front, struct caller *caller, struct call *call, struct reply *reply)
{
	struct fronted fronted = { .pending = { .call = call, .answer = on_front_answer },
		.caller = caller };
	struct pollfd worker = { .fd = front->event, .events = POLLIN };

	front->call = front_call;
	front->arg = &fronted;
	reply_reset(&fronted.pending.reply);
	front->take(front, &fronted.pending);
	while (!fronted.answered)
		if (poll(&worker, 1, -1) > 0)
			front->go_on(front);
	reply_free(reply);
	*reply = fronted.pending.reply;
}

int
cgi_run(const char *home, const struct settings *settings, const char *type, bool reads,
    struct front *front)
{
	struct arena *arena = arena_new();
	struct call call = { .view = { .rights = RIGHTS_WEB } };
	struct reply reply = { 0 };
	struct error error = { 0 };
	struct caller *caller = caller_new(home, settings, CALLER_OWNS);
	struct buf body = { 0 }, out = { 0 };
	int64_t length;
	int status;

	call.view.id = id_new(text_now());
	reply_reset(&reply);
	if (!environment_read(arena, environ, type, &call.view.request, &length, &error) ||
	    !read_body(settings, length, &body, &error)) {
		reply_problem(&reply, error.fault, fault_info(error.fault)->status, call.view.id,
		    error.detail);
	} else if (front != NULL) {
		call.view.request.body = buf_bytes(&body);
		ask_front(front, caller, &call, &reply);
	} else if (!pages_answer(&call.view.request, &reply)) {
		call.view.request.body = buf_bytes(&body);
		call.view.verb = call_verb(&call.view.request, reads);
		caller_call(caller, &call, &reply, NULL, NULL);
	}
	environment_answer(&out, &call.view.request, &reply, &call.view.id,
	    span_is(call.view.request.method, "HEAD"));
	status = write_all(buf_bytes(&out));
	caller_free(&caller);
	buf_free(&out);
	buf_free(&body);
	reply_free(&reply);
	arena_free(&arena);
	return status;
}
