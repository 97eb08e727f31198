/* SPDX-License-Identifier: ISC */
/* The owner's queue: bounded, answered in its order, and only after a flush. */
#include "engine.h"
#include "record_scratch.h"
#include "text.h"

#define CALLS 5
#define QUEUE 3

static struct {
	struct pending pending;
	struct call call;
	int turn;    /* when it was answered: 1 for the first; 0 not yet */
} calls[CALLS];
static int answered;

static void
answer(struct pending *pending)
{
	for (int i = 0; i < CALLS; i++)
		if (pending == &calls[i].pending)
			calls[i].turn = ++answered;
}

static void
submit(struct engine *engine, int i)
{
	calls[i].call = (struct call){ .verb = VERB_DELIVER, .id = id_new(text_now()),
		.request = { .type = SPAN("comment"), .method = SPAN("POST"),
		    .path = SPAN("/-/health"), .query = SPAN(""), .url = SPAN(""),
		    .content_type = SPAN(""), .address = SPAN("192.0.2.1"), .body = SPAN("") } };
	calls[i].pending.call = &calls[i].call;
	calls[i].pending.answer = answer;
	engine_submit(engine, &calls[i].pending);
}

int
main(void)
{
	struct scratch scratch;
	struct error error = { 0 };
	struct engine *engine;

	if (!scratch_open(&scratch))
		return 99;
	store_close(&scratch.store);
	scratch.settings.queue_calls = QUEUE;
	scratch.settings.free_bytes = 0;
	engine = engine_open(scratch.home, &scratch.settings, true, false, &error);
	if (!ok(engine != NULL, "an engine %s", error.detail))
		return tap_done();
	for (int i = 0; i < CALLS; i++)
		submit(engine, i);
	ok(calls[QUEUE].turn == 1 && calls[QUEUE + 1].turn == 2,
	    "more than the queue holds is answered at once");
	ok(calls[QUEUE].pending.reply.status == 503 &&
	    calls[QUEUE].pending.reply.fault == FAULT_BUSY &&
	    memmem(calls[QUEUE].pending.reply.headers.p, calls[QUEUE].pending.reply.headers.n,
	        "Retry-After: ", 13) != NULL, "503 with the time to wait");
	ok(calls[0].turn == 0, "the others wait for the disk");
	for (int i = 0; i < 1000 && answered < CALLS; i++) {
		engine_turn(engine, true);
		usleep(1000);
	}
	ok(calls[0].turn == 3 && calls[1].turn == 4 && calls[2].turn == 5 &&
	    calls[0].pending.reply.status == 200, "and are answered in their order");
	submit(engine, 0);
	ok(calls[0].pending.reply.status == 200, "there is room again");
	while (!engine_quiet(engine))
		engine_turn(engine, true);
	ok(engine_close(&engine), "it ends in order");
	for (int i = 0; i < CALLS; i++)
		reply_free(&calls[i].pending.reply);
	scratch_close(&scratch);
	return tap_done();
}
