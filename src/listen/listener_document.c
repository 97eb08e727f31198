/* SPDX-License-Identifier: ISC */
/* The listener's document: what may stand in it, and how its secrets are kept. */
#include "listen/listener.h"

#include "base/json.h"
#include "base/pointer.h"
#include "base/secret.h"
#include "base/settings.h"
#include "base/zone.h"
#include "community/saved_filter.h"
#include "http/challenge.h"
#include "listen/make_target.h"
#include "listen/match.h"
#include "record/schema.h"
#include "record/sealed.h"
#include "record/words.h"
#include "store/store.h"

#include <string.h>

#define SECRETS_MAX 8

static const char *const automations[] = { "user", "feedback", NULL };
static const char *const batches[] = { "independent", "atomic", NULL };
static const char *const bodies[] = { "typed", "json", NULL };
static const char *const duplicates[] = { "refuse", "last", NULL };
static const char *const longs[] = { "refuse", "cut", NULL };
static const char *const missing[] = { "refuse", "skip", "create", NULL };
static const char *const many[] = { "refuse", "first", "all", NULL };

static const char *const echoes[] = { "text", "json", "hmac", "header", "show", NULL };
static const char *const encodings[] = { "hex", "base64", NULL };

static const struct member hmac_parts[] = {
	{ "name", MEMBER_LINE, MEMBER_NEEDED | MEMBER_FILLED, .label = "Name",
	    .hint = "of the member of the answer" },
	{ "prefix", MEMBER_LINE, 0, .label = "Prefix" },
	{ "encoding", MEMBER_CHOICE, 0, .label = "Encoding", .choices = encodings },
	{ .name = NULL },
};

static const struct member challenge_parts[] = {
	{ "query", MEMBER_LINE, MEMBER_FILLED, .label = "In the query",
	    .hint = "the parameter of the query that is echoed" },
	{ "parameter", MEMBER_PARAMETER, MEMBER_FILLED, .label = "In the body" },
	{ "header", MEMBER_LINE, MEMBER_FILLED, .label = "In a header" },
	{ "where", MEMBER_FIELDS, 0, .label = "Where the body has",
	    .hint = "so that other bodies are deliveries" },
	{ "verify", MEMBER_LINE, MEMBER_FILLED, .label = "A secret in the query",
	    .hint = "the parameter that must be a secret of the sender" },
	{ "as", MEMBER_CHOICE, 0, .label = "Echoed as", .choices = echoes },
	{ "name", MEMBER_LINE, MEMBER_FILLED, .label = "Under the name" },
	{ "hmac", MEMBER_OBJECT, 0, .label = "Signed", .parts = hmac_parts },
	{ .name = NULL },
};

static const struct word words_missing[] = {
	{ "Refuse the delivery", "refuse" }, { "Pass over it, as one that was filtered", "skip" },
	{ "Create one", "create" }, { NULL, NULL } };
static const struct word words_many[] = {
	{ "Refuse the delivery", "refuse" }, { "Take the first", "first" },
	{ "Act on all of them", "all" }, { NULL, NULL } };

static const struct member target_parts[] = {
	{ "match", MEMBER_STRING, MEMBER_FILLED, .label = "Found by", .asked = 1,
	    .hint = "by what the user or ticket is found: id, email, username, fields.jira …" },
	{ "parameter", MEMBER_PARAMETER, 0, .label = "Target Field", .asked = 2,
	    .hint = "the parameter that has it, such as email or /issue/key; without one it\n"
	        "stands in the URL, behind the key" },
	{ "missing", MEMBER_CHOICE, 0, .label = "If none is found", .choices = missing,
	    .words = words_missing },
	{ "create", MEMBER_OBJECT, 0, .label = "What it then gets",
	    .hint = "one that is created, each by a parameter", .parts = making_parts },
	{ "many", MEMBER_CHOICE, 0, .label = "If more are found", .choices = many,
	    .words = words_many },
	{ .name = NULL },
};

static const char *const hashes[] = { "sha1", "sha256", "sha512", NULL };
static const char *const signed_texts[] = { "body", "timestamp.body", "id.timestamp.body", NULL };
static const char *const sames[] = { "replay", "event", NULL };

/* sender_compile() checks them. */
const struct member listener_sender_parts[] = {
	{ "preset", MEMBER_STRING, 0, .label = "Sender", .offers = sender_preset_name, .asked = 1,
	    .hint = "whose signature is checked; without one only the API key counts" },
	{ "secrets", MEMBER_STRING, MEMBER_LIST | MEMBER_SECRET, .label = "Secret", .asked = 2,
	    .hint = "what the sender signs with" },
	{ "tolerance", MEMBER_INTEGER, 0, .label = "Seconds that its clock may differ" },
	{ "sameBody", MEMBER_CHOICE, 0, .label = "The same signed body again is", .choices = sames },
	{ "idHeader", MEMBER_LINE, 0, .label = "Header with the id of the delivery" },
	{ "idPointer", MEMBER_PARAMETER, 0, .label = "Parameter with the id of the delivery" },
	{ "eventHeader", MEMBER_LINE, 0, .label = "Header with the name of the event" },
	{ "eventPointer", MEMBER_PARAMETER, 0, .label = "Parameter with the name of the event" },
	{ "header", MEMBER_LINE, 0, .label = "Header of the signature" },
	{ "hash", MEMBER_CHOICE, 0, .label = "Hash", .choices = hashes },
	{ "encoding", MEMBER_CHOICE, 0, .label = "Encoding", .choices = encodings },
	{ "prefix", MEMBER_LINE, 0, .label = "Prefix of the signature" },
	{ "signed", MEMBER_CHOICE, 0, .label = "What is signed", .choices = signed_texts },
	{ "timestampHeader", MEMBER_LINE, 0, .label = "Header with the time" },
	{ "lead", MEMBER_LINE, 0, .label = "What stands before the time" },
	{ "separator", MEMBER_LINE, 0, .label = "What stands between" },
	{ .name = NULL },
};

static const char *
type_offer(size_t i)
{
	const struct listener_type *type = listener_type_at(i);

	return type != NULL ? type->name : NULL;
}

static const struct member *
type_table(size_t i, const char **word_r)
{
	const struct listener_type *type = listener_type_at(i);

	*word_r = type != NULL ? type->name : NULL;
	return type != NULL ? type->members : NULL;
}

static const struct variants variants = { .by = "type", .table = type_table };

static const struct word words_batches[] = {
	{ "Each item for itself", "independent" }, { "All or none", "atomic" }, { NULL, NULL } };
static const struct word words_bodies[] = {
	{ "As its Content-Type says", "typed" }, { "JSON, whatever its Content-Type says", "json" },
	{ NULL, NULL } };
static const struct word words_duplicates[] = {
	{ "Refuse the delivery", "refuse" }, { "Take the last", "last" }, { NULL, NULL } };
static const struct word words_longs[] = {
	{ "Refuse the delivery", "refuse" }, { "Cut it", "cut" }, { NULL, NULL } };

/* What all types share; each has more. */
static const struct member members[] = {
	{ "key", MEMBER_KEY, MEMBER_NEEDED, .label = "Key", .column = 2, .asked = 3,
	    .hint = "the Key identifier, which stands in the URL: small letters, digits, dashes" },
	{ "project", MEMBER_KEY, 0, .label = "Project", .refers = "project", .column = 1, .asked = 5,
	    .hint = "of which it is; without one it belongs to the community" },
	{ "type", MEMBER_STRING, 0, .label = "Listener Type", .words = words_listener_types,
	    .offers = type_offer, .column = 3, .asked = 7, .hint = "what a delivery does" },
	{ "automation", MEMBER_CHOICE, MEMBER_NEEDED | MEMBER_FILLED, .label = "Automation",
	    .choices = automations, .words = words_automations, .column = 4, .asked = 4,
	    .hint = "what it is about: users, or feedback tickets" },
	{ "name", MEMBER_STRING, 0, .label = "Name", .column = 6, .asked = 1,
	    .hint = "internally-facing: senders see it only when they ask for a description" },
	{ "description", MEMBER_STRING, MEMBER_LONG, .label = "Description", .asked = 2 },
	{ "apiKey", MEMBER_STRING, 0, .label = "API key", .names = "apikey", .asked = 10,
	    .hint = "the name of one that is there, or of a new one" },
	{ "sender", MEMBER_ANY, 0, .label = "Sender", .parts = listener_sender_parts, .asked = 9 },
	{ "challenge", MEMBER_OBJECT, 0, .label = "Test of the sender",
	    .hint = "what some send once, to see that the URL is yours, and want back",
	    .parts = challenge_parts },
	{ "target", MEMBER_OBJECT, 0, .label = "Target", .parts = target_parts, .asked = 8 },
	{ "filter", MEMBER_STRING, MEMBER_LONG, .label = "Filter", .asked = 6,
	    .hint = "which of them it may act on, such as user.score > 10 or\n"
	        "feedback.status != 'Closed'; without one: all" },
	{ "enabled", MEMBER_BOOLEAN, 0, .label = "Enabled", .column = 5,
	    .hint = "if not: who posts is answered that it does not exist" },
	{ "capture", MEMBER_BOOLEAN, 0, .label = "Only keep",
	    .hint = "deliveries are kept in the log, and nothing is done: for a sender of which you "
	        "do not know yet what it sends" },
	{ "expires", MEMBER_TIME, 0, .label = "Ends", .hint = "from then on it is switched off" },
	{ "allow", MEMBER_NETWORK, MEMBER_LIST, .label = "From these addresses",
	    .hint = "deliveries from elsewhere are refused" },
	{ "each", MEMBER_PARAMETER, 0, .label = "For each item of",
	    .hint = "the parameter of a list: each of its items is carried out by itself" },
	{ "batch", MEMBER_CHOICE, 0, .label = "When an item fails", .choices = batches,
	    .words = words_batches },
	{ "body", MEMBER_CHOICE, 0, .label = "The body is", .choices = bodies,
	    .words = words_bodies },
	{ "duplicates", MEMBER_CHOICE, 0, .label = "A name twice in an object",
	    .choices = duplicates, .words = words_duplicates },
	{ "long", MEMBER_CHOICE, 0, .label = "Text of more than 65,536 characters",
	    .choices = longs, .words = words_longs },
	{ "zone", MEMBER_LINE, MEMBER_FILLED, .label = "Zone of times without one",
	    .hint = "such as Europe/Berlin" },
	{ "eventTime", MEMBER_PARAMETER, 0, .label = "Time of the event",
	    .hint = "External Data: the parameter that says when it happened; what is older than "
	        "what is stored does not replace it" },
	{ "repeatWindow", MEMBER_DURATION, 0, .label = "The same body again within",
	    .hint = "to the same target it is a repeat, and does nothing" },
	{ "mask", MEMBER_PARAMETER, MEMBER_LIST, .label = "Kept out of the log",
	    .hint = "parameters whose values nobody may see there",
	    .item = "a parameter: a name or a JSON Pointer" },
	{ "keepBody", MEMBER_INTEGER, 0, .label = "Bytes of the body kept",
	    .hint = "in the log, if that is to be less than usual" },
	{ "ack", MEMBER_FIELDS, 0, .label = "Answers",
	    .hint = "outcomes and codes with the status that the sender is to see instead: "
	        "unknown-target: 200" },
	{ .name = NULL },
};

/* "secrets" as given: texts, or {"secret":…,"until":…}. */
static void
check_secrets(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct json_object *spec = json_get(doc, "sender"), *secrets;
	const struct sender *sender;
	struct error error = { 0 };
	int64_t until;

	if (spec == NULL)
		return;
	sender = sender_compile(txn_arena(txn), spec, &error);
	if (sender == NULL) {
		complain(complaints, "/sender", "%s", error.detail);
		return;
	}
	secrets = json_get(spec, "secrets");
	if (json_count(secrets) > SECRETS_MAX)
		complain(complaints, "/sender/secrets", "at most %d secrets live at once",
		    SECRETS_MAX);
	for (size_t i = 0; i < json_count(secrets); i++) {
		struct json_object *entry = json_at(secrets, i);
		struct span secret = json_is_object(entry) ? json_string(entry, "secret")
		                                           : json_span(entry);
		const char *wrong = sender_secret_check(sender, secret, txn_arena(txn));

		if (wrong != NULL)
			complain(complaints, "/sender/secrets", "%s", wrong);
		if (json_is_object(entry) && json_has(entry, "until") &&
		    !text_time(json_string(entry, "until"), &until))
			complain(complaints, "/sender/secrets", "until is a time such as "
			    "2026-12-31T00:00:00Z");
	}
	if (json_string(doc, "apiKey").n == 0 && !sender_signs(sender))
		complain(complaints, "/sender", "%s does not sign: the listener needs an "
		    "API key as well", sender_name(sender));
}

/* What a challenge needs of the listener around it. */
static void
check_challenge(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct json_object *spec = json_get(doc, "challenge");
	const char *wrong = json_is_object(spec) ? challenge_wrong(txn_arena(txn), spec) : NULL;

	if (wrong != NULL)
		complain(complaints, "/challenge", "%s", wrong);
	if (json_get(doc, "sender") == NULL && (json_has(spec, "verify") ||
	        json_has(spec, "hmac")))
		complain(complaints, "/challenge", "\"verify\" and \"hmac\" need a secret: that "
		    "of a \"sender\"");
}

/* {"unknown-target":200} */
static void
check_ack(struct json_object *doc, struct complaints *complaints)
{
	struct json_object *ack = json_get(doc, "ack");
	int known = 0;

	if (ack == NULL)
		return;
	for (int fault = 0; fault < FAULT__MAX; fault++) {
		const struct fault_info *info = fault_info((enum fault)fault);
		int64_t status = json_integer(ack, info->code, 0);

		if (!json_has(ack, info->code))
			continue;
		known++;
		if (status < 200 || status > 599 || (status >= 300 && status < 400))
			complain(complaints, "/ack", "%s: a status of 2xx, 4xx or 5xx is expected",
			    info->code);
		else if (status < 300 && (info->status == 401 || info->status == 500 ||
		    info->passing))
			complain(complaints, "/ack", "%s is never answered by success",
			    info->code);
	}
	if ((size_t)known != json_members(ack))
		complain(complaints, "/ack", "the names are outcomes and codes of answers, "
		    "such as \"unknown-target\"");
}

static void
check_filter(struct txn *txn, struct json_object *doc, bool only_shape,
    struct complaints *complaints)
{
	struct saved_scope scope = { .project = json_string(doc, "project"),
		.only_shape = only_shape };

	if (record_by_name(json_string(doc, "automation"), &scope.record))
		saved_check(txn, &scope, NULL, json_string(doc, "filter"), complaints, "/filter");
}

/* While it only captures, it need not be known what the type does. */
static const struct member *
not_needed(struct arena *arena, const struct member *table)
{
	struct member *out;
	size_t n = 0;

	while (table[n].name != NULL)
		n++;
	out = arena_alloc(arena, (n + 1) * sizeof *out);
	memcpy(out, table, (n + 1) * sizeof *out);
	for (size_t i = 0; i < n; i++)
		out[i].flags &= ~(unsigned)MEMBER_NEEDED;
	return out;
}

static void
check(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	const struct listener_type *type = listener_type(json_string(doc, "type"));
	const struct member *of_type = type == NULL ? schema_anything
	    : json_flag(doc, "capture", false) ? not_needed(txn_arena(txn), type->members)
	                                       : type->members;

	if (type == NULL && json_string(doc, "type").n > 0)
		complain(complaints, "/type", "\"%.*s\" is not a type of listener; it is one of %s",
		    (int)json_string(doc, "type").n, json_string(doc, "type").p,
		    listener_type_names(txn_arena(txn)));
	else if (type == NULL)
		complain(complaints, "/type", "\"type\" is missing: one of %s",
		    listener_type_names(txn_arena(txn)));
	schema_check(SCHEMA(members, throttle_members, of_type), doc, complaints, "");
	match_check(json_string(json_get(doc, "target"), "match"), complaints, "/target/match");
	making_check(doc, complaints);
	check_secrets(txn, doc, complaints);
	check_ack(doc, complaints);
	check_challenge(txn, doc, complaints);
	check_filter(txn, doc, true, complaints);
	if (json_get(doc, "eventTime") != NULL && type != NULL && !type->dated)
		complain(complaints, "/eventTime", "only listeners of type data know which of "
		    "two values is newer; in a filter, compare timestamp(…) with now");
	if (json_string(doc, "zone").n > 0 &&
	    zone_load(txn_arena(txn), json_string(doc, "zone")) == NULL)
		complain(complaints, "/zone", "%s", zone_missing(txn_arena(txn),
		    json_string(doc, "zone")));
	if (json_get(doc, "batch") != NULL && json_string(doc, "each").n == 0)
		complain(complaints, "/batch", "\"each\" is missing: the parameter of the list "
		    "whose items are carried out");
	if (json_string(doc, "apiKey").n == 0 && json_get(doc, "sender") == NULL)
		complain(complaints, "/apiKey", "a listener needs an API key, or a sender with "
		    "secrets, or both");
}

static void
refer(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	const struct listener_type *type = listener_type(json_string(doc, "type"));
	struct span api_key = json_string(doc, "apiKey");
	struct match match = { .project = json_string(doc, "project"),
		.by = json_string(json_get(doc, "target"), "match") };

	if (api_key.n > 0 && !doc_exists(txn, "apikey", SPAN(""), api_key))
		complain(complaints, "/apiKey", "there is no API key \"%.*s\"; make it with: "
		    "earshot apikey create %.*s", (int)api_key.n, api_key.p,
		    (int)api_key.n, api_key.p);
	schema_refer(txn, SCHEMA(members), doc, complaints, "");
	if (record_by_name(json_string(doc, "automation"), &match.record))
		match_refer(txn, &match, complaints, "/target/match");
	making_refer(txn, doc, complaints);
	check_filter(txn, doc, false, complaints);
	if (type != NULL && type->refer != NULL && !json_flag(doc, "capture", false))
		type->refer(txn, doc, complaints);
}

/* Every secret of the sender has ended. */
static bool
all_ended(struct json_object *sealed, int64_t now)
{
	int64_t until;

	for (size_t i = 0; i < json_count(sealed); i++)
		if (!text_time(json_string(json_at(sealed, i), "until"), &until) || until > now)
			return false;
	return json_count(sealed) > 0;
}

static const char *
warn(struct txn *txn, struct json_object *doc)
{
	struct json_object *stored = doc_load(txn, kind_listener.name,
	    json_string(doc, "project"), json_string(doc, "key"));
	struct json_object *setting = doc_load(txn, "setting", SPAN(""), SPAN(""));
	struct json_object *sealed = json_get(stored, "sealed");
	struct error error = { 0 };
	const struct sender *sender = json_get(doc, "sender") == NULL ? NULL
	    : sender_compile(txn_arena(txn), json_get(doc, "sender"), &error);
	int64_t until, now = text_now();

	if (sender != NULL && json_count(sealed) > 0 && sender_signs_url(sender) &&
	    store_settings(txn_store(txn))->base_url.n == 0 &&
	    json_string(setting, "baseUrl").n == 0)
		return arena_printf(txn_arena(txn), "%s signs the public URL of the listener, and "
		    "none is known: set base_url in earshot.conf; until then every delivery is "
		    "refused", sender_name(sender));
	if (sender != NULL && all_ended(sealed, now))
		return "the time of every secret of the sender is over: every delivery is refused";
	if (text_time(json_string(doc, "expires"), &until) && until <= now)
		return "the listener has expired: it is answered as if it did not exist";
	return NULL;
}

/* Secrets leave the document: sealed, beside it. */
static struct json_object *
seal_secrets(struct txn *txn, struct json_object *secrets)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *sealed = json_new_array(arena);

	for (size_t i = 0; i < json_count(secrets); i++) {
		struct json_object *given = json_at(secrets, i), *entry = json_new_object(arena);
		struct span secret = json_is_object(given) ? json_string(given, "secret")
		                                           : json_span(given);

		json_set_text(entry, "box", sealed_make(txn, secret));
		if (json_is_object(given) && json_has(given, "until"))
			json_set_text(entry, "until", json_string(given, "until"));
		json_append(sealed, json_share(entry));
	}
	return sealed;
}

/* The same secrets sealed again differ in their bytes: an unchanged document
 * must not look changed. */
static bool
same_secrets(struct txn *txn, struct json_object *old, struct json_object *secrets)
{
	if (json_count(old) != json_count(secrets))
		return false;
	for (size_t i = 0; i < json_count(secrets); i++) {
		struct json_object *given = json_at(secrets, i), *entry = json_at(old, i);
		struct span secret = json_is_object(given) ? json_string(given, "secret")
		                                           : json_span(given);
		struct span before;

		if (!sealed_open(txn, txn_arena(txn),
		        json_string(entry, "box"), &before) || !secret_equal(before, secret) ||
		    !span_eq(json_string(entry, "until"),
		        json_is_object(given) ? json_string(given, "until") : SPAN("")))
			return false;
	}
	return true;
}

static char
put(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct json_object *copy = json_copy(txn_arena(txn), doc), *old, *secrets;

	old = doc_load(txn, kind_listener.name, json_string(doc, "project"),
	    json_string(doc, "key"));
	secrets = json_get(json_get(copy, "sender"), "secrets");
	if (secrets != NULL && !same_secrets(txn, json_get(old, "sealed"), secrets))
		json_set(copy, "sealed", json_share(seal_secrets(txn, secrets)));
	else if (json_get(old, "sealed") != NULL && json_get(copy, "sender") != NULL)
		json_set(copy, "sealed", json_share(json_get(old, "sealed")));
	json_del(json_get(copy, "sender"), "secrets");
	if (json_string(doc, "apiKey").n == 0 && json_count(json_get(copy, "sealed")) == 0)
		complain(complaints, "/sender", "without an API key the sender has to sign: "
		    "it needs a preset, and secrets");
	return doc_put(txn, kind_listener.name, copy);
}

static struct json_object *
shown(struct txn *txn, struct json_object *doc)
{
	struct json_object *copy;

	if (doc == NULL)
		return NULL;
	copy = json_copy(txn_arena(txn), doc);
	json_del(copy, "sealed");
	return copy;
}

static struct json_object *
get(struct txn *txn, struct span name)
{
	return shown(txn, doc_get(txn, kind_listener.name, name));
}

static struct json_object *
next(struct txn *txn, struct span after, struct span *position_r)
{
	return shown(txn, doc_next(txn, kind_listener.name, after, position_r));
}

const struct kind kind_listener = {
	.name = "listener", .order = 100, .exported = true,
	.members = SCHEMA(members, throttle_members), .variants = &variants, .sealed = true,
	.check = check, .refer = refer, .warn = warn, .put = put, .get = get, .next = next,
};
