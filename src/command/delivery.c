/* SPDX-License-Identifier: ISC */
/*
 * deliveries {"listener"?, "outcome"?, "since"?, "until"?, "filter"?, "contains"?,
 * "limit"?, "after"?}: the log, newest first, entries without their trace and
 * answer. The filter sees an entry as `delivery`; contains looks into kept bodies.
 * delivery {"id", "body"?}: one entry, all of it.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/text.h"
#include "lang/filter.h"
#include "listen/gate.h"
#include "listen/journal.h"
#include "listen/refusals.h"

#include <string.h>

struct deliveries {
	struct command_page page;
	struct journal_query query;
	struct span outcome;   /* "" all */
	const struct filter *filter;
	struct span contains;  /* "" not asked for */
};

static struct json_object *
root(void *arg, const char *name)
{
	return strcmp(name, "delivery") == 0 ? arg : NULL;
}

static bool
is_wanted(struct txn *txn, struct deliveries *deliveries, struct json_object *entry)
{
	const struct facts facts = { .root = root, .arg = entry, .now = deliveries->page.job->now };
	struct span contains = deliveries->contains, body;
	struct id id;

	if (deliveries->filter != NULL &&
	    !filter_match(deliveries->filter, &facts, txn_arena(txn), NULL))
		return false;
	return contains.n == 0 || (id_read(json_string(entry, "id"), &id) &&
	    journal_body(txn, id, &body) && memmem(body.p, body.n, contains.p, contains.n) != NULL);
}

static void
list_one(struct txn *txn, void *own)
{
	static const char *const trace[] = { "steps", "actions", "errors", "answer", NULL };
	struct deliveries *deliveries = own;
	struct command_page *page = &deliveries->page;
	struct span position;
	struct json_object *entry = journal_next(txn, &deliveries->query,
	    command_position(&page->position), &position);

	if (!command_page_has(page, entry != NULL))
		return;
	command_position_set(&page->position, position);
	/* Not left to the query, which would look for a rare outcome in one go. */
	if (!journal_outcome_wanted(deliveries->outcome, json_string(entry, "outcome")))
		return;
	if (!is_wanted(txn, deliveries, entry))
		return;
	for (size_t i = 0; trace[i] != NULL; i++)
		json_del(entry, trace[i]);
	command_put(page->job, entry);
	page->count++;
}

static struct deliveries *
begin(struct job *job)
{
	struct deliveries *deliveries = command_page_new(job, sizeof *deliveries, list_one);

	deliveries->query.listener = json_string(job->args, "listener");
	deliveries->outcome = json_string(job->args, "outcome");
	deliveries->contains = json_string(job->args, "contains");
	(void)(command_filter(job, "delivery", &deliveries->filter) &&
	    command_listener_known(job) &&
	    command_time(job, "since", &deliveries->query.since) &&
	    command_time(job, "until", &deliveries->query.until) &&
	    command_page_read(&deliveries->page));
	if (deliveries->outcome.n > 0 && !span_is(deliveries->outcome, "failed") &&
	    fault_by_code(arena_string(job->scratch, deliveries->outcome)) == FAULT__MAX)
		error_set(&job->error, FAULT_USAGE, "there is no outcome \"%.*s\"; outcomes "
		    "are applied, filtered, unknown-target and so on, or failed for all that "
		    "were refused", (int)(deliveries->outcome.n > 60 ? 60
		    : deliveries->outcome.n), deliveries->outcome.p);
	return deliveries;
}

static enum job_state
deliveries_step(struct job *job)
{
	struct deliveries *deliveries = job->state != NULL ? job->state : begin(job);

	return command_page_step(&deliveries->page);
}

struct shown {
	struct job *job;
	struct id id;
};

static void
add_body(struct txn *txn, struct id id, struct json_object *entry)
{
	struct span body;

	if (!journal_body(txn, id, &body))
		return;
	if (text_utf8(body))
		json_set_text(entry, "body", body);
	else
		json_set_text(entry, "bodyBase64", secret_base64(txn_arena(txn), body));
}

/* The replay that succeeded, which its own entry tells as "replayOf". */
static void
add_replay(struct txn *txn, struct json_object *entry)
{
	struct journal_mark mark;
	char id[ID_TEXT_SIZE];

	if (journal_mark_find(txn, json_string(entry, "listener"), MARK_REPLAY,
	        json_string(entry, "id"), text_now(), &mark))
		json_set_text(entry, "replayedAs", span_of(id_text(mark.delivery, id)));
}

static void
show(struct txn *txn, void *arg)
{
	struct shown *shown = arg;
	const struct refusals *refusals = shown->job->gate->refusals;
	struct json_object *entry;
	char id[ID_TEXT_SIZE];

	if (!command_find_id(txn, shown->job, TABLE_DELIVERY, refusals, &shown->id))
		return;
	entry = journal_load(txn, shown->id);
	if (entry == NULL && (entry = refusals_find(refusals, shown->id,
	        txn_arena(txn))) != NULL) {
		command_put(shown->job, entry);
		return;
	}
	if (entry == NULL) {
		txn_fail(txn, FAULT_NOT_FOUND, "there is no delivery %s in the log, nor among the "
		    "last %d requests that this owner of the store did not let in; their lines "
		    "are in the log of the web server", id_text(shown->id, id), REFUSALS_MAX);
		return;
	}
	add_replay(txn, entry);
	if (json_flag(shown->job->args, "body", false))
		add_body(txn, shown->id, entry);
	command_put(shown->job, entry);
}

static enum job_state
show_step(struct job *job)
{
	struct shown shown = { .job = job };

	command_run(job, STORE_READ, show, &shown);
	return JOB_DONE;
}

const struct command command_deliveries = {
	.name = "deliveries", .step = deliveries_step,
};
const struct command command_delivery = { .name = "delivery", .step = show_step };
