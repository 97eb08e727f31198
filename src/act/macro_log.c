/* SPDX-License-Identifier: ISC */
/* Rows of TABLE_META: "macro-run", NUL, the macro's name, NUL, the run's id. */
#include "act/macro_log.h"

#include "base/json.h"
#include "store/store.h"
#include "store/table.h"

#include <string.h>

#define PREFIX "macro-run"

static struct span
row_key(struct arena *arena, struct span macro, const struct id *id)
{
	size_t n = sizeof PREFIX + macro.n + 1;
	char *key = arena_alloc(arena, n + sizeof id->b);

	memcpy(key, PREFIX, sizeof PREFIX);
	if (macro.n > 0)
		memcpy(key + sizeof PREFIX, macro.p, macro.n);
	if (id == NULL)
		return (struct span){ key, n };
	memcpy(key + n, id->b, sizeof id->b);
	return (struct span){ key, n + sizeof id->b };
}

struct json_object *
macro_log_load(struct txn *txn, struct span macro, struct id id)
{
	struct span text;

	return table_get(txn, TABLE_META, row_key(txn_arena(txn), macro, &id), &text)
	    ? json_load(txn_arena(txn), text) : NULL;
}

/* Those beyond the last ones; a run that goes on is kept, however old. */
static void
prune(struct txn *txn, struct span macro)
{
	struct arena *arena = txn_arena(txn);
	struct walk *walk = walk_open(txn, TABLE_META, row_key(arena, macro, NULL), SPAN(""),
	    true);
	struct span key, value;
	size_t n = 0;

	while (walk_next(walk, &key, &value))
		if (++n > MACRO_LOG_KEPT && !span_is(json_string(json_load(arena,
		    arena_copy(arena, value)), "state"), "running"))
			table_del(txn, TABLE_META, arena_copy(arena, key));
	walk_close(&walk);
}

void
macro_log_save(struct txn *txn, struct span macro, struct id id, struct json_object *run)
{
	struct span key = row_key(txn_arena(txn), macro, &id);
	bool new = !table_has(txn, TABLE_META, key);

	table_put(txn, TABLE_META, key, json_write(txn_arena(txn), run));
	if (new)
		prune(txn, macro);
}

struct json_object *
macro_log_before(struct txn *txn, struct span macro, const struct id *before,
    struct id *id_r)
{
	struct arena *arena = txn_arena(txn);
	struct span prefix = row_key(arena, macro, NULL), key, value;
	struct span from = before != NULL ? row_key(arena, macro, before) : SPAN("");
	struct walk *walk = walk_open(txn, TABLE_META, prefix, from, true);
	struct json_object *run = NULL;

	while (run == NULL && walk_next(walk, &key, &value)) {
		if (key.n != prefix.n + sizeof id_r->b || span_eq(key, from))
			continue;
		memcpy(id_r->b, key.p + prefix.n, sizeof id_r->b);
		run = json_load(arena, arena_copy(arena, value));
	}
	walk_close(&walk);
	return run;
}

void
macro_log_drop(struct txn *txn, struct span macro)
{
	struct arena *arena = txn_arena(txn);
	struct walk *walk = walk_open(txn, TABLE_META, row_key(arena, macro, NULL), SPAN(""),
	    false);
	struct span key;

	while (walk_next(walk, &key, NULL))
		table_del(txn, TABLE_META, arena_copy(arena, key));
	walk_close(&walk);
}
