/* SPDX-License-Identifier: ISC */
/* Who has had more than his share of the one thread, and for how long. */
#include "serve/share.h"
#include "tap.h"

#define MS 1000

int
main(void)
{
	struct share *share = share_new();
	static const char *const names[4] = { "app", "shop", "beta/jira", "" };
	size_t callers[4];
	int64_t now = 5000 * MS;

	for (int i = 0; i < 4; i++)
		callers[i] = share_caller(share, span_of(names[i]));
	ok(share_caller(share, SPAN("app")) == callers[0], "a caller is known by his name");
	/* One in a thousand would share a place. */
	ok((callers[0] != callers[1]) + (callers[1] != callers[2]) + (callers[2] != callers[3]) >= 2,
	    "others are others");
	for (int i = 0; i < 100000; i++)
		share_charge(share, callers[0], 0, 1 * MS, now);
	share_came(share, callers[1], now);
	ok(!share_yields(share, callers[0], now), "usual calls cost nothing, however many");
	share_charge(share, callers[0], 0, 22 * MS, now); /* he owes 120 ms */
	share_came(share, callers[0], now);
	ok(share_yields(share, callers[0], now), "who sent a heavy one lets others go first");
	ok(!share_yields(share, callers[1], now) || callers[1] == callers[0],
	    "and nobody else does");
	ok(share_yields(share, callers[0], now + 19 * MS), "when none is there for a moment, too");
	ok(!share_yields(share, callers[0], now + 21 * MS), "but not for long");
	share_came(share, callers[0], now + 22 * MS);
	ok(!share_yields(share, callers[0], now + 22 * MS), "alone he waits for nobody");
	share_charge(share, callers[1], 0, 100 * MS, now + 22 * MS);
	share_came(share, callers[1], now + 22 * MS);
	ok(!share_yields(share, callers[0], now + 23 * MS), "nor for who sends heavy ones himself");
	share_came(share, callers[2], now + 430 * MS);
	ok(share_yields(share, callers[0], now + 430 * MS), "for as long as it was heavy");
	share_came(share, callers[2], now + 450 * MS);
	ok(!share_yields(share, callers[0], now + 450 * MS), "and no longer");
	share_charge(share, callers[0], 0, 3 * MS, now + 450 * MS);
	ok(!share_yields(share, callers[0], now + 450 * MS), "a little is not much");
	for (int i = 0; i < 22; i++)
		share_charge(share, callers[3], i * MS, 1 * MS, now + 450 * MS); /* 25 ms */
	ok(share_yields(share, callers[3], now + 450 * MS), "a little again and again is, in one call");
	share_came(share, callers[2], now + 512 * MS);
	ok(!share_yields(share, callers[3], now + 512 * MS), "though less than as much at once");
	share_came(share, callers[2], now + 1900 * MS);
	ok(share_yields(share, callers[1], now + 1900 * MS), "what was very heavy is remembered");
	share_came(share, callers[2], now + 2000 * MS);
	ok(!share_yields(share, callers[1], now + 2000 * MS), "for two seconds at most");
	share_free(&share);
	return tap_done();
}
