/* SPDX-License-Identifier: ISC */
/* Many items in one body: each a part of the transaction, with a result of its own. */
#include "listen/gate_private.h"

#include "base/json.h"
#include "base/pointer.h"
#include "listen/listener.h"
#include "store/store.h"

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
	item->ignored = NULL;
	return item;
}

/* Where the items of a batch stand; NULL after a failure. */
static struct json_object *
batch_items(struct txn *txn, struct passage *passage)
{
	const struct listener *listener = passage->delivery.listener;
	struct json_object *items = NULL;

	if (json_is_array(passage->delivery.payload))
		return passage->delivery.payload;
	if (pointer_get(passage->delivery.payload, listener->each, &items) &&
	    json_is_array(items))
		return items;
	txn_fail(txn, FAULT_MISSING_PARAMETER, "the body has no array at %.*s",
	    (int)listener->each.n, listener->each.p);
	return NULL;
}

void
gate_apply_batch(struct txn *txn, struct passage *passage)
{
	struct json_object *items = batch_items(txn, passage);
	size_t count = json_count(items), failed = 0;
	struct outcome *outcomes = arena_alloc(passage->delivery.arena,
	    (count + 1) * sizeof *outcomes);

	if (items == NULL)
		return;
	for (size_t i = 0; i < count && txn_ok(txn); i++) {
		struct item_passage part = { passage,
			new_item(passage, json_at(items, i)), FAULT_NONE };
		struct error error = { 0 };

		if (!txn_part(txn, apply_part, &part, &error)) {
			failed++;
			delivery_step(&passage->delivery, "item", STEP_FAILED, "%zu: %s: %s", i,
			    fault_info(error.fault)->code, error.detail);
		}
		outcomes[i].fault = error.fault != FAULT_NONE ? error.fault : part.fault;
		outcomes[i].detail = arena_string(passage->delivery.arena, span_of(error.detail));
		outcomes[i].item = part.item;
	}
	if (!txn_ok(txn))
		return;
	delivery_step(&passage->delivery, "items", failed > 0 ? STEP_FAILED : STEP_OK,
	    "%zu of %zu", count - failed, count);
	answer_batch(passage->reply, &passage->delivery, outcomes, count);
	passage->outcome.fault = passage->reply->fault;
	if (!fault_info(passage->reply->fault)->settled)
		txn_fail(txn, passage->reply->fault, "%zu of %zu items cannot be applied",
		    failed, count);
	else
		passage->settled = true;
}
