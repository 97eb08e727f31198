/* SPDX-License-Identifier: ISC */
#include "store/copy.h"

#include "base/log.h"
#include "base/text.h"
#include "store/member.h"
#include "store/rep.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/* 1: all notes of a user stood in his document, where those of old are still found.
 * 2: there was no log of changes, nor its file. */
#define FORMAT "3"
static const char *const formats_before[] = { "1", "2", NULL };
#define BRIEF_CACHE ((size_t)1 << 20)
#define MIN_CACHE ((uint64_t)16 << 20)
#define USUAL_CACHE ((uint64_t)64 << 20)
#define LOG_BUFFER ((uint32_t)1 << 20)
#define BRIEF_LOG_BUFFER ((uint32_t)64 << 10)
/* Berkeley DB reads the last log file whole at each opening to find its end, so that
 * of a brief owner is small, and the first, which may be for many of these. */
#define BRIEF_LOG_FILE ((uint32_t)256 << 10)
/* Who closes leaves the checkpoint to a successor until this much log stands. */
#define CLOSE_CHECKPOINT_BYTES ((uint32_t)256 << 10)
#define RECOVERY_ROOM ((uint64_t)1 << 20)
#define NFS_MAGIC 0x6969
/* For the tests, which are to find a thread that waits for a lock of its own. */
#ifdef EARSHOT_LOCKS
#define LOCKS true
#else
#define LOCKS false
#endif

static const char *const file_names[] = {
	[FILE_RULES] = "rules.db",
	[FILE_RECORDS] = "records.db",
	[FILE_INDEX] = "index.db",
	[FILE_JOURNAL] = "journal.db",
	[FILE_BODIES] = "bodies.db",
	[FILE_OUTBOX] = "outbox.db",
	[FILE_AUDIT] = "audit.db",
};
_Static_assert(sizeof file_names / sizeof file_names[0] == FILE__MAX, "a name per file");

/* Where deliveries touch pages here and there, a smaller page is less to write at the
 * next checkpoint; rows over a quarter of a page are kept apart. */
static const uint32_t page_sizes[] = {
	[FILE_RULES] = 8192,
	[FILE_RECORDS] = 4096,
	[FILE_INDEX] = 4096,
	[FILE_JOURNAL] = 8192,
	[FILE_BODIES] = 8192,
	[FILE_OUTBOX] = 8192,
	[FILE_AUDIT] = 8192,
};

/* What it says after the first failure is that failure again, and advice that would do
 * harm here: its own recovery tools know nothing of ours. And what a site of a group meets
 * all the time: files of the home that are no data files, calls while it changes its role. */
static bool
is_noise(const struct store *store, const char *message)
{
	static const char *const always[] = { "ecovery", "PANIC", "RUNRECOVERY" };
	static const char *const in_group[] = { "unexpected file type", "locked out",
		"Not enough votes", "Encrypted", "/witness: " };

	for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
		if (strstr(message, always[i]) != NULL)
			return true;
	for (size_t i = 0; i < sizeof in_group / sizeof in_group[0]; i++)
		if (store != NULL && store->rep != NULL && strstr(message, in_group[i]) != NULL)
			return true;
	return false;
}

static void
on_message(const DB_ENV *env, const char *prefix, const char *message)
{
	struct store *store = env->app_private;
	char file[sizeof store->bad_file];
	unsigned page;

	(void)prefix;
	if (store != NULL && store->bad_file[0] == '\0' &&
	    sscanf(message, "BDB%*u %31[^: ]: pgin failed for page %u", file, &page) == 2) {
		memcpy(store->bad_file, file, sizeof file);
		store->bad_page = page;
	}
	log_line(is_noise(store, message) ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR,
	    "Berkeley DB: %s", message);
}

/* Recovery, too, only says that it failed; here is why. */
static void
on_event(DB_ENV *env, uint32_t event, void *info)
{
	struct store *store = env->app_private;

	if (event == DB_EVENT_PANIC && info != NULL)
		disk_failed(store->home, *(const int *)info);
	else if (store->rep != NULL)
		rep_on_event(store, event);
}

/* Nothing here helps any more. Said once, as the last word: others that fail for it are
 * told to callers alone. */
bool
store_damaged(struct store *store, struct error *error, const char *what)
{
	char advice[STORE_ADVICE_SIZE], page[80];

	atomic_store(&store->broken, true);
	if (error->fault != FAULT_NONE)
		return false;
	if (store->bad_file[0] != '\0')
		snprintf(page, sizeof page, "page %u of %s is damaged", store->bad_page,
		    store->bad_file);
	error_set(error, FAULT_STORE_UNAVAILABLE, "the store at %s cannot be recovered: %s. "
	    "Leave the tools of Berkeley DB alone, they would lose more. Restore a "
	    "backup: %s", store->home,
	    store->bad_file[0] != '\0' ? page : what,
	    store_advice(store->home, store->settings, advice));
	if (!store->told && store->witness >= 0) /* else who opens it says so */
		log_line(LOG_LEVEL_ERROR, "%s", error->detail);
	store->told = true;
	return false;
}

bool
store_error(struct store *store, struct error *error, int rc, const char *what)
{
	if (rc == ENOSPC || rc == EDQUOT) {
		store->has_room = false;
		return error_set(error, FAULT_DISK_FULL,
		    "%s: the disk is full; nothing was acknowledged", what);
	}
	/* After a failed write success proves nothing any more: end, recover. */
	atomic_store(&store->broken, true);
	if (store->bad_file[0] != '\0')
		return store_damaged(store, error, what);
	disk_failed(store->home, rc);
	log_line(LOG_LEVEL_ERROR, "%s: %s", what, db_strerror(rc));
	return error_set(error, FAULT_STORE_UNAVAILABLE, "%s: %s", what,
	    db_strerror(rc));
}

const char *
store_file_name(enum file file)
{
	return file_names[file];
}

bool
store_broken(const struct store *store)
{
	return atomic_load(&store->broken);
}

/* What the data files take on disk. */
static uint64_t
stored_bytes(const char *home)
{
	uint64_t bytes = 0;
	char path[4096];
	struct stat st;

	for (int i = 0; i < FILE__MAX; i++) {
		snprintf(path, sizeof path, "%s/%s", home, file_names[i]);
		if (stat(path, &st) == 0)
			bytes += (uint64_t)st.st_size;
	}
	return bytes;
}

/* Follows the store and the machine: twice the data, and what a store may grow by before
 * it is opened again, up to one sixteenth of the memory. Only pages that are used take
 * memory; but the tables for all are made at each take-over, 5 MB in 2 ms for 64 MB.
 * Berkeley DB can enlarge the cache of an open environment, but then makes the tables for
 * the most that it may become at once. */
static uint64_t
fitting_cache(const char *home)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
	uint64_t most = (uint64_t)(pages > 0 ? pages : 0) *
	    (uint64_t)(size > 0 ? size : 0) / 16;
	uint64_t bytes = 2 * stored_bytes(home);

	if (bytes < USUAL_CACHE)
		bytes = USUAL_CACHE;
	if (bytes > most)
		bytes = most;
	return bytes < MIN_CACHE ? MIN_CACHE : bytes;
}

static uint32_t
log_file(const struct store_options *options)
{
	uint32_t bytes = (uint32_t)options->settings->log_file_bytes;

	return (options->brief || options->create) && bytes > BRIEF_LOG_FILE ? BRIEF_LOG_FILE
	                                                                     : bytes;
}

static int
configure(DB_ENV *env, const struct store_options *options)
{
	const struct settings *settings = options->settings;
	uint64_t cache = options->brief ? BRIEF_CACHE
	    : settings->cache_bytes > 0 ? (uint64_t)settings->cache_bytes
	    : fitting_cache(options->home);
	int rc;

	env->set_errcall(env, on_message);
	env->set_errpfx(env, "store");
	(void)((rc = env->set_event_notify(env, on_event)) ||
	    (rc = env->set_cachesize(env, (uint32_t)(cache >> 30),
	            (uint32_t)(cache & (((uint64_t)1 << 30) - 1)), 1)) ||
	    (rc = env->set_lg_bsize(env, options->brief ? BRIEF_LOG_BUFFER : LOG_BUFFER)) ||
	    (rc = env->set_lg_max(env, log_file(options))) ||
	    (rc = env->set_tx_max(env, 64)) ||
	    (rc = env->set_flags(env, DB_TXN_NOSYNC, 1)) ||
	    (rc = env->set_flags(env, DB_REGION_INIT, 1)));
	return rc;
}

/* Always false. */
static bool
lacks(const char *home, const struct settings *settings, const char *missing,
    struct error *error)
{
	char advice[STORE_ADVICE_SIZE];

	return error_set(error, FAULT_STORE_UNAVAILABLE, "%s lacks %s: the file was lost, or the "
	    "disk that it is on is not mounted. Restore a backup: %s", home, missing,
	    store_advice(home, settings, advice));
}

/* Before recovery, which would go on without the file that is missing. */
static bool
is_whole(const struct store_options *options, struct error *error)
{
	const char *missing;
	int n = store_files(options->home, &missing);

	if (missing == NULL || (options->create && n == 0) ||
	    (options->rep != NULL && options->rep->joins))
		return true;
	if (options->rep != NULL)
		return error_set(error, FAULT_STORE_UNAVAILABLE, "%s lacks %s: the file was lost, or "
		    "the disk that it is on is not mounted. If it is lost, the other sites of the "
		    "group have it: move what is left of the database away (*.db, log.*, witness, "
		    "group.member), and use: earshot --home %s group join", options->home, missing,
		    options->home);
	return n == 0 ? store_is_there(options->home, error)
	              : lacks(options->home, options->settings, missing, error);
}

/* Written to while it is alone, it has something that its group has not. */
static bool
leave_group(const struct store_options *options, struct error *error)
{
	struct member member;

	if (options->rep != NULL)
		return true;
	if (rep_left_copying(options->home))
		return error_set(error, FAULT_STORE_UNAVAILABLE, "%s was to take the store of its group "
		    "anew, and has not got all of it: it holds no store now. Give it its [group] back "
		    "in earshot.conf, or use the store of another site", options->home);
	if (!member_read(options->home, &member, error))
		return false;
	if (member.state == MEMBER_NONE)
		return true;
	log_line(LOG_LEVEL_WARNING, "%s was a site of a group and is opened without it (earshot.conf "
	    "has no [group]): it leaves the group, and comes back by earshot group join alone",
	    options->home);
	member.state = MEMBER_NONE;
	return member_write(options->home, &member, error);
}

static bool
home_usable(const char *home, bool create, struct error *error)
{
	struct statfs fs;

	if (create && mkdir(home, 0700) != 0 && errno != EEXIST)
		return error_set(error, FAULT_STORE_UNAVAILABLE,
		    "cannot make %s: %s", home, strerror(errno));
	if (statfs(home, &fs) != 0)
		return store_is_there(home, error) && error_set(error, FAULT_STORE_UNAVAILABLE,
		    "%s: %s", home, strerror(errno));
	if (fs.f_type == NFS_MAGIC)
		return error_set(error, FAULT_STORE_UNAVAILABLE,
		    "%s is on NFS, where neither locks nor durability can be relied on", home);
	return true;
}

/* Region files of an owner that joined them; stale once another owner was private. */
static void
remove_regions(const char *home)
{
	char path[4096];

	for (int i = 1; i <= 9; i++) {
		snprintf(path, sizeof path, "%s/__db.%03d", home, i);
		unlink(path);
	}
}

/* What recovery says then is only that it could not recover. */
static bool
disk_is_full(const struct store *store)
{
	struct statvfs fs;

	return statvfs(store->home, &fs) == 0 &&
	    (uint64_t)fs.f_bavail * fs.f_frsize < RECOVERY_ROOM;
}

static bool
environment_open(struct store *store, const struct store_options *options,
    struct error *error)
{
	uint32_t flags = DB_CREATE | DB_INIT_LOG | DB_INIT_MPOOL | DB_INIT_TXN |
	    DB_THREAD | DB_PRIVATE;
	int rc;

	if (store->locks)
		flags |= DB_INIT_LOCK;
	if (options->rep != NULL)
		flags |= DB_INIT_REP;
	/* A replica leaves pages behind even in order: its checkpoints are the master's. */
	if (options->recover || options->rep != NULL) {
		flags |= DB_RECOVER;
		remove_regions(options->home);
		if (!disk_settle(options->home, error))
			return false;
	}
	if (!sum_begin())
		return error_set(error, FAULT_INTERNAL, "this program was not built right: its "
		    "checksum is not that of Berkeley DB");
	disk_begin();
	rc = db_env_create(&store->env, 0);
	if (rc != 0)
		return store_error(store, error, rc, "creating the environment");
	store->env->app_private = store;
	if ((rc = configure(store->env, options)) == 0 &&
	    (options->rep == NULL || (rc = rep_configure(store, options->rep)) == 0) &&
	    (rc = store->env->open(store->env, options->home, flags, 0600)) == 0) {
		if (options->recover)
			spare_remove(store);
		return true;
	}
	if (rc == DB_RUNRECOVERY && options->recover && !disk_is_full(store))
		store_damaged(store, error, "its log is damaged");
	else
		store_error(store, error, disk_is_full(store) ? ENOSPC : rc,
		    "opening the store");
	atomic_store(&store->broken, true); /* half open: not to be touched again */
	return false;
}

/* The order of keys, and the length of the shortest that still tells a from b: both are
 * Berkeley DB's own, whose functions look at one byte at a time. */
static int
compare(DB *db, const DBT *a, const DBT *b)
{
	int order = memcmp(a->data, b->data, a->size < b->size ? a->size : b->size);

	(void)db;
	return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

static size_t
prefix(DB *db, const DBT *a, const DBT *b)
{
	const char *p = a->data, *q = b->data;
	size_t least = a->size < b->size ? a->size : b->size, n = 0;

	(void)db;
	while (n < least && p[n] == q[n])
		n++;
	return n < least || a->size != b->size ? n + 1 : n;
}

DB *
store_file(struct store *store, enum file file, struct error *error)
{
	char why[80];
	DB *db;
	int rc;

	if (store->files[file] != NULL)
		return store->files[file];
	rc = db_create(&db, store->env, 0);
	if (rc == 0) {
		if ((rc = db->set_pagesize(db, page_sizes[file])) == 0 &&
		    (rc = db->set_bt_compare(db, compare)) == 0 &&
		    (rc = db->set_bt_prefix(db, prefix)) == 0 &&
		    (rc = db->set_flags(db, DB_CHKSUM)) == 0)
			rc = db->open(db, NULL, file_names[file], NULL, DB_BTREE,
			    (store->makes ? DB_CREATE : 0) | DB_AUTO_COMMIT | DB_THREAD,
			    0600);
		if (rc == 0)
			return store->files[file] = db;
		db->close(db, DB_NOSYNC);
	}
	snprintf(why, sizeof why, "%s is no whole data file, or ahead of the log, whose end is lost",
	    file_names[file]);
	if (rc == EINVAL)
		store_damaged(store, error, why);
	else
		store_error(store, error, rc, file_names[file]);
	return NULL;
}

/* Stores of older formats lack the file. */
static bool
has_audit(const struct store *store)
{
	char path[PATH_MAX];

	return store_file_path(store->home, FILE_AUDIT, path, sizeof path);
}

/* All are made before the format is written, so that a store that has it has had them.
 * After recovery: one that is ahead of the log is to be found now, not later. */
static bool
open_files(struct store *store, struct error *error)
{
	for (enum file file = 0; file < FILE__MAX; file++)
		if ((file != FILE_AUDIT || store->had_audit || store->makes) &&
		    store_file(store, file, error) == NULL)
			return false;
	return true;
}

static bool
is_before(struct span format)
{
	size_t i = 0;

	while (formats_before[i] != NULL && !span_is(format, formats_before[i]))
		i++;
	return formats_before[i] != NULL;
}

/* The file that older ones lack is there before the format says that it is. */
static void
migrate(struct txn *txn)
{
	struct store *store = txn_store(txn);
	bool makes = store->makes;

	store->makes = true;
	if (store_file(store, FILE_AUDIT, txn_error(txn)) != NULL)
		table_put(txn, TABLE_META, SPAN("format"), SPAN(FORMAT));
	store->makes = makes;
}

static void
check_format(struct txn *txn, void *arg)
{
	const bool *create = arg;
	struct span format;

	if (table_get(txn, TABLE_META, SPAN("format"), &format)) {
		if (is_before(format))
			migrate(txn);
		else if (span_is(format, FORMAT) && !txn_store(txn)->had_audit)
			lacks(txn_store(txn)->home, txn_store(txn)->settings,
			    store_file_name(FILE_AUDIT), txn_error(txn));
		else if (!span_is(format, FORMAT))
			txn_fail(txn, FAULT_STORE_UNAVAILABLE,
			    "the store has format %.*s, this program reads format " FORMAT
			    "; install the newer Earshot", (int)format.n, format.p);
		return;
	}
	if (!*create) {
		txn_fail(txn, FAULT_STORE_UNAVAILABLE,
		    "%s holds no store; make one with: earshot --home %s init",
		    store_home(txn_store(txn)), store_home(txn_store(txn)));
		return;
	}
	table_put(txn, TABLE_META, SPAN("format"), SPAN(FORMAT));
}

/* What was acknowledged last must be there: recovery can lose the end of a
 * damaged log without a word. */
static void
check_witness(struct txn *txn, void *arg)
{
	struct store *store = txn_store(txn);
	struct id last;
	char id[ID_TEXT_SIZE], at[TEXT_TIME_SIZE], now[TEXT_TIME_SIZE];
	char advice[STORE_ADVICE_SIZE];

	(void)arg;
	if (!witness_misses(txn, &last))
		return;
	txn_fail(txn, FAULT_STORE_UNAVAILABLE,
	    "delivery %s of %s was acknowledged but is not in the store. Is the clock right? It "
	    "says %s. If it is, the store's log was damaged. Accept the loss with: earshot --home "
	    "%s check --accept-loss; or restore a backup: %s", id_text(last, id),
	    text_time_write(id_time(last), at), text_time_write(text_now(), now), store->home,
	    store_advice(store->home, store->settings, advice));
}

static bool
check_content(struct store *store, bool create, struct error *error)
{
	struct arena *arena = arena_new();
	bool good = store_run(store, STORE_WRITE, arena, check_format, &create, error) &&
	    (store->witness >= 0 || witness_open(store, error)) &&
	    store_run(store, STORE_READ, arena, check_witness, NULL, error);

	arena_free(&arena);
	return good;
}

bool
store_enter(struct store *store, struct error *error)
{
	/* It may have come by replication. */
	store->had_audit = has_audit(store);
	return open_files(store, error) && check_content(store, false, error);
}

void
store_leave(struct store *store)
{
	if (store->attached != NULL)
		store->end_attached(store->attached);
	store->attached = NULL;
	for (int i = 0; i < FILE__MAX; i++) {
		if (store->files[i] != NULL && !store_broken(store))
			store->files[i]->close(store->files[i], DB_NOSYNC);
		store->files[i] = NULL;
	}
	memset(store->rows_a_page, 0, sizeof store->rows_a_page);
	/* Whoever is master meanwhile may change all of it. */
	store->generation++;
	store->people_generation++;
	store->alive = NULL;
}

struct store *
store_open(const struct store_options *options, struct error *error)
{
	struct store *store;
	bool good;

	if (!home_usable(options->home, options->create, error) || !is_whole(options, error) ||
	    !store_is_ours(options->home, error) || !leave_group(options, error))
		return NULL;
	store = calloc(1, sizeof *store);
	if (store == NULL || (store->home = strdup(options->home)) == NULL)
		abort();
	store->settings = options->settings;
	store->has_room = true;
	store->locks = LOCKS || options->rep != NULL;
	if (options->rep != NULL)
		store->rep = rep_new(store, options->rep);
	store->makes = options->create;
	store->had_audit = has_audit(store);
	store->witness = -1;
	store->state = (uint64_t)text_clock() << 20; /* of no store before */
	pthread_mutex_init(&store->pages, NULL);
	buf_room(&store->scratch, 16384);
	good = (options->create ? seal_make : seal_open)(options->home, &store->seal, error) &&
	    environment_open(store, options, error) &&
	    (options->rep != NULL ? witness_open(store, error) &&
	          rep_start_threads(store->rep, error)
	        : (!(options->recover || options->create) || open_files(store, error)) &&
	          check_content(store, options->create, error) &&
	          (!options->create || store_flush(store, error)));
	if (!good)
		store_close(&store);
	return store;
}

/* The next owner reads the log from the last checkpoint on when it opens. Berkeley DB
 * itself counts only what one process wrote. */
static bool
checkpoint_due(const struct store *store)
{
	DB_LOG_STAT *log = NULL;
	DB_TXN_STAT *txn = NULL;
	bool due = store->env->log_stat(store->env, &log, 0) != 0 ||
	    store->env->txn_stat(store->env, &txn, 0) != 0 ||
	    log->st_cur_file != txn->st_last_ckp.file ||
	    log->st_cur_offset - txn->st_last_ckp.offset >= CLOSE_CHECKPOINT_BYTES;

	free(log);
	free(txn);
	return due;
}

/* All pages to their files and the disk; an error. */
static int
write_pages(struct store *store)
{
	struct error error = { 0 };

	/* A checkpoint would be one of the group; its sites recover in any case, and one that is
	 * taking the store anew has nothing to write. */
	if (store->rep != NULL || !checkpoint_due(store)) {
		int rc = store->env->memp_sync(store->env, NULL);

		return rc == DB_REP_LOCKOUT ? 0 : rc;
	}
	if (!store_checkpoint(store, true, &error))
		return error.fault == FAULT_DISK_FULL ? ENOSPC : EIO;
	store_tidy_logs(store);
	return 0;
}

/* False when a page may not have reached its file. The handles of an environment that is
 * broken or cannot write are left, since closing them can hang, but not forgotten: a
 * search for leaks knows what they hold. */
static bool
environment_close(struct store *store)
{
	static DB_ENV *left;
	bool broken = store_broken(store);
	int rc, worst = 0;

	if (store->env == NULL)
		return false;
	/* Pages last: with a file open Berkeley DB would wait for the disk twice. */
	for (int i = 0; i < FILE__MAX && !broken; i++)
		if (store->files[i] != NULL &&
		    (rc = store->files[i]->close(store->files[i], DB_NOSYNC)) != 0)
			worst = rc;
	if (broken || (rc = write_pages(store)) != 0) {
		store->env->app_private = left;
		left = store->env;
		worst = broken ? worst : rc;
	} else if ((rc = store->env->close(store->env, 0)) != 0) {
		worst = rc;
	}
	disk_failed(store->home, worst);
	/* Nobody shall take it for a failure of what was just answered. */
	if (worst == ENOSPC)
		log_line(LOG_LEVEL_WARNING, "the disk is full, so pages of the store were not "
		    "written at its end: all that was acknowledged is in its log, and is taken "
		    "from there when it is opened next; make room");
	else if (worst != 0)
		log_line(LOG_LEVEL_ERROR, "closing the store: %s; what was acknowledged is in its "
		    "log, from which it is recovered when it is opened next", db_strerror(worst));
	return worst == 0 && !broken;
}

bool
store_close(struct store **store_p)
{
	struct store *store = *store_p;
	bool good;

	if (store == NULL)
		return false;
	if (store->attached != NULL)
		store->end_attached(store->attached);
	if (store->rep != NULL)
		rep_end_threads(store->rep);
	if (store->spare)
		spare_remove(store);
	good = environment_close(store);
	rep_free(&store->rep);
	if (store->witness >= 0)
		close(store->witness);
	pthread_mutex_destroy(&store->pages);
	table_free_walks(store);
	buf_free(&store->scratch);
	free(store->home);
	free(store);
	*store_p = NULL;
	return good;
}

bool
store_flush(struct store *store, struct error *error)
{
	int rc;

	if (store_broken(store))
		return error_set(error, FAULT_STORE_UNAVAILABLE, "the store is broken");
	rc = store->env->log_flush(store->env, NULL);
	if (rc == 0)
		return true;
	/* Committed in memory, perhaps not on disk: only recovery can tell. */
	atomic_store(&store->broken, true);
	return store_error(store, error, rc, "writing the log to disk");
}

uint64_t
store_written(const struct store *store)
{
	DB_LOG_STAT *stat;
	uint64_t written = 0;

	if (store->env->log_stat(store->env, &stat, 0) == 0) {
		written = ((uint64_t)stat->st_w_mbytes << 20) + stat->st_w_bytes;
		free(stat);
	}
	return written;
}

bool
store_checkpoint(struct store *store, bool force, struct error *error)
{
	int rc;

	pthread_mutex_lock(&store->pages);
	disk_pace(!force);
	rc = store->env->txn_checkpoint(store->env, 0, 0, force ? DB_FORCE : 0);
	disk_pace(false);
	pthread_mutex_unlock(&store->pages);
	if (rc != 0)
		return store_error(store, error, rc, "checkpoint");
	if (store->witness >= 0)
		fdatasync(store->witness);
	return true;
}

void
store_tidy_logs(struct store *store)
{
	if (atomic_load(&store->copying))
		return;
	if (store->rep != NULL)
		rep_tidy_logs(store);
	else
		store->env->log_archive(store->env, NULL, DB_ARCH_REMOVE);
}
