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

struct reactor;
struct serve;

/* Takes the listening descriptor. engine may be NULL while the store cannot be
 * opened: calls are then answered with `why`. */
struct serve *serve_new(struct reactor *reactor, int listening, const struct settings *settings);
void serve_engine(struct serve *serve, struct engine *engine, const struct error *why);
/* Once per turn, after engine_turn(): writes what was answered. */
void serve_turn(struct serve *serve);
/* A process of this id is connected. */
bool serve_has_peer(const struct serve *serve, pid_t pid);
/* There are answers that a peer has not taken yet. */
bool serve_owes(const struct serve *serve);
/* A daemon has asked this owner to leave. */
bool serve_yield_wanted(const struct serve *serve);
/* Closes the listener and every peer; calls in the engine must be answered. */
void serve_free(struct serve **serve);

#endif
