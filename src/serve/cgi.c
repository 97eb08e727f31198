/* SPDX-License-Identifier: ISC */
#include "serve/cgi.h"

#include "base/settings.h"
#include "base/text.h"
#include "http/environment.h"
#include "http/pages.h"
#include "serve/caller.h"
#include "serve/front.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A body over the limit is read up to this many times the limit. */
#define DRAIN_FACTOR 8

/* Reads on and throws away, so that the server hears the answer instead of a
 * broken pipe. Always false. */
static bool
too_large(const struct settings *settings, int64_t limit, int64_t deadline,
    struct error *error)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	int64_t left, drained = 0;
	char bytes[16384];
	ssize_t n = 1;

	while (n > 0 && drained < limit * DRAIN_FACTOR &&
	    (left = (deadline - text_clock()) / 1000) > 0 && poll(&in, 1, (int)left) > 0) {
		n = read(STDIN_FILENO, bytes, sizeof bytes);
		drained += n;
	}
	return error_set(error, FAULT_TOO_LARGE,
	    "the body is larger than %lld bytes, the limit %s of earshot.conf",
	    (long long)limit, limit == settings->body_bytes ? "body_bytes" : "upload_bytes");
}

/* Up to Content-Length, else to the end; never more than the limit, nor longer
 * than the deadline. */
static bool
read_body(const struct settings *settings, int64_t limit, int64_t length, struct buf *body,
    struct error *error)
{
	int64_t deadline = text_clock() + settings->body_timeout, left;
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	size_t wanted = length >= 0 ? (size_t)length : SIZE_MAX;
	ssize_t n;

	if (length > limit)
		return too_large(settings, limit, deadline, error);
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
		if (body->n > (size_t)limit)
			return too_large(settings, limit, deadline, error);
	}
	if (length >= 0 && body->n != (size_t)length)
		return error_set(error, FAULT_BAD_REQUEST,
		    "Content-Length says %lld bytes, %zu came", (long long)length, body->n);
	return true;
}

struct answer {
	const struct call *call;
	struct buf bytes;
	size_t written;
	bool told;
	int status;          /* of the program */
};

/* All that the server takes, waiting for it or not. */
static void
put(struct answer *answer, bool wait)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

	while (answer->written < answer->bytes.n) {
		ssize_t n = write(STDOUT_FILENO, answer->bytes.p + answer->written,
		    answer->bytes.n - answer->written);

		if (n >= 0) {
			answer->written += (size_t)n;
		} else if (errno == EAGAIN && !wait) {
			return;
		} else if (errno == EAGAIN) {
			poll(&out, 1, -1);
		} else if (errno != EINTR) {
			answer->status = EXIT_FAILURE; /* the server has gone */
			answer->written = answer->bytes.n;
		}
	}
}

static void
compose(struct answer *answer, const struct reply *reply)
{
	environment_answer(&answer->bytes, &answer->call->view.request, reply,
	    &answer->call->view.id, span_is(answer->call->view.request.method, "HEAD"));
	answer->told = true;
}

/* The web server sees the end of the answer, or no longer reads the log. */
static void
end_output(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null >= 0)
		dup2(null, STDOUT_FILENO);
	if (null > STDERR_FILENO)
		close(null);
}

/* The sender does not wait while the store is closed, nor does the store wait for a sender
 * that reads slowly: what the server does not take now comes when the store is closed.
 * The server may ask this process to end when it has all: the next one would have to
 * recover the store. */
static void
tell_early(void *arg, const struct reply *reply)
{
	struct answer *answer = arg;
	int flags = fcntl(STDOUT_FILENO, F_GETFL);
	struct stat output;
	sigset_t asked;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&asked);
	sigaddset(&asked, SIGTERM);
	sigaddset(&asked, SIGINT);
	sigaddset(&asked, SIGHUP);
	sigprocmask(SIG_BLOCK, &asked, NULL);
	compose(answer, reply);
	/* A terminal or a file is shared with others, and takes everything. */
	if (flags >= 0 && fstat(STDOUT_FILENO, &output) == 0 &&
	    (S_ISFIFO(output.st_mode) || S_ISSOCK(output.st_mode)))
		fcntl(STDOUT_FILENO, F_SETFL, flags | O_NONBLOCK);
	put(answer, false);
	if (answer->written == answer->bytes.n)
		end_output();
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
	/* cppcheck-suppress autoVariables ; nobody asks the front again, see once */
	front->arg = &fronted;
	front->once = true;
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
	struct answer answer = { .call = &call, .status = EXIT_SUCCESS };
	struct buf body = { 0 };
	int64_t length;

	call.view.id = id_new(text_now());
	reply_reset(&reply);
	if (!environment_read(arena, environ, type, &call.view.request, &length, &error) ||
	    !read_body(settings, front != NULL ? front->body_max(front, &call.view.request)
	        : settings->body_bytes, length, &body, &error)) {
		reply_problem(&reply, error.fault, fault_info(error.fault)->status, call.view.id,
		    error.detail);
	} else if (front != NULL) {
		call.view.request.body = buf_bytes(&body);
		ask_front(front, caller, &call, &reply);
	} else if (!pages_answer(&call.view.request, &reply)) {
		call.view.request.body = buf_bytes(&body);
		call.view.verb = call_verb(&call.view.request, reads);
		caller_tell(caller, tell_early, &answer);
		caller_call(caller, &call, &reply, NULL, NULL);
	}
	if (!answer.told)
		compose(&answer, &reply);
	put(&answer, true);
	/* It waits for the end: not for what is cleared away here. */
	close(STDOUT_FILENO);
	buf_free(&answer.bytes);
	buf_free(&body);
	reply_free(&reply);
	caller_free(&caller);
	arena_free(&arena);
	return answer.status;
}
