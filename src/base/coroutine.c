/* SPDX-License-Identifier: ISC */
#include "base/coroutine.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>

/* Virtual: what is not used takes no memory. The commands need some 40 kB; instrumented
 * frames are several times as large. */
#define STACK_SIZE ((size_t)1 << 20)
/* Below it, where nothing is mapped: who overruns the stack dies there. More than a frame,
 * which might else reach across into another stack. */
#define GUARD_SIZE ((size_t)128 << 10)
/* Threads that are kept; more end with their work. */
#define IDLE_MAX 4

struct coroutine {
	struct coroutine *next;      /* in pool->idle */
	struct coroutine_pool *pool;
	pthread_t thread;
	sem_t go, back;              /* the baton, there and back */
	void (*body)(void *arg);     /* NULL, when it goes: the thread is to end */
	void *arg;
	bool ended;
};

struct coroutine_pool {
	struct coroutine *idle;
	unsigned idle_count;
};

static void
take(sem_t *baton)
{
	while (sem_wait(baton) != 0)
		if (errno != EINTR)
			abort();
}

static void *
serve(void *arg)
{
	struct coroutine *coroutine = arg;

	prctl(PR_SET_NAME, COROUTINE_THREAD);
	for (;;) {
		take(&coroutine->go);
		if (coroutine->body == NULL)
			return NULL;
		coroutine->body(coroutine->arg);
		coroutine->ended = true;
		sem_post(&coroutine->back);
	}
}

struct coroutine_pool *
coroutine_pool_new(void)
{
	struct coroutine_pool *pool = calloc(1, sizeof *pool);

	if (pool == NULL)
		abort();
	return pool;
}

static void
end(struct coroutine *coroutine)
{
	coroutine->body = NULL;
	sem_post(&coroutine->go);
	pthread_join(coroutine->thread, NULL);
	sem_destroy(&coroutine->go);
	sem_destroy(&coroutine->back);
	free(coroutine);
}

void
coroutine_pool_free(struct coroutine_pool **pool_p)
{
	struct coroutine_pool *pool = *pool_p;

	while (pool != NULL && pool->idle != NULL) {
		struct coroutine *coroutine = pool->idle;

		pool->idle = coroutine->next;
		end(coroutine);
	}
	free(pool);
	*pool_p = NULL;
}

/* Signals are for the thread that serves. */
static struct coroutine *
start(struct coroutine_pool *pool)
{
	struct coroutine *coroutine = calloc(1, sizeof *coroutine);
	pthread_attr_t attr;
	sigset_t all, before;
	int rc;

	if (coroutine == NULL)
		abort();
	coroutine->pool = pool;
	sem_init(&coroutine->go, 0, 0);
	sem_init(&coroutine->back, 0, 0);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE + GUARD_SIZE);
	pthread_attr_setguardsize(&attr, GUARD_SIZE);
	rc = pthread_create(&coroutine->thread, &attr, serve, coroutine);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc == 0)
		return coroutine;
	sem_destroy(&coroutine->go);
	sem_destroy(&coroutine->back);
	free(coroutine);
	return NULL;
}

struct coroutine *
coroutine_new(struct coroutine_pool *pool, void (*body)(void *), void *arg)
{
	struct coroutine *coroutine = pool->idle;

	if (coroutine != NULL) {
		pool->idle = coroutine->next;
		pool->idle_count--;
	} else if ((coroutine = start(pool)) == NULL) {
		return NULL;
	}
	coroutine->body = body;
	coroutine->arg = arg;
	coroutine->ended = false;
	return coroutine;
}

bool
coroutine_resume(struct coroutine **coroutine_p)
{
	struct coroutine *coroutine = *coroutine_p;
	struct coroutine_pool *pool = coroutine->pool;

	sem_post(&coroutine->go);
	take(&coroutine->back);
	if (!coroutine->ended)
		return false;
	*coroutine_p = NULL;
	if (pool->idle_count == IDLE_MAX) {
		end(coroutine);
		return true;
	}
	coroutine->next = pool->idle;
	pool->idle = coroutine;
	pool->idle_count++;
	return true;
}

void
coroutine_pause(struct coroutine *coroutine)
{
	sem_post(&coroutine->back);
	take(&coroutine->go);
}
