/* SPDX-License-Identifier: ISC */
/* What a request opens with a key. */
#include "community/apikey_private.h"

#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "http/request.h"
#include "record/doc_check.h"
#include "record/rules.h"
#include "store/store.h"
#include "store/table.h"

#include <string.h>
#include <strings.h>

#define HASH_SIZE ((size_t)2 * SECRET_SHA256_SIZE)
#define KNOWN_MAX 64

/*
 * Hashes of the last secrets that opened something: SHA-256 costs more than all else about a
 * key. A secret is known again by its tag under a random key of this process; neither tag nor
 * hash says what it is. What it opens is looked up by the hash each time, so that nothing here
 * has to hear of keys that are revoked or rotated.
 */
static _Thread_local struct {
	bool begun;
	unsigned char key[SECRET_TABLE_KEY_SIZE];
	struct known {
		unsigned char tag[SECRET_TAG_SIZE];
		char hash[HASH_SIZE]; /* hex; all zero: nothing stands here */
	} known[KNOWN_MAX];
} known;

static struct span
hex_hash(struct arena *arena, struct span secret)
{
	unsigned char hash[SECRET_SHA256_SIZE];

	secret_sha256(secret, hash);
	return secret_hex(arena, (struct span){ (char *)hash, sizeof hash });
}

/* The place of a secret, and its tag. */
static struct known *
known_of(struct span secret, unsigned char tag[SECRET_TAG_SIZE])
{
	if (!known.begun)
		secret_random(known.key, sizeof known.key);
	known.begun = true;
	secret_tag(secret, known.key, tag);
	return &known.known[tag[0] % KNOWN_MAX];
}

static bool
is_known(const struct known *place, const unsigned char tag[SECRET_TAG_SIZE])
{
	return place->hash[0] != '\0' && secret_equal(
	    (struct span){ (const char *)place->tag, sizeof place->tag },
	    (struct span){ (const char *)tag, sizeof place->tag });
}

/* One secret of a key, compiled: what a request is checked against. */
struct door {
	struct apikey_pass pass;       /* name and limits of the key */
	struct apikey_options options;
	struct span hash;              /* hex */
	int64_t until;                 /* of the secret; µs UTC, 0 for ever */
};

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
	struct json_object *doc, *entry;
	struct door *door;
	struct span name;

	if (!table_get(txn, TABLE_META, apikey_hash_key(txn_arena(txn), hash), &name) ||
	    (doc = doc_load(txn, APIKEY_KIND, SPAN(""), name)) == NULL ||
	    (entry = find_secret(doc, hash)) == NULL)
		return NULL;
	door = arena_alloc(arena, sizeof *door);
	apikey_options(arena, doc, &door->options);
	door->pass.name = arena_copy(arena, name);
	door->pass.limits = door->options.limits;
	door->pass.describes = door->options.verb_count > 0 &&
	    apikey_in_scope(door->options.verbs, door->options.verb_count, SPAN("describe"));
	door->pass.reads_records = apikey_has_verb(&door->options, "lookup") ||
	    apikey_has_verb(&door->options, "package");
	door->hash = arena_copy(arena, hash);
	door->until = apikey_time(entry, "until");
	return door;
}

static bool
address_allowed(const struct apikey_options *options, struct span address)
{
	for (size_t i = 0; i < options->allow_count; i++)
		if (text_network_has(&options->allow[i], address))
			return true;
	return options->allow_count == 0;
}

bool
apikey_check(struct txn *txn, struct span secret, struct span address,
    struct span listener, const char *verb, int64_t now, const struct apikey_pass **pass_r)
{
	unsigned char tag[SECRET_TAG_SIZE];
	struct known *place = known_of(secret, tag);
	struct span hash = is_known(place, tag) ? (struct span){ place->hash, HASH_SIZE }
	    : hex_hash(txn_arena(txn), secret);
	const struct door *door = rules_find(txn, APIKEY_KIND, hash, make_door);
	const struct apikey_options *options = door != NULL ? &door->options : NULL;

	if (door == NULL || !secret_equal(door->hash, hash))
		return txn_fail(txn, FAULT_BAD_API_KEY, secret_token_valid(secret)
		    ? "this API key is not known here (it may have been removed)"
		    : "this is not a whole API key: its check digits do not match");
	if (options->revoked)
		return txn_fail(txn, FAULT_API_KEY_DISABLED, "the API key %s was revoked",
		    door->pass.name.p);
	if ((options->expires != 0 && options->expires <= now) ||
	    (door->until != 0 && door->until <= now))
		return txn_fail(txn, FAULT_API_KEY_EXPIRED, "the API key %s has expired",
		    door->pass.name.p);
	if (!apikey_has_verb(options, verb))
		return txn_fail(txn, FAULT_BAD_API_KEY, "the API key %s does not have the verb %s",
		    door->pass.name.p, verb);
	if (!apikey_in_scope(options->listeners, options->listener_count, listener))
		return txn_fail(txn, FAULT_BAD_API_KEY, "the API key %s is only for the "
		    "listeners and views that it names", door->pass.name.p);
	if (!address_allowed(options, address))
		return txn_fail(txn, FAULT_ADDRESS_NOT_ALLOWED,
		    "the API key %s may not be used from %.*s", door->pass.name.p,
		    (int)address.n, address.p);
	/* Those that open nothing do not drive out those that do. */
	memcpy(place->tag, tag, sizeof place->tag);
	memmove(place->hash, hash.p, HASH_SIZE);
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
apikey_odd_scheme(const struct request *request)
{
	struct span value = text_trim(request_header(request, "authorization")), rest;
	const char *space = value.n > 0 ? memchr(value.p, ' ', value.n) : NULL;

	if (space == NULL || scheme(value, "Bearer", &rest) || scheme(value, "Basic", &rest))
		return SPAN("");
	return (struct span){ value.p, (size_t)(space - value.p) };
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
