/* SPDX-License-Identifier: ISC */
#include "serve/serve.h"

#include "base/json.h"
#include "base/log.h"
#include "base/poison.h"
#include "base/settings.h"
#include "base/text.h"
#include "command/command.h"
#include "serve/frame.h"
#include "serve/reactor.h"
#include "serve/sites.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_AT_ONCE ((size_t)256 << 10)
/* A delivery's frame is its body and at most this much more (environment.c). */
#define REQUEST_MAX ((uint32_t)256 << 10)
/* A peer that does not read its answers, or is owed so many, is not read from either. */
#define OUT_MAX ((size_t)1 << 20)
#define CALLS_MAX 1024
/* A buffer that grew for one long call is given back. */
#define KEPT_MAX ((size_t)4 << 20)
/* Half of the descriptors of the process, and no more than this, are for peers. A
 * quarter of these is for one process of the store's user (ours need one each, or a few),
 * and for one other user, whatever the number of his processes. */
#define PEERS_MAX 4096
#define PEERS_LEAST 8
#define ACCEPT_AT_ONCE 64
/* Without descriptors, between two looks whether there are some again. */
#define PAUSE_US 100000
/* What a command may have as arguments that is answered at a replica. */
#define BESIDE_ARGS_MAX ((size_t)64 << 10)
/* A delivery's id says when it was made, and with that when its log entry goes. */
#define ID_AGE_US (INT64_C(86400) * 1000000)

struct peer {
	struct source source;
	struct serve *serve;
	struct peer *next, **link;   /* of serve->peers */
	struct peer *next_dirty;
	bool dirty, closed;
	enum rights rights;
	uid_t uid;
	pid_t pid;
	size_t calls;                /* not answered yet */
	size_t owed;                 /* bytes of their answers, where these are known */
	size_t skip;                 /* of a call that is too long: bytes still to come */
	bool refused;                /* it is closed once it has been told why */
	struct buf in, out;
	/* At a site of a group: */
	bool remote;                 /* of another site: the stream is instead of a descriptor */
	struct stream *stream;       /* else the way to the master, NULL: not needed yet */
	size_t passing;              /* of the frame that begins there: still to go that way */
	size_t passed;               /* calls that have, and are not answered */
	int64_t waiting;             /* for a master, since then; 0: not */
	size_t heard;                /* bytes of the stream that have not gone on yet */
	struct frame_scan scan;      /* of what comes back */
};

struct peer_call {
	struct pending pending;   /* with its id alone: bytes stay with the frame */
	struct peer *peer;
	uint32_t slot;
	size_t owed;              /* of peer->owed */
	struct peer_call *next_free;
};

struct serve {
	struct source listener;
	struct reactor *reactor;
	const struct settings *settings;
	struct engine *engine;
	struct sites *sites;         /* NULL: the store is alone */
	struct error why;
	struct arena *arena;
	struct peer *peers;
	size_t peer_count, peers_max;
	int reserve;                 /* a descriptor to answer by when there are no others */
	int64_t paused;              /* accepting, since then; 0: it goes on */
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
		peer->serve->peer_count--;
		stream_close(&peer->stream);
		if (!peer->remote) {
			reactor_watch(peer->serve->reactor, &peer->source, 0);
			close(peer->source.fd);
		}
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
	peer->calls++;
	call->owed = 0;
	return call;
}

static void
call_done(struct peer_call *call)
{
	struct peer *peer = call->peer;

	peer->calls--;
	peer->owed -= call->owed;
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
		frame_reply(&peer->out, pending->id, call->slot, &pending->reply);
		mark_dirty(peer);
	}
	call_done(call);
}

static enum taken
on_part(struct pending *pending, enum part kind, struct span output)
{
	struct peer_call *call = (struct peer_call *)pending;
	struct peer *peer = call->peer;

	if (peer->closed)
		return PART_GONE;
	if (peer->out.n > OUT_MAX)
		return PART_LATER;
	frame_part(&peer->out, pending->id, call->slot, kind, output);
	mark_dirty(peer);
	return PART_TAKEN;
}

static void
refuse(struct peer_call *call, enum fault fault, const char *detail)
{
	reply_reset(&call->pending.reply);
	reply_problem(&call->pending.reply, fault, fault_info(fault)->status,
	    call->pending.id, detail);
	on_answer(&call->pending);
}

static void
answer_group(struct peer_call *call, const struct call_view *view)
{
	struct serve *serve = call->peer->serve;

	if (serve->sites == NULL) {
		refuse(call, FAULT_USAGE, "this store is alone: its earshot.conf has no [group]");
		return;
	}
	reply_reset(&call->pending.reply);
	sites_answer(serve->sites, view, &call->pending.reply);
	on_answer(&call->pending);
}

static bool
is_recent(struct id id)
{
	int64_t age = text_now() - id_time(id);

	return age < ID_AGE_US && age > -ID_AGE_US;
}

static void
take_call(struct peer *peer, const struct frame *frame)
{
	struct serve *serve = peer->serve;
	struct peer_call *call;
	struct call_view view;

	if (serve->engine != NULL && engine_broken(serve->engine))
		return; /* sent again when we are gone, to the next owner */
	call = call_new(peer);
	call->slot = frame->slot;
	call->pending.answer = on_answer;
	call->pending.id = frame->id;
	if (!frame_read_call(frame, serve->arena, &view)) {
		refuse(call, FAULT_USAGE, "the call is malformed");
		return;
	}
	view.rights = peer->rights;
	call->pending.part = verb_is_web(view.verb) ? NULL : on_part;
	if (view.verb == VERB_GROUP && peer->rights == RIGHTS_ALL) {
		answer_group(call, &view);
	} else if ((view.verb == VERB_YIELD || view.verb == VERB_GROUP || view.actor.n > 0) &&
	    peer->rights != RIGHTS_ALL)
		refuse(call, FAULT_NOT_PERMITTED, "only the store's user may do that");
	else if (view.verb == VERB_YIELD) {
		serve->yield_wanted = true;
		reply_reset(&call->pending.reply);
		on_answer(&call->pending);
	} else if (serve->engine == NULL) {
		reply_no_store(&call->pending.reply, &view, &serve->why);
		on_answer(&call->pending);
	} else if (verb_is_web(view.verb) && !is_recent(view.id)) {
		refuse(call, FAULT_BUSY, "the delivery's id was not made at this time; was the clock "
		    "changed?");
	} else if (verb_is_web(view.verb)) {
		size_t calls = peer->calls;

		engine_submit(serve->engine, &call->pending, &view);
		if (peer->calls == calls) { /* it has not been answered at once */
			call->owed = call->pending.reply.body.n;
			peer->owed += call->owed;
		}
	} else
		engine_submit(serve->engine, &call->pending, &view);
}

/* One of this peer's alone. */
static void
take_leave(struct peer *peer, const struct frame *frame)
{
	struct engine *engine = peer->serve->engine;
	struct pending *pending = engine != NULL ? engine_pending(engine, frame->id) : NULL;

	if (pending != NULL && pending->answer == on_answer &&
	    ((struct peer_call *)pending)->peer == peer)
		engine_leave(engine, pending);
}

/* It is owed so much that nothing more is taken until it has read some; or what it says
 * cannot go on now. */
static bool
is_full(const struct peer *peer)
{
	return peer->out.n + peer->owed > OUT_MAX || peer->calls + peer->passed >= CALLS_MAX ||
	    peer->waiting != 0 || (peer->passing > 0 && stream_room(peer->stream) == 0);
}

/* It is told why, and then left. */
static void
peer_refuse(struct peer *peer, const char *why)
{
	log_stranger(NULL, "process %ld on the socket: %s", (long)peer->pid, why);
	frame_refusal(&peer->out, why);
	peer->refused = true;
	mark_dirty(peer);
}

/* A call that is longer than it may be fails alone; its bytes are passed over. */
static void
refuse_long(struct peer *peer, const struct frame *frame, uint32_t max)
{
	struct peer_call *call = call_new(peer);
	char why[160];

	snprintf(why, sizeof why, "the call has %zu bytes, more than the %lu that the owner of the "
	    "store takes; both read body_bytes when they start", frame->size, (unsigned long)max);
	call->slot = frame->slot;
	call->pending.id = frame->id;
	refuse(call, FAULT_TOO_LARGE, why);
	peer->skip = frame->size;
}

/* Of a site that is no master: what is about this machine is answered here, and what asks
 * for work that is done beside the master finds none. */
static bool
is_answered_here(struct peer *peer, const struct frame *frame)
{
	struct serve *serve = peer->serve;
	const struct command *command;
	struct json_object *args;
	struct error ignored = { 0 };
	struct peer_call *call;
	struct call_view view;
	char why[200];
	struct span master;

	if (!frame_read_call(frame, serve->arena, &view) || view.verb == VERB_GROUP ||
	    view.verb == VERB_YIELD) {
		take_call(peer, frame);
		return true;
	}
	if (view.verb != VERB_COMMAND || view.args.n > BESIDE_ARGS_MAX ||
	    (args = json_read(serve->arena, view.args, &json_limits_document, &ignored)) == NULL ||
	    (command = command_by_name(json_string(args, "command"))) == NULL ||
	    command->beside == BESIDE_ANY)
		return false;
	call = call_new(peer);
	call->slot = frame->slot;
	call->pending.id = frame->id;
	if (command->beside == BESIDE_IDLE) {
		reply_reset(&call->pending.reply);
		on_answer(&call->pending);
		return true;
	}
	master = sites_master_name(serve->sites);
	snprintf(why, sizeof why, "%s is for the machine of the master%s%.*s: it writes there", command->name,
	    master.n > 0 ? ", site " : "", (int)master.n, master.p);
	refuse(call, FAULT_USAGE, why);
	return true;
}

/* True when the call was answered, or it, or what is said about it, is on its way to the master
 * (peer->passing); false when there is none. */
static bool
pass_on(struct peer *peer, const struct frame *frame)
{
	struct serve *serve = peer->serve;

	if (frame->kind == FRAME_LEFT && peer->stream != NULL) {
		peer->passing = frame->size;
		return true;
	}
	if (frame->kind != FRAME_CALL || is_answered_here(peer, frame))
		return true;
	if (peer->stream == NULL)
		peer->stream = sites_stream(serve->sites, peer->rights, peer);
	if (peer->stream == NULL) {
		if (peer->waiting == 0)
			peer->waiting = text_clock();
		return false;
	}
	peer->passing = frame->size;
	peer->passed++;
	return true;
}

/* More may come of what the other site has for this caller. */
static void
grant(struct peer *peer, size_t n)
{
	if (n > peer->heard)
		n = peer->heard;
	peer->heard -= n;
	if (n > 0 && peer->stream != NULL)
		stream_taken(peer->stream, n);
}

static bool
passes_calls_on(const struct peer *peer)
{
	const struct serve *serve = peer->serve;

	return serve->sites != NULL && serve->engine == NULL && !peer->remote &&
	    serve->why.fault == FAULT_NONE;
}

static void
take_calls(struct peer *peer)
{
	uint32_t max = peer->rights == RIGHTS_ALL ? FRAME_MAX
	    : (uint32_t)peer->serve->settings->body_bytes + REQUEST_MAX;
	enum frame_state state = FRAME_SHORT;
	struct frame frame;
	size_t used = 0;

	while (used < peer->in.n && !peer->refused && !is_full(peer)) {
		size_t left = peer->in.n - used, n = left < peer->skip ? left : peer->skip;

		if (n > 0) {
			used += n;
			peer->skip -= n;
			continue;
		}
		if (peer->passing > 0) {
			n = stream_put(peer->stream, (struct span){ peer->in.p + used,
			    left < peer->passing ? left : peer->passing });
			used += n;
			peer->passing -= n;
			if (n == 0)
				break;
			continue;
		}
		state = frame_read((struct span){ peer->in.p + used, left }, max, &frame);
		if (state == FRAME_LONG) {
			refuse_long(peer, &frame, max);
			continue;
		}
		if (state != FRAME_WHOLE)
			break;
		if (passes_calls_on(peer)) {
			bool passed = pass_on(peer, &frame);

			arena_reset(peer->serve->arena);
			if (!passed)
				break;
			used += peer->passing > 0 ? 0 : frame.size;
			continue;
		}
		used += frame.size;
		if (frame.kind == FRAME_CALL)
			take_call(peer, &frame);
		if (frame.kind == FRAME_LEFT)
			take_leave(peer, &frame);
		/* Whatever points into the call from here on is a mistake, and shows. */
		arena_reset(peer->serve->arena);
		poison(frame.payload.p - FRAME_HEADER, frame.size);
		if (peer->serve->engine != NULL)
			engine_pass(peer->serve->engine);
	}
	unpoison(peer->in.p, peer->in.n);
	if (state == FRAME_FOREIGN)
		peer_refuse(peer, "the owner of the store is another version of Earshot: start "
		    "earshotd and the programs of the web server anew");
	buf_shift(&peer->in, used);
	if (peer->in.n == 0 && peer->in.size > KEPT_MAX)
		buf_free(&peer->in);
	/* A call that has not come whole needs the rest, however long it is. */
	if (peer->remote && !is_full(peer))
		grant(peer, peer->heard);
	if (is_full(peer))
		mark_dirty(peer); /* its readiness is not asked for meanwhile */
}

static void
on_readable(struct peer *peer)
{
	ssize_t n;

	buf_room(&peer->in, READ_AT_ONCE);
	n = read(peer->source.fd, peer->in.p + peer->in.n, peer->in.size - peer->in.n);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		peer_close(peer);
		return;
	}
	if (n < 0)
		return;
	peer->in.n += (size_t)n;
	take_calls(peer);
}

void
serve_heard(struct peer *peer, struct span bytes)
{
	struct store *store = sites_store(peer->serve->sites);
	enum frame_kind kind;
	struct id id, newest = { { 0 } };
	bool logged, any = false;

	peer->heard += bytes.n;
	if (peer->remote) {
		buf_span(&peer->in, bytes);
		take_calls(peer);
		return;
	}
	buf_span(&peer->out, bytes);
	mark_dirty(peer);
	while (frame_scan(&peer->scan, &bytes, &kind, &logged, &id)) {
		peer->passed -= kind == FRAME_REPLY && peer->passed > 0;
		any = any || (kind == FRAME_REPLY && logged);
		if (kind == FRAME_REPLY && logged)
			newest = id;
	}
	/* It was acknowledged to somebody by this site, too. */
	if (any)
		store_witness(store, newest);
}

void
serve_room(struct peer *peer)
{
	mark_dirty(peer);
}

void
serve_stream_gone(struct peer *peer)
{
	peer->stream = NULL;
	peer_close(peer);
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

/* Of the group that the settings name. */
static bool
is_member(int fd, gid_t primary, int64_t group)
{
	gid_t few[32], *groups = few;
	socklen_t size = sizeof few;
	bool found = group >= 0 && (int64_t)primary == group;
	int rc;

	if (group < 0 || found)
		return found;
	rc = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size);
	if (rc != 0 && errno == ERANGE && (groups = malloc(size)) != NULL)
		rc = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size);
	for (size_t i = 0; rc == 0 && i < size / sizeof *groups && !found; i++)
		found = (int64_t)groups[i] == group;
	if (groups != few)
		free(groups);
	return found;
}

/* NULL, or why this caller is not taken. */
static const char *
admit_peer(struct serve *serve, int fd, const struct ucred *user, enum rights *rights_r)
{
	bool own = user->uid == geteuid() || user->uid == 0;
	size_t same = 0;

	*rights_r = own ? RIGHTS_ALL : RIGHTS_WEB;
	if (!own && !is_member(fd, user->gid, serve->settings->socket_group))
		return "only the user of the store, root and the members of socket_group "
		    "(earshot.conf) may call its owner";
	for (const struct peer *peer = serve->peers; peer != NULL; peer = peer->next)
		same += peer->uid == user->uid && (!own || peer->pid == user->pid);
	if (serve->peer_count >= serve->peers_max || same >= serve->peers_max / 4)
		return "too many programs are connected to the owner of the store";
	return NULL;
}

static void
turn_away(int fd, const struct ucred *user, const char *why)
{
	struct buf out = { 0 };

	log_line(LOG_LEVEL_WARNING, "process %ld of user %ld on the socket: %s", (long)user->pid,
	    (long)user->uid, why);
	frame_refusal(&out, why);
	if (send(fd, out.p, out.n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_line(LOG_LEVEL_DEBUG, "and cannot be told");
	buf_free(&out);
	close(fd);
}

static struct peer *
peer_add(struct serve *serve, enum rights rights)
{
	struct peer *peer = calloc(1, sizeof *peer);

	if (peer == NULL)
		abort();
	peer->source = (struct source){ .ready = on_peer, .fd = -1 };
	peer->serve = serve;
	peer->rights = rights;
	peer->next = serve->peers;
	peer->link = &serve->peers;
	if (peer->next != NULL)
		peer->next->link = &peer->next;
	serve->peers = peer;
	serve->peer_count++;
	return peer;
}

struct peer *
serve_remote(struct serve *serve, struct stream *stream, enum rights rights)
{
	struct peer *peer;

	if (serve->peer_count >= serve->peers_max)
		return NULL;
	peer = peer_add(serve, rights);
	peer->remote = true;
	peer->stream = stream;
	peer->uid = (uid_t)-1;
	return peer;
}

static void
peer_new(struct serve *serve, int fd)
{
	struct ucred user;
	socklen_t size = sizeof user;
	enum rights rights;
	struct peer *peer;
	const char *why;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &user, &size) != 0) {
		close(fd);
		return;
	}
	if ((why = admit_peer(serve, fd, &user, &rights)) != NULL) {
		turn_away(fd, &user, why);
		return;
	}
	peer = peer_add(serve, rights);
	peer->source.fd = fd;
	peer->uid = user.uid;
	peer->pid = user.pid;
	reactor_watch(serve->reactor, &peer->source, EPOLLIN);
}

/* Who waits is turned away by the descriptor in reserve, or would wake us for ever. */
static void
without_descriptors(struct serve *serve)
{
	struct ucred user = { 0 };
	socklen_t size = sizeof user;
	int fd;

	log_line(LOG_LEVEL_ERROR, "no descriptor is left for programs that call the owner of the "
	    "store; the limit of open files is too low for [limits] connections");
	if (serve->reserve >= 0) {
		close(serve->reserve);
		/* cppcheck-suppress nullPointer ; accept4() takes them */
		fd = accept4(serve->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &user, &size);
			turn_away(fd, &user, "the owner of the store has no descriptor left");
		}
	}
	serve->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
	serve->paused = text_clock();
	reactor_watch(serve->reactor, &serve->listener, 0);
}

static void
on_accept(struct source *source, uint32_t events)
{
	struct serve *serve = (struct serve *)source;
	int fd;

	(void)events;
	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		/* cppcheck-suppress nullPointer ; accept4() takes them */
		fd = accept4(source->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0 && (errno == EMFILE || errno == ENFILE))
			without_descriptors(serve);
		if (fd < 0)
			return;
		peer_new(serve, fd);
	}
}

struct serve *
serve_new(struct reactor *reactor, int listening, const struct settings *settings)
{
	struct serve *serve = calloc(1, sizeof *serve);
	struct rlimit files = { .rlim_cur = 1024 };

	if (serve == NULL)
		abort();
	serve->reactor = reactor;
	serve->settings = settings;
	serve->arena = arena_new();
	getrlimit(RLIMIT_NOFILE, &files);
	serve->peers_max = files.rlim_cur / 2 < PEERS_MAX ? (size_t)files.rlim_cur / 2 : PEERS_MAX;
	if (serve->peers_max < PEERS_LEAST)
		serve->peers_max = PEERS_LEAST;
	serve->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
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
serve_sites(struct serve *serve, struct sites *sites)
{
	serve->sites = sites;
}

void
serve_wake(struct serve *serve)
{
	for (struct peer *peer = serve->peers; peer != NULL; peer = peer->next)
		if (peer->waiting != 0) {
			peer->waiting = 0;
			mark_dirty(peer);
		}
}

void
serve_hang_up(struct serve *serve)
{
	while (serve->peers != NULL)
		peer_close(serve->peers);
}

/* There has been no master for so long that a caller is told. */
static void
tell_waiting(struct peer *peer)
{
	struct serve *serve = peer->serve;
	struct error before = serve->why;

	error_clear(&serve->why);
	error_set(&serve->why, FAULT_STORE_UNAVAILABLE, "%s", sites_why(serve->sites, serve->arena));
	peer->waiting = 0;
	take_calls(peer); /* as of an owner that cannot open its store */
	serve->why = before;
	mark_dirty(peer);
}

void
serve_tick(struct serve *serve)
{
	int64_t now = text_clock();

	for (struct peer *peer = serve->peers, *next; peer != NULL; peer = next) {
		next = peer->next;
		if (peer->waiting != 0 && now - peer->waiting > serve->settings->call_timeout)
			tell_waiting(peer);
	}
}

/* What is owed goes to the peer, or on to the site that it is at: as write(2). */
static ssize_t
write_out(struct peer *peer)
{
	ssize_t n;

	if (peer->remote)
		return (ssize_t)stream_put(peer->stream, buf_bytes(&peer->out));
	n = write(peer->source.fd, peer->out.p, peer->out.n);
	if (n > 0)
		grant(peer, (size_t)n);
	return n;
}

void
serve_turn(struct serve *serve)
{
	if (serve->paused != 0 && text_clock() - serve->paused > PAUSE_US) {
		serve->paused = 0;
		reactor_watch(serve->reactor, &serve->listener, EPOLLIN);
	}
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
			n = write_out(peer);
		if (n > 0)
			buf_shift(&peer->out, (size_t)n);
		else if (n < 0 && errno != EAGAIN && errno != EINTR) {
			peer_close(peer);
			continue;
		}
		if (peer->refused && peer->out.n == 0) {
			peer_close(peer);
			continue;
		}
		if (peer->out.n == 0 && peer->out.size > KEPT_MAX)
			buf_free(&peer->out);
		if ((peer->in.n > 0 || peer->remote) && !is_full(peer))
			take_calls(peer);
		if (peer->remote || peer->closed)
			continue;
		reactor_watch(serve->reactor, &peer->source,
		    (peer->out.n > 0 ? (uint32_t)EPOLLOUT : 0) |
		    (peer->refused || is_full(peer) ? 0 : (uint32_t)EPOLLIN));
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
	if (serve->reserve >= 0)
		close(serve->reserve);
	arena_free(&serve->arena);
	free(serve);
	*serve_p = NULL;
}
