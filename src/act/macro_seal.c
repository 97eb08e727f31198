/* SPDX-License-Identifier: ISC */
/*
 * Secrets of webhook actions — a URL that is one, the password, the signing secret,
 * headers that carry a key — are sealed before a macro is stored: {"sealed":"…"}. They are
 * opened again only for the courier. A document may be applied with the sealed
 * form that an export printed.
 */
#include "act/macro_private.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/secret.h"
#include "record/sealed.h"
#include "store/store.h"

#include <string.h>

static bool
is_secret_header(const char *name)
{
	static const char *const parts[] = { "auth", "key", "token", "secret", "cookie" };

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (strcasestr(name, parts[i]) != NULL)
			return true;
	return false;
}

/* The old box when it holds the same, so that an unchanged macro stays unchanged. */
static struct span
box_of(struct txn *txn, struct span secret, struct json_object *old)
{
	struct span box = json_string(old, "sealed"), before;

	if (box.n > 0 && sealed_open(txn, txn_arena(txn), box, &before) &&
	    secret_equal(before, secret))
		return box;
	return sealed_make(txn, secret);
}

static void
seal_member(struct txn *txn, struct json_object *object, const char *member,
    struct json_object *old)
{
	struct span secret = json_string(object, member);
	struct json_object *sealed;

	if (secret.n == 0)
		return;
	sealed = json_new_object(txn_arena(txn));
	json_set_text(sealed, "sealed", box_of(txn, secret, json_get(old, member)));
	json_set(object, member, json_share(sealed));
}

/* {"secret": text} becomes {"sealed", "host"}: where it goes may be known. */
static void
seal_url(struct txn *txn, struct json_object *url, struct json_object *old)
{
	struct span secret = json_string(url, "secret"), host = secret, rest;

	if (secret.n == 0)
		return;
	rest = (struct span){ secret.p + 8, secret.n - 8 }; /* behind http:// or https:// */
	host.n = 8;
	while (rest.n > 0 && strchr("/?#", rest.p[0]) == NULL)
		rest.p++, rest.n--, host.n++;
	json_set_text(url, "sealed", box_of(txn, secret, old));
	json_set_text(url, "host", host);
	json_del(url, "secret");
}

static void
seal_action(struct txn *txn, struct json_object *action, struct json_object *old)
{
	struct json_object *headers = json_get(action, "headers");
	struct doc_member *members;
	size_t count = doc_members(txn_arena(txn), headers, &members);

	seal_url(txn, json_get(action, "url"), json_get(old, "url"));
	seal_member(txn, action, "secret", old);
	seal_member(txn, json_get(action, "auth"), "password", json_get(old, "auth"));
	for (size_t i = 0; i < count; i++) {
		struct span value = json_span(members[i].value);

		/* What has tags is put together anew each time; it is no secret here. */
		if (is_secret_header(members[i].name) && value.n > 0 &&
		    memmem(value.p, value.n, "{{", 2) == NULL)
			seal_member(txn, headers, members[i].name, json_get(old, "headers"));
	}
}

struct json_object *
macro_seal(struct txn *txn, struct json_object *doc, struct json_object *old)
{
	struct json_object *copy = json_copy(txn_arena(txn), doc);
	struct json_object *actions = json_get(copy, "actions");

	for (size_t i = 0; i < json_count(actions); i++)
		seal_action(txn, json_at(actions, i), json_at(json_get(old, "actions"), i));
	return copy;
}
