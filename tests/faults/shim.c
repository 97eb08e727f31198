/* SPDX-License-Identifier: ISC */
/*
 * What stands between the store and the disk, or the clock, in fault tests:
 * a library for LD_PRELOAD. For the files below FAULT_HOME it
 *
 *   - lets fsync() and fdatasync() fail with EIO, by the control block;
 *   - records what is written and made durable, in the file FAULT_RECORD;
 *
 * it lets the Nth call of one kind fail in our programs, once or from then on, and it
 * shifts the wall clock; by the control block, which is the file FAULT_CONTROL,
 * shared with the test (rig.py) and all processes.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

struct control {
	_Atomic int64_t syncs;               /* calls so far */
	_Atomic int64_t fail_from, fail_to;  /* calls of these numbers fail */
	_Atomic int64_t failed;              /* how many did */
	_Atomic int64_t failed_at;           /* the first: monotonic µs */
	_Atomic int64_t shift;               /* µs, added to the wall clock */
	_Atomic int64_t victim;              /* enum victim whose calls are counted */
	_Atomic int64_t calls;               /* of the victim, so far */
	_Atomic int64_t from, to;            /* calls of these numbers fail */
	_Atomic int64_t hits;                /* how many did */
	_Atomic int64_t busy;                /* calls begun and not yet in the record */
};

/* Calls that can be made to fail. In rig.py in the same order. */
enum victim { NOBODY, MALLOC, OPEN, WRITING, SYNCING, MAPPING, CONNECT, THREAD, FORK };

enum kind { WRITE = 1, TRUNCATE, SYNC, UNLINK, RENAME };

/* In the record: this, the name, the data (RENAME: the new name). */
struct event {
	int64_t begin, end;                  /* monotonic ns */
	int64_t offset;
	int32_t kind, result, name_size, data_size;
};

static struct {
	struct control *control;
	char home[4096];
	size_t home_size;
	int record;
	ssize_t (*pwrite)(int, const void *, size_t, off_t);
	ssize_t (*write)(int, const void *, size_t);
	int (*fsync)(int), (*fdatasync)(int), (*ftruncate)(int, off_t);
	int (*sync_file_range)(int, off_t, off_t, unsigned);
	int (*unlink)(const char *);
	int (*rename)(const char *, const char *);
	int (*renameat2)(int, const char *, int, const char *, unsigned);
	int (*clock_gettime)(clockid_t, struct timespec *);
	int (*open)(const char *, int, ...);
	void *(*mmap)(void *, size_t, int, int, int, off_t);
	int (*connect)(int, const struct sockaddr *, socklen_t);
	int (*pthread_create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
	pid_t (*fork)(void);
} shim = { .record = -1 };

/* POSIX promises that the address of a function survives this. */
static void
find(void *function_r, const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	memcpy(function_r, &found, sizeof found);
}

/* Other libraries may write or look at the clock before our constructor has run. */
static void
find_all(void)
{
	if (shim.clock_gettime != NULL)
		return;
	find(&shim.pwrite, "pwrite64");
	find(&shim.write, "write");
	find(&shim.fsync, "fsync");
	find(&shim.fdatasync, "fdatasync");
	find(&shim.sync_file_range, "sync_file_range");
	find(&shim.ftruncate, "ftruncate64");
	find(&shim.unlink, "unlink");
	find(&shim.rename, "rename");
	find(&shim.renameat2, "renameat2");
	find(&shim.open, "open64");
	find(&shim.mmap, "mmap64");
	find(&shim.connect, "connect");
	find(&shim.pthread_create, "pthread_create");
	find(&shim.fork, "fork");
	find(&shim.clock_gettime, "clock_gettime");
}

__attribute__((constructor)) static void
start(void)
{
	const char *home = getenv("FAULT_HOME"), *record = getenv("FAULT_RECORD");
	const char *control = getenv("FAULT_CONTROL");
	int fd;

	find_all();
	if (home != NULL && strlen(home) < sizeof shim.home - 1)
		shim.home_size = (size_t)sprintf(shim.home, "%s/", home);
	/* Web servers start anew when the clock jumps: it does so for our programs only. */
	if (strncmp(program_invocation_short_name, "earshot", 7) != 0 &&
	    strstr(program_invocation_short_name, ".fcgi") == NULL)
		return;
	if (control != NULL && (fd = open(control, O_RDWR | O_CLOEXEC)) >= 0) {
		void *block = mmap(NULL, sizeof *shim.control, PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);

		shim.control = block == MAP_FAILED ? NULL : block;
		close(fd);
		/* cppcheck-suppress memleak ; mapped for as long as the process lives */
	}
	if (record != NULL && (fd = open(record, O_WRONLY | O_APPEND | O_CLOEXEC)) >= 0) {
		/* Out of the way of programs that count on low numbers. */
		shim.record = fcntl(fd, F_DUPFD_CLOEXEC, 400);
		close(fd);
	}
}

/* Around a call and its note: nobody is to be killed between them. */
static void
busy(int change)
{
	if (shim.control != NULL && shim.record >= 0)
		atomic_fetch_add(&shim.control->busy, change);
}

/* Is it this call's turn to fail? */
static bool
fails(enum victim victim)
{
	struct control *control = shim.control;
	int64_t number;

	if (control == NULL || atomic_load(&control->victim) != victim)
		return false;
	number = atomic_fetch_add(&control->calls, 1) + 1;
	if (number < atomic_load(&control->from) || number >= atomic_load(&control->to))
		return false;
	atomic_fetch_add(&control->hits, 1);
	return true;
}

static int64_t
now_ns(void)
{
	struct timespec now;

	shim.clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The name in the home, NULL when the file is somewhere else. */
static const char *
name_of_path(const char *path)
{
	find_all();
	return shim.home_size > 0 && strncmp(path, shim.home, shim.home_size) == 0
	    ? path + shim.home_size : NULL;
}

static const char *
name_of(int fd, char path[4200])
{
	char link[64];
	ssize_t n;

	find_all();
	if (shim.home_size == 0)
		return NULL;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, 4199);
	if (n <= 0)
		return NULL;
	path[n] = '\0';
	return name_of_path(path);
}

/* Likewise, but only when there is a record. */
static const char *
name_recorded(int fd, char path[4200])
{
	find_all();
	return shim.record >= 0 ? name_of(fd, path) : NULL;
}

static void
note(enum kind kind, const char *name, int64_t begin, int64_t offset, const void *data,
    size_t data_size, int result)
{
	struct event event = { .begin = begin, .end = now_ns(), .offset = offset,
		.kind = (int32_t)kind, .result = result, .name_size = (int32_t)strlen(name),
		.data_size = (int32_t)data_size };
	struct iovec parts[3] = { { &event, sizeof event },
		{ (void *)(uintptr_t)name, strlen(name) },
		{ (void *)(uintptr_t)data, data_size } };
	int saved = errno;

	if (writev(shim.record, parts, 3) < 0)
		abort();
	errno = saved;
}

EXPORT ssize_t
pwrite64(int fd, const void *bytes, size_t n, off_t offset)
{
	char path[4200];
	const char *name = name_recorded(fd, path);
	int64_t begin = name != NULL ? now_ns() : 0;
	ssize_t rc;

	if (name_of(fd, path) != NULL && fails(WRITING)) {
		errno = EIO;
		return -1;
	}
	busy(1);
	rc = shim.pwrite(fd, bytes, n, offset);
	if (name != NULL && rc > 0)
		note(WRITE, name, begin, offset, bytes, (size_t)rc, 0);
	busy(-1);
	return rc;
}

EXPORT ssize_t
pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
	return pwrite64(fd, bytes, n, offset);
}

EXPORT ssize_t
write(int fd, const void *bytes, size_t n)
{
	char path[4200];
	const char *name = name_recorded(fd, path);
	off_t offset = name != NULL ? lseek(fd, 0, SEEK_CUR) : -1;
	int64_t begin = offset >= 0 ? now_ns() : 0;
	ssize_t rc;

	if (shim.control != NULL && name_of(fd, path) != NULL && fails(WRITING)) {
		errno = EIO;
		return -1;
	}
	busy(offset >= 0);
	rc = shim.write(fd, bytes, n);
	if (offset >= 0 && rc > 0)
		note(WRITE, name, begin, offset, bytes, (size_t)rc, 0);
	busy(-(offset >= 0));
	return rc;
}

EXPORT int
ftruncate64(int fd, off_t size)
{
	char path[4200];
	const char *name = name_recorded(fd, path);
	int64_t begin = name != NULL ? now_ns() : 0;
	int rc;

	busy(1);
	rc = shim.ftruncate(fd, size);
	if (name != NULL && rc == 0)
		note(TRUNCATE, name, begin, size, NULL, 0, 0);
	busy(-1);
	return rc;
}

EXPORT int
ftruncate(int fd, off_t size)
{
	return ftruncate64(fd, size);
}

/* Whether it is this call's turn to fail. */
static bool
sync_fails(int64_t begin)
{
	struct control *control = shim.control;
	int64_t number, none = 0;

	if (control != NULL) {
		number = atomic_fetch_add(&control->syncs, 1) + 1;
		if (number >= atomic_load(&control->fail_from) &&
		    number < atomic_load(&control->fail_to)) {
			atomic_fetch_add(&control->failed, 1);
			atomic_compare_exchange_strong(&control->failed_at, &none, begin / 1000);
			return true;
		}
	}
	return fails(SYNCING);
}

static int
sync_file(int fd, int (*real)(int))
{
	char path[4200];
	const char *name = name_of(fd, path);
	int64_t begin;
	int rc;

	if (name == NULL)
		return real(fd);
	begin = now_ns();
	rc = sync_fails(begin) ? EIO : 0;
	if (rc == 0 && real(fd) != 0)
		rc = errno;
	if (shim.record >= 0)
		note(SYNC, name, begin, 0, NULL, 0, rc);
	errno = rc;
	return rc == 0 ? 0 : -1;
}

EXPORT int
fsync(int fd)
{
	find_all();
	return sync_file(fd, shim.fsync);
}

EXPORT int
fdatasync(int fd)
{
	find_all();
	return sync_file(fd, shim.fdatasync);
}

/* Waits for the disk, but promises nothing: no sync of the record. An error of writing that
 * it tells is not told again. */
EXPORT int
sync_file_range(int fd, off_t offset, off_t n, unsigned flags)
{
	char path[4200];

	find_all();
	if (name_of(fd, path) != NULL && sync_fails(now_ns())) {
		errno = EIO;
		return -1;
	}
	return shim.sync_file_range(fd, offset, n, flags);
}

EXPORT int
unlink(const char *path)
{
	const char *name = name_of_path(path);
	int64_t begin = name != NULL ? now_ns() : 0;
	int rc;

	busy(1);
	rc = shim.unlink(path);
	if (shim.record >= 0 && name != NULL && rc == 0)
		note(UNLINK, name, begin, 0, NULL, 0, 0);
	busy(-1);
	return rc;
}

EXPORT int
rename(const char *from, const char *to)
{
	const char *name = name_of_path(from), *new_name = name_of_path(to);
	int64_t begin = name != NULL ? now_ns() : 0;
	int rc;

	busy(1);
	rc = shim.rename(from, to);
	if (shim.record >= 0 && name != NULL && new_name != NULL && rc == 0)
		note(RENAME, name, begin, 0, new_name, strlen(new_name), 0);
	busy(-1);
	return rc;
}

EXPORT int
renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags)
{
	const char *name = name_of_path(from), *new_name = name_of_path(to);
	int64_t begin = name != NULL ? now_ns() : 0;
	int rc;

	busy(1);
	rc = shim.renameat2(from_directory, from, to_directory, to, flags);
	if (shim.record >= 0 && name != NULL && new_name != NULL && rc == 0)
		note(RENAME, name, begin, 0, new_name, strlen(new_name), 0);
	busy(-1);
	return rc;
}

/* ---- the Nth call */

EXPORT int
open64(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	find_all();
	va_start(args, flags);
	mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(args, mode_t) : 0;
	va_end(args);
	if (name_of_path(path) != NULL && fails(OPEN)) {
		errno = EMFILE;
		return -1;
	}
	return shim.open(path, flags, mode);
}

EXPORT int
open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(args, mode_t) : 0;
	va_end(args);
	return open64(path, flags, mode);
}

EXPORT void *
mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	find_all();
	if (fails(MAPPING)) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return shim.mmap(at, size, protection, flags, fd, offset);
}

EXPORT void *
mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	return mmap64(at, size, protection, flags, fd, offset);
}

EXPORT int
connect(int fd, const struct sockaddr *address, socklen_t size)
{
	find_all();
	if (fails(CONNECT)) {
		errno = EAGAIN;
		return -1;
	}
	return shim.connect(fd, address, size);
}

EXPORT int
pthread_create(pthread_t *thread_r, const pthread_attr_t *attr, void *(*run)(void *),
    void *arg)
{
	find_all();
	return fails(THREAD) ? EAGAIN : shim.pthread_create(thread_r, attr, run, arg);
}

EXPORT pid_t
fork(void)
{
	find_all();
	if (fails(FORK)) {
		errno = EAGAIN;
		return -1;
	}
	return shim.fork();
}

/* Sanitizers have an allocator of their own. */
#ifdef FAIL_MALLOC
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t n);

static bool
no_memory(void)
{
	if (!fails(MALLOC))
		return false;
	errno = ENOMEM;
	return true;
}

EXPORT void *
malloc(size_t n)
{
	return no_memory() ? NULL : __libc_malloc(n);
}

EXPORT void *
calloc(size_t n, size_t size)
{
	return no_memory() ? NULL : __libc_calloc(n, size);
}

EXPORT void *
realloc(void *old, size_t n)
{
	return no_memory() ? NULL : __libc_realloc(old, n);
}
#endif

/* ---- the wall clock */

static int64_t
shift(void)
{
	return shim.control != NULL ? atomic_load(&shim.control->shift) : 0;
}

static struct timespec
wall_clock(void)
{
	struct timespec now;
	int64_t micros;

	find_all();
	shim.clock_gettime(CLOCK_REALTIME, &now);
	micros = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 + shift();
	return (struct timespec){ micros / 1000000, micros % 1000000 * 1000 + now.tv_nsec % 1000 };
}

EXPORT int
clock_gettime(clockid_t clock, struct timespec *now_r)
{
	find_all();
	if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)
		return shim.clock_gettime(clock, now_r);
	*now_r = wall_clock();
	return 0;
}

EXPORT int
gettimeofday(struct timeval *restrict now_r, void *restrict zone)
{
	struct timespec now = wall_clock();

	(void)zone;
	*now_r = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
	return 0;
}

EXPORT time_t
time(time_t *now_r)
{
	time_t now = wall_clock().tv_sec;

	if (now_r != NULL)
		*now_r = now;
	return now;
}
