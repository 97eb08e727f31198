/* SPDX-License-Identifier: ISC */
/* How far something is that goes on without whoever looks at it, as its page tells it. */
#ifndef EARSHOT_PROGRESS_H
#define EARSHOT_PROGRESS_H

#include "base/arena.h"

#include <stdint.h>

struct json_object;
struct page;

/* Members of told: "percent", below 100, since `of` may be an estimate; and "left", how long it
 * takes yet, in words, once so much is done that this can be told. at: when it began, RFC 3339. */
void progress_tell(struct page *page, struct json_object *told, struct span at, int64_t done,
    int64_t of);

#endif
