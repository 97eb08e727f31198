/* SPDX-License-Identifier: ISC */
/* Management calls run to their end, as the engine does. */
#ifndef EARSHOT_COMMAND_JOB_H
#define EARSHOT_COMMAND_JOB_H

#include "base/buf.h"
#include "base/text.h"
#include "command/command.h"
#include "listen/gate.h"
#include "record/record_scratch.h"

struct run {
	struct scratch *store;
	struct arena *arena;
	struct arena *step;
	struct buf out;
	struct gate gate;
	struct job job;
	const struct command *command;
	struct coroutine *stack; /* until it has ended */
	int steps;
	int64_t longest;  /* step, microseconds of the processor */
	bool again;       /* of the next call, with the id of the last */
};

void run_close(struct run *run);

/* ' stands for ". Nothing has run yet. */
bool run_open(struct run *run, struct scratch *store, const char *args);

/* One slice; false once the job is done. */
bool run_step(struct run *run);

/* The output with ' for ", behind it "! code" when the job failed. */
const char *run_text(struct run *run);

/* All of that: the text of run_text(). */
const char *run(struct run *run, struct scratch *store, const char *args);

/* Everything between the parts, which may be anything, is passed over: "a*b". */
bool text_like(const char *text, const char *pattern);

/* As a check, which shows both when it fails. */
bool is_like(const char *text, const char *pattern, const char *name);

#endif
