/* SPDX-License-Identifier: ISC */
#ifndef EARSHOT_COMMENT_PRIVATE_H
#define EARSHOT_COMMENT_PRIVATE_H

#include "arena.h"

struct txn;

/* Comments by `from` are by `to`, or by nobody when to.p is NULL. */
void comment_rename(struct txn *txn, struct span from, struct span to);

#endif
