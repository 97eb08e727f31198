/* SPDX-License-Identifier: ISC */
/*
 * One call at a time, waiting for its answer: for plain CGI and the command
 * line. The owner is called over its socket; without one this process (or a
 * child that serves until idle) becomes it.
 */
#ifndef EARSHOT_CALLER_H
#define EARSHOT_CALLER_H

#include "http/call.h"

struct caller;
struct settings;

enum caller_without_owner {
	CALLER_OWNS,   /* open the store in this process for the one call */
	CALLER_SPAWNS, /* start an owner that serves until this caller is gone */
};

struct caller *caller_new(const char *home, const struct settings *settings,
    enum caller_without_owner without_owner);
void caller_free(struct caller **caller);
/* Where this process itself opens the store, the reply is told as soon as it is on disk:
 * before the store is closed, for which the disk is waited for several times more. Once for
 * each call, or not at all. */
void caller_tell(struct caller *caller, void (*tell)(void *arg, const struct reply *reply),
    void *arg);
/* False when no owner answered in time: the reply is a 503 problem then. part
 * may be NULL; it sees the output of a command as it comes, and may give the call other
 * arguments for the case that it must be sent again. */
bool caller_call(struct caller *caller, struct call *call, struct reply *reply,
    void (*part)(void *arg, enum part kind, struct span output), void *arg);
/* How often the present call, or the last one, was sent: output begins anew with each. */
unsigned caller_sent(const struct caller *caller);

#endif
