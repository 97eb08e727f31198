/* SPDX-License-Identifier: ISC */
/* Row of TABLE_META: "sweep" NUL and a prefix -> nothing, until no key begins so any more. */
#include "record/sweep.h"

#include "store/key.h"
#include "store/store.h"
#include "store/table.h"

#define LONG_ROW 4096 /* is as much work as one row more */

static struct span
row_key(struct arena *arena, struct span prefix)
{
	struct keybuf key;

	key_begin(&key);
	key_text(&key, SPAN("sweep"));
	key_bytes(&key, prefix);
	return key_keep(&key, arena);
}

void
sweep_later(struct txn *txn, struct span prefix)
{
	table_put(txn, TABLE_META, row_key(txn_arena(txn), prefix), SPAN(""));
}

/* False: max was not enough. */
static bool
remove_rows(struct txn *txn, struct span prefix, size_t *max)
{
	struct walk *walk = walk_open(txn, TABLE_META, prefix, SPAN(""), false);
	struct span key, value;
	bool found = false;

	while (*max > 0 && (found = walk_next(walk, &key, &value))) {
		size_t work = 1 + value.n / LONG_ROW;

		table_del(txn, TABLE_META, arena_copy(txn_arena(txn), key));
		*max -= work < *max ? work : *max;
	}
	walk_close(&walk);
	return !found && txn_ok(txn);
}

bool
sweep_some(struct txn *txn, size_t max)
{
	struct arena *arena = txn_arena(txn);
	struct span all = row_key(arena, SPAN("")), key;
	bool more = true;

	while (more && max > 0 && txn_ok(txn)) {
		struct walk *walk = walk_open(txn, TABLE_META, all, SPAN(""), false);

		more = walk_next(walk, &key, NULL);
		if (more)
			key = arena_copy(arena, key);
		walk_close(&walk);
		if (!more || !remove_rows(txn, (struct span){ key.p + all.n, key.n - all.n }, &max))
			continue;
		table_del(txn, TABLE_META, key);
		max -= max > 0;
	}
	return more;
}
