/* SPDX-License-Identifier: ISC */
#include "listen/gate_private.h"

#include "act/delivery.h"
#include "base/json.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/text.h"
#include "community/condition.h"
#include "community/opt_out.h"
#include "community/throttle.h"
#include "http/body.h"
#include "http/endpoint.h"
#include "lang/filter.h"
#include "listen/admit.h"
#include "listen/answer.h"
#include "listen/find_target.h"
#include "listen/journal.h"
#include "listen/listener.h"
#include "listen/refusals.h"
#include "listen/sample.h"
#include "listen/service.h"
#include "record/rules.h"
#include "store/store.h"

#include <string.h>

#define DETAIL_KEPT 300 /* bytes of why a delivery failed, with its listener's condition */

void
gate_begin(struct passage *passage, struct gate *gate, const struct call_view *call,
    struct reply *reply)
{
	struct delivery *delivery = &passage->delivery;
	*passage = (struct passage){ .gate = gate, .call = call, .reply = reply,
		.request = call->request };
	passage->request.address = admit_address(gate->settings, &call->request, gate->arena);
	delivery->id = call->id;
	delivery->now = text_now();
	delivery->arena = gate->arena;
	delivery->request = &passage->request;
	delivery->steps_end = &delivery->steps;
	delivery->effects_end = &delivery->effects;
	passage->outcome.item = delivery;
}

static bool
read_method(struct passage *passage, struct error *error)
{
	struct span method = passage->request.method;

	passage->describe = passage->call->verb == VERB_DESCRIBE;
	if (!passage->describe && !span_is(method, "POST"))
		return error_set(error, FAULT_METHOD_NOT_ALLOWED,
		    "%.*s is not possible here; deliveries are sent by POST",
		    (int)(method.n > 20 ? 20 : method.n), method.p);
	return true;
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

	/* A dry run is only run again. */
	if (!passage->call->again || passage->dry_run ||
	    (entry = journal_load(txn, passage->call->id)) == NULL ||
	    !span_eq(json_string(entry, "path"), passage->request.path))
		return false;
	passage->recorded = passage->settled = true;
	passage->unfinished = gate_is_unfinished(entry);
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

/* What the body is read as. What is captured need not be told before that its sender calls
 * JSON something else; the log keeps the name, and listener suggest says body. */
static struct span
body_type(const struct passage *passage)
{
	const struct request *request = &passage->request;

	return passage->delivery.listener->capture &&
	    body_mistyped(passage->delivery.arena, request->content_type, request->body)
	    ? SPAN("application/json") : request->content_type;
}

static bool
read_payload(struct txn *txn, struct passage *passage)
{
	const struct settings *settings = passage->gate->settings;
	struct delivery *delivery = &passage->delivery;
	const struct json_limits limits = { (unsigned)settings->body_depth,
		(unsigned)settings->body_members, (unsigned)settings->body_structural, true,
		delivery->listener->duplicates_last };
	struct request *request = &passage->request;

	/* The log keeps, and a replay reads, what this is. */
	if (delivery->listener->read_as_json)
		request->content_type = SPAN("application/json");
	if (!body_inflate(delivery->arena, request_header(request, "content-encoding"),
	        request->body, (size_t)settings->body_bytes, &request->body, txn_error(txn)))
		return false;
	delivery->payload = body_read(delivery->arena, body_type(passage), request->body,
	    &limits, &delivery->form, txn_error(txn));
	if (delivery->payload == NULL)
		return false;
	if (json_is_array(delivery->payload) && delivery->listener->each.n == 0 &&
	    !delivery->listener->capture)
		return txn_fail(txn, FAULT_BAD_JSON,
		    "one JSON object is expected, not an array; a listener takes batches "
		    "when its document says \"each\"");
	if (!json_is_object(delivery->payload) && !json_is_array(delivery->payload))
		return txn_fail(txn, FAULT_BAD_JSON, "one JSON object is expected");
	return true;
}

static bool
read_body(struct txn *txn, struct passage *passage)
{
	struct delivery *delivery = &passage->delivery;

	if (!read_payload(txn, passage)) {
		/* In the log the outcome says it. */
		if (delivery->explain)
			delivery_step(delivery, "body", STEP_FAILED, "%s", txn_error(txn)->detail);
		return false;
	}
	if (delivery->listener->mask.count > 0)
		mask_find(delivery->arena, &delivery->listener->mask, delivery->payload,
		    &delivery->masked);
	if (delivery->explain)
		delivery_step(delivery, "body", STEP_OK, "%zu bytes", passage->request.body.n);
	if (delivery->listener->each.n == 0)
		parameters_pass_over(delivery);
	for (size_t i = 0; i < json_count(passage->without); i++) {
		struct span parameter = json_span(json_at(passage->without, i));

		mask_remove(delivery->arena, delivery->payload, delivery->listener->each, parameter);
		delivery_step(delivery, "body", STEP_SKIPPED, "without %.*s, which the log does "
		    "not show", (int)parameter.n, parameter.p);
	}
	return true;
}

/* A sender's test of the endpoint is answered, and nothing else is done. */
static void
answer_challenge(struct passage *passage, const struct challenge_answer *answer)
{
	passage->outcome.fault = FAULT_CHALLENGE;
	delivery_step(&passage->delivery, "challenge", STEP_OK, "%.*s",
	    (int)answer->sentence.n, answer->sentence.p);
	if (answer->headers.n > 0)
		buf_span(&passage->reply->headers, answer->headers);
	if (answer->content_type == NULL)
		return;
	passage->reply->fault = FAULT_CHALLENGE;
	passage->reply->content_type = span_of(answer->content_type);
	buf_span(&passage->reply->body, answer->body);
	passage->settled = true;
}

static bool
is_challenge(struct passage *passage)
{
	struct delivery *delivery = &passage->delivery;
	const struct listener *listener = delivery->listener;
	struct challenge_answer answer = { .sentence = SPAN("echoed") };

	if (passage->origin == ORIGIN_LOG)
		return false;
	if (listener->sender != NULL)
		answer.body = sender_challenge(listener->sender, &passage->request,
		    delivery->payload, delivery->arena, &answer.content_type);
	if (answer.body.p == NULL && (listener->challenge == NULL ||
	        challenge_is_bare(listener->challenge) || !challenge_read(listener->challenge,
	            &passage->request, delivery->payload, admit_live_secret(delivery),
	            delivery->arena, &answer)))
		return false;
	answer_challenge(passage, &answer);
	return true;
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

static enum fault
act(struct txn *txn, struct passage *passage, struct delivery *item)
{
	struct span *ids;
	size_t count = find_targets(txn, item, passage->endpoint.target, &ids);
	enum fault fault = FAULT_FILTERED;

	for (size_t i = 0; i < count && txn_ok(txn); i++) {
		item->target = (struct target){ .record = item->listener->record, .id = ids[i],
			.unnamed = item->target.unnamed, .created = item->target.created };
		item->roots = NULL;
		item->data = NULL;
		if (!allowance_target(txn, item->allowance))
			break;
		facts_of_delivery(txn, item);
		delivery_step(item, "target", STEP_OK, "%s%s", target_text(item),
		    item->target.created ? " is made" : "");
		if (!passes_filter(txn, item)) {
			/* Nothing is done: so it is not there. */
			if (item->target.created)
				txn_fail(txn, FAULT_FILTERED, "the filter does not match");
			continue;
		}
		item->listener->type->apply(txn, item, item->listener->rule);
		target_save(txn, item);
		fault = FAULT_NONE;
	}
	return fault;
}

struct act {
	struct passage *passage;
	struct delivery *item;
	enum fault fault;
};

static void
act_part(struct txn *txn, void *arg)
{
	struct act *part = arg;

	part->fault = act(txn, part->passage, part->item);
}

enum fault
gate_apply(struct txn *txn, struct passage *passage, struct delivery *item)
{
	struct act part = { passage, item, FAULT_NONE };
	struct error error = { 0 };

	if (item->listener->miss != TARGET_CREATE)
		return act(txn, passage, item);
	if (txn_part(txn, act_part, &part, &error))
		return part.fault;
	/* What it made is gone with the part. */
	if (item->target.created)
		item->target = (struct target){ .record = item->listener->record };
	if (error.fault == FAULT_FILTERED)
		return FAULT_FILTERED;
	txn_fail(txn, error.fault, "%s", error.detail);
	return error.fault;
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
	/* Many dry runs are made of one that is meant. */
	int64_t keep = passage->dry_run ? 0 : passage->gate->settings->body_keep_bytes;
	struct masked *masked;

	entry->body = passage->request.body;
	if (listener->mask.count > 0) {
		entry->masked = masked = arena_alloc(delivery->arena, sizeof *masked);
		if (mask_body(delivery->arena, &listener->mask, body_type(passage),
		        passage->request.body, masked)) {
			entry->body = masked->body;
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

/* How the listener is. What says nothing of that: repeats, tests of the endpoint, tries,
 * what a manager has switched off, and an old failure that fails once more. */
static void
note_health(struct txn *txn, struct passage *passage)
{
	enum fault fault = passage->outcome.fault;
	struct span detail = span_of(passage->outcome.detail != NULL ? passage->outcome.detail : "");
	struct condition_delivery told = { .listener = passage->delivery.listener->full_name,
		.good = fault_info(fault)->settled, .code = fault_info(fault)->code,
		.detail = text_head(detail, DETAIL_KEPT) };
	char id[ID_TEXT_SIZE];

	if (passage->dry_run || fault == FAULT_DUPLICATE || fault == FAULT_CHALLENGE ||
	    fault == FAULT_INTEGRATIONS_DISABLED ||
	    (told.good ? passage->gate->all_well : passage->origin != ORIGIN_SENDER))
		return;
	told.id = span_of(id_text(passage->delivery.id, id));
	if (!told.good) {
		passage->gate->all_well = false;
		passage->gate->failures++;
	}
	condition_of_delivery(txn, &told, passage->delivery.now);
}

void
gate_record(struct txn *txn, struct passage *passage)
{
	struct delivery *delivery = &passage->delivery;
	struct journal_entry *entry = &passage->entry;

	entry->outcome = passage->dry_run ? FAULT_DRY_RUN : passage->outcome.fault;
	entry->status = passage->reply->status;
	if (passage->dry_run) {
		entry->answer = SPAN("");
		entry->detail = span_of(arena_printf(delivery->arena, "would be %s%s%s",
		    fault_info(passage->outcome.fault)->code,
		    passage->outcome.detail != NULL && passage->outcome.detail[0] != '\0' ? ": " : "",
		    passage->outcome.detail != NULL ? passage->outcome.detail : ""));
	} else if (entry->answer.n == 0) {
		entry->detail = span_of(passage->outcome.detail);
	}
	delivery_told(delivery);
	keep_body(passage);
	journal_add(txn, delivery, entry);
	note_health(txn, passage);
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
		admit_tell(delivery, &passage->refusal);
	return true;
}

/* A test ends as admission would have ended it, whatever it has shown of the rest. */
static void
answer_try(struct passage *passage)
{
	const struct error *refusal = &passage->refusal;

	if (refusal->fault != FAULT_NONE) {
		passage->outcome.fault = refusal->fault;
		passage->outcome.detail = arena_string(passage->gate->arena,
		    span_of(refusal->detail));
	}
	answer_dry_run(passage->reply, &passage->delivery, &passage->outcome);
}

/* One that comes without signature and body. True when it was one: it is answered, or
 * refused for coming too often. */
static bool
pass_challenge(struct txn *txn, struct passage *passage)
{
	struct delivery *delivery = &passage->delivery;
	struct challenge_answer answer;
	bool known;

	if (passage->origin != ORIGIN_SENDER || passage->dry_run || !admit_challenge(txn,
	        delivery, &passage->endpoint, &known, &answer))
		return false;
	passage->admitted = known;
	if (was_applied(txn, passage) || !gate_integrations(txn) || !within_limits(txn, passage))
		return true;
	answer_challenge(passage, &answer);
	if (!passage->settled)
		answer_delivery(passage->reply, delivery, &passage->outcome);
	if (known) {
		gate_record(txn, passage);
		passage->recorded = true;
	}
	return true;
}

static bool
change_rules(struct txn *txn, struct passage *passage)
{
	struct json_object *doc;

	passage->change(txn, passage->change_arg);
	doc = txn_ok(txn) ? doc_load(txn, "listener", passage->endpoint.project,
	    passage->endpoint.key) : NULL;
	if (doc != NULL)
		passage->request.type = json_string(doc, "type");
	return txn_ok(txn);
}

/* Only who was let in has a turn: he cannot call himself somebody else, and strangers make
 * nobody wait. */
static bool
is_his_turn(struct passage *passage)
{
	const struct gate *gate = passage->gate;
	const struct delivery *delivery = &passage->delivery;
	bool by_key = delivery->api_key.n > 0;

	return passage->origin != ORIGIN_SENDER || gate->is_his_turn == NULL ||
	    gate->is_his_turn(gate->turn_arg, by_key ? 'k' : 'l',
	        by_key ? delivery->api_key : delivery->listener->full_name);
}

/* The transaction of one delivery: effect, log entry and mark, or nothing. */
static void
pass(struct txn *txn, void *arg)
{
	struct passage *passage = arg;
	struct delivery *delivery = &passage->delivery;

	if (passage->endpoint.service.n > 0) {
		service_answer(txn, &passage->gate->counters, &passage->request,
		    &passage->endpoint, passage->delivery.now, passage->reply);
		return;
	}
	if (passage->change != NULL && !change_rules(txn, passage))
		return;
	delivery->base_url = gate_base_url(txn, passage);
	if (pass_challenge(txn, passage))
		return;
	if (passage->origin != ORIGIN_SENDER ? !find_listener(txn, passage) : !admit(txn, delivery,
	        &passage->endpoint, passage->describe ? "describe" : "deliver"))
		return;
	passage->later = !is_his_turn(passage);
	if (passage->later)
		return;
	if (passage->describe) {
		answer_describe(passage->reply, delivery, passage->sample != NULL
		    ? sample_take(txn, delivery, passage->sample) : SPAN(""));
		return;
	}
	passage->admitted = true;
	/* Who asks again has come in again: a stored answer is not for everybody. */
	if (was_applied(txn, passage))
		return;
	delivery->discreet = passage->dry_run && passage->origin == ORIGIN_SENDER &&
	    !delivery->reads_records;
	if (!gate_check_query(txn, passage) || !gate_integrations(txn) || !within_limits(txn, passage) ||
	    !read_body(txn, passage))
		return;
	if (!is_challenge(passage) && !gate_is_repeat(txn, passage) && txn_ok(txn))
		apply(txn, passage);
	if (!txn_ok(txn))
		return;
	if (passage->unfinished) {
		gate_remember(txn, passage);
		gate_unfinished_begin(txn, passage);
		passage->recorded = true;
		return;
	}
	if (passage->dry_run) {
		answer_try(passage);
		return;
	}
	if (!passage->settled)
		answer_delivery(passage->reply, delivery, &passage->outcome);
	gate_record(txn, passage);
	gate_remember(txn, passage);
	passage->recorded = true;
}

/* A delivery that failed: undone, but remembered; or one that was only tried. Its call
 * may have come before. */
static void
record_undone(struct txn *txn, void *arg)
{
	struct passage *passage = arg;

	if (!passage->dry_run || !journal_has(txn, passage->delivery.id))
		gate_record(txn, passage);
}

/* Whoever tries leaves a trace; those who run the store look for themselves. */
static void
record_try(struct passage *passage)
{
	struct error error = { 0 };

	if (passage->origin == ORIGIN_SENDER && !fault_info(passage->outcome.fault)->passing)
		passage->reply->logged = store_run(passage->gate->store, STORE_WRITE,
		    passage->gate->arena, record_undone, passage, &error);
}

static void
answer_failure(struct passage *passage, const struct error *error)
{
	struct gate *gate = passage->gate;
	struct error again = { 0 };
	char id[ID_TEXT_SIZE];
	const char *line;

	passage->unfinished = passage->later = false;
	passage->outcome.fault = error->fault;
	passage->outcome.detail = (char *)(uintptr_t)error->detail;
	if (error->fault == FAULT_INTERNAL || error->fault == FAULT_SECRET_UNREADABLE) {
		log_line(LOG_LEVEL_ERROR, "delivery %s: %s",
		    id_text(passage->delivery.id, id), error->detail);
		/* What goes on inside is told to nobody who has not come in. */
		if (!passage->admitted) {
			delivery_cause(&passage->delivery, error->fault == FAULT_INTERNAL ? "endpoint"
			    : "signature", "%s", error->detail);
			passage->outcome.detail = arena_string(gate->arena, SPAN(""));
		}
	}
	if (passage->dry_run && passage->admitted) {
		answer_try(passage);
		record_try(passage);
		return;
	}
	/* A failed batch has its answer already. */
	if (error->fault != FAULT_BATCH_FAILED)
		answer_delivery(passage->reply, &passage->delivery, &passage->outcome);
	if (passage->delivery.listener != NULL && passage->delivery.listener->sender != NULL &&
	    (line = sender_no_retry(passage->delivery.listener->sender, error->fault)) != NULL)
		buf_puts(&passage->reply->headers, line);
	if (error->fault == FAULT_UNSUPPORTED_MEDIA_TYPE)
		buf_puts(&passage->reply->headers, "Accept-Encoding: " BODY_ENCODINGS "\r\n");
	if (passage->wait > 0)
		reply_retry_after(passage->reply, passage->wait);
	/* What may pass by itself is not the delivery's failure; the sender repeats it. */
	if (!passage->admitted || (fault_info(error->fault)->passing &&
	    error->fault != FAULT_INTEGRATIONS_DISABLED))
		return;
	/* The witness may name only what is in the log. */
	passage->reply->logged = store_run(gate->store, STORE_WRITE, gate->arena,
	    record_undone, passage, &again);
}

static void
note(struct buf *line, const char *name, struct span value)
{
	buf_puts(line, name);
	buf_span(line, value);
}

/* For whoever asks what became of it. What may pass by itself stands in no log entry; busy
 * and its like are too many to be remembered, and health is asked for again and again. */
static bool
is_remembered(const struct passage *passage)
{
	enum fault fault = passage->outcome.fault;
	const struct fault_info *info = fault_info(fault);

	if (passage->admitted || info->settled)
		return false;
	if (fault == FAULT_DISK_FULL || fault == FAULT_SECRET_UNREADABLE)
		return !span_starts(passage->request.path, "/-/");
	return !info->passing;
}

/* Fixed keys, the sender's words last. Who has not come in is told by lines that
 * are held back in a flood. */
static void
note_line(struct passage *passage)
{
	const struct delivery *delivery = &passage->delivery;
	struct reply *reply = passage->reply;
	const struct fault_info *info = fault_info(passage->outcome.fault);
	const struct listener_type *type = listener_type(passage->request.type);
	int wanted = passage->gate->settings->log_deliveries;
	struct buf *line = &reply->line;
	/* Its path is what opens it. */
	bool opens = span_is(passage->endpoint.service, OPT_OUT_SERVICE);
	char id[ID_TEXT_SIZE];

	if (is_remembered(passage))
		refusals_add(passage->gate->refusals, delivery, passage->outcome.fault,
		    reply->status, passage->outcome.detail);
	if (passage->describe || wanted == 0 || (wanted == 1 && reply->status < 300))
		return;
	reply->type = type != NULL ? type->name : NULL;
	note(line, "delivery=", span_of(id_text(delivery->id, id)));
	note(line, " type=", passage->request.type);
	note(line, " listener=", delivery->refused_by.n > 0 ? delivery->refused_by
	    : delivery->listener != NULL ? delivery->listener->full_name : SPAN(""));
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
	log_stranger(reply->type, "%.*s cause=\"%s\" path=%.*s", (int)line->n, line->p,
	    delivery->cause != NULL ? delivery->cause
	    : passage->outcome.detail != NULL ? passage->outcome.detail : "",
	    (int)(opens ? 0 : passage->request.path.n), passage->request.path.p);
	line->n = 0;
}

/* Refused for what has nothing to do with it, before anybody looked at which listener it is
 * for: the one that its path names. */
static void
name_listener(struct passage *passage)
{
	struct delivery *delivery = &passage->delivery;
	struct endpoint asked;
	struct error error = { 0 };

	if (delivery->listener == NULL && delivery->refused_by.n == 0 &&
	    fault_info(passage->outcome.fault)->passing &&
	    endpoint_read(passage->gate->arena, passage->request.path, &asked, &error) &&
	    asked.key.n > 0)
		delivery->refused_by = doc_name(passage->gate->arena, asked.project, asked.key);
}

void
gate_end(struct passage *passage)
{
	if (passage->endpoint.service.n == 0)
		passage->gate->counters.answered[passage->reply->fault]++;
	name_listener(passage);
	note_line(passage);
}

void
gate_go(struct passage *passage, struct error *error)
{
	struct gate *gate = passage->gate;

	if (error->fault != FAULT_NONE || !store_run(gate->store,
	        passage->dry_run ? STORE_DRY : STORE_WRITE, gate->arena, pass, passage, error))
		answer_failure(passage, error);
	else if (passage->later)
		return;
	else if (passage->dry_run && passage->admitted)
		record_try(passage);
	else
		passage->reply->logged = passage->recorded;
	if (passage->unfinished)
		passage->reply->fault = FAULT_UNFINISHED;
}

enum gate_end
gate_deliver(struct gate *gate, const struct call_view *call, struct reply *reply)
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
	else if (read_method(passage, &error) && gate_read_query(passage, &error))
		endpoint_read(gate->arena, call->request.path, &passage->endpoint, &error);
	gate_go(passage, &error);
	if (passage->later)
		return GATE_LATER;
	if (passage->unfinished)
		return GATE_UNFINISHED;
	gate_end(passage);
	return GATE_ANSWERED;
}
