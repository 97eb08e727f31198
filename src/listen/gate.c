/* SPDX-License-Identifier: ISC */
#include "listen/gate_private.h"

#include "act/delivery.h"
#include "base/json.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/text.h"
#include "community/throttle.h"
#include "http/body.h"
#include "http/endpoint.h"
#include "lang/filter.h"
#include "listen/admit.h"
#include "listen/answer.h"
#include "listen/find_target.h"
#include "listen/journal.h"
#include "listen/listener.h"
#include "listen/service.h"
#include "record/rules.h"
#include "store/store.h"

#include <string.h>

#define KEY_MAX 255

void
gate_begin(struct passage *passage, struct gate *gate, const struct call *call,
    struct reply *reply)
{
	struct delivery *delivery = &passage->delivery;
	struct span dry_run;

	*passage = (struct passage){ .gate = gate, .call = call, .reply = reply,
		.request = call->request };
	passage->request.address = admit_address(gate->settings, &call->request, gate->arena);
	dry_run = request_query(&call->request, gate->arena, "dry_run");
	passage->dry_run = dry_run.p != NULL && !span_is(dry_run, "0");
	delivery->id = call->id;
	delivery->now = text_now();
	delivery->arena = gate->arena;
	delivery->request = &passage->request;
	delivery->explain = passage->dry_run;
	delivery->steps_end = &delivery->steps;
	delivery->effects_end = &delivery->effects;
	passage->outcome.item = delivery;
}

static bool
read_method(struct passage *passage, struct error *error)
{
	struct span method = passage->request.method;

	if (span_is(method, "GET") || span_is(method, "HEAD") || span_is(method, "OPTIONS"))
		passage->describe = true;
	else if (!span_is(method, "POST"))
		return error_set(error, FAULT_METHOD_NOT_ALLOWED,
		    "%.*s is not possible here; deliveries are sent by POST",
		    (int)(method.n > 20 ? 20 : method.n), method.p);
	return true;
}

static bool
is_unfinished(struct json_object *entry)
{
	return span_is(json_string(entry, "outcome"), fault_info(FAULT_UNFINISHED)->code);
}

/* A repeat's entry names the first delivery, whose answer is told again. */
static void
answer_once_more(struct txn *txn, struct passage *passage, struct json_object *entry)
{
	struct json_object *first = NULL;
	struct id id;

	if (id_read(json_string(entry, "repeatOf"), &id))
		first = journal_load(txn, id);
	answer_again(passage->reply, txn_arena(txn), first != NULL ? first : entry,
	    first != NULL);
}

/* The call was sent again because its owner died: perhaps after applying it. */
static bool
was_applied(struct txn *txn, struct passage *passage)
{
	struct json_object *entry;

	if (!passage->call->again ||
	    (entry = journal_load(txn, passage->call->id)) == NULL ||
	    !span_eq(json_string(entry, "path"), passage->request.path))
		return false;
	passage->recorded = passage->settled = true;
	passage->unfinished = is_unfinished(entry);
	if (passage->unfinished)
		return true;
	answer_once_more(txn, passage, entry);
	passage->reply->status = (int)json_integer(entry, "status", 200);
	return true;
}

/* What the community's setting says to every delivery. */
struct community {
	bool integrations;
	struct span base_url;
};

static void *
make_community(struct txn *txn, struct arena *arena, struct span name)
{
	struct community *community = arena_alloc(arena, sizeof *community);
	struct json_object *setting = doc_load(txn, "setting", SPAN(""), name);

	community->integrations = json_flag(setting, "integrations", true);
	community->base_url = arena_copy(arena, json_string(setting, "baseUrl"));
	return community;
}

static const struct community *
community_of(struct txn *txn)
{
	return rules_find(txn, "community", SPAN("setting"), make_community);
}

bool
gate_integrations(struct txn *txn)
{
	return community_of(txn)->integrations || txn_fail(txn, FAULT_INTEGRATIONS_DISABLED,
	    "a manager has switched integrations off for this community");
}

struct span
gate_base_url(struct txn *txn, const struct passage *passage)
{
	struct span url = passage->gate->settings->base_url;

	return url.n > 0 ? url : community_of(txn)->base_url;
}

static bool
within_limits(struct txn *txn, struct passage *passage)
{
	struct throttle *throttle = passage->gate->throttle;
	const struct delivery *delivery = &passage->delivery;
	unsigned *places = passage->reply->places;

	return passage->origin != ORIGIN_SENDER ||
	    (throttle_enter(throttle, 'l', delivery->listener->full_name,
	         &delivery->listener->limits, delivery->now, &places[0], &passage->wait,
	         txn_error(txn)) &&
	    throttle_enter(throttle, 'k', delivery->api_key, &delivery->key_limits,
	        delivery->now, &places[1], &passage->wait, txn_error(txn)));
}

static bool
read_body(struct txn *txn, struct passage *passage)
{
	const struct settings *settings = passage->gate->settings;
	const struct json_limits limits = { (unsigned)settings->body_depth,
		(unsigned)settings->body_members, (unsigned)settings->body_structural };
	struct delivery *delivery = &passage->delivery;

	delivery->payload = body_read(delivery->arena, passage->request.content_type,
	    passage->request.body, &limits, txn_error(txn));
	if (delivery->payload == NULL)
		return false;
	if (json_is_array(delivery->payload) && delivery->listener->each.n == 0)
		return txn_fail(txn, FAULT_BAD_JSON,
		    "one JSON object is expected, not an array; a listener takes batches "
		    "when its document says \"each\"");
	if (!json_is_object(delivery->payload) && !json_is_array(delivery->payload))
		return txn_fail(txn, FAULT_BAD_JSON, "one JSON object is expected");
	if (delivery->explain)
		delivery_step(delivery, "body", STEP_OK, "%zu bytes", passage->request.body.n);
	for (size_t i = 0; i < json_count(passage->without); i++) {
		struct span parameter = json_span(json_at(passage->without, i));

		mask_remove(delivery->arena, delivery->payload, delivery->listener->each, parameter);
		delivery_step(delivery, "body", STEP_SKIPPED, "without %.*s, which the log does "
		    "not show", (int)parameter.n, parameter.p);
	}
	return true;
}

/* A sender's test of the endpoint is echoed, and nothing else is done. */
static bool
is_challenge(struct passage *passage)
{
	struct delivery *delivery = &passage->delivery;
	const struct sender *sender = delivery->listener->sender;
	const char *content_type;
	struct span echo;

	if (sender == NULL || passage->origin == ORIGIN_LOG)
		return false;
	echo = sender_challenge(sender, &passage->request, delivery->payload,
	    delivery->arena, &content_type);
	if (echo.p == NULL)
		return false;
	passage->reply->fault = FAULT_CHALLENGE;
	passage->reply->content_type = span_of(content_type);
	buf_span(&passage->reply->body, echo);
	passage->outcome.fault = FAULT_CHALLENGE;
	return passage->settled = true;
}

/* What names this delivery for its sender. */
static struct span
sender_key(struct passage *passage)
{
	struct delivery *delivery = &passage->delivery;
	const struct listener *listener = delivery->listener;
	struct span key = SPAN("");

	if (listener->sender != NULL) {
		key = sender_delivery_id(listener->sender, &passage->request,
		    delivery->payload, delivery->arena);
		delivery->event = sender_event(listener->sender, &passage->request,
		    delivery->payload, delivery->arena);
	}
	if (key.n == 0)
		key = request_header(&passage->request, "idempotency-key");
	if (key.n > KEY_MAX || !text_printable(key))
		key = SPAN("");
	return key;
}

/* Only where repeats are told apart: a hash costs more than most of what is done here. */
static const unsigned char *
body_hash(struct passage *passage)
{
	if (!passage->hashed)
		secret_sha256(passage->request.body, passage->body_hash);
	passage->hashed = true;
	return passage->body_hash;
}

/* Without a name the body itself can serve, for as long as the listener says. */
static struct span
body_key(struct passage *passage)
{
	const unsigned char *hash = body_hash(passage);

	return span_of(arena_printf(passage->delivery.arena, "body-%s", secret_hex(
	    passage->delivery.arena, (struct span){ (const char *)hash,
	        SECRET_SHA256_SIZE }).p));
}

static bool
is_duplicate(struct txn *txn, struct passage *passage)
{
	struct delivery *delivery = &passage->delivery;
	struct journal_mark mark;
	struct json_object *first;
	char id[ID_TEXT_SIZE];

	if (passage->origin != ORIGIN_SENDER)
		return false;
	passage->entry.key = sender_key(passage);
	if (passage->entry.key.n == 0 && delivery->listener->repeat_window > 0)
		passage->entry.key = body_key(passage);
	if (passage->entry.key.n == 0 || !journal_mark_find(txn,
	        delivery->listener->full_name, passage->entry.key, delivery->now, &mark))
		return false;
	if (memcmp(mark.body_hash, body_hash(passage), sizeof mark.body_hash) != 0) {
		delivery_step(delivery, "duplicate", STEP_FAILED, "delivery %s came with the "
		    "same id and another body", id_text(mark.delivery, id));
		txn_fail(txn, FAULT_ID_REUSED, "delivery %s came with this id and another body",
		    id_text(mark.delivery, id));
		return false;
	}
	first = journal_load(txn, mark.delivery);
	if (is_unfinished(first)) {
		passage->wait = 1;
		txn_fail(txn, FAULT_BUSY, "delivery %s, which came with this id, is being carried "
		    "out; its answer will be that of this one", id_text(mark.delivery, id));
		return false;
	}
	delivery_step(delivery, "duplicate", STEP_OK, "applied before as %s",
	    id_text(mark.delivery, id));
	passage->entry.repeat_of = mark.delivery;
	if (first == NULL) { /* the log has forgotten it before the mark */
		first = json_new_object(delivery->arena);
		json_set_text(first, "id", span_of(id_text(mark.delivery, id)));
		json_set_text(first, "outcome", span_of(fault_info(FAULT_NONE)->code));
		json_set_text(first, "listener", delivery->listener->full_name);
		json_set_text(first, "type", span_of(delivery->listener->type->name));
	}
	passage->outcome.fault = FAULT_DUPLICATE;
	passage->reply->status = listener_status(delivery->listener, FAULT_DUPLICATE);
	answer_again(passage->reply, delivery->arena, first, true);
	return passage->settled = true;
}

static void
trace_comparison(void *arg, struct span expression, struct span left,
    const char *operator, struct span right, bool result)
{
	struct delivery *delivery = arg;

	(void)expression;
	delivery_step(delivery, "filter", result ? STEP_OK : STEP_SKIPPED, "%.*s: %.*s %s %.*s",
	    (int)expression.n, expression.p, (int)left.n, left.p, operator,
	    (int)right.n, right.p);
}

static bool
passes_filter(struct txn *txn, struct delivery *item)
{
	const struct filter_trace trace = { trace_comparison, item };

	if (item->listener->filter == NULL)
		return true;
	if (filter_match(item->listener->filter, &item->facts, item->arena, &trace) &&
	    allowance_filter(txn, item->allowance)) {
		delivery_step(item, "filter", STEP_OK, "matches");
		return true;
	}
	if (allowance_filter(txn, item->allowance))
		delivery_step(item, "filter", STEP_SKIPPED, "does not match; nothing is done");
	return false;
}

enum fault
gate_apply(struct txn *txn, struct passage *passage, struct delivery *item)
{
	struct span *ids;
	size_t count = find_targets(txn, item, passage->endpoint.target, &ids);
	enum fault fault = FAULT_FILTERED;

	for (size_t i = 0; i < count && txn_ok(txn); i++) {
		item->target = (struct target){ .record = item->listener->record, .id = ids[i] };
		item->roots = NULL;
		item->data = NULL;
		if (!allowance_target(txn, item->allowance))
			break;
		facts_of_delivery(txn, item);
		delivery_step(item, "target", STEP_OK, "%s", target_text(item));
		if (!passes_filter(txn, item))
			continue;
		item->listener->type->apply(txn, item, item->listener->rule);
		target_save(txn, item);
		fault = FAULT_NONE;
	}
	return fault;
}

static void
apply(struct txn *txn, struct passage *passage)
{
	struct delivery *delivery = &passage->delivery;

	passage->allowance = allowance_new(passage->gate->settings, passage->dry_run ||
	    delivery->listener->each.n == 0 || delivery->listener->each_atomic);
	delivery->allowance = &passage->allowance;
	if (delivery->listener->capture) {
		delivery_step(delivery, "capture", STEP_OK, "kept without acting");
		passage->outcome.fault = FAULT_CAPTURED;
	} else if (delivery->listener->each.n > 0) {
		gate_apply_batch(txn, passage);
	} else {
		passage->outcome.fault = gate_apply(txn, passage, delivery);
	}
}

/* The raw body, without what the listener masks, and not longer than it says. */
static void
keep_body(struct passage *passage)
{
	struct delivery *delivery = &passage->delivery;
	const struct listener *listener = delivery->listener;
	struct journal_entry *entry = &passage->entry;
	int64_t keep = passage->gate->settings->body_keep_bytes;
	struct masked *masked;

	entry->body = passage->request.body;
	if (listener->mask.count > 0) {
		entry->masked = masked = arena_alloc(delivery->arena, sizeof *masked);
		if (mask_body(delivery->arena, &listener->mask, passage->request.content_type,
		        passage->request.body, masked)) {
			entry->body = masked->body;
			/* The items of a batch were told without their own values. */
			if (entry->answer.n > 0)
				masked->value_count = 0;
		} else {
			delivery_step(delivery, "log", STEP_SKIPPED, "the body is not kept: what "
			    "the listener masks cannot be found in it");
			keep = 0;
		}
	}
	if (listener->keep_body_bytes >= 0 && listener->keep_body_bytes < keep)
		keep = listener->keep_body_bytes;
	entry->cut = entry->body.n > (size_t)keep;
	if (entry->cut)
		entry->body.n = (size_t)keep;
}

void
gate_record(struct txn *txn, struct passage *passage)
{
	struct delivery *delivery = &passage->delivery;
	struct journal_entry *entry = &passage->entry;

	entry->outcome = passage->outcome.fault;
	entry->status = passage->reply->status;
	if (entry->answer.n == 0)
		entry->detail = span_of(passage->outcome.detail);
	delivery_told(delivery);
	keep_body(passage);
	journal_add(txn, delivery, entry);
}

/* Only what was settled by itself makes later copies duplicates. */
static void
mark_applied(struct txn *txn, struct passage *passage)
{
	struct delivery *delivery = &passage->delivery;
	int64_t life = delivery->listener->repeat_window > 0 &&
	    span_starts(passage->entry.key, "body-")
	    ? delivery->listener->repeat_window : passage->gate->settings->duplicates;
	struct journal_mark mark = { .delivery = delivery->id };
	char original[ID_TEXT_SIZE];

	/* One that was kept once more without acting is still to be carried out. */
	if (passage->origin == ORIGIN_LOG && passage->outcome.fault == FAULT_CAPTURED)
		return;
	if (passage->origin == ORIGIN_LOG)
		passage->entry.key = journal_replay_key(delivery->arena, span_of(id_text(
		    passage->entry.replay_of, original)));
	if (passage->entry.key.n == 0 || passage->outcome.fault == FAULT_DUPLICATE)
		return;
	memcpy(mark.body_hash, body_hash(passage), sizeof mark.body_hash);
	journal_mark_add(txn, delivery->listener->full_name, passage->entry.key, &mark,
	    delivery->now + life);
}

/* Replays and tests need not be admitted. */
static bool
find_listener(struct txn *txn, struct passage *passage)
{
	struct delivery *delivery = &passage->delivery;

	listener_take(delivery, listener_load(txn, passage->request.type,
	    passage->endpoint.project, passage->endpoint.key));
	if (delivery->listener == NULL)
		return txn_fail(txn, FAULT_UNKNOWN_LISTENER,
		    "the listener of that delivery is gone");
	if (passage->origin == ORIGIN_HAND)
		admit_tell(delivery);
	return true;
}

/* The transaction of one delivery: effect, log entry and mark, or nothing. */
static void
pass(struct txn *txn, void *arg)
{
	struct passage *passage = arg;
	struct delivery *delivery = &passage->delivery;

	if (passage->endpoint.service.n > 0) {
		service_answer(txn, &passage->gate->counters, &passage->request,
		    passage->endpoint.service, passage->delivery.now, passage->reply);
		return;
	}
	if (was_applied(txn, passage))
		return;
	delivery->base_url = gate_base_url(txn, passage);
	if (passage->origin != ORIGIN_SENDER ? !find_listener(txn, passage) : !admit(txn, delivery,
	        &passage->endpoint, passage->describe ? "describe" : "deliver"))
		return;
	if (passage->describe) {
		answer_describe(passage->reply, delivery);
		return;
	}
	passage->admitted = true;
	if (!gate_integrations(txn) || !within_limits(txn, passage) ||
	    !read_body(txn, passage))
		return;
	if (!is_challenge(passage) && !is_duplicate(txn, passage) && txn_ok(txn))
		apply(txn, passage);
	if (!txn_ok(txn))
		return;
	if (passage->unfinished) {
		mark_applied(txn, passage);
		gate_unfinished_begin(txn, passage);
		passage->recorded = true;
		return;
	}
	if (passage->dry_run) {
		answer_dry_run(passage->reply, delivery, &passage->outcome);
		return;
	}
	if (!passage->settled)
		answer_delivery(passage->reply, delivery, &passage->outcome);
	gate_record(txn, passage);
	mark_applied(txn, passage);
	passage->recorded = true;
}

/* A delivery that failed: undone, but remembered. */
static void
record_failure(struct txn *txn, void *arg)
{
	gate_record(txn, arg);
}

static void
answer_failure(struct passage *passage, const struct error *error)
{
	struct gate *gate = passage->gate;
	struct error again = { 0 };
	char id[ID_TEXT_SIZE];
	const char *line;

	passage->unfinished = false;
	passage->outcome.fault = error->fault;
	passage->outcome.detail = (char *)(uintptr_t)error->detail;
	if (error->fault == FAULT_INTERNAL) {
		log_line(LOG_LEVEL_ERROR, "delivery %s: %s",
		    id_text(passage->delivery.id, id), error->detail);
		/* What goes on inside is told to nobody who has not come in. */
		if (!passage->admitted)
			passage->outcome.detail = arena_string(gate->arena, SPAN(""));
	}
	if (passage->dry_run && passage->admitted) {
		answer_dry_run(passage->reply, &passage->delivery, &passage->outcome);
		return;
	}
	/* A failed batch has its answer already. */
	if (error->fault != FAULT_BATCH_FAILED)
		answer_delivery(passage->reply, &passage->delivery, &passage->outcome);
	if (passage->delivery.listener != NULL && passage->delivery.listener->sender != NULL &&
	    (line = sender_no_retry(passage->delivery.listener->sender, error->fault)) != NULL)
		buf_puts(&passage->reply->headers, line);
	if (passage->wait > 0)
		reply_retry_after(passage->reply, passage->wait);
	/* What may pass by itself is not the delivery's failure; the sender repeats it. */
	if (!passage->admitted || (fault_info(error->fault)->passing &&
	    error->fault != FAULT_INTEGRATIONS_DISABLED))
		return;
	/* The witness may name only what is in the log. */
	passage->reply->logged = store_run(gate->store, STORE_WRITE, gate->arena,
	    record_failure, passage, &again);
}

static void
note(struct buf *line, const char *name, struct span value)
{
	buf_puts(line, name);
	buf_span(line, value);
}

/* Fixed keys, the sender's words last. Who has not come in is told by lines that
 * are held back in a flood. */
static void
note_line(struct passage *passage)
{
	const struct delivery *delivery = &passage->delivery;
	struct reply *reply = passage->reply;
	const struct fault_info *info = fault_info(passage->outcome.fault);
	int wanted = passage->gate->settings->log_deliveries;
	struct buf *line = &reply->line;
	char id[ID_TEXT_SIZE];

	if (passage->describe || wanted == 0 || (wanted == 1 && reply->status < 300))
		return;
	note(line, "delivery=", span_of(id_text(delivery->id, id)));
	note(line, " type=", passage->request.type);
	note(line, " listener=", delivery->listener != NULL ? delivery->listener->full_name
	                                                    : SPAN(""));
	note(line, " outcome=", span_of(passage->dry_run && passage->admitted ? "dry-run"
	                                                                      : info->code));
	buf_puts(line, " status=");
	buf_int(line, reply->status);
	note(line, " address=", passage->request.address);
	if (delivery->api_key.n > 0)
		note(line, " apiKey=", delivery->api_key);
	if (delivery->target.id.n > 0)
		note(line, " target=", delivery->target.id);
	if (passage->admitted)
		return;
	log_line(LOG_LEVEL_INFO, "%.*s path=%.*s", (int)line->n, line->p,
	    (int)passage->request.path.n, passage->request.path.p);
	line->n = 0;
}

void
gate_end(struct passage *passage)
{
	if (passage->endpoint.service.n == 0)
		passage->gate->counters.answered[passage->reply->fault]++;
	note_line(passage);
}

void
gate_go(struct passage *passage, struct error *error)
{
	struct gate *gate = passage->gate;

	if (error->fault == FAULT_NONE && store_run(gate->store,
	        passage->dry_run ? STORE_DRY : STORE_WRITE, gate->arena, pass, passage, error))
		passage->reply->logged = passage->recorded;
	else
		answer_failure(passage, error);
	if (passage->unfinished)
		passage->reply->fault = FAULT_UNFINISHED;
}

bool
gate_deliver(struct gate *gate, const struct call *call, struct reply *reply)
{
	struct passage *passage;
	struct error error = { 0 };

	arena_reset(gate->arena);
	passage = arena_alloc(gate->arena, sizeof *passage);
	gate_begin(passage, gate, call, reply);
	if (!store_has_room(gate->store))
		error_set(&error, FAULT_DISK_FULL,
		    "there is too little room on the disk; deliveries are taken again as "
		    "soon as there is more");
	else if (read_method(passage, &error))
		endpoint_read(gate->arena, call->request.path, &passage->endpoint, &error);
	gate_go(passage, &error);
	if (passage->unfinished)
		return false;
	gate_end(passage);
	return true;
}
