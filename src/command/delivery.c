/* SPDX-License-Identifier: ISC */
/*
 * deliveries {a choice, "limit"?, "after"?, "look"?}: the log, newest first, entries without
 * their trace and answer. look: no more than so many are looked at; the position behind them
 * is told as that behind a page is. With "refused" instead of a choice: the last requests
 * that were not let in. delivery {"id", "body"?}: one entry, all of it.
 *
 * A choice is "listener"?, "outcome"?, "since"?, "until"?, "target"?, "filter"?, "contains"?.
 * The target is the id of a record, or the e-mail address or name of a user. The filter sees
 * an entry as `delivery`; contains looks into kept bodies. Targets are told with "name".
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/text.h"
#include "community/people.h"
#include "lang/filter.h"
#include "listen/gate.h"
#include "listen/journal.h"
#include "listen/refusals.h"
#include "record/record.h"
#include "store/key.h"

#include <string.h>

static struct json_object *
root(void *arg, const char *name)
{
	return strcmp(name, "delivery") == 0 ? arg : NULL;
}

/* What lists do not tell, and a filter may name. */
static const char *const trace[] = { "steps", "actions", "errors", "answer", NULL };

static void
look_for_trace(void *arg, const struct filter_mention *mention)
{
	struct span rest = mention->path, member;
	bool *names = arg;

	(void)text_cut(&rest, '.'); /* "delivery" */
	/* Which member it is may only show when an entry is looked at. */
	*names = *names || rest.n == 0;
	member = text_cut(&rest, '.');
	for (size_t i = 0; trace[i] != NULL; i++)
		*names = *names || span_is(member, trace[i]);
}

static bool
names_trace(struct job *job, const struct filter *filter)
{
	bool names = false;

	if (filter != NULL)
		filter_mentions(filter, job->scratch, look_for_trace, &names);
	return names;
}

bool
command_deliveries_read(struct txn *txn, struct job *job, struct command_deliveries *chosen)
{
	struct span outcome = json_string(job->args, "outcome");
	struct span target = json_string(job->args, "target");
	struct json_object *user;

	*chosen = (struct command_deliveries){ .query.listener = json_string(job->args, "listener"),
		.outcome = outcome, .contains = json_string(job->args, "contains"), .target = target };
	if (target.n > 0 && command_may_read(txn, job, &kind_user,
	        user = kind_find(txn, &kind_user, target)))
		chosen->user = arena_copy(job->arena, json_string(user, "id"));
	if (!command_filter(job, "delivery", &chosen->filter))
		return false;
	chosen->query.brief = !names_trace(job, chosen->filter);
	if (!command_listener_known(txn, job) || !command_time(job, "since", &chosen->query.since) ||
	    !command_time(job, "until", &chosen->query.until))
		return false;
	return outcome.n == 0 || span_is(outcome, "failed") ||
	    fault_by_code(arena_string(job->scratch, outcome)) != FAULT__MAX ||
	    error_set(&job->error, FAULT_USAGE, "there is no outcome \"%.*s\"; outcomes "
		"are applied, filtered, unknown-target and so on, or failed for all that "
		"were refused", (int)(outcome.n > 60 ? 60 : outcome.n), outcome.p);
}

static bool
is_about(const struct command_deliveries *chosen, struct json_object *entry)
{
	struct json_object *target = json_get(entry, "target");
	struct span id = json_string(target, "id");

	return id.n > 0 && (span_eq(id, chosen->target) || (chosen->user.n > 0 &&
	    span_eq(id, chosen->user) && span_is(json_string(target, "kind"), "user")));
}

bool
command_deliveries_has(struct txn *txn, const struct command_deliveries *chosen,
    struct json_object *entry, int64_t now)
{
	const struct facts facts = { .root = root, .arg = entry, .now = now };
	struct span contains = chosen->contains, body;
	struct id id;

	/* Not left to the query, which would look for a rare outcome in one go. */
	if (!journal_outcome_wanted(chosen->outcome, json_string(entry, "outcome")) ||
	    (chosen->target.n > 0 && !is_about(chosen, entry)) ||
	    (chosen->filter != NULL &&
	    !filter_match(chosen->filter, &facts, txn_arena(txn), NULL)))
		return false;
	return contains.n == 0 || (id_read(json_string(entry, "id"), &id) &&
	    journal_body(txn, id, &body) && memmem(body.p, body.n, contains.p, contains.n) != NULL);
}

struct json_object *
command_named(struct txn *txn, struct job *job, struct json_object *target)
{
	struct json_object *own = json_copy(txn_arena(txn), target), *user;
	struct span id = json_string(target, "id"), email = SPAN("");

	if (span_is(json_string(target, "kind"), "user") &&
	    (user = record_load(txn, RECORD_USER, id)) != NULL &&
	    command_may_read(txn, job, &kind_user, user))
		email = json_string(user, "email");
	json_set_text(own, "name", email.n > 0 ? email : id);
	return own;
}

/* Where something of it was masked, that may have been what the target is known by. */
static void
name_target(struct txn *txn, struct job *job, struct json_object *entry)
{
	if (json_get(entry, "target") != NULL && json_get(entry, "masked") == NULL)
		json_set(entry, "target", json_share(command_named(txn, job,
		    json_get(entry, "target"))));
}

/* The last that were not let in, newest first. */
static void
list_refused(struct txn *txn, struct job *job)
{
	const struct refusals *refusals = job->gate->refusals;
	struct json_object *entry;
	struct id id;

	for (size_t i = 0; refusals_id(refusals, i, &id); i++)
		if ((entry = refusals_find(refusals, id, txn_arena(txn))) != NULL &&
		    command_may_read_of(job, json_string(entry, "listener")))
			command_put(job, entry);
}

/* The next one that is looked at, newest first; *entry_r may be NULL. False at the end. */
static bool
next_looked_at(struct txn *txn, const struct command_deliveries *chosen, struct span after,
    struct span *position_r, struct json_object **entry_r)
{
	const struct journal_query *query = &chosen->query;
	struct journal_about about = { .ids = { chosen->target, chosen->user },
		.count = chosen->user.n > 0 ? 2 : 1, .brief = query->brief };
	struct id last = id_of_time(query->until), at;
	struct span key;

	if (chosen->target.n == 0 || query->listener.n > 0) {
		*entry_r = journal_next(txn, query, after, position_r);
		return *entry_r != NULL;
	}
	if (!journal_about_next(txn, &about, after.n == 0 && query->until > 0 ? id_span(&last)
	        : after, position_r, entry_r))
		return false;
	key = (struct span){ position_r->p, sizeof at.b };
	return query->since == 0 || !key_take_id(&key, &at) || id_time(at) >= query->since;
}

static void
deliveries(struct txn *txn, struct job *job)
{
	struct arena_mark mark;
	struct command_page page;
	struct command_deliveries chosen;
	struct json_object *entry;
	struct span position;

	if (json_flag(job->args, "refused", false)) {
		list_refused(txn, job);
		return;
	}
	if (!command_deliveries_read(txn, job, &chosen) || !command_page_read(job, &page))
		return;
	mark = arena_mark(txn_arena(txn));
	while (txn_breathe(txn)) {
		bool found = next_looked_at(txn, &chosen, command_position(&page.position),
		    &position, &entry);

		if (!command_page_take(&page, found, &position))
			break;
		if (entry != NULL && command_may_read_of(job, json_string(entry, "listener")) &&
		    command_deliveries_has(txn, &chosen, entry, job->now)) {
			for (size_t i = 0; trace[i] != NULL; i++)
				json_del(entry, trace[i]);
			name_target(txn, job, entry);
			command_page_put(&page, entry);
		}
		arena_rewind(txn_arena(txn), mark);
	}
}

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
show(struct txn *txn, struct job *job)
{
	const struct refusals *refusals = job->gate->refusals;
	struct json_object *entry;
	char text[ID_TEXT_SIZE];
	struct id id;

	if (!command_find_id(txn, job, TABLE_DELIVERY, refusals, &id))
		return;
	entry = journal_load(txn, id);
	if (entry != NULL) {
		add_replay(txn, entry);
		name_target(txn, job, entry);
		if (json_flag(job->args, "body", false))
			add_body(txn, id, entry);
	} else {
		entry = refusals_find(refusals, id, txn_arena(txn));
	}
	if (entry != NULL)
		command_put(job, entry);
	else
		txn_fail(txn, FAULT_NOT_FOUND, "there is no delivery %s in the log, nor among the "
		    "last %d requests that this owner of the store did not let in; their lines "
		    "are in the log of the web server", id_text(id, text), REFUSALS_MAX);
}

const struct command command_deliveries = {
	.name = "deliveries", .words = "list the log of deliveries, newest first",
	.right = RIGHT_READ, .scope = SCOPE_ROWS, .answer = ANSWER_ROWS,
	.mode = STORE_READ, .body = deliveries,
};
const struct command command_delivery = {
	.name = "delivery", .words = "show a delivery",
	.right = RIGHT_READ, .scope = SCOPE_DELIVERY, .answer = ANSWER_ONE,
	.mode = STORE_READ, .body = show,
};
