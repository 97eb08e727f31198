/* SPDX-License-Identifier: ISC */
/*
 * Who has taken how much of the one thread that carries calls out. A caller is
 * known by the API key that let him in, or by the listener where none is asked for.
 * What usual calls take is free. Whoever sends heavy ones, and has had more than his
 * share of late, waits while others want the thread; alone he waits for nobody. Kept
 * in the owner's memory.
 */
#ifndef EARSHOT_SHARE_H
#define EARSHOT_SHARE_H

#include "base/arena.h"

#include <stdint.h>

struct share;

struct share *share_new(void);
void share_free(struct share **share);
#define SHARE_PLACES 1024
/* µs of a call that count for nothing: usual ones take a tenth of it. */
#define SHARE_FREE 2000

/* The place of a caller; different ones may have the same, and then share it. sort: names of
 * another sort are others. */
size_t share_caller(const struct share *share, char sort, struct span name);
/* A call of his has come in. now: µs of the monotonic clock, as below. */
void share_came(struct share *share, size_t caller, int64_t now);
/* One call of his, which had taken so many µs before, has taken more. */
void share_charge(struct share *share, size_t caller, int64_t before, int64_t took, int64_t now);
/* He has had more than his share, and somebody who has not came a moment ago. */
bool share_yields(struct share *share, size_t caller, int64_t now);

#endif
