/* SPDX-License-Identifier: ISC */
#include "serve/share.h"

#include "base/secret.h"

#include <stdlib.h>

/* µs that a caller may owe before he waits; and how fast they are forgotten: who sends
 * heavy calls all the time has a fourth of the thread while others want it. Who holds it
 * for long without a break has less, since the longer it is the more of the others come
 * meanwhile, and the longer each of them waits: at this many µs it counts twice. But nobody
 * waits for his next call for more than two seconds. */
#define OWED 10000
#define FORGET 4
#define TWICE 3000
#define OWED_MOST 480000
/* Others want it for so many µs behind each of their calls: that for a moment none is there
 * does not mean that none comes while something long is carried out. */
#define WANTED 20000

struct place {
	int64_t owed;   /* µs */
	int64_t at;     /* when it was that much */
};

struct share {
	uint64_t seed;  /* nobody chooses whose place he takes */
	/* Of those who have not had more than their share: who came last, and when; and when
	 * somebody else did. */
	size_t last;
	int64_t last_at, other_at;
	struct place places[SHARE_PLACES];
};

struct share *
share_new(void)
{
	struct share *share = calloc(1, sizeof *share);

	if (share == NULL)
		abort();
	secret_random(&share->seed, sizeof share->seed);
	share->last_at = share->other_at = -WANTED; /* nobody came */
	return share;
}

void
share_free(struct share **share)
{
	free(*share);
	*share = NULL;
}

static uint64_t
mix(uint64_t value, char c)
{
	return (value ^ (unsigned char)c) * 1099511628211u; /* FNV-1a */
}

size_t
share_caller(const struct share *share, char sort, struct span name)
{
	uint64_t value = mix(share->seed, sort);

	for (size_t i = 0; i < name.n; i++)
		value = mix(value, name.p[i]);
	return (value >> 32) % SHARE_PLACES; /* of all its bits */
}

static void
forget(struct place *place, int64_t now)
{
	int64_t paid = (now - place->at) / FORGET;

	place->at += paid * FORGET; /* what is less than one µs counts next time */
	place->owed = paid < place->owed ? place->owed - paid : 0;
}

static bool
is_exceeded(struct place *place, int64_t now)
{
	if (place->owed == 0)
		return false;
	forget(place, now);
	return place->owed > OWED;
}

void
share_came(struct share *share, size_t caller, int64_t now)
{
	if (is_exceeded(&share->places[caller], now))
		return;
	if (caller != share->last) {
		share->other_at = share->last_at;
		share->last = caller;
	}
	share->last_at = now;
}

void
share_charge(struct share *share, size_t caller, int64_t before, int64_t took, int64_t now)
{
	struct place *place = &share->places[caller];
	int64_t over = before + took - SHARE_FREE;

	if (over <= 0)
		return;
	if (over > took)
		over = took;
	if (over > OWED_MOST)
		over = OWED_MOST;
	forget(place, now);
	place->owed += over + over * over / TWICE;
	if (place->owed > OWED_MOST)
		place->owed = OWED_MOST;
}

bool
share_yields(struct share *share, size_t caller, int64_t now)
{
	return now - (caller == share->last ? share->other_at : share->last_at) < WANTED &&
	    is_exceeded(&share->places[caller], now);
}
