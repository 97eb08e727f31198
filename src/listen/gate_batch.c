/* SPDX-License-Identifier: ISC */
/* Many items in one body: each a part of the transaction, with a result of its own. */
#include "listen/gate_private.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/pointer.h"
#include "base/settings.h"
#include "community/throttle.h"
#include "listen/listener.h"
#include "store/store.h"

#include <inttypes.h>

/* Items that were carried out are told in so much of the answer; what failed may fill it. */
#define SETTLED_PART(bytes) ((bytes) / 4 * 3)
/* A few items of one target each are done in the time that others wait for one. */
#define SMALL_BATCH 20

/* An item of a batch stands for a delivery of its own, with its own trace. */
struct item_passage {
	struct passage *passage;
	struct delivery *item;
	enum fault fault;
};

static void
apply_part(struct txn *txn, void *arg)
{
	struct item_passage *part = arg;

	parameters_pass_over(part->item);
	part->fault = gate_apply(txn, part->passage, part->item);
}

static struct delivery *
new_item(struct passage *passage, struct json_object *payload)
{
	struct delivery *item = arena_alloc(passage->delivery.arena, sizeof *item);

	*item = passage->delivery;
	item->payload = payload;
	item->steps = NULL;
	item->steps_end = &item->steps;
	item->effects = NULL;
	item->effects_end = &item->effects;
	item->bad_fields = NULL;
	item->told = item->untold = 0;
	item->ignored = NULL;
	return item;
}

struct json_object *
gate_batch_items(struct txn *txn, struct passage *passage, struct span each)
{
	struct json_object *items = NULL;

	if (json_is_array(passage->delivery.payload))
		return passage->delivery.payload;
	if (pointer_get(passage->delivery.payload, each, &items) && json_is_array(items))
		return items;
	txn_fail(txn, FAULT_MISSING_PARAMETER, "the body has no array at %.*s",
	    (int)each.n, each.p);
	return NULL;
}

static bool
is_whole(const struct passage *passage)
{
	return passage->dry_run || passage->delivery.listener->each_atomic;
}

/* Each item counts against the rates; the first did when the delivery came in. */
static bool
within_rates(struct txn *txn, struct passage *passage, size_t count)
{
	struct throttle *throttle = passage->gate->throttle;
	const struct delivery *delivery = &passage->delivery;
	const struct throttle_use uses[] = {
		{ 'l', delivery->listener->full_name, &delivery->listener->limits },
		{ 'k', delivery->api_key, &delivery->key_limits },
	};

	return passage->origin != ORIGIN_SENDER || count < 2 ||
	    throttle_more(throttle, uses, sizeof uses / sizeof uses[0], delivery->now,
	        (int64_t)count - 1, &passage->wait, txn_error(txn));
}

static bool
within_bounds(struct txn *txn, struct passage *passage, size_t count)
{
	const struct settings *settings = passage->gate->settings;

	if (count > (size_t)settings->batch_items)
		return txn_fail(txn, FAULT_TOO_MUCH_WORK, "the delivery has %zu items, %" PRId64
		    " are taken at most (batch_items in earshot.conf); send them in several "
		    "deliveries", count, settings->batch_items);
	if (is_whole(passage) && count > (size_t)settings->atomic_targets)
		return txn_fail(txn, FAULT_TOO_MUCH_WORK, "the delivery has %zu items, %s takes "
		    "%" PRId64 " at most (atomic_targets in earshot.conf); send them in several "
		    "deliveries", count, passage->dry_run ? "a dry run" : "an atomic batch",
		    settings->atomic_targets);
	return within_rates(txn, passage, count);
}

static bool
tell(struct buf *list, struct span text, size_t most)
{
	if (list->n + text.n > most)
		return false;
	if (list->n > 0)
		buf_putc(list, ',');
	buf_span(list, text);
	return true;
}

static void
tell_item(struct passage *passage, struct batch *batch, const struct outcome *outcome)
{
	size_t bytes = (size_t)passage->gate->settings->answer_bytes;
	bool settled = fault_info(outcome->fault)->settled;
	size_t most = settled ? SETTLED_PART(bytes) : bytes;
	struct arena *arena = passage->delivery.arena;
	struct buf buf = { 0 };
	struct span text;

	answer_item(&buf, outcome, batch->next);
	text = buf_keep(&buf, arena);
	if (!tell(&batch->items, text, most))
		batch->untold++;
	if (!settled && !tell(&batch->failures, text, most))
		batch->untold_failures++;
}

void
gate_batch_item(struct txn *txn, struct passage *passage, struct batch *batch,
    struct json_object *payload)
{
	/* What an item needs goes with it: its result is told in the batch's buffers. */
	struct arena_mark mark = arena_mark(passage->delivery.arena);
	struct item_passage part = { passage, new_item(passage, payload), FAULT_NONE };
	struct error error = { 0 };
	struct outcome outcome = { .item = part.item };

	txn_part(txn, apply_part, &part, &error);
	outcome.fault = error.fault != FAULT_NONE ? error.fault : part.fault;
	outcome.detail = error.detail;
	if (error.fault != FAULT_NONE && !json_is_object(payload))
		outcome.detail = arena_printf(passage->delivery.arena, "the item is %s, not an object, so "
		    "that it has no parameters: %s", doc_type_name(doc_type(payload)), error.detail);
	gate_batch_count(passage, batch, &outcome);
	arena_rewind(passage->delivery.arena, mark);
}

void
gate_batch_count(struct passage *passage, struct batch *batch, const struct outcome *outcome)
{
	if (outcome->fault == FAULT_NONE)
		batch->applied++;
	else if (fault_info(outcome->fault)->settled)
		batch->filtered++;
	else
		batch->failed++;
	tell_item(passage, batch, outcome);
	batch->next++;
}

/* What failed is told by the trace, too. */
static void
trace_failures(struct passage *passage, const struct batch *batch)
{
	struct delivery *delivery = &passage->delivery;
	struct arena *arena = delivery->arena;
	struct json_object *list = json_load(arena, span_of(arena_join(arena, SPAN("["),
	    buf_bytes(&batch->failures), SPAN("]"))));

	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *item = json_at(list, i);
		struct span outcome = json_string(item, "outcome");
		struct span detail = json_string(item, "detail");

		delivery_step(delivery, "item", STEP_FAILED, "%" PRId64 ": %.*s: %.*s",
		    json_integer(item, "index", 0), (int)outcome.n, outcome.p, (int)detail.n,
		    detail.p);
	}
	delivery_step(delivery, "items", batch->failed > 0 ? STEP_FAILED : STEP_OK,
	    "%zu of %zu", batch->count - batch->failed, batch->count);
}

void
gate_batch_answer(struct passage *passage, struct batch *batch)
{
	answer_batch(passage->reply, &passage->delivery, batch);
	passage->entry.answer = arena_copy(passage->delivery.arena,
	    buf_bytes(&passage->reply->body));
	trace_failures(passage, batch);
	passage->outcome.fault = passage->reply->fault;
}

void
gate_batch_free(void *arg)
{
	struct batch *batch = arg;

	buf_free(&batch->items);
	buf_free(&batch->failures);
}

void
gate_apply_batch(struct txn *txn, struct passage *passage)
{
	const struct listener *listener = passage->delivery.listener;
	struct json_object *items = gate_batch_items(txn, passage, listener->each);
	struct batch *batch = arena_alloc(passage->delivery.arena, sizeof *batch);

	arena_defer(passage->delivery.arena, gate_batch_free, batch);
	batch->count = json_count(items);
	if (items == NULL || !within_bounds(txn, passage, batch->count))
		return;
	if (!is_whole(passage) && batch->count > 1 &&
	    (batch->count > SMALL_BATCH || listener->many == TARGET_ALL)) {
		passage->unfinished = true;
		return;
	}
	while (batch->next < batch->count && txn_ok(txn))
		gate_batch_item(txn, passage, batch, json_at(items, batch->next));
	if (!txn_ok(txn))
		return;
	gate_batch_answer(passage, batch);
	if (!fault_info(passage->reply->fault)->settled)
		txn_fail(txn, passage->reply->fault, "%zu of %zu items cannot be applied",
		    batch->failed, batch->count);
	else
		passage->settled = true;
}
