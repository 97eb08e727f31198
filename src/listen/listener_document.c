/* SPDX-License-Identifier: ISC */
/* The listener's document: what may stand in it, and how its secrets are kept. */
#include "listen/listener.h"

#include "base/json.h"
#include "base/pointer.h"
#include "base/secret.h"
#include "base/settings.h"
#include "community/saved_filter.h"
#include "store/store.h"

#define MEMBERS_MAX 48
#define SECRETS_MAX 8

static const char *const members[] = { "kind:s", "!key:k", "project:k", "!type:S",
	"!automation:S", "name:s", "description:s", "apiKey:s", "sender:*", "target:o",
	"filter:s", "enabled:b", "capture:b", "expires:t", "allow:a", "each:s", "batch:s",
	"eventTime:s", "repeatWindow:s", THROTTLE_MEMBERS, "mask:a", "keepBody:i", "ack:o", NULL };
static const char *const target_members[] = { "match:S", "parameter:s", "missing:s",
	"many:s", NULL };

static void
check_choice(struct json_object *object, const char *member, const char *pointer,
    const char *const choices[], struct complaints *complaints)
{
	struct span value = json_string(object, member);

	if (json_get(object, member) == NULL)
		return;
	for (size_t i = 0; choices[i] != NULL; i++)
		if (span_is(value, choices[i]))
			return;
	complain(complaints, pointer, "\"%.*s\" is not known here; it is one of %s%s%s%s%s",
	    (int)value.n, value.p, choices[0], choices[1] ? ", " : "",
	    choices[1] ? choices[1] : "", choices[1] && choices[2] ? ", " : "",
	    choices[1] && choices[2] ? choices[2] : "");
}

static void
check_parameter(struct json_object *object, const char *member, const char *pointer,
    struct complaints *complaints)
{
	struct span parameter = json_string(object, member);
	const char *wrong = parameter.n > 0 ? pointer_check(parameter) : NULL;

	if (wrong != NULL)
		complain(complaints, pointer, "%s", wrong);
}

static void
check_target(struct json_object *doc, struct complaints *complaints)
{
	static const char *const missing[] = { "refuse", "skip", NULL };
	static const char *const many[] = { "refuse", "first", "all", NULL };
	struct json_object *target = json_get(doc, "target");
	struct span match = json_string(target, "match");

	if (target == NULL)
		return;
	doc_check_members(target, target_members, complaints, "/target");
	check_choice(target, "missing", "/target/missing", missing, complaints);
	check_choice(target, "many", "/target/many", many, complaints);
	check_parameter(target, "parameter", "/target/parameter", complaints);
	if (match.n > 0 && !span_is(match, "id") && !span_is(match, "email") &&
	    !span_is(match, "username") && !span_starts(match, "fields.") &&
	    !span_starts(match, "data."))
		complain(complaints, "/target/match", "\"%.*s\" cannot be looked up; use id, "
		    "email, username, fields.<name> or data.<group>.<parameter>",
		    (int)match.n, match.p);
}

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
		    "apiKey as well", sender_name(sender));
}

static void
check_lists(struct json_object *doc, struct complaints *complaints)
{
	struct json_object *allow = json_get(doc, "allow"), *mask = json_get(doc, "mask");
	struct text_network network;

	for (size_t i = 0; i < json_count(allow); i++)
		if (!text_network(json_span(json_at(allow, i)), &network))
			complain(complaints, "/allow", "an address or network is expected, "
			    "such as 192.0.2.0/24 or 2001:db8::/32");
	for (size_t i = 0; i < json_count(mask); i++)
		if (pointer_check(json_span(json_at(mask, i))) != NULL)
			complain(complaints, "/mask", "parameters are expected: names or "
			    "JSON Pointers");
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

static void
check(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	static const char *const automations[] = { "user", "feedback", NULL };
	static const char *const batches[] = { "independent", "atomic", NULL };
	const struct listener_type *type = listener_type(json_string(doc, "type"));
	const char *all[MEMBERS_MAX];
	/* While it only captures, it need not be known what the type does. */
	bool capture = json_flag(doc, "capture", false);
	int64_t window;
	size_t n = 0;

	for (size_t i = 0; members[i] != NULL; i++)
		all[n++] = members[i];
	for (size_t i = 0; type != NULL && type->members[i] != NULL && n < MEMBERS_MAX - 1; i++)
		all[n++] = type->members[i] + (capture && type->members[i][0] == '!');
	all[n] = NULL;
	if (type == NULL)
		complain(complaints, "/type", "\"%.*s\" is not a type of listener; it is one of "
		    "macro, comment, data", (int)json_string(doc, "type").n,
		    json_string(doc, "type").p);
	else
		doc_check_members(doc, all, complaints, "");
	check_choice(doc, "automation", "/automation", automations, complaints);
	check_choice(doc, "batch", "/batch", batches, complaints);
	check_target(doc, complaints);
	check_secrets(txn, doc, complaints);
	check_lists(doc, complaints);
	check_ack(doc, complaints);
	check_filter(txn, doc, true, complaints);
	check_parameter(doc, "each", "/each", complaints);
	check_parameter(doc, "eventTime", "/eventTime", complaints);
	if (json_get(doc, "eventTime") != NULL && type != NULL && type != &listener_data)
		complain(complaints, "/eventTime", "only listeners of type data know which of "
		    "two values is newer; in a filter, compare timestamp(…) with now");
	if (json_get(doc, "batch") != NULL && json_string(doc, "each").n == 0)
		complain(complaints, "/batch", "\"each\" is missing: the parameter of the list "
		    "whose items are carried out");
	throttle_limits_check(doc, complaints);
	if (json_has(doc, "repeatWindow") &&
	    !text_duration(json_string(doc, "repeatWindow"), &window))
		complain(complaints, "/repeatWindow", "a duration is expected, such as 10m or 2h");
	if (json_string(doc, "apiKey").n == 0 && json_get(doc, "sender") == NULL)
		complain(complaints, "/apiKey", "a listener needs an apiKey, or a sender with "
		    "secrets, or both");
}

static void
refer(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	const struct listener_type *type = listener_type(json_string(doc, "type"));
	struct span api_key = json_string(doc, "apiKey"), project = json_string(doc, "project");

	if (api_key.n > 0 && !doc_exists(txn, "apikey", SPAN(""), api_key))
		complain(complaints, "/apiKey", "there is no API key \"%.*s\"; make it with: "
		    "earshot apikey create %.*s", (int)api_key.n, api_key.p,
		    (int)api_key.n, api_key.p);
	if (project.n > 0 && !doc_exists(txn, "project", SPAN(""), project))
		complain(complaints, "/project", "there is no project \"%.*s\"",
		    (int)project.n, project.p);
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

		json_set_text(entry, "box", seal_text(store_seal(txn_store(txn)), arena, secret));
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

		if (!unseal_text(store_seal(txn_store(txn)), txn_arena(txn),
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
		complain(complaints, "/sender", "without an apiKey the sender has to sign: "
		    "\"sender\":{\"preset\":…,\"secrets\":[…]}");
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
	.check = check, .refer = refer, .warn = warn, .put = put, .get = get, .next = next,
};
