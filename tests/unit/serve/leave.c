/* SPDX-License-Identifier: ISC */
/* Management calls that nobody waits for any more: across the owner's socket, in company. */
#include "serve/called.h"
#include "serve/link.h"
#include "serve/reactor.h"
#include "serve/serve.h"
#include "store/owner.h"

#define USERS 6000 /* several times what one is given before it is left */
#define LINKS 3
#define CALLS 4 /* of each */
#define ASKED "{'command':'select','kind':'user','filter':'user.score == 0'}"

static struct scratch store;
static struct reactor *reactor;
static struct serve *serve;
static struct engine *engine;
static struct link *links[LINKS];

static struct called called[LINKS][CALLS], other;

static void
turn(void)
{
	reactor_turn(reactor, 0);
	for (int i = 0; i < LINKS; i++)
		link_turn(links[i]);
	if (engine != NULL) {
		engine_turn(engine);
		engine_work(engine, false);
	}
	serve_turn(serve);
}

static bool
all_answered(void)
{
	for (int i = 0; i < LINKS; i++)
		for (int k = 0; k < CALLS; k++)
			if (called[i][k].answers == 0)
				return false;
	return true;
}

static void
begin(void)
{
	for (int i = 0; i < LINKS; i++)
		for (int k = 0; k < CALLS; k++) {
			called_ask(&called[i][k], id_new(text_now()), ASKED);
			link_submit(links[i], &called[i][k].pending);
		}
}

/* Of each program the first is left, at whatever point it is; every other gets all rows. */
static void
left_after(int turns)
{
	int busy = 0, whole = 0, once = 0;

	begin();
	for (int i = 0; i < turns; i++)
		turn();
	for (int i = 0; i < LINKS; i++)
		if (called[i][0].answers == 0)
			link_leave(links[i], &called[i][0].pending);
	while (!all_answered())
		turn();
	for (int i = 0; i < LINKS; i++)
		for (int k = 0; k < CALLS; k++) {
			const struct called *one = &called[i][k];

			once += one->answers == 1;
			busy += k == 0 && one->fault == FAULT_BUSY && called_lines(one) < USERS;
			whole += k > 0 && one->fault == FAULT_NONE && called_lines(one) == USERS;
		}
	ok(busy == LINKS, "after %d turns %d of %d that were left are given up", turns, busy, LINKS);
	ok(whole == LINKS * (CALLS - 1) && once == LINKS * CALLS, "all others are answered whole, "
	    "once: %d", whole);
}

/* What another program says about the call of this one. */
static void
of_others(void)
{
	begin();
	for (int i = 0; i < 6; i++)
		turn();
	called_ask(&other, called[0][0].call.view.id, ASKED);
	link_submit(links[1], &other.pending);
	turn();
	link_leave(links[1], &other.pending);
	while (!all_answered() || other.answers == 0)
		turn();
	ok(called[0][0].fault == FAULT_NONE && called_lines(&called[0][0]) == USERS,
	    "nobody gives up the call of another, whose id he knows: %zu rows",
	    called_lines(&called[0][0]));
	called_free(&other);
}

/* Whoever is to own it is not there yet. */
static void
unsent(const char *home)
{
	struct link *lone = link_new(reactor, home, &store.settings);
	struct called *one = &called[0][0];

	called_ask(one, id_new(text_now()), ASKED);
	link_submit(lone, &one->pending);
	link_leave(lone, &one->pending);
	ok(one->answers == 1 && one->fault == FAULT_BUSY, "what was not sent is answered at once");
	link_leave(lone, &one->pending);
	ok(one->answers == 1, "once");
	link_free(&lone);
}

static bool
open_all(struct owner **owner_r)
{
	struct error error = { 0 };
	int listening;

	*owner_r = owner_new(store.home, false, &error);
	if (*owner_r == NULL || !owner_try(*owner_r) ||
	    (listening = owner_listen(*owner_r, false, &error)) < 0)
		return false;
	reactor = reactor_new();
	serve = serve_new(reactor, listening, &store.settings);
	engine = called_engine(&store);
	serve_engine(serve, engine, &error);
	for (int i = 0; i < LINKS; i++)
		links[i] = link_new(reactor, store.home, &store.settings);
	return true;
}

int
main(void)
{
	struct owner *owner;

	if (!scratch_open(&store) ||
	    !scratch_run(&store, STORE_WRITE, called_users, &(int){ USERS }) ||
	    !store_close(&store.store) || !open_all(&owner))
		return 99;
	store.settings.call_timeout = INT64_C(3600) * 1000000; /* however slow the machine is */
	left_after(0);
	left_after(2);
	left_after(8);
	of_others();
	unsent("/nonexistent");
	while (!engine_quiet(engine))
		turn();
	for (int i = 0; i < LINKS; i++) {
		for (int k = 0; k < CALLS; k++)
			called_free(&called[i][k]);
		link_free(&links[i]);
	}
	reactor_turn(reactor, 0);
	owner_unlink(owner);
	serve_free(&serve);
	engine_close(&engine);
	owner_release(owner);
	owner_free(&owner);
	reactor_free(&reactor);
	if (!scratch_reopen(&store, false))
		return 99;
	scratch_close(&store);
	return tap_done();
}
