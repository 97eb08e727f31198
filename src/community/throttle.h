/* SPDX-License-Identifier: ISC */
/*
 * What one listener or one API key may ask of us: a rate (token buckets) and
 * how many calls at once. Kept by name in the owner's memory: a new owner
 * begins with full buckets and nothing under way.
 */
#ifndef EARSHOT_THROTTLE_H
#define EARSHOT_THROTTLE_H

#include "base/arena.h"
#include "base/fault.h"
#include "record/schema.h"

#include <stdint.h>

/* Of a document: "rate" {perMinute, burst?} and "concurrency". 0: no limit. */
struct throttle_limits {
	int64_t per_minute, burst;
	int64_t at_once; /* read and not yet answered */
};
extern const struct member throttle_members[];
struct throttle_limits throttle_limits_of(struct json_object *doc);

struct throttle;

struct throttle *throttle_new(void);
void throttle_free(struct throttle **throttle);
/*
 * Takes a call in: false with FAULT_BUSY when too many are under way, with
 * FAULT_RATE_LIMITED when no token is left, and then the seconds to wait in
 * *wait_r. letter tells listeners from keys. *place_r is what throttle_leave()
 * wants once the call is answered, 0 nothing. throttle NULL allows all. now in
 * microseconds.
 */
bool throttle_enter(struct throttle *throttle, char letter, struct span name,
    const struct throttle_limits *limits, int64_t now, unsigned *place_r,
    int64_t *wait_r, struct error *error);
/* Tokens for more items of a call that was taken in, from each of these or from none; then
 * that of the call is given back, too. FAULT_TOO_MUCH_WORK when no bucket holds so many. */
struct throttle_use {
	char letter;
	struct span name;
	const struct throttle_limits *limits;
};
bool throttle_more(struct throttle *throttle, const struct throttle_use *uses, size_t count,
    int64_t now, int64_t tokens, int64_t *wait_r, struct error *error);
void throttle_leave(struct throttle *throttle, unsigned place);

#endif
