/* SPDX-License-Identifier: ISC */
/*
 * macro-run {"macro", "target": {"kind"?, "id"? or "email"?}, "preview"?, "documents"?,
 * "delivery"?}: by hand, without a listener and with an empty payload. A preview does all
 * but the commit, and tells the e-mails and webhooks ("parcels", as outbox-show; "unshown":
 * how many more): also by documents that are not stored, as of apply, and as if a delivery
 * of the log had come, by its id.
 * macro-run-all {"macro", "filter" or "ids", "preview"?}: on all that match, in the
 * macro's project if it has one; an empty filter is for all. Or on those of these ids.
 * macro-run-all {…, "background": true, "key"?}: the same, but begins it alone, and tells
 * {"macro", "run"}: it goes on without the caller (task.h), and macro-log tells how far it is.
 * macro-stop {"macro", "run"}: no other target is begun; what was done stays.
 */
#include "command/command_macro_private.h"
#include "command/task.h"

#include "act/macro_log.h"
#include "base/json.h"
#include "base/pointer.h"
#include "http/body.h"
#include "listen/journal.h"
#include "listen/register.h"
#include "record/doc_check.h"

#include <stdlib.h>
#include <string.h>

#define CHOSEN_MAX 4000 /* ids of one form */

bool
command_no_target(struct txn *txn, enum record record, struct span name)
{
	return txn_fail(txn, FAULT_UNKNOWN_TARGET, "there is no %s \"%s\"", record_name(record),
	    doc_short(txn_arena(txn), name));
}

/* A user by id, e-mail or username; a ticket by id. */
bool
command_target(struct txn *txn, struct job *job, enum record record, const char *whom,
    struct target *target_r)
{
	struct json_object *target = json_get(job->args, "target");
	struct span kind = json_string(target, "kind"), name = json_string(target, "id");
	const char *what = record_name(record);

	if (kind.n > 0 && !span_is(kind, what))
		return txn_fail(txn, FAULT_USAGE, "%s is for %s automation, not for a "
		    "target of kind \"%s\"", whom, what, doc_short(txn_arena(txn), kind));
	if (name.n == 0)
		name = json_string(target, "email");
	if (name.n == 0)
		return txn_fail(txn, FAULT_USAGE, "the target needs an \"id\" or an \"email\"");
	*target_r = (struct target){ .record = record };
	target_r->id = json_string(kind_by_name(span_of(what))->get(txn, name), "id");
	return target_r->id.n > 0 || command_no_target(txn, record, name);
}

/* Of a batch its first item. */
static struct json_object *
first_of(struct txn *txn, struct json_object *entry, struct json_object *payload)
{
	struct json_object *listener = kind_find(txn, kind_by_name(SPAN("listener")),
	    json_string(entry, "listener")), *items;
	struct span each = json_string(listener, "each");

	if (json_is_array(payload))
		return json_at(payload, 0);
	return each.n > 0 && pointer_get(payload, each, &items) && json_is_array(items)
	    ? json_at(items, 0) : payload;
}

bool
command_payload(struct txn *txn, struct job *job, struct delivery *delivery)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *entry, *payload;
	struct error error = { 0 };
	struct span body, type;
	struct id id;

	if (!json_has(job->args, "delivery"))
		return true;
	entry = id_read(json_string(job->args, "delivery"), &id) ? journal_load(txn, id) : NULL;
	if (entry == NULL || !command_may_read_of(job, json_string(entry, "listener")))
		return txn_fail(txn, FAULT_NOT_FOUND, "the log has no such delivery");
	if (json_flag(entry, "cut", false) || !journal_body(txn, id, &body))
		return txn_fail(txn, FAULT_NOT_FOUND, "the log does not have the body of that "
		    "delivery any more");
	type = json_string(entry, "contentType");
	if (body_mistyped(arena, type, body))
		type = SPAN("application/json");
	payload = first_of(txn, entry, body_read(arena, type, body, &json_limits_kept, NULL,
	    &error));
	delivery->payload = json_is_object(payload) ? payload : NULL;
	return delivery->payload != NULL || txn_fail(txn, FAULT_USAGE,
	    "the body of that delivery cannot be read");
}

bool
command_trial(struct job *job, const char *kind, struct span name, struct apply **documents_r)
{
	struct span other;

	*documents_r = NULL;
	if (!json_has(job->args, "documents"))
		return true;
	*documents_r = command_documents(job);
	if (*documents_r == NULL)
		return false;
	return command_documents_have(*documents_r, kind, name, &other) || other.n == 0 ||
	    error_set(&job->error, FAULT_USAGE, "the documents have the %s %.*s, not %.*s", kind,
	        (int)other.n, other.p, (int)name.n, name.p);
}

void
command_delivery_begin(struct txn *txn, struct delivery *delivery, int64_t now)
{
	delivery->arena = txn_arena(txn);
	delivery->now = now;
	if (delivery->payload == NULL)
		delivery->payload = json_new_object(txn_arena(txn));
	facts_of_delivery(txn, delivery);
}

const char *
command_delivery_did(const struct delivery *delivery)
{
	for (struct effect *effect = delivery->effects; effect != NULL; effect = effect->next)
		if (!span_starts(effect->result, "skipped"))
			return "applied";
	return "skipped";
}

struct json_object *
command_target_json(struct arena *arena, const struct target *target)
{
	struct json_object *json = json_new_object(arena);
	struct span email = json_string(target->doc, "email");

	json_set_text(json, "kind", span_of(record_name(target->record)));
	json_set_text(json, "id", target->id);
	json_set_text(json, "name", target->record == RECORD_USER && email.n > 0
	    ? email : target->id);
	return json;
}

struct by_hand {
	struct job *job;
	struct request request;
	struct delivery delivery;
	struct span macro;          /* its full name, once it was found */
	struct json_object *target;
	struct apply *documents;    /* that are tried; NULL: none */
	bool repeated, preview;
};

/* Of an action to a team there are many, all alike. */
#define PARCELS_TOLD 20

static void
write_log(struct txn *txn, struct by_hand *hand, const char *outcome, const char *detail)
{
	static const char *const counts[] = { "applied", "skipped", "failed" };
	struct json_object *row = json_new_object(txn_arena(txn));
	struct json_object *target = json_copy(txn_arena(txn), hand->target);

	doc_set_time(row, "at", hand->job->now);
	command_run_by(row, hand->job, NULL);
	json_del(target, "name");
	json_set(row, "target", json_share(target));
	json_set_text(row, "state", detail == NULL ? SPAN("done") : SPAN("failed"));
	json_set_int(row, "targets", 1);
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		json_set_int(row, counts[i], strcmp(counts[i], outcome) == 0);
	if (detail != NULL)
		json_set_text(row, "detail", span_of(detail));
	macro_log_save(txn, hand->macro, hand->job->id, row);
}

static void
run(struct txn *txn, void *arg)
{
	struct by_hand *hand = arg;
	struct delivery *delivery = &hand->delivery;
	struct span project, key;
	const struct macro *macro;

	hand->repeated = command_repeated(txn, hand->job);
	if (hand->repeated)
		return;
	if (hand->documents != NULL)
		command_documents_try(txn, hand->documents);
	doc_name_split(json_string(hand->job->args, "macro"), &project, &key);
	macro = macro_load(txn, txn_arena(txn), project, key);
	if (macro == NULL || !command_target(txn, hand->job, macro_record(macro), "the macro",
	    &delivery->target) || !command_payload(txn, hand->job, delivery))
		return;
	command_delivery_begin(txn, delivery, hand->job->now);
	target_doc(txn, delivery);
	hand->macro = doc_name(txn_arena(txn), project, key);
	hand->target = command_target_json(txn_arena(txn), &delivery->target);
	macro_run(txn, delivery, macro);
	if (txn_ok(txn) && !hand->preview)
		write_log(txn, hand, command_delivery_did(delivery), NULL);
}

/* The run itself was undone. */
static void
write_failure(struct txn *txn, void *arg)
{
	struct by_hand *hand = arg;

	write_log(txn, hand, "failed", hand->job->error.detail);
}

static void
log_failure(struct by_hand *hand)
{
	struct error error = { 0 };

	if (hand->target != NULL && !hand->preview &&
	    !fault_info(hand->job->error.fault)->passing)
		store_run(hand->job->store, STORE_WRITE, hand->job->scratch, write_failure, hand,
		    &error);
}

static void
tell_parcels(struct by_hand *hand, struct jsonout *out)
{
	struct json_object *parcels = hand->delivery.parcels;
	size_t n = json_count(parcels);

	json_key(out, "parcels");
	json_open(out, '[');
	for (size_t i = 0; i < n && i < PARCELS_TOLD; i++) {
		command_parcel_mask(hand->job->scratch, json_at(parcels, i));
		json_raw(out, json_write(hand->job->scratch, json_at(parcels, i)));
	}
	json_close(out, ']');
	if (n > PARCELS_TOLD)
		json_member_int(out, "unshown", (int64_t)(n - PARCELS_TOLD));
}

static void
tell(struct by_hand *hand)
{
	struct jsonout out = json_to(hand->job->out);

	json_open(&out, '{');
	if (hand->repeated) {
		json_member_bool(&out, "repeated", true);
	}
	json_key(&out, "steps");
	journal_steps(&out, &hand->delivery);
	delivery_effects(&out, "effects", &hand->delivery);
	if (hand->preview)
		tell_parcels(hand, &out);
	json_close(&out, '}');
	buf_putc(hand->job->out, '\n');
}

static void
run_by_hand(struct job *job)
{
	struct by_hand hand = { .job = job, .preview = json_flag(job->args, "preview", false) };
	struct span macro;
	bool good;

	if (!command_text(job, "macro", &macro))
		return;
	if (!hand.preview && (json_has(job->args, "documents") || json_has(job->args, "delivery"))) {
		error_set(&job->error, FAULT_USAGE, "\"documents\" and \"delivery\" are for a preview");
		return;
	}
	if (!command_trial(job, "macro", macro, &hand.documents))
		return;
	hand.request = (struct request){ .method = SPAN("POST"), .body = SPAN("{}") };
	/* Without an id: there is no entry in the log that it could name. */
	hand.delivery = (struct delivery){ .request = &hand.request, .explain = hand.preview };
	good = command_run(job, hand.preview ? STORE_DRY : STORE_WRITE, run, &hand);
	if (good || hand.delivery.steps != NULL)
		tell(&hand);
	if (!good)
		log_failure(&hand);
}

static void
tell_all(struct txn *txn, void *arg)
{
	struct macro_all *all = arg;
	struct jsonout out = json_to(all->job->out);
	size_t at = all->job->out->n;

	json_open(&out, '{');
	json_member(&out, "macro", all->full_name);
	json_member_bool(&out, "preview", all->preview);
	macro_all_tell(txn, all, &out);
	json_close(&out, '}');
	command_summary(all->job, at);
}

static int
by_bytes(const void *a, const void *b)
{
	return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

/* Each once, rising. False after FAULT_USAGE. */
static bool
read_chosen(struct job *job, struct macro_all *all)
{
	struct json_object *ids = json_get(job->args, "ids");
	size_t n = json_count(ids);
	struct span *chosen;

	if (!json_has(job->args, "ids"))
		return true;
	if (json_has(job->args, "filter") || n == 0 || n > CHOSEN_MAX)
		return error_set(&job->error, FAULT_USAGE, "\"ids\" must be a list of 1 to %d ids, "
		    "and comes without \"filter\"", CHOSEN_MAX);
	chosen = arena_alloc(job->arena, n * sizeof *chosen);
	for (size_t i = 0; i < n; i++) {
		chosen[i] = json_span(json_at(ids, i));
		if (!record_id_valid(chosen[i]))
			return error_set(&job->error, FAULT_USAGE, "\"%s\" is no id",
			    doc_short(job->arena, chosen[i]));
	}
	qsort(chosen, n, sizeof *chosen, by_bytes);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || !span_eq(chosen[i], chosen[all->chosen_count - 1]))
			chosen[all->chosen_count++] = chosen[i];
	all->chosen = chosen;
	return true;
}

/* False after an error. */
static bool
read_all(struct job *job, struct macro_all *all)
{
	struct span macro;

	*all = (struct macro_all){ .job = job, .typed = true, .id = job->id,
		.filter = json_string(job->args, "filter"),
		.preview = json_flag(job->args, "preview", false) };
	if (!command_text(job, "macro", &macro) || !read_chosen(job, all))
		return false;
	doc_name_split(macro, &all->project, &all->key);
	all->scope = all->project;
	return true;
}

static void
begin_task(struct txn *txn, void *arg)
{
	struct macro_all *all = arg;
	struct job *job = all->job;
	struct json_object *args = json_new_object(txn_arena(txn)), *told;
	static const char *const members[] = { "command", "macro", "filter", "ids" };
	char text[ID_TEXT_SIZE];

	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		if (json_has(job->args, members[i]))
			json_set(args, members[i], json_share(json_get(job->args, members[i])));
	if (!command_keyed(txn, job, &all->id) && !command_repeated(txn, job)) {
		macro_all_begin(txn, all);
		task_begin(txn, job, all->id, args);
	}
	told = json_new_object(txn_arena(txn));
	json_set_text(told, "macro", doc_name(txn_arena(txn), all->project, all->key));
	json_set_text(told, "run", span_of(id_text(all->id, text)));
	command_put(job, told);
}

static void
leave(struct txn *txn, void *arg)
{
	macro_all_leave(txn, arg);
}

static void
run_on_all(struct job *job)
{
	struct macro_all all;
	struct error ignored = { 0 };

	if (!read_all(job, &all))
		return;
	if (json_flag(job->args, "background", false) && !all.preview)
		command_run(job, STORE_WRITE, begin_task, &all);
	else if (macro_all_run(&all))
		command_run(job, STORE_READ, tell_all, &all);
	else if (job->left && !all.preview)
		(void)store_run(job->store, STORE_WRITE, job->scratch, leave, &all, &ignored);
	macro_all_end(&all);
}

static void
give_up(struct txn *txn, struct job *job)
{
	struct macro_all all = { .job = job, .id = job->id };

	all.full_name = json_string(job->args, "macro");
	if (macro_log_load(txn, all.full_name, all.id) != NULL)
		macro_all_fail(txn, &all, job->error.detail);
}

static void
stop(struct txn *txn, struct job *job)
{
	struct span project, key, macro = json_string(job->args, "macro");
	struct json_object *row, *told = json_new_object(txn_arena(txn));
	struct id id;

	doc_name_split(macro, &project, &key);
	macro = doc_name(txn_arena(txn), project, key);
	row = command_run_load(txn, job, macro, &id);
	if (row == NULL)
		return;
	if (span_is(json_string(row, "state"), "running")) {
		macro_log_end(row, "stopped", job->now);
		json_set_text(row, "stoppedBy", job->actor != NULL ? job->actor->user : SPAN(""));
		macro_log_save(txn, macro, id, row);
		task_drop(txn, id);
	}
	json_set_text(told, "macro", macro);
	json_set_text(told, "run", json_string(job->args, "run"));
	json_set_text(told, "state", json_string(row, "state"));
	command_put(job, told);
}

const struct command command_macro_run = {
	.name = "macro-run", .words = "run a macro on one",
	.right = RIGHT_CHANGE, .dry = "preview", .scope = SCOPE_TARGET, .kind = "macro", .named = "macro",
	.answer = ANSWER_ONE,
	.run = run_by_hand,
};
const struct command command_macro_run_all = {
	.name = "macro-run-all", .words = "run a macro on all that match",
	.right = RIGHT_CHANGE, .dry = "preview", .scope = SCOPE_DOCUMENT, .kind = "macro", .named = "macro",
	.answer = ANSWER_SUMMED,
	.run = run_on_all, .give_up = give_up,
};
const struct command command_macro_stop = {
	.name = "macro-stop", .words = "stop the run of a macro",
	.right = RIGHT_CHANGE, .scope = SCOPE_DOCUMENT, .kind = "macro", .named = "macro",
	.answer = ANSWER_ONE,
	.mode = STORE_WRITE, .body = stop,
};
