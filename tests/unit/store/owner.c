/* SPDX-License-Identifier: ISC */
/* Who is killed for hanging, and who is only busy. */
#include "store/owner.h"

#include "base/coroutine.h"
#include "tap.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_US 400000
#define LONG_US 1600000       /* four times the limit, but not six */
#define PATIENCE_US 15000000

static char home[] = "/tmp/earshot-unit-XXXXXX";

static int64_t
microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- what an owner may be at */

static void
works(void)
{
	for (volatile unsigned n = 0;; n++)
		;
}

static void
sleeps(void)
{
	for (;;)
		pause();
}

static void
stops(void)
{
	raise(SIGSTOP);
}

/* As in a call to a slow disk: until its child has gone. */
static void
waits_for_disk(void)
{
	/* cppcheck-suppress vforkCalled ; what is to be seen is the parent that waits */
	if (vfork() == 0) {
		sleep(10 * LONG_US / 1000000);
		_exit(0);
	}
}

static void *
wait_on_thread(void *arg)
{
	waits_for_disk();
	return arg;
}

/* The first thread waits for one that waits for the disk. */
static void
waits_for_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, wait_on_thread, NULL) == 0)
		pthread_join(thread, NULL);
}

static void
work(void *arg)
{
	(void)arg;
	works();
}

/* As a command does, on a stack of its own. */
static void
works_at_job(void)
{
	struct coroutine *job = coroutine_new(coroutine_pool_new(), work, NULL);

	(void)coroutine_resume(&job);
}

static void *
work_on_thread(void *arg)
{
	works();
	return arg;
}

/* One that nobody has to wait for. */
static void
sleeps_beside_work(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, work_on_thread, NULL) == 0)
		sleeps();
}

static struct owner *
open_home(void)
{
	struct error error = { 0 };
	struct owner *owner = owner_new(home, true, &error);

	if (owner == NULL)
		exit(99);
	return owner;
}

/* A process that owns, and is at that. */
static pid_t
own(void (*at)(void))
{
	struct error error = { 0 };
	int ready[2];
	bool recover;
	char byte;
	pid_t pid;

	if (pipe(ready) != 0)
		exit(99);
	pid = fork();
	if (pid == 0) {
		struct owner *owner = open_home();

		setpgid(0, 0); /* with a child that it has */
		alarm(60);
		if (!owner_try(owner) || !owner_mark_dirty(owner, &recover, &error) ||
		    write(ready[1], "", 1) != 1)
			_exit(99);
		at();
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		exit(99);
	close(ready[0]);
	return pid;
}

/* Watches for so long: was it killed? */
static bool
killed_within(int64_t us)
{
	struct owner *owner = open_home();
	int64_t end = microseconds() + us;
	bool killed = false;

	while (!killed && microseconds() < end) {
		killed = owner_watch(owner, LIMIT_US);
		usleep(20000);
	}
	owner_free(&owner);
	return killed;
}

static void
check(const char *name, void (*at)(void), int64_t us, bool expected)
{
	pid_t pid = own(at);
	int status;

	ok(killed_within(us) == expected, "%s", name);
	kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "and was there");
}

/* Whoever waits can leave, however far he has come. */
static void
wait_and_leave(void)
{
	pid_t pid = own(sleeps);
	int left = 0, status;
	struct owner *owner;

	for (unsigned i = 0; i < 300; i++) {
		owner = open_home();
		(void)owner_wait(owner, i % 3);
		usleep(i % 7 * 100);
		left += !owner_won(owner);
		owner_free(&owner);
	}
	ok(left == 300, "who waits for another can leave");
	kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
	owner = open_home();
	ok(owner_try(owner), "and has left nothing that waits");
	owner_free(&owner);
}

int
main(void)
{
	if (mkdtemp(home) == NULL)
		return 99;
	check("one that sleeps is killed", sleeps, PATIENCE_US, true);
	check("one that is stopped is killed", stops, PATIENCE_US, true);
	check("one that works is not", works, LONG_US, false);
	check("but when that does not end", works, PATIENCE_US, true);
	check("one whose job works is not", works_at_job, LONG_US, false);
	check("one that sleeps beside a thread that works is", sleeps_beside_work,
	    PATIENCE_US, true);
	check("one that waits for the disk is not", waits_for_disk, LONG_US, false);
	check("nor one whose thread does", waits_for_thread, LONG_US, false);
	ok(!killed_within(2 * LIMIT_US), "nobody is killed where nobody owns");
	wait_and_leave();
	if (chdir(home) == 0)
		unlink("owner.lock");
	rmdir(home);
	return tap_done();
}
