/* SPDX-License-Identifier: ISC */
/*
 * select {"kind", "project"?, "filter"?, "sort"?, "columns"?, "rows"?, "explain"?,
 * "limit"?, "after"?}: users, tickets or projects. Rows are whole documents, or,
 * as "rows" says, objects of the columns ("json") or lines of CSV ("csv", without
 * titles). With "explain" the plan is told instead.
 */
#include "command_private.h"

#include "json.h"
#include "select.h"

enum rows { ROWS_DOCUMENTS, ROWS_JSON, ROWS_CSV };

struct selecting {
	struct job *job;
	struct select *select;
	struct span *columns;
	size_t column_count;
	enum rows rows;
	bool explain, cut, done;
	int64_t limit, count;
	int percent;                /* told */
	int64_t deadline;
};

static bool
read_kind(struct job *job, struct select_ask *ask)
{
	struct span name;

	if (!command_text(job, "kind", &name))
		return false;
	return record_by_name(name, &ask->record) || error_set(&job->error, FAULT_USAGE,
	    "\"kind\" must be user, feedback or project");
}

static bool
read_rows(struct job *job, struct selecting *selecting)
{
	struct span rows = json_string(job->args, "rows");
	struct json_object *columns = json_get(job->args, "columns");

	selecting->column_count = json_count(columns);
	selecting->columns = arena_alloc(job->arena,
	    (selecting->column_count + 1) * sizeof *selecting->columns);
	for (size_t i = 0; i < selecting->column_count; i++)
		selecting->columns[i] = json_span(json_at(columns, i));
	selecting->rows = span_is(rows, "csv") ? ROWS_CSV : span_is(rows, "json") ? ROWS_JSON
	    : ROWS_DOCUMENTS;
	if (rows.n > 0 && selecting->rows == ROWS_DOCUMENTS && !span_is(rows, "documents"))
		return error_set(&job->error, FAULT_USAGE,
		    "\"rows\" must be documents, json or csv");
	return true;
}

static struct selecting *
begin(struct job *job)
{
	struct selecting *selecting = job->state = arena_alloc(job->arena, sizeof *selecting);
	struct command_position after = { .n = 0 };
	struct select_ask ask = { .now = job->now };

	selecting->job = job;
	selecting->explain = json_flag(job->args, "explain", false);
	if (!read_kind(job, &ask) || !read_rows(job, selecting) ||
	    !command_limit(job, &selecting->limit) || !command_position_read(job, &after))
		return selecting;
	ask.project = json_string(job->args, "project");
	ask.filter = json_string(job->args, "filter");
	ask.sort = json_string(job->args, "sort");
	ask.columns = selecting->columns;
	ask.column_count = selecting->column_count;
	ask.limit = selecting->limit;
	selecting->select = select_new(job->arena, &ask);
	select_after(selecting->select, command_position(&after));
	return selecting;
}

static void
put_row(struct selecting *selecting, const struct select_row *row)
{
	struct buf *out = selecting->job->out;
	struct jsonout json = json_to(out);

	switch (selecting->rows) {
	case ROWS_DOCUMENTS:
		command_put(selecting->job, select_document(selecting->select, row));
		break;
	case ROWS_JSON:
		select_json(&json, selecting->columns, row->values, selecting->column_count);
		buf_putc(out, '\n');
		break;
	case ROWS_CSV:
		select_csv(out, row->values, selecting->column_count);
		break;
	}
}

static void
explain(struct selecting *selecting)
{
	struct jsonout out = json_to(selecting->job->out);

	json_open(&out, '{');
	select_explain(selecting->select, &out);
	json_close(&out, '}');
	buf_putc(selecting->job->out, '\n');
	selecting->done = true;
}

static void
select_some(struct txn *txn, void *arg)
{
	struct selecting *selecting = arg;
	struct command_position told;
	struct select_row row;
	enum select_step step;

	if (!select_begin(txn, selecting->select))
		return;
	if (selecting->explain)
		explain(selecting);
	while (!selecting->done && !selecting->cut) {
		if (selecting->limit > 0 && selecting->count == selecting->limit)
			command_position_set(&told, select_position(selecting->select));
		step = select_step(selecting->select, &row);
		if (step == SELECT_ROW && selecting->limit > 0 &&
		    selecting->count == selecting->limit) {
			command_more(selecting->job, command_position(&told));
			selecting->cut = true;
		} else if (step == SELECT_ROW) {
			put_row(selecting, &row);
			selecting->count++;
		}
		selecting->done = step == SELECT_END;
		if (command_late(selecting->deadline))
			break;
	}
	select_end(selecting->select);
}

static void
tell_progress(struct selecting *selecting)
{
	double progress = select_progress(selecting->select);

	if ((int)(progress * 100) == selecting->percent)
		return;
	selecting->percent = (int)(progress * 100);
	command_progress(selecting->job, progress, NULL);
}

static enum job_state
select_step_job(struct job *job)
{
	struct selecting *selecting = job->state != NULL ? job->state : begin(job);

	if (job->error.fault != FAULT_NONE)
		return JOB_DONE;
	selecting->deadline = command_deadline();
	if (!command_run(job, STORE_READ, select_some, selecting) || selecting->cut ||
	    selecting->done)
		return JOB_DONE;
	if (json_flag(job->args, "progress", false))
		tell_progress(selecting);
	return JOB_MORE;
}

const struct command command_select = { .name = "select", .step = select_step_job };
