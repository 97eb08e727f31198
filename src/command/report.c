/* SPDX-License-Identifier: ISC */
/* report {"of", "filter"?, "by"?, "fields"? [], "period"?}: one object (report.h). */
#include "command/command_private.h"

#include "base/json.h"
#include "record/doc_check.h"
#include "report/report.h"

struct report_job {
	struct job *job;
	struct report *report;
	bool more;
	int percent; /* told last */
};

static bool
read_period(struct job *job, enum summary_period *period_r)
{
	struct span name = json_string(job->args, "period");

	for (*period_r = SUMMARY_AUTO; *period_r < SUMMARY__PERIODS; ++*period_r)
		if (span_is(name, summary_periods[*period_r]))
			return true;
	return error_set(&job->error, FAULT_USAGE,
	    "a period is day, week, month or year");
}

static bool
begin(struct job *job, struct report_job *own)
{
	struct report_ask ask = { .filter = json_string(job->args, "filter"),
		.by = json_string(job->args, "by"), .now = job->now };

	own->job = job;
	if (!command_text(job, "of", &ask.of) || !read_period(job, &ask.period))
		return false;
	ask.fields = doc_list_spans(job->arena, json_get(job->args, "fields"), &ask.field_count);
	own->report = report_new(job->arena, &ask);
	return true;
}

static void
report_some(struct txn *txn, void *arg)
{
	struct report_job *own = arg;

	if (!report_begin(txn, own->report))
		return;
	do {
		own->more = report_step(own->report);
	} while (own->more && !command_late(own->job));
	report_end(own->report);
}

static void
tell_progress(struct job *job, struct report_job *own)
{
	double progress = report_progress(own->report);
	int percent = (int)(progress * 100);

	if (percent != own->percent)
		command_progress(job, progress, NULL);
	own->percent = percent;
}

static enum job_state
report_step_job(struct job *job)
{
	struct report_job *own = job->state;
	struct jsonout out;

	if (own == NULL) {
		own = job->state = arena_alloc(job->arena, sizeof *own);
		if (!begin(job, own))
			return JOB_DONE;
	}
	if (!command_run(job, STORE_READ, report_some, own))
		return JOB_DONE;
	if (own->more) {
		tell_progress(job, own);
		return JOB_MORE;
	}
	out = json_to(job->out);
	report_tell(own->report, &out);
	buf_putc(job->out, '\n');
	return JOB_DONE;
}

const struct command command_report = { .name = "report", .step = report_step_job };
