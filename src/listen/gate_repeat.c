/* SPDX-License-Identifier: ISC */
/*
 * Has this delivery come before? What tells it from others is what it is about,
 * the target that its path names and its body; a name that the sender gives it, or
 * what was signed, is only how it is found again.
 */
#include "listen/gate_private.h"

#include "base/json.h"
#include "base/settings.h"
#include "listen/listener.h"
#include "store/store.h"

#include <string.h>

/* Only where repeats are told apart: a hash costs more than most of what is done here. */
static const unsigned char *
body_hash(struct passage *passage)
{
	if (!passage->hashed)
		secret_sha256(passage->request.body, passage->body_hash);
	passage->hashed = true;
	return passage->body_hash;
}

/* The hash in hex, and "/" and the target where the path names one. */
static struct span
name_of(struct passage *passage, const unsigned char *hash)
{
	struct arena *arena = passage->delivery.arena;
	struct span target = passage->endpoint.target;
	struct span hex = secret_hex(arena, (struct span){ (const char *)hash,
	    SECRET_SHA256_SIZE });

	return target.p == NULL ? hex : span_of(arena_join(arena, hex, SPAN("/"), target));
}

/* What is compared: without a target the hash of the body itself. */
static void
content_hash(struct passage *passage, unsigned char out[SECRET_SHA256_SIZE])
{
	if (passage->endpoint.target.p != NULL)
		secret_sha256(name_of(passage, body_hash(passage)), out);
	else
		memcpy(out, body_hash(passage), SECRET_SHA256_SIZE);
}

/* What names this delivery for its sender. */
static struct span
sender_key(struct passage *passage)
{
	struct delivery *delivery = &passage->delivery;
	const struct sender *sender = delivery->listener->sender;
	struct span key = SPAN("");

	if (sender != NULL) {
		key = sender_delivery_id(sender, &passage->request, delivery->payload,
		    delivery->arena);
		delivery->event = sender_event(sender, &passage->request, delivery->payload,
		    delivery->arena);
	}
	return key.n > 0 ? key : sender_id_text(request_header(&passage->request,
	    "idempotency-key"), delivery->arena);
}

/* By what it is found again. */
static void
name_delivery(struct passage *passage)
{
	struct delivery *delivery = &passage->delivery;
	const struct listener *listener = delivery->listener;
	const struct sender_proof *proof = &delivery->proof;
	unsigned char hash[SECRET_SHA256_SIZE];

	passage->entry.key = passage->name = sender_key(passage);
	/* A repeat of it may be written in another order. */
	if (listener->sender != NULL && sender_id_made(listener->sender, &passage->request,
	        delivery->payload, delivery->arena, passage->body_hash))
		passage->hashed = true;
	passage->name_kind = MARK_ID;
	if (passage->name.n == 0 && listener->repeat_window > 0) {
		passage->name_kind = MARK_CONTENT;
		passage->name = name_of(passage, body_hash(passage));
	}
	if (!proof->once || sender_id_in_body(listener->sender, delivery->payload,
	        delivery->arena))
		return;
	/* Of a signed empty body nothing can be told. */
	if (proof->count == 1 && proof->parts[0].n == 0)
		return;
	if (proof->count == 1 && span_eq(proof->parts[0], passage->request.body)) {
		passage->signed_name = name_of(passage, body_hash(passage));
		return;
	}
	secret_sha256_parts(proof->parts, proof->count, hash);
	passage->signed_name = name_of(passage, hash);
}

/* A mark of a store before kinds does not tell the path; the log may. */
static bool
same_target(struct passage *passage, struct json_object *first)
{
	struct endpoint before;
	struct error error = { 0 };
	struct span now = passage->endpoint.target;

	if (first == NULL || !endpoint_read(passage->delivery.arena, json_string(first, "path"),
	        &before, &error))
		return true;
	return (before.target.p == NULL) == (now.p == NULL) &&
	    (now.p == NULL || span_eq(before.target, now));
}

static bool
same_content(struct passage *passage, const struct journal_mark *mark,
    struct json_object *first)
{
	unsigned char hash[SECRET_SHA256_SIZE];

	if (mark->old)
		return memcmp(mark->hash, body_hash(passage), sizeof hash) == 0 &&
		    same_target(passage, first);
	content_hash(passage, hash);
	return memcmp(mark->hash, hash, sizeof hash) == 0;
}

static void
answer_duplicate(struct passage *passage, const struct journal_mark *mark,
    struct json_object *first)
{
	struct delivery *delivery = &passage->delivery;
	char id[ID_TEXT_SIZE];

	if (first == NULL) { /* the log has forgotten it before the mark */
		first = json_new_object(delivery->arena);
		json_set_text(first, "id", span_of(id_text(mark->delivery, id)));
		json_set_text(first, "outcome", span_of(fault_info(FAULT_NONE)->code));
		json_set_text(first, "listener", delivery->listener->full_name);
		json_set_text(first, "type", span_of(delivery->listener->type->name));
	}
	passage->entry.repeat_of = mark->delivery;
	passage->outcome.fault = FAULT_DUPLICATE;
	passage->reply->status = listener_status(delivery->listener, FAULT_DUPLICATE);
	answer_again(passage->reply, delivery->arena, first, true);
	passage->settled = true;
}

bool
gate_is_unfinished(struct json_object *entry)
{
	return span_is(json_string(entry, "outcome"), fault_info(FAULT_UNFINISHED)->code);
}

/* The first has come in, and is carried out still: there is no answer yet. */
static bool
is_under_way(struct txn *txn, struct passage *passage, struct json_object *first,
    const char *id)
{
	if (!gate_is_unfinished(first))
		return false;
	passage->wait = 1;
	txn_fail(txn, FAULT_BUSY, "delivery %s, which this one repeats, is being carried out; "
	    "its answer will be that of this one", id);
	return true;
}

/* The same name: the same delivery, or a mistake of the sender. */
static bool
is_known_name(struct txn *txn, struct passage *passage)
{
	struct delivery *delivery = &passage->delivery;
	struct journal_mark mark;
	struct json_object *first;
	char id[ID_TEXT_SIZE];

	if (passage->name.n == 0 || !journal_mark_find(txn, delivery->listener->full_name,
	        passage->name_kind, passage->name, delivery->now, &mark))
		return false;
	first = journal_load(txn, mark.delivery);
	id_text(mark.delivery, id);
	if (same_content(passage, &mark, first)) {
		if (is_under_way(txn, passage, first, id))
			return false;
		delivery_step(delivery, "duplicate", STEP_OK, "applied before as %s", id);
		answer_duplicate(passage, &mark, first);
		return true;
	}
	/* An old mark of a body says less than is asked now. */
	if (passage->name_kind == MARK_CONTENT)
		return false;
	delivery_step(delivery, "duplicate", STEP_FAILED,
	    "delivery %s came with the same id and another body or path", id);
	return txn_fail(txn, FAULT_ID_REUSED,
	    "delivery %s came with this id and another body or path", id);
}

/* The same signed text under another id, which was not signed. */
static bool
is_played_again(struct txn *txn, struct passage *passage)
{
	struct delivery *delivery = &passage->delivery;
	struct journal_mark mark;
	struct json_object *first;
	char id[ID_TEXT_SIZE];

	if (!txn_ok(txn) || passage->signed_name.n == 0 || !journal_mark_find(txn,
	        delivery->listener->full_name, MARK_SIGNED, passage->signed_name,
	        delivery->now, &mark))
		return false;
	first = journal_load(txn, mark.delivery);
	if (is_under_way(txn, passage, first, id_text(mark.delivery, id)))
		return false;
	delivery_step(delivery, "duplicate", STEP_OK, "what was signed came before as %s: the "
	    "same under another id, which %s does not sign", id,
	    sender_name(delivery->listener->sender));
	answer_duplicate(passage, &mark, first);
	return true;
}

bool
gate_is_repeat(struct txn *txn, struct passage *passage)
{
	if (passage->origin != ORIGIN_SENDER)
		return false;
	name_delivery(passage);
	return is_known_name(txn, passage) || is_played_again(txn, passage);
}

static void
add_mark(struct txn *txn, struct passage *passage, enum mark_kind kind, struct span name,
    int64_t life)
{
	const struct delivery *delivery = &passage->delivery;
	struct journal_mark mark = { .delivery = delivery->id };

	if (name.n == 0)
		return;
	content_hash(passage, mark.hash);
	journal_mark_add(txn, delivery->listener->full_name, kind, name, &mark,
	    delivery->now + life);
}

void
gate_remember(struct txn *txn, struct passage *passage)
{
	enum fault outcome = passage->outcome.fault;
	int64_t life = passage->gate->settings->duplicates;
	char original[ID_TEXT_SIZE];

	if (outcome == FAULT_DUPLICATE || outcome == FAULT_FILTERED)
		return;
	if (passage->origin == ORIGIN_LOG) {
		/* One that was kept once more without acting is still to be carried out. */
		if (outcome != FAULT_CAPTURED)
			add_mark(txn, passage, MARK_REPLAY, span_of(id_text(
			    passage->entry.replay_of, original)), life);
		return;
	}
	add_mark(txn, passage, passage->name_kind, passage->name,
	    passage->name_kind == MARK_CONTENT ? passage->delivery.listener->repeat_window : life);
	add_mark(txn, passage, MARK_SIGNED, passage->signed_name, life);
}

static void
drop_mark(struct txn *txn, struct passage *passage, enum mark_kind kind, struct span name)
{
	if (name.n > 0)
		journal_mark_drop(txn, passage->delivery.listener_name, kind, name,
		    passage->delivery.id);
}

void
gate_forget(struct txn *txn, struct passage *passage)
{
	char original[ID_TEXT_SIZE];

	if (passage->origin == ORIGIN_LOG) {
		drop_mark(txn, passage, MARK_REPLAY,
		    span_of(id_text(passage->entry.replay_of, original)));
		return;
	}
	drop_mark(txn, passage, passage->name_kind, passage->name);
	drop_mark(txn, passage, MARK_SIGNED, passage->signed_name);
}
