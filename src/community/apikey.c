/* SPDX-License-Identifier: ISC */
#include "community/apikey.h"

#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "http/request.h"
#include "record/doc_check.h"
#include "record/rules.h"
#include "record/schema.h"
#include "store/store.h"
#include "store/table.h"

#include <string.h>
#include <strings.h>

#define KIND "apikey"
#define SECRETS_MAX 8

/* Those that give out records a key has only when it names them. */
static const struct {
	const char *name;
	bool named;
} verbs[] = {
	{ "deliver", false }, { "describe", false }, { "metrics", false },
	{ "lookup", true }, { "package", true },
};
#define VERBS (sizeof verbs / sizeof verbs[0])

static const struct member members[] = {
	{ "name", MEMBER_KEY, MEMBER_NEEDED, .label = "Name", .column = 1 },
	{ "prefix", MEMBER_STRING, 0, .label = "Prefix" },
	{ "description", MEMBER_STRING, 0, .label = "Description", .column = 4 },
	{ "allow", MEMBER_NETWORK, MEMBER_LIST, .label = "From these addresses" },
	{ "expires", MEMBER_TIME, 0, .label = "Ends", .column = 2 },
	{ "revoked", MEMBER_TIME, 0, .label = "Revoked", .column = 3 },
	{ "scope", MEMBER_OBJECT, 0, .label = "Scope" },
	{ "secrets", MEMBER_ANY, MEMBER_LIST, .label = "Secrets" },
	{ "key", MEMBER_KEY, 0, .label = "Key" },
	{ .name = NULL },
};

/* Beside the documents: hash of a secret -> name of its key. */
static struct span
hash_key(struct arena *arena, struct span hash)
{
	return span_of(arena_printf(arena, "apikeyhashx:%.*s", (int)hash.n, hash.p));
}

static struct span
hex_hash(struct arena *arena, struct span secret)
{
	unsigned char hash[SECRET_SHA256_SIZE];

	secret_sha256(secret, hash);
	return secret_hex(arena, (struct span){ (char *)hash, sizeof hash });
}

static void
check_scope(struct json_object *scope, struct complaints *complaints)
{
	struct json_object *list = json_get(scope, "verbs");

	for (size_t i = 0; i < json_count(list); i++) {
		size_t v = 0;

		while (v < VERBS && !span_is(json_span(json_at(list, i)), verbs[v].name))
			v++;
		if (v == VERBS)
			complain(complaints, "/scope/verbs",
			    "a verb is one of deliver, describe, metrics, lookup, package");
	}
}

static void
check(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct span prefix = json_string(doc, "prefix");

	(void)txn;
	schema_check(SCHEMA(members, throttle_members), doc, complaints, "");
	if (prefix.n > 0 && !secret_token_prefix_valid(prefix))
		complain(complaints, "/prefix",
		    "a prefix is a letter and up to 15 more letters or digits, lower case");
	check_scope(json_get(doc, "scope"), complaints);
}

/* Options of an existing key are declared by files; its secrets never are. */
static char
put(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct span name = json_string(doc, "name");
	struct json_object *old = doc_load(txn, KIND, SPAN(""), name);
	struct json_object *copy = json_copy(txn_arena(txn), doc);

	if (old == NULL) {
		complain(complaints, "/name", "API keys are not made from files; "
		    "use: earshot apikey create %.*s", (int)name.n, name.p);
		return '=';
	}
	json_del(copy, "secrets");
	if (json_get(old, "secrets") != NULL)
		json_set(copy, "secrets", json_share(json_get(old, "secrets")));
	json_set_text(copy, "key", name);
	return doc_put(txn, KIND, copy);
}

/* Without hashes: nobody has a use for them. */
static struct json_object *
shown(struct txn *txn, struct json_object *doc)
{
	struct json_object *copy, *secrets;

	if (doc == NULL)
		return NULL;
	copy = json_copy(txn_arena(txn), doc);
	json_del(copy, "key");
	secrets = json_get(copy, "secrets");
	for (size_t i = 0; i < json_count(secrets); i++)
		json_del(json_at(secrets, i), "sha256");
	return copy;
}

static struct json_object *
get(struct txn *txn, struct span name)
{
	return shown(txn, doc_load(txn, KIND, SPAN(""), name));
}

static struct json_object *
next(struct txn *txn, struct span after, struct span *position_r)
{
	return shown(txn, doc_next(txn, KIND, after, position_r));
}

static void
forget_hashes(struct txn *txn, struct json_object *doc)
{
	struct json_object *secrets = json_get(doc, "secrets");

	for (size_t i = 0; i < json_count(secrets); i++)
		table_del(txn, TABLE_META, hash_key(txn_arena(txn),
		    json_string(json_at(secrets, i), "sha256")));
}

static bool
remove_key(struct txn *txn, struct span name, struct complaints *complaints)
{
	struct json_object *doc = doc_load(txn, KIND, SPAN(""), name), *listener;
	struct span position = SPAN("");

	if (doc == NULL)
		return false;
	while ((listener = doc_next(txn, "listener", position, &position)) != NULL)
		if (span_eq(json_string(listener, "apiKey"), name)) {
			complain(complaints, "", "listener %s still uses it",
			    doc_full_name(txn_arena(txn), listener).p);
			return false;
		}
	forget_hashes(txn, doc);
	return doc_remove(txn, KIND, name);
}

const struct kind kind_apikey = {
	.name = KIND, .order = 35,
	.members = SCHEMA(members, throttle_members),
	.check = check, .put = put, .get = get, .remove = remove_key, .next = next,
};

static struct json_object *
new_secret(struct txn *txn, struct json_object *options, int64_t now)
{
	struct json_object *secret = json_new_object(txn_arena(txn));

	json_set_text(secret, "sha256", json_string(options, "sha256"));
	json_set_text(secret, "hint", json_string(options, "hint"));
	doc_set_time(secret, "created", now);
	return secret;
}

/* The secrets so far, each ending at `until` if it has no earlier end. */
static struct json_object *
ending_secrets(struct txn *txn, struct json_object *doc, struct span until, int64_t now)
{
	struct json_object *old = json_get(doc, "secrets");
	struct json_object *kept = json_new_array(txn_arena(txn));
	int64_t end;

	for (size_t i = 0; i < json_count(old); i++) {
		struct json_object *secret = json_copy(txn_arena(txn), json_at(old, i));

		if (text_time(json_string(secret, "until"), &end) && end <= now) {
			table_del(txn, TABLE_META, hash_key(txn_arena(txn),
			    json_string(secret, "sha256")));
			continue;
		}
		if (json_string(secret, "until").n == 0)
			json_set_text(secret, "until", until);
		json_append(kept, json_share(secret));
	}
	return kept;
}

struct json_object *
apikey_add_secret(struct txn *txn, struct json_object *options, bool create,
    int64_t now, struct complaints *complaints)
{
	static const char *const taken[] = { "prefix", "description", "allow", "expires",
		"scope", "rate", "concurrency", NULL };
	struct arena *arena = txn_arena(txn);
	struct span name = json_string(options, "name");
	struct json_object *old = doc_load(txn, KIND, SPAN(""), name);
	struct json_object *doc, *secrets;
	struct span hash = json_string(options, "sha256"), holder;

	/* A call that was sent twice finds its own secret. */
	if (old != NULL && table_get(txn, TABLE_META, hash_key(arena, hash), &holder) &&
	    span_eq(holder, name))
		return shown(txn, old);
	if (create == (old != NULL)) {
		complain(complaints, "/name", create
		    ? "there is an API key of this name already; rotate it, or choose another"
		    : "there is no API key of this name; see: earshot apikey list");
		return NULL;
	}
	doc = json_copy(arena, old != NULL ? old : json_new_object(arena));
	json_set_text(doc, "kind", SPAN(KIND));
	json_set_text(doc, "name", name);
	json_set_text(doc, "key", name);
	for (size_t i = 0; create && taken[i] != NULL; i++)
		if (json_get(options, taken[i]) != NULL)
			json_set(doc, taken[i], json_share(json_get(options, taken[i])));
	secrets = ending_secrets(txn, old, json_string(options, "overlapUntil"), now);
	if (json_count(secrets) >= SECRETS_MAX) {
		complain(complaints, "/name", "it has %d live secrets; revoke it or wait "
		    "until some have ended", SECRETS_MAX);
		return NULL;
	}
	json_append(secrets, json_share(new_secret(txn, options, now)));
	json_set(doc, "secrets", json_share(secrets));
	check(txn, doc, complaints);
	if (complaints->count > 0)
		return NULL;
	doc_put(txn, KIND, doc);
	table_put(txn, TABLE_META, hash_key(arena, hash), name);
	return shown(txn, doc);
}

bool
apikey_revoke(struct txn *txn, struct span name, int64_t now)
{
	struct json_object *old = doc_load(txn, KIND, SPAN(""), name), *doc;

	if (old == NULL)
		return false;
	doc = json_copy(txn_arena(txn), old);
	doc_set_time(doc, "revoked", now);
	doc_put(txn, KIND, doc);
	return true;
}

/* One secret of a key, compiled: what a request is checked against. */
struct door {
	struct apikey_pass pass;       /* name and limits of the key */
	struct span hash;              /* hex */
	bool revoked;
	int64_t expires, until;        /* µs UTC, 0 never: of the key, of the secret */
	struct span *listeners, *verbs;/* scope; count 0: any */
	size_t listener_count, verb_count;
	struct text_network *allow;    /* count 0: from anywhere */
	size_t allow_count;
};

/* A "*" at the end of an entry stands for any rest. */
static bool
in_scope(const struct span *list, size_t count, struct span name)
{
	for (size_t i = 0; i < count; i++) {
		size_t n = list[i].n > 0 ? list[i].n - 1 : 0;

		if (span_eq(list[i], name) || (list[i].n > 0 && list[i].p[n] == '*' &&
		    name.n >= n && memcmp(list[i].p, name.p, n) == 0))
			return true;
	}
	return count == 0;
}

static bool
has_verb(const struct door *door, const char *verb)
{
	for (size_t v = 0; v < VERBS; v++)
		if (verbs[v].named && strcmp(verb, verbs[v].name) == 0 && door->verb_count == 0)
			return false;
	return in_scope(door->verbs, door->verb_count, span_of(verb));
}

static int64_t
time_or_never(struct span text)
{
	int64_t at;

	return text_time(text, &at) ? at : 0;
}

/* The secret's own entry; the comparison is what makes the look-up safe. */
static struct json_object *
find_secret(struct json_object *doc, struct span hash)
{
	struct json_object *secrets = json_get(doc, "secrets"), *found = NULL;

	for (size_t i = 0; i < json_count(secrets); i++)
		if (secret_equal(json_string(json_at(secrets, i), "sha256"), hash))
			found = json_at(secrets, i);
	return found;
}

/* By the hash of a secret; NULL when no key has it. */
static void *
make_door(struct txn *txn, struct arena *arena, struct span hash)
{
	struct json_object *doc, *entry, *scope;
	struct door *door;
	struct span name;

	if (!table_get(txn, TABLE_META, hash_key(txn_arena(txn), hash), &name) ||
	    (doc = doc_load(txn, KIND, SPAN(""), name)) == NULL ||
	    (entry = find_secret(doc, hash)) == NULL)
		return NULL;
	door = arena_alloc(arena, sizeof *door);
	door->pass.name = arena_copy(arena, name);
	door->pass.limits = throttle_limits_of(doc);
	door->hash = arena_copy(arena, hash);
	door->revoked = json_string(doc, "revoked").n > 0;
	door->expires = time_or_never(json_string(doc, "expires"));
	door->until = time_or_never(json_string(entry, "until"));
	scope = json_get(doc, "scope");
	door->listeners = doc_list_spans(arena, json_get(scope, "listeners"), &door->listener_count);
	door->verbs = doc_list_spans(arena, json_get(scope, "verbs"), &door->verb_count);
	door->allow = doc_list_networks(arena, json_get(doc, "allow"), &door->allow_count);
	for (size_t v = 0; v < VERBS; v++)
		door->pass.reads_records |= verbs[v].named && has_verb(door, verbs[v].name);
	return door;
}

static bool
address_allowed(const struct door *door, struct span address)
{
	for (size_t i = 0; i < door->allow_count; i++)
		if (text_network_has(&door->allow[i], address))
			return true;
	return door->allow_count == 0;
}

bool
apikey_check(struct txn *txn, struct span secret, struct span address,
    struct span listener, const char *verb, int64_t now, const struct apikey_pass **pass_r)
{
	struct span hash = hex_hash(txn_arena(txn), secret);
	const struct door *door = rules_find(txn, KIND, hash, make_door);

	if (door == NULL || !secret_equal(door->hash, hash))
		return txn_fail(txn, FAULT_BAD_API_KEY, secret_token_valid(secret)
		    ? "this API key is not known here (it may have been removed)"
		    : "this is not a whole API key: its check digits do not match");
	if (door->revoked)
		return txn_fail(txn, FAULT_API_KEY_DISABLED, "the API key %s was revoked",
		    door->pass.name.p);
	if ((door->expires != 0 && door->expires <= now) ||
	    (door->until != 0 && door->until <= now))
		return txn_fail(txn, FAULT_API_KEY_EXPIRED, "the API key %s has expired",
		    door->pass.name.p);
	if (!in_scope(door->listeners, door->listener_count, listener) ||
	    !has_verb(door, verb))
		return txn_fail(txn, FAULT_BAD_API_KEY, "the API key %s is not meant for this",
		    door->pass.name.p);
	if (!address_allowed(door, address))
		return txn_fail(txn, FAULT_ADDRESS_NOT_ALLOWED,
		    "the API key %s may not be used from %.*s", door->pass.name.p,
		    (int)address.n, address.p);
	*pass_r = &door->pass;
	return true;
}

/* The rest behind "Bearer " or "Basic ". */
static bool
scheme(struct span value, const char *name, struct span *rest_r)
{
	size_t n = strlen(name);

	if (value.n <= n || strncasecmp(value.p, name, n) != 0 || value.p[n] != ' ')
		return false;
	*rest_r = text_trim((struct span){ value.p + n, value.n - n });
	return true;
}

struct span
apikey_presented(const struct request *request, struct arena *arena)
{
	struct span value = text_trim(request_header(request, "authorization")), rest, plain;
	const char *colon;

	if (scheme(value, "Bearer", &rest))
		return rest;
	if (scheme(value, "Basic", &rest)) {
		if (!secret_base64_read(arena, rest, &plain) || plain.n == 0 ||
		    (colon = memchr(plain.p, ':', plain.n)) == NULL)
			return rest; /* presented, and wrong */
		/* curl -u KEY: has it as the name. */
		if (colon + 1 == plain.p + plain.n)
			return (struct span){ plain.p, (size_t)(colon - plain.p) };
		return (struct span){ colon + 1, plain.n - (size_t)(colon + 1 - plain.p) };
	}
	if (value.n > 0)
		return value;
	value = text_trim(request_header(request, "x-api-key"));
	if (value.n > 0)
		return value;
	value = request_query(request, arena, "apiKey");
	return value.p != NULL ? value : SPAN("");
}
