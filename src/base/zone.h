/* SPDX-License-Identifier: ISC */
/*
 * Time zones by their names in the IANA database, as the system has it
 * (/usr/share/zoneinfo, RFC 9636). The C library knows one zone per process; here
 * every field and listener has its own.
 */
#ifndef EARSHOT_ZONE_H
#define EARSHOT_ZONE_H

#include "base/arena.h"

#include <stdint.h>

struct zone; /* immutable */

#define ZONE_WRONG "there is no time zone of that name; it is UTC, or one such as " \
    "Europe/Berlin of the system's time zone database (package tzdata)"

/* In the arena; NULL: there is none of that name. "UTC" needs no file. */
const struct zone *zone_load(struct arena *arena, struct span name);
/* Microseconds that its clocks are before UTC (east: positive) at this time of UTC. */
int64_t zone_offset(const struct zone *zone, int64_t time);

/* What its clocks showed, in microseconds as if it were UTC, to UTC: of a time that came
 * twice, when they were set back, the first; of one that they left out, as before. */
enum zone_reading { ZONE_ONCE, ZONE_TWICE, ZONE_NEVER };
enum zone_reading zone_time(const struct zone *zone, int64_t local, int64_t *time_r);

/* text_time_sent(), with what is missing there: false where there is no zone, or the clocks
 * left the time out. */
bool zone_text_time(struct span text, const struct zone *zone, int64_t *time_r);

#endif
