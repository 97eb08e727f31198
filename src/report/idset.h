/* SPDX-License-Identifier: ISC */
/*
 * A set of ids of records with some bits for each, for counting in passes: who
 * matches, which columns of a cross table somebody belongs to. Sixteen bytes a
 * record and some room; an id is kept as a keyed hash of 64 bits, so that among
 * ten million two are taken for one with a chance of one in 300,000. Of the heap.
 */
#ifndef EARSHOT_IDSET_H
#define EARSHOT_IDSET_H

#include "base/arena.h"

#include <stdint.h>

struct idset;

struct idset_entry {
	uint64_t hash;  /* 0: free */
	uint16_t bits;
	uint16_t seen;  /* the caller's, 0 at first */
};

struct idset *idset_new(void);
void idset_free(struct idset **set);
/* Adds it without bits when it is new. Lives until the next is added. */
struct idset_entry *idset_add(struct idset *set, struct span id);
/* NULL when it is not in the set. */
struct idset_entry *idset_find(struct idset *set, struct span id);
size_t idset_count(const struct idset *set);

#endif
