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
	    all->filter, all->typed, &wrong);
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
	command_run_by(row, all->job, all->by);
	if (all->chosen != NULL)
		json_set_int(row, "chosen", (int64_t)all->chosen_count);
	else if (all->filter.n > 0)
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
	/* The log of what was begun has gone with its macro. */
	if (row == NULL && all->job->task)
		txn_fail(txn, FAULT_NOT_FOUND, "the macro was removed");
	return row != NULL ? row : new_row(txn_arena(txn), all);
}

static void
end_row(struct macro_all *all, struct json_object *row, const char *state)
{
	macro_log_end(row, state, text_now());
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

/* A target as the log names it. */
static struct json_object *
logged(struct arena *arena, struct json_object *target)
{
	struct json_object *own = json_copy(arena, target);

	json_del(own, "name");
	return own;
}

static void
keep_failure(struct arena *arena, struct json_object *row, struct json_object *target,
    const char *detail)
{
	struct json_object *failures = doc_list_of(arena, row, "failures"), *failure;

	if (json_count(failures) >= FAILURES_KEPT)
		return;
	failure = json_new_object(arena);
	json_set(failure, "target", json_share(logged(arena, target)));
	json_set_text(failure, "detail", span_of(detail));
	json_append(failures, json_share(failure));
}

/* One after the other, in rows of their own. */
static void
log_failure(struct txn *txn, struct macro_all *all, struct json_object *row,
    struct json_object *target, const char *detail)
{
	struct json_object *failure = json_new_object(txn_arena(txn));

	if (all->preview || json_integer(row, "failed", 0) > MACRO_LOG_FAILURES)
		return;
	json_set(failure, "target", json_share(logged(txn_arena(txn), target)));
	json_set_text(failure, "detail", span_of(detail));
	macro_log_fail(txn, all->full_name, all->id, json_string(target, "id"), failure);
}

/* Who was chosen alone has the run in their own log, as by macro-run. */
static void
log_target(struct txn *txn, const struct macro_all *all, struct json_object *row,
    struct json_object *target)
{
	if (!all->preview && all->chosen != NULL && all->chosen_count == 1)
		json_set(row, "target", json_share(logged(txn_arena(txn), target)));
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

static void
count_failure(struct txn *txn, struct attempt *attempt, struct json_object *row,
    struct json_object *target, const char *detail)
{
	struct macro_all *all = attempt->all;

	count(row, "failed");
	keep_failure(all->preview ? all->job->arena : txn_arena(txn), row, target, detail);
	log_failure(txn, all, row, target, detail);
	tell_target(attempt, target, "failed", detail);
}

/* True when the position may be remembered: it is done with. */
static bool
run_one(struct txn *txn, struct attempt *attempt, struct json_object *row)
{
	struct macro_all *all = attempt->all;
	struct json_object *target = command_target_json(txn_arena(txn),
	    &attempt->delivery.target);
	struct error error = { 0 };
	const char *outcome;

	count(row, "targets");
	log_target(txn, all, row, target);
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
	count_failure(txn, attempt, row, target, error.detail);
	return txn_ok(txn);
}

/* The first of the chosen behind the position; chosen_count: none is left. */
static size_t
next_chosen(const struct macro_all *all, struct span position)
{
	size_t low = 0, high = all->chosen_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (position.n > 0 && span_cmp(all->chosen[middle], position) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* False at the end; *doc_r is NULL of one that was chosen and is gone. */
static bool
next_record(struct txn *txn, struct macro_all *all, struct json_object *row,
    struct span *position_r, struct json_object **doc_r)
{
	enum record record = macro_record(all->macro);
	struct span position = json_string(row, "position");
	size_t i;

	if (all->chosen == NULL) {
		*doc_r = record_next(txn, record, position, position_r);
		return *doc_r != NULL;
	}
	i = next_chosen(all, position);
	if (i == all->chosen_count)
		return false;
	*position_r = all->chosen[i];
	*doc_r = record_load(txn, record, *position_r);
	return true;
}

/* Who was chosen, and cannot be a target: it is told, where a filter passes it over. */
static bool
refuse_chosen(struct txn *txn, struct attempt *attempt, struct json_object *row)
{
	const struct macro_all *all = attempt->all;
	struct target *target = &attempt->delivery.target;
	struct json_object *named = command_target_json(txn_arena(txn), target);
	const char *what = record_name(target->record);

	count(row, "targets");
	log_target(txn, all, row, named);
	count_failure(txn, attempt, row, named, target->doc == NULL
	    ? arena_printf(txn_arena(txn), "there is no %s \"%s\" any more", what,
	        doc_short(txn_arena(txn), target->id))
	    : arena_printf(txn_arena(txn), "the %s is not of project %.*s", what,
	        (int)all->scope.n, all->scope.p));
	return txn_ok(txn);
}

/* The record behind the position; true when it is a target. */
static bool
next_target(struct txn *txn, struct macro_all *all, struct json_object *row)
{
	struct attempt attempt = { .all = all };
	struct span position;
	struct json_object *doc;

	if (!next_record(txn, all, row, &position, &doc)) {
		if (txn_ok(txn))
			end_row(all, row, "done");
		return false;
	}
	json_set_int(row, "looked", ++all->looked);
	json_set_text(row, "position", position);
	attempt.request = (struct request){ .method = SPAN("POST"), .body = SPAN("{}") };
	attempt.delivery = (struct delivery){ .request = &attempt.request,
		.explain = all->preview, .project = all->scope,
		.target = { .record = macro_record(all->macro),
		    .id = arena_copy(txn_arena(txn), position), .doc = doc } };
	if (doc == NULL)
		return refuse_chosen(txn, &attempt, row);
	command_delivery_begin(txn, &attempt.delivery, text_now());
	if (matches(txn, all, &attempt.delivery))
		return run_one(txn, &attempt, row);
	return all->chosen != NULL && refuse_chosen(txn, &attempt, row);
}

static int64_t
total_of(struct txn *txn, const struct macro_all *all)
{
	return all->chosen != NULL ? (int64_t)all->chosen_count
	    : (int64_t)table_rows(txn, macro_record(all->macro) == RECORD_USER ? TABLE_USER
	        : TABLE_FEEDBACK);
}

void
macro_all_begin(struct txn *txn, struct macro_all *all)
{
	struct json_object *row;

	all->full_name = doc_name(all->job->arena, all->project, all->key);
	all->arena = arena_new();
	if (!compile(txn, all))
		return;
	row = new_row(txn_arena(txn), all);
	json_set_int(row, "of", total_of(txn, all));
	macro_log_save(txn, all->full_name, all->id, row);
}

/* Until one was acted on: each is a transaction. */
static void
act_on_one(struct txn *txn, void *arg)
{
	struct macro_all *all = arg;
	struct json_object *row = row_of(txn, all);
	struct arena *arena = txn_arena(txn);
	bool acted = false;

	/* It was over when this call was made again, or was stopped meanwhile. */
	all->ended = txn_ok(txn) && !span_is(json_string(row, "state"), "running");
	if (all->ended || !txn_ok(txn) || !compile(txn, all))
		return;
	if (all->total == 0) {
		all->looked = json_integer(row, "looked", 0);
		all->total = json_integer(row, "of", 0);
	}
	if (all->total == 0) {
		all->total = total_of(txn, all);
		json_set_int(row, "of", all->total);
	}
	do {
		struct arena_mark mark = arena_mark(arena);

		acted = next_target(txn, all, row);
		if (!acted)
			arena_rewind(arena, mark);
	} while (!acted && !all->ended && txn_ok(txn) && !command_late(all->job));
	if (all->preview || !txn_ok(txn))
		return;
	/* A person, who may leave; a schedule looks for what it has begun. */
	if (!all->ended && all->typed && !all->job->task)
		doc_set_time(row, "awaited", text_now());
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
macro_all_leave(struct txn *txn, struct macro_all *all)
{
	struct json_object *row = macro_log_load(txn, all->full_name, all->id);

	if (!span_is(json_string(row, "state"), "running"))
		return;
	end_row(all, row, "left");
	json_set_text(row, "detail", SPAN("whoever waited for it has left; what was done stays"));
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
		command_run_failures(txn, all->job, row);
		json_key(out, "failures");
		json_raw(out, json_write(txn_arena(txn), json_get(row, "failures")));
	}
}
