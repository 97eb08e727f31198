/* SPDX-License-Identifier: ISC */
/*
 * filter-fields {"automation", "project"?}: what a filter of such a rule may ask for, a line
 * {"field", "label", "heading", "of"?, "type", "free"?, "qualifiers":[…], "choices"?:[…]}
 * each; "free" is one behind which a name follows.
 *
 * filter-count {"automation", "project"?, "filter"?, "limit"?}: one line {"count", "more",
 * "of", "left", "filter", "first":[{"id","name"}]}: how many records match now, and the
 * first few. "more": those were counted that stand among the first LOOKED_MAX looked at.
 * "left": a part of the filter looks at what is sent, which nobody knows yet; "filter" is
 * the rest, which was asked for.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/text.h"
#include "community/names.h"
#include "community/saved_filter.h"
#include "community/select.h"
#include "listen/register.h"
#include "record/words.h"

#define LOOKED_MAX 50000
#define FIRST_USUAL 5
#define FIRST_MAX 100

struct asked {
	struct job *job;
	enum record record;
	struct span project;
	/* filter-count */
	struct span filter;        /* the part that is asked for */
	bool left;                 /* there is another */
	struct select *select;
	int64_t count, looked, limit;
	bool ended;
	struct span first[FIRST_MAX]; /* JSON */
	double of;
};

static bool
read_scope(struct job *job, struct asked *asked)
{
	struct span automation = json_string(job->args, "automation");
	const char *word = words_ours(words_automations, automation);

	asked->job = job;
	asked->project = json_string(job->args, "project");
	return (record_by_name(word != NULL ? span_of(word) : automation, &asked->record) &&
	    asked->record != RECORD_PROJECT) || error_set(&job->error, FAULT_USAGE,
	    "\"automation\" must be user or feedback");
}

static bool
project_is_there(struct txn *txn, const struct asked *asked)
{
	return asked->project.n == 0 || record_exists(txn, RECORD_PROJECT, asked->project) ||
	    command_fail_unknown(txn, kind_by_name(SPAN("project")), asked->project);
}

/* ---- filter-fields */

static void
put_field(void *arg, const struct names_field *field)
{
	struct job *job = arg;
	struct jsonout out = json_to(job->out);

	json_open(&out, '{');
	json_member(&out, "field", field->path);
	json_member(&out, "label", field->label);
	json_member(&out, "heading", span_of(field->heading));
	if (field->of.n > 0)
		json_member(&out, "of", field->of);
	json_member(&out, "type", span_of(filter_has_name(field->has)));
	if (field->free)
		json_member_bool(&out, "free", true);
	json_key(&out, "qualifiers");
	json_open(&out, '[');
	for (int i = 0; i < FILTER_ROW__MAX; i++)
		if (filter_qualifier_info((enum filter_qualifier)i)->has & field->has)
			json_text(&out,
			    span_of(filter_qualifier_info((enum filter_qualifier)i)->name));
	json_close(&out, ']');
	if (field->choice_count > 0) {
		json_key(&out, "choices");
		json_open(&out, '[');
		for (size_t i = 0; i < field->choice_count; i++)
			json_text(&out, field->choices[i]);
		json_close(&out, ']');
	}
	json_close(&out, '}');
	buf_putc(job->out, '\n');
}

static void
tell_fields(struct txn *txn, void *arg)
{
	struct asked *asked = arg;
	const struct names names = { .txn = txn, .arena = txn_arena(txn),
		.record = asked->record, .project = asked->project, .stored = true };

	if (project_is_there(txn, asked))
		names_fields(&names, put_field, asked->job);
}

static enum job_state
fields_step(struct job *job)
{
	struct asked asked = { .job = job };

	if (read_scope(job, &asked))
		command_run(job, STORE_READ, tell_fields, &asked);
	return JOB_DONE;
}

/* ---- filter-count */

/* What can be asked of the records alone. */
static void
read_filter(struct txn *txn, void *arg)
{
	struct asked *asked = arg;
	struct job *job = asked->job;
	const char *const roots[] = { record_name(asked->record), "data", "project", NULL };
	const struct saved_scope scope = { .project = asked->project, .record = asked->record,
		.names = true };
	struct span source = json_string(job->args, "filter");
	struct filter_error wrong;
	const struct filter *filter;

	if (!project_is_there(txn, asked))
		return;
	filter = saved_compile(txn, txn_arena(txn), &scope, NULL, source, &wrong);
	if (filter == NULL) {
		txn_fail(txn, FAULT_USAGE, "the filter: %s",
		    filter_error_show(txn_arena(txn), &wrong, source));
		return;
	}
	asked->filter = filter_about(job->arena, filter, roots, &asked->left);
}

static bool
begin(struct job *job, struct asked *asked)
{
	struct select_ask ask = { .names = true, .now = job->now };

	if (!read_scope(job, asked) || !command_limit(job, &asked->limit) ||
	    !command_run(job, STORE_READ, read_filter, asked))
		return false;
	if (asked->limit == 0)
		asked->limit = FIRST_USUAL;
	if (asked->limit > FIRST_MAX)
		return error_set(&job->error, FAULT_USAGE, "\"limit\" must be at most %d",
		    FIRST_MAX);
	ask.record = asked->record;
	ask.project = asked->project;
	ask.filter = asked->filter;
	asked->select = select_new(job->arena, &ask);
	return true;
}

/* What people know it by. */
static void
put_first(struct asked *asked, struct json_object *doc)
{
	struct buf text = { 0 };
	struct jsonout out = json_to(&text);
	struct span first = json_string(doc, "firstName"), last = json_string(doc, "lastName");

	json_open(&out, '{');
	json_member(&out, "id", json_string(doc, "id"));
	if (asked->record == RECORD_FEEDBACK)
		json_member(&out, "name", json_string(doc, "title"));
	else if (first.n + last.n > 0)
		json_member(&out, "name", span_of(arena_printf(asked->job->scratch, "%.*s%s%.*s (%.*s)",
		    (int)first.n, first.p, first.n > 0 && last.n > 0 ? " " : "", (int)last.n, last.p,
		    (int)json_string(doc, "email").n, json_string(doc, "email").p)));
	else
		json_member(&out, "name", json_string(doc, "email"));
	json_close(&out, '}');
	asked->first[asked->count] = buf_keep(&text, asked->job->arena);
}

static void
count_some(struct txn *txn, void *arg)
{
	struct asked *asked = arg;
	struct select_row row;
	enum select_step step = SELECT_LOOKED;

	if (!select_begin(txn, asked->select))
		return;
	asked->of = record_count(txn, asked->record);
	while (!asked->ended && asked->looked < LOOKED_MAX && !command_late(asked->job)) {
		step = select_step(asked->select, &row);
		asked->ended = step == SELECT_END;
		asked->looked++;
		if (step == SELECT_ROW && asked->count < asked->limit)
			put_first(asked, select_document(asked->select, &row));
		asked->count += step == SELECT_ROW;
	}
	select_end(asked->select);
}

static void
tell_count(struct asked *asked)
{
	struct jsonout out = json_to(asked->job->out);

	json_open(&out, '{');
	json_member_int(&out, "count", asked->count);
	json_member_bool(&out, "more", !asked->ended);
	json_member_int(&out, "of", (int64_t)asked->of);
	json_member_bool(&out, "left", asked->left);
	json_member(&out, "filter", asked->filter);
	json_key(&out, "first");
	json_open(&out, '[');
	for (int64_t i = 0; i < asked->count && i < asked->limit; i++)
		json_raw(&out, asked->first[i]);
	json_close(&out, ']');
	json_close(&out, '}');
	buf_putc(asked->job->out, '\n');
}

static enum job_state
count_step(struct job *job)
{
	struct asked *asked = job->state;

	if (asked == NULL) {
		asked = job->state = arena_alloc(job->arena, sizeof *asked);
		if (!begin(job, asked))
			return JOB_DONE;
	}
	if (command_run(job, STORE_READ, count_some, asked) && !asked->ended &&
	    asked->looked < LOOKED_MAX)
		return JOB_MORE;
	if (job->error.fault == FAULT_NONE)
		tell_count(asked);
	return JOB_DONE;
}

const struct command command_filter_fields = { .name = "filter-fields", .step = fields_step };
const struct command command_filter_count = { .name = "filter-count", .step = count_step };
