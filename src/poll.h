/* SPDX-License-Identifier: ISC */
/* Readiness of descriptors, by epoll. A source is embedded in what it wakes. */
#ifndef EARSHOT_POLL_H
#define EARSHOT_POLL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

struct source {
	void (*ready)(struct source *source, uint32_t events);
	int fd;
	uint32_t events;  /* asked for; 0: not watched */
	bool gone;        /* freed at the end of the turn: stale events pass it by */
};

struct poll;

struct poll *poll_new(void);
void poll_free(struct poll **poll);
/* events of epoll(7); 0 stops watching. */
void poll_watch(struct poll *poll, struct source *source, uint32_t events);
/* Closes the descriptor; fn(source) frees what embeds it once the turn ends. */
void poll_close(struct poll *poll, struct source *source, void (*fn)(struct source *));
/* Waits at most timeout_ms (-1: for ever), tells the sources. How many were ready. */
int poll_turn(struct poll *poll, int timeout_ms);

#endif
