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

#include "listen/service.h"

struct refusals;
struct settings;
struct store;
struct throttle;
struct txn;

struct gate {
	struct store *store;
	const struct settings *settings;
	struct arena *arena;   /* reset by each call */
	struct throttle *throttle; /* of rates, in memory; NULL: none are kept */
	struct refusals *refusals; /* the last that were not let in; NULL: none are kept */
	struct service_counters counters;
};

/* False after txn_fail() when a manager has switched them off for the community. */
bool gate_integrations(struct txn *txn);

/* Answers VERB_DELIVER into the reply: committed, not flushed. */
void gate_deliver(struct gate *gate, const struct call_view *call, struct reply *reply);

/* A stored delivery once more, as a new one. */
struct gate_replay {
	struct id original;
	struct id id;     /* of the new one */
	bool again;       /* as in struct call_view, of this id */
	bool dry_run;
	bool masked;      /* without the members that the log does not show; else refused */
};
/* Authentication and duplicates are passed over. False with error when it
 * cannot be replayed. */
bool gate_replay(struct gate *gate, const struct gate_replay *replay, struct reply *reply,
    struct error *error);
/* A dry run for those who run the store: what admission would say of the request
 * is told, and does not end it. */
void gate_test(struct gate *gate, const struct call_view *call, struct reply *reply);

#endif
