/* SPDX-License-Identifier: ISC */
/*
 * schedule-run {"time"?}: runs what is due, each schedule once however often it
 * was missed, and ends runs that were cut off. Prints a line for each run, and that
 * there is more when it stops after that time with work left.
 */
#include "command/command_macro_private.h"

#include "act/schedule.h"
#include "base/json.h"
#include "base/text.h"

#include <string.h>

struct round {
	struct job *job;
	struct command_position position;  /* of the schedule looked at last */
	struct schedule schedule;
	bool found;
	struct macro_all all;              /* its run */
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
		schedule_end(txn, schedule, SPAN("its macro was removed"), round->now);
		round->found = false;
		return;
	}
	round->all = (struct macro_all){ .job = round->job, .until = round->until,
		.project = arena_copy(arena, schedule->macro_project),
		.key = arena_copy(arena, schedule->macro_key),
		.scope = arena_copy(arena, schedule->project),
		.filter = arena_copy(arena, schedule->filter),
		.by = arena_printf(arena, "schedule %.*s", (int)name.n, name.p),
		.id = schedule->run };
}

static void
tell(struct txn *txn, struct round *round)
{
	struct jsonout out = json_to(round->job->out);

	json_open(&out, '{');
	json_member(&out, "schedule", round->schedule.full_name);
	json_member(&out, "macro", round->all.full_name);
	if (round->error.fault != FAULT_NONE)
		json_member(&out, "detail", span_of(round->error.detail));
	macro_all_tell(txn, &round->all, &out);
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
		macro_all_fail(txn, &round->all, round->error.detail);
	if (schedule_load(txn, round->schedule.full_name, &schedule) && schedule.running &&
	    memcmp(&schedule.run, &round->schedule.run, sizeof schedule.run) == 0)
		schedule_end(txn, &schedule, span_of(round->error.detail), round->now);
	tell(txn, round);
}

/* The run that was begun. One that stops goes on at another time. */
static void
carry_out(struct round *round)
{
	struct job *job = round->job;
	bool ended;

	job->by = (struct audit_by){ .via = "schedule", .schedule = round->schedule.full_name,
		.macro = doc_name(job->arena, round->all.project, round->all.key) };
	ended = macro_all_run(&round->all);

	if (ended || (job->error.fault != FAULT_NONE && job->error.fault != FAULT_INTERNAL &&
	    !fault_info(job->error.fault)->passing)) {
		round->error = job->error;
		error_clear(&job->error);
		command_run(job, STORE_WRITE, end_run, round);
	}
	macro_all_end(&round->all);
}

static void
run_due(struct job *job)
{
	struct round *round = arena_alloc(job->arena, sizeof *round);
	struct arena_mark mark = arena_mark(job->scratch);
	int64_t time = 0;

	if (json_has(job->args, "time") && !text_duration(json_string(job->args, "time"), &time)) {
		error_set(&job->error, FAULT_USAGE, "\"time\" must be a duration such as 100ms");
		return;
	}
	round->job = job;
	round->now = job->now;
	round->until = time > 0 ? text_now() + time : 0;
	while (command_run(job, STORE_READ, look, round) && round->found) {
		command_run(job, STORE_WRITE, begin_run, round);
		if (round->found && job->error.fault == FAULT_NONE)
			carry_out(round);
		arena_rewind(job->scratch, mark);
		if (!job_breathe(job))
			return;
		if (round->until != 0 && text_now() >= round->until) {
			command_more(job, SPAN(""));
			return;
		}
	}
}

const struct command command_schedule_run = {
	.name = "schedule-run", .words = "run what is scheduled",
	.right = RIGHT_ADMINISTER, .scope = SCOPE_COMMUNITY, .answer = ANSWER_ROWS,
	.beside = BESIDE_IDLE, .run = run_due,
};
