/* SPDX-License-Identifier: ISC */
#include "serve/serve.h"

#include "base/log.h"
#include "base/settings.h"
#include "serve/frame.h"
#include "serve/reactor.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_AT_ONCE ((size_t)256 << 10)
/* A delivery's frame is its body and at most this much more (environment.c). */
#define REQUEST_MAX ((uint32_t)256 << 10)
/* A peer that does not read its answers is not read from either. */
#define OUT_MAX ((size_t)1 << 20)

struct peer {
	struct source source;
	struct serve *serve;
	struct peer *next, **link;   /* of serve->peers */
	struct peer *next_dirty;
	bool dirty, closed;
	enum rights rights;
	pid_t pid;
	size_t calls;                /* not answered yet */
	struct buf in, out;
};

struct peer_call {
	struct pending pending;
	struct call call;
	struct peer *peer;
	uint32_t slot;
	struct peer_call *next_free;
};

struct serve {
	struct source listener;
	struct reactor *reactor;
	const struct settings *settings;
	struct engine *engine;
	struct error why;
	struct arena *arena;
	struct peer *peers;
	struct peer *dirty;
	struct peer_call *free_calls;
	bool yield_wanted;
};

static void
mark_dirty(struct peer *peer)
{
	if (peer->dirty)
		return;
	peer->dirty = true;
	peer->next_dirty = peer->serve->dirty;
	peer->serve->dirty = peer;
}

static void
peer_free(struct source *source)
{
	struct peer *peer = (struct peer *)source;

	buf_free(&peer->in);
	buf_free(&peer->out);
	free(peer);
}

/* Freed once the last of its calls has come back. */
static void
peer_close(struct peer *peer)
{
	if (!peer->closed) {
		peer->closed = true;
		*peer->link = peer->next;
		if (peer->next != NULL)
			peer->next->link = peer->link;
		reactor_watch(peer->serve->reactor, &peer->source, 0);
		close(peer->source.fd);
		peer->source.fd = -1;
	}
	if (peer->calls == 0 && !peer->dirty && !peer->source.gone)
		reactor_close(peer->serve->reactor, &peer->source, peer_free);
}

static struct peer_call *
call_new(struct peer *peer)
{
	struct serve *serve = peer->serve;
	struct peer_call *call = serve->free_calls;

	if (call != NULL)
		serve->free_calls = call->next_free;
	else if ((call = calloc(1, sizeof *call)) == NULL)
		abort();
	call->peer = peer;
	call->pending.call = &call->call;
	peer->calls++;
	return call;
}

static void
call_done(struct peer_call *call)
{
	struct peer *peer = call->peer;

	peer->calls--;
	call->next_free = peer->serve->free_calls;
	peer->serve->free_calls = call;
	if (peer->closed)
		peer_close(peer);
}

static void
on_answer(struct pending *pending)
{
	struct peer_call *call = (struct peer_call *)pending;
	struct peer *peer = call->peer;

	if (!peer->closed) {
		frame_reply(&peer->out, call->call.id, call->slot, &pending->reply);
		mark_dirty(peer);
	}
	call_done(call);
}

static enum part
on_part(struct pending *pending, struct span output)
{
	struct peer_call *call = (struct peer_call *)pending;
	struct peer *peer = call->peer;

	if (peer->closed)
		return PART_GONE;
	if (peer->out.n > OUT_MAX)
		return PART_LATER;
	frame_part(&peer->out, call->call.id, call->slot, output);
	mark_dirty(peer);
	return PART_TAKEN;
}

static void
refuse(struct peer_call *call, enum fault fault, const char *detail)
{
	reply_reset(&call->pending.reply);
	reply_problem(&call->pending.reply, fault, fault_info(fault)->status,
	    call->call.id, detail);
	on_answer(&call->pending);
}

static void
take_call(struct peer *peer, const struct frame *frame)
{
	struct serve *serve = peer->serve;
	struct peer_call *call;

	if (serve->engine != NULL && engine_broken(serve->engine))
		return; /* sent again when we are gone, to the next owner */
	call = call_new(peer);
	call->slot = frame->slot;
	call->pending.answer = on_answer;
	arena_reset(serve->arena);
	if (!frame_read_call(frame, serve->arena, &call->call)) {
		call->call.id = frame->id;
		refuse(call, FAULT_USAGE, "the call is malformed");
		return;
	}
	call->call.rights = peer->rights;
	if (call->call.verb != VERB_DELIVER && peer->rights != RIGHTS_ALL)
		refuse(call, FAULT_NOT_PERMITTED, "only the store's user may do that");
	else if (call->call.verb == VERB_YIELD) {
		serve->yield_wanted = true;
		reply_reset(&call->pending.reply);
		on_answer(&call->pending);
	} else if (serve->engine == NULL) {
		reply_no_store(&call->pending.reply, &call->call, &serve->why);
		on_answer(&call->pending);
	} else if (call->call.verb == VERB_DELIVER)
		engine_submit(serve->engine, &call->pending);
	else
		engine_submit_job(serve->engine, &call->pending, on_part);
}

static void
on_readable(struct peer *peer)
{
	uint32_t max = peer->rights == RIGHTS_ALL ? FRAME_MAX
	    : (uint32_t)peer->serve->settings->body_bytes + REQUEST_MAX;
	struct frame frame;
	size_t used = 0;
	ssize_t n;
	int rc;

	buf_room(&peer->in, READ_AT_ONCE);
	n = read(peer->source.fd, peer->in.p + peer->in.n, peer->in.size - peer->in.n);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		peer_close(peer);
		return;
	}
	if (n < 0)
		return;
	peer->in.n += (size_t)n;
	while ((rc = frame_read((struct span){ peer->in.p + used, peer->in.n - used },
	            max, &frame)) == 1) {
		used += frame.size;
		if (frame.kind == FRAME_CALL)
			take_call(peer, &frame);
	}
	if (rc < 0) {
		log_stranger("a peer on the socket does not speak our protocol");
		peer_close(peer);
		return;
	}
	buf_shift(&peer->in, used);
}

static void
on_peer(struct source *source, uint32_t events)
{
	struct peer *peer = (struct peer *)source;

	if (events & EPOLLOUT)
		mark_dirty(peer);
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		on_readable(peer);
}

static void
on_accept(struct source *source, uint32_t events)
{
	struct serve *serve = (struct serve *)source;
	struct ucred peer_user;
	socklen_t size = sizeof peer_user;
	struct peer *peer;
	int fd;

	(void)events;
	while ((fd = accept4(source->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer_user, &size) != 0) {
			close(fd);
			continue;
		}
		peer = calloc(1, sizeof *peer);
		if (peer == NULL)
			abort();
		peer->source = (struct source){ .ready = on_peer, .fd = fd };
		peer->serve = serve;
		peer->rights = peer_user.uid == geteuid() || peer_user.uid == 0
		    ? RIGHTS_ALL : RIGHTS_WEB;
		peer->pid = peer_user.pid;
		peer->next = serve->peers;
		peer->link = &serve->peers;
		if (peer->next != NULL)
			peer->next->link = &peer->next;
		serve->peers = peer;
		reactor_watch(serve->reactor, &peer->source, EPOLLIN);
	}
}

struct serve *
serve_new(struct reactor *reactor, int listening, const struct settings *settings)
{
	struct serve *serve = calloc(1, sizeof *serve);

	if (serve == NULL)
		abort();
	serve->reactor = reactor;
	serve->settings = settings;
	serve->arena = arena_new();
	error_set(&serve->why, FAULT_STORE_UNAVAILABLE, "the store is being opened");
	serve->listener = (struct source){ .ready = on_accept, .fd = listening };
	reactor_watch(reactor, &serve->listener, EPOLLIN);
	return serve;
}

void
serve_engine(struct serve *serve, struct engine *engine, const struct error *why)
{
	serve->engine = engine;
	if (why != NULL)
		serve->why = *why;
}

void
serve_turn(struct serve *serve)
{
	while (serve->dirty != NULL) {
		struct peer *peer = serve->dirty;
		ssize_t n = 0;

		serve->dirty = peer->next_dirty;
		peer->dirty = false;
		if (peer->closed) {
			peer_close(peer);
			continue;
		}
		if (peer->out.n > 0)
			n = write(peer->source.fd, peer->out.p, peer->out.n);
		if (n > 0)
			buf_shift(&peer->out, (size_t)n);
		else if (n < 0 && errno != EAGAIN && errno != EINTR) {
			peer_close(peer);
			continue;
		}
		reactor_watch(serve->reactor, &peer->source, peer->out.n == 0 ? EPOLLIN
		    : peer->out.n > OUT_MAX ? EPOLLOUT : EPOLLIN | EPOLLOUT);
	}
}

bool
serve_has_peer(const struct serve *serve, pid_t pid)
{
	for (const struct peer *peer = serve->peers; peer != NULL; peer = peer->next)
		if (peer->pid == pid)
			return true;
	return false;
}

bool
serve_owes(const struct serve *serve)
{
	for (const struct peer *peer = serve->peers; peer != NULL; peer = peer->next)
		if (peer->out.n > 0 && !peer->closed)
			return true;
	return false;
}

bool
serve_yield_wanted(const struct serve *serve)
{
	return serve->yield_wanted;
}

void
serve_free(struct serve **serve_p)
{
	struct serve *serve = *serve_p;

	if (serve == NULL)
		return;
	serve_turn(serve);
	reactor_watch(serve->reactor, &serve->listener, 0);
	close(serve->listener.fd);
	while (serve->peers != NULL)
		peer_close(serve->peers);
	while (serve->free_calls != NULL) {
		struct peer_call *call = serve->free_calls;

		serve->free_calls = call->next_free;
		reply_free(&call->pending.reply);
		free(call);
	}
	arena_free(&serve->arena);
	free(serve);
	*serve_p = NULL;
}
