/* SPDX-License-Identifier: ISC */
#include "serve/reactor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* At most this many calls run between two flushes: bounds latency. */
#define EVENTS_PER_TURN 256

struct grave {
	struct grave *next;
	struct source *source;
	void (*fn)(struct source *);
};

struct reactor {
	int fd;
	struct grave *graves;
};

struct reactor *
reactor_new(void)
{
	struct reactor *reactor = calloc(1, sizeof *reactor);

	if (reactor == NULL || (reactor->fd = epoll_create1(EPOLL_CLOEXEC)) < 0)
		abort();
	return reactor;
}

static void
bury(struct reactor *reactor)
{
	while (reactor->graves != NULL) {
		struct grave *grave = reactor->graves;

		reactor->graves = grave->next;
		grave->fn(grave->source);
		free(grave);
	}
}

void
reactor_free(struct reactor **reactor_p)
{
	if (*reactor_p == NULL)
		return;
	bury(*reactor_p);
	close((*reactor_p)->fd);
	free(*reactor_p);
	*reactor_p = NULL;
}

void
reactor_watch(struct reactor *reactor, struct source *source, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = source };
	int op = events == 0 ? EPOLL_CTL_DEL
	    : source->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

	if (events == source->events)
		return;
	if (epoll_ctl(reactor->fd, op, source->fd, &event) != 0) {
		perror("earshot: epoll_ctl");
		abort();
	}
	source->events = events;
}

void
reactor_close(struct reactor *reactor, struct source *source, void (*fn)(struct source *))
{
	struct grave *grave = malloc(sizeof *grave);

	if (grave == NULL)
		abort();
	*grave = (struct grave){ reactor->graves, source, fn };
	reactor->graves = grave;
	source->gone = true;
	/* Closing takes it out of the epoll set: no other descriptor shares it. */
	close(source->fd);
	source->events = 0;
}

int
reactor_turn(struct reactor *reactor, int timeout_ms)
{
	struct epoll_event events[EVENTS_PER_TURN];
	int n = epoll_wait(reactor->fd, events, EVENTS_PER_TURN, timeout_ms);

	for (int i = 0; i < n; i++) {
		struct source *source = events[i].data.ptr;

		if (!source->gone)
			source->ready(source, events[i].events);
	}
	bury(reactor);
	return n;
}
