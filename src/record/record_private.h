/* SPDX-License-Identifier: ISC */
/* What record.c and index.c share: the keys of the index. */
#ifndef EARSHOT_RECORD_PRIVATE_H
#define EARSHOT_RECORD_PRIVATE_H

#include "record/record.h"

/* The whole key of a value, in the arena; empty when a part is too long. */
struct span record_term(struct arena *arena, char letter, struct span path,
    const struct record_value *value, struct span id);
/* Values of this path are compared without case. */
bool record_folded(enum record record, struct span path);

#endif
