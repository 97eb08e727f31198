/* SPDX-License-Identifier: ISC */
/*
 * The owner's queue: bounded, answered in its order, and only after a flush; and its
 * jobs, which take turns. Who has had more than his share (share.h) is said here: else a
 * delivery in which the machine had no time for this test would let the next ones wait.
 */
#include "act/macro.h"
#include "base/text.h"
#include "community/apikey.h"
#include "community/people.h"
#include "community/people_apply.h"
#include "listen/listener.h"
#include "record/record.h"
#include "record/record_scratch.h"
#include "serve/called.h"
#include "serve/share.h"

#include <poll.h>

#define CALLS 6
#define QUEUE 4
#define USERS 3000
#define JOBS 3
#define READERS 70 /* more than read at the same time */
#define YOUNG 200 /* of short jobs: more than are carried out in one turn */
#define PUT_OFF 40 /* more of one caller than may wait for their turn */
#define SECRET "a secret that the reader knows"
#define LONG_BYTES ((size_t)17 << 20) /* more than REPLY_MAX */

struct share {
	bool yields; /* whoever comes */
};

static struct share share;

struct share *
share_new(void)
{
	return &share;
}

void
share_free(struct share **own)
{
	*own = NULL;
}

size_t
share_caller(const struct share *own, char sort, struct span name)
{
	(void)own;
	(void)sort;
	(void)name;
	return 0;
}

void
share_came(struct share *own, size_t caller, int64_t now)
{
	(void)own;
	(void)caller;
	(void)now;
}

void
share_charge(struct share *own, size_t caller, int64_t before, int64_t took, int64_t now)
{
	(void)own;
	(void)caller;
	(void)before;
	(void)took;
	(void)now;
}

bool
share_yields(struct share *own, size_t caller, int64_t now)
{
	(void)caller;
	(void)now;
	return own->yields;
}

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
	calls[i].call = (struct call_view){ .verb = VERB_DESCRIBE, .id = id_new(text_now()),
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
	bool gone;     /* or has left */
	char kinds[40]; /* of what came, a letter each */
	int turn;
} jobs[JOBS];

static void
job_answer(struct pending *pending)
{
	for (int i = 0; i < JOBS; i++)
		if (pending == &jobs[i].pending)
			jobs[i].turn = ++answered, jobs[i].bytes += pending->reply.body.n;
}

static enum taken
job_part(struct pending *pending, enum part kind, struct span output)
{
	static const char letters[PART__MAX] = { 'r', 'c', 'p', 'm', 's', 'l', 'a' };

	for (int i = 0; i < JOBS; i++)
		if (pending == &jobs[i].pending) {
			if (jobs[i].gone)
				return PART_GONE;
			if (jobs[i].deaf)
				return PART_LATER;
			jobs[i].bytes += output.n;
			if (strlen(jobs[i].kinds) < sizeof jobs[i].kinds - 1)
				jobs[i].kinds[strlen(jobs[i].kinds)] = letters[kind];
		}
	return PART_TAKEN;
}

static void
job_submit(struct engine *engine, int i, const char *args)
{
	jobs[i].call = (struct call_view){ .verb = VERB_COMMAND, .id = id_new(text_now()),
		.rights = RIGHTS_ALL, .args = span_of(args) };
	memset(jobs[i].kinds, 0, sizeof jobs[i].kinds);
	jobs[i].pending.answer = job_answer;
	jobs[i].pending.part = job_part;
	engine_submit(engine, &jobs[i].pending, &jobs[i].call);
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

static void
show_complaint(struct complaints *complaints, const char *pointer, const char *sentence)
{
	complaints->count++;
	printf("# %s: %s\n", pointer, sentence);
}

static void
add_reader(struct txn *txn, void *arg)
{
	struct json_object *options = json_read(txn_arena(txn), SPAN("{\"name\":\"reader\","
	    "\"hint\":\"a\",\"scope\":{\"verbs\":[\"lookup\",\"describe\"]}}"), &json_limits_document, txn_error(txn));
	struct json_object *user = json_new_object(txn_arena(txn));
	unsigned char hash[SECRET_SHA256_SIZE];
	struct complaints complaints = { .add = show_complaint };
	char *name = arena_alloc(txn_arena(txn), LONG_BYTES + 1);

	(void)arg;
	secret_sha256(SPAN(SECRET), hash);
	json_set_text(options, "sha256", secret_hex(txn_arena(txn),
	    (struct span){ (char *)hash, sizeof hash }));
	apikey_add_secret(txn, options, true, text_now(), &complaints);
	json_set_text(user, "id", SPAN("long"));
	json_set_text(user, "email", SPAN("long@test.example"));
	json_set_text(user, "firstName",
	    (struct span){ memset(name, 'n', LONG_BYTES), LONG_BYTES });
	record_save(txn, RECORD_USER, SPAN("long"), user);
}

static void
add_listener(struct txn *txn, void *arg)
{
	(void)arg;
	is_text(apply(txn, &kind_rank, "{'key':'point','name':'Point','points':1}"), "c", "a rank");
	is_text(apply(txn, &kind_macro, "{'key':'point','automation':'user','actions':[{'action':"
	    "'add-rank','rank':'point'}]}"), "c", "a macro");
	is_text(apply(txn, &kind_listener, "{'key':'told','type':'macro','automation':'user',"
	    "'apiKey':'reader','macro':'point','target':{'match':'id'}}"), "c", "a listener");
}

/* Somebody who is let in asks what a listener would take: his bytes go as soon as it is taken. */
static void
describe_for(struct engine *engine, struct pending *pending)
{
	struct header key = { SPAN("x-api-key"), SPAN(SECRET) };
	struct arena *arena = arena_new();
	struct call call;

	call_keep(&call, arena, &(struct call_view){ .verb = VERB_DESCRIBE, .id = id_new(text_now()),
		.request = { .type = SPAN("macro"), .method = SPAN("GET"), .path = SPAN("/told"),
		    .query = SPAN(""), .url = SPAN(""), .content_type = SPAN(""),
		    .address = SPAN("192.0.2.1"), .body = SPAN(""), .headers = &key,
		    .header_count = 1 } });
	engine_submit(engine, pending, &call.view);
	arena_free(&arena);
}

static void
describe(struct engine *engine, int i)
{
	calls[i].turn = 0;
	calls[i].pending.answer = answer;
	describe_for(engine, &calls[i].pending);
}

/* A call whose bytes go as soon as it is taken. */
static void
ask(struct engine *engine, struct pending *pending, const char *method, const char *secret,
    const char *query)
{
	struct header key = { SPAN("x-api-key"), span_of(secret) };
	struct arena *arena = arena_new();
	struct call call;

	call_keep(&call, arena, &(struct call_view){ .verb = VERB_READ, .id = id_new(text_now()),
		.request = { .type = SPAN("lookup"), .method = span_of(method),
		    .path = SPAN("/user/long@test.example"), .query = span_of(query),
		    .url = SPAN(""), .content_type = SPAN(""), .address = SPAN("192.0.2.1"),
		    .body = SPAN(""), .headers = &key, .header_count = secret[0] != '\0' } });
	engine_submit(engine, pending, &call.view);
	arena_free(&arena);
}

/* "200" or "422 answer-too-large" */
static const char *
look_up(struct engine *engine, const char *query)
{
	static char text[80];
	struct pending *pending = &calls[0].pending;

	calls[0].turn = 0;
	ask(engine, pending, "GET", SECRET, query);
	while (calls[0].turn == 0) {
		engine_turn(engine);
		engine_work(engine, true);
	}
	snprintf(text, sizeof text, "%d%s%s", pending->reply.status,
	    pending->reply.status == 200 ? "" : " ", pending->reply.status == 200 ? ""
	    : fault_info(pending->reply.fault)->code);
	return text;
}

static bool
tells(const struct reply *reply, const char *part)
{
	return memmem(reply->body.p, reply->body.n, part, strlen(part)) != NULL;
}

/* An answer that is longer than one may be fails alone, and truly. */
static void
long_answers(struct engine *engine)
{
	struct reply *reply = &calls[0].pending.reply;
	struct id id = id_new(text_now());

	is_text(look_up(engine, ""), "422 answer-too-large", "a record that is too long");
	ok(tells(reply, "16 MiB") && tells(reply, "?columns="), "the limit, and what to do");
	is_text(look_up(engine, "columns=id,email"), "200", "some of it");
	ok(tells(reply, "long@test.example"), "is given");
	reply_reset(reply);
	memset(buf_room(&reply->body, LONG_BYTES), 'n', LONG_BYTES);
	reply->body.n = LONG_BYTES;
	reply_bound(reply, id);
	ok(reply->status == 200 && reply->fault == FAULT_NONE && reply->body.n < 1000 &&
	    tells(reply, "\"outcome\":\"applied\"") && tells(reply, "16 MiB"),
	    "what was applied was applied, however long its answer");
	reply_problem(reply, FAULT_BATCH_FAILED, 422, id, "");
	memset(buf_room(&reply->body, LONG_BYTES), 'n', LONG_BYTES);
	reply->body.n += LONG_BYTES;
	reply_bound(reply, id);
	ok(reply->status == 422 && reply->fault == FAULT_BATCH_FAILED && reply->body.n < 1000,
	    "what failed keeps its reason");
	reply_reset(reply);
	memset(buf_room(&reply->body, LONG_BYTES), 'n', LONG_BYTES);
	reply->body.n = LONG_BYTES;
	reply->fault = FAULT_DRY_RUN;
	reply_bound(reply, id);
	ok(reply->fault == FAULT_ANSWER_TOO_LARGE, "what only tells says that it cannot");
}

static struct reader {
	struct pending pending;
	bool answered;
} readers[READERS];

static void
reader_answer(struct pending *pending)
{
	((struct reader *)pending)->answered = true;
}

/* How many of them were answered at once, with this status. */
static int
ask_all(struct engine *engine, const char *method, const char *secret, const char *query,
    int status)
{
	int n = 0;

	for (int i = 0; i < READERS; i++) {
		struct reader *reader = &readers[i];

		reader->answered = false;
		reader->pending.answer = reader_answer;
		ask(engine, &reader->pending, method, secret, query);
		n += reader->answered && reader->pending.reply.status == status;
	}
	return n;
}

static void
end_all(struct engine *engine)
{
	while (!engine_quiet(engine)) {
		engine_turn(engine);
		engine_work(engine, true);
	}
}

/* Only who is let in takes a place among those that read. */
static void
strangers(struct engine *engine, struct settings *settings)
{
	int n = ask_all(engine, "GET", "", "columns=id", 401);

	ok(n == READERS && !engine_has_jobs(engine), "without a key all are refused at once: %d", n);
	is_text(look_up(engine, "columns=id"), "200", "and hold up nobody");
	end_all(engine);
	n = ask_all(engine, "GET", "a secret of nobody", "columns=id", 401);
	ok(n == READERS && !engine_has_jobs(engine), "so are those with a wrong one: %d", n);
	end_all(engine);
	n = ask_all(engine, "POST", "", "columns=id", 405);
	ok(n == READERS && memmem(readers[0].pending.reply.headers.p,
	    readers[0].pending.reply.headers.n, "Allow: GET", 10) != NULL,
	    "and those that do not read: %d", n);
	end_all(engine);
	n = ask_all(engine, "OPTIONS", "", "columns=id", 200);
	ok(n == READERS && !engine_has_jobs(engine), "or only ask how: %d", n);
	end_all(engine);
	ask(engine, &calls[0].pending, "GET", SECRET, "columns=id");
	ok(!engine_has_jobs(engine), "what is brief is carried out at once");
	end_all(engine);
	n = ask_all(engine, "GET", SECRET, "columns=id", 503);
	ok(n == READERS - 2 * QUEUE && engine_has_jobs(engine),
	    "as many as may wait for the disk; as many are held behind them: %d", n);
	end_all(engine);
	n = ask_all(engine, "GET", SECRET, "by=email&columns=id", 503);
	ok(n == READERS - QUEUE && engine_has_jobs(engine),
	    "of the others as many are held as may be: %d", n);
	calls[0].turn = 0;
	ask(engine, &calls[0].pending, "GET", "", "");
	ok(calls[0].turn > 0 && calls[0].pending.reply.status == 401,
	    "then a stranger is one still: %d", calls[0].pending.reply.status);
	end_all(engine);
	for (int i = 0; i < READERS; i++)
		n += readers[i].answered && readers[i].pending.reply.status == 200;
	ok(n == READERS, "and the others are answered");
	settings->queue_calls = READERS;
	n = ask_all(engine, "GET", SECRET, "by=email&columns=id", 503);
	ok(n == 0, "more than read at the same time wait for each other");
	end_all(engine);
	for (int i = 0; i < READERS; i++)
		n += readers[i].answered && readers[i].pending.reply.status == 200;
	ok(n == READERS, "and all are answered: %d", n);
	settings->queue_calls = QUEUE;
	for (int i = 0; i < READERS; i++)
		reply_free(&readers[i].pending.reply);
}

/* One caller reads nothing: the others are served, in turns, and then all waits. */
static void
turns(struct engine *engine)
{
	bool more = true;

	answered = 0;
	jobs[0].deaf = true;
	for (int i = 0; i < JOBS; i++)
		job_submit(engine, i, "{\"command\":\"export\",\"kind\":\"user\"}");
	while (jobs[1].turn == 0 && jobs[2].turn == 0) {
		engine_turn(engine);
		engine_work(engine, true);
	}
	ok(jobs[1].bytes > 0 && jobs[2].bytes > 0, "jobs take turns: %zu and %zu bytes",
	    jobs[1].bytes, jobs[2].bytes);
	for (int i = 0; i < 100000 && (more || jobs[1].turn == 0 || jobs[2].turn == 0); i++) {
		engine_turn(engine);
		more = engine_work(engine, true) == 0;
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

static struct called young[YOUNG];

/* However many young ones come, an old one has its turn. */
static void
old_among_young(struct engine *engine)
{
	int turns = 0;

	for (int i = 0; i < YOUNG; i++)
		young[i].answers = 1;
	jobs[0].turn = 0;
	job_submit(engine, 0, "{\"command\":\"list\",\"kind\":\"user\",\"limit\":1000}");
	for (; turns < 300 && jobs[0].turn == 0; turns++) {
		for (int i = 0; i < YOUNG; i++)
			if (young[i].answers > 0) {
				called_ask(&young[i], id_new(text_now()),
				    "{'command':'list','kind':'user','limit':60}");
				engine_submit(engine, &young[i].pending, &young[i].call.view);
			}
		engine_turn(engine);
		engine_work(engine, false);
	}
	ok(jobs[0].turn > 0, "an old job ends among many young ones, after %d turns", turns);
	end_all(engine);
	for (int i = 0; i < YOUNG; i++)
		called_free(&young[i]);
	reply_free(&jobs[0].pending.reply);
}

/* A job's parts, "r" for rows, and what the reply holds. */
static const char *
kinds_of(struct engine *engine, const char *args)
{
	jobs[0].turn = 0;
	job_submit(engine, 0, args);
	while (jobs[0].turn == 0) {
		engine_turn(engine);
		engine_work(engine, true);
	}
	if (jobs[0].pending.reply.fault == FAULT_NONE && jobs[0].pending.reply.body.n > 0)
		strcat(jobs[0].kinds, " R");
	reply_free(&jobs[0].pending.reply);
	return jobs[0].kinds;
}

/* In the midst of their loops: whose caller leaves, and whose owner does. */
static void
breaks(struct engine *engine)
{
	static const char *const asked[JOBS] = { "{\"command\":\"export\",\"kind\":\"user\"}",
		"{\"command\":\"select\",\"kind\":\"user\",\"sort\":\"firstName\"}",
		"{\"command\":\"check\"}" };
	int busy = 0;

	for (int i = 0; i < JOBS; i++) {
		jobs[i].bytes = 0;
		jobs[i].turn = 0;
		job_submit(engine, i, asked[i]);
	}
	while (jobs[0].bytes == 0) {
		engine_turn(engine);
		engine_work(engine, true);
	}
	jobs[0].gone = true;
	while (jobs[0].turn == 0) {
		engine_turn(engine);
		engine_work(engine, true);
	}
	ok(jobs[0].pending.reply.fault == FAULT_BUSY, "whose caller has left ends");
	jobs[0].gone = false;
	jobs[0].turn = 0;
	job_submit(engine, 0, asked[0]);
	(void)engine_work(engine, true);
	engine_end_jobs(engine);
	while (!engine_quiet(engine))
		engine_turn(engine);
	for (int i = 0; i < JOBS; i++)
		busy += jobs[i].turn > 0 && jobs[i].pending.reply.fault == FAULT_BUSY;
	ok(busy > 0 && jobs[0].pending.reply.fault == FAULT_BUSY && !engine_has_jobs(engine),
	    "and so do all when the owner leaves: %d", busy);
	for (int i = 0; i < JOBS; i++)
		reply_free(&jobs[i].pending.reply);
	is_text(kinds_of(engine, "{\"command\":\"list\",\"kind\":\"user\",\"limit\":2}"), "rm",
	    "others begin as ever");
}

/* Signals are none by what they look like. */
static void
signals(struct engine *engine)
{
	is_text(kinds_of(engine, "{\"command\":\"list\",\"kind\":\"user\",\"limit\":2}"), "rm",
	    "rows, and where to go on");
	is_text(kinds_of(engine, "{\"command\":\"list\",\"kind\":\"project\"}"), "",
	    "neither");
	is_text(kinds_of(engine, "{\"command\":\"show\",\"kind\":\"user\",\"name\":"
	    "\"user1@test.example\"}"), " R", "a row with the reply");
	is_text(kinds_of(engine, "{\"command\":\"apply\",\"documents\":[{\"line\":1,\"doc\":"
	    "{\"kind\":\"user\"}},{\"line\":2,\"doc\":{\"kind\":\"none\"}}]}"), "cc",
	    "a complaint each");
}

/* While the disk works a loop is to wait for the event, not to ask again and again: a
 * flush is over only once engine_turn() has seen it. */
static void
sleeps(struct engine *engine)
{
	struct pollfd polled = { .fd = engine_event(engine), .events = POLLIN };

	answered = 0;
	for (int i = 0; i < QUEUE - 1; i++)
		submit(engine, i);
	engine_turn(engine);
	submit(engine, QUEUE - 1);
	ok(engine_work(engine, false) != 0, "nothing is to be done at once while the disk works");
	ok(poll(&polled, 1, 60000) == 1 && answered == 0, "its event tells when it has");
	engine_turn(engine);
	ok(answered == QUEUE, "and the next turn answers, also the one that came meanwhile");
	submit(engine, 0);
	ok(engine_work(engine, false) == 0 && answered == QUEUE + 1,
	    "one alone is answered there and then, and that is to be sent");
}

static int
with_status(const struct reader *of, int n, int status)
{
	int found = 0;

	for (int i = 0; i < n; i++)
		found += of[i].answered && of[i].pending.reply.status == status;
	return found;
}

/* Of who lets others go first a few wait, and none for longer than a front does. */
static void
put_off(struct engine *engine, struct settings *settings)
{
	int64_t before = settings->call_timeout;
	int waiting;

	settings->queue_calls = READERS;
	share.yields = true;
	for (int i = 0; i < PUT_OFF; i++) {
		readers[i].answered = false;
		readers[i].pending.answer = reader_answer;
		describe_for(engine, &readers[i].pending);
	}
	waiting = PUT_OFF - with_status(readers, PUT_OFF, 503);
	ok(waiting == 32, "so many wait, the others are told to come again: %d", waiting);
	submit(engine, 3);
	ok(calls[3].pending.reply.status == 200, "and take no room from anybody else");
	settings->call_timeout = 1;
	usleep(1000);
	(void)engine_work(engine, false);
	settings->call_timeout = before;
	ok(with_status(readers, PUT_OFF, 503) == PUT_OFF && readers[0].pending.reply.fault ==
	    FAULT_BUSY, "as these are once they have waited for long");
	share.yields = false;
	end_all(engine);
	settings->queue_calls = QUEUE;
	for (int i = 0; i < PUT_OFF; i++)
		reply_free(&readers[i].pending.reply);
}

/* Whoever has had more than his share lets others go first. */
static void
shares(struct engine *engine, struct settings *settings)
{
	answered = 0;
	share.yields = true;
	describe(engine, 0);
	share.yields = false;
	describe(engine, 1);
	share.yields = true;
	submit(engine, 2);
	for (int i = 0; i < 3; i++)
		(void)engine_work(engine, true);
	ok(calls[1].turn == 1 && calls[2].turn == 2 && calls[0].turn == 0 && !engine_quiet(engine),
	    "who has had more than his share waits while others want the thread, or nobody in particular");
	ok(engine_work(engine, false) == 1, "and looks again in a millisecond");
	share.yields = false;
	(void)engine_work(engine, false);
	ok(calls[0].turn == 3 && calls[0].pending.reply.status == 200 && engine_quiet(engine),
	    "until they do not");
	put_off(engine, settings);
	share.yields = true;
	calls[0].turn = 0;
	describe(engine, 0);
	engine_end_jobs(engine);
	end_all(engine);
	ok(calls[0].turn > 0 && calls[0].pending.reply.status == 200, "or their owner leaves");
	calls[0].turn = 0;
	ask(engine, &calls[0].pending, "GET", SECRET, "by=email&columns=id");
	for (int i = 0; i < 3; i++)
		(void)engine_work(engine, true);
	ok(calls[0].turn == 0 && engine_work(engine, false) == 1, "so does what he asks for at length");
	share.yields = false;
	end_all(engine);
	ok(calls[0].turn > 0, "until then");
}

#define CROWD 16 /* so many are worth a flush while others are run */

static struct {
	struct pending pending;
	struct call_view call;
} crowd[2 * CROWD];
static int event, answered_before_disk;

/* The first half is answered while the disk already works on the second. */
static void
crowd_answer(struct pending *pending)
{
	struct pollfd polled = { .fd = event, .events = POLLIN };

	if (++answered == 1 && poll(&polled, 1, 60000) != 1)
		answered_before_disk++;
	reply_free(&pending->reply);
}

static void
crowd_submit(struct engine *engine, int from, int to)
{
	for (int i = from; i < to; i++) {
		crowd[i].call = calls[0].call;
		crowd[i].call.id = id_new(text_now());
		crowd[i].pending.answer = crowd_answer;
		engine_submit(engine, &crowd[i].pending, &crowd[i].call);
		engine_pass(engine);
	}
}

static void
passes(struct engine *engine, struct settings *settings)
{
	struct pollfd polled = { .fd = engine_event(engine), .events = POLLIN };

	event = polled.fd;
	answered = 0;
	settings->queue_calls = 2 * CROWD;
	crowd_submit(engine, 0, CROWD - 1);
	engine_pass(engine);
	ok(answered == 0 && !engine_quiet(engine), "few calls wait for more");
	crowd_submit(engine, CROWD - 1, CROWD);
	ok(poll(&polled, 1, 60000) == 1 && answered == 0,
	    "the disk begins with many before all that came are run");
	crowd_submit(engine, CROWD, 2 * CROWD);
	ok(answered == CROWD, "and then they are answered");
	ok(answered_before_disk == 0, "while it works on the next");
	while (!engine_quiet(engine))
		engine_turn(engine);
	ok(answered == 2 * CROWD, "which are answered in turn");
	settings->queue_calls = QUEUE;
}

int
main(void)
{
	struct scratch scratch;
	struct error error = { 0 };
	struct engine *engine;

	if (!scratch_open(&scratch))
		return 99;
	scratch.settings.document_bytes = INT64_MAX;
	ok(scratch_run(&scratch, STORE_WRITE, add_users, NULL), "some users");
	ok(scratch_run(&scratch, STORE_WRITE, add_reader, NULL), "a reader, and a long one");
	ok(scratch_run(&scratch, STORE_WRITE, add_listener, NULL), "something to ask about");
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
	for (int i = 0; i < 60000 && answered < CALLS; i++) {
		engine_turn(engine);
		usleep(1000);
	}
	ok(calls[0].turn == 3 && calls[1].turn == 4 && calls[3].turn == 6 &&
	    calls[0].pending.reply.status == 200, "and are answered in their order");
	sleeps(engine);
	submit(engine, 0);
	ok(calls[0].pending.reply.status == 200, "there is room again");
	while (!engine_quiet(engine))
		engine_turn(engine);
	shares(engine, &scratch.settings);
	passes(engine, &scratch.settings);
	turns(engine);
	old_among_young(engine);
	breaks(engine);
	signals(engine);
	long_answers(engine);
	strangers(engine, &scratch.settings);
	for (int i = 0; i < JOBS; i++)
		job_submit(engine, i, "{\"command\":\"export\",\"kind\":\"user\"}");
	(void)engine_work(engine, true);
	ok(engine_has_jobs(engine) && engine_close(&engine),
	    "it ends in order, also in the midst of jobs");
	for (int i = 0; i < CALLS; i++)
		reply_free(&calls[i].pending.reply);
	scratch_close(&scratch);
	return tap_done();
}
