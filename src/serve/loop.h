/* SPDX-License-Identifier: ISC */
/*
 * What happens to many deliveries: one loop that takes every call that is
 * ready — from its own FastCGI connections, and as owner from its peers — runs
 * them or passes them on to the owner, and becomes the owner when there is none.
 */
#ifndef EARSHOT_LOOP_H
#define EARSHOT_LOOP_H

#include "base/fault.h"

struct arena;
struct front;
struct settings;

struct loop_options {
	const char *home;
	const struct settings *settings;
	const char *type;    /* of the FastCGI binary; NULL: no front */
	bool reads;          /* it gives out records */
	struct front *front; /* it answers requests by calls of its own; NULL: they are calls */
	int listening;       /* FastCGI socket, -1 none */
	bool prefer;         /* the daemon: asks an owner that is none to leave */
	bool until_idle;     /* an owner for as long as the parent is connected */
	void (*opened)(void); /* the store is open; NULL: nobody waits for that */
};

enum loop_end {
	LOOP_DONE,    /* asked to end; everything read was answered */
	LOOP_RESTART, /* the disk failed: start the process anew, it will recover */
	LOOP_FAILED,  /* could not start: said in the log */
};

enum loop_end loop_run(const struct loop_options *options);

/* Whether a FastCGI program can begin: earshot.conf is right, and there is a store. */
bool loop_may_begin(struct arena *arena, const char *home, struct settings *settings_r,
    struct error *why);
/*
 * Until it can, every request gets 503 and the log says why. A program that ended instead
 * would be started again at once by whoever watches over it, and given up for good after
 * a few times. It has not confined itself yet: a disk that is mounted meanwhile would be
 * out of its reach.
 */
void loop_await(const struct loop_options *options, const struct error *why);

#endif
