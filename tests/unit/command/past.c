/* SPDX-License-Identifier: ISC */
/* What the log would become: by pages and slices, among deliveries that come, and without a
 * trace. */
#include "command/job.h"

#include "community/people_apply.h"
#include "community/throttle.h"
#include "listen/gate.h"
#include "listen/journal.h"
#include "listen/listener.h"
#include "store/key.h"

#define DELIVERIES 240
#define LISTENER "'kind':'listener','key':'note','type':'comment','automation':'user'," \
    "'apiKey':'app','target':{'match':'email','parameter':'who'},'author':'by','comment':'text'"

static struct scratch store;
static struct gate gate;

struct log {
	size_t from, to;
	const char *key; /* of the listener */
};

/* Of four one is about nobody, and another has a body of its own row. */
static void
add_deliveries(struct txn *txn, void *arg)
{
	const struct log *log = arg;
	struct listener listener = { .full_name = span_of(log->key), .type = &listener_comment };
	int64_t now = text_now();

	for (size_t i = log->from; i < log->to; i++) {
		struct arena *arena = txn_arena(txn);
		struct arena_mark mark = arena_mark(arena);
		struct request request = { .path = span_of(arena_printf(arena, "/%s", log->key)),
			.address = SPAN("192.0.2.1"), .content_type = SPAN("application/json") };
		struct delivery delivery = { .now = now - (int64_t)(DELIVERIES - i) * 1000000,
			.arena = arena, .request = &request, .listener = &listener,
			.id = id_new(now - (int64_t)(DELIVERIES - i) * 1000000) };
		struct journal_entry entry = { .status = 200, .answer = SPAN(""),
			.outcome = i % 4 == 0 ? FAULT_UNKNOWN_TARGET : FAULT_NONE };

		if (i % 4 != 0)
			delivery.target = (struct target){ .record = RECORD_USER, .id = SPAN("2") };
		request.body = span_of(arena_printf(arena, "{\"who\":\"%s@mail.example\","
		    "\"by\":\"jim@acme.example\",\"text\":\"%zu%*s\"}", i % 4 == 0 ? "nobody" : "ann",
		    i, i % 4 == 1 ? 2000 : 1, "."));
		entry.body = request.body;
		journal_add(txn, &delivery, &entry);
		arena_rewind(arena, mark);
	}
}

/* The oldest ten bodies that have rows. */
static void
lose_bodies(struct txn *txn, void *arg)
{
	struct walk *walk = walk_open(txn, TABLE_BODY, SPAN(""), SPAN(""), false);
	struct span key;

	(void)arg;
	for (int i = 0; i < 10 && walk_next(walk, &key, NULL); i++)
		table_del(txn, TABLE_BODY, arena_copy(txn_arena(txn), key));
	walk_close(&walk);
}

/* The hash of all rows of all tables. */
static void
sum_up(struct txn *txn, void *arg)
{
	struct buf all = { 0 };

	for (int table = 0; table < TABLE__MAX; table++) {
		buf_puts(&all, dump(txn, (enum table)table));
		buf_putc(&all, '\n');
	}
	secret_sha256(buf_bytes(&all), arg);
	buf_free(&all);
}

static bool
open_past(struct run *job, const char *args)
{
	bool good = run_open(job, &store, args);

	job->job.gate = &gate;
	return good;
}

static const char *
past(struct run *job, const char *args)
{
	if (!open_past(job, args))
		return "no such command";
	while (run_step(job))
		continue;
	return run_text(job);
}

static int64_t
number(const char *text, const char *name)
{
	char key[40];
	const char *at;

	snprintf(key, sizeof key, "'%s':", name);
	at = strstr(text, key);
	return at != NULL ? atoll(at + strlen(key)) : -1;
}

static size_t
count(const char *text, const char *part)
{
	size_t n = 0;

	while ((text = strstr(text, part)) != NULL) {
		text += strlen(part);
		n++;
	}
	return n;
}

static void
test_all(struct run *job)
{
	const char *text = past(job, "{'command':'listener-past','listener':'note','limit':1000}");

	ok(number(text, "tried") == DELIVERIES - 10 && number(text, "differ") == 0,
	    "as it stands nothing differs: %lld of %lld", (long long)number(text, "differ"),
	    (long long)number(text, "tried"));
	is_like(text, "*{'listener':'note','tried':230,'differ':0,'outcomes':["
	    "{'then':'applied','now':'applied','deliveries':170},"
	    "{'then':'unknown-target','now':'unknown-target','deliveries':60}],"
	    "'then':{'applied':170,'unknown-target':60},'now':{'applied':170,'unknown-target':60},"
	    "'cannotBeTried':{'body no longer kept':10},'deliveries':[*]}\n", "all of it is told");
	ok(count(text, "'differs':false") == 230 && count(text, "explanation") == 0,
	    "every delivery, without explanation");
	ok(job->steps > DELIVERIES, "with a breath for each");
}

static void
test_pages(struct run *job)
{
	const char *form = "{'command':'listener-past','listener':'note','limit':100%s%s%s,"
	    "'documents':[{'doc':{" LISTENER ",'filter':'user.score > 5'}}]}";
	int64_t tried = 0, differ = 0, lost = 0, pages = 0;
	char more[200] = "";

	do {
		char args[1000];
		const char *text, *at;

		snprintf(args, sizeof args, form, more[0] != '\0' ? ",'after':'" : "", more,
		    more[0] != '\0' ? "'" : "");
		text = past(job, args);
		tried += number(text, "tried");
		differ += number(text, "differ");
		lost += number(text, "body no longer kept") > 0
		    ? number(text, "body no longer kept") : 0;
		at = strstr(text, "'more':'");
		more[0] = '\0';
		if (at != NULL)
			snprintf(more, sizeof more, "%.*s", (int)strcspn(at + 8, "'"), at + 8);
		pages++;
	} while (more[0] != '\0' && pages < 10);
	ok(pages == 3 && tried == DELIVERIES - 10 && lost == 10, "page by page each is tried once: "
	    "%lld pages, %lld tried, %lld lost", (long long)pages, (long long)tried,
	    (long long)lost);
	ok(differ == 170, "and each that differs differs once: %lld", (long long)differ);
}

/* Others are served between its slices, and change what it looks at. */
static void
test_company(struct run *job)
{
	struct run other = { 0 };
	int turns = 0;

	open_past(job, "{'command':'listener-past','listener':'note','limit':1000,'documents':"
	    "[{'doc':{" LISTENER ",'filter':'user.fields.plan == 1'}}]}");
	while (run_step(job)) {
		if (turns++ % 40 != 0)
			continue;
		ok(strstr(run(&other, &store, turns % 80 == 1
		    ? "{'command':'apply','documents':[{'doc':{'kind':'user',"
		    "'email':'ann@mail.example','fields':{'plan':1}}}]}"
		    : "{'command':'apply','documents':[{'doc':{'kind':'user',"
		    "'email':'ann@mail.example','fields':{'plan':2}}}]}"), "result") != NULL,
		    "another call is carried out in between");
	}
	ok(turns > 4 && number(run_text(job), "tried") == DELIVERIES - 10,
	    "%d turns of others, and all was tried", turns);
	run_close(&other);
}

static void
test_bounds(struct run *job)
{
	struct buf args = { 0 };
	const char *text;

	buf_puts(&args, "{'command':'listener-past','listener':'long','limit':1000,'documents':"
	    "[{'doc':{'kind':'listener','key':'long','type':'comment','automation':'user',"
	    "'apiKey':'app','target':{'match':'email','parameter':'who'},'author':'by','comment':'text',"
	    "'filter':'user.firstName == user.email");
	for (int i = 0; i < 80; i++)
		buf_puts(&args, " || user.firstName == user.email");
	buf_puts(&args, "'}}]}");
	buf_putc(&args, '\0');
	text = past(job, args.p);
	ok(number(text, "tried") == 1000 && number(text, "differ") == 750 &&
	    number(text, "untold") > 0 && strlen(text) < (5 << 20),
	    "what is too much to tell is counted: %lld of %lld untold, %zu bytes",
	    (long long)number(text, "untold"), (long long)number(text, "tried"), strlen(text));
	ok(number(text, "untold") + (int64_t)count(text, "'differs':") == 1000,
	    "each is told or counted");
	buf_free(&args);
}

static const struct {
	const char *args, *expected, *name;
} wrong[] = {
	{ "{'command':'listener-past'}", "! usage: 'listener' is missing\n", "no listener" },
	{ "{'command':'listener-past','listener':'none'}", "! not-found: *", "no such listener" },
	{ "{'command':'listener-past','listener':'note','limit':0}", "! usage: *", "no limit" },
	{ "{'command':'listener-past','listener':'note','limit':1001}",
	    "! usage: at most 1000 deliveries are tried at once*", "too high a limit" },
	{ "{'command':'listener-past','listener':'note','after':'x'}", "! usage: *",
	    "no position" },
	{ "{'command':'listener-past','listener':'note','documents':1}", "! usage: *",
	    "no documents" },
	{ "{'command':'listener-past','listener':'note','documents':[{'doc':{" LISTENER
	    ",'filter':'('}}]}", "{'line':1,'pointer':'/filter',*! bad-document: 1 error *",
	    "a bad document" },
	{ "{'command':'listener-past','listener':'note','documents':[{'doc':{'kind':'listener',"
	    "'key':'long','type':'comment','automation':'user','apiKey':'app','author':'a',"
	    "'comment':'b'}}]}",
	    "! usage: the documents change listener long, not note\n", "of another listener" },
};

int
main(void)
{
	struct log log = { 0, DELIVERIES, "note" }, more = { 0, 1000, "long" };
	unsigned char before[SECRET_SHA256_SIZE], after[SECRET_SHA256_SIZE];
	struct run job = { 0 };

	if (!scratch_open(&store))
		return 1;
	gate = (struct gate){ .store = store.store, .settings = &store.settings,
		.arena = arena_new() };
	is_like(run(&job, &store, "{'command':'apikey-create','name':'app','sha256':'"
	    "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b','hint':'a'}"),
	    "*'app'*", "an API key");
	is_like(run(&job, &store, "{'command':'apply','documents':["
	    "{'doc':{'kind':'user','id':'1','email':'jim@acme.example','roles':['admin']}},"
	    "{'doc':{'kind':'user','id':'2','email':'ann@mail.example','firstName':'Ann'}},"
	    "{'doc':{" LISTENER "}},{'doc':{'kind':'listener','key':'long','type':'comment',"
	    "'automation':'user','apiKey':'app','target':{'match':'email','parameter':'who'},"
	    "'author':'by','comment':'text'}}]}"), "*'created'*'created'*'created'*'created'*", "a community");
	scratch_run(&store, STORE_WRITE, add_deliveries, &log);
	scratch_run(&store, STORE_WRITE, add_deliveries, &more);
	scratch_run(&store, STORE_WRITE, lose_bodies, NULL);
	scratch_run(&store, STORE_READ, sum_up, before);
	test_all(&job);
	test_pages(&job);
	test_bounds(&job);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		is_like(past(&job, wrong[i].args), wrong[i].expected, wrong[i].name);
	scratch_run(&store, STORE_READ, sum_up, after);
	ok(memcmp(before, after, sizeof before) == 0, "and nothing was written, in any table");
	test_company(&job);
	run_close(&job);
	arena_free(&gate.arena);
	scratch_close(&store);
	return tap_done();
}
