/* SPDX-License-Identifier: ISC */
/* The disk below the store: how much is free, and reading ahead. */
#include "store_private.h"

#include "log.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
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
	struct timespec now;
	int64_t micros;
	uint64_t left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	micros = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	if (micros - store->room_checked < 500000)
		return store->has_room;
	store->room_checked = micros;
	if (store_free_bytes(store, &left) && store->has_room != (left >= (uint64_t)store->settings->free_bytes)) {
		store->has_room = !store->has_room;
		log_line(LOG_LEVEL_WARNING, store->has_room
		    ? "there is room on the disk again"
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
