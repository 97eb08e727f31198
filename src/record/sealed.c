/* SPDX-License-Identifier: ISC */
#include "record/sealed.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/secret.h"
#include "record/doc.h"
#include "store/store.h"

#include <string.h>

static const char *const holders[] = { "listener", "macro" };
#define HOLDERS (sizeof holders / sizeof holders[0])

struct count {
	struct txn *txn;
	size_t secrets, lost;
};

static void
count_box(struct count *count, struct span box)
{
	struct span secret;

	count->secrets++;
	count->lost += !sealed_open(count->txn, txn_arena(count->txn), box, &secret);
}

static void
count_in(struct count *count, struct json_object *value)
{
	struct json_object *sealed = json_get(value, "sealed");
	struct doc_member *members;
	size_t n;

	if (json_is_array(value)) {
		for (size_t i = 0; i < json_count(value); i++)
			count_in(count, json_at(value, i));
		return;
	}
	if (!json_is_object(value))
		return;
	for (size_t i = 0; i < json_count(sealed); i++)
		count_box(count, json_string(json_at(sealed, i), "box"));
	if (json_string(value, "sealed").n > 0)
		count_box(count, json_string(value, "sealed"));
	n = doc_members(txn_arena(count->txn), value, &members);
	for (size_t i = 0; i < n; i++)
		if (members[i].value != sealed)
			count_in(count, members[i].value);
}

size_t
sealed_count(struct txn *txn, struct json_object *doc, size_t *lost_r)
{
	struct count count = { .txn = txn };

	count_in(&count, doc);
	*lost_r = count.lost;
	return count.secrets;
}

/* The next document that holds secrets; how many of them are lost. */
static bool
next_holder(struct txn *txn, struct sealed_position *position, struct sealed_lost *holder_r)
{
	struct json_object *doc;
	size_t secrets, lost;

	for (; position->kind < HOLDERS; position->kind++, position->after = SPAN(""))
		while ((doc = doc_next(txn, holders[position->kind], position->after,
		            &position->after)) != NULL) {
			secrets = sealed_count(txn, doc, &lost);
			if (secrets == 0)
				continue;
			position->secrets += secrets;
			*holder_r = (struct sealed_lost){ .kind = holders[position->kind],
				.secrets = lost, .name = doc_name(txn_arena(txn),
				json_string(doc, "project"), json_string(doc, "key")) };
			return true;
		}
	return false;
}

bool
sealed_next_lost(struct txn *txn, struct sealed_position *position, struct sealed_lost *lost_r)
{
	while (next_holder(txn, position, lost_r))
		if (lost_r->secrets > 0)
			return true;
	return false;
}

const char *
sealed_why(struct txn *txn)
{
	const struct store *store = txn_store(txn);

	return arena_printf(txn_arena(txn), store_has_key(store)
	    ? "%s/secret.key is not the one that it was sealed under. Put that back (no restart "
	    "is needed); if it is lost, apply the secret again, that of a listener by: earshot listener "
	    "set NAME sender.secrets=SECRET"
	    : "%s/secret.key is missing. Put it back (no restart is needed); if it is lost: "
	    "earshot check --accept-loss makes another, and secrets are to be applied again",
	    store_home(store));
}

void
sealed_prepare(struct txn *txn)
{
	struct store *store = txn_store(txn);
	struct sealed_position position = { 0 };
	struct sealed_lost holder;
	struct error error = { 0 };

	if (!store_has_key(store) && !next_holder(txn, &position, &holder))
		store_make_key(store, &error);
}

bool
sealed_ready(struct txn *txn)
{
	struct store *store = txn_store(txn);
	struct sealed_position position = { 0 };
	struct sealed_lost holder;

	if (store_has_key(store))
		return true;
	if (next_holder(txn, &position, &holder))
		return txn_fail(txn, FAULT_SECRET_UNREADABLE, "nothing can be sealed, and %s %.*s has a "
		    "secret that cannot be opened: %s", holder.kind, (int)holder.name.n,
		    holder.name.p, sealed_why(txn));
	return store_make_key(store, txn_error(txn));
}

struct span
sealed_make(struct txn *txn, struct span secret)
{
	return sealed_ready(txn) ? seal_text(store_seal(txn_store(txn)), txn_arena(txn), secret)
	                         : SPAN("");
}

bool
sealed_open(struct txn *txn, struct arena *arena, struct span sealed, struct span *secret_r)
{
	struct store *store = txn_store(txn);

	return (store_has_key(store) && unseal_text(store_seal(store), arena, sealed, secret_r)) ||
	    (store_read_key(store) && unseal_text(store_seal(store), arena, sealed, secret_r));
}
