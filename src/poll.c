/* SPDX-License-Identifier: ISC */
#include "poll.h"

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

struct poll {
	int fd;
	struct grave *graves;
};

struct poll *
poll_new(void)
{
	struct poll *poll = calloc(1, sizeof *poll);

	if (poll == NULL || (poll->fd = epoll_create1(EPOLL_CLOEXEC)) < 0)
		abort();
	return poll;
}

static void
bury(struct poll *poll)
{
	while (poll->graves != NULL) {
		struct grave *grave = poll->graves;

		poll->graves = grave->next;
		grave->fn(grave->source);
		free(grave);
	}
}

void
poll_free(struct poll **poll_p)
{
	if (*poll_p == NULL)
		return;
	bury(*poll_p);
	close((*poll_p)->fd);
	free(*poll_p);
	*poll_p = NULL;
}

void
poll_watch(struct poll *poll, struct source *source, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = source };
	int op = events == 0 ? EPOLL_CTL_DEL
	    : source->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

	if (events == source->events)
		return;
	if (epoll_ctl(poll->fd, op, source->fd, &event) != 0) {
		perror("earshot: epoll_ctl");
		abort();
	}
	source->events = events;
}

void
poll_close(struct poll *poll, struct source *source, void (*fn)(struct source *))
{
	struct grave *grave = malloc(sizeof *grave);

	if (grave == NULL)
		abort();
	*grave = (struct grave){ poll->graves, source, fn };
	poll->graves = grave;
	source->gone = true;
	/* Closing takes it out of the epoll set: no other descriptor shares it. */
	close(source->fd);
	source->events = 0;
}

int
poll_turn(struct poll *poll, int timeout_ms)
{
	struct epoll_event events[EVENTS_PER_TURN];
	int n = epoll_wait(poll->fd, events, EVENTS_PER_TURN, timeout_ms);

	for (int i = 0; i < n; i++) {
		struct source *source = events[i].data.ptr;

		if (!source->gone)
			source->ready(source, events[i].events);
	}
	bury(poll);
	return n;
}
