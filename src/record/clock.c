/* SPDX-License-Identifier: ISC */
#include "record/clock.h"

#include "base/log.h"
#include "base/text.h"
#include "store/store.h"
#include "store/table.h"

#include <inttypes.h>
#include <stdio.h>

#define HOUR_US (INT64_C(3600) * 1000000)
#define DAY_US (24 * HOUR_US)
#define LEAP_US (7 * DAY_US)

struct clock {
	int64_t believed; /* 0: a store of before this was kept, or a new one */
	int64_t since;    /* of the doubt, 0 none */
};

static struct clock
load(struct txn *txn)
{
	struct clock clock = { 0 };
	struct span row;

	if (table_get(txn, TABLE_META, SPAN("clock"), &row) &&
	    sscanf(arena_string(txn_arena(txn), row), "%" SCNd64 " %" SCNd64, &clock.believed,
	    &clock.since) < 1)
		clock = (struct clock){ 0 };
	return clock;
}

static void
save(struct txn *txn, const struct clock *clock)
{
	table_put(txn, TABLE_META, SPAN("clock"), span_of(arena_printf(txn_arena(txn),
	    "%" PRId64 " %" PRId64, clock->believed, clock->since)));
}

static void
say_doubt(const struct clock *clock, int64_t now)
{
	char says[TEXT_TIME_SIZE], was[TEXT_TIME_SIZE], until[TEXT_TIME_SIZE];

	log_line(LOG_LEVEL_WARNING, "is the clock right? It says %s, %" PRId64 " days after %s, "
	    "when what is old was last removed. Nothing more is removed until it is set right, "
	    "or has gone on until %s", text_time_write(now, says),
	    (now - clock->believed) / DAY_US, text_time_write(clock->believed, was),
	    text_time_write(now + LEAP_US, until));
}

int64_t
clock_believed(struct txn *txn, int64_t now)
{
	struct clock clock = load(txn), before = clock;
	struct id last;

	if (clock.believed == 0)
		clock.believed = store_acknowledged(txn_store(txn), &last) ? id_time(last) : now;
	if (now <= clock.believed + LEAP_US ||
	    (clock.since != 0 && now >= clock.since + LEAP_US)) {
		if (clock.since != 0)
			log_line(LOG_LEVEL_INFO, "the clock is believed again");
		clock.since = 0;
		/* Not at every look: it need not be exact. */
		if (now > clock.believed + HOUR_US || now < clock.believed - HOUR_US ||
		    before.believed == 0 || before.since != 0)
			clock.believed = now;
	} else if (clock.since == 0 || now < clock.since - HOUR_US) {
		clock.since = now;
		say_doubt(&clock, now);
	}
	if (clock.believed != before.believed || clock.since != before.since)
		save(txn, &clock);
	return clock.since == 0 ? now : clock.believed;
}

bool
clock_doubted(struct txn *txn, struct clock_doubt *doubt_r)
{
	struct clock clock = load(txn);

	*doubt_r = (struct clock_doubt){ clock.believed, clock.since, clock.since + LEAP_US };
	return clock.since != 0;
}
