/* SPDX-License-Identifier: ISC */
/*
 * /-/health (for everybody: is the store open and writable, and is
 * anything wrong with it?) and /-/metrics
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
	/* When it has asked last, and who: earshotd's courier, or `earshot tick`. */
	int64_t post_asked;             /* µs, 0 not yet */
	long post_pid;
	/* Every secret could be opened as of this generation of the configuration. */
	bool secrets_good;
	bool secrets_held;              /* there are some */
	uint64_t secrets_generation;
};

/* Fills the reply; txn_fail() when the caller may not. */
void service_answer(struct txn *txn, struct service_counters *counters,
    const struct request *request, const struct endpoint *endpoint, int64_t now,
    struct reply *reply);

/* Nothing stands in the store: it may be another one than was meant. */
bool service_holds_nothing(struct txn *txn);
/* Every secret can be opened. All of them are tried once; as long as one cannot, each time. */
bool service_secrets_good(struct txn *txn, struct service_counters *counters);

/* What is told by /-/metrics. */
void service_metrics(struct txn *txn, struct service_counters *counters, int64_t now,
    struct buf *out);
/* The two lines before the samples of a metric. */
void service_metric(struct buf *out, const char *name, const char *type, const char *help);

#endif
