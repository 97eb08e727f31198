/* SPDX-License-Identifier: ISC */
/*
 * report {"of", "project"?, "filter"?, "by"?, "fields"? [], "period"?, "number"?, "plan"?}: one object
 * (report.h). With "plan" nothing is counted: it is told what may be asked for.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "record/doc_check.h"
#include "report/report.h"

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
read_number(struct job *job, enum report_number *number_r)
{
	struct span name = json_string(job->args, "number");

	*number_r = REPORT_COUNT;
	for (int i = REPORT_COUNT; i < REPORT__NUMBERS; i++)
		if (span_is(name, report_numbers[i])) {
			*number_r = (enum report_number)i;
			return true;
		}
	return name.n == 0 || error_set(&job->error, FAULT_USAGE, "a number is count, sum or mean");
}

static double
share(const void *of)
{
	return report_progress(of);
}

/* What a report is of is known when its name was looked up. */
static bool
may_read(void *arg, struct txn *txn, struct span project)
{
	struct job *job = arg;

	if (command_may_read_of(job, doc_name(txn_arena(txn), project, SPAN("x"))))
		return true;
	return project.n > 0
	    ? txn_fail(txn, FAULT_NOT_ALLOWED, "to count values of project %.*s needs the right to "
	        "read it", (int)project.n, project.p)
	    : txn_fail(txn, FAULT_NOT_ALLOWED, "to count values of the community needs the right to "
	        "read it; name one of your projects");
}

static void
run(struct txn *txn, struct job *job)
{
	struct report_ask ask = { .project = json_string(job->args, "project"),
		.filter = json_string(job->args, "filter"),
		.by = json_string(job->args, "by"), .now = job->now,
		.may_read = may_read, .arg = job };
	struct jsonout out = json_to(job->out);
	struct report *report;

	if (!command_text(job, "of", &ask.of) || !read_period(job, &ask.period) ||
	    !read_number(job, &ask.number))
		return;
	ask.fields = doc_list_spans(job->arena, json_get(job->args, "fields"), &ask.field_count);
	report = report_new(job->arena, &ask);
	if (json_flag(job->args, "plan", false)) {
		if (report_plan(txn, report, &out))
			buf_putc(job->out, '\n');
		return;
	}
	job->progress = (struct job_progress){ share, report, NULL, 0, NULL };
	if (!report_make(txn, report))
		return;
	report_tell(report, &out);
	buf_putc(job->out, '\n');
}

const struct command command_report = {
	.name = "report", .words = "count values",
	.right = RIGHT_READ, .scope = SCOPE_ROWS,
	.answer = ANSWER_ONE,
	.mode = STORE_READ, .body = run,
};
