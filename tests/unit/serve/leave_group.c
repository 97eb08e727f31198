/* SPDX-License-Identifier: ISC */
/*
 * Management calls that nobody waits for any more, of programs beside a replica: the master hears
 * of it, too, and gives up what it did for them alone. Both owners' sides are those of the
 * daemon; what lies between two machines (sites.h) is here: streams of bytes.
 */
#include "serve/called.h"
#include "serve/link.h"
#include "serve/reactor.h"
#include "serve/serve.h"
#include "serve/sites.h"
#include "store/owner.h"

#define USERS 2000
#define CALLS 4
#define ASKED "{'command':'select','kind':'user','filter':'user.score == 0'}"

struct sites {
	int site;
};

struct stream {
	struct stream *other;
	struct peer *peer;
	struct buf wire; /* on its way to the other end */
};

static struct scratch store;
static char beside[] = "/tmp/earshot-beside.XXXXXX";
static struct sites sites;
static struct stream ends[2]; /* at the replica, at the master */
static struct reactor *reactor;
static struct serve *replica, *master;
static struct engine *engine;
static struct link *caller;

static struct called called[CALLS];

/* ---- between two machines */

void
sites_answer(struct sites *own, const struct call_view *call, struct reply *reply)
{
	(void)own;
	(void)call;
	reply_reset(reply);
}

struct span
sites_master_name(const struct sites *own)
{
	(void)own;
	return SPAN("a");
}

struct store *
sites_store(const struct sites *own)
{
	(void)own;
	return NULL;
}

const char *
sites_why(struct sites *own, struct arena *arena)
{
	(void)own;
	(void)arena;
	return "there is no master";
}

struct stream *
sites_stream(struct sites *own, enum rights rights, struct peer *peer)
{
	(void)own;
	if (ends[0].peer != NULL)
		return NULL;
	ends[0].other = &ends[1];
	ends[1].other = &ends[0];
	ends[0].peer = peer;
	ends[1].peer = serve_remote(master, &ends[1], rights);
	return &ends[0];
}

size_t
stream_room(const struct stream *stream)
{
	(void)stream;
	return 1 << 20;
}

size_t
stream_put(struct stream *stream, struct span bytes)
{
	buf_span(&stream->wire, bytes);
	return bytes.n;
}

void
stream_taken(struct stream *stream, size_t n)
{
	(void)stream;
	(void)n;
}

void
stream_close(struct stream **stream)
{
	*stream = NULL;
}

static void
carry(struct stream *stream)
{
	struct span bytes = buf_keep(&stream->wire, store.kept);

	if (bytes.n > 0)
		serve_heard(stream->other->peer, bytes);
}

/* ---- calls */

static void
turn(void)
{
	reactor_turn(reactor, 0);
	link_turn(caller);
	serve_turn(replica);
	carry(&ends[0]);
	engine_turn(engine);
	engine_work(engine, false);
	serve_turn(master);
	carry(&ends[1]);
	serve_turn(replica);
}

static bool
all_answered(void)
{
	for (int i = 0; i < CALLS; i++)
		if (called[i].answers == 0)
			return false;
	return true;
}

static struct serve *
open_side(const char *home, struct owner **owner_r)
{
	struct error error = { 0 };
	int listening;

	*owner_r = owner_new(home, true, &error); /* beside the replica nothing lies */
	if (*owner_r == NULL || !owner_try(*owner_r) ||
	    (listening = owner_listen(*owner_r, false, &error)) < 0) {
		printf("Bail out! %s: %s\n", home, error.detail);
		exit(99);
	}
	return serve_new(reactor, listening, &store.settings);
}

static void
close_side(struct serve **side, struct owner *owner)
{
	owner_unlink(owner);
	serve_free(side);
	owner_release(owner);
	owner_free(&owner);
}

int
main(void)
{
	struct owner *owners[2];
	struct error none = { 0 };
	size_t whole = 0;

	if (!scratch_open(&store) ||
	    !scratch_run(&store, STORE_WRITE, called_users, &(int){ USERS }) ||
	    !store_close(&store.store) || mkdtemp(beside) == NULL)
		return 99;
	store.settings.call_timeout = INT64_C(3600) * 1000000; /* however slow the machine is */
	reactor = reactor_new();
	master = open_side(store.home, &owners[0]);
	replica = open_side(beside, &owners[1]);
	engine = called_engine(&store);
	serve_engine(master, engine, &none);
	serve_engine(replica, NULL, &none);
	serve_sites(master, &sites);
	serve_sites(replica, &sites);
	caller = link_new(reactor, beside, &store.settings);
	for (int i = 0; i < CALLS; i++) {
		called_ask(&called[i], id_new(text_now()), ASKED);
		link_submit(caller, &called[i].pending);
	}
	while (engine_quiet(engine))
		turn();
	link_leave(caller, &called[0].pending);
	while (!all_answered())
		turn();
	ok(called[0].answers == 1 && called[0].fault == FAULT_BUSY && called_lines(&called[0]) < USERS,
	    "the call that was left is given up at the master: %zu of %d rows",
	    called_lines(&called[0]), USERS);
	for (int i = 1; i < CALLS; i++)
		whole += called[i].answers == 1 && called[i].fault == FAULT_NONE &&
		    called_lines(&called[i]) == USERS;
	ok(whole == CALLS - 1, "all others are answered whole, once: %zu", whole);
	for (int i = 0; i < CALLS; i++)
		called_free(&called[i]);
	while (!engine_quiet(engine))
		turn();
	link_free(&caller);
	reactor_turn(reactor, 0);
	close_side(&replica, owners[1]);
	close_side(&master, owners[0]);
	engine_close(&engine);
	reactor_free(&reactor);
	buf_free(&ends[0].wire);
	buf_free(&ends[1].wire);
	scratch_remove(beside);
	if (!scratch_reopen(&store, false))
		return 99;
	scratch_close(&store);
	return tap_done();
}
