/* SPDX-License-Identifier: ISC */
#include "store/owner.h"

#include "base/coroutine.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/text.h"
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024
/* The lock file: the state of the store, then the beat, each at its place. */
#define STATE_SIZE 256
#define BEAT_OFFSET 256
/* An owner may work at one step this many times as long as one may sleep that shows no
 * sign of life: then it will never end. */
#define ENDLESS 6
/* Ends the wait for a lock. Nothing else sends it, and who is not waiting ignores it. */
#define LEAVE_SIGNAL SIGURG

struct owner {
	char *home;
	int home_fd;
	int lock;                /* the only descriptor of the lock file */
	int event;               /* eventfd of the waiting thread */
	pthread_t waiter;
	bool waiting;
	_Atomic bool leaves, left; /* the waiter: it is to, it has */
	unsigned delay_ms;
	_Atomic bool held;
	uint64_t beat;
	/* of the watch; times are monotonic µs */
	uint64_t seen_beat;
	int64_t beat_since;      /* the beat is this one */
	int64_t alive;           /* the last sign of life, of any kind; 0: not watched */
	int64_t looked;
};

struct owner *
owner_new(const char *home, bool makes, struct error *error)
{
	struct owner *owner;
	struct stat st;
	char whose[SETTINGS_WHOSE_SIZE];
	int fd = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) != 0 || (!makes && !store_is_there(home, error))) {
		if (error->fault == FAULT_NONE && store_is_there(home, error))
			error_set(error, FAULT_STORE_UNAVAILABLE, "%s: %s", home, strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	if (st.st_uid != geteuid()) {
		close(fd);
		error_set(error, FAULT_STORE_UNAVAILABLE, "no owner of the store answers, and %s",
		    settings_whose(home, home, whose));
		return NULL;
	}
	if (!makes && !store_is_ours(home, error)) {
		close(fd);
		return NULL;
	}
	owner = calloc(1, sizeof *owner);
	if (owner == NULL || (owner->home = strdup(home)) == NULL)
		abort();
	owner->home_fd = fd;
	owner->event = -1;
	owner->lock = openat(fd, "owner.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (owner->lock < 0) {
		error_set(error, FAULT_STORE_UNAVAILABLE, "%s/owner.lock: %s", home,
		    strerror(errno));
		owner_free(&owner);
	}
	return owner;
}

void
owner_free(struct owner **owner_p)
{
	struct owner *owner = *owner_p;

	if (owner == NULL)
		return;
	if (owner->waiting) {
		atomic_store(&owner->leaves, true);
		/* It may have been about to wait. */
		while (!atomic_load(&owner->left)) {
			pthread_kill(owner->waiter, LEAVE_SIGNAL);
			usleep(200);
		}
		pthread_join(owner->waiter, NULL);
	}
	if (owner->event >= 0)
		close(owner->event);
	if (owner->lock >= 0)
		close(owner->lock);
	close(owner->home_fd);
	free(owner->home);
	free(owner);
	*owner_p = NULL;
}

static int
lock(struct owner *owner, int command, short type)
{
	struct flock whole = { .l_type = type, .l_whence = SEEK_SET };
	int rc;

	do
		rc = fcntl(owner->lock, command, &whole);
	while (rc != 0 && errno == EINTR && !atomic_load(&owner->leaves));
	return rc;
}

bool
owner_try(struct owner *owner)
{
	if (lock(owner, F_SETLK, F_WRLCK) != 0)
		return false;
	atomic_store(&owner->held, true);
	return true;
}

static void *
wait_for_lock(void *arg)
{
	struct owner *owner = arg;
	uint64_t one = 1;

	if (owner->delay_ms > 0)
		usleep(owner->delay_ms * 1000);
	if (!atomic_load(&owner->leaves) && lock(owner, F_SETLKW, F_WRLCK) == 0) {
		atomic_store(&owner->held, true);
		if (write(owner->event, &one, sizeof one) < 0)
			log_line(LOG_LEVEL_ERROR, "eventfd: %s", strerror(errno));
	}
	atomic_store(&owner->left, true);
	return NULL;
}

static void
leave(int signal)
{
	(void)signal; /* that it came has ended the wait */
}

int
owner_wait(struct owner *owner, unsigned delay_ms)
{
	const struct sigaction leaving = { .sa_handler = leave };
	pthread_attr_t attr;
	sigset_t all, before;
	int rc;

	if (owner->waiting)
		return owner->event;
	if (owner->event < 0)
		owner->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	owner->delay_ms = delay_ms;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	sigaction(LEAVE_SIGNAL, &leaving, NULL);
	/* All other signals are the main thread's. */
	sigfillset(&all);
	sigdelset(&all, LEAVE_SIGNAL);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&owner->waiter, &attr, wait_for_lock, owner);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	owner->waiting = rc == 0;
	if (rc != 0)
		log_line(LOG_LEVEL_ERROR, "cannot wait for the store: %s", strerror(rc));
	return owner->event;
}

bool
owner_won(struct owner *owner)
{
	uint64_t count;

	if (read(owner->event, &count, sizeof count) < 0 || !owner->waiting)
		return false;
	pthread_join(owner->waiter, NULL);
	owner->waiting = false;
	return atomic_load(&owner->held);
}

#define BOOT_SIZE 64

static const char *
boot_id(char boot[BOOT_SIZE])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	strcpy(boot, "unknown");
	if (fd >= 0) {
		n = read(fd, boot, BOOT_SIZE - 1);
		boot[n > 0 ? strcspn(boot, "\n") : 0] = '\0';
		close(fd);
	}
	return boot;
}

/* What makes a clean mark worth trusting: the boot, and the very directory. */
static void
circumstances(struct owner *owner, char *text, size_t size)
{
	char boot[BOOT_SIZE];
	struct stat st = { 0 };

	boot_id(boot);
	fstat(owner->home_fd, &st);
	snprintf(text, size, "%s %ju:%ju", boot, (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
}

/* Behind the name in a stat file of /proc: from field 3, the state, on. NULL: none. */
static const char *
read_stat(const char *path, char text[1024])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *end;
	ssize_t n;

	if (fd < 0)
		return NULL;
	n = read(fd, text, 1023);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	end = strrchr(text, ')'); /* the name may hold anything */
	return end != NULL && end[1] == ' ' ? end + 2 : NULL;
}

/* Field 22 of /proc/PID/stat: with it a pid cannot be mistaken for a later one. */
static unsigned long long
start_time(pid_t pid)
{
	char path[64], text[1024];
	const char *p;

	snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
	p = read_stat(path, text);
	for (int field = 3; p != NULL && field < 22; field++)
		if ((p = strchr(p, ' ')) != NULL)
			p++;
	return p != NULL ? strtoull(p, NULL, 10) : 0;
}

enum life {
	LIFE_NONE,  /* it sleeps, or is stopped */
	LIFE_WORKS, /* its first thread, which serves, or a job's, which then serves in its
	             * place, runs or waits for a processor */
	LIFE_DISK,  /* a thread is in the midst of a disk operation: no killing ends that */
};

/* What the kernel knows of a process that does not say anything itself. */
static enum life
life_of(pid_t pid)
{
	char path[320], text[1024];
	const char *state;
	struct dirent *entry;
	enum life life = LIFE_NONE;
	DIR *threads;

	snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
	state = read_stat(path, text);
	if (state != NULL && *state == 'R')
		return LIFE_WORKS;
	snprintf(path, sizeof path, "/proc/%ld/task", (long)pid);
	threads = opendir(path);
	while (threads != NULL && life == LIFE_NONE && (entry = readdir(threads)) != NULL) {
		snprintf(path, sizeof path, "/proc/%ld/task/%s/stat", (long)pid, entry->d_name);
		state = read_stat(path, text);
		if (state != NULL && *state == 'D')
			life = LIFE_DISK;
		else if (state != NULL && *state == 'R' &&
		    strstr(text, "(" COROUTINE_THREAD ")") != NULL)
			life = LIFE_WORKS;
	}
	if (threads != NULL)
		closedir(threads);
	return life;
}

/* Numbers of processes mean something within one namespace only. */
static unsigned long long
pid_namespace(void)
{
	struct stat st = { 0 };

	return stat("/proc/self/ns/pid", &st) == 0 ? (unsigned long long)st.st_ino : 0;
}

const char *
owner_process(char out[OWNER_PROCESS_SIZE])
{
	char boot[BOOT_SIZE];

	/* As much of the boot's number as tells one from another. */
	snprintf(out, OWNER_PROCESS_SIZE, "%llu-%ld-%llu-%.8s", pid_namespace(), (long)getpid(),
	    start_time(getpid()), boot_id(boot));
	return out;
}

bool
owner_process_ended(const char *name, bool alone)
{
	unsigned long long space, start, now;
	char boot[BOOT_SIZE], its[9];
	long pid;
	int n = sscanf(name, "%llu-%ld-%llu-%8s", &space, &pid, &start, its);

	if (n < 3 || start == 0)
		return false;
	/* Of another boot: of another machine, unless there is none. An older name does not
	 * tell its boot. */
	if (n == 4 ? strncmp(its, boot_id(boot), 8) != 0 : !alone)
		return alone;
	if (space == 0 || space != pid_namespace())
		return false;
	errno = 0;
	now = start_time((pid_t)pid);
	return now != 0 ? now != start : errno == ENOENT;
}

static bool
mark(struct owner *owner, const char *state)
{
	char where[160], text[STATE_SIZE];

	circumstances(owner, where, sizeof where);
	memset(text, 0, sizeof text);
	snprintf(text, sizeof text, "%s %s %ld %llu\n", state, where, (long)getpid(),
	    start_time(getpid()));
	return pwrite(owner->lock, text, sizeof text, 0) == sizeof text;
}

static bool
unclean(struct owner *owner)
{
	char where[160], text[STATE_SIZE + 1] = "";
	size_t n;

	if (pread(owner->lock, text, STATE_SIZE, 0) <= 0)
		return true;
	circumstances(owner, where, sizeof where);
	n = strlen(where);
	return strncmp(text, "clean ", 6) != 0 || strncmp(text + 6, where, n) != 0 ||
	    text[6 + n] != ' ';
}

bool
owner_mark_dirty(struct owner *owner, bool *recover_r, struct error *error)
{
	*recover_r = unclean(owner);
	return mark(owner, "dirty") || error_set(error, FAULT_STORE_UNAVAILABLE,
	    "%s/owner.lock cannot be written: %s", owner->home, strerror(errno));
}

void
owner_mark_clean(struct owner *owner)
{
	/* Without it the next owner recovers, which does no harm. */
	if (!mark(owner, "clean"))
		log_line(LOG_LEVEL_WARNING, "%s/owner.lock: %s", owner->home, strerror(errno));
}

void
owner_release(struct owner *owner)
{
	atomic_store(&owner->held, false);
	lock(owner, F_SETLK, F_UNLCK);
}

bool
owner_holder(struct owner *owner, long *pid_r, char program_r[OWNER_PROGRAM_SIZE])
{
	struct flock holder = { .l_type = F_WRLCK };
	char path[64];
	ssize_t n;
	int fd;

	if (fcntl(owner->lock, F_GETLK, &holder) != 0 || holder.l_type == F_UNLCK ||
	    holder.l_pid <= 0)
		return false;
	*pid_r = holder.l_pid;
	snprintf(path, sizeof path, "/proc/%ld/comm", *pid_r);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, program_r, OWNER_PROGRAM_SIZE - 1);
	if (fd >= 0)
		close(fd);
	program_r[n > 0 ? n : 0] = '\0';
	program_r[strcspn(program_r, "\n")] = '\0';
	return n > 0;
}

void
owner_beat(struct owner *owner)
{
	owner->beat++;
	if (pwrite(owner->lock, &owner->beat, sizeof owner->beat, BEAT_OFFSET) < 0)
		log_line(LOG_LEVEL_WARNING, "%s/owner.lock: %s", owner->home,
		    strerror(errno));
}

/* Who holds the lock and wrote the mark: 0 when that cannot be told. */
static pid_t
holder_of(struct owner *owner)
{
	struct flock holder = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char text[STATE_SIZE + 1] = "";
	unsigned long long start;
	long pid;

	if (fcntl(owner->lock, F_GETLK, &holder) != 0 || holder.l_type == F_UNLCK ||
	    pread(owner->lock, text, STATE_SIZE, 0) <= 0 ||
	    sscanf(text, "%*s %*s %*s %ld %llu", &pid, &start) != 2 ||
	    pid != holder.l_pid || start_time((pid_t)pid) != start)
		return 0;
	return (pid_t)pid;
}

bool
owner_watch(struct owner *owner, int64_t limit_us)
{
	int64_t now = text_clock(), before = owner->looked;
	uint64_t beat = 0;
	enum life life;
	pid_t pid;

	if (pread(owner->lock, &beat, sizeof beat, BEAT_OFFSET) < 0)
		return false;
	owner->looked = now;
	if (owner->alive == 0 || beat != owner->seen_beat ||
	    now - before > 4 * limit_us /* we did not watch all the time */) {
		owner->seen_beat = beat;
		owner->beat_since = owner->alive = now;
		return false;
	}
	pid = holder_of(owner);
	if (pid == 0)
		return false;
	life = life_of(pid);
	if (life == LIFE_DISK ||
	    (life == LIFE_WORKS && now - owner->beat_since < ENDLESS * limit_us)) {
		owner->alive = now;
		return false;
	}
	if (life == LIFE_NONE && now - owner->alive < limit_us)
		return false;
	log_line(LOG_LEVEL_ERROR, "the owner of the store (pid %ld) has %s for %" PRId64 " s: "
	    "it is killed", (long)pid, life == LIFE_WORKS ? "worked at one step"
	    : "shown no sign of life", (now - owner->beat_since) / 1000000);
	owner->alive = 0;
	return kill(pid, SIGKILL) == 0;
}

/* sun_path holds 107 bytes: long homes are reached through their descriptor. */
static bool
socket_address(int home_fd, const char *name, struct sockaddr_un *address_r)
{
	*address_r = (struct sockaddr_un){ .sun_family = AF_UNIX };
	return snprintf(address_r->sun_path, sizeof address_r->sun_path,
	    "/proc/self/fd/%d/%s", home_fd, name) < (int)sizeof address_r->sun_path;
}

int
owner_listen(struct owner *owner, bool shared, struct error *error)
{
	struct sockaddr_un address;
	char name[64];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(name, sizeof name, ".socket.%ld", (long)getpid());
	unlinkat(owner->home_fd, name, 0);
	socket_address(owner->home_fd, name, &address);
	/* Who of the others may call is decided by credentials: the store's user need
	 * not be of their group. */
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
	    fchmodat(owner->home_fd, name, shared ? 0666 : 0600, 0) != 0 ||
	    listen(fd, BACKLOG) != 0 ||
	    renameat(owner->home_fd, name, owner->home_fd, "socket") != 0) {
		error_set(error, FAULT_STORE_UNAVAILABLE, "%s/socket: %s", owner->home,
		    strerror(errno));
		if (fd >= 0)
			close(fd);
		unlinkat(owner->home_fd, name, 0);
		return -1;
	}
	return fd;
}

void
owner_unlink(struct owner *owner)
{
	unlinkat(owner->home_fd, "socket", 0);
}

int
owner_connect(const char *home)
{
	struct sockaddr_un address;
	int home_fd = open(home, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd, saved;

	if (home_fd < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socket_address(home_fd, "socket", &address);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
		saved = errno;
		close(fd);
		fd = -1;
		errno = saved;
	}
	saved = errno;
	close(home_fd);
	errno = saved;
	return fd;
}
