/* SPDX-License-Identifier: ISC */
/* A large batch holds nobody up, and the next owner ends what this one has left. */
#include "act/macro.h"
#include "base/text.h"
#include "community/apikey.h"
#include "community/people.h"
#include "community/people_apply.h"
#include "listen/listener.h"
#include "serve/engine.h"

#define SECRET "a secret that the sender knows"
#define ITEMS 1500
#define SMALL 400

static struct scratch scratch;
static struct arena *arena;
static struct waiting {
	struct pending pending;
	struct call_view call; /* its bytes are in the arena */
	bool answered;
} batch, again, small[SMALL];
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
	struct waiting *waiting = (struct waiting *)pending;

	waiting->answered = true;
	if (waiting != &batch && waiting != &again && !batch.answered)
		before++;
}

/* The engine is lent the call's bytes, and no longer than this takes. */
static void
lend(struct engine *engine, struct waiting *waiting)
{
	struct arena *lent = arena_new();
	struct call call;

	call_keep(&call, lent, &waiting->call);
	waiting->pending.answer = on_answer;
	engine_submit(engine, &waiting->pending, &call.view);
	arena_free(&lent);
}

static void
submit(struct engine *engine, struct waiting *waiting, int items)
{
	struct header *headers = arena_alloc(arena, sizeof *headers);
	struct buf buf = { 0 };

	headers[0] = (struct header){ SPAN("x-api-key"), SPAN(SECRET) };
	buf_puts(&buf, "{\"list\":[");
	for (int i = 0; i < items; i++)
		buf_printf(&buf, "%s{\"user\":\"ann@mail.example\"}", i > 0 ? "," : "");
	buf_puts(&buf, "]}");
	waiting->call = (struct call_view){ .verb = VERB_DELIVER, .id = id_new(text_now()),
		.request = { .type = SPAN("macro"), .method = SPAN("POST"), .path = SPAN("/each"),
		    .query = SPAN(""), .url = SPAN(""), .content_type = SPAN("application/json"),
		    .address = SPAN("192.0.2.1"), .headers = headers, .header_count = 1,
		    .body = buf_keep(&buf, arena) } };
	lend(engine, waiting);
}

static void
turn(struct engine *engine)
{
	engine_turn(engine);
	engine_work(engine, true);
}

static int
applied(const struct waiting *waiting)
{
	return waiting->pending.reply.status == 200 ? (int)json_integer(json_load(arena,
	    buf_bytes(&waiting->pending.reply.body)), "applied", -1) : -1;
}

static void
test_others(struct engine *engine)
{
	int sent = 0, good = 0;

	submit(engine, &batch, ITEMS);
	while (!batch.answered) {
		if (sent < SMALL)
			submit(engine, &small[sent++], 1);
		turn(engine);
	}
	ok(before > 3 && before <= sent, "%d others were answered before a large batch", before);
	ok(applied(&batch) == ITEMS, "which was applied: %d", applied(&batch));
	while (!engine_quiet(engine))
		turn(engine);
	for (int i = 0; i < sent; i++)
		good += small[i].answered && applied(&small[i]) == 1;
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

static struct engine *
engine_new(void)
{
	struct error error = { 0 };
	struct engine *engine = engine_open(scratch.home, &scratch.settings, true, false, &error);

	if (!ok(engine != NULL, "an engine %s", error.detail))
		exit(tap_done());
	return engine;
}

/* The batch had begun when its owner ended; nobody asks for it. */
static void
test_left(void)
{
	struct engine *engine = engine_new();

	batch.answered = false;
	submit(engine, &batch, ITEMS);
	for (int i = 0; i < 3; i++)
		turn(engine);
	ok(!batch.answered && engine_has_jobs(engine), "it is being carried out");
	engine_close(&engine);
	engine = engine_new();
	ok(engine_has_jobs(engine), "the next owner goes on with it");
	again.call = batch.call;
	again.call.again = true;
	lend(engine, &again);
	while (!engine_quiet(engine))
		turn(engine);
	ok(again.answered && applied(&again) == ITEMS, "and answers the call that comes again: %d",
	    applied(&again));
	again.answered = false;
	lend(engine, &again);
	while (!again.answered)
		turn(engine);
	ok(applied(&again) == ITEMS, "likewise when it has ended");
	/* What has come in is answered before an owner leaves. */
	submit(engine, &batch, ITEMS);
	engine_end_jobs(engine);
	while (!engine_quiet(engine))
		engine_turn(engine);
	ok(batch.answered && applied(&batch) == ITEMS, "who leaves ends it first: %d",
	    applied(&batch));
	ok(engine_close(&engine), "it ends in order");
}

/* Others begin their jobs in the turn in which a batch comes in, or its next owner opens. */
static void
test_queue(void)
{
	struct call_view command = { .verb = VERB_COMMAND, .id = id_new(text_now()),
		.rights = RIGHTS_ALL, .args = SPAN("{\"command\":\"stat\"}") };
	struct engine *engine = engine_new();
	int turns = 0;

	batch.answered = false;
	again.answered = false;
	again.pending.answer = on_answer;
	submit(engine, &batch, ITEMS);
	engine_submit(engine, &again.pending, &command);
	while (!engine_quiet(engine) && turns++ < 100000)
		turn(engine);
	ok(again.answered, "a command is answered that came right behind a batch");
	ok(batch.answered && applied(&batch) == ITEMS, "and the batch");
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
	engine = engine_new();
	test_others(engine);
	ok(engine_close(&engine), "it ends in order");
	for (int i = 0; i < SMALL; i++)
		singles += small[i].answered;
	test_left();
	test_queue();
	options.home = scratch.home;
	scratch.store = store_open(&options, &error);
	ok(scratch.store != NULL && scratch_run(&scratch, STORE_READ, count, &counted), "a look");
	ok(counted.points == 4 * ITEMS + singles, "each item was carried out once: %lld of %d",
	    (long long)counted.points, 4 * ITEMS + singles);
	reply_free(&batch.pending.reply);
	reply_free(&again.pending.reply);
	for (int i = 0; i < SMALL; i++)
		reply_free(&small[i].pending.reply);
	arena_free(&arena);
	scratch_close(&scratch);
	return tap_done();
}
