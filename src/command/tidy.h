/* SPDX-License-Identifier: ISC */
/*
 * What has outlived its time goes, and what is to be done once to a store of an older version is
 * done: some of it at a time, by the owner between calls and by `tidy`.
 */
#ifndef EARSHOT_TIDY_H
#define EARSHOT_TIDY_H

#include "listen/journal.h"

/* Begins as zeros. */
struct tidying {
	struct journal_sweep journal;
	bool looked;   /* for what is to be forgotten: once in each round */
	bool indexing; /* words of records are still to be put into the index */
};
/* About max rows of each kind, in the caller's transaction. True: there is more. */
bool tidy_some(struct txn *txn, struct tidying *tidying, int64_t now, size_t max);

#endif
