/* SPDX-License-Identifier: ISC */
#include "community/apikey_private.h"

#include "base/json.h"
#include "record/audit.h"
#include "record/doc_check.h"
#include "record/schema.h"
#include "store/store.h"
#include "store/table.h"

#include <string.h>

#define KIND APIKEY_KIND
#define SECRETS_MAX 8

static const char *const verbs[] = { "deliver", "describe", "metrics", "lookup", "package", NULL };

static const struct member scope_parts[] = {
	{ "listeners", MEMBER_STRING, MEMBER_LIST, .label = "Listeners and views",
	    .item = "the name of a listener or view, or its beginning and *" },
	{ "verbs", MEMBER_STRING, MEMBER_LIST, .label = "Verbs", .item = "a verb", .choices = verbs,
	    .hint = "without any: deliver and describe" },
	{ .name = NULL },
};

static const struct member members[] = {
	{ "name", MEMBER_KEY, MEMBER_NEEDED, .label = "Name", .column = 1 },
	{ "prefix", MEMBER_STRING, 0, .label = "Prefix" },
	{ "description", MEMBER_STRING, 0, .label = "Description", .column = 4 },
	{ "allow", MEMBER_NETWORK, MEMBER_LIST, .label = "From these addresses",
	    .hint = "without any, from everywhere" },
	{ "expires", MEMBER_TIME, 0, .label = "Ends",
	    .hint = "nothing opens with it afterwards", .column = 2 },
	{ "revoked", MEMBER_TIME, 0, .label = "Revoked", .column = 3 },
	{ "scope", MEMBER_OBJECT, 0, .label = "Scope", .parts = scope_parts },
	{ "secrets", MEMBER_ANY, MEMBER_LIST, .label = "Secrets" },
	{ "key", MEMBER_KEY, 0, .label = "Key" },
	{ .name = NULL },
};

struct span
apikey_hash_key(struct arena *arena, struct span hash)
{
	return span_of(arena_printf(arena, "apikeyhashx:%.*s", (int)hash.n, hash.p));
}

static void
check_scope(struct json_object *scope, struct complaints *complaints)
{
	struct json_object *list = json_get(scope, "verbs");

	for (size_t i = 0; i < json_count(list); i++)
		if (!apikey_verb_good(json_span(json_at(list, i))))
			complain(complaints, "/scope/verbs",
			    "a verb is one of deliver, describe, metrics, lookup, package");
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

/* What the document is silent about stays; within objects likewise. */
static void
keep(struct arena *arena, struct json_object *doc, struct json_object *old)
{
	struct doc_member *list;
	size_t n = doc_members(arena, old, &list);

	for (size_t i = 0; i < n; i++) {
		struct json_object *given = json_get(doc, list[i].name);

		if (given == NULL)
			json_set(doc, list[i].name, json_share(list[i].value));
		else if (json_is_object(given) && json_is_object(list[i].value))
			keep(arena, given, list[i].value);
	}
}

static void
join(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct arena *arena = txn_arena(txn);
	struct span name = json_string(doc, "name");
	struct json_object *old = doc_load(txn, KIND, SPAN(""), name);
	struct apikey_options before, after;

	if (old == NULL)
		return; /* put() says how keys are made */
	json_del(old, "secrets");
	keep(arena, doc, old);
	apikey_options(arena, old, &before);
	apikey_options(arena, doc, &after);
	apikey_complain_wider(&before, &after, name, complaints);
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
	if (json_string(old, "revoked").n > 0 &&
	    !span_eq(json_string(old, "revoked"), json_string(doc, "revoked")))
		complain(complaints, "/revoked", "a key that was revoked stays revoked; make "
		    "another: earshot apikey create");
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
		table_del(txn, TABLE_META, apikey_hash_key(txn_arena(txn),
		    json_string(json_at(secrets, i), "sha256")));
}

static void
uses_of(struct doc_uses *uses, struct txn *txn, struct span name)
{
	struct json_object *listener;
	struct span position = SPAN("");

	while ((listener = doc_next(txn, "listener", position, &position)) != NULL)
		if (span_eq(json_string(listener, "apiKey"), name))
			doc_uses_add(uses, txn_arena(txn), "listener",
			    doc_full_name(txn_arena(txn), listener));
}

static bool
remove_key(struct txn *txn, struct span name, struct complaints *complaints)
{
	struct json_object *doc = doc_load(txn, KIND, SPAN(""), name);

	(void)complaints;
	if (doc == NULL)
		return false;
	forget_hashes(txn, doc);
	return doc_remove(txn, KIND, name);
}

const struct kind kind_apikey = {
	.name = KIND, .order = 35,
	.members = SCHEMA(members, throttle_members), .sealed = true,
	.check = check, .join = join, .put = put, .get = get, .uses = uses_of, .remove = remove_key, .next = next,
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

void
apikey_new_secret(struct arena *arena, const char *prefix, char token[SECRET_TOKEN_SIZE],
    struct json_object *options)
{
	unsigned char hash[SECRET_SHA256_SIZE];
	size_t n;

	secret_token_new(span_of(prefix), token);
	n = strlen(token);
	secret_sha256(span_of(token), hash);
	json_set_text(options, "sha256", secret_hex(arena, (struct span){ (const char *)hash,
	    sizeof hash }));
	json_set_text(options, "hint", span_of(arena_printf(arena, "%s_%.4s…%s", prefix,
	    token + strlen(prefix) + 1, token + n - 2)));
}

/* The secrets so far, each ending with the overlap if it has no earlier end. Those that
 * end at once are still told, until the next rotation. */
static struct json_object *
ending_secrets(struct txn *txn, struct json_object *doc, struct json_object *options,
    int64_t now, size_t *live_r)
{
	struct json_object *old = json_get(doc, "secrets");
	struct json_object *kept = json_new_array(txn_arena(txn));
	int64_t until = apikey_time(options, "overlapUntil");

	*live_r = 0;

	for (size_t i = 0; i < json_count(old); i++) {
		struct json_object *secret = json_copy(txn_arena(txn), json_at(old, i));
		int64_t end = apikey_time(secret, "until");

		if (end != 0 && end <= now) {
			table_del(txn, TABLE_META, apikey_hash_key(txn_arena(txn),
			    json_string(secret, "sha256")));
			continue;
		}
		if (end == 0 || end > until)
			doc_set_time(secret, "until", until);
		*live_r += until > now;
		json_append(kept, json_share(secret));
	}
	return kept;
}

/* A new secret of a key that does not work would not work either. */
static bool
may_rotate(struct json_object *doc, int64_t now, struct complaints *complaints)
{
	struct span name = json_string(doc, "name"), expires = json_string(doc, "expires");
	int64_t end = apikey_time(doc, "expires");

	if (json_string(doc, "revoked").n > 0)
		complain(complaints, "/name", "the key was revoked, and a new secret would not "
		    "open anything; make another: earshot apikey create");
	else if (end != 0 && end <= now)
		complain(complaints, "/name", "the key has expired (%.*s), and a new secret would "
		    "not open anything; let it last longer first: earshot apikey set %.*s "
		    "expires=TIME", (int)expires.n, expires.p, (int)name.n, name.p);
	return complaints->count == 0;
}

/* Past kind_put(), which takes no secrets. */
static void
save(struct txn *txn, struct json_object *doc)
{
	struct auditing auditing;
	bool told = audit_begin(txn, &kind_apikey, doc, &auditing);

	doc_put(txn, KIND, doc);
	if (told)
		audit_put(txn, &auditing, doc);
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
	size_t live;

	/* A call that was sent twice finds its own secret. */
	if (old != NULL && table_get(txn, TABLE_META, apikey_hash_key(arena, hash), &holder) &&
	    span_eq(holder, name))
		return shown(txn, old);
	if (create == (old != NULL)) {
		complain(complaints, "/name", create
		    ? "there is an API key of this name already; rotate it, or choose another"
		    : "there is no API key of this name; see: earshot apikey list");
		return NULL;
	}
	if (old != NULL && !may_rotate(old, now, complaints))
		return NULL;
	doc = json_copy(arena, old != NULL ? old : json_new_object(arena));
	json_set_text(doc, "kind", SPAN(KIND));
	json_set_text(doc, "name", name);
	json_set_text(doc, "key", name);
	for (size_t i = 0; create && taken[i] != NULL; i++)
		if (json_get(options, taken[i]) != NULL)
			json_set(doc, taken[i], json_share(json_get(options, taken[i])));
	secrets = ending_secrets(txn, old, options, now, &live);
	if (live >= SECRETS_MAX) {
		complain(complaints, "/name", "it has %d live secrets; wait until some have "
		    "ended, or end them by a rotation: earshot apikey rotate %.*s --overlap 0",
		    SECRETS_MAX, (int)name.n, name.p);
		return NULL;
	}
	json_append(secrets, json_share(new_secret(txn, options, now)));
	json_set(doc, "secrets", json_share(secrets));
	check(txn, doc, complaints);
	if (complaints->count > 0)
		return NULL;
	save(txn, doc);
	table_put(txn, TABLE_META, apikey_hash_key(arena, hash), name);
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
	save(txn, doc);
	return true;
}
