/* SPDX-License-Identifier: ISC */
/*
 * A store of an older version, whose index has no words: it serves at once, tells how far the
 * index is, takes changes meanwhile, goes on where an owner was killed, and has every word in
 * the end.
 */
#include "base/text.h"
#include "record/record.h"
#include "serve/called.h"

#define USERS 6000
#define TICKETS 300

static struct scratch scratch;
static struct arena *arena;

static void
set_up(struct txn *txn, void *arg)
{
	struct walk *walk;
	struct span key;

	(void)arg;
	called_users(txn, &(int){ USERS });
	for (int i = 1; i <= TICKETS; i++)
		record_save(txn, RECORD_FEEDBACK, span_of(arena_printf(txn_arena(txn), "%d", i)),
		    json_load(txn_arena(txn), span_of(arena_printf(txn_arena(txn),
		    "{\"id\":\"%d\",\"project\":\"phone\",\"title\":\"Ann cannot call\"}", i))));
	for (int i = 0; i < 2; i++) {
		walk = walk_open(txn, TABLE_INDEX, (struct span){ i == 0 ? "uwords" : "fwords", 7 }, SPAN(""),
		    false);
		while (walk_next(walk, &key, NULL))
			table_del(txn, TABLE_INDEX, arena_copy(txn_arena(txn), key));
		walk_close(&walk);
	}
	table_del(txn, TABLE_META, SPAN("words"));
}

/* How many rows; *indexed_r: of the summary. No turn of the engine is idle. */
static size_t
ask(struct engine *engine, const char *text, int64_t *indexed_r)
{
	struct called called = { 0 };
	size_t n;

	called_ask(&called, id_new(text_now()), text);
	engine_submit(engine, &called.pending, &called.call.view);
	called_wait(&called, engine, false);
	*indexed_r = json_integer(json_load(arena, buf_bytes(&called.summary)), "indexed", 100);
	n = called_lines(&called);
	called_free(&called);
	return n;
}

/* Each call takes few turns, however slow the machine is: only so much is put into the index
 * meanwhile. */
#define LAST "{'command':'search','kind':'user','text':'n999'}"
#define ANN "{'command':'search','kind':'user','text':'ann','limit':10000,'look':100000}"

static int64_t
health(struct engine *engine)
{
	struct called called = { 0 };
	int64_t indexed;

	called_ask(&called, id_new(text_now()), "");
	called.call.view.verb = VERB_DESCRIBE;
	called.call.view.request = (struct request){ .method = SPAN("GET"), .type = SPAN("macro"),
		.path = SPAN("/-/health") };
	engine_submit(engine, &called.pending, &called.call.view);
	called_wait(&called, engine, false);
	indexed = json_integer(json_load(arena, arena_copy(arena,
	    buf_bytes(&called.pending.reply.body))), "indexed", 100);
	called_free(&called);
	return indexed;
}

int
main(void)
{
	struct engine *engine;
	int64_t indexed, last = -1, ignored;
	size_t found, before = 0;
	int owners = 1, wrong = 0;

	if (!scratch_open(&scratch))
		return 99;
	arena = arena_new();
	scratch.settings.free_bytes = 0;
	ok(scratch_run(&scratch, STORE_WRITE, set_up, NULL), "a store of an older version");
	store_close(&scratch.store);
	engine = called_engine(&scratch);
	found = ask(engine, LAST, &indexed);
	ok(found == 0 && indexed < 100, "it serves before all is in the index: %zu are found, %lld %%",
	    found, (long long)indexed);
	indexed = health(engine);
	ok(indexed < 100, "health tells it: %lld %%", (long long)indexed);
	ok(ask(engine, "{'command':'search','kind':'user','text':'u5999@mail'}", &ignored) == 1,
	    "an address is found as ever");
	/* One that the index has come to, one that it has not, one that is new. */
	(void)ask(engine, "{'command':'set','kind':'user','name':'u1@mail.example','members':"
	    "{'firstName':'Zoe'}}", &ignored);
	(void)ask(engine, "{'command':'set','kind':'user','name':'u5990@mail.example','members':"
	    "{'firstName':'Zoe','lastName':null}}", &ignored);
	(void)ask(engine, "{'command':'apply','documents':[{'doc':{'kind':'user','email':"
	    "'zoe@mail.example','firstName':'Zoe'}}]}", &ignored);
	while (owners < 10000 && engine_is_indexing(engine)) {
		engine_close(&engine);
		engine = called_engine(&scratch);
		owners++;
		found = ask(engine, LAST, &indexed);
		wrong += found < before || indexed < last;
		before = found;
		last = indexed;
	}
	ok(owners > 1 && owners < 10000 && wrong == 0, "%d owners have ended it, and it never went back",
	    owners);
	found = ask(engine, ANN, &indexed);
	ok(found == USERS - 2 && indexed == 100 && health(engine) == 100,
	    "all are found by a word: %zu", found);
	found = ask(engine, "{'command':'search','kind':'user','text':'zoe','limit':100}", &indexed);
	ok(found == 3, "those that were changed meanwhile, too: %zu", found);
	found = ask(engine, "{'command':'search','kind':'feedback','text':'ann call','limit':10000,"
	    "'look':100000}", &indexed);
	ok(found == TICKETS, "tickets by their titles: %zu", found);
	engine_close(&engine);
	arena_free(&arena);
	scratch_close(&scratch);
	return tap_done();
}
