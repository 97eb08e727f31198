/* SPDX-License-Identifier: ISC */
#include "community/refold.h"

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "community/comment_rows.h"
#include "community/outbox.h"
#include "record/record.h"
#include "store/store.h"
#include "store/table.h"


#define MARK SPAN("fold")  /* row of TABLE_META */
#define SIMPLE SPAN("simple")

static bool
is_ascii(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] >= 0x80)
			return false;
	return true;
}

static size_t
refold_records(struct txn *txn, enum record record)
{
	struct arena *arena = txn_arena(txn);
	struct walk *walk = record_scan(txn, record, SPAN(""));
	struct arena_mark mark = arena_mark(arena);
	struct span id, text;
	size_t changed = 0;

	while (txn_ok(txn) && record_scan_next(walk, record, &id, &text)) {
		if (!is_ascii(text))
			changed += record_refold(txn, record, id, json_load(arena, text));
		arena_rewind(arena, mark);
	}
	walk_close(&walk);
	return changed;
}

/*
 * Authors share a row with others of the same fold: first the old ones go, then, when any
 * went, all that must be there are put.
 */
static size_t
refold_authors(struct txn *txn, bool put)
{
	struct arena *arena = txn_arena(txn);
	struct walk *walk = walk_open(txn, TABLE_COMMENT, SPAN(""), SPAN(""), false);
	struct arena_mark mark = arena_mark(arena);
	struct span key, row;
	size_t changed = 0;

	while (txn_ok(txn) && walk_next(walk, &key, &row)) {
		struct span author = !put && is_ascii(row) ? SPAN("")
		    : json_string(json_load(arena, row), "author");
		struct span target = comment_target(key);

		if (put && author.n > 0)
			record_index_author(txn, author, target, true);
		else if (author.n > 0)
			changed += record_refold_author(txn, author, target);
		arena_rewind(arena, mark);
	}
	walk_close(&walk);
	return changed;
}

static void
refold_all(struct txn *txn, void *arg)
{
	size_t changed, authors;
	struct span mark;

	(void)arg;
	if (table_get(txn, TABLE_META, MARK, &mark))
		return;
	changed = refold_records(txn, RECORD_USER) + refold_records(txn, RECORD_FEEDBACK) +
	    outbox_refold(txn);
	authors = refold_authors(txn, false);
	if (authors > 0)
		refold_authors(txn, true);
	table_put(txn, TABLE_META, MARK, SIMPLE);
	if (changed + authors > 0)
		log_line(LOG_LEVEL_INFO, "%zu rows had addresses or names in which "
		    "letters such as \"ß\" stood for two: they have keys of their own now",
		    changed + authors);
}

bool
refold(struct store *store, struct error *error)
{
	struct arena *arena = arena_new();
	bool good = store_run(store, STORE_WRITE, arena, refold_all, NULL, error);

	arena_free(&arena);
	return good;
}
