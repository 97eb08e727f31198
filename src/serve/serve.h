/* SPDX-License-Identifier: ISC */
/*
 * The owner's side of the socket: peers are known by their credentials
 * (SO_PEERCRED). The store's user and root may do all. Members of socket_group are
 * fronts of the web: what they say of a request (its address, its id, that it is sent
 * again) is believed, so nobody else is taken at all; commands they may give for people who
 * are signed in to the console (command/actor.c). What one peer may have waiting,
 * and how many there are, is bounded; who is not taken is told why.
 */
#ifndef EARSHOT_SERVE_H
#define EARSHOT_SERVE_H

#include "serve/engine.h"

#include <sys/types.h>

struct peer;
struct reactor;
struct serve;
struct sites;
struct stream;

/* Takes the listening descriptor. engine may be NULL while the store cannot be
 * opened: calls are then answered with `why`. */
struct serve *serve_new(struct reactor *reactor, int listening, const struct settings *settings);
void serve_engine(struct serve *serve, struct engine *engine, const struct error *why);
/*
 * At a site of a group: while there is no engine, and no `why`, calls go to the master, or
 * wait until there is one, but not for longer than call_timeout. serve_wake() looks at those
 * that wait; serve_hang_up() leaves every caller without its answer: it connects anew, and
 * sends what was not answered once more.
 */
void serve_sites(struct serve *serve, struct sites *sites);
void serve_wake(struct serve *serve);
void serve_hang_up(struct serve *serve);
/* Of streams (sites.h): a caller of another site, NULL when there are too many; what has
 * come from the other end; there is room in it again; it has ended. */
struct peer *serve_remote(struct serve *serve, struct stream *stream, enum rights rights);
void serve_heard(struct peer *peer, struct span bytes);
void serve_room(struct peer *peer);
void serve_stream_gone(struct peer *peer);
/* Once per turn, after engine_turn(): writes what was answered. */
void serve_turn(struct serve *serve);
/* Now and then. */
void serve_tick(struct serve *serve);
/* A process of this id is connected. */
bool serve_has_peer(const struct serve *serve, pid_t pid);
/* There are answers that a peer has not taken yet. */
bool serve_owes(const struct serve *serve);
/* A daemon has asked this owner to leave. */
bool serve_yield_wanted(const struct serve *serve);
/* Closes the listener and every peer; calls in the engine must be answered. */
void serve_free(struct serve **serve);

#endif
