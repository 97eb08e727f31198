/* SPDX-License-Identifier: ISC */
/* Who has had more than his share of the one thread, and for how long. */
#include "serve/share.h"
#include "tap.h"

#define MS 1000

int
main(void)
{
	struct share *share = share_new();
	size_t callers[4];
	int64_t now = 5000 * MS;

	/* One name in a thousand has the place of another. */
	for (int i = 0, n = 0; i < 4; n++) {
		char name[20];
		bool other = true;

		snprintf(name, sizeof name, "app%d", n);
		callers[i] = share_caller(share, 'k', span_of(name));
		for (int j = 0; j < i; j++)
			other = other && callers[i] != callers[j];
		i += other;
	}
	ok(share_caller(share, 'k', SPAN("app0")) == callers[0] && callers[0] < SHARE_PLACES,
	    "a caller is known by his name");
	for (int i = 0; i < 100000; i++)
		share_charge(share, callers[0], 0, 1 * MS, now);
	share_came(share, callers[1], now);
	ok(!share_yields(share, callers[0], now), "usual calls cost nothing, however many");
	share_charge(share, callers[0], 0, 22 * MS, now); /* he owes 153 ms */
	share_came(share, callers[0], now);
	ok(share_yields(share, callers[0], now), "who sent a heavy one lets others go first");
	ok(!share_yields(share, callers[1], now), "and nobody else does");
	ok(share_yields(share, callers[0], now + 19 * MS), "when none is there for a moment, too");
	ok(!share_yields(share, callers[0], now + 21 * MS), "but not for long");
	share_came(share, callers[0], now + 22 * MS);
	ok(!share_yields(share, callers[0], now + 22 * MS), "alone he waits for nobody");
	share_charge(share, callers[1], 0, 100 * MS, now + 22 * MS);
	share_came(share, callers[1], now + 22 * MS);
	ok(!share_yields(share, callers[0], now + 23 * MS), "nor for who sends heavy ones himself");
	share_came(share, callers[2], now + 560 * MS);
	ok(share_yields(share, callers[0], now + 560 * MS), "for as long as it was heavy");
	share_came(share, callers[2], now + 580 * MS);
	ok(!share_yields(share, callers[0], now + 580 * MS), "and no longer");
	share_charge(share, callers[0], 0, 3 * MS, now + 580 * MS);
	ok(!share_yields(share, callers[0], now + 580 * MS), "a little is not much");
	for (int i = 0; i < 22; i++)
		share_charge(share, callers[3], i * MS, 1 * MS, now + 580 * MS); /* 27 ms */
	ok(share_yields(share, callers[3], now + 580 * MS), "a little again and again is, in one call");
	share_came(share, callers[2], now + 660 * MS);
	ok(!share_yields(share, callers[3], now + 660 * MS), "though less than as much at once");
	share_came(share, callers[2], now + 1850 * MS);
	ok(share_yields(share, callers[1], now + 1850 * MS), "what was very heavy is remembered");
	share_came(share, callers[2], now + 1910 * MS);
	ok(!share_yields(share, callers[1], now + 1910 * MS), "for two seconds at most");
	share_charge(share, callers[0], 0, INT64_MAX / 2, now + 2000 * MS);
	for (int64_t us = 0; us < 1880 * MS; us++)
		share_yields(share, callers[0], now + 2000 * MS + us);
	share_came(share, callers[2], now + 3890 * MS);
	ok(!share_yields(share, callers[0], now + 3890 * MS), "however often it is asked");
	share_free(&share);
	return tap_done();
}
