/* SPDX-License-Identifier: ISC */
/*
 * The owner's engine: runs calls against the open store, one transaction each,
 * and lets replies go only after one flush of the log for all that are ready.
 * While the disk works on one batch, the next is run (a thread of its own
 * waits for the disk; another one checkpoints).
 */
#ifndef EARSHOT_ENGINE_H
#define EARSHOT_ENGINE_H

#include "http/call.h"

struct engine;
struct settings;
struct store;

/* What the caller of a command has done with a piece of its output. */
enum taken { PART_TAKEN, PART_LATER, PART_GONE /* the caller has left: the job ends */ };

/* A call whose reply is awaited: embedded in what the reply goes to. */
struct pending {
	struct pending *next;
	struct id id;           /* of the call; set by the engine */
	struct call *call;      /* for whoever may have to send it again; NULL: nobody */
	struct reply reply;
	/* The reply is final, on disk when it says so. Called on the main thread. */
	void (*answer)(struct pending *pending);
	/* Output of a management call as it comes, before the answer. NULL: all of it is the
	 * body of the reply. */
	enum taken (*part)(struct pending *pending, enum part kind, struct span output);
	/* With part: the owner has died, and output begins anew. NULL: nobody would notice. */
	void (*anew)(struct pending *pending);
	/* Of a request, set by who takes it and means to give up what nobody waits for: the client
	 * has left. It is answered all the same, perhaps at once. NULL: what began goes on. */
	void (*left)(struct pending *pending);
	void *waits;            /* then: for whom */
};

/* home, settings outlive the engine. NULL with error. brief: one call only. */
struct engine *engine_open(const char *home, const struct settings *settings,
    bool recover, bool brief, struct error *error);
/* All answered before. True when the store may be marked clean. */
bool engine_close(struct engine **engine);
/*
 * On the store of a site that has become master (rep.h), which stays its owner's. A batch is
 * answered when it is on our disk and on those of a majority; several may wait for that.
 * engine_late(): for so long, in µs, one has waited while the others came no further.
 * engine_drop(): the site is master no more: whatever waits is answered as something of which
 * nobody knows whether it was done, and the store is left.
 */
struct engine *engine_enter(struct store *store, const struct settings *settings,
    struct error *error);
int64_t engine_late(const struct engine *engine);
/* They are told so, and the site stays what it is. */
void engine_give_up(struct engine *engine);
void engine_drop(struct engine **engine);

/* As store_alive(). */
void engine_alive(struct engine *engine, void (*alive)(void *arg), void *arg);

/* Readable when a flush has ended: call engine_turn(). */
int engine_event(const struct engine *engine);
/* Runs a delivery now, and keeps what it needs of a call that reads or manages: the bytes are
 * the caller's again afterwards. The answer comes from a later engine_turn(), or at once
 * when too many wait. */
void engine_submit(struct engine *engine, struct pending *pending,
    const struct call_view *call);
/* Nobody waits any more for this management call: it ends where it stands, and is answered
 * with FAULT_BUSY. */
void engine_leave(struct engine *engine, const struct pending *pending);
/* The management call of this id that is carried out; NULL: there is none. */
struct pending *engine_pending(const struct engine *engine, struct id id);
/* Answers every job that still runs with FAULT_BUSY. */
void engine_end_jobs(struct engine *engine);
/* Starts the next flush, and answers what was flushed. */
void engine_turn(struct engine *engine);
/* The same between calls that are run one after the other, when the disk is free and enough
 * of them wait for it: may answer others than the call that was submitted last. */
void engine_pass(struct engine *engine);
/* After the answers have left: goes on with jobs for a little while, and removes what is to
 * go when nothing else waits (idle) or it is time. Milliseconds after which it is to be
 * called again: 0 when there is more to do at once, -1 when something comes. */
int engine_work(struct engine *engine, bool idle);
/* Now and then: what has outlived its retention is removed, a little in each turn, and the
 * index of a store of an older version made. */
void engine_tidy(struct engine *engine);
/* Nothing is waiting for the disk, no job runs for which anybody waits: others (tasks) are
 * gone on with by the next owner. */
bool engine_quiet(const struct engine *engine);
/* What is to be done once to a store of an older version is not done: who can stay a moment
 * should. */
bool engine_is_indexing(const struct engine *engine);
/* A management call is being carried out, and waited for. */
bool engine_has_jobs(const struct engine *engine);
/* Of one that is brief, once its call is answered: goes on for a moment with tasks, and with
 * what is to be done once to a store of an older version. */
void engine_go_on(struct engine *engine);
/* An I/O error: the process must end (all calls fail from now on). */
bool engine_broken(const struct engine *engine);

#endif
