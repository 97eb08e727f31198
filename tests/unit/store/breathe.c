/* SPDX-License-Identifier: ISC */
/* Transactions that breathe: what walks tell when the table changes in between. */
#include "record/record_scratch.h"

#define ROWS 2000

static struct scratch store;

struct reader {
	struct txn *txn;
	int rows, breaths, every; /* 0: never */
	bool backwards, bulk, write, leave;
	uint64_t number;
	int told, wrong, gone, fresh;
	char last[16];
};

static struct span
key_of(int i, char out[16])
{
	snprintf(out, 16, "k%06d", i);
	return span_of(out);
}

static void
fill(struct txn *txn, void *arg)
{
	char key[16];

	(void)arg;
	for (int i = 0; i < ROWS; i += 2)
		table_put(txn, TABLE_NOTE, key_of(i, key), SPAN("old"));
}

/* Behind and before where the reader stands: each odd row appears, each fourth goes. */
static void
change(struct txn *txn, void *arg)
{
	const struct reader *reader = arg;
	int at = atoi(reader->last + 1);
	char key[16];

	for (int i = at - 9; i <= at + 9; i++) {
		if (i < 0 || i >= ROWS)
			continue;
		if (i % 2 == 1)
			table_put(txn, TABLE_NOTE, key_of(i, key), SPAN("new"));
		else if (i % 4 == 0)
			table_del(txn, TABLE_NOTE, key_of(i, key));
	}
}

static bool
late(void *arg)
{
	const struct reader *reader = arg;

	return reader->every > 0 && reader->rows % reader->every == reader->every - 1;
}

static void
pause_reader(void *arg)
{
	struct reader *reader = arg;
	struct error error = { 0 };
	struct arena *arena = arena_new();

	reader->breaths++;
	if (!store_run(store.store, STORE_WRITE, arena, change, reader, &error))
		printf("# %s\n", error.detail);
	arena_free(&arena);
	if (reader->leave)
		txn_fail(reader->txn, FAULT_BUSY, "nobody waits");
}

static void
walk_all(struct txn *txn, void *arg)
{
	struct reader *reader = arg;
	const struct breath breath = { late, pause_reader, reader };
	struct walk *walk = reader->bulk
	    ? walk_open_bulk(txn, TABLE_NOTE, SPAN("k"), SPAN(""))
	    : walk_open(txn, TABLE_NOTE, SPAN("k"), SPAN(""), reader->backwards);
	struct span key, value;
	char name[16];

	reader->txn = txn;
	txn_breathes(txn, &breath);
	while (walk_next(walk, &key, &value)) {
		struct span kept = arena_copy(txn_arena(txn), key);
		int order = reader->rows == 0 ? 1 : span_cmp(key, span_of(reader->last));

		reader->wrong += reader->backwards && reader->rows > 0 ? order >= 0 : order <= 0;
		snprintf(reader->last, sizeof reader->last, "%.*s", (int)key.n, key.p);
		reader->fresh += span_is(value, "new");
		if (reader->write)
			table_put(txn, TABLE_TALLY, span_of(reader->last), SPAN("seen"));
		reader->number = txn_number(txn);
		if (!txn_breathe(txn))
			break;
		reader->wrong += !span_eq(kept, key); /* it stays as it was told */
		reader->rows++;
		/* A part within does not end the walk, and does not breathe. */
		if (reader->rows == 5) {
			struct error error = { 0 };
			struct span at = key_of(ROWS + 1, name);

			if (reader->write && !txn_part(txn, fill, &at, &error))
				reader->wrong++;
		}
	}
	walk_close(&walk);
}

static void
forget(struct txn *txn, void *arg)
{
	char key[16];

	(void)arg;
	for (int i = 0; i < ROWS; i++)
		table_del(txn, TABLE_TALLY, key_of(i, key));
}

static void
count_seen(struct txn *txn, void *arg)
{
	*(int *)arg = (int)rows_in(txn, TABLE_TALLY);
}

int
main(void)
{
	static const struct {
		const char *name;
		struct reader reader;
		bool fresh;
	} cases[] = {
		{ "without breath", { .every = 0 }, false },
		{ "at every row", { .every = 1 }, true },
		{ "at every seventh", { .every = 7 }, true },
		{ "backwards", { .every = 3, .backwards = true }, true },
		{ "many at once", { .every = 1, .bulk = true }, true },
		{ "many at once, now and then", { .every = 40, .bulk = true }, true },
		{ "that writes", { .every = 5, .write = true }, true },
	};

	if (!scratch_open(&store))
		return 1;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct reader reader = cases[i].reader;
		int written = 0;

		scratch_run(&store, STORE_WRITE, fill, NULL);
		scratch_run(&store, reader.write ? STORE_WRITE : STORE_READ, walk_all, &reader);
		ok(reader.wrong == 0 && reader.rows >= ROWS / 4 &&
		    (reader.breaths > 0) == (reader.every > 0), "a walk %s: %d rows in order, each "
		    "once, %d breaths", cases[i].name, reader.rows, reader.breaths);
		ok((reader.fresh > 0) == cases[i].fresh, "and what has come meanwhile: %d",
		    reader.fresh);
		if (reader.write && scratch_run(&store, STORE_READ, count_seen, &written))
			ok(written == reader.rows, "and %d rows written", written);
	}
	{
		struct reader reader = { .every = 50, .write = true, .leave = true };
		int written = 0;

		scratch_run(&store, STORE_WRITE, forget, NULL);
		scratch_run(&store, STORE_WRITE, fill, NULL);
		ok(!scratch_run(&store, STORE_WRITE, walk_all, &reader) &&
		    store.error.fault == FAULT_BUSY && reader.breaths == 1,
		    "who has left ends at his first breath");
		scratch_run(&store, STORE_READ, count_seen, &written);
		ok(written == 50, "what was written before is kept: %d rows", written);
	}
	scratch_close(&store);
	return tap_done();
}
