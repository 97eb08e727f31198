/* SPDX-License-Identifier: ISC */
/*
 * /-/health (for everybody: is the store open and writable?) and /-/metrics
 * (the text format of Prometheus, 0.0.4; an API key with the verb "metrics").
 */
#ifndef EARSHOT_SERVICE_H
#define EARSHOT_SERVICE_H

#include "http/call.h"
#include "http/endpoint.h"

#include <stdint.h>

struct txn;

/* In memory, so that counting writes nothing. */
struct service_counters {
	int64_t since;                  /* when this owner of the store began, µs */
	uint64_t answered[FAULT__MAX];  /* requests since then, by outcome */
};

/* Fills the reply; txn_fail() when the caller may not. */
void service_answer(struct txn *txn, const struct service_counters *counters,
    const struct request *request, const struct endpoint *endpoint, int64_t now,
    struct reply *reply);

/* What is told by /-/metrics. */
void service_metrics(struct txn *txn, const struct service_counters *counters, int64_t now,
    struct buf *out);
/* The two lines before the samples of a metric. */
void service_metric(struct buf *out, const char *name, const char *type, const char *help);

#endif
