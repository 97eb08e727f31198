/* SPDX-License-Identifier: ISC */
#include "store/store_private.h"

#include "store/key.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BULK_BYTES ((size_t)64 << 10)
#define OPERATIONS 4096    /* some ten milliseconds */
#define PAGES_SETTLED 1000 /* of a file: rows that fill a page do not change much then */

static const struct {
	const char *name;
	enum file file;
	char prefix; /* 0: the file is this table's alone */
} tables[] = {
	[TABLE_META] = { "meta", FILE_RULES, 'm' },
	[TABLE_DOC] = { "doc", FILE_RULES, 'd' },
	[TABLE_USER] = { "user", FILE_RECORDS, 'u' },
	[TABLE_FEEDBACK] = { "feedback", FILE_RECORDS, 'f' },
	[TABLE_INDEX] = { "index", FILE_INDEX, 'i' },
	[TABLE_TALLY] = { "tally", FILE_RECORDS, 't' },
	[TABLE_NOTE] = { "note", FILE_RECORDS, 'n' },
	[TABLE_COMMENT] = { "comment", FILE_RECORDS, 'c' },
	[TABLE_VALUE] = { "value", FILE_RECORDS, 'v' },
	[TABLE_HISTORY] = { "history", FILE_RECORDS, 'h' },
	[TABLE_DELIVERY] = { "delivery", FILE_JOURNAL, 0 },
	[TABLE_BODY] = { "body", FILE_BODIES, 0 },
	[TABLE_BYLIST] = { "bylist", FILE_INDEX, 'l' },
	[TABLE_DEDUP] = { "dedup", FILE_INDEX, 'x' },
	[TABLE_OUTBOX] = { "outbox", FILE_OUTBOX, 'o' },
	[TABLE_DUE] = { "due", FILE_OUTBOX, 'd' },
	[TABLE_AUDIT] = { "audit", FILE_AUDIT, 'z' }, /* last: what is appended fills its pages */
	[TABLE_AUDIT_OF] = { "auditof", FILE_AUDIT, 'i' },
	[TABLE_AUDIT_PART] = { "auditpart", FILE_AUDIT, 'p' },
};
_Static_assert(sizeof tables / sizeof tables[0] == TABLE__MAX, "a row per table");

/* A key as it stands in the file: with the table's letter. */
struct key {
	DBT dbt;
	char bytes[KEY_MAX + 1];
};

const char *
table_name(enum table table)
{
	return tables[table].name;
}

static bool
key_make(struct txn *txn, enum table table, struct span key, struct key *key_r)
{
	size_t n = 0;

	if (key.n > KEY_MAX)
		return txn_fail(txn, FAULT_BAD_VALUE, "a name of %zu bytes is too long", key.n);
	if (tables[table].prefix != 0)
		key_r->bytes[n++] = tables[table].prefix;
	if (key.n > 0)
		memcpy(key_r->bytes + n, key.p, key.n);
	key_r->dbt = (DBT){ .data = key_r->bytes, .size = (uint32_t)(n + key.n),
		.ulen = sizeof key_r->bytes, .flags = DB_DBT_USERMEM };
	return true;
}

static DBT
value_dbt(struct span value)
{
	return (DBT){ .data = (void *)(uintptr_t)value.p, .size = (uint32_t)value.n };
}

static void
count_operation(struct store *store)
{
	if (++store->operations % OPERATIONS == 0 && store->alive != NULL)
		store->alive(store->alive_arg);
}

void
store_alive(struct store *store, void (*alive)(void *arg), void *arg)
{
	store->alive = alive;
	store->alive_arg = arg;
}

bool
table_get(struct txn *txn, enum table table, struct span key, struct span *value_r)
{
	struct store *store = txn->store;
	struct key k;
	DBT value = { .flags = DB_DBT_USERMEM };
	DB *db;
	int rc;

	if (!txn_ok(txn) || !key_make(txn, table, key, &k) ||
	    (db = store_file(store, tables[table].file, txn->error)) == NULL)
		return false;
	count_operation(store);
	for (;;) {
		value.data = store->scratch.p;
		value.ulen = (uint32_t)store->scratch.size;
		rc = db->get(db, txn->db, &k.dbt, &value, 0);
		if (rc != DB_BUFFER_SMALL)
			break;
		buf_room(&store->scratch, value.size);
	}
	if (rc == 0) {
		*value_r = arena_copy(txn->arena,
		    (struct span){ value.data, value.size });
		return true;
	}
	if (rc != DB_NOTFOUND)
		store_error(store, txn->error, rc, tables[table].name);
	return false;
}

bool
table_has(struct txn *txn, enum table table, struct span key)
{
	struct key k;
	DB *db;
	int rc;

	if (!txn_ok(txn) || !key_make(txn, table, key, &k) ||
	    (db = store_file(txn->store, tables[table].file, txn->error)) == NULL)
		return false;
	rc = db->exists(db, txn->db, &k.dbt, 0);
	if (rc != 0 && rc != DB_NOTFOUND)
		store_error(txn->store, txn->error, rc, tables[table].name);
	return rc == 0;
}

/* 0, DB_KEYEXIST, DB_NOTFOUND, or -1 after a failure. */
static int
change(struct txn *txn, enum table table, struct span key, const struct span *value,
    uint32_t flags)
{
	struct key k;
	DBT dbt;
	DB *db;
	DB_TXN *write;
	int rc;

	if (!txn_ok(txn) || !key_make(txn, table, key, &k) ||
	    (db = store_file(txn->store, tables[table].file, txn->error)) == NULL ||
	    (write = store_write(txn)) == NULL)
		return -1;
	count_operation(txn->store);
	txn->store->state++;
	if (value != NULL) {
		dbt = value_dbt(*value);
		rc = db->put(db, write, &k.dbt, &dbt, flags);
	} else {
		rc = db->del(db, write, &k.dbt, 0);
	}
	if (rc == 0 || rc == DB_KEYEXIST || rc == DB_NOTFOUND)
		return rc;
	store_error(txn->store, txn->error, rc, tables[table].name);
	return -1;
}

void
table_put(struct txn *txn, enum table table, struct span key, struct span value)
{
	change(txn, table, key, &value, 0);
}

bool
table_add(struct txn *txn, enum table table, struct span key, struct span value)
{
	return change(txn, table, key, &value, DB_NOOVERWRITE) == 0;
}

void
table_del(struct txn *txn, enum table table, struct span key)
{
	change(txn, table, key, NULL, 0);
}

struct walk {
	struct txn *txn;
	struct walk *next;     /* in txn->walks */
	DBC *cursor;           /* NULL: at the end */
	enum table table;
	bool backwards, started;
	bool paused;           /* no cursor, but the next step makes one */
	bool bulk;             /* the value holds many rows: */
	DBT rows;
	void *row;             /* the next of them; NULL: none left */
	struct key key;
	struct buf value;
	struct span prefix;    /* with the table's letter */
	struct span from;      /* likewise, empty: the end of the range */
	struct buf last;       /* key, likewise, which the next one must come behind */
	bool moved;            /* it was given out; before, the first may equal it */
};

/* A walk is large, and most deliveries make some: their memory is kept. */
static struct walk *
walk_new(struct store *store)
{
	struct walk *walk = store->spare_walks;

	if (walk != NULL) {
		store->spare_walks = walk->next;
		return walk;
	}
	walk = malloc(sizeof *walk);
	if (walk == NULL)
		abort();
	walk->value = walk->last = (struct buf){ 0 };
	buf_room(&walk->value, 4096);
	return walk;
}

static bool
open_cursor(struct walk *walk)
{
	struct txn *txn = walk->txn;
	DB *db = store_file(txn->store, tables[walk->table].file, txn->error);
	int rc;

	walk->paused = false;
	/* What is deleted below a cursor goes when that moves on, by the cursor: outside of the
	 * transaction it would go without a word in the log. */
	if (db == NULL || (txn->mode != STORE_READ && store_write(txn) == NULL))
		return false;
	rc = db->cursor(db, txn->db, &walk->cursor, 0);
	if (rc == 0)
		return true;
	walk->cursor = NULL;
	return store_error(txn->store, txn->error, rc, "cursor");
}

struct walk *
walk_open(struct txn *txn, enum table table, struct span prefix, struct span from,
    bool backwards)
{
	struct walk *walk = walk_new(txn->store);
	struct key key;

	walk->txn = txn;
	walk->next = txn->walks;
	walk->cursor = NULL;
	walk->table = table;
	walk->backwards = backwards;
	walk->started = walk->paused = walk->bulk = walk->moved = false;
	walk->last.n = 0;
	walk->prefix = walk->from = (struct span){ NULL, 0 };
	txn->walks = walk;
	if (!txn_ok(txn) || !key_make(txn, table, prefix, &key))
		return walk;
	walk->prefix = arena_copy(txn->arena, (struct span){ key.bytes, key.dbt.size });
	if (from.n > 0 && key_make(txn, table, from, &key))
		walk->from = arena_copy(txn->arena, (struct span){ key.bytes, key.dbt.size });
	buf_span(&walk->last, walk->from.n > 0 || backwards ? walk->from : walk->prefix);
	open_cursor(walk);
	return walk;
}

struct walk *
walk_open_bulk(struct txn *txn, enum table table, struct span prefix, struct span from)
{
	struct walk *walk = walk_open(txn, table, prefix, from, false);

	walk->bulk = true;
	walk->row = NULL;
	walk->value.n = 0;
	buf_room(&walk->value, BULK_BYTES);
	return walk;
}

static int
cursor_get(struct walk *walk, uint32_t flags)
{
	DBT value = { .flags = DB_DBT_USERMEM };
	int rc;

	if (walk->bulk)
		flags |= DB_MULTIPLE_KEY;
	for (;;) {
		walk->key.dbt.data = walk->key.bytes;
		walk->key.dbt.ulen = sizeof walk->key.bytes;
		walk->key.dbt.flags = DB_DBT_USERMEM;
		value.data = walk->value.p;
		value.ulen = (uint32_t)walk->value.size;
		if (walk->bulk)
			value.ulen -= value.ulen % 1024;
		rc = walk->cursor->get(walk->cursor, &walk->key.dbt, &value, flags);
		if (rc != DB_BUFFER_SMALL)
			break;
		walk->value.n = 0;
		buf_room(&walk->value, (size_t)value.size + 1024);
	}
	walk->value.n = rc == 0 ? value.size : 0;
	if (walk->bulk && rc == 0) {
		/* The rows are found from the end of the memory that was offered. */
		walk->rows = value;
		DB_MULTIPLE_INIT(walk->row, &walk->rows);
	}
	return rc;
}

static void
set_key(struct walk *walk, struct span bytes)
{
	memcpy(walk->key.bytes, bytes.p, bytes.n);
	walk->key.dbt.size = (uint32_t)bytes.n;
}

/* Onto the first key of the walk. */
static int
start(struct walk *walk)
{
	struct span seek = walk->from.n > 0 ? walk->from : walk->prefix;
	size_t n;
	int rc;

	if (!walk->backwards) {
		set_key(walk, seek);
		return seek.n == 0 ? cursor_get(walk, DB_FIRST)
		                   : cursor_get(walk, DB_SET_RANGE);
	}
	set_key(walk, seek);
	n = seek.n;
	if (walk->from.n == 0) {
		/* The first key that is greater than every key of the prefix. */
		while (n > 0 && (unsigned char)walk->key.bytes[n - 1] == 0xff)
			n--;
		if (n == 0)
			return cursor_get(walk, DB_LAST);
		walk->key.bytes[n - 1] = (char)(walk->key.bytes[n - 1] + 1);
		walk->key.dbt.size = (uint32_t)n;
	}
	rc = cursor_get(walk, DB_SET_RANGE);
	if (rc == DB_NOTFOUND)
		return cursor_get(walk, DB_LAST);
	if (rc == 0 && (walk->from.n == 0 ||
	    span_cmp((struct span){ walk->key.bytes, walk->key.dbt.size }, walk->from) != 0))
		rc = cursor_get(walk, DB_PREV);
	return rc;
}

static bool
out_of_order(struct walk *walk)
{
	const struct store *store = walk->txn->store;
	char advice[STORE_ADVICE_SIZE];

	return txn_fail(walk->txn, FAULT_STORE_UNAVAILABLE, "%s/%s is damaged: its keys are out "
	    "of order. Restore a backup: %s", store->home,
	    store_file_name(tables[walk->table].file),
	    store_advice(store->home, store->settings, advice));
}

/* Onto the first key behind the one told last, wherever that is by now; of many rows that
 * are fetched at once, the first may be this one. */
static int
start_again(struct walk *walk)
{
	int rc;

	if (!walk->moved)
		return start(walk);
	set_key(walk, buf_bytes(&walk->last));
	rc = cursor_get(walk, DB_SET_RANGE);
	if (walk->backwards)
		return rc == DB_NOTFOUND ? cursor_get(walk, DB_LAST)
		    : rc == 0 ? cursor_get(walk, DB_PREV) : rc;
	if (rc == 0 && !walk->bulk && span_eq((struct span){ walk->key.bytes,
	        walk->key.dbt.size }, buf_bytes(&walk->last)))
		rc = cursor_get(walk, DB_NEXT);
	return rc;
}

static int
step(struct walk *walk)
{
	int rc = walk->started ? cursor_get(walk, walk->backwards ? DB_PREV : DB_NEXT)
	                       : start_again(walk);

	walk->started = true;
	return rc;
}

/* Pages of a damaged file may lead in a circle, which would be walked for ever. */
static bool
in_order(struct walk *walk, struct span key)
{
	int order = span_cmp(key, buf_bytes(&walk->last));

	if (walk->backwards && (walk->moved || walk->last.n > 0))
		order = -order;
	if (order < 0 || (order == 0 && walk->moved))
		return out_of_order(walk);
	walk->last.n = 0;
	buf_span(&walk->last, key);
	walk->moved = true;
	return true;
}

/* Behind the last row, or after an error. Always false. */
static bool
walk_ended(struct walk *walk, int rc)
{
	if (rc != 0 && rc != DB_NOTFOUND)
		store_error(walk->txn->store, walk->txn->error, rc, "cursor");
	walk->cursor->close(walk->cursor);
	walk->cursor = NULL;
	return false;
}

/* Of the rows that were fetched, or of the next. */
static int
bulk_row(struct walk *walk, struct span *key_r, struct span *value_r)
{
	unsigned char *key = NULL, *value = NULL;
	size_t key_n = 0, value_n = 0;
	int rc = 0;

	if (walk->row != NULL)
		DB_MULTIPLE_KEY_NEXT(walk->row, &walk->rows, key, key_n, value, value_n);
	if (key == NULL && (rc = step(walk)) == 0)
		DB_MULTIPLE_KEY_NEXT(walk->row, &walk->rows, key, key_n, value, value_n);
	*key_r = (struct span){ (const char *)key, key_n };
	*value_r = (struct span){ (const char *)value, value_n };
	return rc;
}

static bool
bulk_next(struct walk *walk, struct span *key_r, struct span *value_r)
{
	size_t letter = tables[walk->table].prefix != 0;
	bool again = walk->moved && !walk->started;
	struct span key, value;
	int rc = bulk_row(walk, &key, &value);

	if (again && key.p != NULL && span_eq(key, buf_bytes(&walk->last)))
		rc = bulk_row(walk, &key, &value);
	if (key.p == NULL || key.n < walk->prefix.n ||
	    memcmp(key.p, walk->prefix.p, walk->prefix.n) != 0 || !in_order(walk, key))
		return walk_ended(walk, rc);
	*key_r = (struct span){ key.p + letter, key.n - letter };
	if (value_r != NULL)
		*value_r = value;
	return true;
}

bool
walk_next(struct walk *walk, struct span *key_r, struct span *value_r)
{
	size_t letter = tables[walk->table].prefix != 0;
	int rc;

	if (!txn_ok(walk->txn) || (walk->cursor == NULL && !(walk->paused && open_cursor(walk))))
		return false;
	count_operation(walk->txn->store);
	if (walk->bulk)
		return bulk_next(walk, key_r, value_r);
	rc = step(walk);
	if (rc == 0 && walk->key.dbt.size >= walk->prefix.n &&
	    memcmp(walk->key.bytes, walk->prefix.p, walk->prefix.n) == 0 &&
	    in_order(walk, (struct span){ walk->key.bytes, walk->key.dbt.size })) {
		*key_r = (struct span){ walk->key.bytes + letter,
			walk->key.dbt.size - letter };
		if (value_r != NULL)
			*value_r = (struct span){ walk->value.p, walk->value.n };
		return true;
	}
	return walk_ended(walk, rc);
}

static void
finish(struct walk *walk)
{
	struct store *store = walk->txn->store;

	if (walk->cursor != NULL)
		walk->cursor->close(walk->cursor);
	walk->cursor = NULL;
	walk->next = store->spare_walks;
	store->spare_walks = walk;
}

void
walk_close(struct walk **walk)
{
	struct walk **link = &(*walk)->txn->walks;

	while (*link != *walk)
		link = &(*link)->next;
	*link = (*walk)->next;
	finish(*walk);
	*walk = NULL;
}

void
table_pause_walks(struct txn *txn)
{
	for (struct walk *walk = txn->walks; walk != NULL; walk = walk->next) {
		if (walk->cursor == NULL)
			continue;
		walk->cursor->close(walk->cursor);
		walk->cursor = NULL;
		walk->row = NULL;
		walk->started = false;
		walk->paused = true;
	}
}

void
table_close_walks(struct txn *txn)
{
	while (txn->walks != NULL) {
		struct walk *walk = txn->walks;

		txn->walks = walk->next;
		finish(walk);
	}
}

void
table_free_walks(struct store *store)
{
	while (store->spare_walks != NULL) {
		struct walk *walk = store->spare_walks;

		store->spare_walks = walk->next;
		buf_free(&walk->value);
		buf_free(&walk->last);
		free(walk);
	}
}

/* Of its file, from where the table has keys: Berkeley DB tells which share one of
 * them is, by the entries of the pages above it. */
static double
rows_a_page(struct txn *txn, enum table table, DB *db, double pages)
{
	static const char begins[] = { 0, '2', '4', '6', '8', 'f', 'u' };
	double *known = &txn->store->rows_a_page[table], rows = 0, n = 0;
	DB_KEY_RANGE range;
	struct span found;
	struct key key;

	if (*known > 0)
		return *known;
	for (size_t i = 0; i < sizeof begins; i++) {
		struct walk *walk = walk_open(txn, table, SPAN(""),
		    (struct span){ &begins[i], 1 }, false);

		if (walk_next(walk, &found, NULL) && key_make(txn, table, found, &key) &&
		    db->key_range(db, txn->db, &key.dbt, &range, 0) == 0 && range.equal > 0) {
			rows += 1 / range.equal;
			n++;
		}
		walk_close(&walk);
	}
	if (n == 0)
		return 0;
	if (pages > PAGES_SETTLED)
		*known = rows / n / pages;
	return rows / n / pages;
}

/* Which share of its file stands before the key. */
static double
share_before(struct txn *txn, DB *db, struct key *key, double otherwise)
{
	DB_KEY_RANGE range;

	return db->key_range(db, txn->db, &key->dbt, &range, 0) == 0 ? range.less : otherwise;
}

double
table_between(struct txn *txn, enum table table, struct span from, struct span to)
{
	struct key low, high;
	double share;
	DB_BTREE_STAT *stat;
	uint32_t pages;
	DB *db;

	if (!txn_ok(txn) || !key_make(txn, table, from, &low) ||
	    !key_make(txn, table, to, &high) ||
	    (db = store_file(txn->store, tables[table].file, txn->error)) == NULL)
		return 0;
	if (to.n == 0 && tables[table].prefix != 0)
		high.bytes[0]++;
	share = (tables[table].prefix == 0 && to.n == 0 ? 1 : share_before(txn, db, &high, 1)) -
	    (tables[table].prefix == 0 && from.n == 0 ? 0 : share_before(txn, db, &low, 0));
	if (share <= 0 || db->stat(db, txn->db, &stat, DB_FAST_STAT) != 0)
		return 0;
	pages = stat->bt_pagecnt;
	free(stat);
	return share * pages * rows_a_page(txn, table, db, pages);
}

uint64_t
table_rows(struct txn *txn, enum table table)
{
	return (uint64_t)table_between(txn, table, SPAN(""), SPAN(""));
}
