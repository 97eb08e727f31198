/* SPDX-License-Identifier: ISC */
/* A large batch holds nobody up, and the next owner ends what this one has left. */
#include "act/macro.h"
#include "base/text.h"
#include "community/apikey.h"
#include "community/people.h"
#include "community/people_apply.h"
#include "listen/listener.h"
#include "serve/called.h"

#define SECRET "a secret that the sender knows"
#define ITEMS 1500
#define SMALL 400

static struct scratch scratch;
static struct arena *arena;
static struct called batch, again, small[SMALL]; /* the bytes of the calls are in the arena */
static int before; /* small ones that were answered before the batch */

static void
set_up(struct txn *txn, void *arg)
{
	struct json_object *options = doc_of(txn, "{'name':'app','hint':'a'}");
	unsigned char hash[SECRET_SHA256_SIZE];
	struct sink sink;

	(void)arg;
	sink_open(&sink);
	secret_sha256(SPAN(SECRET), hash);
	json_set_text(options, "sha256", secret_hex(txn_arena(txn),
	    (struct span){ (char *)hash, sizeof hash }));
	ok(apikey_add_secret(txn, options, true, text_now(), &sink.complaints) != NULL,
	    "an API key%s", sink.text);
	is_text(apply(txn, &kind_user, "{'email':'ann@mail.example'}"), "c", "a user");
	is_text(apply(txn, &kind_rank, "{'key':'point','name':'Point','points':1}"), "c", "a rank");
	is_text(apply(txn, &kind_macro, "{'key':'point','automation':'user','actions':[{'action':"
	    "'add-rank','rank':'point'}]}"), "c", "a macro");
	is_text(apply(txn, &kind_listener, "{'key':'each','type':'macro','automation':'user',"
	    "'apiKey':'app','macro':'point','each':'list','target':{'match':'email',"
	    "'parameter':'user'}}"), "c", "a listener");
}

static void
on_answer(struct pending *pending)
{
	struct called *called = (struct called *)pending;

	called->answers++;
	if (called != &batch && called != &again && batch.answers == 0)
		before++;
}

/* The engine is lent the call's bytes, and no longer than this takes. */
static void
lend(struct engine *engine, struct called *called)
{
	struct arena *lent = arena_new();
	struct call call;

	call_keep(&call, lent, &called->call.view);
	called->answers = 0;
	called->pending.answer = on_answer;
	engine_submit(engine, &called->pending, &call.view);
	arena_free(&lent);
}

static void
submit(struct engine *engine, struct called *called, int items)
{
	struct header *headers = arena_alloc(arena, sizeof *headers);
	struct buf buf = { 0 };

	headers[0] = (struct header){ SPAN("x-api-key"), SPAN(SECRET) };
	buf_puts(&buf, "{\"list\":[");
	for (int i = 0; i < items; i++)
		buf_printf(&buf, "%s{\"user\":\"ann@mail.example\"}", i > 0 ? "," : "");
	buf_puts(&buf, "]}");
	called->call.view = (struct call_view){ .verb = VERB_DELIVER, .id = id_new(text_now()),
		.request = { .type = SPAN("macro"), .method = SPAN("POST"), .path = SPAN("/each"),
		    .query = SPAN(""), .url = SPAN(""), .content_type = SPAN("application/json"),
		    .address = SPAN("192.0.2.1"), .headers = headers, .header_count = 1,
		    .body = buf_keep(&buf, arena) } };
	lend(engine, called);
}

static void
turn(struct engine *engine)
{
	engine_turn(engine);
	engine_work(engine, true);
}

static int
applied(const struct called *called)
{
	return called->pending.reply.status == 200 ? (int)json_integer(json_load(arena,
	    buf_bytes(&called->pending.reply.body)), "applied", -1) : -1;
}

static void
test_others(struct engine *engine)
{
	int sent = 0, good = 0;

	submit(engine, &batch, ITEMS);
	while (batch.answers == 0) {
		if (sent < SMALL)
			submit(engine, &small[sent++], 1);
		turn(engine);
	}
	ok(before > 3 && before <= sent, "%d others were answered before a large batch", before);
	ok(applied(&batch) == ITEMS, "which was applied: %d", applied(&batch));
	while (!engine_quiet(engine))
		turn(engine);
	for (int i = 0; i < sent; i++)
		good += small[i].answers == 1 && applied(&small[i]) == 1;
	ok(good == sent, "as all of them were: %d of %d", good, sent);
}

struct counted {
	int64_t points;
};

static void
count(struct txn *txn, void *arg)
{
	struct counted *counted = arg;

	counted->points = json_integer(people_load(txn, SPAN("ann@mail.example")), "score", 0);
}

/* The batch had begun when its owner ended; nobody asks for it. */
static void
test_left(void)
{
	struct engine *engine = called_engine(&scratch);

	submit(engine, &batch, ITEMS);
	for (int i = 0; i < 3; i++)
		turn(engine);
	ok(batch.answers == 0 && engine_has_jobs(engine), "it is being carried out");
	engine_close(&engine);
	engine = called_engine(&scratch);
	ok(engine_has_jobs(engine), "the next owner goes on with it");
	again.call.view = batch.call.view;
	again.call.view.again = true;
	lend(engine, &again);
	while (!engine_quiet(engine))
		turn(engine);
	ok(again.answers == 1 && applied(&again) == ITEMS, "and answers the call that comes again: %d",
	    applied(&again));
	lend(engine, &again);
	while (again.answers == 0)
		turn(engine);
	ok(applied(&again) == ITEMS, "likewise when it has ended");
	/* What has come in is answered before an owner leaves. */
	submit(engine, &batch, ITEMS);
	engine_end_jobs(engine);
	while (!engine_quiet(engine))
		engine_turn(engine);
	ok(batch.answers == 1 && applied(&batch) == ITEMS, "who leaves ends it first: %d",
	    applied(&batch));
	ok(engine_close(&engine), "it ends in order");
}

/* Others begin their jobs in the turn in which a batch comes in, or its next owner opens. */
static void
test_queue(void)
{
	struct engine *engine = called_engine(&scratch);
	int turns = 0;

	submit(engine, &batch, ITEMS);
	called_ask(&again, id_new(text_now()), "{'command':'stat'}");
	engine_submit(engine, &again.pending, &again.call.view);
	while (!engine_quiet(engine) && turns++ < 100000)
		turn(engine);
	ok(again.answers == 1, "a command is answered that came right behind a batch");
	ok(batch.answers == 1 && applied(&batch) == ITEMS, "and the batch");
	ok(engine_close(&engine), "it ends in order");
}

int
main(void)
{
	struct store_options options = { .settings = &scratch.settings };
	struct error error = { 0 };
	struct counted counted;
	struct engine *engine;
	int singles = 0;

	if (!scratch_open(&scratch))
		return 99;
	arena = arena_new();
	scratch.settings.free_bytes = 0;
	ok(scratch_run(&scratch, STORE_WRITE, set_up, NULL), "a community");
	store_close(&scratch.store);
	engine = called_engine(&scratch);
	test_others(engine);
	ok(engine_close(&engine), "it ends in order");
	for (int i = 0; i < SMALL; i++)
		singles += small[i].answers;
	test_left();
	test_queue();
	options.home = scratch.home;
	scratch.store = store_open(&options, &error);
	ok(scratch.store != NULL && scratch_run(&scratch, STORE_READ, count, &counted), "a look");
	ok(counted.points == 4 * ITEMS + singles, "each item was carried out once: %lld of %d",
	    (long long)counted.points, 4 * ITEMS + singles);
	called_free(&batch);
	called_free(&again);
	for (int i = 0; i < SMALL; i++)
		called_free(&small[i]);
	arena_free(&arena);
	scratch_close(&scratch);
	return tap_done();
}
