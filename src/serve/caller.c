/* SPDX-License-Identifier: ISC */
#include "serve/caller.h"

#include "base/log.h"
#include "base/settings.h"
#include "base/text.h"
#include "serve/engine.h"
#include "serve/frame.h"
#include "serve/loop.h"
#include "store/member.h"
#include "store/owner.h"
#include "store/store.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAP_US 300      /* between two looks for an owner */
#define SPAWN_EVERY_US 200000
#define DAEMON_US 1000000 /* one that is restarted is there again */
#define LOOK_MS 1000    /* between two looks whether the owner lives */
/* A command that has ended so many owners at one place (a damaged page) is not sent again. */
#define ENDED_MAX 3

struct caller {
	const char *home;
	const struct settings *settings;
	enum caller_without_owner without_owner;
	int fd;             /* connection, -1 none */
	struct owner *watch; /* of its other end; NULL: not yet, or not ours to kill */
	struct buf in, out;
	unsigned sent;      /* times that the present call was sent */
	bool moved;         /* and it goes on behind another place the next time */
	struct error why;   /* this process cannot become the owner */
	int64_t spawned;
	pid_t child;
	void (*tell)(void *arg, const struct reply *reply); /* may be NULL */
	void *tell_arg;
};

struct caller *
caller_new(const char *home, const struct settings *settings,
    enum caller_without_owner without_owner)
{
	struct caller *caller = calloc(1, sizeof *caller);

	if (caller == NULL)
		abort();
	*caller = (struct caller){ .home = home, .settings = settings,
		.without_owner = without_owner, .fd = -1 };
	return caller;
}

void
caller_tell(struct caller *caller, void (*tell)(void *arg, const struct reply *reply),
    void *arg)
{
	caller->tell = tell;
	caller->tell_arg = arg;
}

static void
hang_up(struct caller *caller)
{
	if (caller->fd >= 0)
		close(caller->fd);
	caller->fd = -1;
	/* Before this process may own: closing it gives up every lock on the file. */
	owner_free(&caller->watch);
	caller->in.n = caller->out.n = 0;
}

/* Nothing came for a while: an owner that shows no sign of life is killed. */
static void
look_after_owner(struct caller *caller)
{
	struct error ignored = { 0 };

	if (caller->watch == NULL)
		caller->watch = owner_new(caller->home, false, &ignored);
	if (caller->watch != NULL)
		owner_watch(caller->watch, OWNER_HANG_US);
}

void
caller_free(struct caller **caller)
{
	if (*caller == NULL)
		return;
	hang_up(*caller);
	if ((*caller)->child > 0)
		waitpid((*caller)->child, NULL, 0);
	buf_free(&(*caller)->in);
	buf_free(&(*caller)->out);
	free(*caller);
	*caller = NULL;
}

/* A call that this process carries out itself. */
struct own_call {
	struct pending pending;
	void (*part)(void *arg, enum part kind, struct span output);
	void *arg;
};

static void
note_answered(struct pending *pending)
{
	(void)pending;
}

static enum taken
pass_on(struct pending *pending, enum part kind, struct span output)
{
	struct own_call *own = (struct own_call *)pending;

	if (own->part != NULL)
		own->part(own->arg, kind, output);
	return PART_TAKEN;
}

/* This process has the lock: open, run, flush, close. */
static void
call_as_owner(struct caller *caller, struct owner *owner, struct call *call,
    struct reply *reply, void (*part)(void *, enum part, struct span), void *arg)
{
	struct own_call own = { .pending = { .call = call, .answer = note_answered,
		.part = verb_is_web(call->view.verb) ? NULL : pass_on }, .part = part, .arg = arg };
	struct error error = { 0 };
	struct engine *engine = NULL;
	bool recover;

	if (owner_mark_dirty(owner, &recover, &error))
		engine = engine_open(caller->home, caller->settings, recover, true, &error);
	if (engine == NULL) {
		log_line(LOG_LEVEL_ERROR, "the store cannot be opened: %s", error.detail);
		reply_no_store(reply, &call->view, &error);
		return;
	}
	engine_submit(engine, &own.pending, &call->view);
	do {
		engine_turn(engine);
		if (engine_work(engine, true) > 0)
			usleep(1000); /* a batch of somebody else lets this call go first */
	} while (!engine_quiet(engine));
	reply_free(reply);
	*reply = own.pending.reply;
	if (caller->tell != NULL)
		caller->tell(caller->tell_arg, reply);
	if (!verb_is_web(call->view.verb))
		engine_go_on(engine);
	if (engine_close(&engine))
		owner_mark_clean(owner);
}

/* False when no process can be started. */
static bool
spawn_owner(struct caller *caller)
{
	struct loop_options options = { .home = caller->home,
		.settings = caller->settings, .listening = -1, .until_idle = true };

	caller->spawned = text_clock();
	if (caller->child > 0 && waitpid(caller->child, NULL, WNOHANG) == 0)
		return true; /* still at it */
	fflush(NULL); /* what waits in a buffer is printed once */
	caller->child = fork();
	if (caller->child == 0)
		_exit(loop_run(&options) == LOOP_DONE ? 0 : 1);
	return caller->child > 0;
}

/* The store is the daemon's alone. What is told to one that shall be a site, and is none
 * yet, is carried out as elsewhere. */
static bool
is_of_group(const struct caller *caller)
{
	struct error ignored = { 0 };
	struct member member;

	return caller->settings->group_site_count > 0 &&
	    (caller->without_owner == CALLER_OWNS ||
	    !member_read(caller->home, &member, &ignored) || member.state != MEMBER_NONE);
}

/* True when the call was answered here. */
static bool
without_owner(struct caller *caller, struct call *call, struct reply *reply,
    void (*part)(void *, enum part, struct span), void *arg)
{
	struct owner *owner;
	struct error ignored = { 0 };

	if (caller->without_owner == CALLER_SPAWNS &&
	    text_clock() - caller->spawned < SPAWN_EVERY_US)
		return false;
	if (is_of_group(caller)) {
		error_clear(&caller->why);
		error_set(&caller->why, FAULT_STORE_UNAVAILABLE, "this is a site of a group, and no "
		    "earshotd runs here: start it");
		reply_no_store(reply, &call->view, &caller->why);
		return false; /* it may be starting */
	}
	owner = owner_new(caller->home, false, &caller->why);
	if (owner == NULL) {
		/* Not ours to own; somebody else may still come. */
		reply_no_store(reply, &call->view, &caller->why);
		return !store_is_there(caller->home, &ignored);
	}
	if (owner_try(owner)) {
		bool done = caller->without_owner == CALLER_OWNS;

		if (done)
			call_as_owner(caller, owner, call, reply, part, arg);
		owner_release(owner);
		owner_free(&owner);
		if (done || spawn_owner(caller))
			return done;
		reply_problem(reply, FAULT_BUSY, fault_info(FAULT_BUSY)->status, call->view.id,
		    "no process can be started that owns the store; try again");
		return true;
	}
	owner_free(&owner);
	return false;
}

/* A sender is not told. */
static void
say_why(const struct caller *caller, const struct call *call)
{
	if (caller->why.fault != FAULT_NONE && verb_is_web(call->view.verb))
		log_line(LOG_LEVEL_ERROR, "%s", caller->why.detail);
}

/* The owner does not take this caller, or cannot be understood. */
static void
refused(struct caller *caller, const struct call *call, struct span why, struct reply *reply)
{
	error_clear(&caller->why);
	frame_refused(why, &caller->why);
	reply_no_store(reply, &call->view, &caller->why);
	say_why(caller, call);
	hang_up(caller);
}

/* 1 answered or refused, 0 time is up, -1 the owner went. */
static int
converse(struct caller *caller, struct call *call, struct reply *reply,
    void (*part)(void *, enum part, struct span), void *arg, int64_t patience)
{
	int64_t deadline = text_clock() + patience, left;
	struct pollfd pollfd = { .fd = caller->fd };
	struct frame frame;
	enum frame_state state;
	ssize_t n;

	for (;;) {
		left = (deadline - text_clock()) / 1000;
		if (left <= 0)
			return 0;
		pollfd.events = (short)(POLLIN | (caller->out.n > 0 ? POLLOUT : 0));
		if (poll(&pollfd, 1, left < LOOK_MS ? (int)left : LOOK_MS) <= 0) {
			look_after_owner(caller);
			continue;
		}
		if (pollfd.revents & POLLOUT) {
			n = send(caller->fd, caller->out.p, caller->out.n, MSG_NOSIGNAL);
			if (n > 0)
				buf_shift(&caller->out, (size_t)n);
			else if (n < 0 && errno != EAGAIN && errno != EINTR)
				caller->out.n = 0; /* why may be there to be read */
		}
		if (!(pollfd.revents & (POLLIN | POLLHUP | POLLERR)))
			continue;
		buf_room(&caller->in, 65536);
		n = read(caller->fd, caller->in.p + caller->in.n,
		    caller->in.size - caller->in.n);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return -1;
		if (n > 0)
			caller->in.n += (size_t)n;
		while ((state = frame_read(buf_bytes(&caller->in), FRAME_ANSWER_MAX,
		            &frame)) == FRAME_WHOLE && frame.kind != FRAME_REFUSAL) {
			bool ours = span_cmp(id_span(&frame.id), id_span(&call->view.id)) == 0;

			if (ours && frame.kind == FRAME_PART && part != NULL) {
				part(arg, frame.part, frame.payload);
				caller->moved = caller->moved || frame.part == PART_PLACE;
			}
			if (ours && frame.kind == FRAME_REPLY && frame_read_reply(&frame, reply)) {
				buf_shift(&caller->in, frame.size);
				return 1;
			}
			buf_shift(&caller->in, frame.size);
			/* A long job is alive as long as it speaks. */
			deadline = text_clock() + patience;
		}
		if (state != FRAME_SHORT) {
			refused(caller, call, state == FRAME_WHOLE ? frame.payload : SPAN(""), reply);
			return 1;
		}
	}
}

unsigned
caller_sent(const struct caller *caller)
{
	return caller->sent;
}

bool
caller_call(struct caller *caller, struct call *call, struct reply *reply,
    void (*part)(void *arg, enum part kind, struct span output), void *arg)
{
	/* Management may take its time; a delivery's sender does not wait for ever. */
	int64_t patience = verb_is_web(call->view.verb) ? caller->settings->call_timeout
	    : (int64_t)3600 * 1000000;
	int64_t deadline = text_clock() + patience, left;
	int64_t alone = text_clock(); /* since when there is no owner */
	/* Of a group none will come but the daemon. */
	int64_t wait = is_of_group(caller) && !verb_is_web(call->view.verb) ? DAEMON_US
	    : caller->settings->call_timeout;
	int rc = -1, ended = 0;

	caller->sent = 0;
	reply_reset(reply);
	while (ended < ENDED_MAX && (left = deadline - text_clock()) > 0) {
		if (caller->fd < 0 && (caller->fd = owner_connect(caller->home)) < 0) {
			if (without_owner(caller, call, reply, part, arg)) {
				say_why(caller, call);
				return reply->fault != FAULT_STORE_UNAVAILABLE;
			}
			if (text_clock() - alone > wait)
				break;
			usleep(NAP_US);
			continue;
		}
		caller->out.n = 0;
		caller->sent++;
		caller->moved = false;
		frame_call(&caller->out, &call->view, 0);
		rc = converse(caller, call, reply, part, arg, left);
		if (rc == 1)
			return true;
		hang_up(caller);
		alone = text_clock();
		call->view.again = true;
		if (rc == 0)
			break;
		ended = caller->moved ? 0 : ended + !verb_is_web(call->view.verb);
	}
	say_why(caller, call);
	if (rc == 0 || reply->fault == FAULT_NONE) {
		reply_reset(reply);
		reply_problem(reply, FAULT_STORE_UNAVAILABLE, 503, call->view.id, ended > 0
		    ? "the owner of the store ended each time it began this; the last line of its log says "
		    "why and what to do (journalctl -u earshotd -u 'earshot@*', the log of the web "
		    "server, or above)"
		    : "the store did not answer in time; the call may still be carried out: "
		    "send it again with the same id");
	}
	return false;
}
