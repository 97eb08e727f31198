/* SPDX-License-Identifier: ISC */
#include "serve/share.h"

#include "base/secret.h"

#include <stdlib.h>

#define PLACES 1024
/* µs of a delivery that count for nothing: usual ones take a tenth of it. */
#define FREE 2000
/* µs that a caller may owe before he waits; and how fast they are forgotten: who sends
 * heavy deliveries all the time has a fourth of the thread while others want it. */
#define OWED 10000
#define FORGET 4

struct place {
	int64_t owed;   /* µs */
	int64_t at;     /* when it was that much */
};

struct share {
	uint64_t seed;  /* nobody chooses whose place he takes */
	struct place places[PLACES];
};

struct share *
share_new(void)
{
	struct share *share = calloc(1, sizeof *share);

	if (share == NULL)
		abort();
	secret_random(&share->seed, sizeof share->seed);
	return share;
}

void
share_free(struct share **share)
{
	free(*share);
	*share = NULL;
}

static uint64_t
mix(uint64_t value, struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		value = (value ^ (unsigned char)text.p[i]) * 1099511628211u; /* FNV-1a */
	return value;
}

size_t
share_caller(const struct share *share, const struct request *request)
{
	struct span key = request_header(request, "authorization");

	if (key.n == 0)
		key = request_header(request, "x-api-key");
	if (key.n == 0)
		key = request->query;
	return mix(share->seed, key.n > 0 ? key : request->path) % PLACES;
}

static void
forget(struct place *place, int64_t now)
{
	place->owed -= (now - place->at) / FORGET;
	if (place->owed < 0)
		place->owed = 0;
	place->at = now;
}

void
share_charge(struct share *share, size_t caller, int64_t took, int64_t now)
{
	struct place *place = &share->places[caller];

	if (took <= FREE)
		return;
	forget(place, now);
	place->owed += took - FREE;
}

bool
share_exceeded(struct share *share, size_t caller, int64_t now)
{
	struct place *place = &share->places[caller];

	if (place->owed == 0)
		return false;
	forget(place, now);
	return place->owed > OWED;
}
