/* SPDX-License-Identifier: ISC */
/*
 * Who has taken how much of the one thread that carries deliveries out. A caller is
 * known by the API key that he presents, or else by the path: before anybody has been
 * let in, so that it costs next to nothing. What usual deliveries take is free. Whoever
 * sends heavy ones, and has had more than his share of late, waits while others have
 * something to do; alone he waits for nobody. Kept in the owner's memory.
 */
#ifndef EARSHOT_SHARE_H
#define EARSHOT_SHARE_H

#include "http/request.h"

#include <stdint.h>

struct share;

struct share *share_new(void);
void share_free(struct share **share);
/* The place of a caller; different ones may have the same, and then share it. */
size_t share_caller(const struct share *share, const struct request *request);
/* He has taken so many microseconds. now: of the monotonic clock, as below. */
void share_charge(struct share *share, size_t caller, int64_t took, int64_t now);
/* He has had more than his share. */
bool share_exceeded(struct share *share, size_t caller, int64_t now);

#endif
