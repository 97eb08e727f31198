/* SPDX-License-Identifier: ISC */
/*
 * Deliveries about a record are found as by reading the whole log, however far it was gathered,
 * in whatever order ids came, and after old ones have gone.
 */
#include "listen/journal.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "record/record_scratch.h"

#include <pthread.h>

#define NOW INT64_C(1700000000000000)
#define SECOND INT64_C(1000000)
#define TARGETS 40

static struct scratch s;

static unsigned
dice(unsigned sides)
{
	static uint64_t state = 4711;

	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(state >> 33) % sides;
}

/* The same millisecond many times, so that beginnings are shared. */
static struct id
an_id(int64_t at)
{
	struct id id = id_of_time(at);

	for (size_t i = 6; i < sizeof id.b; i++)
		id.b[i] = (unsigned char)(i < 8 ? dice(2) : dice(256));
	return id;
}

static void
put(struct txn *txn, struct id id, unsigned target)
{
	const char *row = target == 0 ? "{\"listener\":\"l\",\"type\":\"data\",\"outcome\":\"filtered\"}"
	    : arena_printf(txn_arena(txn), "{\"listener\":\"l\",\"type\":\"data\",\"outcome\":\"applied\","
	        "\"target\":{\"kind\":\"%s\",\"id\":\"%u\"}}", target % 2 ? "user" : "feedback", target);

	table_put(txn, TABLE_DELIVERY, id_span(&id), span_of(row));
	journal_about_add(txn, id);
}

/* Some of them at this time. */
static void
deliver(struct txn *txn, void *arg)
{
	int64_t at = *(int64_t *)arg;

	for (unsigned n = dice(300); n > 0; n--) {
		unsigned target = dice(3) ? dice(TARGETS) : TARGETS + 7;

		put(txn, an_id(at + dice(50) * 1000), target);
	}
}

/* Long after others that came meanwhile, or before all by a clock that was turned back. */
static void
deliver_late(struct txn *txn, void *arg)
{
	int64_t at = *(int64_t *)arg;

	put(txn, an_id(at - dice(2000) * SECOND), dice(TARGETS));
}

static void
deliver_late_by_little(struct txn *txn, void *arg)
{
	int64_t at = *(int64_t *)arg;

	put(txn, an_id(at - dice(300) * SECOND), 1 + dice(TARGETS - 1));
}

static void
gather(struct txn *txn, void *arg)
{
	int64_t at = *(int64_t *)arg;

	for (unsigned n = dice(8); n > 0 && journal_about_gather(txn, at + 130 * SECOND); n--)
		continue;
}

static size_t
rows(struct txn *txn)
{
	struct walk *walk = walk_open(txn, TABLE_META, (struct span){ "about", 6 }, SPAN(""), false);
	size_t n = 0;
	struct span key;

	while (walk_next(walk, &key, NULL))
		n++;
	walk_close(&walk);
	return n;
}

static bool
is_about(struct json_object *entry, unsigned target, struct arena *arena)
{
	return span_is(json_string(json_get(entry, "target"), "id"),
	    arena_printf(arena, "%u", target));
}

/* By both ways: the ids one after the other. */
static void
compare(struct txn *txn, void *arg)
{
	struct arena *arena = txn_arena(txn);
	unsigned target = dice(10) == 0 ? TARGETS + 7 : 1 + dice(TARGETS + 3), other = 1 + dice(TARGETS);
	const struct journal_about about = { .count = 2, .ids = {
	    span_of(arena_printf(arena, "%u", target)), span_of(arena_printf(arena, "%u", other)) } };
	const struct journal_query all = { .since = 0 };
	struct span after = SPAN("");
	struct buf wanted = { 0 }, found = { 0 };
	struct json_object *entry;
	size_t steps = 0, hits = 0;

	while ((entry = journal_next(txn, &all, after, &after)) != NULL)
		if (is_about(entry, target, arena) || is_about(entry, other, arena)) {
			buf_span(&wanted, json_string(entry, "id"));
			buf_putc(&wanted, '\n');
		}
	after = SPAN("");
	while (journal_about_next(txn, &about, after, &after, &entry)) {
		steps++;
		if (entry == NULL)
			continue;
		hits++;
		buf_span(&found, json_string(entry, "id"));
		buf_putc(&found, '\n');
	}
	ok(span_eq(buf_bytes(&wanted), buf_bytes(&found)), "%s: %u and %u: %zu in %zu steps, %zu rows",
	    (const char *)arg, target, other, hits, steps, rows(txn));
	buf_free(&wanted);
	buf_free(&found);
}

static void
compare_some(const char *what)
{
	for (int i = 0; i < 5; i++)
		scratch_run(&s, STORE_READ, compare, (void *)(uintptr_t)what);
}

/* The oldest go, with their rows. */
static void
expire(struct txn *txn, void *arg)
{
	int64_t limit = *(int64_t *)arg;
	struct walk *walk = walk_open(txn, TABLE_DELIVERY, SPAN(""), SPAN(""), false);
	struct span key;
	struct id id;

	while (walk_next(walk, &key, NULL)) {
		memcpy(id.b, key.p, sizeof id.b);
		if (id_time(id) >= limit)
			break;
		table_del(txn, TABLE_DELIVERY, arena_copy(txn_arena(txn), key));
	}
	walk_close(&walk);
	journal_about_expire(txn, limit);
}

static void
few_steps(struct txn *txn, void *arg)
{
	const struct journal_about about = { .count = 1, .ids = { SPAN("nobody") } };
	struct span after = SPAN("");
	struct json_object *entry;
	size_t steps = 0;

	(void)arg;
	while (journal_about_next(txn, &about, after, &after, &entry))
		steps++;
	ok(rows(txn) > 5 && steps < 300, "all of the log in %zu steps, by %zu rows", steps, rows(txn));
}

static void *
gather_elsewhere(void *arg)
{
	for (int i = 0; i < 20; i++)
		scratch_run(&s, STORE_WRITE, gather, arg);
	return NULL;
}

/* A site is master again after another one was, which has gathered more than it knows of. The
 * other one is another thread here: what is known is each one's own. */
static void
change_masters(int64_t *at)
{
	struct error error = { 0 };
	pthread_t thread;
	int64_t late;

	*at += 3000 * SECOND;
	scratch_run(&s, STORE_WRITE, deliver, at); /* here it is known how far it was gathered */
	for (int i = 0; i < 4; i++) {
		*at += 100 * SECOND;
		scratch_run(&s, STORE_WRITE, deliver, at);
	}
	store_leave(s.store);
	ok(store_enter(s.store, &error), "the store is left, and entered again");
	if (!ok(pthread_create(&thread, NULL, gather_elsewhere, at) == 0, "another master"))
		return;
	pthread_join(thread, NULL);
	late = *at - 50 * SECOND;
	for (int i = 0; i < 50; i++)
		scratch_run(&s, STORE_WRITE, deliver_late_by_little, &late);
	compare_some("another one has been master");
}

int
main(void)
{
	int64_t at = NOW;

	if (!scratch_open(&s))
		return 99;
	compare_some("an empty log");
	for (int i = 0; i < 30; i++) {
		at += dice(100) * SECOND;
		scratch_run(&s, STORE_WRITE, deliver, &at);
		if (dice(2))
			scratch_run(&s, STORE_WRITE, gather, &at);
		if (dice(4) == 0)
			scratch_run(&s, STORE_WRITE, deliver_late, &at);
		compare_some("a log");
	}
	for (int i = 0; i < 20; i++)
		scratch_run(&s, STORE_WRITE, gather, &at);
	scratch_run(&s, STORE_READ, few_steps, NULL);
	compare_some("all gathered");
	at -= 700 * SECOND;
	scratch_run(&s, STORE_WRITE, expire, &at);
	compare_some("old ones are gone");
	at += 700 * SECOND;
	scratch_run(&s, STORE_WRITE, deliver, &at);
	scratch_run(&s, STORE_WRITE, gather, &at);
	compare_some("and others came");
	change_masters(&at);
	scratch_close(&s);
	return tap_done();
}
