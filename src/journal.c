/* SPDX-License-Identifier: ISC */
#include "journal.h"

#include "buf.h"
#include "json.h"
#include "listener.h"
#include "settings.h"
#include "store.h"
#include "table.h"
#include "text.h"

#include <string.h>

static const char *const verdicts[] = {
	[STEP_OK] = "ok", [STEP_SKIPPED] = "skipped", [STEP_FAILED] = "failed",
};

static struct span
list_key(struct arena *arena, struct span listener, const struct id *id)
{
	size_t n = listener.n + 1 + (id != NULL ? sizeof id->b : 0);
	char *key = arena_alloc(arena, n);

	memcpy(key, listener.p, listener.n);
	if (id != NULL)
		memcpy(key + listener.n + 1, id->b, sizeof id->b);
	return (struct span){ key, n };
}

void
journal_steps(struct jsonout *out, const struct delivery *delivery)
{
	json_open(out, '[');
	for (const struct step *step = delivery->steps; step != NULL; step = step->next) {
		json_open(out, '{');
		json_member(out, "step", span_of(step->name));
		json_member(out, "verdict", span_of(verdicts[step->verdict]));
		if (step->sentence.n > 0)
			json_member(out, "text", step->sentence);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
write_entry(struct jsonout *out, struct delivery *delivery,
    const struct journal_entry *entry)
{
	const struct listener *listener = delivery->listener;
	char text[ID_TEXT_SIZE], at[TEXT_TIME_SIZE];
	struct span hash = secret_hex(delivery->arena,
	    (struct span){ (const char *)entry->body_hash, sizeof entry->body_hash });
	static const struct id none;

	json_open(out, '{');
	json_member(out, "kind", SPAN("delivery"));
	json_member(out, "id", span_of(id_text(delivery->id, text)));
	json_member(out, "at", span_of(text_time_write(delivery->now, at)));
	json_member(out, "listener", listener->full_name);
	json_member(out, "type", span_of(listener->type->name));
	json_member(out, "outcome", span_of(fault_info(entry->outcome)->code));
	json_key(out, "status");
	json_int(out, entry->status);
	json_member(out, "address", delivery->request->address);
	if (delivery->api_key.n > 0)
		json_member(out, "apiKey", delivery->api_key);
	if (entry->key.n > 0)
		json_member(out, "key", entry->key);
	if (delivery->event.n > 0)
		json_member(out, "event", delivery->event);
	if (delivery->target.id.n > 0) {
		json_key(out, "target");
		json_open(out, '{');
		json_member(out, "kind", span_of(record_name(delivery->target.record)));
		json_member(out, "id", delivery->target.id);
		json_close(out, '}');
	}
	json_member(out, "path", delivery->request->path);
	json_member(out, "contentType", delivery->request->content_type);
	json_key(out, "bodyBytes");
	json_int(out, (int64_t)delivery->request->body.n);
	json_member(out, "bodySha256", hash);
	if (memcmp(&entry->replay_of, &none, sizeof none) != 0)
		json_member(out, "replayOf", span_of(id_text(entry->replay_of, text)));
	json_key(out, "steps");
	journal_steps(out, delivery);
	json_member(out, "answer", entry->answer);
	json_close(out, '}');
}

void
journal_add(struct txn *txn, struct delivery *delivery, const struct journal_entry *entry)
{
	struct buf buf = { 0 };
	struct jsonout out = json_to(&buf);
	struct span body = delivery->request->body;
	struct span outcome = span_of(fault_info(entry->outcome)->code);

	write_entry(&out, delivery, entry);
	table_put(txn, TABLE_DELIVERY, id_span(&delivery->id), buf_bytes(&buf));
	buf_free(&buf);
	table_put(txn, TABLE_BYLIST,
	    list_key(txn_arena(txn), delivery->listener->full_name, &delivery->id), outcome);
	if (entry->keep_bytes >= 0 && body.n > (size_t)entry->keep_bytes)
		body.n = (size_t)entry->keep_bytes;
	if (body.n > 0)
		table_put(txn, TABLE_BODY, id_span(&delivery->id), body);
}

struct json_object *
journal_load(struct txn *txn, struct id id)
{
	struct span text;

	return table_get(txn, TABLE_DELIVERY, id_span(&id), &text)
	    ? json_load(txn_arena(txn), text) : NULL;
}

bool
journal_body(struct txn *txn, struct id id, struct span *body_r)
{
	return table_get(txn, TABLE_BODY, id_span(&id), body_r);
}

bool
journal_has(struct txn *txn, struct id id)
{
	return table_has(txn, TABLE_DELIVERY, id_span(&id));
}

/* A mark: delivery id, body hash, end of its life (µs, big-endian). */
#define MARK_SIZE (16 + SECRET_SHA256_SIZE + 8)

static struct span
mark_key(struct arena *arena, struct span listener, struct span key)
{
	unsigned char hash[SECRET_SHA256_SIZE];
	size_t n = listener.n + 1 + 16;
	char *out = arena_alloc(arena, n);

	/* Senders' ids may be long; half a SHA-256 names them well enough. */
	secret_sha256(key, hash);
	memcpy(out, listener.p, listener.n);
	memcpy(out + listener.n + 1, hash, 16);
	return (struct span){ out, n };
}

bool
journal_mark_find(struct txn *txn, struct span listener, struct span key, int64_t now,
    struct journal_mark *mark_r)
{
	struct span value;
	uint64_t until = 0;

	if (!table_get(txn, TABLE_DEDUP, mark_key(txn_arena(txn), listener, key), &value) ||
	    value.n != MARK_SIZE)
		return false;
	memcpy(mark_r->delivery.b, value.p, 16);
	memcpy(mark_r->body_hash, value.p + 16, SECRET_SHA256_SIZE);
	for (size_t i = MARK_SIZE - 8; i < MARK_SIZE; i++)
		until = until << 8 | (unsigned char)value.p[i];
	return (int64_t)until > now;
}

void
journal_mark_add(struct txn *txn, struct span listener, struct span key,
    const struct journal_mark *mark, int64_t until)
{
	char value[MARK_SIZE];

	memcpy(value, mark->delivery.b, 16);
	memcpy(value + 16, mark->body_hash, SECRET_SHA256_SIZE);
	for (int i = 0; i < 8; i++)
		value[MARK_SIZE - 1 - i] = (char)(until >> (8 * i));
	table_put(txn, TABLE_DEDUP, mark_key(txn_arena(txn), listener, key),
	    (struct span){ value, sizeof value });
}

static bool
outcome_matches(struct span wanted, struct span outcome)
{
	enum fault fault;

	if (wanted.n == 0 || span_eq(wanted, outcome))
		return true;
	if (!span_is(wanted, "failed"))
		return false;
	for (fault = FAULT_NONE; fault < FAULT__MAX; fault++)
		if (span_is(outcome, fault_info(fault)->code))
			return !fault_info(fault)->settled;
	return false;
}

/* Every delivery, newest first. */
static struct json_object *
next_of_all(struct txn *txn, const struct journal_query *query, struct span after,
    struct span *position_r)
{
	struct id last = query->until > 0 ? id_of_time(query->until) : (struct id){ { 0 } };
	struct span from = after.n > 0 ? after
	    : query->until > 0 ? id_span(&last) : SPAN("");
	struct walk *walk = walk_open(txn, TABLE_DELIVERY, SPAN(""), from, true);
	struct json_object *found = NULL;
	struct span key, value;

	while (found == NULL && walk_next(walk, &key, &value)) {
		struct id id;

		if (key.n != sizeof id.b || (after.n > 0 && span_eq(key, after)))
			continue;
		memcpy(id.b, key.p, sizeof id.b);
		if (query->since > 0 && id_time(id) < query->since)
			break;
		*position_r = arena_copy(txn_arena(txn), key);
		found = json_load(txn_arena(txn), arena_copy(txn_arena(txn), value));
		if (found != NULL && !outcome_matches(query->outcome, json_string(found, "outcome")))
			found = NULL;
	}
	walk_close(&walk);
	return found;
}

/* One listener's, newest first, by its own index. */
static struct json_object *
next_of_listener(struct txn *txn, const struct journal_query *query, struct span after,
    struct span *position_r)
{
	struct arena *arena = txn_arena(txn);
	struct span prefix = list_key(arena, query->listener, NULL);
	struct id last = id_of_time(query->until > 0 ? query->until : 0);
	struct span from = after.n > 0 ? after
	    : query->until > 0 ? list_key(arena, query->listener, &last) : SPAN("");
	struct walk *walk = walk_open(txn, TABLE_BYLIST, prefix, from, true);
	struct json_object *found = NULL;
	struct span key, outcome;

	while (found == NULL && walk_next(walk, &key, &outcome)) {
		struct id id;

		if (key.n != prefix.n + sizeof id.b || (after.n > 0 && span_eq(key, after)))
			continue;
		memcpy(id.b, key.p + prefix.n, sizeof id.b);
		if (query->since > 0 && id_time(id) < query->since)
			break;
		if (!outcome_matches(query->outcome, outcome))
			continue;
		*position_r = arena_copy(arena, key);
		found = journal_load(txn, id);
	}
	walk_close(&walk);
	return found;
}

struct json_object *
journal_next(struct txn *txn, const struct journal_query *query, struct span after,
    struct span *position_r)
{
	return query->listener.n > 0 ? next_of_listener(txn, query, after, position_r)
	                             : next_of_all(txn, query, after, position_r);
}

static struct json_object *
kind_next(struct txn *txn, struct span after, struct span *position_r)
{
	struct walk *walk = walk_open(txn, TABLE_DELIVERY, SPAN(""), after, false);
	struct json_object *found = NULL;
	struct span key, value;

	while (found == NULL && walk_next(walk, &key, &value)) {
		if (after.n > 0 && span_eq(key, after))
			continue;
		*position_r = arena_copy(txn_arena(txn), key);
		found = json_load(txn_arena(txn), arena_copy(txn_arena(txn), value));
	}
	walk_close(&walk);
	return found;
}

static struct json_object *
kind_get(struct txn *txn, struct span name)
{
	struct id id;

	return id_read(name, &id) ? journal_load(txn, id) : NULL;
}

const struct kind kind_delivery = {
	.name = "delivery", .order = 200, .get = kind_get, .next = kind_next,
};
