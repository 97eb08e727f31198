/* SPDX-License-Identifier: ISC */
/*
 * A large batch on its way, in rows of TABLE_META that go with its end:
 *
 *   "unfinished" NUL id                what came, its body sealed: masked values stand
 *                                      in no file as they are
 *   "unfinished" NUL id, index (BE32)  the items before this one, by one slice: how they
 *                                      ended, written with what they did
 */
#include "listen/gate_private.h"

#include "base/json.h"
#include "base/settings.h"
#include "base/text.h"
#include "http/body.h"
#include "http/mask.h"
#include "listen/listener.h"
#include "record/sealed.h"
#include "store/store.h"
#include "store/table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "unfinished"
#define INDEX_SIZE 4
/* Each holds its body and its answer in memory. */
#define OPEN_MAX 16

struct gate_batch {
	struct gate_batch *next;
	struct gate *shared;        /* the owner's: counters, and the list of these */
	struct gate gate;           /* the same with the arena of this one */
	struct arena *arena, *scratch; /* of the whole, of one slice */
	struct call call;           /* in the arena of the whole */
	struct json_object *head;
	struct passage *passage;
	struct json_object *items;
	struct span mask;           /* what was masked when the values were looked for */
	struct batch batch;
	int64_t until;              /* of this slice */
	struct error error;         /* it cannot be gone on with */
	bool done;
};

/* Without an id the prefix of all. */
static struct span
row_key(struct arena *arena, const struct id *id, const size_t *index)
{
	char *key = arena_alloc(arena, sizeof PREFIX + sizeof id->b + INDEX_SIZE);
	size_t n = sizeof PREFIX;

	memcpy(key, PREFIX, sizeof PREFIX);
	if (id != NULL) {
		memcpy(key + n, id->b, sizeof id->b);
		n += sizeof id->b;
	}
	for (int i = INDEX_SIZE - 1; index != NULL && i >= 0; i--)
		key[n++] = (char)(*index >> (8 * i) & 0xff);
	return (struct span){ key, n };
}

void
gate_unfinished_begin(struct txn *txn, struct passage *passage)
{
	struct delivery *delivery = &passage->delivery;
	struct arena *arena = delivery->arena;
	struct json_object *head = json_new_object(arena);
	struct journal_entry entry = passage->entry;
	static const struct id none;
	size_t open = 0;
	char id[ID_TEXT_SIZE];

	for (const struct gate_batch *b = passage->gate->batches; b != NULL; b = b->next)
		open++;
	if (open >= OPEN_MAX) {
		passage->wait = 1;
		txn_fail(txn, FAULT_BUSY, "too many large batches are carried out at the moment");
		return;
	}
	json_set_text(head, "type", passage->request.type);
	json_set_text(head, "path", passage->request.path);
	json_set_text(head, "contentType", passage->request.content_type);
	json_set_text(head, "address", passage->request.address);
	json_set_text(head, "hops", request_header(&passage->request, "x-earshot-hops"));
	json_set_text(head, "each", delivery->listener->each);
	json_set_text(head, "apiKey", delivery->api_key);
	json_set_text(head, "event", delivery->event);
	json_set_text(head, "key", entry.key);
	json_set_text(head, "name", passage->name);
	json_set_bool(head, "byContent", passage->name_kind == MARK_CONTENT);
	json_set_text(head, "signedName", passage->signed_name);
	json_set_int(head, "now", delivery->now);
	if (memcmp(&entry.replay_of, &none, sizeof none) != 0)
		json_set_text(head, "replayOf", span_of(id_text(entry.replay_of, id)));
	if (passage->without != NULL)
		json_set(head, "without", json_share(passage->without));
	json_set_text(head, "body", sealed_make(txn, passage->request.body));
	table_put(txn, TABLE_META, row_key(arena, &delivery->id, NULL), json_write(arena, head));
	entry.outcome = FAULT_UNFINISHED;
	entry.status = fault_info(FAULT_UNFINISHED)->status;
	journal_add(txn, delivery, &entry);
}

/* Opening: from the rows */

struct opening {
	struct gate_batch *batch;
	const struct id *wanted;
	bool found;
};

static bool
is_open(const struct gate *gate, struct id id)
{
	for (const struct gate_batch *batch = gate->batches; batch != NULL; batch = batch->next)
		if (memcmp(&batch->call.view.id, &id, sizeof id) == 0)
			return true;
	return false;
}

static bool
find_head(struct txn *txn, struct opening *opening, struct id *id_r)
{
	struct arena *arena = txn_arena(txn);
	struct span prefix = row_key(arena, opening->wanted, NULL), key;
	struct walk *walk = walk_open(txn, TABLE_META, prefix, SPAN(""), false);
	bool found = false;

	while (!found && walk_next(walk, &key, NULL)) {
		if (key.n != sizeof PREFIX + sizeof id_r->b)
			continue;
		memcpy(id_r->b, key.p + sizeof PREFIX, sizeof id_r->b);
		found = !is_open(opening->batch->shared, *id_r);
	}
	walk_close(&walk);
	return found;
}

static struct span
kept(struct gate_batch *batch, const char *member)
{
	return arena_copy(batch->arena, json_string(batch->head, member));
}

static void
read_call(struct gate_batch *batch)
{
	struct json_object *head = batch->head;
	struct header hops = { SPAN("x-earshot-hops"), json_string(head, "hops") };
	struct call_view view = batch->call.view;

	view.request = (struct request){ .type = json_string(head, "type"),
		.method = SPAN("POST"), .path = json_string(head, "path"), .query = SPAN(""),
		.url = SPAN(""), .content_type = json_string(head, "contentType"),
		.address = json_string(head, "address"), .body = SPAN(""),
		.headers = &hops, .header_count = hops.value.n > 0 };
	call_keep(&batch->call, batch->arena, &view);
}

static void
read_items(struct buf *list, struct span text)
{
	if (list->n > 0 && text.n > 0)
		buf_putc(list, ',');
	buf_span(list, text);
}

/* How far it is. Numbers are those of all slices so far, texts of one. */
static void
read_progress(struct txn *txn, struct gate_batch *batch)
{
	struct arena *arena = txn_arena(txn);
	struct allowance *allowance = &batch->passage->allowance;
	struct walk *walk = walk_open(txn, TABLE_META, row_key(arena, &batch->call.view.id, NULL),
	    SPAN(""), false);
	struct batch *state = &batch->batch;
	struct span key, value;

	while (walk_next(walk, &key, &value)) {
		struct json_object *row;

		if (key.n == sizeof PREFIX + sizeof batch->call.view.id.b)
			continue;
		row = json_load(arena, arena_copy(arena, value));
		state->next = (size_t)json_integer(row, "next", 0);
		state->applied = (size_t)json_integer(row, "applied", 0);
		state->filtered = (size_t)json_integer(row, "filtered", 0);
		state->failed = (size_t)json_integer(row, "failed", 0);
		state->untold = (size_t)json_integer(row, "untold", 0);
		state->untold_failures = (size_t)json_integer(row, "untoldFailures", 0);
		allowance->targets = json_integer(row, "targets", 0);
		allowance->parcels = json_integer(row, "parcels", 0);
		allowance->filter_steps = (size_t)json_integer(row, "filterSteps", 0);
		read_items(&state->items, json_string(row, "items"));
		read_items(&state->failures, json_string(row, "failures"));
	}
	walk_close(&walk);
}

static void
read_payload(struct txn *txn, struct gate_batch *batch)
{
	/* It was within the limits when it came in; they may be others now. */
	static const struct json_limits limits = { .depth = 1000, .members = 1000000,
		.structural = 100000000, .last = true };
	struct passage *passage = batch->passage;
	struct delivery *delivery = &passage->delivery;
	struct span each = kept(batch, "each");
	struct json_object *without = json_get(batch->head, "without");

	delivery->payload = body_read(batch->arena, passage->request.content_type,
	    passage->request.body, &limits, &delivery->form, txn_error(txn));
	for (size_t i = 0; i < json_count(without) && txn_ok(txn); i++)
		mask_remove(batch->arena, delivery->payload, each, json_span(json_at(without, i)));
	if (txn_ok(txn))
		batch->items = gate_batch_items(txn, passage, each);
	batch->batch.count = json_count(batch->items);
}

static void
open_batch(struct txn *txn, void *arg)
{
	struct opening *opening = arg;
	struct gate_batch *batch = opening->batch;
	struct passage *passage;
	struct span text;

	opening->found = find_head(txn, opening, &batch->call.view.id);
	if (!opening->found ||
	    !table_get(txn, TABLE_META, row_key(batch->arena, &batch->call.view.id, NULL), &text))
		return;
	batch->head = json_load(batch->arena, arena_copy(batch->arena, text));
	batch->passage = passage = arena_alloc(batch->arena, sizeof *passage);
	read_call(batch);
	gate_begin(passage, &batch->gate, &batch->call.view, NULL);
	passage->gate = batch->shared;
	passage->admitted = passage->recorded = true;
	passage->delivery.now = json_integer(batch->head, "now", passage->delivery.now);
	passage->delivery.api_key = kept(batch, "apiKey");
	passage->delivery.event = kept(batch, "event");
	passage->delivery.allowance = &passage->allowance;
	passage->allowance = allowance_new(batch->gate.settings, false);
	passage->entry.key = kept(batch, "key");
	passage->entry.begun = true;
	passage->name = kept(batch, "name");
	passage->name_kind = json_flag(batch->head, "byContent", false) ? MARK_CONTENT : MARK_ID;
	passage->signed_name = kept(batch, "signedName");
	if (id_read(json_string(batch->head, "replayOf"), &passage->entry.replay_of))
		passage->origin = ORIGIN_LOG;
	endpoint_read(batch->arena, batch->call.view.request.path, &passage->endpoint, txn_error(txn));
	read_progress(txn, batch);
	if (sealed_open(txn, batch->arena, json_string(batch->head, "body"),
	        &passage->request.body))
		read_payload(txn, batch);
	else
		txn_fail(txn, FAULT_INTERNAL, "its first %zu items were carried out, the others "
		    "are lost: its body was sealed by another secret.key", batch->batch.next);
}

struct gate_batch *
gate_batch_open(struct gate *gate, const struct id *id)
{
	struct gate_batch *batch = calloc(1, sizeof *batch);
	struct opening opening = { .batch = batch, .wanted = id };
	struct error *error;

	if (batch == NULL)
		abort();
	error = &batch->error;
	batch->shared = gate;
	batch->arena = arena_new();
	batch->scratch = arena_new();
	batch->gate = *gate;
	batch->gate.arena = batch->arena;
	batch->call.view.verb = VERB_DELIVER;
	store_run(gate->store, STORE_READ, batch->arena, open_batch, &opening, error);
	batch->next = gate->batches;
	gate->batches = batch;
	if (!opening.found || error->fault == FAULT_STORE_UNAVAILABLE)
		gate_batch_close(&batch);
	return batch;
}

struct id
gate_batch_id(const struct gate_batch *batch)
{
	return batch->call.view.id;
}

/* Slices */

/* The values that the rule masks now are looked for once, among all items: that takes
 * time in proportion to the body. */
static void
find_masked(struct gate_batch *batch, const struct mask *mask)
{
	struct buf named = { 0 };

	for (size_t i = 0; i < mask->count; i++) {
		buf_span(&named, mask->parameters[i]);
		buf_putc(&named, '\0');
	}
	buf_span(&named, mask->each);
	if (!span_eq(batch->mask, buf_bytes(&named))) {
		batch->mask = arena_copy(batch->arena, buf_bytes(&named));
		mask_find(batch->arena, mask, batch->passage->delivery.payload,
		    &batch->passage->delivery.masked);
	}
	buf_free(&named);
}

/* The rule as it is now: it may have been changed, or removed, since the last slice. */
static bool
take_listener(struct txn *txn, struct gate_batch *batch)
{
	struct passage *passage = batch->passage;
	const struct endpoint *endpoint = &passage->endpoint;
	struct listener *gone;
	const struct listener *listener = listener_load(txn, passage->request.type,
	    endpoint->project, endpoint->key);

	if (listener == NULL && txn_ok(txn)) {
		gone = arena_alloc(batch->scratch, sizeof *gone);
		gone->project = endpoint->project;
		gone->key = endpoint->key;
		gone->full_name = doc_name(batch->scratch, endpoint->project, endpoint->key);
		gone->type = listener_type(passage->request.type);
		gone->each = json_string(batch->head, "each");
		/* What it masked is not known any more. */
		gone->keep_body_bytes = 0;
		listener_take(&passage->delivery, gone);
		return false;
	}
	listener_take(&passage->delivery, listener);
	if (listener != NULL)
		find_masked(batch, &listener->mask);
	return listener != NULL;
}

static void
write_progress(struct txn *txn, struct gate_batch *batch, const struct batch *before)
{
	struct arena *arena = batch->scratch;
	const struct batch *state = &batch->batch;
	const struct allowance *allowance = &batch->passage->allowance;
	struct json_object *row = json_new_object(arena);
	size_t items = before->items.n +
	    (before->items.n > 0 && state->items.n > before->items.n);
	size_t failures = before->failures.n +
	    (before->failures.n > 0 && state->failures.n > before->failures.n);

	json_set_int(row, "next", (int64_t)state->next);
	json_set_int(row, "applied", (int64_t)state->applied);
	json_set_int(row, "filtered", (int64_t)state->filtered);
	json_set_int(row, "failed", (int64_t)state->failed);
	json_set_int(row, "untold", (int64_t)state->untold);
	json_set_int(row, "untoldFailures", (int64_t)state->untold_failures);
	json_set_int(row, "targets", allowance->targets);
	json_set_int(row, "parcels", allowance->parcels);
	json_set_int(row, "filterSteps", (int64_t)allowance->filter_steps);
	json_set_text(row, "items", (struct span){ state->items.p + items,
		state->items.n - items });
	json_set_text(row, "failures", (struct span){ state->failures.p + failures,
		state->failures.n - failures });
	table_put(txn, TABLE_META, row_key(arena, &batch->call.view.id, &state->next),
	    json_write(arena, row));
}

static void
remove_rows(struct txn *txn, struct gate_batch *batch)
{
	struct walk *walk = walk_open(txn, TABLE_META,
	    row_key(batch->scratch, &batch->call.view.id, NULL), SPAN(""), false);
	struct span key;

	while (walk_next(walk, &key, NULL))
		table_del(txn, TABLE_META, arena_copy(batch->scratch, key));
	walk_close(&walk);
}

/* The last slice: the entry as it stays, and nothing else. */
static void
end_batch(struct txn *txn, struct gate_batch *batch)
{
	struct passage *passage = batch->passage;

	if (batch->error.fault != FAULT_NONE) {
		passage->outcome.fault = batch->error.fault;
		passage->outcome.detail = batch->error.detail;
		answer_delivery(passage->reply, &passage->delivery, &passage->outcome);
	} else {
		gate_batch_answer(passage, &batch->batch);
	}
	gate_record(txn, passage);
	remove_rows(txn, batch);
	/* What has failed, or did nothing, may come again. */
	if (passage->outcome.fault != FAULT_NONE)
		gate_forget(txn, passage);
	batch->done = true;
}

struct slice {
	struct gate_batch *batch;
	const struct batch *before;
};

static void
run_slice(struct txn *txn, void *arg)
{
	struct slice *slice = arg;
	struct gate_batch *batch = slice->batch;
	struct passage *passage = batch->passage;
	struct batch *state = &batch->batch;
	bool there = take_listener(txn, batch);

	passage->delivery.base_url = gate_base_url(txn, passage);
	while (state->next < state->count && batch->error.fault == FAULT_NONE && txn_ok(txn)) {
		struct json_object *payload = json_at(batch->items, state->next);
		struct delivery none = { .payload = payload };
		struct outcome removed = { FAULT_UNKNOWN_LISTENER,
			(char[]){ "the listener was removed meanwhile" }, &none };

		if (there)
			gate_batch_item(txn, passage, state, payload);
		else
			gate_batch_count(passage, state, &removed);
		if (text_clock() >= batch->until)
			break;
	}
	if (!txn_ok(txn))
		return;
	if (state->next == state->count || batch->error.fault != FAULT_NONE)
		end_batch(txn, batch);
	else
		write_progress(txn, batch, slice->before);
}

/* As it was before a slice that was undone; the buffers may have been moved. */
static void
take_back(struct batch *state, const struct batch *before)
{
	struct buf items = state->items, failures = state->failures;

	*state = *before;
	state->items = items;
	state->failures = failures;
	state->items.n = before->items.n;
	state->failures.n = before->failures.n;
}

bool
gate_batch_step(struct gate_batch *batch, int64_t until, struct reply *reply)
{
	struct passage *passage = batch->passage;
	struct batch before = batch->batch;
	struct allowance allowance = passage->allowance;
	struct slice slice = { batch, &before };
	struct error error = { 0 };

	arena_reset(batch->scratch);
	batch->until = until;
	passage->reply = reply;
	passage->delivery.arena = batch->scratch;
	if (!store_has_room(batch->gate.store))
		error_set(&error, FAULT_DISK_FULL, "there is too little room on the disk; the "
		    "delivery is carried out to its end as soon as there is more");
	if (error.fault != FAULT_NONE || !store_run(batch->gate.store, STORE_WRITE,
	        batch->scratch, run_slice, &slice, &error)) {
		take_back(&batch->batch, &before);
		passage->allowance = allowance;
		reply_problem(reply, error.fault, fault_info(error.fault)->status,
		    batch->call.view.id, error.detail);
		reply->fault = passage->outcome.fault = error.fault;
		reply->logged = true;
		gate_end(passage);
		return true;
	}
	reply->logged = true;
	if (batch->done)
		gate_end(passage);
	return batch->done;
}

void
gate_batch_close(struct gate_batch **batch_p)
{
	struct gate_batch *batch = *batch_p, **link;

	if (batch == NULL)
		return;
	for (link = &batch->shared->batches; *link != batch; link = &(*link)->next)
		;
	*link = batch->next;
	gate_batch_free(&batch->batch);
	arena_free(&batch->scratch);
	arena_free(&batch->arena);
	free(batch);
	*batch_p = NULL;
}
