/* SPDX-License-Identifier: ISC */
/*
 * A copy of the store while it is used. First the data files, page by page as
 * they are: pages that change meanwhile are mended by the log. Then the log,
 * all of it that there is and up to what is on disk at that moment. Catastrophic
 * recovery makes one consistent store of both, as of the copying of the log.
 * The file CONTENTS is written last: a directory without it is no backup.
 */
#include "store/copy.h"

#include "base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE_BYTES 8192          /* no page is read in two parts */
#define NAP_NS 100000            /* while somebody else works for the copy */

#define SETTINGS "earshot.conf"
#define SETTINGS_MAX ((size_t)4 << 20) /* more is not read as settings either */

enum phase { COPY_DATA, COPY_LOG, COPY_SYNC, COPY_DONE };

struct copy_file {
	char name[NAME_MAX + 1];
	off_t size; /* of a log file: what is copied; of a data file: what was copied */
};

struct store_copy {
	struct store *store;
	char *directory;
	bool made;                   /* the directory, by us */
	bool flagged;                /* store->copying is ours */
	int from, to;                /* directories */
	enum phase phase;
	struct copy_file *files;
	size_t n, next;
	int in, out;                 /* of files[next], -1 when it is not open */
	off_t at;
	uint64_t done, total;
	double progress;             /* the log grows: it never falls back */
	void *slice;
	size_t slice_size;
	pthread_t syncer;
	bool syncing;
	_Atomic int synced;          /* -1 at work, 0 good, else errno */
};

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct copy_file *)a)->name, ((const struct copy_file *)b)->name);
}

static struct copy_file *
add_file(struct store_copy *copy, const char *name)
{
	struct copy_file *file;

	copy->files = realloc(copy->files, (copy->n + 1) * sizeof *copy->files);
	if (copy->files == NULL)
		abort();
	file = &copy->files[copy->n++];
	file->size = 0;
	snprintf(file->name, sizeof file->name, "%s", name);
	return file;
}

static bool
failed(struct store_copy *copy, struct error *error, const char *name)
{
	return error_set(error, errno == ENOSPC || errno == EDQUOT ? FAULT_DISK_FULL
	    : FAULT_NOT_PERMITTED, "the backup cannot be written: %s/%s: %s%s",
	    copy->directory, name, strerror(errno), errno == EACCES && confined()
	    ? "; name its parent in backup_dirs of earshot.conf and restart the owner of "
	    "the store, which is confined" : "");
}

/*
 * Whatever stands in the directory matters: a store is not mixed with it. Whoever else
 * may write there could put other files in the place of ours.
 */
static bool
open_empty(struct store_copy *copy, struct error *error)
{
	int n;

	copy->made = mkdir(copy->directory, 0700) == 0;
	if (!copy->made && errno != EEXIST)
		return failed(copy, error, "");
	copy->to = open(copy->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (copy->to < 0)
		return failed(copy, error, "");
	if (!directory_ours(copy->to, copy->directory, error))
		return false;
	n = directory_walk(copy->to, NULL, NULL);
	if (n < 0)
		return failed(copy, error, "");
	return n == 0 || error_set(error, FAULT_USAGE,
	    "%s is not empty; name a new or an empty directory", copy->directory);
}

/* The copy is one directory; recovery would look for its parts elsewhere. */
static bool
one_directory(struct store *store, struct error *error)
{
	const char **data = NULL, *log = NULL;

	if (store->env->get_data_dirs(store->env, &data) == 0 &&
	    store->env->get_lg_dir(store->env, &log) == 0 &&
	    (data == NULL || data[0] == NULL) && log == NULL)
		return true;
	return error_set(error, FAULT_USAGE, "DB_CONFIG keeps parts of the store in "
	    "directories of their own; make its backup with db5.3_hotbackup");
}

static void
note_data(void *arg, const char *name)
{
	struct store_copy *copy = arg;
	struct stat st;

	if (fstatat(copy->from, name, &st, 0) != 0)
		return;
	if (is_data_file(name) || is_log_file(name))
		copy->total += (uint64_t)st.st_size;
	if (is_data_file(name))
		add_file(copy, name);
}

/* A link is copied as the file that it leads to, since that may be lost as well; and
 * where it led, so that it becomes a link again. */
static bool
note_link(struct store_copy *copy, const char *name, struct error *error)
{
	char target[PATH_MAX], file[64];
	ssize_t n = readlinkat(copy->from, name, target, sizeof target);
	bool good;
	int fd;

	if (n <= 0 || n == (ssize_t)sizeof target)
		return true;
	snprintf(file, sizeof file, "%s" LINK, name);
	fd = openat(copy->to, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	good = fd >= 0 && write_all(fd, target, (size_t)n);
	if (fd >= 0)
		close(fd);
	if (good)
		add_file(copy, file)->size = n;
	return good || failed(copy, error, file);
}

/* Files of a few lines, in one go. */
static bool
copy_small(struct store_copy *copy, const char *name, struct error *error)
{
	struct stat st;

	if (fstatat(copy->from, name, &st, 0) != 0)
		return true;
	if (!file_copy(copy->from, copy->to, name))
		return failed(copy, error, name);
	if (fstatat(copy->to, name, &st, 0) == 0)
		add_file(copy, name)->size = st.st_size;
	return note_link(copy, name, error);
}

/* Without the secrets in it, as secret.key is not copied either. */
static bool
copy_settings(struct store_copy *copy, struct error *error)
{
	int in = openat(copy->from, SETTINGS, O_RDONLY | O_CLOEXEC), out;
	struct buf text = { 0 }, public = { 0 };
	ssize_t n = -1;
	bool good;

	if (in < 0)
		return errno == ENOENT || failed(copy, error, SETTINGS);
	while (text.n < SETTINGS_MAX && (n = read(in, buf_room(&text, 4096), 4096)) > 0)
		text.n += (size_t)n;
	close(in);
	settings_public(buf_bytes(&text), &public);
	out = openat(copy->to, SETTINGS, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	good = n == 0 && out >= 0 && write_all(out, public.p, public.n);
	if (out >= 0) {
		add_file(copy, SETTINGS)->size = (off_t)public.n;
		close(out);
	}
	buf_free(&text);
	buf_free(&public);
	if (!good)
		return failed(copy, error, SETTINGS);
	return note_link(copy, SETTINGS, error);
}

static bool
begin(struct store_copy *copy, struct error *error)
{
	copy->from = open(copy->store->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (copy->from < 0)
		return error_set(error, FAULT_STORE_UNAVAILABLE, "%s: %s", copy->store->home,
		    strerror(errno));
	if (!one_directory(copy->store, error) || !open_empty(copy, error))
		return false;
	copy->flagged = !atomic_exchange(&copy->store->copying, true);
	if (!copy->flagged)
		return error_set(error, FAULT_BUSY, "another backup is being made");
	if (directory_walk(copy->from, note_data, copy) < 0)
		return error_set(error, FAULT_STORE_UNAVAILABLE, "%s: %s", copy->store->home,
		    strerror(errno));
	qsort(copy->files, copy->n, sizeof *copy->files, by_name);
	return true;
}

struct store_copy *
store_copy_begin(struct store *store, const char *directory, struct error *error)
{
	struct store_copy *copy = calloc(1, sizeof *copy);

	if (copy == NULL || (copy->directory = strdup(directory)) == NULL)
		abort();
	copy->store = store;
	copy->from = copy->to = copy->in = copy->out = -1;
	atomic_init(&copy->synced, -1);
	if (store_broken(store))
		error_set(error, FAULT_STORE_UNAVAILABLE, "the store is broken");
	else if (directory[0] != '/')
		error_set(error, FAULT_USAGE, "the directory of a backup must begin with /");
	else if (begin(copy, error))
		return copy;
	store_copy_end(&copy);
	return NULL;
}

static bool
open_file(struct store_copy *copy, struct error *error)
{
	const char *name = copy->files[copy->next].name;

	copy->at = 0;
	copy->in = openat(copy->from, name, O_RDONLY | O_CLOEXEC);
	if (copy->in < 0)
		return error_set(error, FAULT_STORE_UNAVAILABLE, "%s/%s: %s",
		    copy->store->home, name, strerror(errno));
	copy->out = openat(copy->to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return copy->out >= 0 || failed(copy, error, name);
}

static void
close_file(struct store_copy *copy)
{
	if (copy->in >= 0)
		close(copy->in);
	if (copy->out >= 0)
		close(copy->out);
	copy->in = copy->out = -1;
}

/*
 * -1 failed, -2 later. Pages are written by checkpoints and, when the cache is
 * full, by this thread: while the mutex is held no page changes.
 */
static ssize_t
read_slice(struct store_copy *copy, size_t bytes)
{
	struct copy_file *file = &copy->files[copy->next];
	ssize_t n;

	if (copy->phase == COPY_LOG) {
		if ((off_t)bytes > file->size - copy->at)
			bytes = (size_t)(file->size - copy->at);
		return pread(copy->in, copy->slice, bytes, copy->at);
	}
	if (pthread_mutex_trylock(&copy->store->pages) != 0)
		return -2;
	n = pread(copy->in, copy->slice, bytes, copy->at);
	pthread_mutex_unlock(&copy->store->pages);
	return n;
}

/* One slice of the present file. */
static bool
copy_slice(struct store_copy *copy, size_t bytes, struct error *error)
{
	struct copy_file *file = &copy->files[copy->next];
	ssize_t n;

	if (copy->in < 0 && !open_file(copy, error))
		return false;
	n = read_slice(copy, bytes);
	if (n == -2) {
		nanosleep(&(struct timespec){ .tv_nsec = NAP_NS }, NULL);
		return true;
	}
	if (n < 0 || (n == 0 && copy->phase == COPY_LOG && copy->at < file->size))
		return error_set(error, FAULT_STORE_UNAVAILABLE, "%s/%s cannot be read: %s",
		    copy->store->home, file->name, n < 0 ? strerror(errno) : "it ends early");
	if (n > 0 && !write_all(copy->out, copy->slice, (size_t)n))
		return failed(copy, error, file->name);
	copy->at += n;
	copy->done += (uint64_t)n;
	/* The disk may begin; the syncer has less to wait for. */
	if (n > 0)
		(void)sync_file_range(copy->out, copy->at - n, n, SYNC_FILE_RANGE_WRITE);
	if (n == 0 || (copy->phase == COPY_LOG && copy->at == file->size)) {
		file->size = copy->at;
		close_file(copy);
		copy->next++;
	}
	return true;
}

/* The log as it is now: what is behind it is of later deliveries. */
static bool
begin_log(struct store_copy *copy, struct error *error)
{
	DB_ENV *env = copy->store->env;
	size_t first;
	char **names = NULL;
	struct stat st;
	int rc;

	/* The witness names a delivery that was flushed before it was written. */
	if (!copy_settings(copy, error) || !copy_small(copy, "DB_CONFIG", error) ||
	    !copy_small(copy, "witness", error) || !store_flush(copy->store, error))
		return false;
	copy->next = first = copy->n;
	rc = env->log_archive(env, &names, DB_ARCH_LOG);
	if (rc != 0)
		return store_error(copy->store, error, rc, "listing the log");
	for (size_t i = 0; names != NULL && names[i] != NULL; i++)
		if (fstatat(copy->from, names[i], &st, 0) == 0)
			add_file(copy, names[i])->size = st.st_size;
	free(names);
	qsort(copy->files + first, copy->n - first, sizeof *copy->files, by_name);
	copy->total = copy->done;
	for (size_t i = first; i < copy->n; i++)
		copy->total += (uint64_t)copy->files[i].size;
	copy->phase = COPY_LOG;
	return true;
}

/* "8192 records.db" a line. */
static int
write_contents(const struct store_copy *copy)
{
	struct buf text = { 0 };
	int fd, rc = 0;

	for (size_t i = 0; i < copy->n; i++)
		buf_printf(&text, "%lld %s\n", (long long)copy->files[i].size,
		    copy->files[i].name);
	fd = openat(copy->to, CONTENTS, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || !write_all(fd, text.p, text.n) || fsync(fd) != 0)
		rc = errno;
	if (fd >= 0)
		close(fd);
	buf_free(&text);
	return rc;
}

/* On a thread of its own: it waits for the disk. */
static void *
sync_all(void *arg)
{
	struct store_copy *copy = arg;
	int rc = 0;

	for (size_t i = 0; i < copy->n && rc == 0; i++)
		if (!file_sync(copy->to, copy->files[i].name))
			rc = errno;
	if (rc == 0)
		rc = write_contents(copy);
	if (rc == 0 && fsync(copy->to) != 0)
		rc = errno;
	atomic_store(&copy->synced, rc);
	return NULL;
}

static bool
sync_step(struct store_copy *copy, struct error *error)
{
	int rc;

	if (!copy->syncing) {
		rc = pthread_create(&copy->syncer, NULL, sync_all, copy);
		if (rc != 0)
			return error_set(error, FAULT_BUSY, "cannot start a thread: %s",
			    strerror(rc));
		copy->syncing = true;
	}
	rc = atomic_load(&copy->synced);
	if (rc < 0) {
		nanosleep(&(struct timespec){ .tv_nsec = NAP_NS }, NULL);
		return true;
	}
	pthread_join(copy->syncer, NULL);
	copy->syncing = false;
	errno = rc;
	if (rc != 0)
		return failed(copy, error, "");
	copy->phase = COPY_DONE;
	return true;
}

static void
note_progress(struct store_copy *copy)
{
	double now = copy->total == 0 ? 0 : (double)copy->done / (double)copy->total;

	if (now > 0.99)
		now = 0.99; /* the disk has to have it */
	if (copy->phase == COPY_DONE)
		now = 1;
	if (now > copy->progress)
		copy->progress = now;
}

int
store_copy_step(struct store_copy *copy, size_t bytes, struct error *error)
{
	bool good = true;

	bytes = (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	if (bytes > copy->slice_size) {
		copy->slice = realloc(copy->slice, bytes);
		copy->slice_size = bytes;
		if (copy->slice == NULL)
			abort();
	}
	if (store_broken(copy->store))
		good = error_set(error, FAULT_STORE_UNAVAILABLE, "the store is broken");
	else if (copy->phase == COPY_SYNC)
		good = sync_step(copy, error);
	else if (copy->next < copy->n)
		good = copy_slice(copy, bytes, error);
	else if (copy->phase == COPY_DATA)
		good = begin_log(copy, error);
	else if (copy->phase == COPY_LOG)
		copy->phase = COPY_SYNC;
	note_progress(copy);
	return !good ? -1 : copy->phase != COPY_DONE;
}

double
store_copy_progress(const struct store_copy *copy)
{
	return copy->progress;
}

/* What is half copied must not be taken for a backup. Only a copy that has
 * found the directory empty has put files there. */
static void
remove_copy(struct store_copy *copy)
{
	for (size_t i = 0; i < copy->n; i++)
		unlinkat(copy->to, copy->files[i].name, 0);
	if (copy->flagged)
		unlinkat(copy->to, CONTENTS, 0);
	if (copy->made)
		rmdir(copy->directory);
}

void
store_copy_end(struct store_copy **copy_p)
{
	struct store_copy *copy = *copy_p;

	if (copy == NULL)
		return;
	if (copy->syncing)
		pthread_join(copy->syncer, NULL);
	close_file(copy);
	if (copy->phase != COPY_DONE && copy->to >= 0)
		remove_copy(copy);
	if (copy->flagged)
		atomic_store(&copy->store->copying, false);
	if (copy->from >= 0)
		close(copy->from);
	if (copy->to >= 0)
		close(copy->to);
	free(copy->files);
	free(copy->slice);
	free(copy->directory);
	free(copy);
	*copy_p = NULL;
}
