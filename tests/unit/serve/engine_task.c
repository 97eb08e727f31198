/* SPDX-License-Identifier: ISC */
/*
 * Work that nobody waits for: it goes on when its caller has gone, holds up neither the end of
 * an owner nor a call, the next owner goes on with it and does nothing twice, and it ends when
 * it is stopped or when whoever asked for it may not do it any more. One person's leave room for
 * those of others. What somebody waits for ends when he leaves.
 */
#include "act/macro.h"
#include "base/text.h"
#include "command/command.h"
#include "command/task.h"
#include "community/people.h"
#include "community/people_apply.h"
#include "serve/called.h"

#define USERS 1200

static struct scratch scratch;
static struct arena *arena;

static void
set_up(struct txn *txn, void *arg)
{
	(void)arg;
	is_text(apply(txn, &kind_user, "{'email':'jim@acme.example','roles':['admin']}"), "c",
	    "an admin");
	is_text(apply(txn, &kind_macro, "{'key':'praise','automation':'user','actions':[{'action':"
	    "'add-points','points':1}]}"), "c", "a macro");
	called_users(txn, &(int){ USERS });
}

static void
is_span(struct span got, const char *expected, const char *name)
{
	is_text(arena_string(arena, got), expected, name);
}

static void
turn(struct engine *engine)
{
	engine_turn(engine);
	engine_work(engine, true);
}

/* Of the answer, or of its problem. */
static struct json_object *
first_line(const struct called *called)
{
	struct span lines = buf_bytes(called->fault == FAULT_NONE ? &called->out
	    : &called->pending.reply.body);

	return json_load(arena, arena_copy(arena, text_cut(&lines, '\n')));
}

/* The first line of the answer. */
static struct json_object *
ask(struct engine *engine, const char *format, ...)
{
	struct called called = { 0 };
	struct json_object *row;
	char text[1000];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	called_ask(&called, id_new(text_now()), text);
	if (strstr(text, "'behalf'") != NULL)
		called.call.view.actor = SPAN("jim@acme.example");
	engine_submit(engine, &called.pending, &called.call.view);
	called_wait(&called, engine, true);
	row = first_line(&called);
	called_free(&called);
	return row;
}

static struct json_object *
log_of(struct engine *engine, struct json_object *begun)
{
	struct span run = json_string(begun, "run");

	return ask(engine, "{'command':'macro-log','macro':'praise','run':'%.*s','limit':1}",
	    (int)run.n, run.p);
}

static bool
is_running(struct engine *engine, struct json_object *begun)
{
	return span_is(json_string(log_of(engine, begun), "state"), "running");
}

static void
test_goes_on(void)
{
	struct engine *engine = called_engine(&scratch);
	struct json_object *begun, *again, *row;
	int owners = 1;

	begun = ask(engine, "{'command':'macro-run-all','macro':'praise','filter':'user.nothing > 1',"
	    "'background':true,'key':'k'}");
	ok(json_get(begun, "run") == NULL, "a filter with an error begins nothing");
	begun = ask(engine, "{'command':'macro-run-all','macro':'praise','filter':'user.score < 1000',"
	    "'background':true,'key':'k'}");
	again = ask(engine, "{'command':'macro-run-all','macro':'praise','filter':'user.score < 1000',"
	    "'background':true,'key':'k'}");
	ok(json_string(begun, "run").n > 0 && json_equal(begun, again),
	    "the same form twice begins one run");
	ok(engine_quiet(engine) && !engine_has_jobs(engine), "nobody waits for it");
	ok(is_running(engine, begun), "and it runs");
	row = ask(engine, "{'command':'tasks'}");
	ok(span_eq(json_string(row, "task"), json_string(begun, "run")) &&
	    span_is(json_string(row, "macro"), "praise"), "it is listed");
	while (owners < 1000 && is_running(engine, begun)) {
		engine_end_jobs(engine);
		ok(engine_close(&engine), "an owner leaves in order");
		engine = called_engine(&scratch);
		owners++;
		for (int i = 0; i < 3; i++)
			turn(engine);
	}
	row = log_of(engine, begun);
	ok(owners > 1 && json_integer(row, "applied", 0) == USERS + 1 &&
	    json_integer(row, "targets", 0) == USERS + 1, "%d owners have ended it: %lld applied",
	    owners, (long long)json_integer(row, "applied", 0));
	row = ask(engine, "{'command':'filter-count','automation':'user','filter':'user.score == 1'}");
	ok(json_integer(row, "count", 0) == USERS + 1, "each was applied once: %lld",
	    (long long)json_integer(row, "count", 0));
	row = ask(engine, "{'command':'tasks'}");
	ok(row == NULL, "and it is listed no more");
	engine_close(&engine);
}

static void
test_chosen(void)
{
	struct engine *engine = called_engine(&scratch);
	struct json_object *begun, *row;

	begun = ask(engine, "{'command':'macro-run-all','macro':'praise','ids':['u3','u1','nobody',"
	    "'u3'],'background':true}");
	while (is_running(engine, begun))
		turn(engine);
	row = log_of(engine, begun);
	ok(json_integer(row, "applied", 0) == 2 && json_integer(row, "failed", 0) == 1 &&
	    json_integer(row, "chosen", 0) == 3, "some that were chosen, each once");
	row = ask(engine, "{'command':'macro-run-all','macro':'praise','ids':[],'background':true}");
	ok(span_is(json_string(row, "code"), "usage"), "none is an error");
	row = ask(engine, "{'command':'macro-run-all','macro':'praise','ids':['u1'],"
	    "'filter':'true'}");
	ok(span_is(json_string(row, "code"), "usage"), "so are both");
	engine_close(&engine);
}

static void
test_stop(void)
{
	struct engine *engine = called_engine(&scratch);
	struct json_object *begun, *row;
	int64_t applied;
	struct span run;

	begun = ask(engine, "{'command':'macro-run-all','macro':'praise','filter':'true',"
	    "'background':true}");
	run = json_string(begun, "run");
	row = ask(engine, "{'command':'macro-stop','macro':'praise','run':'%.*s'}", (int)run.n, run.p);
	is_span(json_string(row, "state"), "stopped", "it is stopped");
	applied = json_integer(log_of(engine, begun), "applied", -1);
	for (int i = 0; i < 50; i++)
		turn(engine);
	row = log_of(engine, begun);
	ok(applied < USERS && json_integer(row, "applied", 0) == applied &&
	    json_has(row, "ended"), "and does nothing more: %lld applied", (long long)applied);
	row = ask(engine, "{'command':'tasks'}");
	ok(row == NULL, "no task is left");
	/* One that is over stays as it is. */
	row = ask(engine, "{'command':'macro-stop','macro':'praise','run':'%.*s'}", (int)run.n, run.p);
	is_span(json_string(row, "state"), "stopped", "once more changes nothing");
	engine_close(&engine);
}

/* Who has begun it may not any more, when the next owner goes on with it. */
static void
test_rights(void)
{
	struct engine *engine = called_engine(&scratch);
	struct json_object *begun, *row;

	(void)ask(engine, "{'command':'set','kind':'user','name':'u1@mail.example','members':"
	    "{'roles':['admin']}}");

	begun = ask(engine, "{'command':'macro-run-all','macro':'praise','filter':'true',"
	    "'background':true,'behalf':true}");
	is_span(json_string(log_of(engine, begun), "by"), "jim@acme.example", "by whom is logged");
	(void)ask(engine, "{'command':'set','kind':'user','name':'jim@acme.example','members':"
	    "{'roles':['tester']}}");
	for (int i = 0; i < 1000 && is_running(engine, begun); i++) {
		engine_end_jobs(engine);
		engine_close(&engine);
		engine = called_engine(&scratch);
		turn(engine);
	}
	row = log_of(engine, begun);
	is_span(json_string(row, "state"), "failed", "it has ended");
	ok(memmem(json_string(row, "detail").p, json_string(row, "detail").n, "needs the right",
	    15) != NULL, "with the reason: %.*s", (int)json_string(row, "detail").n,
	    json_string(row, "detail").p);
	ok(json_integer(row, "applied", -1) < USERS, "and before all was done");
	engine_close(&engine);
}

/* And while it runs, whoever owns the store. */
static void
test_rights_at_once(void)
{
	struct engine *engine = called_engine(&scratch);
	struct json_object *begun, *row;

	(void)ask(engine, "{'command':'set','kind':'user','name':'jim@acme.example','members':"
	    "{'roles':['admin']}}");
	begun = ask(engine, "{'command':'macro-run-all','macro':'praise','filter':'true',"
	    "'background':true,'behalf':true}");
	(void)ask(engine, "{'command':'set','kind':'user','name':'jim@acme.example','members':"
	    "{'email':'jimmy@acme.example'}}");
	ok(is_running(engine, begun), "who is renamed goes on");
	is_span(json_string(log_of(engine, begun), "by"), "jimmy@acme.example", "by the new name");
	(void)ask(engine, "{'command':'set','kind':'user','name':'jimmy@acme.example','members':"
	    "{'roles':['tester']}}");
	for (int i = 0; i < 10000 && is_running(engine, begun); i++)
		turn(engine);
	row = log_of(engine, begun);
	is_span(json_string(row, "state"), "failed", "who may not any more does not");
	ok(json_integer(row, "applied", -1) < USERS && memmem(json_string(row, "detail").p,
	    json_string(row, "detail").n, "needs the right", 15) != NULL, "%lld of %d were done: %.*s",
	    (long long)json_integer(row, "applied", -1), USERS + 1,
	    (int)json_string(row, "detail").n, json_string(row, "detail").p);
	(void)ask(engine, "{'command':'set','kind':'user','name':'jimmy@acme.example','members':"
	    "{'email':'jim@acme.example','roles':['admin']}}");
	engine_close(&engine);
}

/* ---- in company */

#define RUNS 12
#define RUN "{'command':'macro-run-all','macro':'praise','filter':'true','background':true}"

static bool
has_begun(struct engine *engine, struct json_object *begun)
{
	return json_integer(log_of(engine, begun), "looked", 0) > 0 || !is_running(engine, begun);
}

/* His, and behind them another's; all asked for before the first has begun. */
static void
begin_all(struct engine *engine, struct json_object *begun[RUNS + 1])
{
	struct called called[RUNS + 1] = { 0 };

	for (int i = 0; i <= RUNS; i++) {
		called_ask(&called[i], id_new(text_now()), RUN);
		called[i].call.view.actor = i < RUNS ? SPAN("jim@acme.example") : SPAN("");
		engine_submit(engine, &called[i].pending, &called[i].call.view);
	}
	for (int i = 0; i <= RUNS; i++) {
		called_wait(&called[i], engine, true);
		begun[i] = first_line(&called[i]);
		called_free(&called[i]);
	}
}

/* Who has begun many takes no other's place. */
static void
test_share(void)
{
	struct engine *engine = called_engine(&scratch);
	struct json_object *his[RUNS + 1], *other, *row = NULL;
	int begun = 0;

	begin_all(engine, his);
	other = his[RUNS];
	for (int i = 0; i < 10000 && !has_begun(engine, other); i++)
		turn(engine);
	for (int i = 0; i < RUNS; i++)
		begun += has_begun(engine, his[i]);
	ok(begun < RUNS, "another's turn comes while %d of his %d runs have begun", begun, RUNS);
	/* They begin faster than they end. */
	for (int i = 0; i < 1000 && !span_is(json_string(row, "code"), "busy"); i++)
		row = ask(engine, "{'command':'macro-run-all','macro':'praise','filter':'true',"
		    "'background':true,'behalf':true}");
	is_span(json_string(row, "code"), "busy", "and none of many more waits");
	row = ask(engine, "{'command':'macro-run-all','macro':'praise','filter':'true',"
	    "'background':true}");
	ok(json_string(row, "run").n > 0, "but those of others");
	for (int i = 0; i < 100000 && ask(engine, "{'command':'tasks'}") != NULL; i++)
		turn(engine);
	for (int i = 0, n = 0; i < RUNS; i++) {
		n += json_integer(log_of(engine, his[i]), "applied", 0) == USERS + 1;
		if (i == RUNS - 1)
			ok(n == RUNS, "all come to their end: %d", n);
	}
	engine_close(&engine);
}

/* ---- somebody waits, and leaves */

static void
test_left(void)
{
	struct engine *engine = called_engine(&scratch);
	struct called called = { 0 };
	char text[ID_TEXT_SIZE];
	struct json_object *row = NULL;
	int64_t applied;

	called_ask(&called, id_new(text_now()), "{'command':'macro-run-all','macro':'praise',"
	    "'filter':'true'}");
	engine_submit(engine, &called.pending, &called.call.view);
	for (int i = 0; i < 1000 && !span_is(json_string(row, "run"),
	         id_text(called.call.view.id, text)); i++)
		row = ask(engine, "{'command':'macro-log','macro':'praise','limit':1}");
	is_span(json_string(row, "state"), "running", "a run that is waited for");
	engine_leave(engine, &called.pending);
	called_wait(&called, engine, true);
	row = ask(engine, "{'command':'macro-log','macro':'praise','limit':1}");
	applied = json_integer(row, "applied", -1);
	is_span(json_string(row, "state"), "left", "has ended when its caller has left");
	ok(applied > 0 && applied < USERS && json_has(row, "ended") && json_has(row, "detail") &&
	    !json_has(row, "position"), "what was done stays: %lld", (long long)applied);
	for (int i = 0; i < 50; i++)
		turn(engine);
	row = ask(engine, "{'command':'macro-log','macro':'praise','limit':1}");
	ok(json_integer(row, "applied", -1) == applied, "and no more is");
	called_free(&called);
	engine_close(&engine);
}

/* ---- while no owner is there */

static void
beside(void (*body)(struct txn *txn, void *arg), void *arg)
{
	struct store_options options = { .home = scratch.home, .settings = &scratch.settings };
	struct error error = { 0 };
	struct store *store = store_open(&options, &error);

	ok(store != NULL && store_run(store, STORE_WRITE, arena, body, arg, &error),
	    "between two owners %s", error.detail);
	store_close(&store);
}

static void
remove_jim(struct txn *txn, void *arg)
{
	(void)arg;
	is_text(drop(txn, &kind_user, "jim@acme.example"), "removed", "an account is deleted");
}

static void
test_removed(void)
{
	struct engine *engine = called_engine(&scratch);
	struct json_object *begun, *row;

	begun = ask(engine, "{'command':'macro-run-all','macro':'praise','filter':'true',"
	    "'background':true,'behalf':true}");
	engine_end_jobs(engine);
	engine_close(&engine);
	beside(remove_jim, NULL);
	engine = called_engine(&scratch);
	for (int i = 0; i < 10000 && is_running(engine, begun); i++)
		turn(engine);
	row = log_of(engine, begun);
	is_span(json_string(row, "state"), "failed", "for who is gone nothing goes on");
	is_span(json_string(row, "detail"), "the account for which it was done is gone", "and why");
	engine_close(&engine);
}

#define UNKNOWN 3 /* more than are carried out at once for one person */

static void
add_unknown(struct txn *txn, void *arg)
{
	struct job job = { .now = text_now() };

	(void)arg;
	for (int i = 0; i < UNKNOWN; i++)
		task_begin(txn, &job, id_new(text_now()), doc_of(txn,
		    "{'command':'of another version'}"));
}

/* They wait for an owner who knows them; nothing else waits, and no core is busy, meanwhile. */
static void
test_unknown(void)
{
	struct engine *engine;
	struct json_object *begun;
	int busy = 0;

	beside(add_unknown, NULL);
	engine = called_engine(&scratch);
	for (int i = 0; i < 100; i++) {
		engine_turn(engine);
		busy += engine_work(engine, false) == 0;
	}
	ok(busy < 100, "an owner that does not know a task rests: of 100 turns %d had more", busy);
	begun = ask(engine, "{'command':'macro-run-all','macro':'praise','filter':'true',"
	    "'background':true}");
	for (int i = 0; i < 100000 && is_running(engine, begun); i++) {
		engine_tidy(engine);
		turn(engine);
	}
	ok(!is_running(engine, begun), "and goes on with others of the same person");
	ok(json_string(ask(engine, "{'command':'tasks'}"), "task").n > 0, "and keeps it");
	engine_close(&engine);
}

int
main(void)
{
	if (!scratch_open(&scratch))
		return 99;
	arena = arena_new();
	scratch.settings.free_bytes = 0;
	ok(scratch_run(&scratch, STORE_WRITE, set_up, NULL), "a community");
	store_close(&scratch.store);
	test_goes_on();
	test_chosen();
	test_stop();
	test_rights();
	test_rights_at_once();
	test_share();
	test_left();
	test_removed();
	test_unknown();
	arena_free(&arena);
	scratch_close(&scratch);
	return tap_done();
}
