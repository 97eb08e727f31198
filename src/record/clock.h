/* SPDX-License-Identifier: ISC */
/*
 * By which time things are removed. The machine's clock may be wrong for an hour, and
 * what was removed meanwhile does not come back: so a clock that is more than a week
 * ahead of where it was when something was last looked for to be removed is not
 * believed, until it has gone on for a week.
 */
#ifndef EARSHOT_CLOCK_H
#define EARSHOT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct txn;

/* now (µs), or the time until which the clock was believed. Remembers what it has seen,
 * and says in the log when it begins to doubt. In a transaction that writes. */
int64_t clock_believed(struct txn *txn, int64_t now);

struct clock_doubt {
	int64_t believed; /* until then */
	int64_t since;    /* by the doubted clock */
	int64_t until;    /* by the doubted clock: then it is believed */
};
/* Whether the clock is doubted; only reads. */
bool clock_doubted(struct txn *txn, struct clock_doubt *doubt_r);

#endif
