/* SPDX-License-Identifier: ISC */
/* Who has had more than his share of the one thread, and for how long. */
#include "serve/share.h"
#include "tap.h"

#define MS 1000

int
main(void)
{
	struct share *share = share_new();
	struct header keys[3] = {
		{ SPAN("authorization"), SPAN("Bearer ear_a") },
		{ SPAN("authorization"), SPAN("Bearer ear_b") },
		{ SPAN("x-api-key"), SPAN("ear_c") },
	};
	struct request requests[4] = {
		{ .path = SPAN("/a"), .headers = &keys[0], .header_count = 1 },
		{ .path = SPAN("/a"), .headers = &keys[1], .header_count = 1 },
		{ .path = SPAN("/a"), .headers = &keys[2], .header_count = 1 },
		{ .path = SPAN("/b") },
	};
	size_t callers[4];
	int64_t now = 5000 * MS;

	for (int i = 0; i < 4; i++)
		callers[i] = share_caller(share, &requests[i]);
	requests[0].path = SPAN("/other");
	ok(share_caller(share, &requests[0]) == callers[0], "a caller is known by his key");
	/* One in a thousand would share a place. */
	ok((callers[0] != callers[1]) + (callers[1] != callers[2]) + (callers[2] != callers[3]) >= 2,
	    "others are others");
	for (int i = 0; i < 100000; i++)
		share_charge(share, callers[0], 1 * MS, now);
	ok(!share_exceeded(share, callers[0], now), "usual deliveries cost nothing, however many");
	share_charge(share, callers[0], 100 * MS, now);
	ok(share_exceeded(share, callers[0], now), "a heavy one does");
	ok(!share_exceeded(share, callers[1], now) || callers[1] == callers[0],
	    "and nobody else waits for it");
	ok(share_exceeded(share, callers[0], now + 300 * MS), "for as long as it was heavy");
	ok(!share_exceeded(share, callers[0], now + 360 * MS), "and no longer");
	share_charge(share, callers[0], 3 * MS, now + 360 * MS);
	ok(!share_exceeded(share, callers[0], now + 360 * MS), "a little is not much");
	share_free(&share);
	return tap_done();
}
