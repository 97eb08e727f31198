/* SPDX-License-Identifier: ISC */
/*
 * select {"kind", "view"?, "project"?, "filter"?, "sort"?, "columns"?, "usual"?, "rows"?,
 * "explain"?, "progress"?, "places"?, "limit"?, "look"?, "after"?}: users, tickets or
 * projects. "look": no more than so many are looked at; then there is more behind them. What
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
	int64_t limit;
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
static bool
read_ask(struct txn *txn, struct selecting *selecting)
{
	struct job *job = selecting->job;
	struct select_ask *ask = &selecting->ask;
	struct span kind = json_string(job->args, "kind"), view = json_string(job->args, "view");
	enum record record;

	if (!record_by_name(kind, &record))
		return txn_fail(txn, FAULT_USAGE, "\"kind\" must be user, feedback or project");
	ask->record = record;
	if (view.n > 0 && !select_view(txn, job->arena, json_string(job->args, "project"), view,
	        ask))
		return false;
	if (ask->record != record)
		return txn_fail(txn, FAULT_USAGE, "the view %.*s is of %s automation", (int)view.n,
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
		command_fail_unknown(txn, job, kind_by_name(SPAN("project")), ask->project);
	read_text(job, "sort", &ask->sort);
	ask->filter = select_both(job->arena, ask->filter, json_string(job->args, "filter"));
	ask->names = true;
	ask->limit = selecting->limit;
	ask->looks = json_integer(job->args, "look", 0);
	ask->now = job->now;
	return txn_ok(txn);
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
}

static void
put_rows(struct selecting *selecting)
{
	struct command_position told = { .n = 0 };
	struct command_places places = { 0 };
	struct select_row row;

	for (int64_t n = 0; ; n++) {
		if (selecting->limit > 0 && n == selecting->limit)
			command_position_set(&told, select_position(selecting->select));
		if (!select_next(selecting->select, &row))
			break;
		if (selecting->limit > 0 && n == selecting->limit) {
			command_more(selecting->job, command_position(&told));
			break;
		}
		put_row(selecting, &row);
		command_place(selecting->job, &places, n + 1, select_position(selecting->select));
	}
	if (select_stopped(selecting->select))
		command_more(selecting->job, select_position(selecting->select));
}

static double
share(const void *of)
{
	return select_progress(of);
}

static void
run(struct txn *txn, struct job *job)
{
	struct selecting selecting = { .job = job };
	struct command_position after = { .n = 0 };

	if (!read_rows(job, &selecting) || !command_limit(job, &selecting.limit) ||
	    !command_position_read(job, &after) || !read_ask(txn, &selecting))
		return;
	selecting.select = select_new(job->arena, &selecting.ask);
	select_after(selecting.select, command_position(&after));
	if (!select_begin(txn, selecting.select))
		return;
	if (command_tells_places(job))
		command_columns(job, selecting.rows == ROWS_DOCUMENTS ? NULL : selecting.ask.columns,
		    selecting.rows == ROWS_DOCUMENTS ? 0 : selecting.ask.column_count);
	if (json_flag(job->args, "progress", false))
		job->progress = (struct job_progress){ share, selecting.select, NULL, 0, NULL };
	if (json_flag(job->args, "explain", false))
		explain(&selecting);
	else
		put_rows(&selecting);
	select_end(selecting.select);
}

const struct command command_select = {
	.name = "select", .words = "list users, tickets or projects",
	.right = RIGHT_READ, .scope = SCOPE_PROJECT, .answer = ANSWER_ROWS,
	.mode = STORE_READ, .body = run,
};
