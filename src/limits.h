/* SPDX-License-Identifier: ISC */
/* Token buckets by name, in the owner's memory: a new owner begins with full ones. */
#ifndef EARSHOT_LIMITS_H
#define EARSHOT_LIMITS_H

#include "arena.h"
#include "fault.h"

#include <stdint.h>

struct limits;

struct limits *limits_new(void);
void limits_free(struct limits **limits);
/* Takes one token; false with FAULT_RATE_LIMITED when there is none. per_minute
 * 0 is no limit; limits NULL allows all. now in microseconds. */
bool limits_allow(struct limits *limits, struct span name, int64_t per_minute,
    int64_t burst, int64_t now, struct error *error);

#endif
