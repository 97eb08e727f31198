/* SPDX-License-Identifier: ISC */
/* From a listener's document to what the gate needs at every delivery. */
#include "listen/listener.h"

#include "base/json.h"
#include "base/secret.h"
#include "base/zone.h"
#include "community/saved_filter.h"
#include "http/challenge.h"
#include "listen/make_target.h"
#include "record/doc_check.h"
#include "record/sealed.h"
#include "store/store.h"

static struct span
kept(struct arena *arena, struct json_object *doc, const char *member)
{
	return arena_copy(arena, json_string(doc, member));
}

static int64_t
kept_time(struct json_object *doc, const char *member)
{
	int64_t at;

	return text_time(json_string(doc, member), &at) ? at : 0;
}

static void
compile_sender(struct txn *txn, struct arena *arena, struct json_object *doc,
    struct listener *listener)
{
	struct json_object *sealed = json_get(doc, "sealed");
	struct error error = { 0 };

	if (json_get(doc, "sender") == NULL)
		return;
	listener->sender = sender_compile(arena, json_get(doc, "sender"), &error);
	if (listener->sender == NULL) {
		txn_fail(txn, FAULT_INTERNAL, "listener %s: %s", listener->full_name.p,
		    error.detail);
		return;
	}
	listener->secrets = arena_alloc(arena,
	    (json_count(sealed) + 1) * sizeof *listener->secrets);
	for (size_t i = 0; i < json_count(sealed); i++) {
		struct json_object *entry = json_at(sealed, i);
		struct sender_secret *secret = &listener->secrets[listener->secret_count];

		if (!sealed_open(txn, arena, json_string(entry, "box"), &secret->secret)) {
			txn_fail(txn, FAULT_SECRET_UNREADABLE, "listener %s: a secret cannot be "
			    "opened: %s", listener->full_name.p, sealed_why(txn));
			return;
		}
		secret->until = kept_time(entry, "until");
		listener->secret_count++;
	}
}

/* What the document says, else what its sender does. */
static void
compile_zone(struct txn *txn, struct arena *arena, struct json_object *doc,
    struct listener *listener)
{
	struct span name = json_string(doc, "zone");

	if (name.n == 0 && listener->sender != NULL && sender_zone(listener->sender) != NULL)
		name = span_of(sender_zone(listener->sender));
	if (name.n == 0)
		return;
	listener->zone = zone_load(arena, name);
	if (listener->zone == NULL)
		txn_fail(txn, FAULT_INTERNAL, "listener %s: the time zone %.*s is gone from this "
		    "system", listener->full_name.p, (int)name.n, name.p);
}

static void
compile_target(struct arena *arena, struct json_object *doc, struct listener *listener)
{
	struct json_object *target = json_get(doc, "target");
	struct span missing = json_string(target, "missing"), many = json_string(target, "many");

	listener->match = kept(arena, target, "match");
	if (listener->match.n == 0)
		listener->match = SPAN("id");
	listener->parameter = kept(arena, target, "parameter");
	listener->miss = span_is(missing, "skip") ? TARGET_SKIP
	    : span_is(missing, "create") ? TARGET_CREATE : TARGET_REFUSE;
	if (listener->miss == TARGET_CREATE)
		listener->making = making_compile(arena, doc);
	listener->many = span_is(many, "all") ? TARGET_ALL
	    : span_is(many, "first") ? TARGET_FIRST : TARGET_AMBIGUOUS;
}

static void
compile_ack(struct json_object *doc, struct listener *listener)
{
	struct json_object *ack = json_get(doc, "ack");

	for (int fault = 0; fault < FAULT__MAX; fault++)
		listener->ack[fault] = (int)json_integer(ack,
		    fault_info((enum fault)fault)->code, 0);
}

static void
compile_limits(struct arena *arena, struct json_object *doc, struct listener *listener)
{
	listener->limits = throttle_limits_of(doc);
	listener->keep_body_bytes = json_integer(doc, "keepBody", -1);
	listener->mask.each = listener->each;
	listener->mask.parameters = doc_list_spans(arena, json_get(doc, "mask"),
	    &listener->mask.count);
	if (!text_duration(json_string(doc, "repeatWindow"), &listener->repeat_window))
		listener->repeat_window = 0;
}

struct listener *
listener_compile(struct txn *txn, struct arena *arena, struct json_object *doc)
{
	struct listener *listener = arena_alloc(arena, sizeof *listener);
	struct filter_error error;
	struct saved_scope scope;

	/* The document may be held by the compiled rule: it lives in its arena. */
	doc = json_copy(arena, doc);
	listener->project = kept(arena, doc, "project");
	listener->key = kept(arena, doc, "key");
	listener->full_name = doc_name(arena, listener->project, listener->key);
	listener->type = listener_type(json_string(doc, "type"));
	if (listener->type == NULL || !record_by_name(json_string(doc, "automation"),
	        &listener->record)) {
		txn_fail(txn, FAULT_INTERNAL, "listener %s has a type that this program does "
		    "not know", listener->full_name.p);
		return NULL;
	}
	listener->name = kept(arena, doc, "name");
	listener->enabled = json_flag(doc, "enabled", true);
	listener->cut = span_is(json_string(doc, "long"), "cut");
	listener->read_as_json = span_is(json_string(doc, "body"), "json");
	listener->duplicates_last = span_is(json_string(doc, "duplicates"), "last");
	listener->capture = json_flag(doc, "capture", false);
	listener->expires = kept_time(doc, "expires");
	listener->api_key = kept(arena, doc, "apiKey");
	listener->each = kept(arena, doc, "each");
	listener->each_atomic = span_is(json_string(doc, "batch"), "atomic");
	listener->event_time = kept(arena, doc, "eventTime");
	compile_sender(txn, arena, doc, listener);
	compile_zone(txn, arena, doc, listener);
	if (json_get(doc, "challenge") != NULL)
		listener->challenge = challenge_compile(arena, json_get(doc, "challenge"));
	compile_target(arena, doc, listener);
	listener->allow = doc_list_networks(arena, json_get(doc, "allow"),
	    &listener->allow_count);
	compile_ack(doc, listener);
	compile_limits(arena, doc, listener);
	listener->filter_source = kept(arena, doc, "filter");
	scope = (struct saved_scope){ .project = listener->project,
		.record = listener->record };
	if (listener->filter_source.n > 0 &&
	    (listener->filter = saved_compile(txn, arena, &scope, NULL, listener->filter_source,
	        &error)) == NULL)
		txn_fail(txn, FAULT_INTERNAL, "listener %s: filter: %s",
		    listener->full_name.p, error.text);
	if (txn_ok(txn) && !listener->capture)
		listener->rule = listener->type->compile(txn, arena, doc);
	if (txn_ok(txn))
		parameters_compile(arena, listener);
	return txn_ok(txn) ? listener : NULL;
}
