/* SPDX-License-Identifier: ISC */
/*
 * API keys. The store keeps only SHA-256 of a secret (190 random bits need no
 * slow hash); the caller that creates a key makes the secret itself, so a call
 * that is sent twice makes one key.
 *
 * apikey document: name, prefix?, description?, allow[] (CIDR), expires? (time),
 * revoked? (time), rate? {perMinute, burst?}, concurrency?, scope {listeners[]? (full names, also
 * of views, and what is looked up; "*" at the end for any rest), verbs[]? ("deliver", "describe",
 * "metrics", "lookup", "package"; the last three a key has only when they stand here)}, secrets[] {sha256, hint,
 * created, until?}.
 */
#ifndef EARSHOT_APIKEY_H
#define EARSHOT_APIKEY_H

#include "base/secret.h"
#include "community/throttle.h"
#include "record/doc.h"

#include <stdint.h>

/*
 * Listed and shown without secrets. A document of a file changes options of a key that is
 * there, and only those that it has; it may narrow what the key opens, never widen it: that
 * is said to the command line (`set`). What was revoked stays revoked.
 */
extern const struct kind kind_apikey;

/* A new secret with this prefix, and its hash and hint among the options, by which it is
 * added: the secret itself is for who asked alone. */
void apikey_new_secret(struct arena *arena, const char *prefix, char token[SECRET_TOKEN_SIZE],
    struct json_object *options);
/* Adds a secret by its hash; creates the key when `create`, else it must exist
 * (rotation: earlier secrets end at `overlapUntil`) and work. Complaints say why not. */
struct json_object *apikey_add_secret(struct txn *txn, struct json_object *options,
    bool create, int64_t now, struct complaints *complaints);
bool apikey_revoke(struct txn *txn, struct span name, int64_t now);

/* A key that was opened; lives as long as compiled rules do. */
struct apikey_pass {
	struct span name;
	struct throttle_limits limits;
	bool reads_records; /* it names a verb that gives them out */
	bool describes; /* names the verb "describe": also for listeners without an API key */
};

/*
 * The key that this secret opens. Otherwise false with
 * FAULT_BAD_API_KEY, _EXPIRED, _DISABLED or FAULT_ADDRESS_NOT_ALLOWED. Constant
 * time in the secret. `listener` is the full name it is presented for, `verb`
 * what is asked.
 */
bool apikey_check(struct txn *txn, struct span secret, struct span address,
    struct span listener, const char *verb, int64_t now,
    const struct apikey_pass **pass_r);

/* The secret presented by a request, in contract.md's order; n is 0 when none.
 * Pure. */
struct request;
struct span apikey_presented(const struct request *request, struct arena *arena);
/* The first word of an Authorization of two or more that is neither Bearer nor Basic, such as
 * "Token"; n is 0 when there is none. */
struct span apikey_odd_scheme(const struct request *request);
/* For sentences: the ways to present a key. */
#define APIKEY_WAYS "Authorization: Bearer <key>, X-API-Key: <key>, or apiKey=<key> in the query"

#endif
