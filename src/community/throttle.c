/* SPDX-License-Identifier: ISC */
#include "community/throttle.h"

#include "base/json.h"

#include <inttypes.h>
#include <stdlib.h>

/* Names share a bucket when they meet here: with 64 Ki places, seldom. */
#define PLACES 65536

struct bucket {
	uint64_t name;     /* hash */
	int64_t micros;    /* time's worth of tokens left */
	int64_t at;        /* when that was */
};

struct throttle {
	struct bucket buckets[PLACES];
	unsigned under_way[PLACES];
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
hash(char letter, struct span name)
{
	uint64_t value = 14695981039346656037u ^ (unsigned char)letter; /* FNV-1a */

	value *= 1099511628211u;
	for (size_t i = 0; i < name.n; i++)
		value = (value ^ (unsigned char)name.p[i]) * 1099511628211u;
	return value;
}

static const struct member rate_parts[] = {
	{ "perMinute", MEMBER_INTEGER, MEMBER_NEEDED, .label = "Per minute", .low = 1, .high = INT64_MAX },
	{ "burst", MEMBER_INTEGER, 0, .label = "At once", .low = 1, .high = INT64_MAX },
	{ .name = NULL },
};

const struct member throttle_members[] = {
	{ "rate", MEMBER_OBJECT, 0, .label = "Rate", .parts = rate_parts },
	{ "concurrency", MEMBER_INTEGER, 0, .label = "Under way at once", .low = 1, .high = INT64_MAX },
	{ .name = NULL },
};

struct throttle_limits
throttle_limits_of(struct json_object *doc)
{
	struct json_object *rate = json_get(doc, "rate");
	int64_t per_minute = json_integer(rate, "perMinute", 0);

	return (struct throttle_limits){ per_minute, json_integer(rate, "burst", per_minute),
		json_integer(doc, "concurrency", 0) };
}

static int64_t
token_of(const struct throttle_limits *limits)
{
	return 60000000 / limits->per_minute > 0 ? 60000000 / limits->per_minute : 1;
}

/* The bucket as it is now. */
static void
refill(struct bucket *bucket, uint64_t key, const struct throttle_limits *limits, int64_t now)
{
	int64_t token = token_of(limits), burst = limits->burst > 0 ? limits->burst : 1, full;

	if (burst > INT64_MAX / token)
		burst = INT64_MAX / token;
	full = token * burst;
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
}

/* Are there so many tokens? */
static bool
holds(const struct bucket *bucket, const struct throttle_limits *limits, int64_t tokens,
    int64_t *wait_r, struct error *error)
{
	int64_t token = token_of(limits);

	if (bucket->micros / token >= tokens)
		return true;
	*wait_r = (token * tokens - bucket->micros) / 1000000 + 1;
	return error_set(error, FAULT_RATE_LIMITED, "more than %" PRId64
	    " deliveries a minute; try again in %" PRId64 " s", limits->per_minute, *wait_r);
}

bool
throttle_enter(struct throttle *throttle, char letter, struct span name,
    const struct throttle_limits *limits, int64_t now, unsigned *place_r,
    int64_t *wait_r, struct error *error)
{
	uint64_t key = hash(letter, name);
	unsigned place = (unsigned)(key % PLACES);

	if (throttle == NULL)
		return true;
	if (limits->at_once > 0 && throttle->under_way[place] >= limits->at_once) {
		*wait_r = 1;
		return error_set(error, FAULT_BUSY, "%" PRId64 " deliveries at once are taken "
		    "here, and as many are being worked on", limits->at_once);
	}
	if (limits->per_minute > 0) {
		struct bucket *bucket = &throttle->buckets[place];

		refill(bucket, key, limits, now);
		if (!holds(bucket, limits, 1, wait_r, error))
			return false;
		bucket->micros -= token_of(limits);
	}
	if (limits->at_once > 0) {
		throttle->under_way[place]++;
		*place_r = place + 1;
	}
	return true;
}

bool
throttle_more(struct throttle *throttle, const struct throttle_use *uses, size_t count,
    int64_t now, int64_t tokens, int64_t *wait_r, struct error *error)
{
	bool good = true;

	/* With one of those that throttle_enter() took before. */
	for (size_t i = 0; i < count && good && throttle != NULL; i++) {
		const struct throttle_limits *limits = uses[i].limits;
		uint64_t key = hash(uses[i].letter, uses[i].name);
		struct bucket *bucket = &throttle->buckets[key % PLACES];

		if (limits->per_minute == 0)
			continue;
		if (tokens >= limits->burst)
			good = error_set(error, FAULT_TOO_MUCH_WORK, "%" PRId64 " items take as many "
			    "of the rate, and at most %" PRId64 " are taken at once (\"burst\"); send "
			    "fewer items in each delivery", tokens + 1, limits->burst);
		refill(bucket, key, limits, now);
		good = good && holds(bucket, limits, tokens, wait_r, error);
	}
	for (size_t i = 0; i < count && throttle != NULL; i++) {
		const struct throttle_limits *limits = uses[i].limits;
		uint64_t key = hash(uses[i].letter, uses[i].name);

		if (limits->per_minute > 0)
			throttle->buckets[key % PLACES].micros += good
			    ? -tokens * token_of(limits) : token_of(limits);
	}
	return good;
}

void
throttle_leave(struct throttle *throttle, unsigned place)
{
	if (place > 0)
		throttle->under_way[place - 1]--;
}
