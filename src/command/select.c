/* SPDX-License-Identifier: ISC */
/*
 * select {"kind", "view"?, "project"?, "filter"?, "sort"?, "columns"?, "usual"?, "rows"?,
 * "explain"?, "progress"?, "places"?, "limit"?, "after"?}: users, tickets or projects. What
 * is not given is as the view has it, columns else as "usual" has them; a filter narrows the
 * view's. Rows are whole documents, or, as "rows" says, objects of the columns ("json", where
 * there are some) or lines of CSV ("csv", without titles). With "explain" the plan is told
 * instead.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "community/select.h"
#include "listen/register.h"
#include "record/doc_check.h"

enum rows { ROWS_DOCUMENTS, ROWS_JSON, ROWS_CSV };

struct selecting {
	struct job *job;
	struct select_ask ask;
	struct select *select;
	enum rows rows;
	bool explain, cut, done;
	int64_t limit, count;
	struct command_places places;
	int percent;                /* told */
};

static void
read_columns(struct job *job, const char *member, struct select_ask *ask)
{
	struct json_object *names = json_get(job->args, member);

	if (json_count(names) > 0)
		ask->columns = doc_list_spans(job->arena, names, &ask->column_count);
}

static void
read_text(struct job *job, const char *member, struct span *text)
{
	struct span given = json_string(job->args, member);

	if (given.n > 0)
		*text = given;
}

/* What is asked for, with what the view asks. */
static void
read_ask(struct txn *txn, void *arg)
{
	struct selecting *selecting = arg;
	struct job *job = selecting->job;
	struct select_ask *ask = &selecting->ask;
	struct span kind = json_string(job->args, "kind"), view = json_string(job->args, "view");
	enum record record;

	if (!record_by_name(kind, &record)) {
		txn_fail(txn, FAULT_USAGE, "\"kind\" must be user, feedback or project");
		return;
	}
	ask->record = record;
	if (view.n > 0 && !select_view(txn, job->arena, json_string(job->args, "project"), view,
	        ask))
		return;
	if (ask->record != record)
		txn_fail(txn, FAULT_USAGE, "the view %.*s is of %s automation", (int)view.n,
		    view.p, record_name(ask->record));
	read_columns(job, "columns", ask);
	if (ask->column_count == 0)
		read_columns(job, "usual", ask);
	if (ask->column_count == 0 && selecting->rows == ROWS_CSV)
		txn_fail(txn, FAULT_USAGE, "lines of CSV need \"columns\"");
	if (ask->column_count == 0)
		selecting->rows = ROWS_DOCUMENTS;
	read_text(job, "project", &ask->project);
	if (json_has(job->args, "project") && !record_exists(txn, RECORD_PROJECT, ask->project))
		command_fail_unknown(txn, kind_by_name(SPAN("project")), ask->project);
	read_text(job, "sort", &ask->sort);
	ask->filter = select_both(job->arena, ask->filter, json_string(job->args, "filter"));
	ask->names = true;
	ask->limit = selecting->limit;
	ask->now = job->now;
}

static bool
read_rows(struct job *job, struct selecting *selecting)
{
	struct span rows = json_string(job->args, "rows");

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

	selecting->job = job;
	selecting->explain = json_flag(job->args, "explain", false);
	if (!read_rows(job, selecting) || !command_limit(job, &selecting->limit) ||
	    !command_position_read(job, &after) ||
	    !command_run(job, STORE_READ, read_ask, selecting))
		return selecting;
	selecting->select = select_new(job->arena, &selecting->ask);
	select_after(selecting->select, command_position(&after));
	if (command_tells_places(job))
		command_columns(job, selecting->rows == ROWS_DOCUMENTS ? NULL
		    : selecting->ask.columns, selecting->rows == ROWS_DOCUMENTS ? 0
		    : selecting->ask.column_count);
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
		select_json(&json, selecting->ask.columns, row->values,
		    selecting->ask.column_count);
		buf_putc(out, '\n');
		break;
	case ROWS_CSV:
		select_csv(selecting->job->scratch, out, row->values, selecting->ask.column_count);
		break;
	}
}

static void
explain(struct selecting *selecting)
{
	struct jsonout out = json_to(selecting->job->out);

	json_open(&out, '{');
	select_explain(selecting->select, &out);
	if (selecting->ask.column_count > 0) {
		json_key(&out, "columns");
		json_open(&out, '[');
		for (size_t i = 0; i < selecting->ask.column_count; i++)
			json_text(&out, selecting->ask.columns[i]);
		json_close(&out, ']');
	}
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
		if (command_late(selecting->job))
			break;
	}
	if (selecting->limit == 0 || selecting->count < selecting->limit)
		command_place(selecting->job, &selecting->places, selecting->count,
		    select_position(selecting->select));
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
	if (!command_run(job, STORE_READ, select_some, selecting) || selecting->cut ||
	    selecting->done)
		return JOB_DONE;
	if (json_flag(job->args, "progress", false))
		tell_progress(selecting);
	return JOB_MORE;
}

const struct command command_select = { .name = "select", .step = select_step_job };
