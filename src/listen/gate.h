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
struct pulse;
struct throttle;
struct txn;

struct gate {
	struct store *store;
	const struct settings *settings;
	struct arena *arena;   /* reset by each call */
	struct throttle *throttle; /* of rates, in memory; NULL: none are kept */
	struct refusals *refusals; /* the last that were not let in; NULL: none are kept */
	struct pulse *pulse;       /* what listeners did lately, in memory; NULL: nobody asks */
	struct service_counters counters;
	struct gate_batch *batches; /* that are open */
	/* No listener has a failure to make up for, as far as is known: then a good delivery
	 * changes nothing, and nothing is looked up. The watch says so, a failure ends it. */
	bool all_well;
	uint64_t failures; /* deliveries that failed, since this owner began */
	/* Whose request it is has been found out: his API key ('k'), or the listener where that asks
	 * for none ('l'). False: it is not his turn. NULL: it is everybody's. */
	bool (*is_his_turn)(void *arg, char sort, struct span name);
	void *turn_arg;
};

/* False after txn_fail() when a manager has switched them off for the community. */
bool gate_integrations(struct txn *txn);

enum gate_end {
	GATE_ANSWERED,   /* committed, not flushed */
	GATE_UNFINISHED, /* a large batch, which has come in and is carried out by
	                  * gate_batch_open() with the call's id */
	GATE_LATER,      /* nothing was done: it is not his turn */
};
/* VERB_DELIVER or _DESCRIBE, into the reply. */
enum gate_end gate_deliver(struct gate *gate, const struct call_view *call, struct reply *reply);

/*
 * A large batch that is not atomic: its items are carried out in slices, each a
 * transaction with its results, so that others are served between them. Once it has
 * come in it is in the store, and whoever owns that ends it, also after a crash: each
 * item is carried out once. Owns all that it needs.
 */
struct gate_batch;
/* NULL when there is none of this id, or it is open already; with the id NULL: the first
 * one that is not open. gate outlives it. */
struct gate_batch *gate_batch_open(struct gate *gate, const struct id *id);
struct id gate_batch_id(const struct gate_batch *batch);
/* Goes on until this time (text_clock()), by one item at least. True when it has ended:
 * the reply is final, committed and not flushed; or the store cannot take more, says a
 * passing fault, and the rest is done when it is opened next. */
bool gate_batch_step(struct gate_batch *batch, int64_t until, struct reply *reply);
void gate_batch_close(struct gate_batch **batch);

/* A stored delivery once more, as a new one. */
struct gate_replay {
	struct id original;
	struct id id;     /* of the new one */
	bool again;       /* as in struct call_view, of this id */
	bool dry_run;
	bool masked;      /* without the members that the log does not show; else refused */
	/* Of a dry run: changes rules before it, in its transaction, which is undone; the listener
	 * may have another type by then. NULL: as they are. */
	void (*change)(struct txn *txn, void *arg);
	void *change_arg;
};
/* Authentication and duplicates are passed over. False with error when it
 * cannot be replayed. A reply of FAULT_UNFINISHED: as in gate_deliver(), by the new id. */
bool gate_replay(struct gate *gate, const struct gate_replay *replay, struct reply *reply,
    struct error *error);
/* A dry run for those who run the store: what admission would say of the request
 * is told, and does not end it. */
void gate_test(struct gate *gate, const struct call_view *call, struct reply *reply);
/* The listener described for them, as GET does for senders, with an example about a record
 * that there is. */
struct sample;
void gate_describe(struct gate *gate, const struct call_view *call, const struct sample *sample,
    struct reply *reply);

#endif
