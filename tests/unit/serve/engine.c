/* SPDX-License-Identifier: ISC */
/* The owner's queue: bounded, answered in its order, and only after a flush; and its
 * jobs, which take turns. */
#include "base/text.h"
#include "record/record.h"
#include "record/record_scratch.h"
#include "serve/engine.h"

#define CALLS 5
#define QUEUE 3
#define USERS 3000
#define JOBS 3

static struct {
	struct pending pending;
	struct call_view call;
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
	calls[i].call = (struct call_view){ .verb = VERB_DELIVER, .id = id_new(text_now()),
		.request = { .type = SPAN("comment"), .method = SPAN("POST"),
		    .path = SPAN("/-/health"), .query = SPAN(""), .url = SPAN(""),
		    .content_type = SPAN(""), .address = SPAN("192.0.2.1"), .body = SPAN("") } };
	calls[i].pending.answer = answer;
	engine_submit(engine, &calls[i].pending, &calls[i].call);
}

static struct {
	struct pending pending;
	struct call_view call;
	size_t bytes;  /* of output */
	bool deaf;     /* its caller reads nothing */
	int turn;
} jobs[JOBS];

static void
job_answer(struct pending *pending)
{
	for (int i = 0; i < JOBS; i++)
		if (pending == &jobs[i].pending)
			jobs[i].turn = ++answered, jobs[i].bytes += pending->reply.body.n;
}

static enum part
job_part(struct pending *pending, struct span output)
{
	for (int i = 0; i < JOBS; i++)
		if (pending == &jobs[i].pending) {
			if (jobs[i].deaf)
				return PART_LATER;
			jobs[i].bytes += output.n;
		}
	return PART_TAKEN;
}

static void
job_submit(struct engine *engine, int i)
{
	jobs[i].call = (struct call_view){ .verb = VERB_COMMAND, .id = id_new(text_now()),
		.rights = RIGHTS_ALL, .args = SPAN("{\"command\":\"export\",\"kind\":\"user\"}") };
	jobs[i].pending.answer = job_answer;
	engine_submit_job(engine, &jobs[i].pending, &jobs[i].call, job_part);
}

static void
add_users(struct txn *txn, void *arg)
{
	char text[700], line[400];

	(void)arg;
	memset(line, 'n', sizeof line - 1);
	line[sizeof line - 1] = '\0';
	for (int i = 1; i <= USERS; i++) {
		snprintf(text, sizeof text, "{\"id\":\"%d\",\"email\":\"user%d@test.example\","
		    "\"firstName\":\"%s\"}", i, i, line);
		record_save(txn, RECORD_USER, span_of(arena_printf(txn_arena(txn), "%d", i)),
		    json_load(txn_arena(txn), span_of(text)));
	}
}

/* One caller reads nothing: the others are served, in turns, and then all waits. */
static void
turns(struct engine *engine)
{
	bool more = true;

	answered = 0;
	jobs[0].deaf = true;
	for (int i = 0; i < JOBS; i++)
		job_submit(engine, i);
	while (jobs[1].turn == 0 && jobs[2].turn == 0) {
		engine_turn(engine);
		engine_work(engine, true);
	}
	ok(jobs[1].bytes > 0 && jobs[2].bytes > 0, "jobs take turns: %zu and %zu bytes",
	    jobs[1].bytes, jobs[2].bytes);
	for (int i = 0; i < 100000 && (more || jobs[1].turn == 0 || jobs[2].turn == 0); i++) {
		engine_turn(engine);
		more = engine_work(engine, true);
	}
	ok(jobs[1].turn > 0 && jobs[2].turn > 0 && jobs[1].bytes == jobs[2].bytes,
	    "both end behind one whose caller reads nothing");
	ok(!more && jobs[0].turn == 0 && engine_has_jobs(engine), "which waits, and costs nothing");
	jobs[0].deaf = false;
	while (jobs[0].turn == 0) {
		engine_turn(engine);
		engine_work(engine, true);
	}
	ok(jobs[0].bytes == jobs[1].bytes && jobs[0].pending.reply.fault == FAULT_NONE,
	    "until it reads");
	for (int i = 0; i < JOBS; i++)
		reply_free(&jobs[i].pending.reply);
}

int
main(void)
{
	struct scratch scratch;
	struct error error = { 0 };
	struct engine *engine;

	if (!scratch_open(&scratch))
		return 99;
	ok(scratch_run(&scratch, STORE_WRITE, add_users, NULL), "some users");
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
		engine_turn(engine);
		usleep(1000);
	}
	ok(calls[0].turn == 3 && calls[1].turn == 4 && calls[2].turn == 5 &&
	    calls[0].pending.reply.status == 200, "and are answered in their order");
	submit(engine, 0);
	ok(calls[0].pending.reply.status == 200, "there is room again");
	while (!engine_quiet(engine))
		engine_turn(engine);
	turns(engine);
	ok(engine_close(&engine), "it ends in order");
	for (int i = 0; i < CALLS; i++)
		reply_free(&calls[i].pending.reply);
	scratch_close(&scratch);
	return tap_done();
}
