/* SPDX-License-Identifier: ISC */
/* Token buckets by name, in the owner's memory: a new owner begins with full ones. */
#ifndef EARSHOT_THROTTLE_H
#define EARSHOT_THROTTLE_H

#include "arena.h"
#include "fault.h"

#include <stdint.h>

struct throttle;

struct throttle *throttle_new(void);
void throttle_free(struct throttle **throttle);
/* Takes one token; false with FAULT_RATE_LIMITED when there is none. per_minute
 * 0 is no limit; throttle NULL allows all. now in microseconds. */
bool throttle_allow(struct throttle *throttle, struct span name, int64_t per_minute,
    int64_t burst, int64_t now, struct error *error);

#endif
