/* SPDX-License-Identifier: ISC */
/*
 * macro-log {"macro", "limit"?, "after"?}: its runs, newest first: by hand and by
 * schedules from its own log, by listeners from that of the deliveries.
 * macro-log {"macro", "run", "limit"?, "after"?}: one of the former, and behind it the targets
 * that failed, {"target", "detail"} each, by their ids.
 */
#include "command/command_macro_private.h"

#include "act/macro_log.h"
#include "base/json.h"
#include "listen/journal.h"
#include "listen/register.h"
#include "record/record.h"
#include "record/scope.h"

#include <string.h>

/* A listener that runs it, and the newest of its deliveries before the position. */
struct source {
	struct span listener; /* full name */
	enum { SOURCE_UNKNOWN, SOURCE_FOUND, SOURCE_ENDED } state;
	struct id id;
};

struct log_job {
	struct command_page page;              /* its position is an id */
	struct span macro;                     /* full name */
	struct source *sources;
	size_t source_count, source_room;
};

static bool
runs_it(struct txn *txn, struct log_job *log, struct json_object *listener)
{
	struct span project, key;

	return scope_find(txn, "macro", json_string(listener, "project"),
	    json_string(listener, "macro"), &project, &key) &&
	    span_eq(doc_name(txn_arena(txn), project, key), log->macro);
}

static void
add_source(struct log_job *log, struct span listener)
{
	log->sources = arena_grow(log->page.job->arena, log->sources, log->source_count,
	    &log->source_room, sizeof *log->sources);
	log->sources[log->source_count++] = (struct source){ .listener = listener };
}

static bool
find_sources(struct txn *txn, struct log_job *log)
{
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct command_position after = { .n = 0 };
	struct json_object *doc;
	struct span project, key, at;

	doc_name_split(log->macro, &project, &key);
	if (!doc_exists(txn, "macro", project, key))
		return command_fail_unknown(txn, log->page.job, kind_by_name(SPAN("macro")),
		    log->macro);
	while (txn_breathe(txn) &&
	    (doc = doc_next(txn, "listener", command_position(&after), &at)) != NULL) {
		command_position_set(&after, at);
		if (runs_it(txn, log, doc))
			add_source(log, doc_full_name(log->page.job->arena, doc));
		arena_rewind(txn_arena(txn), mark);
	}
	return txn_ok(txn);
}

/* A delivery as the other runs are told; NULL when the macro did not run. */
static struct json_object *
run_of(struct txn *txn, struct job *job, struct json_object *entry)
{
	struct arena *arena = txn_arena(txn);
	bool applied = span_is(json_string(entry, "outcome"), "applied");
	struct span listener = json_string(entry, "listener");
	struct json_object *run = json_new_object(arena);

	if (!applied && !span_is(json_string(entry, "outcome"), "macro-failed"))
		return NULL;
	json_set_text(run, "at", json_string(entry, "at"));
	json_set_text(run, "by", span_of(arena_printf(arena, "listener %.*s",
	    (int)listener.n, listener.p)));
	json_set_text(run, "delivery", json_string(entry, "id"));
	if (json_get(entry, "target") != NULL)
		json_set(run, "target", json_share(command_named(txn, job,
		    json_get(entry, "target"))));
	json_set_text(run, "state", applied ? SPAN("done") : SPAN("failed"));
	json_set_int(run, "targets", 1);
	json_set_int(run, "applied", applied);
	json_set_int(run, "skipped", 0);
	json_set_int(run, "failed", !applied);
	if (json_string(entry, "detail").n > 0)
		json_set_text(run, "detail", json_string(entry, "detail"));
	return run;
}

/* The position; false before the first row. */
static bool
get_position(const struct log_job *log, struct id *id_r)
{
	if (log->page.position.n != sizeof *id_r)
		return false;
	memcpy(id_r, log->page.position.p, sizeof *id_r);
	return true;
}

/* Each is looked at once, and the one that was told again: there may be many. False after a
 * failure. */
static bool
look_at_sources(struct txn *txn, struct log_job *log)
{
	struct arena *arena = txn_arena(txn);
	struct arena_mark mark = arena_mark(arena);
	struct span after, position;
	struct id before;
	bool begun = get_position(log, &before);

	for (size_t i = 0; i < log->source_count; i++) {
		struct source *source = &log->sources[i];
		const struct journal_query query = { .listener = source->listener, .brief = true };

		if (source->state != SOURCE_UNKNOWN)
			continue;
		after = begun ? journal_list_key(arena, source->listener, &before) : SPAN("");
		source->state = id_read(json_string(journal_next(txn, &query, after, &position),
		    "id"), &source->id) ? SOURCE_FOUND : SOURCE_ENDED;
		arena_rewind(arena, mark);
		if (!txn_breathe(txn))
			return false;
	}
	return true;
}

/* The newest of all before the position; *run_r is NULL when it was a delivery that did not get
 * to the macro. False at the end. */
static bool
newest(struct txn *txn, struct log_job *log, struct id *id_r, struct json_object **run_r)
{
	struct source *found = NULL;
	struct json_object *entry;
	struct id before;

	*run_r = NULL;
	if (!look_at_sources(txn, log))
		return false;
	*run_r = macro_log_before(txn, log->macro, get_position(log, &before) ? &before : NULL,
	    id_r);
	for (size_t i = 0; i < log->source_count; i++) {
		struct source *source = &log->sources[i];

		if (source->state == SOURCE_FOUND && ((*run_r == NULL && found == NULL) ||
		    span_cmp(id_span(&source->id), id_span(id_r)) > 0)) {
			found = source;
			*id_r = source->id;
		}
	}
	if (found == NULL)
		return *run_r != NULL;
	found->state = SOURCE_UNKNOWN;
	entry = journal_load_brief(txn, *id_r);
	*run_r = entry == NULL ? NULL : run_of(txn, log->page.job, entry);
	return true;
}

struct json_object *
command_run_load(struct txn *txn, struct job *job, struct span macro, struct id *id_r)
{
	struct json_object *run = id_read(json_string(job->args, "run"), id_r)
	    ? macro_log_load(txn, macro, *id_r) : NULL;

	if (run == NULL)
		txn_fail(txn, FAULT_NOT_FOUND, "the macro has no such run; its log keeps the last %d",
		    MACRO_LOG_KEPT);
	return run;
}

void
command_run_by(struct json_object *run, const struct job *job, const char *by)
{
	if (by == NULL && job->actor != NULL)
		json_set_text(run, "user", job->actor->user);
	else
		json_set_text(run, "by", span_of(by != NULL ? by : command_by(job)));
}

void
command_run_failures(struct txn *txn, struct job *job, struct json_object *run)
{
	struct json_object *failures = json_get(run, "failures");

	for (size_t i = 0; i < json_count(failures); i++) {
		struct json_object *target = json_get(json_at(failures, i), "target");

		if (json_is_object(target))
			json_set_text(json_at(failures, i), "target", json_string(command_named(txn,
			    job, target), "name"));
	}
}

void
command_run_told(struct txn *txn, struct job *job, struct json_object *run)
{
	struct arena *arena = txn_arena(txn);
	int64_t heard;

	if (macro_log_broken(txn, run, job->now, &heard)) {
		json_set_text(run, "detail", span_of(arena_printf(arena,
		    "broken off at %lld of %lld: whoever waited for its end has gone, or the store "
		    "was down for too long; what was done stays",
		    (long long)json_integer(run, "looked", 0), (long long)json_integer(run, "of", 0))));
		macro_log_end(run, "left", heard);
	}
	if (json_has(run, "user"))
		json_set_text(run, "by", span_of(command_who(txn, json_string(run, "user"))));
	if (json_has(run, "target"))
		json_set(run, "target", json_share(command_named(txn, job, json_get(run, "target"))));
	if (json_has(run, "stoppedBy"))
		json_set_text(run, "detail", span_of(arena_printf(arena, "stopped by %s",
		    command_who(txn, json_string(run, "stoppedBy")))));
	command_run_failures(txn, job, run);
	json_del(run, "user");
	json_del(run, "stoppedBy");
	json_del(run, "position");
	json_del(run, "awaited");
}

/* What is of deliveries has their id alone. */
static void
put_run(struct txn *txn, struct log_job *log, struct json_object *run, struct id id)
{
	char text[ID_TEXT_SIZE];

	if (!json_has(run, "delivery")) {
		command_run_told(txn, log->page.job, run);
		json_set_text(run, "run", span_of(id_text(id, text)));
	}
	command_put(log->page.job, run);
}

static void
tell_one(struct txn *txn, struct log_job *log)
{
	struct job *job = log->page.job;
	struct json_object *run, *failure;
	struct arena_mark mark;
	struct span target;
	struct id id;

	run = command_run_load(txn, job, log->macro, &id);
	if (run == NULL)
		return;
	put_run(txn, log, run, id);
	mark = arena_mark(txn_arena(txn));
	while (txn_breathe(txn)) {
		failure = macro_log_failure(txn, log->macro, id,
		    command_position(&log->page.position), &target);
		if (!command_page_take(&log->page, failure != NULL, &target))
			break;
		json_set(failure, "target", json_share(command_named(txn, job,
		    json_get(failure, "target"))));
		command_page_put(&log->page, failure);
		arena_rewind(txn_arena(txn), mark);
	}
}

static void
list(struct txn *txn, struct job *job)
{
	struct log_job *log = arena_alloc(job->arena, sizeof *log);
	struct arena_mark mark;
	struct json_object *run;
	struct span position;
	struct id id;

	if (!command_text(job, "macro", &log->macro) || !command_page_read(job, &log->page) ||
	    !find_sources(txn, log))
		return;
	if (json_has(job->args, "run")) {
		tell_one(txn, log);
		return;
	}
	mark = arena_mark(txn_arena(txn));
	while (txn_breathe(txn)) {
		bool found = newest(txn, log, &id, &run);

		position = id_span(&id);
		if (!command_page_take(&log->page, found, &position))
			break;
		if (run != NULL) {
			put_run(txn, log, run, id);
			log->page.count++;
		}
		arena_rewind(txn_arena(txn), mark);
	}
}

const struct command command_macro_log = {
	.name = "macro-log", .words = "list the runs of a macro, newest first",
	.right = RIGHT_READ, .scope = SCOPE_DOCUMENT, .kind = "macro", .named = "macro",
	.answer = ANSWER_ROWS,
	.mode = STORE_READ, .body = list,
};
