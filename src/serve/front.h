/* SPDX-License-Identifier: ISC */
/*
 * What answers requests of the web by calls of its own, where other programs pass each
 * request on as one call: the console. A process has one; it lives on the loop's thread.
 */
#ifndef EARSHOT_FRONT_H
#define EARSHOT_FRONT_H

#include "serve/engine.h"

struct front {
	/* Answers the request of the pending's call, at once or when its calls are answered. */
	void (*take)(struct front *front, struct pending *pending);
	/* The longest body that this request may have, where that is not body_bytes; its body has
	 * not come yet. */
	int64_t (*body_max)(const struct front *front, const struct request *request);
	/* Readable when work on a thread of its own has ended: go_on(). -1: there is none. */
	int event;
	void (*go_on)(struct front *front);
	/* Set by whoever runs it: takes a call, whose answer may come before it returns. The
	 * call's rights are those of the web. */
	void (*call)(void *arg, struct pending *pending);
	/* Likewise: nobody waits any more for a management call, which is answered soon, perhaps
	 * before it returns. NULL: each is answered before others are heard. */
	void (*give_up)(void *arg, struct pending *pending);
	void *arg;
	bool once;  /* likewise: the process ends with this request, and every call is answered
	             * before it returns */
};

#endif
