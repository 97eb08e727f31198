/* SPDX-License-Identifier: ISC */
/*
 * Which deliveries were about a record. A row of TABLE_META, "about" NUL and the id of a
 * delivery, is about the BLOCK deliveries of the log that end with this one: of each the first
 * eight bytes of its id and four of a hash of its target. Rows are made behind the deliveries,
 * when nothing is written there any more, so that a delivery pays for no index; who looks for
 * a record reads the newest deliveries themselves, and of all others these rows, some twelve
 * bytes a delivery.
 */
#include "listen/journal.h"

#include "base/json_text.h"
#include "store/key.h"
#include "store/store.h"
#include "store/table.h"

#include <string.h>

#define BLOCK 256
#define SETTLED_US (INT64_C(120) * 1000000) /* an id may be that old when its delivery is done */
#define BEGIN_SIZE 8
#define HASH_SIZE 4
#define ITEM_SIZE (BEGIN_SIZE + HASH_SIZE)
#define ROWS_AT_ONCE 64 /* without a hit: less than a millisecond */
#define EXPIRED_AT_ONCE 16

static void
row_key(struct keybuf *key, struct span id)
{
	key_begin(key);
	key_text(key, SPAN("about"));
	key_bytes(key, id);
}

/* FNV-1a: what it finds is looked at. */
static void
hash_of(struct span id, unsigned char out[HASH_SIZE])
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < id.n; i++)
		hash = (hash ^ (unsigned char)id.p[i]) * 16777619u;
	for (size_t i = 0; i < HASH_SIZE; i++)
		out[i] = (unsigned char)(hash >> 8 * i);
}

/* The id of the target, of a row of the log: ids have nothing that is escaped. */
static struct span
target_of(struct span row)
{
	struct span id = json_text_member(json_text_member(journal_row_entry(row), SPAN("target")),
	    SPAN("id"));

	return id.n > 2 ? (struct span){ id.p + 1, id.n - 2 } : SPAN("");
}

/* ---- rows */

/* The last row before this id (p NULL: of all), or with `forward` the first from it on: the id
 * that it ends with, and what it says; both in the arena. False: there is none. */
static bool
find_row(struct txn *txn, struct span id, bool forward, struct span *last_r,
    struct span *items_r)
{
	struct keybuf prefix, from;
	struct walk *walk;
	struct span key, value;
	bool found;

	row_key(&prefix, SPAN(""));
	row_key(&from, id);
	walk = walk_open(txn, TABLE_META, key_span(&prefix), id.p != NULL ? key_span(&from)
	    : SPAN(""), !forward);
	found = walk_next(walk, &key, &value);
	if (found && !forward && id.p != NULL && span_cmp(key, key_span(&from)) >= 0)
		found = walk_next(walk, &key, &value);
	if (found) {
		*last_r = arena_copy(txn_arena(txn), (struct span){ key.p + prefix.n, key.n - prefix.n });
		*items_r = arena_copy(txn_arena(txn), value);
	}
	walk_close(&walk);
	return found;
}

/* Up to where rows were made, as far as is known here: it is at least that. While this site of
 * a group is not master another one makes them, and store_generation() is another one then. */
static _Thread_local struct {
	const struct store *store;
	uint64_t generation;
	struct id last;
} gathered;

static void
know(struct txn *txn)
{
	struct span last, items;

	if (gathered.store == txn_store(txn) &&
	    gathered.generation == store_generation(txn_store(txn)))
		return;
	gathered.store = txn_store(txn);
	gathered.generation = store_generation(gathered.store);
	memset(&gathered.last, 0, sizeof gathered.last);
	if (find_row(txn, (struct span){ NULL, 0 }, false, &last, &items))
		key_take_id(&last, &gathered.last);
}

void
journal_about_add(struct txn *txn, struct id id)
{
	struct span last, items, from = id_span(&id);
	struct keybuf key;

	know(txn);
	if (memcmp(id.b, gathered.last.b, sizeof id.b) > 0)
		return;
	/* It comes among others that were gathered: they are gathered anew. */
	while (find_row(txn, from, true, &last, &items)) {
		row_key(&key, last);
		table_del(txn, TABLE_META, key_span(&key));
	}
}

bool
journal_about_gather(struct txn *txn, int64_t now)
{
	struct span last = SPAN(""), items, key, row;
	char made[BLOCK * ITEM_SIZE];
	struct keybuf from, at;
	struct walk *walk;
	struct id id;
	size_t n = 0;

	(void)find_row(txn, (struct span){ NULL, 0 }, false, &last, &items);
	key_begin(&from);
	key_bytes(&from, last);
	if (last.n > 0)
		key_letter(&from, '\0'); /* the next one */
	walk = walk_open_bulk(txn, TABLE_DELIVERY, SPAN(""), key_span(&from));
	while (n < BLOCK && walk_next(walk, &key, &row)) {
		struct span rest = key;
		unsigned char hash[HASH_SIZE];

		if (!key_take_id(&rest, &id) || rest.n > 0)
			continue;
		if (id_time(id) > now - SETTLED_US)
			break;
		hash_of(target_of(row), hash);
		memcpy(made + n * ITEM_SIZE, id.b, BEGIN_SIZE);
		memcpy(made + n * ITEM_SIZE + BEGIN_SIZE, hash, HASH_SIZE);
		n++;
	}
	walk_close(&walk);
	if (n < BLOCK)
		return false;
	row_key(&at, id_span(&id));
	table_put(txn, TABLE_META, key_span(&at), (struct span){ made, sizeof made });
	know(txn);
	if (memcmp(id.b, gathered.last.b, sizeof id.b) > 0)
		gathered.last = id;
	return txn_ok(txn);
}

void
journal_about_expire(struct txn *txn, int64_t limit)
{
	struct span last, items, rest;
	struct keybuf key;
	struct id id;

	for (int i = 0; i < EXPIRED_AT_ONCE && find_row(txn, SPAN(""), true, &last, &items); i++) {
		rest = last;
		if (!key_take_id(&rest, &id) || id_time(id) >= limit)
			break;
		row_key(&key, last);
		table_del(txn, TABLE_META, key_span(&key));
	}
}

/* ---- looking */

static bool
is_among(const struct journal_about *about, struct span id)
{
	for (size_t i = 0; i < about->count; i++)
		if (id.n > 0 && span_eq(about->ids[i], id))
			return true;
	return false;
}

static struct json_object *
load(struct txn *txn, const struct journal_about *about, struct span key, struct span row)
{
	struct id id;

	if (!is_among(about, target_of(row)) || !key_take_id(&key, &id))
		return NULL;
	return about->brief ? journal_load_brief(txn, id) : journal_load(txn, id);
}

/* The last delivery before this position (empty: of all). */
static bool
before(struct txn *txn, struct span position, struct span *key_r, struct span *row_r)
{
	struct walk *walk = walk_open(txn, TABLE_DELIVERY, SPAN(""), position, true);
	bool found = walk_next(walk, key_r, row_r);

	if (found && position.n > 0 && span_cmp(*key_r, position) >= 0)
		found = walk_next(walk, key_r, row_r);
	if (found) {
		*key_r = arena_copy(txn_arena(txn), *key_r);
		*row_r = arena_copy(txn_arena(txn), *row_r);
	}
	walk_close(&walk);
	return found;
}

/* The last one that begins so, stands before the position and is meant. */
static struct json_object *
begins_so(struct txn *txn, const struct journal_about *about, struct span begin,
    struct span position, struct span *key_r)
{
	struct walk *walk = walk_open(txn, TABLE_DELIVERY, begin, SPAN(""), true);
	struct json_object *entry = NULL;
	struct span key, row;

	while (entry == NULL && walk_next(walk, &key, &row)) {
		if (span_cmp(key, position) >= 0)
			continue;
		key = arena_copy(txn_arena(txn), key);
		entry = load(txn, about, key, arena_copy(txn_arena(txn), row));
		*key_r = key;
	}
	walk_close(&walk);
	return entry;
}

static struct json_object *
in_row(struct txn *txn, const struct journal_about *about, struct span items,
    struct span position, struct span *key_r)
{
	unsigned char hashes[JOURNAL_ABOUT_MAX][HASH_SIZE];
	struct json_object *entry;

	for (size_t i = 0; i < about->count; i++)
		hash_of(about->ids[i], hashes[i]);
	for (size_t at = items.n / ITEM_SIZE; at-- > 0;) {
		const char *item = items.p + at * ITEM_SIZE;

		for (size_t i = 0; i < about->count; i++)
			if (memcmp(item + BEGIN_SIZE, hashes[i], HASH_SIZE) == 0 &&
			    memcmp(item, position.p, BEGIN_SIZE) <= 0 &&
			    (entry = begins_so(txn, about, (struct span){ item, BEGIN_SIZE }, position,
			        key_r)) != NULL)
				return entry;
	}
	return NULL;
}

bool
journal_about_next(struct txn *txn, const struct journal_about *about, struct span after,
    struct span *position_r, struct json_object **entry_r)
{
	struct arena *arena = txn_arena(txn);
	struct span last, items, key, row;

	*entry_r = NULL;
	if (!before(txn, after, &key, &row))
		return false;
	/* From this one back. What no row is about is looked at itself. */
	if (!find_row(txn, key, true, &last, &items)) {
		*position_r = key;
		*entry_r = load(txn, about, key, row);
		return true;
	}
	*position_r = (struct span){ arena_join(arena, key, SPAN("\xff"), SPAN("")), key.n + 1 };
	for (int i = 0; i < ROWS_AT_ONCE; i++) {
		struct span from = last, end = *position_r;

		*entry_r = in_row(txn, about, items, end, &key);
		if (*entry_r != NULL) {
			*position_r = key;
			return true;
		}
		if (!find_row(txn, from, false, &last, &items))
			return false;
		*position_r = (struct span){ arena_join(arena, last, SPAN("\xff"), SPAN("")),
			last.n + 1 };
	}
	return true;
}
