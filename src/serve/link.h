/* SPDX-License-Identifier: ISC */
/*
 * The way to the owner for a process that does not own: one stream, frames
 * appended to one buffer and written once per turn. Every call is kept until
 * it is answered; when the owner goes it is sent again, with its id, to the
 * next one, or handed over to this process when that becomes the owner.
 */
#ifndef EARSHOT_LINK_H
#define EARSHOT_LINK_H

#include "serve/engine.h"

struct link;
struct reactor;
struct settings;

struct link *link_new(struct reactor *reactor, const char *home, const struct settings *settings);
void link_free(struct link **link);

/* The pending has its call: it is sent again until it is answered. */
void link_submit(struct link *link, struct pending *pending);
/* Nobody waits any more for this management call: the owner is told, and answers. One that has
 * not been sent yet is answered here. */
void link_leave(struct link *link, struct pending *pending);
/* Once per turn: connects, writes, gives up on calls that waited too long (503).
 * Milliseconds until it wants to be called again, -1 when nothing waits. */
int link_turn(struct link *link);
/* The owner has not answered for longer than a call may wait. */
bool link_stuck(const struct link *link);
/* Takes every unanswered call away, linked by next, `again` set where it was sent. */
struct pending *link_take(struct link *link);

#endif
