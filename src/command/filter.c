/* SPDX-License-Identifier: ISC */
/*
 * filter-fields {"automation", "project"?}: what a filter of such a rule may ask for, a line
 * {"field", "label", "heading", "of"?, "type", "free"?, "qualifiers":[…], "choices"?:[…]}
 * each; "free" is one behind which a name follows.
 *
 * filter-count {"automation", "project"?, "filter"?, "limit"?, "whole"?}: one line {"count", "more",
 * "of", "left", "filter", "first":[{"id","name"}]}: how many records match now, and the
 * first few. "more": those were counted that stand among the first "looked"; with "whole" all
 * are counted, however long that takes.
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

/* A page waits for it: some 5 us for each. */
#define LOOKED_MAX 5000
#define FIRST_USUAL 5
#define FIRST_MAX 100

struct asked {
	struct job *job;
	enum record record;
	struct span project;
	/* filter-count */
	struct span filter;        /* the part that is asked for */
	bool left;                 /* there is another */
	int64_t count, limit;
	bool more;
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
	    command_fail_unknown(txn, asked->job, kind_by_name(SPAN("project")), asked->project);
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
tell_fields(struct txn *txn, struct job *job)
{
	struct asked asked = { .job = job };

	if (read_scope(job, &asked) && project_is_there(txn, &asked)) {
		const struct names names = { .txn = txn, .arena = txn_arena(txn),
			.record = asked.record, .project = asked.project, .stored = true };

		names_fields(&names, put_field, job);
	}
}

/* ---- filter-count */

/* What can be asked of the records alone. */
static bool
read_filter(struct txn *txn, struct asked *asked)
{
	struct job *job = asked->job;
	const char *const roots[] = { record_name(asked->record), "data", "project", NULL };
	const struct saved_scope scope = { .project = asked->project, .record = asked->record,
		.names = true };
	struct span source = json_string(job->args, "filter");
	struct filter_error wrong;
	const struct filter *filter;

	filter = saved_compile(txn, txn_arena(txn), &scope, NULL, source, &wrong);
	if (filter == NULL)
		return txn_fail(txn, FAULT_USAGE, "the filter: %s",
		    filter_error_show(txn_arena(txn), &wrong, source));
	asked->filter = filter_about(job->arena, filter, roots, &asked->left);
	return true;
}

static bool
read_limit(struct job *job, struct asked *asked)
{
	if (!command_limit(job, &asked->limit))
		return false;
	if (asked->limit == 0)
		asked->limit = FIRST_USUAL;
	return asked->limit <= FIRST_MAX || error_set(&job->error, FAULT_USAGE,
	    "\"limit\" must be at most %d", FIRST_MAX);
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
	asked->first[asked->count - 1] = buf_keep(&text, asked->job->arena);
}

static void
tell_count(struct asked *asked)
{
	struct jsonout out = json_to(asked->job->out);

	json_open(&out, '{');
	json_member_int(&out, "count", asked->count);
	json_member_bool(&out, "more", asked->more);
	if (asked->more)
		json_member_int(&out, "looked", LOOKED_MAX);
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

static void
count(struct txn *txn, struct job *job)
{
	struct asked asked = { .job = job };
	struct select_ask ask = { .names = true, .now = job->now };
	struct select *select;
	struct select_row row;

	if (!read_scope(job, &asked) || !read_limit(job, &asked) ||
	    !project_is_there(txn, &asked) || !read_filter(txn, &asked))
		return;
	ask.record = asked.record;
	ask.project = asked.project;
	ask.filter = asked.filter;
	ask.looks = json_flag(job->args, "whole", false) ? 0 : LOOKED_MAX;
	select = select_new(job->arena, &ask);
	if (!select_begin(txn, select))
		return;
	asked.of = record_count(txn, asked.record);
	while (select_next(select, &row))
		if (asked.count++ < asked.limit)
			put_first(&asked, select_document(select, &row));
	asked.more = select_stopped(select);
	select_end(select);
	if (txn_ok(txn))
		tell_count(&asked);
}

const struct command command_filter_fields = {
	.name = "filter-fields",
	.words = "list what a filter of user or feedback automation may ask for",
	.right = RIGHT_READ, .scope = SCOPE_PROJECT, .answer = ANSWER_ROWS,
	.mode = STORE_READ, .body = tell_fields,
};
const struct command command_filter_count = {
	.name = "filter-count", .words = "count who matches now, and show the first few",
	.right = RIGHT_READ, .scope = SCOPE_PROJECT, .answer = ANSWER_ONE,
	.mode = STORE_READ, .body = count,
};
