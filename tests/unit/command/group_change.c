/* SPDX-License-Identifier: ISC */
/*
 * Groups that many have values of, and that calls give another form: what that takes does not
 * grow with the values; several may want the same at once; and nobody ends, or goes on with, what
 * somebody else has begun.
 */
#include "base/json.h"
#include "command/job.h"
#include "community/group_rows.h"
#include "community/group_store.h"
#include "listen/register.h"
#include "record/doc_merge.h"

#define MANY (GROUP_AT_ONCE + 200)
#define GROUP "'kind':'group','key':'m','name':'M','automation':'user','fields':["
#define OLD GROUP "{'label':'A','parameter':'a','type':'string'}]"
#define INTEGER "'fields':[{'label':'A','parameter':'a','type':'integer'}]"
#define OTHER "'fields':[{'label':'A','parameter':'b','was':'a','type':'string'}]"
#define SET(fields) "{'command':'set','kind':'group','name':'m','members':{" fields "}"

static struct scratch s;

static void
fill(struct txn *txn, void *arg)
{
	(void)arg;
	is_text(apply(txn, &kind_group, "{" OLD "}"), "c", "a group");
	for (int n = 0; n < MANY; n++) {
		struct arena_mark mark = arena_mark(txn_arena(txn));

		store(txn, "m", arena_printf(txn_arena(txn), "%04d", n), "{'a':'7'}", text_now(), 0);
		arena_rewind(txn_arena(txn), mark);
	}
}

static void
empty(struct txn *txn, void *arg)
{
	(void)arg;
	for (int n = 0; n < MANY; n++) {
		struct arena_mark mark = arena_mark(txn_arena(txn));

		group_drop_all(txn, RECORD_USER, span_of(arena_printf(txn_arena(txn), "%04d", n)));
		arena_rewind(txn_arena(txn), mark);
	}
	is_text(drop(txn, &kind_group, "m"), "removed", "the group goes");
}

/* It writes values in the new form. */
static bool
converts(const struct run *run)
{
	const struct job_progress *progress = &run->job.progress;

	return progress->share != NULL && strcmp(progress->what(progress->of),
	    "converting stored values") == 0;
}

static bool
goes_on(struct run *run)
{
	return run->stack != NULL && run_step(run);
}

static const char *
groups(void)
{
	static char text[2000];
	struct run job = { .store = NULL };

	snprintf(text, sizeof text, "%s", run(&job, &s, "{'command':'groups','name':'m'}"));
	run_close(&job);
	return text;
}

static void
test_memory(void)
{
	struct run job = { .store = NULL };
	struct arena_mark first = { .used = 0 }, mark;
	int steps = 0, grown = 0;

	scratch_run(&s, STORE_WRITE, fill, NULL);
	run_open(&job, &s, SET(INTEGER) "}");
	while (goes_on(&job)) {
		if (!converts(&job))
			continue;
		mark = arena_mark(job.step);
		if (steps++ == 0)
			first = mark;
		grown += mark.block != first.block || mark.used != first.used;
	}
	is_like(run_text(&job), "*'result':'updated'*", "a group gets another form");
	ok(steps >= MANY && grown == 0, "in %d steps, of which %d leave something in memory", steps,
	    grown);
	run_close(&job);
	scratch_run(&s, STORE_WRITE, empty, NULL);
}

static void
count_old(struct txn *txn, void *n)
{
	struct walk *walk = walk_open(txn, TABLE_META, SPAN("group-old"), SPAN(""), false);
	struct span key;

	while (walk_next(walk, &key, NULL))
		++*(size_t *)n;
	walk_close(&walk);
}

/* Rows in the old form, of whoever changed it. */
static void
test_tidy(void)
{
	struct run job = { .store = NULL };
	size_t before = 0, after = 0;

	scratch_run(&s, STORE_READ, count_old, &before);
	is_text(run(&job, &s, "{'command':'tidy'}"), "", "what is left of changes goes by and by");
	scratch_run(&s, STORE_READ, count_old, &after);
	ok(before > 0 && after == 0, "of %zu forms none is left", before);
	run_close(&job);
}

/* By turns. */
static void
test_both(void)
{
	struct run one = { .store = NULL }, other = { .store = NULL };
	bool more = true;

	scratch_run(&s, STORE_WRITE, fill, NULL);
	run_open(&one, &s, SET(INTEGER) "}");
	run_open(&other, &s, SET(INTEGER) "}");
	while (more) {
		more = goes_on(&one);
		more = goes_on(&other) || more;
	}
	is_like(run_text(&one), "*'result':'*'}\n", "of two who want the same one does it");
	is_like(run_text(&other), "*'result':'*'}\n", "and the other finds it done");
	ok(strstr(groups(), "changing") == NULL && strstr(groups(), "gaveUp") == NULL,
	    "and nothing is left to do");
	run_close(&one);
	run_close(&other);
	scratch_run(&s, STORE_WRITE, empty, NULL);
}

/* ---- tasks */

static void
find_task(struct txn *txn, void *id_r)
{
	struct group_changing changing;

	if (!group_change_load(txn, SPAN("m"), &changing) || !id_read(changing.task, id_r))
		printf("Bail out! no task\n");
}

/* As the owner carries it out. */
static void
open_task(struct run *task, const char *args)
{
	struct id id;

	scratch_run(&s, STORE_READ, find_task, &id);
	run_open(task, &s, args);
	task->job.task = true;
	task->job.id = id;
}

/* Stopped, and another one begun, before the task has heard of it. */
static void
test_stopped(void)
{
	struct run call = { .store = NULL }, task = { .store = NULL };

	scratch_run(&s, STORE_WRITE, fill, NULL);
	is_like(run(&call, &s, SET(INTEGER) ",'background':true}"), "*'begun'*", "a task is begun");
	open_task(&task, SET(INTEGER) "}");
	while (goes_on(&task) && !converts(&task))
		continue;
	is_like(run(&call, &s, "{'command':'group-stop','name':'m'}"), "{'name':'m'}\n", "stopped");
	is_like(run(&call, &s, SET(OTHER) ",'background':true}"), "*'begun'*", "and another begun");
	while (goes_on(&task))
		continue;
	is_like(run_text(&task), "*! bad-document: this change of the group was stopped, or another "
	    "one was made*", "the first one ends");
	is_like(groups(), "*'changing':{*'done':0,*", "and leaves the other as it is");
	open_task(&task, SET(OTHER) "}");
	while (goes_on(&task))
		continue;
	is_like(run_text(&task), "*'result':'updated'*", "which comes to its end");
	run_close(&call);
	run_close(&task);
	scratch_run(&s, STORE_WRITE, empty, NULL);
}

static void
tell_version(struct txn *txn, void *text)
{
	struct span version = doc_version(txn_arena(txn), &kind_group, kind_find(txn,
	    &kind_group, SPAN("m")));

	snprintf(text, 100, "%.*s", (int)version.n, version.p);
}

/* The owner dies before it can say what it has begun. */
static void
test_again(void)
{
	struct run call = { .store = NULL };
	char version[100], args[400];

	scratch_run(&s, STORE_WRITE, fill, NULL);
	scratch_run(&s, STORE_READ, tell_version, version);
	snprintf(args, sizeof args, SET(INTEGER) ",'version':'%s','background':true}", version);
	is_like(run(&call, &s, args), "*'result':'begun'*", "a task is begun");
	call.again = true;
	is_like(run(&call, &s, args), "*'result':'begun'*", "which is told whoever is asked again");
	call.again = false;
	run(&call, &s, "{'command':'group-stop','name':'m'}");
	run_close(&call);
	scratch_run(&s, STORE_WRITE, empty, NULL);
}

/* Somebody wants the same beside what he may not have. */
static void
test_beside(void)
{
	struct run call = { .store = NULL }, task = { .store = NULL };

	scratch_run(&s, STORE_WRITE, fill, NULL);
	is_like(run(&call, &s, SET(INTEGER) ",'background':true}"), "*'begun'*", "a task");
	is_like(run(&call, &s, "{'command':'apply','documents':[{'doc':{" GROUP
	    "{'label':'A','parameter':'a','type':'integer'}]}},{'doc':{'kind':'schedule','key':'s',"
	    "'macro':'none','filter':'true','every':'daily','start':'2026-01-01T00:00:00Z'}}]}"),
	    "*'/macro'*! bad-document*", "somebody wants the same and something impossible");
	is_like(groups(), "*'changing':{*", "his error does not end it");
	open_task(&task, SET(INTEGER) "}");
	while (goes_on(&task))
		continue;
	is_like(run_text(&task), "*'result':'updated'*", "it comes to its end");
	run_close(&call);
	run_close(&task);
	scratch_run(&s, STORE_WRITE, empty, NULL);
}

int
main(void)
{
	if (!scratch_open(&s))
		return 99;
	s.settings.free_bytes = 0;
	test_memory();
	test_both();
	test_stopped();
	test_again();
	test_beside();
	test_tidy();
	scratch_close(&s);
	return tap_done();
}
