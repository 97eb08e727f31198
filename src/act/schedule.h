/* SPDX-License-Identifier: ISC */
/*
 * Schedules: macros that run by the calendar, on all users or tickets that
 * match.
 *
 * schedule document: key, project?, name?, description?, macro (it says whether
 * users or tickets are meant), filter?, every ("hourly", "daily", "weekly",
 * "monthly", "once"), start, zone? (else the community's), end? (times), since? (nothing before is made up for:
 * when it was switched on again), enabled?; derived: lastRun, nextRun. In a
 * project only its tickets and participants are meant. Times are of UTC; days, weeks
 * and months go by the wall of the zone.
 *
 * What was missed is made up for once. A lastRun that is applied counts when it
 * is later than what is known, so that a copy of a store does not run again.
 */
#ifndef EARSHOT_SCHEDULE_H
#define EARSHOT_SCHEDULE_H

#include "base/secret.h"
#include "lang/filter.h"
#include "record/doc.h"
#include "record/record.h"

#include <stdint.h>

extern const struct kind kind_schedule;

enum schedule_every {
	SCHEDULE_HOURLY, SCHEDULE_DAILY, SCHEDULE_WEEKLY, SCHEDULE_MONTHLY, SCHEDULE_ONCE
};

#define SCHEDULE_NEVER INT64_MAX
/* "weekly" */
bool schedule_every_by_name(struct span name, enum schedule_every *every_r);

struct zone;

/*
 * The first time behind `after` (µs): start, and every hour, day, week or month
 * from it on; a month without that day has it on its last one. Hours are hours;
 * the others are at the time of day that the wall of the zone (NULL: UTC) shows at
 * start, where clocks change as zone_time() has it.
 */
int64_t schedule_next(const struct zone *zone, int64_t start, enum schedule_every every, int64_t after);

/* Strings are in the transaction's arena. */
struct schedule {
	struct span project, full_name;
	struct span macro_project, macro_key; /* key is empty when it was removed */
	struct span filter;
	int64_t due;        /* the run that comes next or is late; SCHEDULE_NEVER */
	int64_t known;      /* when there was this schedule first; 0 unknown: nothing is late before */
	bool running;       /* a run was begun and has not ended */
	struct id run;      /* its id, in the log of the macro */
};

/* The schedule behind position `after`; false at the end. */
bool schedule_walk(struct txn *txn, struct span after, struct span *position_r,
    struct schedule *schedule_r);
/* By its full name; false when it is gone. */
bool schedule_load(struct txn *txn, struct span full_name, struct schedule *schedule_r);
/* Due runs count as run from now on. One that begins more than an hour late was missed, and
 * needs a person to look (community/condition.h). */
void schedule_begin(struct txn *txn, const struct schedule *schedule, struct id run,
    int64_t now);
/* failure: why it could not be carried out to its end, "" it was. */
void schedule_end(struct txn *txn, const struct schedule *schedule, struct span failure,
    int64_t now);
/* Is it missed, as things stand? */
void schedule_look(struct txn *txn, const struct schedule *schedule, int64_t now);

/* Which targets: a filter over what is known of them without a delivery, with the
 * saved filters of the project; names: as in saved_scope. NULL with error. */
const struct filter *schedule_filter(struct txn *txn, struct arena *arena,
    struct span project, enum record record, struct span source, bool names,
    struct filter_error *error_r);

#endif
