/* SPDX-License-Identifier: ISC */
/* The names that a listener reads of a body, and what of a body it passes over. */
#ifndef EARSHOT_PARAMETERS_H
#define EARSHOT_PARAMETERS_H

#include "base/arena.h"

struct delivery;
struct listener;

struct parameters {
	struct span *names;  /* as the listener writes them: "plan", "/account/plan" */
	size_t count;
	struct span *tops;   /* members at the top of a body that are read, in order; NULL: it
	                      * cannot be told, and nothing is said to be passed over */
	size_t top_count;
};

/* Of a listener whose other members are compiled. Lives in the arena. */
void parameters_compile(struct arena *arena, struct listener *listener);
bool parameters_have(const struct parameters *parameters, struct span name);
/* Tells the delivery (an item of a batch) which members of its payload nothing reads, and
 * which parameter each may have been meant for. */
void parameters_pass_over(struct delivery *item);

#endif
