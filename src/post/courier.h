/* SPDX-License-Identifier: ISC */
/*
 * The post: takes parcels that are due from the owner of the store, sends them
 * many at a time, and reports what became of them. A parcel that was taken is
 * leased: when a courier dies, another one gets it again, under the same id.
 *
 * Each host has a few connections, and a pause that grows while it fails, so
 * that neither a slow nor a dead one holds up the others.
 */
#ifndef EARSHOT_COURIER_H
#define EARSHOT_COURIER_H

#include "base/fault.h"

#include <stddef.h>
#include <stdint.h>

struct settings;

#define COURIER_REASONS 5
struct courier_summary {
	int64_t sent, later, dead;
	int64_t back;   /* given back without a try: their host pauses or is slow */
	/* Why some were not sent: each reason once, and how often; more are not told. */
	struct { char why[300]; int64_t parcels; } reasons[COURIER_REASONS];
	size_t reason_count;
};

/*
 * Until stop_fd is readable or its other end is closed (a pipe from the
 * process that started it). In a process of its own, forked before there were
 * threads; secret_start() and log_start() were called.
 */
void courier_run(const char *home, const struct settings *settings, int stop_fd);
/* Sends what is due now, once. False with error when the store cannot be asked. */
bool courier_round(const char *home, const struct settings *settings,
    struct courier_summary *summary_r, struct error *error);

#endif
