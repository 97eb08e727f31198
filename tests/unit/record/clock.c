/* SPDX-License-Identifier: ISC */
/* A clock that is ahead removes nothing, and one that goes on is believed in the end. */
#include "record/clock.h"
#include "record/record_scratch.h"

#define HOUR (INT64_C(3600) * 1000000)
#define DAY (24 * HOUR)
#define BEGIN (INT64_C(1764403200) * 1000000)

/* What the clock says, and which time is believed then; hours after BEGIN. */
struct look {
	int64_t says, believed;
	const char *name;
};

static const struct look looks[] = {
	{ 0, 0, "at first" },
	{ 1, 1, "it goes on" },
	{ 6 * 24, 6 * 24, "after six days without a look" },
	{ 13 * 24, 13 * 24, "and seven" },
	{ 103 * 24, 13 * 24, "ninety days ahead" },
	{ 103 * 24 + 5, 13 * 24, "still" },
	{ 13 * 24 + 6, 13 * 24 + 6, "set right again" },
	{ 103 * 24, 13 * 24 + 6, "ahead once more, by the later mark" },
	{ 109 * 24, 13 * 24 + 6, "it goes on for six days" },
	{ 110 * 24 + 1, 110 * 24 + 1, "after seven days it is believed" },
	{ 111 * 24, 111 * 24, "and goes on" },
	{ 100 * 24, 100 * 24, "set back it is believed" },
	{ 106 * 24, 106 * 24, "and goes on from there" },
	{ 190 * 24, 106 * 24, "ahead" },
	{ 150 * 24, 106 * 24, "less so" },
	{ 156 * 24, 106 * 24, "six days after that" },
	{ 157 * 24, 157 * 24, "seven days after that" },
};

static void
look(struct txn *txn, void *arg)
{
	const struct look *next = arg;
	int64_t believed = clock_believed(txn, BEGIN + next->says * HOUR);
	struct clock_doubt doubt;

	if (!ok(believed - BEGIN == next->believed * HOUR, "%s", next->name))
		printf("# hour %lld, not %lld\n", (long long)((believed - BEGIN) / HOUR),
		    (long long)next->believed);
	ok(clock_doubted(txn, &doubt) == (next->says != next->believed), "and is told so");
}

int
main(void)
{
	struct scratch store;

	if (!scratch_open(&store))
		return tap_done();
	for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++)
		scratch_run(&store, STORE_WRITE, look, (void *)(uintptr_t)&looks[i]);
	scratch_close(&store);
	return tap_done();
}
