/* SPDX-License-Identifier: ISC */
/*
 * Management calls: VERB_COMMAND with {"command":NAME, …}. A command is one
 * const struct whose run does all of it, with loops on a stack of its own; in them it
 * breathes (job_breathe(), txn_breathe()), so that deliveries go on in between. Output
 * is JSON Lines, rows and signals, each told apart by its kind; the command line
 * turns it into tables.
 */
#ifndef EARSHOT_COMMAND_H
#define EARSHOT_COMMAND_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/secret.h"
#include "http/call.h"
#include "store/store.h"

struct json_object;
struct settings;
struct gate;

/* Of what a job has written, this part is no row. */
struct signal {
	enum part kind;
	size_t at, n;
};

/* What a job does. It is told in percents when others had their turn. */
struct progress {
	double (*share)(const void *of); /* 0 to 1; NULL: nothing is told */
	const void *of;
	const char *(*what)(const void *of); /* in words; may be NULL, or say so */
	int percent;                         /* told last */
	const char *said;
};

struct command;

struct job {
	const struct command *command; /* that it does */
	struct store *store;
	const struct settings *settings;
	struct gate *gate;         /* for replays, and what it has answered */
	struct arena *arena;       /* of the whole job */
	struct arena *scratch;     /* likewise; of its transactions */
	struct json_object *args;
	struct id id;              /* the call's: deliveries that the job makes derive from it */
	bool again;
	int64_t now;               /* when it began */
	int64_t slice_end;         /* of the monotonic clock: behind it the job breathes */
	/* Lets others have their turn; back when the job is to go on, or with its error set.
	 * NULL: nobody waits. */
	void (*pause)(struct job *job);
	void *pauser;              /* of whoever set it */
	struct breath breath;      /* of its transactions */
	struct progress progress;
	struct buf *out;           /* JSON Lines that have not been taken yet */
	size_t settled;            /* of these, told by transactions that have ended */
	struct signal *signals;    /* in these, in their order; in arena */
	size_t signal_count, signal_room;
	const struct call *call;   /* of the web (read.h), which gets its output whole as the */
	struct reply *reply;       /* body of this; NULL: a management call */
	int64_t wait;              /* then: seconds until it may come again, 0 nothing to say */
	struct error error;        /* set: the job failed */
};

/* In a group a call reaches the master from any of its machines. */
enum beside {
	BESIDE_ANY,    /* and is the same from each of them */
	BESIDE_MASTER, /* this one is about the machine: elsewhere it is refused */
	BESIDE_IDLE,   /* elsewhere it finds nothing to do */
};

struct command {
	const char *name;
	enum beside beside;
	/* All of it; or, where it is one transaction: its mode, and its body. */
	void (*run)(struct job *job);
	enum store_mode mode;
	void (*body)(struct txn *txn, struct job *job);
};

/* What it is asked to do, once, from beginning to end; job->error tells how it ended. */
void command_do(const struct command *command, struct job *job);
/* Between two pieces of work, outside of transactions: as txn_breathe(). */
bool job_breathe(struct job *job);

const struct command *command_by_name(struct span name);

#endif
