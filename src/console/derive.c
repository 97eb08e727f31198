/* SPDX-License-Identifier: ISC */
#include "console/derive.h"

#include "base/secret.h"
#include "console/page.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define WAITING_MAX 16

struct task {
	struct page *page;
	void (*done)(struct page *page, struct span proof);
	struct span password, salt; /* in the page's arena, which waits */
	unsigned char proof[SECRET_PASSWORD_SIZE];
};

struct derive {
	int event;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	pthread_t thread;
	bool started, ending;
	/* Done before begun before added: three places in one ring. */
	struct task tasks[WAITING_MAX];
	size_t added, worked, taken;
};

struct derive *
derive_new(void)
{
	struct derive *derive = calloc(1, sizeof *derive);

	if (derive == NULL)
		abort();
	derive->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&derive->mutex, NULL);
	pthread_cond_init(&derive->wake, NULL);
	return derive;
}

static void *
work(void *arg)
{
	struct derive *derive = arg;
	uint64_t one = 1;

	pthread_mutex_lock(&derive->mutex);
	for (;;) {
		struct task *task;

		while (derive->worked == derive->added && !derive->ending)
			pthread_cond_wait(&derive->wake, &derive->mutex);
		if (derive->ending)
			break;
		task = &derive->tasks[derive->worked % WAITING_MAX];
		pthread_mutex_unlock(&derive->mutex);
		secret_password(task->password, task->salt, task->proof);
		pthread_mutex_lock(&derive->mutex);
		derive->worked++;
		if (write(derive->event, &one, sizeof one) < 0)
			abort();
	}
	pthread_mutex_unlock(&derive->mutex);
	return NULL;
}

/* With the first password: most processes never see one. */
static void
start(struct derive *derive)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	derive->started = pthread_create(&derive->thread, NULL, work, derive) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void
derive_free(struct derive **derive_p)
{
	struct derive *derive = *derive_p;

	if (derive == NULL)
		return;
	pthread_mutex_lock(&derive->mutex);
	derive->ending = true;
	pthread_cond_signal(&derive->wake);
	pthread_mutex_unlock(&derive->mutex);
	if (derive->started)
		pthread_join(derive->thread, NULL);
	close(derive->event);
	pthread_mutex_destroy(&derive->mutex);
	pthread_cond_destroy(&derive->wake);
	free(derive);
	*derive_p = NULL;
}

int
derive_event(const struct derive *derive)
{
	return derive->event;
}

bool
derive_add(struct derive *derive, struct page *page, struct span password,
    struct span salt, void (*done)(struct page *, struct span))
{
	if (!derive->started)
		start(derive);
	if (!derive->started || derive->added - derive->taken == WAITING_MAX)
		return false;
	pthread_mutex_lock(&derive->mutex);
	derive->tasks[derive->added++ % WAITING_MAX] = (struct task){ .page = page,
		.done = done, .password = password, .salt = salt };
	pthread_cond_signal(&derive->wake);
	pthread_mutex_unlock(&derive->mutex);
	return true;
}

void
derive_turn(struct derive *derive)
{
	uint64_t count;
	size_t worked;

	if (read(derive->event, &count, sizeof count) < 0)
		return;
	pthread_mutex_lock(&derive->mutex);
	worked = derive->worked;
	pthread_mutex_unlock(&derive->mutex);
	while (derive->taken < worked) {
		struct task task = derive->tasks[derive->taken++ % WAITING_MAX];

		task.done(task.page, secret_hex(task.page->arena,
		    (struct span){ (const char *)task.proof, sizeof task.proof }));
	}
}
