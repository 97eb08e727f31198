/* SPDX-License-Identifier: ISC */
/*
 * What happens to one delivery, in order. The only file that knows it.
 */
#ifndef EARSHOT_GATE_H
#define EARSHOT_GATE_H

#include "call.h"

struct settings;
struct store;

struct gate {
	struct store *store;
	const struct settings *settings;
	struct arena *arena;  /* reset by each call */
};

/* Answers VERB_DELIVER into the reply: committed, not flushed. */
void gate_deliver(struct gate *gate, const struct call *call, struct reply *reply);

#endif
