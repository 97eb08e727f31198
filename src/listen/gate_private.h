/* SPDX-License-Identifier: ISC */
/* What the files of the gate share. */
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
	void (*change)(struct txn *txn, void *arg); /* as in struct gate_replay */
	void *change_arg;
	struct error refusal;        /* a test: how admission would refuse it */
	const struct sample *sample; /* a description for those who run the store; or NULL */
	bool admitted;               /* it leaves a log entry from here on */
	bool settled;                /* the reply is final */
	bool later;                  /* it is not his turn: nothing is done */
	struct span name;            /* by which a repeat is found, "" none */
	enum mark_kind name_kind;    /* MARK_ID or MARK_CONTENT */
	struct span signed_name;     /* likewise by what was signed */
	bool hashed;                 /* body_hash is that of the request's body */
	unsigned char body_hash[SECRET_SHA256_SIZE];
	bool recorded;               /* its log entry stands once this is committed */
	struct outcome outcome;      /* of a single delivery */
	struct allowance allowance;  /* of all that it causes */
	bool unfinished;             /* a large batch: gate_unfinished.c goes on with it */
	int64_t wait;                /* seconds after which a throttled one may come again */
};

void gate_begin(struct passage *passage, struct gate *gate, const struct call_view *call,
    struct reply *reply);
/* Carries it out unless the error is set, and answers. */
void gate_go(struct passage *passage, struct error *error);

/* gate_query.c. Is a dry run asked for? And, once the sender is known: is anything asked
 * for under a name that is almost right? */
bool gate_read_query(struct passage *passage, struct error *error);
bool gate_check_query(struct txn *txn, struct passage *passage);

/* gate_repeat.c. True when the delivery came before, and is answered; false also after
 * txn_fail(): the id came with something else. */
bool gate_is_repeat(struct txn *txn, struct passage *passage);
/* What was carried out makes later copies duplicates; what did nothing may come again. */
void gate_remember(struct txn *txn, struct passage *passage);
/* Takes back what gate_remember() did: it has failed after all, or done nothing. */
void gate_forget(struct txn *txn, struct passage *passage);
/* An entry of the log whose delivery is still being carried out. */
bool gate_is_unfinished(struct json_object *entry);

/* One item: its targets, the filter, the effect. FAULT_FILTERED when nothing was. */
enum fault gate_apply(struct txn *txn, struct passage *passage, struct delivery *item);
/* The log entry, of what has come in. */
void gate_record(struct txn *txn, struct passage *passage);
struct span gate_base_url(struct txn *txn, const struct passage *passage);
/* The reply is final: it is counted, and has its line. */
void gate_end(struct passage *passage);

/* Every item of the payload; answers. Leaves a large batch that is not atomic for
 * gate_unfinished_begin(): passage->unfinished. */
void gate_apply_batch(struct txn *txn, struct passage *passage);
/* Where the items stand; NULL after txn_fail(). */
struct json_object *gate_batch_items(struct txn *txn, struct passage *passage,
    struct span each);
/* The next item: its failure is its own, unless the store is ill. */
void gate_batch_item(struct txn *txn, struct passage *passage, struct batch *batch,
    struct json_object *payload);
/* The same without carrying it out: with this outcome. */
void gate_batch_count(struct passage *passage, struct batch *batch,
    const struct outcome *outcome);
/* After the last: the reply, which the log keeps, too. */
void gate_batch_answer(struct passage *passage, struct batch *batch);
void gate_batch_free(void *batch);

/* In the transaction in which it came in: from now on it will be carried out, whoever
 * dies. */
void gate_unfinished_begin(struct txn *txn, struct passage *passage);

#endif
