/* SPDX-License-Identifier: ISC */
#include "listen/journal.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/json_document.h"
#include "base/settings.h"
#include "base/text.h"
#include "listen/listener.h"
#include "store/key.h"
#include "store/store.h"
#include "store/table.h"

#include <string.h>

/* Longer bodies have a row of their own. */
#define SHORT_BODY 1024
#define ROW_USUAL 2048 /* bytes: what most entries with their bodies take */

static const char *const verdicts[] = {
	[STEP_OK] = "ok", [STEP_SKIPPED] = "skipped", [STEP_FAILED] = "failed",
};

struct span
journal_list_key(struct arena *arena, struct span listener, const struct id *id)
{
	struct keybuf key;

	key_begin(&key);
	key_text(&key, listener);
	if (id != NULL)
		key_id(&key, *id);
	return key_keep(&key, arena);
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

/* As stored: short arrays, since every delivery pays for every byte twice. What
 * every admitted delivery does alike is told again from the entry (tell_steps()). */
static void
write_steps(struct jsonout *out, const struct delivery *delivery)
{
	json_key(out, "steps");
	json_open(out, '[');
	for (const struct step *step = delivery->steps; step != NULL; step = step->next) {
		json_open(out, '[');
		json_text(out, span_of(step->name));
		json_int(out, step->verdict);
		json_text(out, step->sentence);
		json_close(out, ']');
	}
	json_close(out, ']');
}

static void
write_effects(struct jsonout *out, const struct delivery *delivery)
{
	if (delivery->effects == NULL)
		return;
	json_key(out, "actions");
	json_open(out, '[');
	for (const struct effect *effect = delivery->effects; effect != NULL;
	     effect = effect->next) {
		json_text(out, span_of(effect->action));
		json_text(out, effect->result);
	}
	json_close(out, ']');
}

static void
member_if(struct jsonout *out, const char *name, struct span value)
{
	if (value.n > 0)
		json_member(out, name, value);
}

static void
write_kept(struct jsonout *out, const struct delivery *delivery,
    const struct journal_entry *entry)
{
	const struct masked *masked = entry->masked;

	json_key(out, "bodyBytes");
	json_int(out, (int64_t)delivery->request->body.n);
	if (entry->cut) {
		json_key(out, "cut");
		json_boolean(out, true);
	}
	if (masked == NULL || masked->parameter_count == 0)
		return;
	json_key(out, "masked");
	json_open(out, '[');
	for (size_t i = 0; i < masked->parameter_count; i++)
		json_text(out, masked->parameters[i]);
	json_close(out, ']');
}

static void
write_entry(struct jsonout *out, struct delivery *delivery,
    const struct journal_entry *entry)
{
	const struct listener *listener = delivery->listener;
	static const struct id none;
	char text[ID_TEXT_SIZE];

	json_open(out, '{');
	json_member(out, "listener", listener->full_name);
	json_member(out, "type", span_of(listener->type->name));
	json_member(out, "outcome", span_of(fault_info(entry->outcome)->code));
	json_key(out, "status");
	json_int(out, entry->status);
	json_member(out, "address", delivery->request->address);
	member_if(out, "apiKey", delivery->api_key);
	member_if(out, "key", entry->key);
	member_if(out, "event", delivery->event);
	target_tell(out, &delivery->target);
	json_member(out, "path", delivery->request->path);
	if (!span_is(delivery->request->content_type, "application/json"))
		json_member(out, "contentType", delivery->request->content_type);
	write_kept(out, delivery, entry);
	if (memcmp(&entry->replay_of, &none, sizeof none) != 0)
		json_member(out, "replayOf", span_of(id_text(entry->replay_of, text)));
	if (memcmp(&entry->repeat_of, &none, sizeof none) != 0)
		json_member(out, "repeatOf", span_of(id_text(entry->repeat_of, text)));
	write_steps(out, delivery);
	write_effects(out, delivery);
	member_if(out, "detail", entry->detail);
	delivery_complaints(out, delivery);
	member_if(out, "answer", entry->answer);
	json_close(out, '}');
}

void
journal_add(struct txn *txn, struct delivery *delivery, const struct journal_entry *entry)
{
	struct buf buf = { 0 };
	struct jsonout out = json_to(&buf);
	struct span outcome = span_of(fault_info(entry->outcome)->code);
	char text[ID_TEXT_SIZE];
	bool added;

	buf_room(&buf, ROW_USUAL);
	write_entry(&out, delivery, entry);
	if (entry->body.n > 0 && entry->body.n <= SHORT_BODY) {
		buf_putc(&buf, '\0');
		buf_span(&buf, entry->body);
	}
	if (entry->begun)
		table_put(txn, TABLE_DELIVERY, id_span(&delivery->id), buf_bytes(&buf));
	added = entry->begun ||
	    table_add(txn, TABLE_DELIVERY, id_span(&delivery->id), buf_bytes(&buf));
	buf_free(&buf);
	if (added && !entry->begun)
		journal_about_add(txn, delivery->id);
	/* Ids are chosen by the callers, which are trusted with no more than that. */
	if (!added) {
		txn_fail(txn, FAULT_ID_REUSED, "the log has a delivery %s already",
		    id_text(delivery->id, text));
		return;
	}
	table_put(txn, TABLE_BYLIST,
	    journal_list_key(txn_arena(txn), delivery->listener->full_name, &delivery->id), outcome);
	if (entry->body.n > SHORT_BODY)
		table_put(txn, TABLE_BODY, id_span(&delivery->id), entry->body);
}

static void
tell_step(struct arena *arena, struct json_object *steps, struct span name,
    enum step_verdict verdict, struct span text)
{
	struct json_object *step = json_new_object(arena);

	json_set_text(step, "step", name);
	json_set_text(step, "verdict", span_of(verdicts[verdict]));
	if (text.n > 0)
		json_set_text(step, "text", text);
	json_append(steps, json_share(step));
}

/* A delivery that was let in and ended so could not be read. */
static bool
is_of_body(struct span outcome)
{
	static const enum fault faults[] = { FAULT_BAD_JSON, FAULT_BAD_FORM, FAULT_BAD_ENCODING,
		FAULT_UNSUPPORTED_MEDIA_TYPE, FAULT_TOO_LARGE };

	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
		if (span_is(outcome, fault_info(faults[i])->code))
			return true;
	return false;
}

/* What the entry says without steps: those of one that was only tried are whole. */
static void
tell_first_steps(struct arena *arena, struct json_object *steps, struct json_object *stored)
{
	if (json_string(stored, "replayOf").n > 0)
		tell_step(arena, steps, SPAN("endpoint"), STEP_OK, span_of(arena_printf(arena,
		    "replay of delivery %.*s", (int)json_string(stored, "replayOf").n,
		    json_string(stored, "replayOf").p)));
	tell_step(arena, steps, SPAN("endpoint"), STEP_OK, span_of(arena_printf(arena,
	    "%.*s listener %.*s", (int)json_string(stored, "type").n,
	    json_string(stored, "type").p, (int)json_string(stored, "listener").n,
	    json_string(stored, "listener").p)));
	if (json_string(stored, "apiKey").n > 0)
		tell_step(arena, steps, SPAN("api-key"), STEP_OK, json_string(stored, "apiKey"));
	if (is_of_body(json_string(stored, "outcome")))
		tell_step(arena, steps, SPAN("body"), STEP_FAILED, json_string(stored, "detail"));
	else
		tell_step(arena, steps, SPAN("body"), STEP_OK, span_of(arena_printf(arena,
		    "%lld bytes", (long long)json_integer(stored, "bodyBytes", 0))));
	for (size_t i = 0; i < json_count(json_get(stored, "ignored")); i++) {
		struct span name = json_span(json_at(json_get(stored, "ignored"), i));

		tell_step(arena, steps, SPAN("body"), STEP_SKIPPED, span_of(delivery_ignored_text(
		    arena, name, json_string(json_get(stored, "didYouMean"), name.p))));
	}
}

static struct json_object *
tell_steps(struct arena *arena, struct json_object *stored)
{
	struct json_object *steps = json_new_array(arena), *list = json_get(stored, "steps");

	if (!span_is(json_span(json_at(json_at(list, 0), 0)), "endpoint"))
		tell_first_steps(arena, steps, stored);
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *step = json_at(list, i);
		struct span number = json_number_text(json_at(step, 1));
		int64_t verdict = 0;

		text_integer(number, &verdict);
		tell_step(arena, steps, json_span(json_at(step, 0)),
		    verdict >= STEP_OK && verdict <= STEP_FAILED ? (enum step_verdict)verdict
		                                                 : STEP_FAILED,
		    json_span(json_at(step, 2)));
	}
	return steps;
}

static struct json_object *
tell_actions(struct arena *arena, struct json_object *list)
{
	struct json_object *actions = json_new_array(arena), *action;

	for (size_t i = 0; i + 1 < json_count(list); i += 2) {
		action = json_new_object(arena);
		json_set_text(action, "action", json_span(json_at(list, i)));
		json_set_text(action, "result", json_span(json_at(list, i + 1)));
		json_append(actions, json_share(action));
	}
	return actions;
}

struct span
journal_row_entry(struct span row)
{
	const char *end = row.n > 0 ? memchr(row.p, '\0', row.n) : NULL;

	return end == NULL ? row : (struct span){ row.p, (size_t)(end - row.p) };
}

static void
tell_as_stored(struct json_object *entry, struct json_object *stored, const char *const members[])
{
	for (size_t i = 0; members[i] != NULL; i++)
		if (json_get(stored, members[i]) != NULL)
			json_set(entry, members[i], json_share(json_get(stored, members[i])));
}

/* The stored entry as people read it. */
static struct json_object *
tell(struct arena *arena, struct id id, struct span row, bool brief)
{
	static const char *const members[] = { "listener", "type", "outcome", "status",
		"address", "apiKey", "key", "event", "target", "path", "contentType",
		"bodyBytes", "cut", "masked", "replayOf", "repeatOf", NULL };
	static const char *const rest[] = { "detail", "errors", "ignored", "didYouMean", "answer",
		NULL };
	static const char *const rest_brief[] = { "detail", "ignored", "didYouMean", NULL };
	struct json_object *stored = json_load(arena, journal_row_entry(row)), *entry;
	char buffer[ID_TEXT_SIZE], at[TEXT_TIME_SIZE];

	if (stored == NULL)
		return NULL;
	entry = json_new_object(arena);
	json_set_text(entry, "kind", SPAN("delivery"));
	json_set_text(entry, "id", span_of(id_text(id, buffer)));
	json_set_text(entry, "at", span_of(text_time_write(id_time(id), at)));
	tell_as_stored(entry, stored, members);
	if (json_get(entry, "contentType") == NULL)
		json_set_text(entry, "contentType", SPAN("application/json"));
	if (!brief) {
		json_set(entry, "steps", json_share(tell_steps(arena, stored)));
		if (json_get(stored, "actions") != NULL)
			json_set(entry, "actions", json_share(tell_actions(arena,
			    json_get(stored, "actions"))));
	}
	tell_as_stored(entry, stored, brief ? rest_brief : rest);
	return entry;
}

static struct json_object *
load(struct txn *txn, struct id id, bool brief)
{
	struct span text;

	return table_get(txn, TABLE_DELIVERY, id_span(&id), &text)
	    ? tell(txn_arena(txn), id, text, brief) : NULL;
}

struct json_object *
journal_load(struct txn *txn, struct id id)
{
	return load(txn, id, false);
}

struct json_object *
journal_load_brief(struct txn *txn, struct id id)
{
	return load(txn, id, true);
}

bool
journal_body(struct txn *txn, struct id id, struct span *body_r)
{
	struct span row, entry;

	if (!table_get(txn, TABLE_DELIVERY, id_span(&id), &row))
		return false;
	entry = journal_row_entry(row);
	if (entry.n == row.n)
		return table_get(txn, TABLE_BODY, id_span(&id), body_r);
	*body_r = (struct span){ row.p + entry.n + 1, row.n - entry.n - 1 };
	return true;
}

bool
journal_has(struct txn *txn, struct id id)
{
	return table_has(txn, TABLE_DELIVERY, id_span(&id));
}

/* A mark: delivery id, hash, end of its life (µs). */
#define MARK_SIZE (sizeof(struct id) + SECRET_SHA256_SIZE + 8)

/* Senders' names may be long; half a SHA-256 tells them apart well enough. Kind 0: as
 * before there were kinds. */
static struct span
mark_key(struct arena *arena, struct span listener, char kind, struct span name)
{
	unsigned char hash[SECRET_SHA256_SIZE];
	struct keybuf key;

	secret_sha256(name, hash);
	key_begin(&key);
	key_text(&key, listener);
	if (kind != 0)
		key_letter(&key, kind);
	key_bytes(&key, (struct span){ (const char *)hash, sizeof hash / 2 });
	return key_keep(&key, arena);
}

/* What the name was before there were kinds; p NULL: there was none. */
static struct span
old_name(struct arena *arena, enum mark_kind kind, struct span name)
{
	switch (kind) {
	case MARK_CONTENT:
		return span_of(arena_printf(arena, "body-%.*s",
		    name.n < 2 * SECRET_SHA256_SIZE ? (int)name.n : 2 * SECRET_SHA256_SIZE,
		    name.p));
	case MARK_REPLAY:
		return span_of(arena_printf(arena, "replay-%.*s", (int)name.n, name.p));
	case MARK_SIGNED:
		return (struct span){ NULL, 0 };
	default:
		return name;
	}
}

int64_t
journal_mark_until(struct span value)
{
	struct span end = { value.p + MARK_SIZE - 8, 8 };
	uint64_t until = 0;

	if (value.n == MARK_SIZE)
		key_take_unsigned(&end, &until);
	return (int64_t)until;
}

static bool
mark_read(struct txn *txn, struct span key, int64_t now, struct journal_mark *mark_r)
{
	struct span value;

	if (!table_get(txn, TABLE_DEDUP, key, &value) || value.n != MARK_SIZE ||
	    journal_mark_until(value) <= now)
		return false;
	memcpy(mark_r->delivery.b, value.p, sizeof mark_r->delivery.b);
	memcpy(mark_r->hash, value.p + sizeof mark_r->delivery.b, sizeof mark_r->hash);
	return true;
}

bool
journal_mark_find(struct txn *txn, struct span listener, enum mark_kind kind,
    struct span name, int64_t now, struct journal_mark *mark_r)
{
	struct arena *arena = txn_arena(txn);
	struct span old = old_name(arena, kind, name);

	*mark_r = (struct journal_mark){ 0 };
	if (mark_read(txn, mark_key(arena, listener, (char)kind, name), now, mark_r))
		return true;
	return mark_r->old = old.p != NULL &&
	    mark_read(txn, mark_key(arena, listener, 0, old), now, mark_r);
}

void
journal_mark_add(struct txn *txn, struct span listener, enum mark_kind kind,
    struct span name, const struct journal_mark *mark, int64_t until)
{
	struct keybuf value;

	key_begin(&value);
	key_id(&value, mark->delivery);
	key_bytes(&value, (struct span){ (const char *)mark->hash, sizeof mark->hash });
	key_unsigned(&value, (uint64_t)until);
	table_put(txn, TABLE_DEDUP, mark_key(txn_arena(txn), listener, (char)kind, name),
	    key_span(&value));
}

void
journal_mark_drop(struct txn *txn, struct span listener, enum mark_kind kind,
    struct span name, struct id delivery)
{
	struct span key = mark_key(txn_arena(txn), listener, (char)kind, name), value;

	if (table_get(txn, TABLE_DEDUP, key, &value) && value.n == MARK_SIZE &&
	    memcmp(value.p, delivery.b, sizeof delivery.b) == 0)
		table_del(txn, TABLE_DEDUP, key);
}

bool
journal_outcome_wanted(struct span wanted, struct span outcome)
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
		struct span rest = key;
		struct id id;

		if (!key_take_id(&rest, &id) || rest.n > 0 || (after.n > 0 && span_eq(key, after)))
			continue;
		if (query->since > 0 && id_time(id) < query->since)
			break;
		*position_r = arena_copy(txn_arena(txn), key);
		found = tell(txn_arena(txn), id, arena_copy(txn_arena(txn), value), query->brief);
		if (found != NULL && !journal_outcome_wanted(query->outcome, json_string(found, "outcome")))
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
	struct span prefix = journal_list_key(arena, query->listener, NULL);
	struct id last = id_of_time(query->until > 0 ? query->until : 0);
	struct span from = after.n > 0 ? after
	    : query->until > 0 ? journal_list_key(arena, query->listener, &last) : SPAN("");
	struct walk *walk = walk_open(txn, TABLE_BYLIST, prefix, from, true);
	struct json_object *found = NULL;
	struct span key, outcome;

	while (found == NULL && walk_next(walk, &key, &outcome)) {
		struct span rest = key;
		struct id id;

		if (!key_take_id(&rest, &id) || rest.n != prefix.n ||
		    (after.n > 0 && span_eq(key, after)))
			continue;
		if (query->since > 0 && id_time(id) < query->since)
			break;
		if (!journal_outcome_wanted(query->outcome, outcome))
			continue;
		*position_r = arena_copy(arena, key);
		found = load(txn, id, query->brief);
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

struct walk *
journal_brief(struct txn *txn)
{
	return walk_open_bulk(txn, TABLE_BYLIST, SPAN(""), SPAN(""));
}

bool
journal_brief_next(struct walk *walk, struct journal_brief *brief_r)
{
	struct span rest;

	do {
		if (!walk_next(walk, &rest, &brief_r->outcome))
			return false;
	} while (!key_take_id(&rest, &brief_r->id) || !key_take_text(&rest, &brief_r->listener));
	return true;
}

static struct json_object *
kind_next(struct txn *txn, struct span after, struct span *position_r)
{
	struct walk *walk = walk_open(txn, TABLE_DELIVERY, SPAN(""), after, false);
	struct json_object *found = NULL;
	struct span key, value;

	while (found == NULL && walk_next(walk, &key, &value)) {
		struct span rest = key;
		struct id id;

		if (!key_take_id(&rest, &id) || rest.n > 0 || (after.n > 0 && span_eq(key, after)))
			continue;
		*position_r = arena_copy(txn_arena(txn), key);
		found = tell(txn_arena(txn), id, arena_copy(txn_arena(txn), value), false);
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
