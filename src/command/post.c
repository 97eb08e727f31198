/* SPDX-License-Identifier: ISC */
/*
 * The courier's calls. post-take {"max", "lease", "worker", "before"?, "holds"?}
 * leases what is due and prints each parcel with all that is needed to send it;
 * what was sent long ago is removed. "holds" are the ids of what the worker has in
 * hand: other leases of his, and those of workers that have died, end first.
 * post-report {"worker", "reports": [{"id", "result", "status"?, "answer"?,
 * "error"?, "retryAfter"?, "returned"?}]} tells what became of it; the result
 * "back" gives a parcel back that was not tried.
 */
#include "command/command_post_private.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/settings.h"
#include "base/text.h"
#include "community/opt_out.h"
#include "community/outbox.h"
#include "community/people.h"
#include "listen/gate.h"
#include "record/clock.h"
#include "record/sealed.h"

#include <stdio.h>

#define SECOND INT64_C(1000000)
#define TAKE_MAX 1000
#define TAKE_AT_ONCE 32
#define TAKE_BYTES ((size_t)8 << 20)   /* a courier's memory is bounded */
#define LEASE_MARGIN (30 * SECOND)
#define TIDY_AT_ONCE 50
#define SEALED_PAUSE (300 * SECOND)

struct take {
	struct job *job;
	int64_t max, count, lease, before;
	size_t bytes;
	struct span worker;
	bool ended;
};

/* A text, or {"sealed": text} as `member`; false when it cannot be opened. */
static bool
unseal(struct txn *txn, struct json_object *holder, const char *member, bool marked)
{
	struct arena *arena = txn_arena(txn);
	struct span box = json_string(json_get(holder, member), "sealed"), secret;
	struct json_object *mark;

	if (box.n == 0)
		return true;
	if (!sealed_open(txn, arena, box, &secret))
		return false;
	if (!marked) {
		json_set_text(holder, member, secret);
		return true;
	}
	mark = json_new_object(arena);
	json_set_text(mark, "secret", secret);
	json_set(holder, member, json_share(mark));
	return true;
}

/* Only the courier sees secrets; of URLs and headers they stay marked as such. */
static bool
unseal_all(struct txn *txn, struct json_object *parcel)
{
	struct json_object *headers = json_get(parcel, "headers");
	struct doc_member *members;
	size_t n = doc_members(txn_arena(txn), headers, &members);
	bool good = unseal(txn, parcel, "url", true) && unseal(txn, parcel, "sign", false) &&
	    unseal(txn, json_get(parcel, "auth"), "password", false);

	for (size_t i = 0; i < n && good; i++)
		good = unseal(txn, headers, members[i].name, true);
	return good;
}

static void
settle(struct txn *txn, struct take *take, struct id id, struct json_object *parcel,
    const char *state, const char *why)
{
	json_set_text(parcel, "lastError", span_of(why));
	json_del(parcel, "worker");
	outbox_save(txn, id, parcel, state, take->job->now);
	post_order_leave(txn, id, parcel);
}

/* Since it was written; it may wait for days. */
static bool
opted_out(struct txn *txn, struct json_object *parcel)
{
	return span_is(json_string(parcel, "kind"), "email") &&
	    !json_flag(parcel, "essential", false) &&
	    opt_out_has(people_load(txn, json_string(parcel, "to")), opt_out_of(parcel));
}

/* The key may come back. */
static void
leave_sealed(struct txn *txn, struct take *take, struct id id, struct json_object *parcel)
{
	const char *why = arena_printf(txn_arena(txn), "a secret of this webhook cannot be "
	    "opened: %s", sealed_why(txn));
	int64_t due = take->job->now + SEALED_PAUSE;

	if (due >= post_end(take->job, parcel)) {
		settle(txn, take, id, parcel, "dead", why);
		return;
	}
	json_set_text(parcel, "lastError", span_of(why));
	json_set_int(parcel, "tries", json_integer(parcel, "tries", 1) - 1);
	json_del(parcel, "worker");
	outbox_save(txn, id, parcel, "waiting", due);
}

static void
lease(struct txn *txn, struct take *take, struct id id, struct json_object *parcel)
{
	int64_t needed = json_integer(parcel, "timeout",
	    take->job->settings->hooks_timeout) + LEASE_MARGIN;
	int64_t due = take->job->now + (take->lease > needed ? take->lease : needed);
	size_t before = take->job->out->n;

	json_set_int(parcel, "tries", json_integer(parcel, "tries", 0) + 1);
	json_set_text(parcel, "worker", take->worker);
	outbox_save(txn, id, parcel, "leased", due);
	if (!unseal_all(txn, parcel)) {
		/* The stored document, without what was opened so far. */
		parcel = outbox_load(txn, id);
		if (parcel != NULL)
			leave_sealed(txn, take, id, parcel);
		return;
	}
	if (span_is(json_string(parcel, "kind"), "email") &&
	    !json_flag(parcel, "essential", false))
		json_set_text(parcel, "unsubscribe",
		    opt_out_url(txn, json_string(parcel, "to"), opt_out_of(parcel)));
	command_put(take->job, parcel);
	take->count++;
	take->bytes += take->job->out->n - before;
}

static void
take_one(struct txn *txn, struct take *take, struct id id, struct json_object *parcel)
{
	int64_t now = take->job->now;

	if (post_order_waits(txn, id, parcel, now))
		return;
	/* A lease that ends by itself may be the parcel's own fault. */
	if (span_is(json_string(parcel, "state"), "leased") &&
	    now >= post_end(take->job, parcel))
		settle(txn, take, id, parcel, "dead", "every courier that took it ended before "
		    "it could tell what became of it");
	else if (opted_out(txn, parcel))
		settle(txn, take, id, parcel, "dropped", "the recipient has opted out");
	else
		lease(txn, take, id, parcel);
}

/* Some of what is due, all within one transaction: while others have their turn, another
 * courier may take the rest. */
static void
take_due(struct txn *txn, struct take *take)
{
	struct job *job = take->job;
	struct id ids[TAKE_AT_ONCE];
	struct json_object *parcel;
	/* More than are taken, so that it keeps up. */
	size_t gone = outbox_tidy(txn,
	    clock_believed(txn, job->now) - job->settings->outbox_keep, TIDY_AT_ONCE);
	size_t n = outbox_due(txn, take->before, ids, TAKE_AT_ONCE);

	take->ended = n == 0 && gone < TIDY_AT_ONCE;
	for (size_t i = 0; i < n && txn_ok(txn) && !take->ended; i++) {
		struct arena_mark mark = arena_mark(txn_arena(txn));

		parcel = outbox_load(txn, ids[i]);
		if (parcel != NULL)
			take_one(txn, take, ids[i], parcel);
		arena_rewind(txn_arena(txn), mark);
		take->ended = parcel == NULL || take->count >= take->max ||
		    take->bytes >= TAKE_BYTES;
		if (command_late(job))
			break;
	}
}

/* For `stat`: who sends. */
static void
note_worker(struct job *job)
{
	struct span worker = json_string(job->args, "worker");
	long pid;

	if (job->gate == NULL || sscanf(arena_string(job->arena, worker), "%*u-%ld-", &pid) != 1)
		return;
	job->gate->counters.post_pid = pid;
	job->gate->counters.post_asked = job->now;
}

static bool
read_take(struct job *job, struct take *take)
{
	note_worker(job);
	*take = (struct take){ .job = job, .max = json_integer(job->args, "max", TAKE_MAX) };
	if (take->max < 1 || take->max > TAKE_MAX)
		return error_set(&job->error, FAULT_USAGE, "\"max\" must be 1 to %d", TAKE_MAX);
	if (!text_duration(json_string(job->args, "lease"), &take->lease) ||
	    take->lease < SECOND)
		return error_set(&job->error, FAULT_USAGE,
		    "\"lease\" must be a duration such as 60s");
	if (!command_text(job, "worker", &take->worker) ||
	    !command_time(job, "before", &take->before))
		return false;
	if (take->before == 0 || take->before > job->now)
		take->before = job->now;
	return true;
}

static void
take(struct txn *txn, struct job *job)
{
	struct take take;

	if (!read_take(job, &take))
		return;
	/* Leases of the dead, before anything is taken. */
	if (json_is_array(json_get(job->args, "holds")))
		post_release(txn, job);
	/* Most looks find nothing, and then nothing is written. */
	else if (outbox_next_due(txn) > take.before)
		return;
	while (!take.ended && txn_breathe(txn)) {
		struct arena_mark mark = arena_mark(txn_arena(txn));

		take_due(txn, &take);
		arena_rewind(txn_arena(txn), mark);
	}
}

int64_t
post_end(struct job *job, struct json_object *parcel)
{
	int64_t created = job->now;

	text_time(json_string(parcel, "created"), &created);
	return created + job->settings->outbox_retry_span;
}

const struct command command_post_take = {
	.name = "post-take", .words = "take what is to be sent",
	.right = RIGHT_ADMINISTER, .scope = SCOPE_COMMUNITY, .answer = ANSWER_ROWS,
	.beside = BESIDE_IDLE, .mode = STORE_WRITE, .body = take,
};
