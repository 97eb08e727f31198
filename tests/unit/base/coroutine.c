/* SPDX-License-Identifier: ISC */
/* Coroutines: many at a time, by turns, each with what it had on its stack. */
#include "base/coroutine.h"
#include "tap.h"

#include <stdlib.h>

#define MANY 40
#define ROUNDS 50
#define DEEP 200

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
	return tap_done();
}
