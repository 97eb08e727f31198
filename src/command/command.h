/* SPDX-License-Identifier: ISC */
/*
 * Management calls: VERB_COMMAND with {"command":NAME, …}. A command is one
 * const struct whose step does at most a few milliseconds of work and is
 * called again until it is done, so that deliveries go on in between. Output
 * is JSON Lines, rows and signals, each told apart by its kind; the command line
 * turns it into tables.
 */
#ifndef EARSHOT_COMMAND_H
#define EARSHOT_COMMAND_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/secret.h"
#include "http/call.h"

struct json_object;
struct settings;
struct store;
struct gate;

/* Of what a job has written, this part is no row. */
struct signal {
	enum part kind;
	size_t at, n;
};

struct job {
	struct store *store;
	const struct settings *settings;
	struct gate *gate;         /* for replays, and what it has answered */
	struct arena *arena;       /* of the whole job */
	struct arena *scratch;     /* reset after each step */
	struct json_object *args;
	struct id id;              /* the call's: deliveries that the job makes derive from it */
	bool again;
	int64_t now;               /* of the first step */
	int64_t slice;             /* µs that a step may take, and the end of the present one */
	int64_t slice_end;         /* by the monotonic clock: the step ends behind it */
	struct buf *out;           /* JSON Lines that have not been taken yet */
	struct signal *signals;    /* in these, in their order; in arena */
	size_t signal_count, signal_room;
	const struct call *call;   /* of the web (read.h), which gets its output whole as the */
	struct reply *reply;       /* body of this; NULL: a management call */
	int64_t wait;              /* then: seconds until it may come again, 0 nothing to say */
	struct error error;        /* set: the job failed */
	void *state;               /* the command's own, in arena */
};

enum job_state { JOB_DONE, JOB_MORE };

struct command {
	const char *name;
	enum job_state (*step)(struct job *job);
};

const struct command *command_by_name(struct span name);

#endif
