/* SPDX-License-Identifier: ISC */
/*
 * Rows that are removed below a walk, as the first that a transaction does: the walk holds on to
 * each until it moves on, and what it does then stands in the log, too. Whoever is killed behind
 * that has a store that is whole.
 */
#include "record/record_scratch.h"

#include <string.h>
#include <sys/wait.h>

#define BYTES ((size_t)30 << 10) /* pages of their own, at the end of the file */
#define ROWS 4

static struct scratch scratch;

static void
put(struct txn *txn, void *arg)
{
	struct arena *arena = txn_arena(txn);
	char *p = arena_alloc(arena, BYTES);

	(void)arg;
	memset(p, 'a', BYTES);
	for (int i = 0; i < ROWS; i++)
		table_put(txn, TABLE_META, span_of(arena_printf(arena, "zz walk %d", i)),
		    (struct span){ p, BYTES });
}

static void
remove_below(struct txn *txn, void *arg)
{
	struct walk *walk = walk_open(txn, TABLE_META, SPAN("zz walk"), SPAN(""), false);
	struct span key;

	(void)arg;
	while (walk_next(walk, &key, NULL))
		table_del(txn, TABLE_META, arena_copy(txn_arena(txn), key));
	walk_close(&walk);
}

static void
count(struct txn *txn, void *arg)
{
	struct walk *walk = walk_open(txn, TABLE_META, SPAN("zz walk"), SPAN(""), false);
	struct span key, value;

	while (walk_next(walk, &key, &value))
		*(int *)arg += value.n == BYTES;
	walk_close(&walk);
}

/* Another process does it, and is killed; flushed: the disk has the log by then. */
static void
killed(enum store_mode mode, bool flushed)
{
	pid_t child = fork();
	struct error error = { 0 };
	int status;

	if (child == 0) {
		store_checkpoint(scratch.store, true, &error);
		store_run(scratch.store, mode, scratch.arena, remove_below, NULL, &error);
		if (flushed)
			store_flush(scratch.store, &error);
		_exit(error.fault != FAULT_NONE);
	}
	ok(child > 0 && waitpid(child, &status, 0) == child && status == 0, "rows are removed%s%s",
	    mode == STORE_DRY ? ", which is undone" : "", flushed ? ", and that is on the disk" : "");
}

static void
is_whole(int rows)
{
	struct store_options options = { .home = scratch.home, .settings = &scratch.settings,
		.recover = true };
	struct error error = { 0 };
	const char *name;
	int found = 0, bad = 0;
	bool good;

	error_clear(&scratch.error);
	scratch.store = store_open(&options, &scratch.error);
	if (!ok(scratch.store != NULL, "the next one opens it %s", scratch.error.detail))
		exit(tap_done());
	good = scratch_run(&scratch, STORE_READ, count, &found);
	ok(good && found == rows, "and finds %d rows: %d", rows, found);
	good = scratch_run(&scratch, STORE_WRITE, put, NULL);
	found = 0;
	good = good && scratch_run(&scratch, STORE_READ, count, &found);
	ok(good && found == ROWS, "others can be put there");
	ok(store_checkpoint(scratch.store, true, &error), "and written");
	for (size_t file = 0; (name = store_verify(scratch.store, file, &good, &error)) != NULL;
	     file++)
		bad += !good;
	ok(bad == 0 && error.fault == FAULT_NONE, "and the pages of its files fit together");
}

int
main(void)
{
	if (!scratch_open(&scratch))
		return 99;
	ok(scratch_run(&scratch, STORE_WRITE, put, NULL), "large rows at the end of a file");
	killed(STORE_WRITE, true);
	is_whole(0);
	killed(STORE_WRITE, false);
	is_whole(ROWS);
	killed(STORE_DRY, true);
	is_whole(ROWS);
	scratch_close(&scratch);
	return tap_done();
}
