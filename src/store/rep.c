/* SPDX-License-Identifier: ISC */
#include "store/rep.h"

#include "base/log.h"
#include "base/text.h"
#include "store/copy.h"
#include "store/store_private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* For one site: beyond it messages are dropped, and asked for again. An internal copy of
 * the store comes in portions of some 10 MB. */
#define WAITING_MAX ((size_t)64 << 20)
/* The master waits so long in a checkpoint for the others to write their pages; they do
 * that all the time themselves, so that the record of it finds little to do. */
#define CHECKPOINT_DELAY_US 300000
/* An election has sent its vote by then, if it does at all. */
#define OPENING_US 100000
#define SYNC_EVERY_US 300000
/* A site that lacks no more of the log than this keeps up. */
#define IN_STEP_BYTES ((int64_t)4 << 20)
#define TIDY_EVERY 16
/* In elections, between those that have the same log. */
#define PRIORITY 100
/* How often the time of an election that failed is doubled. */
#define SLOWER_MAX 4
/* A message in a buffer: two sizes, control, record; each part begins at a multiple of this. */
#define ALIGNMENT 8
#define SIZES_SIZE 8

enum item_kind { ITEM_MESSAGES, ITEM_LOOK, ITEM_ANNOUNCE, ITEM_REPLICA, ITEM_MASTER, ITEM_PUSH };

/* For the thread that applies: in the order in which they came. */
struct item {
	struct item *next;
	enum item_kind kind;
	unsigned site;
	size_t n;
	_Alignas(ALIGNMENT) char bytes[];
};

struct rep {
	struct store *store;
	struct rep_options options;
	int event;
	pthread_t applier, elector, keeper;
	unsigned threads;            /* of these, begun */
	pthread_mutex_t mutex;       /* of what follows */
	pthread_cond_t work, vote, end; /* end: on the monotonic clock */
	bool ending;
	struct item *first, **last;
	size_t queued[REP_SITES_MAX];
	struct buf out[REP_SITES_MAX];
	size_t given[REP_SITES_MAX]; /* of these bytes */
	struct rep_view news;        /* of it, what is told once, and the role */
	pthread_cond_t opened;       /* on the monotonic clock */
	_Atomic bool opening;        /* an election has not sent its vote yet */
	pthread_mutex_t quiet;       /* nobody is in the midst of a call of the library */
	bool taken;                  /* all that the master had; in_step once it is on disk */
	unsigned changes;            /* of the role, not carried out yet */
	unsigned elect_sites, elect_votes; /* 0: no election is wanted */
	_Atomic uint64_t permanent;  /* position of the last record that a commit waits for */
	/* of the one thread */
	bool linked[REP_SITES_MAX];
	uint64_t flushed[REP_SITES_MAX];
	uint32_t generation;         /* of our mastership */
};

static uint64_t
position_of(const DB_LSN *lsn)
{
	return (uint64_t)lsn->file << 32 | lsn->offset;
}

static void
wake(struct rep *rep)
{
	eventfd_write(rep->event, 1);
}

static size_t
aligned(size_t n)
{
	return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void
put_aligned(struct buf *out, const void *bytes, size_t n)
{
	static const char zeros[ALIGNMENT] = { 0 };

	buf_put(out, bytes, n);
	buf_put(out, zeros, aligned(n) - n);
}

static void
append(struct buf *out, const DBT *control, const DBT *record)
{
	const uint32_t sizes[2] = { control->size, record != NULL ? record->size : 0 };
	unsigned char bytes[SIZES_SIZE];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(sizes[i / 4] >> i % 4 * 8);
	buf_put(out, bytes, sizeof bytes);
	put_aligned(out, control->data, control->size);
	if (record != NULL)
		put_aligned(out, record->data, record->size);
}

/* Threads may come here in another order than their records stand in the log. */
static void
note_permanent(struct rep *rep, uint64_t position)
{
	uint64_t known = atomic_load(&rep->permanent);

	while (known < position && !atomic_compare_exchange_weak(&rep->permanent, &known, position))
		;
}

static void
end_opening(struct rep *rep)
{
	pthread_mutex_lock(&rep->mutex);
	atomic_store(&rep->opening, false);
	pthread_cond_broadcast(&rep->opened);
	pthread_mutex_unlock(&rep->mutex);
}

/* Of the library, on whatever thread makes a record. Never waits, never fails: whether a
 * commit may be acknowledged is told by positions. */
static int
send_message(DB_ENV *env, const DBT *control, const DBT *record, const DB_LSN *lsn, int to,
    uint32_t flags)
{
	struct rep *rep = ((struct store *)env->app_private)->rep;
	bool first = false;

	pthread_mutex_lock(&rep->mutex);
	for (unsigned i = 0; i < rep->options.sites; i++) {
		struct buf *out = &rep->out[i];

		if (i == rep->options.site || (to != DB_EID_BROADCAST && to != (int)i + 1) ||
		    out->n > WAITING_MAX)
			continue;
		first = first || out->n == 0;
		append(out, control, record);
	}
	pthread_mutex_unlock(&rep->mutex);
	if (atomic_load(&rep->opening) && pthread_equal(pthread_self(), rep->elector))
		end_opening(rep);
	if (flags & DB_REP_PERMANENT)
		note_permanent(rep, position_of(lsn));
	if (first)
		wake(rep);
	return 0;
}

void
rep_on_event(struct store *store, uint32_t event)
{
	struct rep *rep = store->rep;

	pthread_mutex_lock(&rep->mutex);
	if (event == DB_EVENT_REP_ELECTED)
		rep->news.elected = true;
	else if (event == DB_EVENT_REP_STARTUPDONE)
		rep->taken = true;
	pthread_mutex_unlock(&rep->mutex);
	wake(rep);
}

/* How the library sees it; zeros when it cannot be asked any more. Not for the one thread:
 * it waits while a message is being applied. */
static DB_REP_STAT
state_of(struct rep *rep)
{
	DB_ENV *env = rep->store->env;
	DB_REP_STAT *stat, state = { .st_master = DB_EID_INVALID };

	if (!store_broken(rep->store) && env->rep_stat(env, &stat, 0) == 0) {
		state = *stat;
		free(stat);
	}
	return state;
}

static void
tell(struct rep *rep, bool *what)
{
	pthread_mutex_lock(&rep->mutex);
	*what = true;
	pthread_mutex_unlock(&rep->mutex);
	wake(rep);
}

/* The applier. */

struct applied {
	uint64_t position;   /* of the last record that may be acknowledged, once flushed; 0 none */
	uint32_t generation;
};

/* An election begins by waiting, for whole seconds, until nobody applies. So nobody does
 * until it has sent its vote. */
static void
enter(struct rep *rep)
{
	int64_t until = text_clock() + OPENING_US;
	struct timespec at = { .tv_sec = until / 1000000, .tv_nsec = until % 1000000 * 1000 };

	if (atomic_load(&rep->opening)) {
		pthread_mutex_lock(&rep->mutex);
		while (atomic_load(&rep->opening) &&
		    pthread_cond_timedwait(&rep->opened, &rep->mutex, &at) == 0)
			;
		pthread_mutex_unlock(&rep->mutex);
	}
	pthread_mutex_lock(&rep->quiet);
}

static void
apply(struct rep *rep, unsigned site, DBT *control, DBT *record, struct applied *applied)
{
	DB_ENV *env = rep->store->env;
	struct error error = { 0 };
	DB_LSN lsn;
	int rc;

	enter(rep);
	rc = env->rep_process_message(env, control, record, (int)site + 1, &lsn);
	pthread_mutex_unlock(&rep->quiet);
	switch (rc) {
	case DB_REP_ISPERM:
		/* Asked for each: what was applied of a former master counts for nothing. */
		applied->generation = state_of(rep).st_gen;
		applied->position = position_of(&lsn);
		break;
	case DB_REP_HOLDELECTION:
		tell(rep, &rep->news.called);
		break;
	case DB_REP_DUPMASTER:
		tell(rep, &rep->news.duplicate);
		break;
	case DB_RUNRECOVERY:
	case ENOSPC:
	case EIO:
		store_error(rep->store, &error, rc, "taking the log of the group");
		/* Nothing further can be taken: the owner begins anew. */
		atomic_store(&rep->store->broken, true);
		wake(rep);
		break;
	default:
		/* What is left are messages that are late or ask for what is not here: whoever
		 * needs something asks again. */
		if (rc != 0 && rc != DB_REP_NOTPERM && rc != DB_REP_IGNORE && rc != DB_REP_NEWSITE)
			log_line(LOG_LEVEL_DEBUG, "a message of site %u: %s", site, db_strerror(rc));
		break;
	}
}

/* True with the sizes of the message that the bytes begin with, and its length. */
static bool
message_at(const char *bytes, size_t n, uint32_t *control_r, uint32_t *record_r, size_t *size_r)
{
	uint32_t sizes[2] = { 0, 0 };

	if (n < SIZES_SIZE)
		return false;
	for (size_t i = 0; i < SIZES_SIZE; i++)
		sizes[i / 4] |= (uint32_t)(unsigned char)bytes[i] << i % 4 * 8;
	*control_r = sizes[0];
	*record_r = sizes[1];
	*size_r = SIZES_SIZE + aligned(sizes[0]) + aligned(sizes[1]);
	return *size_r <= n && sizes[0] > 0;
}

static void
apply_messages(struct rep *rep, struct item *item, struct applied *applied)
{
	uint32_t control_n, record_n;
	size_t at = 0, size;

	for (; at < item->n && !store_broken(rep->store); at += size) {
		DBT control = { 0 }, record = { 0 };

		(void)message_at(item->bytes + at, item->n - at, &control_n, &record_n, &size);
		control.data = item->bytes + at + SIZES_SIZE;
		control.size = control_n;
		record.data = item->bytes + at + SIZES_SIZE + aligned(control_n);
		record.size = record_n;
		apply(rep, item->site, &control, &record, applied);
	}
}

static bool
start(struct rep *rep, uint32_t as)
{
	DB_ENV *env = rep->store->env;
	uint32_t me = rep->options.site;
	DBT cdata = { .data = &me, .size = sizeof me };
	struct error error = { 0 };
	int rc;

	enter(rep);
	rc = env->rep_start(env, &cdata, as);
	pthread_mutex_unlock(&rep->quiet);
	if (rc != 0) {
		store_error(rep->store, &error, rc, "taking a role in the group");
		atomic_store(&rep->store->broken, true);
		wake(rep);
	}
	return rc == 0;
}

static void
change_role(struct rep *rep, uint32_t as)
{
	uint32_t generation;

	pthread_mutex_lock(&rep->mutex);
	rep->news.in_step = as == DB_REP_MASTER;
	rep->taken = false;
	pthread_mutex_unlock(&rep->mutex);
	/* A master begins with a record that commits wait for: nothing is known to have come
	 * further, but in a mastership before, whose end may be undone. */
	atomic_store(&rep->permanent, 0);
	if (!start(rep, as))
		return;
	generation = state_of(rep).st_gen;
	pthread_mutex_lock(&rep->mutex);
	if (--rep->changes == 0) { /* else something else was asked for meanwhile */
		rep->news.role = as == DB_REP_MASTER ? REP_MASTER : REP_REPLICA;
		rep->news.generation = generation;
	}
	pthread_mutex_unlock(&rep->mutex);
	wake(rep);
}

/* The library's own mark: on disk before it removes anything, and until all is there. */
#define COPY_MARK "__db.rep.init"

bool
rep_left_copying(const char *home)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/" COPY_MARK, home);
	return access(path, F_OK) == 0;
}

struct clearing {
	int home, directory;
	bool failed;
};

static void
clear_file(void *arg, const char *name)
{
	/* The library's: it makes the first one itself at the master's, and where that is there
	 * already it asks for its first page again for ever. */
	static const char *const of_library[] = { "__db.rep.system", "__db.rep.db",
		"__db.reppg.db" };
	struct clearing *clearing = arg;
	bool ours = is_log_file(name);

	for (size_t i = 0; i < sizeof of_library / sizeof of_library[0]; i++)
		ours = ours || strcmp(name, of_library[i]) == 0;
	for (enum file file = 0; file < FILE__MAX; file++)
		ours = ours || strcmp(name, store_file_name(file)) == 0;
	if (ours && unlinkat(clearing->directory, name, 0) != 0 && errno != ENOENT)
		clearing->failed = true;
}

/* Not all that DB_CONFIG names is there, or a directory. */
static void
clear_in(void *arg, const char *directory)
{
	struct clearing *clearing = arg;
	int fd = openat(clearing->home, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	clearing->directory = fd;
	if (fd >= 0 && (directory_walk(fd, clear_file, clearing) < 0 || fsync(fd) != 0))
		clearing->failed = true;
	if (fd >= 0)
		close(fd);
	else if (errno != ENOENT && errno != ENOTDIR)
		clearing->failed = true;
}

/* Recovery would do it by the list in the mark, but not when the site was killed while that
 * was written: then it fails for ever. */
bool
rep_clear_copy(const char *home, struct error *error)
{
	struct clearing clearing = { .home = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };

	if (clearing.home >= 0) {
		clear_in(&clearing, ".");
		settings_parts(home, clear_in, &clearing);
	}
	clearing.failed = clearing.home < 0 || clearing.failed ||
	    (unlinkat(clearing.home, COPY_MARK, 0) != 0 && errno != ENOENT) ||
	    fsync(clearing.home) != 0;
	if (clearing.failed)
		error_set(error, FAULT_STORE_UNAVAILABLE, "Cannot remove what there is in %s of a "
		    "copy that was not finished: %s.", home, strerror(errno));
	if (clearing.home >= 0)
		close(clearing.home);
	return !clearing.failed;
}

/* For the one thread, which is told when there is another master, or a copy begins or ends. */
static void
look(struct rep *rep)
{
	DB_REP_STAT state = state_of(rep);
	int master = state.st_master > 0 ? (int)state.st_master - 1 : -1;
	bool copying = rep_left_copying(rep->store->home), other;

	pthread_mutex_lock(&rep->mutex);
	other = master != rep->news.master || state.st_gen != rep->news.generation ||
	    copying != rep->news.copying;
	if (copying != rep->news.copying)
		rep->taken = !copying;
	if (copying)
		rep->news.in_step = false;
	rep->news.copying = copying;
	rep->news.master = master;
	rep->news.generation = state.st_gen;
	rep->news.position = position_of(&state.st_next_lsn);
	pthread_mutex_unlock(&rep->mutex);
	if (other)
		wake(rep);
}

static void
carry_out(struct rep *rep, struct item *item, struct applied *applied)
{
	switch (item->kind) {
	case ITEM_MESSAGES:
		apply_messages(rep, item, applied);
		break;
	case ITEM_LOOK:
		break;
	case ITEM_ANNOUNCE:
		start(rep, DB_REP_CLIENT);
		break;
	case ITEM_REPLICA:
		change_role(rep, DB_REP_CLIENT);
		break;
	case ITEM_MASTER:
		change_role(rep, DB_REP_MASTER);
		break;
	case ITEM_PUSH:
		rep->store->env->rep_flush(rep->store->env);
		break;
	}
	look(rep);
}

/* One flush for all that was read: then the master may count on it. */
static void
flush_applied(struct rep *rep, struct applied *applied)
{
	struct error error = { 0 };

	if (applied->position != 0 && store_flush(rep->store, &error)) {
		pthread_mutex_lock(&rep->mutex);
		rep->news.flushed = applied->position;
		rep->news.flushed_generation = applied->generation;
		pthread_mutex_unlock(&rep->mutex);
	}
	if (applied->position != 0)
		wake(rep);
	applied->position = 0;
}

static void *
apply_for_ever(void *arg)
{
	struct rep *rep = arg;
	struct applied applied = { 0 };
	struct item *item, *next;

	pthread_mutex_lock(&rep->mutex);
	while (!rep->ending) {
		if (rep->first == NULL) {
			pthread_cond_wait(&rep->work, &rep->mutex);
			continue;
		}
		item = rep->first;
		rep->first = NULL;
		rep->last = &rep->first;
		pthread_mutex_unlock(&rep->mutex);
		for (; item != NULL; item = next) {
			next = item->next;
			if (!store_broken(rep->store))
				carry_out(rep, item, &applied);
			pthread_mutex_lock(&rep->mutex);
			rep->queued[item->site] -= item->n;
			pthread_mutex_unlock(&rep->mutex);
			free(item);
		}
		if (!store_broken(rep->store))
			flush_applied(rep, &applied);
		pthread_mutex_lock(&rep->mutex);
	}
	pthread_mutex_unlock(&rep->mutex);
	return NULL;
}

static void
enqueue(struct rep *rep, enum item_kind kind, unsigned site, struct span bytes)
{
	struct item *item = malloc(sizeof *item + bytes.n);

	if (item == NULL)
		abort();
	item->next = NULL;
	item->kind = kind;
	item->site = site;
	item->n = bytes.n;
	if (bytes.n > 0)
		memcpy(item->bytes, bytes.p, bytes.n);
	*rep->last = item;
	rep->last = &item->next;
	rep->queued[site] += bytes.n;
	pthread_cond_signal(&rep->work);
}

/* Where votes came too late, the next election takes longer. Of two that have the same, the one
 * whose disk has room is preferred. */
static void
set_pace(struct rep *rep, unsigned failed)
{
	DB_ENV *env = rep->store->env;

	if (store_broken(rep->store))
		return;
	env->rep_set_timeout(env, DB_REP_ELECTION_TIMEOUT, (db_timeout_t)rep->options.election <<
	    (failed < SLOWER_MAX ? failed : SLOWER_MAX));
	env->rep_set_priority(env, rep->store->has_room ? PRIORITY : PRIORITY / 2);
}

static void *
elect_for_ever(void *arg)
{
	struct rep *rep = arg;
	DB_ENV *env = rep->store->env;
	unsigned sites, votes, failed = 0;
	int rc;

	pthread_mutex_lock(&rep->mutex);
	while (!rep->ending) {
		if (rep->elect_sites == 0) {
			pthread_cond_wait(&rep->vote, &rep->mutex);
			continue;
		}
		sites = rep->elect_sites;
		votes = rep->elect_votes;
		pthread_mutex_unlock(&rep->mutex);
		/* Whoever is applying comes to the end of his message. */
		atomic_store(&rep->opening, true);
		pthread_mutex_lock(&rep->quiet);
		pthread_mutex_unlock(&rep->quiet);
		set_pace(rep, failed);
		rc = store_broken(rep->store) || rep_left_copying(rep->store->home) ? 0
		    : env->rep_elect(env, sites, votes, 0);
		failed = rc == DB_REP_UNAVAIL ? failed + 1 : 0;
		if (rc != 0 && rc != DB_REP_UNAVAIL && rc != DB_REP_IGNORE)
			log_line(LOG_LEVEL_DEBUG, "an election: %s", db_strerror(rc));
		end_opening(rep);
		pthread_mutex_lock(&rep->mutex);
		rep->elect_sites = 0;
		rep->news.election_over = true;
		enqueue(rep, ITEM_LOOK, rep->options.site, SPAN(""));
		wake(rep);
	}
	pthread_mutex_unlock(&rep->mutex);
	return NULL;
}

static bool
has_ended_after(struct rep *rep, int64_t us)
{
	int64_t until = text_clock() + us;
	struct timespec at = { .tv_sec = until / 1000000, .tv_nsec = until % 1000000 * 1000 };
	bool ending;

	pthread_mutex_lock(&rep->mutex);
	while (!rep->ending && pthread_cond_timedwait(&rep->end, &rep->mutex, &at) == 0)
		;
	ending = rep->ending;
	pthread_mutex_unlock(&rep->mutex);
	return ending;
}

/* All that was taken is on disk, unless another role or another master has begun meanwhile. */
static void
settle(struct rep *rep)
{
	struct error error = { 0 };
	DB_REP_STAT state;
	uint64_t next;
	bool good;

	/* The library tells its state piece by piece, and refuses to flush the log while a role
	 * begins: which would be a broken store. */
	pthread_mutex_lock(&rep->quiet);
	state = state_of(rep);
	/* A vote raises the generation before anything was compared with its master's log. */
	good = state.st_master > 0 && state.st_startup_complete && store_flush(rep->store, &error);
	pthread_mutex_unlock(&rep->quiet);
	next = position_of(&state.st_next_lsn); /* the log is whole up to there */
	if (!good)
		return;
	pthread_mutex_lock(&rep->mutex);
	if (rep->taken && next > 0) {
		rep->news.in_step = true;
		/* Nothing has come since that a commit waited for: this counts as well. */
		if (rep->news.flushed_generation < state.st_gen ||
		    (rep->news.flushed_generation == state.st_gen && rep->news.flushed < next - 1)) {
			rep->news.flushed = next - 1;
			rep->news.flushed_generation = state.st_gen;
		}
	}
	pthread_mutex_unlock(&rep->mutex);
	wake(rep);
}

/* A hundredth of the cache, so that little is left to write when the master's checkpoint is
 * applied. True when there is more. A change of role waits for whoever is in the library by
 * whole seconds: so these steps are short, and the thread that applies stands outside. */
static bool
write_some(struct rep *rep)
{
	DB_ENV *env = rep->store->env;
	DB_MPOOL_STAT *stat;
	int percent = 100, n = 0;

	pthread_mutex_lock(&rep->quiet);
	if (!store_broken(rep->store) && env->memp_stat(env, &stat, NULL, 0) == 0) {
		uint64_t dirty = stat->st_page_dirty, all = dirty + stat->st_page_clean;

		free(stat);
		if (all > 0)
			percent = (int)((all - dirty) * 100 / all) + 1;
		if (percent < 100)
			env->memp_trickle(env, percent, &n);
	}
	pthread_mutex_unlock(&rep->quiet);
	return n > 0;
}

/* All pages, once. */
static void
write_pages(struct rep *rep)
{
	struct store *store = rep->store;
	bool good;

	pthread_mutex_lock(&rep->quiet);
	good = !store_broken(store) && store->env->memp_sync(store->env, NULL) == 0;
	pthread_mutex_unlock(&rep->quiet);
	if (good)
		settle(rep);
}

static bool
is_replica(struct rep *rep, bool *settles_r)
{
	bool replica;

	pthread_mutex_lock(&rep->mutex);
	replica = rep->news.role == REP_REPLICA && !rep->ending;
	*settles_r = rep->taken && !rep->news.in_step;
	pthread_mutex_unlock(&rep->mutex);
	return replica;
}

/* A replica writes its pages all the time, and keeps log for sites that were away. */
static void *
keep_for_ever(void *arg)
{
	struct rep *rep = arg;
	unsigned turns = 0;
	bool settles;

	while (!has_ended_after(rep, SYNC_EVERY_US)) {
		if (!is_replica(rep, &settles))
			continue;
		if (settles)
			write_pages(rep);
		while (write_some(rep) && is_replica(rep, &settles))
			;
		if (++turns % TIDY_EVERY != 0)
			continue;
		pthread_mutex_lock(&rep->quiet);
		if (!store_broken(rep->store))
			store_tidy_logs(rep->store);
		pthread_mutex_unlock(&rep->quiet);
	}
	return NULL;
}

void
rep_tidy_logs(struct store *store)
{
	int64_t keep = store->rep->options.keep_log_bytes / store->settings->log_file_bytes;
	char **list = NULL;
	int64_t n = 0;

	if (store->env->log_archive(store->env, &list, DB_ARCH_ABS) != 0 || list == NULL)
		return;
	while (list[n] != NULL)
		n++;
	for (int64_t i = 0; i < n - keep; i++)
		unlink(list[i]);
	free(list);
}

int
rep_configure(struct store *store, const struct rep_options *options)
{
	DB_ENV *env = store->env;
	int rc;

	(void)((rc = env->set_lk_detect(env, DB_LOCK_DEFAULT)) ||
	    (rc = env->rep_set_transport(env, (int)options->site + 1, send_message)) ||
	    (rc = env->rep_set_config(env, DB_REP_CONF_BULK, 1)) ||
	    (rc = env->rep_set_config(env, DB_REP_CONF_NOWAIT, 1)) ||
	    (rc = env->rep_set_nsites(env, options->sites)) ||
	    (rc = env->rep_set_priority(env, PRIORITY)) ||
	    (rc = env->rep_set_timeout(env, DB_REP_CHECKPOINT_DELAY, CHECKPOINT_DELAY_US)) ||
	    (rc = env->rep_set_timeout(env, DB_REP_ELECTION_TIMEOUT,
	            (db_timeout_t)options->election)));
	return rc;
}

struct rep *
rep_new(struct store *store, const struct rep_options *options)
{
	struct rep *rep = calloc(1, sizeof *rep);
	pthread_condattr_t monotonic;

	if (rep == NULL || (rep->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		abort();
	rep->store = store;
	rep->options = *options;
	rep->last = &rep->first;
	rep->news.role = REP_CHANGING;
	rep->news.master = -1;
	pthread_mutex_init(&rep->mutex, NULL);
	pthread_mutex_init(&rep->quiet, NULL);
	pthread_cond_init(&rep->work, NULL);
	pthread_cond_init(&rep->vote, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&rep->end, &monotonic);
	pthread_cond_init(&rep->opened, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return rep;
}

bool
rep_start_threads(struct rep *rep, struct error *error)
{
	struct {
		pthread_t *thread;
		void *(*body)(void *);
	} const threads[] = {
		{ &rep->applier, apply_for_ever }, { &rep->elector, elect_for_ever },
		{ &rep->keeper, keep_for_ever },
	};
	sigset_t all, before;
	int rc = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (; rc == 0 && rep->threads < sizeof threads / sizeof threads[0]; rep->threads += rc == 0)
		rc = pthread_create(threads[rep->threads].thread, NULL, threads[rep->threads].body,
		    rep);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc == 0 || error_set(error, FAULT_STORE_UNAVAILABLE, "cannot start a thread: %s",
	    strerror(rc));
}

void
rep_end_threads(struct rep *rep)
{
	pthread_t *const threads[] = { &rep->applier, &rep->elector, &rep->keeper };

	pthread_mutex_lock(&rep->mutex);
	rep->ending = true;
	pthread_cond_signal(&rep->work);
	pthread_cond_signal(&rep->vote);
	pthread_cond_signal(&rep->end);
	pthread_mutex_unlock(&rep->mutex);
	while (rep->threads > 0)
		pthread_join(*threads[--rep->threads], NULL);
}

void
rep_free(struct rep **rep_p)
{
	struct rep *rep = *rep_p;
	struct item *item;

	if (rep == NULL)
		return;
	while ((item = rep->first) != NULL) {
		rep->first = item->next;
		free(item);
	}
	for (unsigned i = 0; i < REP_SITES_MAX; i++)
		buf_free(&rep->out[i]);
	pthread_mutex_destroy(&rep->mutex);
	pthread_mutex_destroy(&rep->quiet);
	pthread_cond_destroy(&rep->work);
	pthread_cond_destroy(&rep->vote);
	pthread_cond_destroy(&rep->end);
	pthread_cond_destroy(&rep->opened);
	close(rep->event);
	free(rep);
	*rep_p = NULL;
}

int
rep_event(const struct store *store)
{
	return store->rep->event;
}

void
rep_look(struct store *store, struct rep_view *view_r)
{
	struct rep *rep = store->rep;
	uint64_t count;

	if (read(rep->event, &count, sizeof count) < 0 && errno != EAGAIN)
		abort();
	pthread_mutex_lock(&rep->mutex);
	*view_r = rep->news;
	rep->news.elected = rep->news.duplicate = rep->news.called = rep->news.election_over = false;
	pthread_mutex_unlock(&rep->mutex);
	if (view_r->role == REP_MASTER) {
		rep->generation = view_r->generation;
		view_r->position = store_position(store);
	}
}

void
rep_ask(struct store *store)
{
	struct rep *rep = store->rep;

	pthread_mutex_lock(&rep->mutex);
	if (rep->first == NULL)
		enqueue(rep, ITEM_LOOK, rep->options.site, SPAN(""));
	pthread_mutex_unlock(&rep->mutex);
}

bool
rep_give(struct store *store, unsigned site, size_t bytes, struct buf *out)
{
	struct rep *rep = store->rep;
	struct buf *from = &rep->out[site];
	uint32_t control, record;
	size_t *given = &rep->given[site], end, size;
	bool more;

	pthread_mutex_lock(&rep->mutex);
	for (end = *given; end - *given < bytes && end < from->n &&
	    message_at(from->p + end, from->n - end, &control, &record, &size); end += size)
		;
	buf_put(out, from->p + *given, end - *given);
	*given = end;
	more = end < from->n;
	if (!more || end > from->n / 2) {
		buf_shift(from, end);
		*given = 0;
	}
	pthread_mutex_unlock(&rep->mutex);
	return more;
}

bool
rep_take(struct store *store, unsigned from, struct span messages)
{
	struct rep *rep = store->rep;
	uint32_t control, record;
	size_t size;

	for (size_t at = 0; at < messages.n; at += size)
		if (!message_at(messages.p + at, messages.n - at, &control, &record, &size))
			return false;
	pthread_mutex_lock(&rep->mutex);
	if (rep->queued[from] <= WAITING_MAX)
		enqueue(rep, ITEM_MESSAGES, from, messages);
	pthread_mutex_unlock(&rep->mutex);
	return true;
}

void
rep_link(struct store *store, unsigned site)
{
	struct rep *rep = store->rep;

	rep->linked[site] = true;
	pthread_mutex_lock(&rep->mutex);
	rep->out[site].n = rep->given[site] = 0;
	if (rep->news.role == REP_REPLICA)
		enqueue(rep, ITEM_ANNOUNCE, site, SPAN(""));
	pthread_mutex_unlock(&rep->mutex);
}

void
rep_unlink(struct store *store, unsigned site)
{
	store->rep->linked[site] = false;
}

void
rep_become(struct store *store, enum rep_role role)
{
	struct rep *rep = store->rep;

	pthread_mutex_lock(&rep->mutex);
	rep->news.role = REP_CHANGING;
	rep->changes++;
	memset(rep->flushed, 0, sizeof rep->flushed);
	rep->generation = 0;
	enqueue(rep, role == REP_MASTER ? ITEM_MASTER : ITEM_REPLICA, rep->options.site, SPAN(""));
	pthread_mutex_unlock(&rep->mutex);
}

void
rep_push(struct store *store)
{
	struct rep *rep = store->rep;

	pthread_mutex_lock(&rep->mutex);
	enqueue(rep, ITEM_PUSH, rep->options.site, SPAN(""));
	pthread_mutex_unlock(&rep->mutex);
}

void
rep_elect(struct store *store, unsigned sites, unsigned votes)
{
	struct rep *rep = store->rep;

	pthread_mutex_lock(&rep->mutex);
	rep->elect_sites = sites;
	rep->elect_votes = votes;
	pthread_cond_signal(&rep->vote);
	pthread_mutex_unlock(&rep->mutex);
}

void
rep_flushed(struct store *store, unsigned site, uint64_t position, uint32_t generation)
{
	struct rep *rep = store->rep;

	if (generation == rep->generation && position > rep->flushed[site])
		rep->flushed[site] = position;
}

uint64_t
rep_flushed_by(const struct store *store, unsigned site)
{
	return store->rep->flushed[site];
}

uint64_t
store_position(const struct store *store)
{
	return store->rep != NULL ? atomic_load(&store->rep->permanent) : 0;
}

/* What a majority has: this site has it anyway once it has flushed, and so many others. */
static uint64_t
position_of_majority(const struct rep *rep)
{
	uint64_t found = 0;

	for (unsigned i = 0; i < rep->options.sites; i++) {
		unsigned have = 0;

		for (unsigned j = 0; j < rep->options.sites; j++)
			have += j != rep->options.site && rep->flushed[j] >= rep->flushed[i];
		if (i != rep->options.site && have >= rep->options.sites / 2 &&
		    rep->flushed[i] > found)
			found = rep->flushed[i];
	}
	return found;
}

bool
store_reached(const struct store *store, uint64_t position)
{
	return store->rep == NULL || position_of_majority(store->rep) >= position;
}

static int64_t
log_bytes(const struct store *store, uint64_t position)
{
	return (int64_t)(position >> 32) * store->settings->log_file_bytes +
	    (int64_t)(position & UINT32_MAX);
}

int64_t
store_ahead(const struct store *store, uint64_t *reached_r)
{
	*reached_r = store->rep != NULL ? position_of_majority(store->rep) : 0;
	return store->rep != NULL
	    ? log_bytes(store, store_position(store)) - log_bytes(store, *reached_r) : 0;
}

void
rep_standing(const struct store *store, struct rep_standing *standing_r)
{
	const struct rep *rep = store->rep;

	*standing_r = (struct rep_standing){ .sites = 0 };
	if (rep == NULL)
		return;
	standing_r->self = rep->options.site;
	standing_r->sites = rep->options.sites;
	for (unsigned i = 0; i < rep->options.sites; i++) {
		bool self = i == rep->options.site;
		int64_t behind = log_bytes(store, store_position(store)) -
		    log_bytes(store, rep->flushed[i]);

		standing_r->site[i].linked = self || rep->linked[i];
		standing_r->site[i].behind = self || behind < 0 ? 0 : behind;
		standing_r->site[i].in_step = standing_r->site[i].linked &&
		    standing_r->site[i].behind < IN_STEP_BYTES;
	}
}
