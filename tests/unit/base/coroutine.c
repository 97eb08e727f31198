/* SPDX-License-Identifier: ISC */
/* Coroutines: many at a time, by turns, each with what it had on its stack. */
#include "base/coroutine.h"
#include "tap.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY 40
#define ROUNDS 50
#define DEEP 200
#define FRAME (44 << 10)
#define FRAMES 28 /* end below a stack and its guard, in the next stack */
#define NEIGHBOURS 3

struct counter {
	struct coroutine *coroutine;
	int step, rounds;
	long sum;
};

static int running;         /* no lock: one at a time is the promise */
static long all;

static long
deep(struct counter *counter, int depth)
{
	char room[256];

	memset(room, depth, sizeof room);
	if (depth == 0) {
		running--;
		coroutine_pause(counter->coroutine);
		running++;
		return counter->step;
	}
	return deep(counter, depth - 1) + (room[depth % 256] - (char)depth);
}

static void
count(void *arg)
{
	struct counter *counter = arg;

	running++;
	for (int i = 0; i < counter->rounds; i++) {
		counter->sum += deep(counter, i % DEEP);
		all++;
	}
	running--;
}

/* Of large frames only the far end is written: what lies below the stack is met by steps of
 * this size. */
static int
overrun(int depth, volatile char *above)
{
	volatile char frame[FRAME];

	frame[0] = (char)depth;
	return (depth < FRAMES ? overrun(depth + 1, frame) : 0) + frame[0] + *above;
}

struct overrun {
	struct coroutine *coroutine;
	bool runs; /* else it waits, with its own on the stack */
	int result;
};

static void
overrun_begin(void *arg)
{
	struct overrun *own = arg;
	volatile char mark = 0;

	coroutine_pause(own->coroutine);
	if (own->runs)
		own->result = overrun(0, &mark);
}

/* In a process of its own, beside others' stacks: each of them once. */
static bool
dies(int which)
{
	struct rlimit none = { 0, 0 };
	struct overrun stacks[NEIGHBOURS];
	struct coroutine_pool *pool;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &none);
		(void)!freopen("/dev/null", "w", stderr); /* sanitizers tell of it */
		pool = coroutine_pool_new();
		for (int i = 0; i < NEIGHBOURS; i++) {
			stacks[i] = (struct overrun){ .runs = i == which };
			stacks[i].coroutine = coroutine_new(pool, overrun_begin, &stacks[i]);
			(void)coroutine_resume(&stacks[i].coroutine);
		}
		(void)coroutine_resume(&stacks[which].coroutine);
		_exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid &&
	    (WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
}

int
main(void)
{
	struct coroutine_pool *pool = coroutine_pool_new();
	struct counter counters[MANY];
	int left, wrong = 0, most = 0, turns = 0;

	for (int again = 0; again < 3; again++) {
		left = MANY;
		all = 0;
		for (int i = 0; i < MANY; i++) {
			counters[i] = (struct counter){ .step = i, .rounds = ROUNDS + i % 3 };
			counters[i].coroutine = coroutine_new(pool, count, &counters[i]);
		}
		while (left > 0)
			for (int i = 0; i < MANY; i++) {
				if (counters[i].coroutine == NULL)
					continue;
				turns++;
				left -= coroutine_resume(&counters[i].coroutine);
				most = running > most ? running : most;
			}
		for (int i = 0; i < MANY; i++)
			wrong += counters[i].sum != (long)counters[i].step * counters[i].rounds;
		ok(wrong == 0 && all == 13 * 3 * ROUNDS + 13 * (0 + 1 + 2) + ROUNDS,
		    "%d at a time have all they counted", MANY);
	}
	ok(most == 0 && running == 0, "never two at once, in %d turns", turns);
	coroutine_pool_free(&pool);
	ok(pool == NULL, "and their threads end");
	for (int i = 0; i < NEIGHBOURS; i++)
		ok(dies(i), "who overruns his stack dies: %d", i);
	return tap_done();
}
