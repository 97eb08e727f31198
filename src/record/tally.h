/* SPDX-License-Identifier: ISC */
/*
 * The tally of a ticket: what moves its popularity without its document being
 * touched, and how many follow it, so that a comment on a ticket that nobody
 * follows need not read it. A row of TABLE_TALLY, absent while all is zero.
 */
#ifndef EARSHOT_RECORD_TALLY_H
#define EARSHOT_RECORD_TALLY_H

#include "base/arena.h"

#include <stdint.h>

struct txn;

struct tally {
	int64_t comments;
	int64_t followers;
};

struct tally tally_load(struct txn *txn, struct span feedback);
void tally_save(struct txn *txn, struct span feedback, const struct tally *tally);

#endif
