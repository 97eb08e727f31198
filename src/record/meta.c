/* SPDX-License-Identifier: ISC */
#include "record/meta.h"

#include "base/json.h"
#include "store/key.h"
#include "store/table.h"

struct json_object *
meta_load(struct txn *txn, struct span key)
{
	struct span text;

	return table_get(txn, TABLE_META, key, &text) ? json_load(txn_arena(txn), text) : NULL;
}

void
meta_save(struct txn *txn, struct span key, struct json_object *row)
{
	table_put(txn, TABLE_META, key, json_write(txn_arena(txn), row));
}

struct json_object *
meta_next(struct txn *txn, struct span prefix, struct span from, bool backwards, struct id *id_r)
{
	struct arena *arena = txn_arena(txn);
	struct walk *walk = walk_open(txn, TABLE_META, prefix, from, backwards);
	struct json_object *row = NULL;
	struct span key, value;

	while (row == NULL && walk_next(walk, &key, &value))
		if (!span_eq(key, from) && key_take_id(&key, id_r))
			row = json_load(arena, arena_copy(arena, value));
	walk_close(&walk);
	return row;
}
