/* SPDX-License-Identifier: ISC */
/* init {} and stat {}: the store in numbers. */
#include "command_private.h"

#include "journal.h"
#include "json.h"
#include "settings.h"
#include "table.h"
#include "text.h"

#define HOUR_US (INT64_C(3600) * 1000000)
#define DAY_US (24 * HOUR_US)
#define COUNTED_MAX 100000 /* deliveries and parcels that are looked at */

enum phase { PHASE_DELIVERIES, PHASE_WAITING, PHASE_DEAD, PHASE_TELL };

struct stat_job {
	struct job *job;
	enum phase phase;
	struct command_position position;
	int64_t counted;
	bool capped[PHASE_TELL];
	int64_t hour[FAULT__MAX], day[FAULT__MAX];
	int64_t waiting, dead, oldest;   /* oldest: created, 0 none */
	int64_t deadline;
};

static void
next_phase(struct stat_job *stat)
{
	stat->phase++;
	stat->counted = 0;
	stat->position.n = 0;
}

static void
count_delivery(struct stat_job *stat, struct json_object *entry)
{
	enum fault fault = fault_by_code(arena_string(stat->job->scratch,
	    json_string(entry, "outcome")));
	int64_t at;

	if (fault == FAULT__MAX || !text_time(json_string(entry, "at"), &at))
		return;
	stat->day[fault]++;
	stat->hour[fault] += at >= stat->job->now - HOUR_US;
}

static void
count_parcel(struct stat_job *stat, struct json_object *parcel)
{
	int64_t created;

	if (stat->phase == PHASE_DEAD) {
		stat->dead++;
		return;
	}
	stat->waiting++; /* leased ones, too */
	if (text_time(json_string(parcel, "created"), &created) &&
	    (stat->oldest == 0 || created < stat->oldest))
		stat->oldest = created;
}

static void
count_next(struct txn *txn, struct stat_job *stat)
{
	struct journal_query query = { .since = stat->job->now - DAY_US };
	struct span after = command_position(&stat->position), position;
	struct json_object *found = stat->phase == PHASE_DELIVERIES
	    ? journal_next(txn, &query, after, &position)
	    : command_parcel_next(txn, stat->phase == PHASE_DEAD ? OUTBOX_DEAD
	          : OUTBOX_WAITING, after, &position);

	if (found == NULL) {
		next_phase(stat);
		return;
	}
	if (stat->counted++ == COUNTED_MAX) {
		stat->capped[stat->phase] = true;
		next_phase(stat);
		return;
	}
	command_position_set(&stat->position, position);
	if (stat->phase == PHASE_DELIVERIES)
		count_delivery(stat, found);
	else
		count_parcel(stat, found);
}

static void
count_some(struct txn *txn, void *arg)
{
	struct stat_job *stat = arg;

	while (stat->phase != PHASE_TELL && txn_ok(txn)) {
		struct arena_mark mark = arena_mark(txn_arena(txn));

		count_next(txn, stat);
		arena_rewind(txn_arena(txn), mark);
		if (command_late(stat->deadline))
			break;
	}
}

static void
tell_outcomes(struct jsonout *out, const char *name, const int64_t *counts)
{
	json_key(out, name);
	json_open(out, '{');
	for (int fault = 0; fault < FAULT__MAX; fault++) {
		if (counts[fault] == 0)
			continue;
		json_key(out, fault_info((enum fault)fault)->code);
		json_int(out, counts[fault]);
	}
	json_close(out, '}');
}

static void
tell_number(struct jsonout *out, const char *name, int64_t number)
{
	json_key(out, name);
	json_int(out, number);
}

static void
tell_capped(struct jsonout *out, bool capped)
{
	if (!capped)
		return;
	json_key(out, "capped");
	json_boolean(out, true);
}

static void
tell_outbox(struct jsonout *out, const struct stat_job *stat)
{
	json_key(out, "outbox");
	json_open(out, '{');
	tell_number(out, "waiting", stat->waiting);
	tell_number(out, "dead", stat->dead);
	if (stat->oldest != 0)
		tell_number(out, "oldestSeconds", (stat->job->now - stat->oldest) / 1000000);
	tell_capped(out, stat->capped[PHASE_WAITING] || stat->capped[PHASE_DEAD]);
	json_close(out, '}');
}

static void
tell(struct txn *txn, void *arg)
{
	struct stat_job *stat = arg;
	struct jsonout out = json_to(stat->job->out);

	json_open(&out, '{');
	json_key(&out, "rows");
	json_open(&out, '{');
	for (int table = 0; table < TABLE__MAX; table++)
		tell_number(&out, table_name((enum table)table),
		    (int64_t)table_rows(txn, (enum table)table));
	json_close(&out, '}');
	json_key(&out, "deliveries");
	json_open(&out, '{');
	tell_outcomes(&out, "hour", stat->hour);
	tell_outcomes(&out, "day", stat->day);
	tell_capped(&out, stat->capped[PHASE_DELIVERIES]);
	json_close(&out, '}');
	tell_outbox(&out, stat);
	json_key(&out, "store");
	json_open(&out, '{');
	tell_number(&out, "logBytesWritten", (int64_t)store_written(stat->job->store));
	tell_number(&out, "cacheBytes", stat->job->settings->cache_bytes);
	json_close(&out, '}');
	json_close(&out, '}');
	buf_putc(stat->job->out, '\n');
}

static enum job_state
stat_step(struct job *job)
{
	struct stat_job *stat = job->state;

	if (stat == NULL) {
		stat = job->state = arena_alloc(job->arena, sizeof *stat);
		stat->job = job;
	}
	if (stat->phase == PHASE_TELL) {
		command_run(job, STORE_READ, tell, stat);
		return JOB_DONE;
	}
	stat->deadline = command_deadline();
	return command_run(job, STORE_READ, count_some, stat) ? JOB_MORE : JOB_DONE;
}

/* The store was made when it was opened. */
static enum job_state
init_step(struct job *job)
{
	buf_puts(job->out, "{\"format\":1}\n");
	return JOB_DONE;
}

const struct command command_init = { .name = "init", .step = init_step };
const struct command command_stat = { .name = "stat", .step = stat_step };
