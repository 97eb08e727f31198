/* SPDX-License-Identifier: ISC */
/*
 * schedule-run {"time"?}: runs what is due, each schedule once however often it
 * was missed, and ends runs that were cut off. Prints a line for each run, and
 * {"more":true} when it stops after that time with work left.
 * tidy {}: removes what has outlived its retention in the logs.
 */
#include "command/command_macro_private.h"

#include "act/schedule.h"
#include "base/json.h"
#include "base/settings.h"
#include "base/text.h"
#include "listen/journal.h"
#include "record/clock.h"

#include <string.h>

#define TIDY_ROWS 200

struct round {
	struct job *job;
	struct command_position position;  /* of the schedule looked at last */
	struct schedule schedule;
	bool found, ended;
	struct macro_all *all;             /* the run that goes on, NULL none */
	int64_t until;                     /* 0: as long as it takes */
	int64_t now;                       /* for all: what comes due meanwhile waits */
	struct error error;                /* of the run */
};

/* The next one that is due or was cut off. */
static void
look(struct txn *txn, void *arg)
{
	struct round *round = arg;
	struct schedule schedule;
	struct span position;

	round->found = false;
	while (!round->found && schedule_walk(txn, command_position(&round->position),
	    &position, &schedule)) {
		command_position_set(&round->position, position);
		round->found = schedule.running || schedule.due <= round->now;
	}
	if (round->found) {
		round->schedule = schedule;
		round->schedule.full_name = arena_copy(round->job->arena, schedule.full_name);
	}
}

static void
begin_run(struct txn *txn, void *arg)
{
	struct round *round = arg;
	struct schedule *schedule = &round->schedule;
	struct arena *arena = round->job->arena;
	struct macro_all *all;
	struct span name = schedule->full_name;

	/* Another caller may have been faster. */
	round->found = schedule_load(txn, name, schedule) &&
	    (schedule->running || schedule->due <= round->now);
	if (!round->found)
		return;
	schedule->full_name = name;
	if (!schedule->running) {
		schedule->run = id_new(text_now());
		schedule_begin(txn, schedule, schedule->run, round->now);
	}
	if (schedule->macro_key.n == 0) {
		schedule_end(txn, schedule);
		round->found = false;
		return;
	}
	all = round->all = arena_alloc(arena, sizeof *all);
	*all = (struct macro_all){ .job = round->job,
		.project = arena_copy(arena, schedule->macro_project),
		.key = arena_copy(arena, schedule->macro_key),
		.scope = arena_copy(arena, schedule->project),
		.filter = arena_copy(arena, schedule->filter),
		.by = arena_printf(arena, "schedule %.*s", (int)name.n, name.p),
		.id = schedule->run };
	macro_all_begin(all);
}

static void
tell(struct txn *txn, struct round *round)
{
	struct jsonout out = json_to(round->job->out);

	json_open(&out, '{');
	json_member(&out, "schedule", round->schedule.full_name);
	json_member(&out, "macro", round->all->full_name);
	if (round->error.fault != FAULT_NONE)
		json_member(&out, "detail", span_of(round->error.detail));
	macro_all_tell(txn, round->all, &out);
	json_close(&out, '}');
	buf_putc(round->job->out, '\n');
}

/* Unless it was changed meanwhile: its run has been stopped then. */
static void
end_run(struct txn *txn, void *arg)
{
	struct round *round = arg;
	struct schedule schedule;

	if (round->error.fault != FAULT_NONE)
		macro_all_fail(txn, round->all, round->error.detail);
	if (schedule_load(txn, round->schedule.full_name, &schedule) && schedule.running &&
	    memcmp(&schedule.run, &round->schedule.run, sizeof schedule.run) == 0)
		schedule_end(txn, &schedule);
	tell(txn, round);
}

static void
go_on(struct round *round)
{
	struct job *job = round->job;
	struct macro_all *all = round->all;

	if (!macro_all_step(all)) {
		if (fault_info(job->error.fault)->passing || job->error.fault == FAULT_INTERNAL)
			return; /* goes on at another time */
		round->error = job->error;
		error_clear(&job->error);
	} else if (!all->ended) {
		return;
	}
	command_run(job, STORE_WRITE, end_run, round);
	round->all = NULL;
	round->error = (struct error){ 0 };
}

static struct round *
begin(struct job *job)
{
	struct round *round = job->state = arena_alloc(job->arena, sizeof *round);
	int64_t time = 0;

	round->job = job;
	round->now = job->now;
	if (json_has(job->args, "time") && !text_duration(json_string(job->args, "time"), &time))
		error_set(&job->error, FAULT_USAGE, "\"time\" must be a duration such as 100ms");
	round->until = time > 0 ? text_now() + time : 0;
	return round;
}

static enum job_state
schedule_step(struct job *job)
{
	struct round *round = job->state != NULL ? job->state : begin(job);

	if (job->error.fault != FAULT_NONE)
		return JOB_DONE;
	if (round->all != NULL) {
		go_on(round);
	} else if (command_run(job, STORE_READ, look, round) && round->found) {
		command_run(job, STORE_WRITE, begin_run, round);
	} else {
		round->ended = true;
	}
	if (job->error.fault != FAULT_NONE || round->ended)
		return JOB_DONE;
	if (round->until == 0 || text_now() < round->until)
		return JOB_MORE;
	buf_puts(job->out, "{\"more\":true}\n");
	return JOB_DONE;
}

struct tidying {
	struct job *job;
	struct journal_sweep sweep;
	bool more;
};

static void
tidy(struct txn *txn, void *arg)
{
	struct tidying *tidying = arg;
	struct span position;
	struct json_object *oldest;
	int64_t at;

	journal_expire(txn, &tidying->sweep, tidying->job->now, TIDY_ROWS);
	oldest = kind_walk(txn, &kind_delivery, SPAN(""), &position);
	tidying->more = tidying->sweep.mark_size > 0 ||
	    (text_time(json_string(oldest, "at"), &at) &&
	    at < clock_believed(txn, tidying->job->now) - tidying->job->settings->deliveries);
}

static enum job_state
tidy_step(struct job *job)
{
	struct tidying *tidying = job->state;

	if (tidying == NULL) {
		tidying = job->state = arena_alloc(job->arena, sizeof *tidying);
		tidying->job = job;
	}
	return command_run(job, STORE_WRITE, tidy, tidying) && tidying->more
	    ? JOB_MORE : JOB_DONE;
}

const struct command command_schedule_run = { .name = "schedule-run",
	.step = schedule_step };
const struct command command_tidy = { .name = "tidy", .step = tidy_step };
