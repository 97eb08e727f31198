/* SPDX-License-Identifier: ISC */
/*
 * apikey-create {"name", "sha256", "hint", "prefix"?, "description"?, "allow"?,
 * "expires"?, "scope"?, "rate"?, "concurrency"?}, apikey-rotate {"name", "sha256", "hint",
 * "overlapUntil"?}, apikey-revoke {"name"}. The caller makes the secret and
 * sends its hash: the secret itself never comes here.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/text.h"
#include "community/apikey.h"
#include "record/doc_check.h"

#define HINT_MAX 40

static bool
hash_good(struct job *job, struct json_object *options)
{
	struct span hash = json_string(options, "sha256");

	for (size_t i = 0; i < hash.n; i++)
		if (!(hash.p[i] >= '0' && hash.p[i] <= '9') &&
		    !(hash.p[i] >= 'a' && hash.p[i] <= 'f'))
			hash.n = 0;
	return hash.n == 2 * SECRET_SHA256_SIZE || error_set(&job->error, FAULT_USAGE,
	    "\"sha256\" must be the SHA-256 of the secret: 64 digits of 0-9, a-f");
}

/* The last characters of a secret help people to tell one from another. */
static bool
hint_good(struct job *job, struct json_object *options)
{
	struct span hint = json_string(options, "hint");

	return (hint.n <= HINT_MAX && text_printable(hint)) || error_set(&job->error,
	    FAULT_USAGE, "\"hint\" must be at most %d bytes without control characters",
	    HINT_MAX);
}

bool
command_apikey_good(struct job *job, struct json_object *options)
{
	return hash_good(job, options) && hint_good(job, options);
}

/* Without a time of overlap the earlier secrets end now. */
static bool
overlap_good(struct job *job)
{
	int64_t until;

	if (!command_time(job, "overlapUntil", &until))
		return false;
	if (!json_has(job->args, "overlapUntil"))
		until = job->now;
	doc_set_time(job->args, "overlapUntil", until);
	return true;
}

static void
add_secret(struct txn *txn, struct job *job, bool create)
{
	struct command_complaints complaints;
	struct json_object *doc;
	struct span name;

	command_complaints(&complaints, job);
	if (!command_text(job, "name", &name) || !command_apikey_good(job, job->args) ||
	    !overlap_good(job))
		return;
	doc = apikey_add_secret(txn, job->args, create, job->now, &complaints.base);
	if (doc == NULL)
		txn_fail(txn, FAULT_BAD_DOCUMENT, "the API key was not %s",
		    create ? "made" : "changed");
	else
		command_put(job, doc);
}

static void
create(struct txn *txn, struct job *job)
{
	add_secret(txn, job, true);
}

static void
rotate(struct txn *txn, struct job *job)
{
	add_secret(txn, job, false);
}

static void
revoke(struct txn *txn, struct job *job)
{
	struct span name;

	if (!command_text(job, "name", &name))
		return;
	if (!apikey_revoke(txn, name, job->now))
		txn_fail(txn, FAULT_NOT_FOUND, "there is no API key \"%.*s\"",
		    (int)(name.n > 64 ? 64 : name.n), name.p);
	else
		command_put(job, kind_find(txn, &kind_apikey, name));
}

const struct command command_apikey_create = {
	.name = "apikey-create", .words = "make an API key",
	.right = RIGHT_ADMINISTER, .scope = SCOPE_COMMUNITY, .answer = ANSWER_ONE,
	.mode = STORE_WRITE, .body = create,
};
const struct command command_apikey_rotate = {
	.name = "apikey-rotate", .words = "make a new secret of an API key",
	.right = RIGHT_ADMINISTER, .scope = SCOPE_COMMUNITY, .answer = ANSWER_ONE,
	.mode = STORE_WRITE, .body = rotate,
};
const struct command command_apikey_revoke = {
	.name = "apikey-revoke", .words = "end an API key at once",
	.right = RIGHT_ADMINISTER, .scope = SCOPE_COMMUNITY, .answer = ANSWER_ONE,
	.mode = STORE_WRITE, .body = revoke,
};
