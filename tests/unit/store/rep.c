/* SPDX-License-Identifier: ISC */
/* Three sites in one process: what they say to each other is carried by the test, which can
 * cut any direction. */
#include "record/record_scratch.h"
#include "store/rep.h"
#include "store/store_private.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SITES 3
#define PATIENCE 3000 /* turns of 10 ms */

static struct site {
	struct scratch s;
	struct rep_view view;
	bool up, elected, in_step, over;
} sites[SITES];
static bool cut[SITES][SITES];

static bool
up(unsigned i, bool joins)
{
	struct site *site = &sites[i];
	struct rep_options rep = { .site = i, .sites = SITES, .election = 100000,
		.keep_log_bytes = 64 << 20, .joins = joins };
	struct store_options options = { .home = site->s.home, .settings = &site->s.settings,
		.rep = &rep };

	error_clear(&site->s.error);
	site->s.store = store_open(&options, &site->s.error);
	if (site->s.store == NULL)
		printf("# %s\n", site->s.error.detail);
	site->up = site->s.store != NULL;
	site->elected = site->in_step = site->over = false;
	return site->up;
}

static void
down(unsigned i)
{
	store_leave(sites[i].s.store);
	store_close(&sites[i].s.store);
	sites[i].up = false;
}

/* What each has for the others arrives; what is new is looked at. */
static void
turn(void)
{
	struct buf out = { 0 };

	for (unsigned i = 0; i < SITES; i++)
		for (unsigned j = 0; j < SITES && sites[i].up; j++) {
			if (i == j)
				continue;
			out.n = 0;
			while (rep_give(sites[i].s.store, j, 100, &out))
				;
			if (out.n > 0 && sites[j].up && !cut[i][j])
				rep_take(sites[j].s.store, i, buf_bytes(&out));
		}
	for (unsigned i = 0; i < SITES; i++) {
		struct site *site = &sites[i];

		if (!site->up)
			continue;
		rep_look(site->s.store, &site->view);
		site->elected = site->elected || site->view.elected;
		site->over = site->over || site->view.election_over;
		site->in_step = site->view.in_step;
		for (unsigned j = 0; j < SITES; j++)
			if (j != i && sites[j].up && !cut[i][j])
				rep_flushed(sites[j].s.store, i, site->view.flushed,
				    site->view.flushed_generation);
	}
	buf_free(&out);
	usleep(1000);
}

static bool
until(bool (*good)(unsigned), unsigned of)
{
	for (int i = 0; i < PATIENCE * 10; i++) {
		if (good(of))
			return true;
		turn();
	}
	return false;
}

static bool
is_master(unsigned i)
{
	return sites[i].view.role == REP_MASTER;
}

static bool
is_replica(unsigned i)
{
	return sites[i].view.role == REP_REPLICA;
}

static bool
is_in_step(unsigned i)
{
	return sites[i].view.role == REP_REPLICA && sites[i].in_step;
}

/* An election may end without one: then there is another. */
static bool
one_is_elected(unsigned among)
{
	for (unsigned i = 0; i < SITES; i++)
		if (sites[i].up && sites[i].over && !sites[i].elected) {
			sites[i].over = false;
			rep_elect(sites[i].s.store, among, 2);
		}
	return sites[0].elected || sites[1].elected || sites[2].elected;
}

static bool
is_reached(unsigned i)
{
	return store_reached(sites[i].s.store, store_position(sites[i].s.store));
}

static bool
all_in_step(unsigned master)
{
	for (unsigned i = 0; i < SITES; i++)
		if (i != master && sites[i].up && rep_flushed_by(sites[master].s.store, i) <
		    store_position(sites[master].s.store))
			return false;
	return true;
}

static void
put(struct txn *txn, void *arg)
{
	struct walk *walk = walk_open(txn, TABLE_NOTE, SPAN(""), SPAN(""), false);
	struct span key;

	/* A cursor stands on the page that is written to. */
	while (walk_next(walk, &key, NULL))
		;
	walk_close(&walk);
	walk = walk_open(txn, TABLE_NOTE, SPAN(""), SPAN(""), false);
	walk_next(walk, &key, NULL);
	table_put(txn, TABLE_NOTE, span_of(arg), SPAN("x"));
}

static void
look(struct txn *txn, void *arg)
{
	if (!table_has(txn, TABLE_NOTE, span_of(arg)))
		txn_fail(txn, FAULT_NOT_FOUND, "it is not there");
}

static bool
write_at(unsigned i, const char *key)
{
	struct scratch *s = &sites[i].s;

	return scratch_run(s, STORE_WRITE, put, (void *)(uintptr_t)key) &&
	    store_flush(s->store, &s->error);
}

static bool
has(unsigned i, const char *key)
{
	struct scratch *s = &sites[i].s;

	error_clear(&s->error);
	return store_run(s->store, STORE_READ, s->arena, look, (void *)(uintptr_t)key, &s->error);
}

static bool
found(unsigned i)
{
	error_clear(&sites[i].s.error);
	rep_become(sites[i].s.store, REP_MASTER);
	return until(is_master, i) && store_enter(sites[i].s.store, &sites[i].s.error);
}

static bool
follow(unsigned i)
{
	rep_become(sites[i].s.store, REP_REPLICA);
	return until(is_replica, i);
}

static unsigned
master(void)
{
	for (unsigned i = 0; i < SITES; i++)
		if (sites[i].up && sites[i].view.role == REP_MASTER)
			return i;
	return SITES;
}

static void
test_found(void)
{
	struct scratch *first = &sites[0].s;

	ok(scratch_run(first, STORE_WRITE, put, (void *)(uintptr_t)"alone"),
	    "a store that is alone");
	store_close(&first->store);
	ok(up(0, false) && found(0), "becomes the first site: %s", first->error.detail);
	ok(has(0, "alone"), "and has what it had");
	ok(write_at(0, "w1") && !is_reached(0), "alone in the group it may acknowledge nothing");
	for (unsigned i = 1; i < SITES; i++) {
		ok(up(i, true) && follow(i), "site %u comes with an empty home", i);
		for (unsigned j = 0; j < SITES; j++)
			rep_link(sites[i].s.store, j);
		ok(until(is_in_step, i), "and is in step");
	}
	ok(until(is_reached, 0), "the quorum is reached");
	ok(write_at(0, "w2") && until(is_reached, 0) && until(all_in_step, 0),
	    "the others have what is written");
}

static void
test_quorum(void)
{
	cut[1][0] = cut[2][0] = true;
	write_at(0, "w3");
	for (int i = 0; i < 100; i++)
		turn();
	ok(!is_reached(0), "nobody is heard: nothing is acknowledged");
	cut[2][0] = false;
	write_at(0, "w4");
	ok(until(is_reached, 0), "one of the others is enough");
	cut[1][0] = false;
	ok(until(all_in_step, 0), "who was cut off catches up");
}

static bool
pushed_in_step(unsigned master)
{
	rep_push(sites[master].s.store);
	return all_in_step(master);
}

/* Nobody knows of a record that was lost on its way, until another one comes. */
static void
test_missed(void)
{
	cut[0][2] = true;
	write_at(0, "missed");
	for (int i = 0; i < 100; i++)
		turn();
	cut[0][2] = false;
	for (int i = 0; i < 100; i++)
		turn();
	ok(!all_in_step(0), "what was missed is missed while nothing is written");
	ok(until(pushed_in_step, 0), "and asked for when the last record comes again and again");
}

/* The master is gone, without a word: one of the others has all that was acknowledged. */
static void
test_fail_over(void)
{
	unsigned m, other;

	ok(write_at(0, "w5") && until(is_reached, 0), "it is acknowledged");
	for (unsigned i = 1; i < SITES; i++)
		cut[0][i] = cut[i][0] = true;
	/* What nobody else has. */
	write_at(0, "lost");
	ok(!is_reached(0), "what nobody else has is not");
	for (unsigned i = 0; i < SITES; i++)
		sites[i].over = false;
	for (unsigned i = 1; i < SITES; i++)
		rep_elect(sites[i].s.store, 2, 2);
	ok(until(one_is_elected, 2) && !sites[0].elected, "the others elect one of them");
	m = sites[1].elected ? 1 : 2;
	other = 3 - m;
	ok(found(m), "who becomes master: %s", sites[m].s.error.detail);
	ok(has(m, "w5") && has(m, "w1") && has(m, "alone") && !has(m, "lost"),
	    "with all that was acknowledged");
	ok(write_at(m, "w6") && until(is_reached, m), "and acknowledges again");
	ok(write_at(0, "lost too") && !is_reached(0), "the old one writes on, in vain");
	store_leave(sites[0].s.store);
	ok(follow(0), "it steps down");
	for (unsigned i = 1; i < SITES; i++)
		cut[0][i] = cut[i][0] = false;
	for (unsigned i = 0; i < SITES; i++)
		rep_link(sites[0].s.store, i);
	ok(write_at(m, "w7") && until(all_in_step, m), "and takes the new master's log");
	down(other);
	down(m);
	ok(up(m, false) && follow(m), "the new one starts again");
	for (unsigned i = 0; i < SITES; i++)
		sites[i].elected = sites[i].over = false;
	rep_elect(sites[0].s.store, 3, 2);
	rep_elect(sites[m].s.store, 3, 2);
	ok(until(one_is_elected, 3), "one of these two is elected");
	m = sites[0].elected ? 0 : m;
	ok(found(m) && has(m, "w7") && !has(m, "lost") && !has(m, "lost too"),
	    "with what the group wrote, and without what it did not");
	ok(master() == m, "there is one master");
}

/*
 * Who has taken all that its master had, and is about to flush that, becomes master itself. The
 * library locks everybody out while a role begins: a flush that comes in between is refused. Here
 * each waits for the other, as far as that goes.
 */
#define WAITED_MS 300
static int (*memp_sync)(DB_ENV *, DB_LSN *), (*log_flush)(DB_ENV *, const DB_LSN *);
static _Thread_local bool writes_pages; /* the thread that flushes then */
static atomic_bool holds, flushes, flushed, begins;

static void
wait_for(atomic_bool *what)
{
	for (int i = 0; i < WAITED_MS && !atomic_load(what); i++)
		usleep(1000);
}

static int
sync_pages(DB_ENV *env, DB_LSN *lsn)
{
	writes_pages = true;
	return memp_sync(env, lsn);
}

static int
flush_log(DB_ENV *env, const DB_LSN *lsn)
{
	bool held = writes_pages && atomic_load(&holds);
	int rc;

	if (held) {
		atomic_store(&flushes, true);
		wait_for(&begins);
	}
	rc = log_flush(env, lsn);
	if (held)
		atomic_store(&flushed, true);
	return rc;
}

/* What the library opens while a role begins, and nobody else is let in. */
static int
open_file(const char *path, int flags, ...)
{
	va_list args;
	int mode;

	va_start(args, flags);
	mode = va_arg(args, int);
	va_end(args);
	if (atomic_load(&flushes) && strstr(path, "__db.rep.system") != NULL) {
		atomic_store(&begins, true);
		wait_for(&flushed);
	}
	return open(path, flags, mode);
}

static bool
is_about_to_flush(unsigned unused)
{
	(void)unused;
	return atomic_load(&flushes);
}

static void
test_flush(void)
{
	unsigned m = master(), other = 0;
	DB_ENV *env = sites[m].s.store->env;

	while (other == m || !sites[other].up)
		other++;
	memp_sync = env->memp_sync;
	log_flush = env->log_flush;
	env->memp_sync = sync_pages;
	env->log_flush = flush_log;
	db_env_set_func_open(open_file);
	atomic_store(&holds, true);
	store_leave(sites[m].s.store);
	ok(follow(m) && found(other), "another one is master");
	ok(until(is_about_to_flush, m), "who was it has all, and is about to flush it");
	ok(found(m) && write_at(m, "w8"), "who was it is it again, and writes: %s",
	    sites[m].s.error.detail);
	atomic_store(&holds, false);
}

/* What did not get through is asked for again; what is no message is refused. */
static void
test_garbage(void)
{
	unsigned m = master();

	ok(!rep_take(sites[m].s.store, (m + 1) % SITES, SPAN("what is this?")) &&
	    !rep_take(sites[m].s.store, (m + 1) % SITES, SPAN("\377\377\377\377\0\0\0\0")) &&
	    !rep_take(sites[m].s.store, (m + 1) % SITES, SPAN("\0\0\0\0\0\0\0\0")),
	    "bytes that are no messages are refused");
}

static bool
write_file(const char *home, const char *name, size_t n)
{
	static const char bytes[64];
	char path[4096];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", home, name);
	file = fopen(path, "w");
	return file != NULL && fwrite(bytes, 1, n, file) == n && fclose(file) == 0;
}

static bool
is_there(const char *home, const char *name)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", home, name);
	return access(path, F_OK) == 0;
}

/* A site that was killed while it took a copy, also in the midst of writing the mark. */
static void
test_left_copying(void)
{
	static const char *const gone[] = { "records.db", "log.0000000007", "log/log.0000000008",
		"__db.rep.system", "__db.rep.db", "__db.reppg.db", "__db.rep.init" };
	static const char *const stay[] = { "mine.db", "witness", "log.txt", "__db.rep.gen" };
	char home[] = "/tmp/earshot-rep-XXXXXX", path[64];
	struct error error = { 0 };

	ok(mkdtemp(home) != NULL && !rep_left_copying(home), "without the mark there was no copy");
	snprintf(path, sizeof path, "%s/log", home);
	ok(mkdir(path, 0700) == 0, "a directory for the log");
	snprintf(path, sizeof path, "%s/DB_CONFIG", home);
	FILE *config = fopen(path, "w");
	ok(config != NULL && fputs("set_lg_dir log\n", config) >= 0 && fclose(config) == 0,
	    "which DB_CONFIG names");
	for (size_t n = 0; n <= 40; n += 8) {
		bool good = true;

		for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++)
			good = good && write_file(home, gone[i], n);
		for (size_t i = 0; i < sizeof stay / sizeof stay[0]; i++)
			good = good && write_file(home, stay[i], n);
		ok(good && rep_left_copying(home), "a mark of %zu bytes tells of a copy", n);
		ok(rep_clear_copy(home, &error), "what there is of it is removed");
		for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++)
			good = good && !is_there(home, gone[i]);
		for (size_t i = 0; i < sizeof stay / sizeof stay[0]; i++)
			good = good && is_there(home, stay[i]);
		ok(good && !rep_left_copying(home), "and nothing else");
	}
	scratch_remove(home);
}

int
main(void)
{
	test_left_copying();
	for (unsigned i = 0; i < SITES; i++) {
		ok(scratch_open(&sites[i].s), "a home");
		if (i == 0)
			continue;
		store_close(&sites[i].s.store);
		scratch_remove(sites[i].s.home);
		if (mkdir(sites[i].s.home, 0700) != 0)
			return 1;
	}
	test_found();
	test_quorum();
	test_missed();
	test_fail_over();
	test_flush();
	test_garbage();
	for (unsigned i = 0; i < SITES; i++)
		if (sites[i].up)
			down(i);
	for (unsigned i = 0; i < SITES; i++)
		scratch_close(&sites[i].s);
	return tap_done();
}
