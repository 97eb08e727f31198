/* SPDX-License-Identifier: ISC */
/* The disk below the store: how much is free, reading ahead, and what is left of
 * writes that failed. */
#include "store/store_private.h"

#include "base/log.h"
#include "base/text.h"
#include "store/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

bool
store_free_bytes(const struct store *store, uint64_t *bytes_r)
{
	struct statvfs fs;

	if (statvfs(store->home, &fs) != 0)
		return false;
	*bytes_r = (uint64_t)fs.f_bavail * fs.f_frsize;
	return true;
}

bool
store_has_room(struct store *store)
{
	int64_t now = text_clock();
	uint64_t left;

	if (now - store->room_checked < 500000)
		return store->has_room;
	store->room_checked = now;
	if (store_free_bytes(store, &left) && store->has_room != (left >= (uint64_t)store->settings->free_bytes)) {
		store->has_room = !store->has_room;
		log_line(LOG_LEVEL_WARNING, store->has_room
		    ? "there is room on the disk again" : store->rep != NULL
		    ? "the disk is almost full: another site is to be the master of the group"
		    : "the disk is almost full: deliveries are refused until there is room");
	}
	return store->has_room;
}

/* Read so much at a time, and so often: fast enough to be done soon, slow enough
 * for the first deliveries to read beside it. */
#define WARM_BYTES ((off_t)16 << 20)

bool
store_warm(struct store *store)
{
	/* What every delivery looks things up in; the rest is read as it is needed. */
	static const enum file files[] = { FILE_RULES, FILE_INDEX, FILE_RECORDS };
	char path[4096];
	struct stat st;
	int fd;

	if (store->warm_file == sizeof files / sizeof files[0])
		return false;
	snprintf(path, sizeof path, "%s/%s", store->home,
	    store_file_name(files[store->warm_file]));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0 || store->warm_at >= st.st_size) {
		store->warm_file++;
		store->warm_at = 0;
	} else {
		posix_fadvise(fd, store->warm_at, WARM_BYTES, POSIX_FADV_WILLNEED);
		store->warm_at += WARM_BYTES;
	}
	if (fd >= 0)
		close(fd);
	return true;
}

/*
 * Once fsync() has failed it succeeds without what it could not write: a checkpoint on
 * another thread would take the log for safe and write pages that must not be there
 * before it, and Berkeley DB itself tries again after EIO. So it goes on failing until
 * the store is opened anew.
 */
static _Atomic bool sync_failed;

/*
 * A checkpoint writes thousands of pages, and fsync() would hand all of them to the disk
 * at once: the log, for which callers wait, would come behind them. So the disk gets so
 * many at a time, and the thread that writes waits until it has them.
 */
#define PACE_PAGES 32

static _Thread_local struct {
	bool on;
	int fd;
	unsigned pages;
	off_t from, to;      /* of the file */
} pace;

static void
pace_wait(void)
{
	if (pace.pages > 0 && sync_file_range(pace.fd, pace.from, pace.to - pace.from,
	        SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER) != 0 &&
	    (errno == EIO || errno == ENOSPC || errno == EDQUOT))
		/* Told here, it is not told again by the fsync() that comes. */
		atomic_store(&sync_failed, true);
	pace.pages = 0;
}

static ssize_t
write_page(int fd, const void *bytes, size_t n, off_t at)
{
	ssize_t done = pwrite(fd, bytes, n, at);

	if (!pace.on || done < 0)
		return done;
	if (pace.pages > 0 && (fd != pace.fd || at < pace.from))
		pace_wait();
	if (pace.pages == 0) {
		pace.fd = fd;
		pace.from = at;
	}
	pace.to = at + (off_t)n;
	if (++pace.pages == PACE_PAGES)
		pace_wait();
	return done;
}

void
disk_pace(bool on)
{
	pace_wait();
	pace.on = on;
}

/* While a log file gets its name. Berkeley DB may write into it at once, and forces no name
 * to the disk. */
static pthread_mutex_t naming = PTHREAD_MUTEX_INITIALIZER;

bool
disk_rename_new(const char *directory, const char *from, const char *to)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), saved;
	bool good;

	if (fd < 0)
		return false;
	pthread_mutex_lock(&naming);
	good = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0;
	saved = errno;
	if (good && fsync(fd) != 0)
		atomic_store(&sync_failed, true);
	pthread_mutex_unlock(&naming);
	close(fd);
	errno = saved;
	return good;
}

/* 0, or what went wrong, as Berkeley DB wants it: not as fdatasync() does. */
static int
sync_or_fail(int fd)
{
	int rc;

	pace_wait();
	pthread_mutex_lock(&naming);
	pthread_mutex_unlock(&naming);
	do
		rc = fdatasync(fd) == 0 ? 0 : errno;
	while (rc == EINTR);
	if (rc != 0)
		atomic_store(&sync_failed, true);
	return rc == 0 && atomic_load(&sync_failed) ? EIO : rc;
}

void
disk_begin(void)
{
	atomic_store(&sync_failed, false);
	db_env_set_func_fsync(sync_or_fail);
	db_env_set_func_pwrite(write_page);
}

/* After an error of fsync() the system keeps what it could not write, reads it back to
 * everybody, and never tries again: the next fsync() succeeds without it. Such a file is
 * to be written once more, as it is read. This file in the home tells that. */
#define FAILED "disk-failed"
#define REWRITE_BYTES ((size_t)1 << 20)

void
disk_failed(const char *home, int rc)
{
	char path[4096];
	int fd;

	/* Negative: Berkeley DB's own. What found no room was not taken in the first place. */
	if (rc <= 0 || rc == EINVAL || rc == ENOMEM || rc == ENOSPC || rc == EDQUOT)
		return;
	snprintf(path, sizeof path, "%s/" FAILED, home);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	else
		log_line(LOG_LEVEL_ERROR, "%s: %s", path, strerror(errno));
}

static bool
rewrite(int directory, const char *name)
{
	int fd = openat(directory, name, O_RDWR | O_CLOEXEC), saved;
	char *bytes = malloc(REWRITE_BYTES);
	off_t at = 0;
	ssize_t n = -1;

	while (fd >= 0 && bytes != NULL && (n = pread(fd, bytes, REWRITE_BYTES, at)) > 0) {
		if (pwrite(fd, bytes, (size_t)n, at) != n) {
			n = -1;
			break;
		}
		at += n;
	}
	saved = errno;
	if (fd >= 0)
		close(fd);
	free(bytes);
	errno = saved;
	return n == 0;
}

struct settling {
	int home, directory;
	bool failed; /* the disk, once */
	bool data;   /* data files; else the log */
	int rc;      /* the first error */
};

static void
settle(struct settling *settling, const char *name)
{
	if (settling->rc == 0 &&
	    ((settling->failed && !rewrite(settling->directory, name)) ||
	    !file_sync(settling->directory, name)))
		settling->rc = errno;
}

static void
settle_if_log(void *arg, const char *name)
{
	if (is_log_file(name))
		settle(arg, name);
}

/* Not all that DB_CONFIG names is there, or a directory. */
static void
settle_in(void *arg, const char *directory)
{
	struct settling *settling = arg;
	int fd = openat(settling->home, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	settling->directory = fd;
	if (fd >= 0 && !settling->data && directory_walk(fd, settle_if_log, settling) < 0 &&
	    settling->rc == 0)
		settling->rc = errno;
	for (enum file file = 0; fd >= 0 && settling->data && file < FILE__MAX; file++)
		if (faccessat(fd, store_file_name(file), F_OK, 0) == 0)
			settle(settling, store_file_name(file));
	if (fd >= 0)
		close(fd);
	else if (errno != ENOENT && errno != ENOTDIR && settling->rc == 0)
		settling->rc = errno;
}

/*
 * A killed owner leaves log that it has written but not yet forced to disk.
 * Recovery takes it for safe and writes the pages that follow from it, which
 * must not be there first.
 */
bool
disk_settle(const char *home, struct error *error)
{
	struct settling settling = { .home = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };

	if (settling.home < 0)
		settling.rc = errno;
	settling.failed = faccessat(settling.home, FAILED, F_OK, 0) == 0;
	settle_in(&settling, ".");
	settings_parts(home, settle_in, &settling);
	settling.data = settling.failed;
	if (settling.data) {
		settle_in(&settling, ".");
		settings_parts(home, settle_in, &settling);
	}
	if (settling.rc != 0) {
		error_set(error, FAULT_STORE_UNAVAILABLE, "what is in %s cannot be forced to "
		    "disk: %s", home, strerror(settling.rc));
		disk_failed(home, settling.rc);
	} else if (settling.failed && unlinkat(settling.home, FAILED, 0) == 0) {
		log_line(LOG_LEVEL_INFO, "the store was written anew after an error of the disk");
	}
	if (settling.home >= 0)
		close(settling.home);
	return settling.rc == 0;
}
