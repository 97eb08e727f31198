/* SPDX-License-Identifier: ISC */
/*
 * Time zones by their IANA names, from the system's tzdata. The C library knows one
 * zone for a whole process, by an environment variable; here each is a value that any
 * thread may read. The files are those of RFC 9636 (TZif), with the rule at their end
 * for the times behind the last one told.
 *
 * Local times are microseconds since 1970 as text_date() has them, of the clock on the
 * wall instead of UTC.
 */
#ifndef EARSHOT_ZONE_H
#define EARSHOT_ZONE_H

#include "base/arena.h"

#include <stdint.h>

struct zone;

/* In the arena, which it needs no longer than itself. NULL: there is none of that name,
 * or no tzdata; "UTC" is always there. */
const struct zone *zone_load(struct arena *arena, struct span name);
/* The sentence for that, in the arena. */
const char *zone_missing(struct arena *arena, struct span name);

/* What the wall shows. zone may be NULL: UTC. offset_r and abbreviation_r ("CEST", lives
 * as the zone does) may be NULL. */
int64_t zone_local(const struct zone *zone, int64_t time, int *offset_r,
    const char **abbreviation_r);
/*
 * When the wall shows this. Of a time that comes twice (clocks are set back) it is the
 * first; one that is left out (they are set forward) is as long behind the moment of the
 * change as it would have been: 02:30 is 03:30.
 */
int64_t zone_time(const struct zone *zone, int64_t local);

#endif
