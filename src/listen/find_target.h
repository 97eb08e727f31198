/* SPDX-License-Identifier: ISC */
/* Which records a delivery is about, by its listener's rule. */
#ifndef EARSHOT_FIND_H
#define EARSHOT_FIND_H

#include "act/delivery.h"

/*
 * The ids, in the item's arena, and how many there are to act on. by_path: the
 * target that the URL names, p NULL when it names none. 0 after txn_fail(), or
 * where the listener passes over an unknown target; the step says which.
 */
size_t find_targets(struct txn *txn, struct delivery *item, struct span by_path,
    struct span **ids_r);

#endif
