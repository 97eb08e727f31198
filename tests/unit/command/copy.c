/* SPDX-License-Identifier: ISC */
/* backup and store_restore(): of a store that is written, checkpointed and
 * tidied meanwhile, with a cache that is too small for it. */
#include "act/delivery.h"
#include "command/job.h"
#include "listen/journal.h"
#include "listen/listener.h"
#include "record/record.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#define USERS 4000
#define BEFORE 500         /* deliveries acknowledged before a backup begins */
#define ACKNOWLEDGED_MAX 8000

static struct scratch store;
static char place[64];     /* of backups and restored homes */
static struct id acknowledged[ACKNOWLEDGED_MAX];
static size_t acknowledged_count;
static _Atomic bool ending;

static char *
in_place(const char *name)
{
	return arena_printf(store.kept, "%s/%s", place, name);
}

static void
put_file(const char *directory, const char *name, const char *text)
{
	char path[200];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", directory, name);
	file = fopen(path, "w");
	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		printf("Bail out! %s\n", path);
}

static bool
has_file(const char *directory, const char *name)
{
	char path[200];

	snprintf(path, sizeof path, "%s/%s", directory, name);
	return access(path, F_OK) == 0;
}

static bool
file_has(const char *directory, const char *name, const char *text)
{
	char path[200], bytes[4096];
	FILE *file;
	size_t n;

	snprintf(path, sizeof path, "%s/%s", directory, name);
	file = fopen(path, "r");
	n = file != NULL ? fread(bytes, 1, sizeof bytes - 1, file) : 0;
	bytes[n] = '\0';
	if (file != NULL)
		fclose(file);
	return strstr(bytes, text) != NULL;
}

/* How many of its names begin so. */
static int
files(const char *directory, const char *prefix)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	int n = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.' &&
		    strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
	if (dir != NULL)
		closedir(dir);
	return dir != NULL ? n : -1;
}

struct delivered {
	struct id id;
	int64_t turn;
};

/* An effect that moves the index, and the log, together. */
static void
deliver(struct txn *txn, void *arg)
{
	struct delivered *delivered = arg;
	struct listener listener = { .full_name = SPAN("phone/x"), .type = &listener_macro };
	struct request request = { .body = SPAN("{}") };
	struct delivery delivery = { .arena = txn_arena(txn), .request = &request,
		.listener = &listener, .now = text_now() };
	struct journal_entry entry = { .status = 200, .answer = SPAN("{}"),
		.body = request.body };
	struct span id = span_of(arena_printf(txn_arena(txn), "%lld",
	    1 + (long long)(delivered->turn * 7919 % USERS)));
	struct json_object *user = record_load(txn, RECORD_USER, id);

	delivered->id = delivery.id = id_new(delivery.now);
	json_set_int(json_get(user, "fields"), "n", delivered->turn);
	record_save(txn, RECORD_USER, id, user);
	journal_add(txn, &delivery, &entry);
}

/* Committed; flushed and acknowledged now and then, as by batches. */
static void
deliver_some(size_t count)
{
	static int64_t turn = USERS;
	struct error error = { 0 };
	struct delivered last = { .turn = 0 };
	size_t first = acknowledged_count;

	for (size_t i = 0; i < count && acknowledged_count < ACKNOWLEDGED_MAX; i++) {
		last.turn = turn++;
		if (!scratch_run(&store, STORE_WRITE, deliver, &last))
			return;
		acknowledged[acknowledged_count++] = last.id;
	}
	if (!store_flush(store.store, &error))
		acknowledged_count = first;
	else if (acknowledged_count > first)
		store_witness(store.store, last.id);
}

/* As the owner's thread does it, but all the time. */
static void *
checkpoint(void *arg)
{
	struct timespec nap = { .tv_nsec = 5000000 };
	struct error error = { 0 };

	(void)arg;
	while (!atomic_load(&ending)) {
		store_checkpoint(store.store, true, &error);
		store_tidy_logs(store.store);
		nanosleep(&nap, NULL);
	}
	return NULL;
}

static void
copy_key(const char *home)
{
	char from[200], to[200];

	snprintf(from, sizeof from, "%s/secret.key", store.home);
	snprintf(to, sizeof to, "%s/secret.key", home);
	ok(link(from, to) == 0, "the key is brought along");
}

static bool
open_store(void)
{
	static const char conf[] = "[log]\nlevel = error\n[mail]\nuser = me\n"
	    "password = pass-of-relay\n";

	snprintf(place, sizeof place, "/tmp/earshot-unit-XXXXXX");
	store.kept = arena_new();
	store.arena = arena_new();
	snprintf(store.home, sizeof store.home, "/tmp/earshot-unit-XXXXXX");
	if (!secret_start() || mkdtemp(place) == NULL || mkdtemp(store.home) == NULL)
		return false;
	put_file(store.home, "earshot.conf", conf);
	put_file(store.home, "owner.lock", "dirty");
	if (!settings_read(store.kept, store.home, &store.settings, &store.error))
		return ok(false, "%s", store.error.detail);
	store.settings.log_file_bytes = 256 << 10;
	store.store = store_open(&(struct store_options){ .home = store.home,
	    .settings = &store.settings, .create = true, .brief = true }, &store.error);
	return ok(store.store != NULL, "a store with a small cache");
}

static void
fill(void)
{
	struct buf args = { 0 };
	struct run job = { 0 };

	buf_puts(&args, "{'command':'apply','documents':[");
	for (int i = 1; i <= USERS; i++)
		buf_printf(&args, "%s{'doc':{'kind':'user','id':'%d','email':'u%d@mail.example',"
		    "'fields':{'n':%d}}}", i > 1 ? "," : "", i, i, i);
	buf_puts(&args, "]}");
	buf_putc(&args, '\0');
	ok(strstr(run(&job, &store, args.p), "! ") == NULL, "a store");
	buf_free(&args);
	run_close(&job);
	deliver_some(BEFORE);
}

static const char *
backup_args(const char *directory)
{
	return arena_printf(store.kept, "{'command':'backup','directory':'%s'}", directory);
}

/* With deliveries between its steps. */
static void
back_up(const char *directory)
{
	struct run job = { 0 };
	const char *text;

	run_open(&job, &store, backup_args(directory));
	while (run_step(&job))
		if (job.steps % 8 == 0)
			deliver_some(2);
	text = run_text(&job);
	ok(text_like(text, "{'progress':0.*{'progress':1.00}\n"), "backup with progress");
	if (job.job.error.fault != FAULT_NONE)
		printf("# %s\n", job.job.error.detail);
	ok(job.steps > 3, "with %d breaths", job.steps);
	run_close(&job);
}

/* A page at a time, so that much happens meanwhile. */
static void
back_up_slowly(const char *directory)
{
	struct error error = { 0 };
	struct store_copy *copy = store_copy_begin(store.store, directory, &error);
	double progress = 0, before = 0;
	bool rising = true;
	int more = copy != NULL ? 1 : -1;

	for (int i = 0; more > 0; i++) {
		more = store_copy_step(copy, 1, &error);
		progress = store_copy_progress(copy);
		rising = rising && progress >= before;
		before = progress;
		if (i % 4 == 0)
			deliver_some(2);
	}
	if (!ok(more == 0 && progress == 1 && rising, "a slow copy"))
		printf("# %s\n", error.detail);
	store_copy_end(&copy);
	printf("# %zu deliveries meanwhile, %d log files of %d\n", acknowledged_count - BEFORE,
	    files(store.home, "log."), files(directory, "log."));
}

static void
whole(struct txn *txn, void *arg)
{
	size_t *missing = arg;

	for (size_t i = 0; i < BEFORE; i++)
		*missing += !journal_has(txn, acknowledged[i]);
}

static void
opens(const char *home)
{
	struct scratch copy = { .settings = store.settings, .arena = arena_new() };
	struct store_options options = { .home = home, .settings = &copy.settings,
		.recover = true };
	struct run job = { 0 };
	size_t missing = 0;
	const char *text;

	copy.store = store_open(&options, &copy.error);
	if (!ok(copy.store != NULL, "the restored store opens"))
		printf("# %s\n", copy.error.detail);
	if (copy.store == NULL)
		return;
	ok(scratch_run(&copy, STORE_READ, whole, &missing) && missing == 0,
	    "with every delivery that was acknowledged before");
	text = run(&job, &copy, "{'command':'check'}");
	if (!ok(text_like(text, "*{'checked':*,'problems':0}\n"), "nothing is wrong with it"))
		printf("%.2000s\n", text);
	run(&job, &copy, "{'command':'export','kind':'user'}");
	ok(job.out.n > (size_t)USERS * 80, "the users are there");
	run_close(&job);
	store_close(&copy.store);
	arena_free(&copy.arena);
}

static void
restores(const char *from, const char *name)
{
	struct error error = { 0 };
	char *home = in_place(name);

	if (!ok(store_restore(from, home, &error), "restore into %s", name))
		printf("# %s\n", error.detail);
	ok(has_file(home, "earshot.conf"), "the settings are there");
	opens(home);
	error_clear(&error);
	ok(!store_restore(from, home, &error) && error.fault == FAULT_USAGE,
	    "no store is restored over another: %s", error.detail);
	ok(has_file(home, "journal.db"), "which stays");
}

/* A backup in which one file is not as it was. */
static void
refuses(const char *from, const char *what, const char *name, off_t cut, bool gone)
{
	char *home = in_place("refused"), path[200], aside[220];
	struct error error = { 0 };
	struct stat st;

	snprintf(path, sizeof path, "%s/%s", from, name);
	snprintf(aside, sizeof aside, "%s.aside", path);
	if (stat(path, &st) != 0 || rename(path, aside) != 0)
		printf("Bail out! %s\n", path);
	if (!gone && (symlink(aside, path) != 0 || truncate(aside, st.st_size + cut) != 0))
		printf("Bail out! %s\n", path);
	ok(!store_restore(from, home, &error) && error.fault == FAULT_BAD_DOCUMENT, "%s: %s",
	    what, error.detail);
	ok(access(home, F_OK) != 0, "and nothing is left of it");
	unlink(path);
	rename(aside, path);
}

struct last {
	struct id id;
	bool there;
};

static void
find_last(struct txn *txn, void *arg)
{
	struct last *last = arg;

	last->there = journal_has(txn, last->id);
}

/* Nothing but the copy itself brings it to the disk. */
static void
unflushed(void)
{
	struct scratch copy = { .settings = store.settings, .arena = arena_new() };
	char *directory = in_place("unflushed"), *home = in_place("home2");
	struct delivered delivered = { .turn = 1 };
	struct last last = { .there = false };
	struct error error = { 0 };
	struct run job = { 0 };

	scratch_run(&store, STORE_WRITE, deliver, &delivered);
	last.id = delivered.id;
	run(&job, &store, backup_args(directory));
	ok(store_restore(directory, home, &error), "a backup at once after a commit");
	copy.store = store_open(&(struct store_options){ .home = home, .recover = true,
	    .settings = &copy.settings }, &copy.error);
	ok(copy.store != NULL && scratch_run(&copy, STORE_READ, find_last, &last) &&
	    last.there, "has it");
	run_close(&job);
	store_close(&copy.store);
	arena_free(&copy.arena);
}

static void
witness(void)
{
	struct error error = { 0 };
	struct run job = { 0 };
	char *lying = in_place("lying");

	store_witness(store.store, id_new(text_now()));
	ok(strstr(run(&job, &store, backup_args(lying)), "! ") == NULL, "a backup that lacks "
	    "what was acknowledged");
	ok(!store_restore(lying, in_place("empty"), &error) &&
	    error.fault == FAULT_STORE_UNAVAILABLE, "is not restored: %s", error.detail);
	ok(access(in_place("empty"), F_OK) != 0, "and nothing is left of it");
	run_close(&job);
}

static void
refused(void)
{
	struct run job = { 0 }, other = { 0 };
	char *half = in_place("half"), *open_to_all = in_place("open");
	struct error error = { 0 };

	is_like(run(&job, &store, backup_args(store.home)), "! usage: *is not empty*",
	    "not into a directory with anything in it");
	ok(has_file(store.home, "records.db"), "which stays as it was");
	is_like(run(&job, &store, backup_args("relative")), "! usage: *", "nor a relative one");
	if (mkdir(open_to_all, 0700) != 0 || chmod(open_to_all, 0777) != 0)
		printf("Bail out! %s\n", open_to_all);
	is_like(run(&job, &store, backup_args(open_to_all)), "! not-permitted: others may write "
	    "in *chmod 700*", "nor one in which others may write");
	ok(!store_restore(in_place("backup"), open_to_all, &error) &&
	    error.fault == FAULT_NOT_PERMITTED, "nor is it restored into one: %s", error.detail);
	chmod(open_to_all, 0700);
	is_like(run(&job, &store, backup_args(open_to_all)), "*{'progress':1.00}*",
	    "but into an empty one of our own");
	is_like(run(&job, &store, "{'command':'backup'}"), "! usage: *", "nor none");
	is_like(run(&job, &store, backup_args(in_place("no/where"))), "! not-permitted: *",
	    "nor one that cannot be made");
	run_open(&job, &store, backup_args(half));
	run_step(&job);
	is_like(run(&other, &store, backup_args(in_place("second"))), "! busy: *",
	    "one backup at a time");
	ok(!has_file(place, "second"), "the second leaves nothing");
	ok(files(half, "") > 0, "a backup that is begun");
	run_close(&job);
	ok(!has_file(place, "half"), "and given up leaves nothing");
	run_close(&other);
}

int
main(void)
{
	pthread_t thread;
	char *backup;

	if (!open_store())
		return 1;
	fill();
	backup = in_place("backup");
	pthread_create(&thread, NULL, checkpoint, NULL);
	back_up(backup);
	back_up_slowly(in_place("slow"));
	atomic_store(&ending, true);
	pthread_join(thread, NULL);
	ok(has_file(backup, "CONTENTS") && has_file(backup, "witness") &&
	    has_file(backup, "earshot.conf") && files(backup, "log.") > 0, "the files of it");
	ok(file_has(backup, "earshot.conf", "# password stood here") &&
	    file_has(backup, "earshot.conf", "user = me") &&
	    !file_has(backup, "earshot.conf", "pass-of-relay"), "without the relay's password");
	ok(!has_file(backup, "secret.key") && !has_file(backup, "owner.lock") &&
	    files(backup, "__db") == 0, "without the key");
	restores(backup, "home");
	mkdir(in_place("kept"), 0700);
	copy_key(in_place("kept"));
	put_file(in_place("kept"), "earshot.conf", "[log]\nlevel = debug\n");
	restores(in_place("slow"), "kept");
	refuses(backup, "no list of files", "CONTENTS", 0, true);
	refuses(backup, "a file is missing", "records.db", 0, true);
	refuses(backup, "a file is a link", "records.db", 0, false);
	refused();
	unflushed();
	witness();
	scratch_close(&store);
	scratch_remove(place);
	return tap_done();
}
