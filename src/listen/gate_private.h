/* SPDX-License-Identifier: ISC */
/* What gate.c and gate_replay.c share. */
#ifndef EARSHOT_GATE_PRIVATE_H
#define EARSHOT_GATE_PRIVATE_H

#include "http/endpoint.h"
#include "listen/answer.h"
#include "listen/gate.h"
#include "listen/journal.h"

enum origin {
	ORIGIN_SENDER, /* a request, to be admitted */
	ORIGIN_LOG,    /* a replay */
	ORIGIN_HAND,   /* a test from the command line */
};

/* One delivery on its way through the gate. */
struct passage {
	struct gate *gate;
	const struct call_view *call;
	struct reply *reply;
	struct request request;      /* with the sender's true address */
	struct delivery delivery;
	struct endpoint endpoint;
	struct journal_entry entry;
	bool describe;               /* GET */
	bool dry_run;
	enum origin origin;
	struct json_object *without; /* parameters that are taken out of the payload, or NULL */
	bool admitted;               /* it leaves a log entry from here on */
	bool settled;                /* the reply is final */
	bool hashed;                 /* body_hash is that of the request's body */
	unsigned char body_hash[SECRET_SHA256_SIZE];
	bool recorded;               /* its log entry stands once this is committed */
	struct outcome outcome;      /* of a single delivery */
	int64_t wait;                /* seconds after which a throttled one may come again */
};

void gate_begin(struct passage *passage, struct gate *gate, const struct call_view *call,
    struct reply *reply);
/* Carries it out unless the error is set, and answers. */
void gate_go(struct passage *passage, struct error *error);

/* One item: its targets, the filter, the effect. FAULT_FILTERED when nothing was. */
enum fault gate_apply(struct txn *txn, struct passage *passage, struct delivery *item);
/* Every item of the payload; answers. */
void gate_apply_batch(struct txn *txn, struct passage *passage);

#endif
