/* SPDX-License-Identifier: ISC */
/*
 * What happens to one delivery, in order. The only room that knows it:
 *
 *   endpoint, admission (API key, signature, address), body, challenge,
 *   [one transaction: duplicate?, target, filter, the listener type's effect,
 *   journal], answer.
 *
 * Every authenticated delivery leaves a log entry; one that fails leaves
 * nothing else.
 */
#ifndef EARSHOT_GATE_H
#define EARSHOT_GATE_H

#include "service.h"

struct settings;
struct store;
struct throttle;

struct gate {
	struct store *store;
	const struct settings *settings;
	struct arena *arena;   /* reset by each call */
	struct throttle *throttle; /* of rates, in memory; NULL: none are kept */
	struct service_counters counters;
};

/* Answers VERB_DELIVER into the reply: committed, not flushed. */
void gate_deliver(struct gate *gate, const struct call *call, struct reply *reply);

/* The stored delivery once more, as a new one with this id: authentication and
 * duplicates are passed over. again: as in struct call, of this id. False with
 * error when it cannot be replayed. */
bool gate_replay(struct gate *gate, struct id original, struct id id, bool again,
    bool dry_run, struct reply *reply, struct error *error);

#endif
