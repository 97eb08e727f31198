/* SPDX-License-Identifier: ISC */
/*
 * /-/health (for everybody: is the store open and writable?) and /-/metrics
 * (Prometheus text; an API key with the verb "metrics").
 */
#ifndef EARSHOT_SERVICE_H
#define EARSHOT_SERVICE_H

#include "call.h"

#include <stdint.h>

struct txn;

/* Fills the reply; txn_fail() when the caller may not. outcomes: how many of each. */
void service_answer(struct txn *txn, const uint64_t outcomes[FAULT__MAX],
    const struct request *request, struct span service, int64_t now,
    struct reply *reply);

#endif
