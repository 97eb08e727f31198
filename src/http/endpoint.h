/* SPDX-License-Identifier: ISC */
/*
 * Which listener a path names: /<key>[/<target>] or
 * /projects/<project>/<key>[/<target>], and /-/health, /-/metrics,
 * /-/unsubscribe/<token>.
 * Works on the raw path: decoded once, here.
 */
#ifndef EARSHOT_ENDPOINT_H
#define EARSHOT_ENDPOINT_H

#include "base/arena.h"
#include "base/fault.h"

struct endpoint {
	struct span project; /* "" community */
	struct span key;
	struct span target;  /* decoded; p is NULL when the path names none */
	struct span service; /* "health", "metrics" or "unsubscribe" instead of a listener;
	                      * target is the token of the last */
};

/*
 * False with FAULT_BAD_PATH: empty or dot segments, a key outside its grammar,
 * %00, %2F, control characters, not UTF-8, more than 2 KiB. One trailing slash
 * is forgiven.
 */
bool endpoint_read(struct arena *arena, struct span path,
    struct endpoint *endpoint_r, struct error *error);

#endif
