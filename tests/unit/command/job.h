/* SPDX-License-Identifier: ISC */
/* Management calls run to their end, as the engine does; but they breathe wherever they can. */
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
	int steps;        /* so far; it breathes between two, wherever it can */
	bool again;       /* of the next call, with the id of the last */
	const char *as;   /* e-mail address of whom the calls are made for; NULL: the operator */
	bool web;         /* a front of the web asks, not the user of the store */
};

void run_close(struct run *run);

/* ' stands for ". Nothing has run yet. */
bool run_open(struct run *run, struct scratch *store, const char *args);

/* To its next breath; false once the job is done. */
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
