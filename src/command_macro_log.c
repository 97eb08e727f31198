/* SPDX-License-Identifier: ISC */
/*
 * macro-log {"macro", "limit"?, "after"?}: its runs, newest first: by hand and by
 * schedules from its own log, by listeners from that of the deliveries.
 */
#include "command_private.h"

#include "journal.h"
#include "json.h"
#include "macro_log.h"
#include "record.h"
#include "scope.h"

#include <string.h>

#define LISTENERS_MAX 100

struct log_job {
	struct job *job;
	struct span macro;                     /* full name */
	struct span listeners[LISTENERS_MAX];  /* that run it */
	size_t listener_count;
	struct id before;                      /* where it goes on */
	bool begun, cut, ended;
	int64_t limit, count, deadline;
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
find_listeners(struct txn *txn, void *arg)
{
	struct log_job *log = arg;
	struct json_object *doc;
	struct span project, key, at = { NULL, 0 };

	doc_name_split(log->macro, &project, &key);
	if (!doc_exists(txn, "macro", project, key)) {
		txn_fail(txn, FAULT_NOT_FOUND, "there is no macro \"%.*s\"", (int)log->macro.n,
		    log->macro.p);
		return;
	}
	while ((doc = doc_next(txn, "listener", at, &at)) != NULL)
		if (runs_it(txn, log, doc) && log->listener_count < LISTENERS_MAX)
			log->listeners[log->listener_count++] = doc_name(log->job->arena,
			    json_string(doc, "project"), json_string(doc, "key"));
}

/* Users are known by their addresses; who is gone, by the id. */
static struct json_object *
target_of(struct txn *txn, struct json_object *target)
{
	struct json_object *own = json_copy(txn_arena(txn), target);
	struct span id = json_string(target, "id"), email = SPAN("");

	if (span_is(json_string(target, "kind"), "user"))
		email = json_string(record_load(txn, RECORD_USER, id), "email");
	json_set_text(own, "name", email.n > 0 ? email : id);
	return own;
}

/* A delivery as the other runs are told; NULL when the macro did not run. */
static struct json_object *
run_of(struct txn *txn, struct json_object *entry)
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
		json_set(run, "target", json_share(target_of(txn, json_get(entry, "target"))));
	json_set_text(run, "state", applied ? SPAN("done") : SPAN("failed"));
	json_set_int(run, "targets", 1);
	json_set_int(run, "applied", applied);
	json_set_int(run, "skipped", 0);
	json_set_int(run, "failed", !applied);
	if (json_string(entry, "detail").n > 0)
		json_set_text(run, "detail", json_string(entry, "detail"));
	return run;
}

/* The newest of all sources before the position; *run_r is NULL when it was a
 * delivery that did not get to the macro. False at the end. */
static bool
newest(struct txn *txn, struct log_job *log, struct id *id_r, struct json_object **run_r)
{
	struct arena *arena = txn_arena(txn);
	bool found;
	struct id id;

	*run_r = macro_log_before(txn, log->macro, log->begun ? &log->before : NULL, id_r);
	found = *run_r != NULL;
	for (size_t i = 0; i < log->listener_count; i++) {
		struct journal_query query = { .listener = log->listeners[i] };
		struct span position, after = log->begun
		    ? journal_list_key(arena, log->listeners[i], &log->before) : SPAN("");
		struct json_object *entry = journal_next(txn, &query, after, &position);

		if (entry == NULL || !id_read(json_string(entry, "id"), &id) ||
		    (found && span_cmp(id_span(&id), id_span(id_r)) < 0))
			continue;
		found = true;
		*id_r = id;
		*run_r = run_of(txn, entry);
	}
	return found;
}

static void
list_one(struct txn *txn, struct log_job *log)
{
	struct json_object *run;
	struct id id;

	if (!newest(txn, log, &id, &run)) {
		log->ended = true;
		return;
	}
	if (log->limit > 0 && log->count == log->limit) {
		log->cut = true;
		return;
	}
	log->before = id;
	log->begun = true;
	if (run == NULL)
		return;
	json_del(run, "position");
	command_put(log->job, run);
	log->count++;
}

static void
list_some(struct txn *txn, void *arg)
{
	struct log_job *log = arg;

	while (!log->ended && !log->cut && txn_ok(txn)) {
		struct arena_mark mark = arena_mark(txn_arena(txn));

		list_one(txn, log);
		arena_rewind(txn_arena(txn), mark);
		if (command_late(log->deadline))
			break;
	}
}

static struct log_job *
begin(struct job *job)
{
	struct log_job *log = job->state = arena_alloc(job->arena, sizeof *log);
	struct command_position after = { 0 };

	log->job = job;
	if (!command_text(job, "macro", &log->macro) || !command_limit(job, &log->limit) ||
	    !command_position_read(job, &after))
		return log;
	log->begun = after.n == sizeof log->before.b;
	if (log->begun)
		memcpy(log->before.b, after.p, after.n);
	command_run(job, STORE_READ, find_listeners, log);
	return log;
}

static enum job_state
log_step(struct job *job)
{
	struct log_job *log = job->state != NULL ? job->state : begin(job);

	if (job->error.fault != FAULT_NONE)
		return JOB_DONE;
	log->deadline = command_deadline();
	if (!command_run(job, STORE_READ, list_some, log))
		return JOB_DONE;
	if (log->cut)
		command_more(job, id_span(&log->before));
	return log->cut || log->ended ? JOB_DONE : JOB_MORE;
}

const struct command command_macro_log = { .name = "macro-log", .step = log_step };
