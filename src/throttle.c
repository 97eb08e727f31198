/* SPDX-License-Identifier: ISC */
#include "throttle.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Names share a bucket when they meet here: with 64 Ki places, seldom. */
#define PLACES 65536

struct bucket {
	uint64_t name;     /* hash */
	int64_t micros;    /* time's worth of tokens left */
	int64_t at;        /* when that was */
};

struct throttle {
	struct bucket buckets[PLACES];
};

struct throttle *
throttle_new(void)
{
	struct throttle *throttle = calloc(1, sizeof *throttle); /* touched where used */

	if (throttle == NULL)
		abort();
	return throttle;
}

void
throttle_free(struct throttle **throttle)
{
	free(*throttle);
	*throttle = NULL;
}

static uint64_t
hash(struct span name)
{
	uint64_t value = 14695981039346656037u; /* FNV-1a */

	for (size_t i = 0; i < name.n; i++)
		value = (value ^ (unsigned char)name.p[i]) * 1099511628211u;
	return value;
}

bool
throttle_allow(struct throttle *throttle, struct span name, int64_t per_minute, int64_t burst,
    int64_t now, struct error *error)
{
	uint64_t key = hash(name);
	struct bucket *bucket;
	int64_t token, full;

	if (throttle == NULL || per_minute <= 0)
		return true;
	token = 60000000 / per_minute > 0 ? 60000000 / per_minute : 1;
	if (burst > INT64_MAX / token)
		burst = INT64_MAX / token;
	full = token * (burst > 0 ? burst : 1);
	bucket = &throttle->buckets[key % PLACES];
	if (bucket->name != key)
		*bucket = (struct bucket){ key, full, now };
	if (now > bucket->at) {
		bucket->micros += now - bucket->at;
		bucket->at = now;
	} else if (now < bucket->at) {
		bucket->at = now; /* the clock was set back: nothing is taken away */
	}
	if (bucket->micros > full)
		bucket->micros = full;
	if (bucket->micros >= token) {
		bucket->micros -= token;
		return true;
	}
	return error_set(error, FAULT_RATE_LIMITED, "more than %" PRId64
	    " deliveries a minute; try again in %" PRId64 " s", per_minute,
	    (token - bucket->micros) / 1000000 + 1);
}
