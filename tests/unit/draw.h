/* SPDX-License-Identifier: ISC */
/*
 * Documents that are drawn from the schema: each member that may stand in a kind, and each
 * variant of it, with values of its type, odd ones among them. Not all of them are
 * valid: what members ask of each other is for the store to say. What they name is what
 * draw_base() tells.
 */
#ifndef EARSHOT_DRAW_H
#define EARSHOT_DRAW_H

#include "base/arena.h"

#include <stdint.h>

struct json_object;
struct kind;

/* The same seed draws the same. */
struct draw {
	struct arena *arena;
	uint64_t state;
};

/* DRAW_SEED of the environment, else of the clock; it is told, as a remark. */
uint64_t draw_seed(void);
/* From 0 to n - 1. */
uint64_t draw_below(struct draw *draw, uint64_t n);
/* Of the kind, with this as its key, id, or what else its name is made of. */
struct json_object *draw_document(struct draw *draw, const struct kind *kind,
    const char *name);
/* JSON: a list of documents that all the others may name. */
const char *draw_base(void);

#endif
