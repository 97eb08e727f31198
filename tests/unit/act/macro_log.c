/* SPDX-License-Identifier: ISC */
/* What a macro has done is forgotten with it, however much that is: a little in each
 * transaction, and nothing of others. */
#include "act/macro_log.h"

#include "base/text.h"
#include "record/doc_check.h"
#include "record/record_scratch.h"
#include "record/sweep.h"

#define RUNS 20
#define FAILURES 150
#define AT_ONCE 100 /* rows that one transaction may remove */

static struct scratch s;
static struct id kept;

static struct id
add_run(struct txn *txn, const char *macro, const char *members)
{
	struct id id = id_new(text_now());

	macro_log_save(txn, span_of(macro), id, doc_of(txn, members));
	return id;
}

static void
add_all(struct txn *txn, void *arg)
{
	(void)arg;
	for (int i = 0; i < RUNS; i++) {
		struct id id = add_run(txn, "praise", "{'state':'done'}");

		for (int k = 0; k < FAILURES; k++)
			macro_log_fail(txn, SPAN("praise"), id, span_of(arena_printf(txn_arena(txn),
			    "%d", k)), doc_of(txn, "{'detail':'no'}"));
	}
	kept = add_run(txn, "praised", "{'state':'done'}");
	macro_log_fail(txn, SPAN("praised"), kept, SPAN("1"), doc_of(txn, "{'detail':'no'}"));
}

static void
count_rows(struct txn *txn, void *rows)
{
	*(size_t *)rows = rows_in(txn, TABLE_META);
}

static size_t
rows(void)
{
	size_t n = 0;

	scratch_run(&s, STORE_READ, count_rows, &n);
	return n;
}

static void
drop(struct txn *txn, void *arg)
{
	(void)arg;
	macro_log_drop(txn, SPAN("praise"));
	ok(macro_log_before(txn, SPAN("praise"), NULL, &kept) == NULL, "no run of it is known");
	(void)add_run(txn, "praise", "{'state':'done','again':true}");
}

static void
sweep(struct txn *txn, void *more)
{
	*(bool *)more = sweep_some(txn, AT_ONCE);
}

static void
look(struct txn *txn, void *arg)
{
	struct id id;
	struct span target;
	struct json_object *run = macro_log_before(txn, SPAN("praise"), NULL, &id);

	(void)arg;
	ok(json_flag(run, "again", false), "a macro of the same name has a log of its own");
	run = macro_log_before(txn, SPAN("praised"), NULL, &id);
	ok(run != NULL && macro_log_failure(txn, SPAN("praised"), id, SPAN(""), &target) != NULL,
	    "others keep theirs");
}

static void
test_forgotten(void)
{
	size_t before, after, most = 0, rounds = 0;
	bool more = true;

	scratch_run(&s, STORE_WRITE, add_all, NULL);
	before = rows();
	scratch_run(&s, STORE_WRITE, drop, NULL);
	after = rows();
	ok(before <= after + RUNS, "a macro is removed: %zu rows were there, %zu are", before, after);
	while (more && rounds++ < 1000) {
		before = rows();
		scratch_run(&s, STORE_WRITE, sweep, &more);
		after = rows();
		most = before - after > most ? before - after : most;
	}
	ok(most <= AT_ONCE && most > 0, "then each transaction removes %zu at most", most);
	ok(!more && rows() <= 5, "and none is left of it: %zu", rows());
	scratch_run(&s, STORE_READ, look, NULL);
}

/* ---- runs that nobody goes on with */

static void
add_old(struct txn *txn, void *id)
{
	struct json_object *run = doc_of(txn, "{'state':'running','position':'7'}");

	doc_set_time(run, "awaited", text_now() - INT64_C(7200) * 1000000);
	*(struct id *)id = id_new(text_now());
	macro_log_save(txn, SPAN("old"), *(struct id *)id, run);
}

static void
add_new(struct txn *txn, void *id)
{
	struct json_object *run = doc_of(txn, "{'state':'running','position':'7'}");

	doc_set_time(run, "awaited", text_now());
	*(struct id *)id = id_new(text_now());
	macro_log_save(txn, SPAN("old"), *(struct id *)id, run);
	(void)add_run(txn, "old", "{'state':'running'}");
}

struct states {
	struct id old, new;
};

static void
look_at_states(struct txn *txn, void *arg)
{
	const struct states *states = arg;
	struct json_object *old = macro_log_load(txn, SPAN("old"), states->old);
	struct json_object *new = macro_log_load(txn, SPAN("old"), states->new);

	is_text(text_of(txn, json_get(old, "state")), "'left'",
	    "a run whose owner was killed, and that nobody has asked for since");
	ok(json_has(old, "ended") && !json_has(old, "position"), "has ended");
	is_text(text_of(txn, json_get(new, "state")), "'running'", "one that is waited for goes on");
}

static void
test_left(void)
{
	struct states states;

	scratch_run(&s, STORE_WRITE, add_old, &states.old);
	scratch_run(&s, STORE_WRITE, add_new, &states.new);
	scratch_run(&s, STORE_READ, look_at_states, &states);
}

int
main(void)
{
	if (!scratch_open(&s))
		return 99;
	test_forgotten();
	test_left();
	scratch_close(&s);
	return tap_done();
}
