/* SPDX-License-Identifier: ISC */
/* Rows of TABLE_META: "macro-run", NUL, the macro's name, NUL, the run's id; and
 * "macro-failed", NUL, the macro's name, NUL, the run's id, the target's id. */
#include "act/macro_log.h"

#include "base/json.h"
#include "base/settings.h"
#include "base/text.h"
#include "record/doc_check.h"
#include "record/meta.h"
#include "record/sweep.h"
#include "store/key.h"
#include "store/store.h"
#include "store/table.h"

#include <string.h>

#define BROKEN_US (INT64_C(60) * 1000000)

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

/* Of one target that failed; target "": what those of all begin with. */
static struct span
failure_key(struct arena *arena, struct span macro, struct id id, struct span target)
{
	struct keybuf key;

	key_begin(&key);
	key_text(&key, SPAN("macro-failed"));
	key_text(&key, macro);
	key_id(&key, id);
	key_bytes(&key, target);
	return key_keep(&key, arena);
}

/* The targets that failed may be many: they go by and by. */
static void
drop_run(struct txn *txn, struct span macro, struct span key)
{
	struct id id;

	table_del(txn, TABLE_META, key);
	if (key_take_id(&key, &id))
		sweep_later(txn, failure_key(txn_arena(txn), macro, id, SPAN("")));
}

struct json_object *
macro_log_load(struct txn *txn, struct span macro, struct id id)
{
	return meta_load(txn, row_key(txn_arena(txn), macro, &id));
}

void
macro_log_end(struct json_object *run, const char *state, int64_t at)
{
	json_set_text(run, "state", span_of(state));
	doc_set_time(run, "ended", at);
	json_del(run, "position");
	json_del(run, "looked");
	json_del(run, "of");
	json_del(run, "awaited");
}

/* Its caller sends it again for as long as he waits. */
bool
macro_log_broken(struct txn *txn, struct json_object *run, int64_t now, int64_t *heard_r)
{
	return text_time(json_string(run, "awaited"), heard_r) &&
	    now - *heard_r > BROKEN_US + store_settings(txn_store(txn))->call_timeout;
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

	while (walk_next(walk, &key, &value)) {
		bool awaited = memmem(value.p, value.n, "\"awaited\"", 9) != NULL;
		struct json_object *run;
		int64_t heard;

		if (++n <= MACRO_LOG_KEPT && !awaited)
			continue;
		key = arena_copy(arena, key);
		run = json_load(arena, arena_copy(arena, value));
		if (macro_log_broken(txn, run, text_now(), &heard)) {
			macro_log_end(run, "left", heard);
			meta_save(txn, key, run);
		}
		if (n > MACRO_LOG_KEPT && !span_is(json_string(run, "state"), "running"))
			drop_run(txn, macro, key);
	}
	walk_close(&walk);
}

void
macro_log_save(struct txn *txn, struct span macro, struct id id, struct json_object *run)
{
	struct span key = row_key(txn_arena(txn), macro, &id);
	bool new = !table_has(txn, TABLE_META, key);

	meta_save(txn, key, run);
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
	struct walk *walk = walk_open(txn, TABLE_META, row_key(arena, macro, NULL), SPAN(""), false);
	struct span key;

	while (walk_next(walk, &key, NULL))
		drop_run(txn, macro, arena_copy(arena, key));
	walk_close(&walk);
}

void
macro_log_fail(struct txn *txn, struct span macro, struct id id, struct span target,
    struct json_object *failure)
{
	struct arena *arena = txn_arena(txn);

	meta_save(txn, failure_key(arena, macro, id, target), failure);
}

struct json_object *
macro_log_failure(struct txn *txn, struct span macro, struct id id, struct span after,
    struct span *target_r)
{
	struct arena *arena = txn_arena(txn);
	struct span prefix = failure_key(arena, macro, id, SPAN("")), key, value;
	struct span from = after.n > 0 ? failure_key(arena, macro, id, after) : SPAN("");
	struct walk *walk = walk_open(txn, TABLE_META, prefix, from, false);
	struct json_object *failure = NULL;

	while (failure == NULL && walk_next(walk, &key, &value)) {
		if (span_eq(key, from))
			continue;
		*target_r = arena_copy(arena, (struct span){ key.p + prefix.n, key.n - prefix.n });
		failure = json_load(arena, arena_copy(arena, value));
	}
	walk_close(&walk);
	return failure;
}
