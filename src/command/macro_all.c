/* SPDX-License-Identifier: ISC */
#include "command/command_macro_private.h"

#include "act/macro_log.h"
#include "act/schedule.h"
#include "base/json.h"
#include "base/text.h"
#include "record/doc_check.h"
#include "store/table.h"

#include <string.h>

#define FAILURES_KEPT 5

static bool
compile_filter(struct txn *txn, struct macro_all *all)
{
	struct filter_error wrong;

	all->compiled = schedule_filter(txn, all->arena, all->scope, macro_record(all->macro),
	    all->filter, strcmp(all->by, "hand") == 0, &wrong);
	if (all->compiled != NULL)
		return true;
	return txn_fail(txn, FAULT_USAGE, "the filter: %s",
	    filter_error_show(txn_arena(txn), &wrong, all->filter));
}

/* Once, and again when the configuration has changed meanwhile. */
static bool
compile(struct txn *txn, struct macro_all *all)
{
	uint64_t generation = store_generation(all->job->store);

	if (all->macro != NULL && all->generation == generation)
		return true;
	arena_reset(all->arena);
	all->generation = generation;
	all->macro = macro_load(txn, all->arena, all->project, all->key);
	return all->macro != NULL && compile_filter(txn, all);
}

static struct json_object *
new_row(struct arena *arena, struct macro_all *all)
{
	struct json_object *row = json_new_object(arena);

	doc_set_time(row, "at", text_now());
	json_set_text(row, "by", span_of(all->by));
	if (all->filter.n > 0)
		json_set_text(row, "filter", all->filter);
	json_set_text(row, "state", SPAN("running"));
	json_set_int(row, "targets", 0);
	json_set_int(row, "applied", 0);
	json_set_int(row, "skipped", 0);
	json_set_int(row, "failed", 0);
	return row;
}

static struct json_object *
row_of(struct txn *txn, struct macro_all *all)
{
	struct json_object *row = NULL;

	if (all->preview && all->row == NULL)
		all->row = new_row(all->job->arena, all);
	if (all->preview)
		return all->row;
	row = macro_log_load(txn, all->full_name, all->id);
	return row != NULL ? row : new_row(txn_arena(txn), all);
}

static void
end_row(struct macro_all *all, struct json_object *row, const char *state)
{

	json_set_text(row, "state", span_of(state));
	doc_set_time(row, "ended", text_now());
	json_del(row, "position");
	all->ended = true;
}

struct attempt {
	struct macro_all *all;
	struct delivery delivery;
	struct request request;
};

static bool
matches(struct txn *txn, struct macro_all *all, struct delivery *delivery)
{
	struct json_object *doc = target_doc(txn, delivery);

	if (all->scope.n > 0 && delivery->target.record == RECORD_FEEDBACK &&
	    !span_eq(json_string(doc, "project"), all->scope))
		return false;
	if (all->scope.n > 0 && delivery->target.record == RECORD_USER &&
	    !doc_list_has(json_get(doc, "projects"), all->scope))
		return false;
	return filter_match(all->compiled, &delivery->facts, txn_arena(txn), NULL);
}

static void
run_part(struct txn *txn, void *arg)
{
	struct attempt *attempt = arg;

	macro_run(txn, &attempt->delivery, attempt->all->macro);
}

static void
count(struct json_object *row, const char *member)
{
	json_set_int(row, member, json_integer(row, member, 0) + 1);
}

static void
keep_failure(struct arena *arena, struct json_object *row, struct json_object *target,
    const char *detail)
{
	struct json_object *failures = doc_list_of(arena, row, "failures"), *failure;

	if (json_count(failures) >= FAILURES_KEPT)
		return;
	failure = json_new_object(arena);
	json_set_text(failure, "target", json_string(target, "name"));
	json_set_text(failure, "detail", span_of(detail));
	json_append(failures, json_share(failure));
}

/* A line for each target of a preview, and for each that failed. */
static void
tell_target(struct attempt *attempt, struct json_object *target, const char *outcome,
    const char *detail)
{
	struct job *job = attempt->all->job;
	struct jsonout out = json_to(job->out);

	json_open(&out, '{');
	json_key(&out, "target");
	json_raw(&out, json_write(job->scratch, target));
	json_member(&out, "outcome", span_of(outcome));
	if (detail != NULL)
		json_member(&out, "detail", span_of(detail));
	else
		delivery_effects(&out, "effects", &attempt->delivery);
	json_close(&out, '}');
	buf_putc(job->out, '\n');
}

/* True when the position may be remembered: it is done with. */
static bool
run_one(struct txn *txn, struct attempt *attempt, struct json_object *row)
{
	struct macro_all *all = attempt->all;
	struct json_object *target = command_target_json(txn_arena(txn),
	    &attempt->delivery.target);
	struct arena *kept = all->preview ? all->job->arena : txn_arena(txn);
	struct error error = { 0 };
	const char *outcome;

	count(row, "targets");
	if (txn_part(txn, run_part, attempt, &error)) {
		outcome = command_delivery_did(&attempt->delivery);
		count(row, outcome);
		if (all->preview)
			tell_target(attempt, target, outcome, NULL);
		return txn_ok(txn);
	}
	/* Not about this target: the run stops here, and may go on later. */
	if (fault_info(error.fault)->passing || error.fault == FAULT_INTERNAL)
		return txn_fail(txn, error.fault, "%s", error.detail);
	count(row, "failed");
	keep_failure(kept, row, target, error.detail);
	tell_target(attempt, target, "failed", error.detail);
	return txn_ok(txn);
}

/* The record behind the position; true when the macro ran on it. */
static bool
next_target(struct txn *txn, struct macro_all *all, struct json_object *row)
{
	struct attempt attempt = { .all = all };
	enum record record = macro_record(all->macro);
	struct span position;
	struct json_object *doc = record_next(txn, record, json_string(row, "position"),
	    &position);

	if (doc == NULL) {
		if (txn_ok(txn))
			end_row(all, row, "done");
		return false;
	}
	all->looked++;
	json_set_text(row, "position", position);
	attempt.request = (struct request){ .method = SPAN("POST"), .body = SPAN("{}") };
	attempt.delivery = (struct delivery){ .request = &attempt.request,
		.explain = all->preview, .project = all->scope,
		.target = { .record = record, .id = arena_copy(txn_arena(txn), position),
		    .doc = doc } };
	command_delivery_begin(txn, &attempt.delivery, text_now());
	return matches(txn, all, &attempt.delivery) && run_one(txn, &attempt, row);
}

/* Until one was acted on: each is a transaction. */
static void
act_on_one(struct txn *txn, void *arg)
{
	struct macro_all *all = arg;
	struct json_object *row = row_of(txn, all);
	struct arena *arena = txn_arena(txn);
	bool acted = false;

	/* It was over when this call was made again. */
	all->ended = !span_is(json_string(row, "state"), "running");
	if (all->ended || !compile(txn, all))
		return;
	if (all->total == 0)
		all->total = (int64_t)table_rows(txn, macro_record(all->macro) == RECORD_USER
		    ? TABLE_USER : TABLE_FEEDBACK);
	do {
		struct arena_mark mark = arena_mark(arena);

		acted = next_target(txn, all, row);
		if (!acted)
			arena_rewind(arena, mark);
	} while (!acted && !all->ended && txn_ok(txn) && !command_late(all->job));
	if (!all->preview)
		macro_log_save(txn, all->full_name, all->id, row);
}

static double
share(const void *of)
{
	const struct macro_all *all = of;

	return all->total > 0 ? (double)all->looked / (double)all->total : 0;
}

bool
macro_all_run(struct macro_all *all)
{
	struct job *job = all->job;
	struct arena_mark mark = arena_mark(job->scratch);

	all->full_name = doc_name(job->arena, all->project, all->key);
	all->arena = arena_new();
	job->progress = (struct job_progress){ share, all, NULL, -1, NULL };
	while (!all->ended && command_run(job, all->preview ? STORE_DRY : STORE_WRITE,
	    act_on_one, all)) {
		arena_rewind(job->scratch, mark);
		if (!all->ended && (!job_breathe(job) ||
		    (all->until != 0 && text_now() >= all->until)))
			break;
	}
	job->progress.share = NULL;
	return all->ended && job->error.fault == FAULT_NONE;
}

void
macro_all_end(struct macro_all *all)
{
	arena_free(&all->arena);
}

void
macro_all_fail(struct txn *txn, struct macro_all *all, const char *detail)
{
	struct json_object *row = row_of(txn, all);

	end_row(all, row, "failed");
	json_set_text(row, "detail", span_of(detail));
	macro_log_save(txn, all->full_name, all->id, row);
}

void
macro_all_tell(struct txn *txn, struct macro_all *all, struct jsonout *out)
{
	static const char *const counts[] = { "targets", "applied", "skipped", "failed" };
	struct json_object *row = row_of(txn, all);

	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		json_key(out, counts[i]);
		json_int(out, json_integer(row, counts[i], 0));
	}
	if (json_get(row, "failures") != NULL) {
		json_key(out, "failures");
		json_raw(out, json_write(txn_arena(txn), json_get(row, "failures")));
	}
}
