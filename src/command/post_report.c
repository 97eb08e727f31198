/* SPDX-License-Identifier: ISC */
/* post-report: what became of parcels, and when they are tried again. */
#include "command/command_post_private.h"

#include "base/json.h"
#include "base/pointer.h"
#include "community/group.h"
#include "community/outbox.h"
#include "record/doc_check.h"
#include "record/record.h"

#define SECOND INT64_C(1000000)
#define ATTEMPTS_KEPT 20
#define RETRY_AFTER_MAX (INT64_C(86400) * SECOND)

/* What an answer brings for a data group. */
struct returned {
	struct json_object *parcel;
	struct span text;
	int64_t now;
};

static void
fail_value(struct txn *txn, struct span pointer, const char *wrong)
{
	txn_fail(txn, FAULT_BAD_VALUE, "the answer's %.*s: %s",
	    (int)(pointer.n > 100 ? 100 : pointer.n), pointer.p, wrong);
}

/* Changes for the group's fields; the number of those that are present. */
static size_t
read_returned(struct txn *txn, const struct group *group, struct json_object *fields,
    struct json_object *answer, struct group_change *changes)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *value;
	const char *wrong;
	struct group_reading how = { .zone = NULL };
	size_t present = 0;

	for (size_t i = 0; i < group->field_count; i++) {
		const struct group_field *field = &group->fields[i];
		struct span pointer = json_string(fields,
		    arena_string(arena, field->parameter));

		value = NULL;
		if (pointer.n == 0 || !pointer_get(answer, pointer, &value))
			continue;
		changes[i].present = true;
		present++;
		how.zone = field->zone;
		if (!group_value_read(arena, field->type, &how, value, &changes[i].value, &wrong))
			fail_value(txn, pointer, wrong);
	}
	return present;
}

static void
store_returned(struct txn *txn, void *arg)
{
	struct returned *returned = arg;
	struct arena *arena = txn_arena(txn);
	struct json_object *target = json_get(returned->parcel, "target"), *answer;
	struct json_object *rule = json_get(returned->parcel, "returns");
	struct span name = json_string(rule, "group"), id = json_string(target, "id");
	struct span project, key;
	const struct group *group;
	struct group_change *changes;
	struct error error = { 0 };
	struct id delivery = { { 0 } };

	doc_name_split(name, &project, &key);
	group = group_load(txn, arena, project, key);
	answer = json_read(arena, returned->text, &json_limits_default, &error);
	if (answer == NULL)
		txn_fail(txn, error.fault, "the answer is no JSON: %.200s", error.detail);
	else if (group == NULL)
		txn_fail(txn, FAULT_NOT_FOUND, "the group %.*s was removed", (int)name.n, name.p);
	else if (!span_is(json_string(target, "kind"), record_name(group->record)) ||
	    record_load(txn, group->record, id) == NULL)
		txn_fail(txn, FAULT_NOT_FOUND, "what the answer is about was removed");
	if (!txn_ok(txn))
		return;
	changes = arena_alloc(arena, (group->field_count + 1) * sizeof *changes);
	if (read_returned(txn, group, json_get(rule, "fields"), answer, changes) == 0)
		txn_fail(txn, FAULT_MISSING_PARAMETER, "the answer has none of the values that "
		    "were to be taken from it");
	(void)id_read(json_string(returned->parcel, "delivery"), &delivery);
	if (txn_ok(txn))
		group_store(txn, group, id, changes, delivery, returned->now,
		    arena_alloc(arena, group->field_count + 1));
}

/* The request was made and answered; what its answer lacks is told, no more. */
static void
take_returned(struct txn *txn, struct json_object *parcel, struct json_object *report,
    int64_t now)
{
	struct returned returned = { .parcel = parcel, .now = now,
		.text = json_string(report, "returned") };
	struct error error = { 0 };

	if (json_get(parcel, "returns") != NULL && json_get(report, "returned") != NULL &&
	    !txn_part(txn, store_returned, &returned, &error))
		json_set_text(parcel, "lastError", span_of(error.detail));
}

/* Doubled and more each time, with a fifth of it left to chance so that those
 * that failed together do not come back together. */
static int64_t
pause_after(int64_t tries)
{
	static const int64_t pauses[] = { 5, 30, 120, 600, 3600, 4 * 3600, 12 * 3600 };
	const int64_t last = sizeof pauses / sizeof pauses[0];
	int64_t pause = pauses[tries < 1 ? 0 : tries > last ? last - 1 : tries - 1] * SECOND;
	uint32_t chance;

	secret_random(&chance, sizeof chance);
	return pause * 9 / 10 + (int64_t)(chance % 1000) * pause / 5000;
}

static void
copy_member(struct json_object *parcel, struct json_object *report, const char *from,
    const char *to)
{
	if (json_get(report, from) != NULL)
		json_set(parcel, to, json_share(json_get(report, from)));
	else
		json_del(parcel, to);
}

/* One line of the parcel's own log: what came back, and when. */
static void
log_attempt(struct arena *arena, struct json_object *parcel, struct json_object *report)
{
	static const char *const members[] = { "result", "status", "error", NULL };
	struct json_object *log = json_new_array(arena), *attempt = json_new_object(arena);
	struct json_object *old = json_get(parcel, "attempts");
	size_t n = json_count(old);

	for (size_t i = n < ATTEMPTS_KEPT ? 0 : n + 1 - ATTEMPTS_KEPT; i < n; i++)
		json_append(log, json_share(json_at(old, i)));
	json_set_text(attempt, "at", json_string(parcel, "tried"));
	for (size_t i = 0; members[i] != NULL; i++)
		if (json_get(report, members[i]) != NULL)
			json_set(attempt, members[i], json_share(json_get(report, members[i])));
	json_append(log, json_share(attempt));
	json_set(parcel, "attempts", json_share(log));
}

static void
settle(struct txn *txn, struct job *job, struct id id, struct json_object *parcel,
    const char *state)
{
	outbox_save(txn, id, parcel, state, job->now);
	post_order_leave(txn, id, parcel);
}

static void
try_again(struct txn *txn, struct job *job, struct id id, struct json_object *parcel,
    int64_t pause)
{
	int64_t end = post_end(job, parcel);

	if (job->now >= end)
		settle(txn, job, id, parcel, "dead");
	else
		outbox_save(txn, id, parcel, "waiting",
		    job->now + pause < end ? job->now + pause : end);
}

/* Why it has to wait though nobody tried it is told as what went wrong with it. */
static void
give_back(struct txn *txn, struct job *job, struct id id, struct json_object *parcel,
    struct json_object *report, int64_t pause)
{
	if (json_string(report, "error").n > 0)
		json_set_text(parcel, "lastError", json_string(report, "error"));
	json_set_int(parcel, "tries", json_integer(parcel, "tries", 1) - 1);
	outbox_save(txn, id, parcel, "waiting", job->now + pause);
}

/* Seconds; what a stranger says is bounded. */
static int64_t
retry_after(struct json_object *report)
{
	int64_t seconds = json_integer(report, "retryAfter", 0);

	if (seconds > RETRY_AFTER_MAX / SECOND)
		return RETRY_AFTER_MAX;
	return seconds > 0 ? seconds * SECOND : 0;
}

/* Sent is sent, whoever holds the lease by now; all else only the holder says. */
static bool
may_report(struct job *job, struct json_object *parcel, struct span result)
{
	struct span state = json_string(parcel, "state");

	if (span_is(result, "sent"))
		return span_is(state, "leased") || span_is(state, "waiting");
	return span_is(state, "leased") &&
	    span_eq(json_string(parcel, "worker"), json_string(job->args, "worker"));
}

/* Whoever has sent it waits for what is said to it, and another try would come when nobody
 * expects it; that it is given up needs nobody. */
static bool
is_trial_over(struct json_object *parcel, struct json_object *report)
{
	return json_flag(parcel, "trial", false) && json_string(report, "error").n > 0;
}

static void
report_one(struct txn *txn, struct job *job, struct json_object *report)
{
	struct span result = json_string(report, "result");
	struct json_object *parcel;
	int64_t after = retry_after(report), pause;
	struct id id;

	if (!id_read(json_string(report, "id"), &id) ||
	    (parcel = outbox_load(txn, id)) == NULL || !may_report(job, parcel, result))
		return;
	json_del(parcel, "worker");
	if (span_is(result, "back") && !is_trial_over(parcel, report)) {
		give_back(txn, job, id, parcel, report, after);
		return;
	}
	doc_set_time(parcel, "tried", job->now);
	copy_member(parcel, report, "status", "status");
	copy_member(parcel, report, "answer", "answer");
	copy_member(parcel, report, "error", "lastError");
	log_attempt(txn_arena(txn), parcel, report);
	pause = pause_after(json_integer(parcel, "tries", 1));
	if (span_is(result, "sent")) {
		take_returned(txn, parcel, report, job->now);
		settle(txn, job, id, parcel, "sent");
	} else if (is_trial_over(parcel, report)) {
		settle(txn, job, id, parcel, "dropped");
	} else if (span_is(result, "dead")) {
		settle(txn, job, id, parcel, "dead");
	} else {
		try_again(txn, job, id, parcel, after > pause ? after : pause);
	}
}

static void
report_all(struct txn *txn, struct job *job)
{
	struct json_object *reports = json_get(job->args, "reports");
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct span worker;

	if (!command_text(job, "worker", &worker))
		return;
	if (!json_is_array(reports))
		error_set(&job->error, FAULT_USAGE, "\"reports\" must be a list");
	for (size_t i = 0; i < json_count(reports) && txn_breathe(txn); i++) {
		report_one(txn, job, json_at(reports, i));
		arena_rewind(txn_arena(txn), mark);
	}
}

const struct command command_post_report = {
	.name = "post-report", .words = "tell what became of what was sent",
	.right = RIGHT_ADMINISTER, .scope = SCOPE_COMMUNITY, .answer = ANSWER_ROWS,
	.mode = STORE_WRITE, .body = report_all,
};
