/* SPDX-License-Identifier: ISC */
/* Rows of TABLE_META: "macro-run", NUL, the macro's name, NUL, the run's id. */
#include "act/macro_log.h"

#include "base/json.h"
#include "store/key.h"
#include "store/store.h"
#include "store/table.h"

#include <string.h>

/* Of one run; id NULL: what those of all runs begin with. */
static struct span
row_key(struct arena *arena, struct span macro, const struct id *id)
{
	struct keybuf key;

	key_begin(&key);
	key_text(&key, SPAN("macro-run"));
	key_text(&key, macro);
	if (id != NULL)
		key_id(&key, *id);
	return key_keep(&key, arena);
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

/* The run is on this record; record.p NULL: on whatever it may be. */
static bool
is_on(struct json_object *run, struct span kind, struct span record)
{
	struct json_object *target = json_get(run, "target");

	return record.p == NULL || (span_eq(json_string(target, "id"), record) &&
	    span_eq(json_string(target, "kind"), kind));
}

struct json_object *
macro_log_before(struct txn *txn, struct span macro, const struct id *before,
    struct id *id_r)
{
	return macro_log_on(txn, macro, SPAN(""), (struct span){ NULL, 0 }, before, id_r);
}

struct json_object *
macro_log_on(struct txn *txn, struct span macro, struct span kind, struct span record,
    const struct id *before, struct id *id_r)
{
	struct arena *arena = txn_arena(txn);
	struct span prefix = row_key(arena, macro, NULL), key, value;
	struct span from = before != NULL ? row_key(arena, macro, before) : SPAN("");
	struct walk *walk = walk_open(txn, TABLE_META, prefix, from, true);
	struct json_object *run = NULL;

	while (run == NULL && walk_next(walk, &key, &value)) {
		/* Most are on others, which is seen without reading them. */
		if (span_eq(key, from) || !key_take_id(&key, id_r) || key.n != prefix.n ||
		    (record.p != NULL && memmem(value.p, value.n, record.p, record.n) == NULL))
			continue;
		run = json_load(arena, arena_copy(arena, value));
		if (!is_on(run, kind, record))
			run = NULL;
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
