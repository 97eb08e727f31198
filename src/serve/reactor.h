/* SPDX-License-Identifier: ISC */
/* Readiness of descriptors, by epoll. A source is embedded in what it wakes. */
#ifndef EARSHOT_REACTOR_H
#define EARSHOT_REACTOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

struct source {
	void (*ready)(struct source *source, uint32_t events);
	int fd;
	uint32_t events;  /* asked for; 0: not watched */
	bool gone;        /* freed at the end of the turn: stale events pass it by */
};

struct reactor;

struct reactor *reactor_new(void);
void reactor_free(struct reactor **reactor);
/* events of epoll(7); 0 stops watching. */
void reactor_watch(struct reactor *reactor, struct source *source, uint32_t events);
/* Closes the descriptor; fn(source) frees what embeds it once the turn ends. */
void reactor_close(struct reactor *reactor, struct source *source, void (*fn)(struct source *));
/* Waits at most timeout_ms (-1: for ever), tells the sources. How many were ready. */
int reactor_turn(struct reactor *reactor, int timeout_ms);

#endif
