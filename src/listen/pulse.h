/* SPDX-License-Identifier: ISC */
/*
 * What listeners did in the last day, hour by hour: counted from the log when somebody asks,
 * and kept in the owner's memory, so that it is read once. Nothing is written.
 */
#ifndef EARSHOT_PULSE_H
#define EARSHOT_PULSE_H

#include "base/secret.h"

#include <stddef.h>
#include <stdint.h>

#define PULSE_HOURS 24

/* Outcomes as a person takes them. */
enum pulse_class { PULSE_DONE, PULSE_FILTERED, PULSE_FAILED, PULSE__MAX };

struct pulse;
struct txn;

struct pulse_listener {
	struct pulse_listener *next;
	struct span name;                /* full */
	int64_t hours[PULSE_HOURS];      /* since 1970, of the counts; they lie in a ring */
	uint32_t counts[PULSE_HOURS][PULSE__MAX];
	struct id last;                  /* delivery counted last; of all time: it may be older */
	char outcome[32];                /* of that; "" there was never one */
	char failure[32];                /* of the last that failed, within the day; "" none */
};

struct pulse *pulse_new(void);
void pulse_free(struct pulse **pulse);
/* As it is now; NULL: more than max rows were to be counted, ask again. */
const struct pulse_listener *pulse_of(struct txn *txn, struct pulse *pulse, struct span name,
    int64_t now, size_t max);
/* Of so many hours ago, 0 the present one. */
const uint32_t *pulse_hour(const struct pulse_listener *listener, int64_t now, int ago);

#endif
