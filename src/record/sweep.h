/* SPDX-License-Identifier: ISC */
/*
 * Rows of TABLE_META that nobody wants any more, and that may be more than one transaction
 * should remove: they are named by what their keys begin with, and go by and by.
 */
#ifndef EARSHOT_SWEEP_H
#define EARSHOT_SWEEP_H

#include "base/arena.h"

struct txn;

/* All rows whose keys begin so. None may be put there again. */
void sweep_later(struct txn *txn, struct span prefix);
/* Removes some of them, at most about max. True: there may be more. */
bool sweep_some(struct txn *txn, size_t max);

#endif
