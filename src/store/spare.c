/* SPDX-License-Identifier: ISC */
/*
 * The next log file, made beforehand and full of zeros: what is written into it needs no
 * blocks, so that the disk has one write to wait for where it had three. Berkeley DB takes
 * such a file for one that was made and not written yet, and recovery passes it over (its
 * __log_valid(), DB_LV_INCOMPLETE). It never has anything but zeros: old records in it
 * would be read as new ones.
 */
#include "store/store_private.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Until it is whole: no name of Berkeley DB's. */
#define UNFINISHED "spare.log"
/* Written at a time, so that what callers wait for does not stand behind all of it. */
#define PART ((size_t)256 << 10)

/* The directory of the log; false when there is not room for it. */
static bool
directory_of(const struct store *store, char path[SPARE_PATH])
{
	const char *log = NULL;
	int n;

	if (store->env->get_lg_dir(store->env, &log) != 0 || log == NULL)
		n = snprintf(path, SPARE_PATH, "%s", store->home);
	else if (log[0] == '/')
		n = snprintf(path, SPARE_PATH, "%s", log);
	else
		n = snprintf(path, SPARE_PATH, "%s/%s", store->home, log);
	return n > 0 && n < SPARE_PATH - 32;
}

/* The number of the file that is being written; 0: not known. */
static unsigned
current_file(const struct store *store)
{
	DB_LOG_STAT *stat;
	unsigned number = 0;

	if (store->env->log_stat(store->env, &stat, 0) == 0) {
		number = stat->st_cur_file;
		free(stat);
	}
	return number;
}

/* False with errno; what there is of it is removed then. */
static bool
fill(const char *path, size_t bytes)
{
	static const char zeros[PART];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), saved;
	bool good = fd >= 0;

	for (size_t at = 0; good && at < bytes; at += PART) {
		size_t n = bytes - at < PART ? bytes - at : PART;
		ssize_t done = pwrite(fd, zeros, n, (off_t)at);

		if (done >= 0 && (size_t)done < n)
			errno = ENOSPC;
		good = done == (ssize_t)n;
		if (good)
			(void)sync_file_range(fd, (off_t)at, (off_t)n,
			    SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
	}
	good = good && fsync(fd) == 0;
	saved = errno;
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && !good)
		unlink(path);
	errno = saved;
	return good;
}

bool
store_spare_log(struct store *store)
{
	char directory[SPARE_PATH], made[SPARE_PATH + 16], next[SPARE_PATH + 16];
	unsigned number = current_file(store);

	if (number == 0 || store_broken(store) || !store->has_room ||
	    !directory_of(store, directory))
		return false;
	snprintf(next, sizeof next, "%s/log.%010u", directory, number + 1);
	if (access(next, F_OK) == 0)
		return true;
	snprintf(made, sizeof made, "%s/" UNFINISHED, directory);
	if (!store->spare) {
		if (!fill(made, (size_t)store->settings->log_file_bytes)) {
			log_line(LOG_LEVEL_WARNING, "%s: %s; log files are made when they are "
			    "needed", made, strerror(errno));
			return false;
		}
		store->spare = true;
		/* Meanwhile there may be another next. */
		snprintf(next, sizeof next, "%s/log.%010u", directory, current_file(store) + 1);
	}
	if (disk_rename_new(directory, made, next)) {
		store->spare = false;
		return true;
	}
	if (errno == EEXIST)
		return true; /* its turn comes with the one behind that */
	log_line(LOG_LEVEL_WARNING, "%s: %s; log files are made when they are needed", next,
	    strerror(errno));
	return false;
}

void
spare_remove(const struct store *store)
{
	char path[SPARE_PATH];

	if (!directory_of(store, path))
		return;
	strcat(path, "/" UNFINISHED);
	unlink(path);
}
