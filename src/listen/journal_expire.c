/* SPDX-License-Identifier: ISC */
#include "listen/journal.h"

#include "base/json.h"
#include "base/settings.h"
#include "record/clock.h"
#include "store/key.h"
#include "store/store.h"
#include "store/table.h"

#include <string.h>

/* Keys of one table that are older than the limit, from its old end. */
static size_t
old_ids(struct txn *txn, enum table table, int64_t limit, struct id *ids, size_t max)
{
	struct walk *walk = walk_open(txn, table, SPAN(""), SPAN(""), false);
	struct span key;
	size_t count = 0;

	while (count < max && walk_next(walk, &key, NULL)) {
		struct id id;

		if (!key_take_id(&key, &id) || key.n > 0)
			continue;
		if (id_time(id) >= limit)
			break;
		ids[count++] = id;
	}
	walk_close(&walk);
	return count;
}

static void
remove_entry(struct txn *txn, struct id id)
{
	struct json_object *entry = journal_load(txn, id);

	table_del(txn, TABLE_BYLIST, journal_list_key(txn_arena(txn),
	    json_string(entry, "listener"), &id));
	table_del(txn, TABLE_BODY, id_span(&id));
	table_del(txn, TABLE_DELIVERY, id_span(&id));
}

/* Entries outlive the short bodies in their rows; a row of the store says how far
 * they have been taken out. */
static bool
strip_bodies(struct txn *txn, struct journal_sweep *sweep, int64_t limit, size_t max)
{
	static const struct id zero;
	struct arena *arena = txn_arena(txn);
	struct span key, row, entry, known;
	bool moved = false, more = true;
	struct walk *walk;

	if (memcmp(&sweep->stripped, &zero, sizeof zero) == 0 &&
	    table_get(txn, TABLE_META, SPAN("stripped"), &known))
		key_take_id(&known, &sweep->stripped);
	walk = walk_open(txn, TABLE_DELIVERY, SPAN(""), id_span(&sweep->stripped), false);
	while (max-- > 0) {
		struct id id;

		more = walk_next(walk, &key, &row) && key_take_id(&key, &id) && key.n == 0 &&
		    id_time(id) < limit;
		if (!more)
			break;
		sweep->stripped = id;
		entry = journal_row_entry(row);
		if (entry.n == row.n)
			continue;
		table_put(txn, TABLE_DELIVERY, id_span(&id), arena_copy(arena, entry));
		moved = true;
	}
	walk_close(&walk);
	if (moved)
		table_put(txn, TABLE_META, SPAN("stripped"), id_span(&sweep->stripped));
	return more;
}

/* Marks stand in no order of time: all are looked at, a few at a time, and at once
 * only where many are to go. */
static bool
expire_marks(struct txn *txn, struct journal_sweep *sweep, int64_t now, size_t max)
{
	struct arena *arena = txn_arena(txn);
	struct span *keys = arena_alloc(arena, max * sizeof *keys), key, value;
	struct walk *walk = walk_open(txn, TABLE_DEDUP, SPAN(""),
	    (struct span){ sweep->mark, sweep->mark_size }, false);
	size_t looked = 0, count = 0;
	bool more = false;

	while (looked < max && (more = walk_next(walk, &key, &value))) {
		looked++;
		sweep->mark_size = key.n < sizeof sweep->mark ? key.n : sizeof sweep->mark;
		memcpy(sweep->mark, key.p, sweep->mark_size);
		if (journal_mark_until(value) <= now)
			keys[count++] = arena_copy(arena, key);
	}
	walk_close(&walk);
	if (!more)
		sweep->mark_size = 0;
	for (size_t i = 0; i < count; i++)
		table_del(txn, TABLE_DEDUP, keys[i]);
	return more && count >= max / 8;
}

bool
journal_expire(struct txn *txn, struct journal_sweep *sweep, int64_t clock, size_t max)
{
	const struct settings *settings = store_settings(txn_store(txn));
	int64_t now = clock_believed(txn, clock);
	struct id *ids = arena_alloc(txn_arena(txn), max * sizeof *ids);
	size_t count = old_ids(txn, TABLE_DELIVERY, now - settings->deliveries, ids, max);
	bool more = count == max;

	if (count > 0)
		txn_removes_before(txn, now - settings->deliveries);
	for (size_t i = 0; i < count; i++)
		remove_entry(txn, ids[i]);
	journal_about_expire(txn, now - settings->deliveries);
	count = old_ids(txn, TABLE_BODY, now - settings->bodies, ids, max);
	for (size_t i = 0; i < count; i++)
		table_del(txn, TABLE_BODY, id_span(&ids[i]));
	more = count == max || more;
	more = journal_about_gather(txn, now) || more;
	more = strip_bodies(txn, sweep, now - settings->bodies, max) || more;
	return expire_marks(txn, sweep, now, max) || more;
}
