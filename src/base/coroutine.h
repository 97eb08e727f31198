/* SPDX-License-Identifier: ISC */
/*
 * Coroutines: a function with a stack of its own that takes turns with whoever goes on
 * with it, so that long work can stop in the middle of its loops. The stack is a
 * thread's, which every debugger, sanitizer and system knows; but there is one baton, and
 * whoever does not hold it waits. So nothing that is shared among them needs a lock, and
 * what one has written the other sees. A stack that is overrun ends the process.
 */
#ifndef EARSHOT_COROUTINE_H
#define EARSHOT_COROUTINE_H

#include <stdbool.h>

/* The name of their threads, for those who look at a process from outside. */
#define COROUTINE_THREAD "earshot-job"

struct coroutine;
/* Threads without work, which wait for some: a short one costs two switches. */
struct coroutine_pool;

struct coroutine_pool *coroutine_pool_new(void);
/* All coroutines of it have ended. */
void coroutine_pool_free(struct coroutine_pool **pool);

/* It begins at the first coroutine_resume(). NULL: the system has no thread to give. */
struct coroutine *coroutine_new(struct coroutine_pool *pool, void (*body)(void *arg),
    void *arg);
/* Goes on with it until it pauses or its body returns: then true, and it is no more. */
bool coroutine_resume(struct coroutine **coroutine);
/* In its body: coroutine_resume() returns, and this one does at the next. */
void coroutine_pause(struct coroutine *coroutine);

#endif
