/* SPDX-License-Identifier: ISC */
#include "act/schedule.h"
#include "base/text.h"
#include "tap.h"

static const struct {
	const char *start;
	enum schedule_every every;
	const char *after, *next; /* NULL: never */
} cases[] = {
	{ "2026-11-24T09:30:00Z", SCHEDULE_ONCE, "2026-11-24T09:29:59Z", "2026-11-24T09:30:00Z" },
	{ "2026-11-24T09:30:00Z", SCHEDULE_ONCE, "2026-11-24T09:30:00Z", NULL },
	{ "2026-11-24T09:30:00Z", SCHEDULE_ONCE, "2027-01-01", NULL },
	{ "2026-11-24T09:30:00Z", SCHEDULE_HOURLY, "0001-01-01", "2026-11-24T09:30:00Z" },
	{ "2026-11-24T09:30:00Z", SCHEDULE_HOURLY, "2026-11-24T09:30:00Z",
	    "2026-11-24T10:30:00Z" },
	{ "2026-11-24T09:30:00Z", SCHEDULE_HOURLY, "2026-11-24T10:29:59.999999Z",
	    "2026-11-24T10:30:00Z" },
	{ "2026-11-24T09:30:00Z", SCHEDULE_HOURLY, "2026-12-31T23:45:00Z",
	    "2027-01-01T00:30:00Z" },
	{ "2026-11-24T09:30:00Z", SCHEDULE_DAILY, "2026-11-24T09:30:00Z",
	    "2026-11-25T09:30:00Z" },
	{ "2026-11-24T09:30:00Z", SCHEDULE_DAILY, "2028-02-28T10:00:00Z",
	    "2028-02-29T09:30:00Z" },
	{ "2026-11-24T09:30:00Z", SCHEDULE_WEEKLY, "2026-11-24T09:30:00Z",
	    "2026-12-01T09:30:00Z" },
	{ "2026-11-24T09:30:00Z", SCHEDULE_WEEKLY, "2026-12-31", "2027-01-05T09:30:00Z" },
	{ "2026-11-24T09:30:00Z", SCHEDULE_MONTHLY, "2026-11-24T09:30:00Z",
	    "2026-12-24T09:30:00Z" },
	{ "2026-11-24T09:30:00Z", SCHEDULE_MONTHLY, "2026-12-24T09:29:59Z",
	    "2026-12-24T09:30:00Z" },
	{ "2026-11-24T09:30:00Z", SCHEDULE_MONTHLY, "2028-01-01", "2028-01-24T09:30:00Z" },
	{ "2026-01-31T06:00:00Z", SCHEDULE_MONTHLY, "2026-01-31T06:00:00Z",
	    "2026-02-28T06:00:00Z" },
	{ "2026-01-31T06:00:00Z", SCHEDULE_MONTHLY, "2026-02-28T06:00:00Z",
	    "2026-03-31T06:00:00Z" },
	{ "2026-01-31T06:00:00Z", SCHEDULE_MONTHLY, "2026-03-31T06:00:00Z",
	    "2026-04-30T06:00:00Z" },
	{ "2026-01-31T06:00:00Z", SCHEDULE_MONTHLY, "2026-12-31T06:00:00Z",
	    "2027-01-31T06:00:00Z" },
	{ "2027-08-30", SCHEDULE_MONTHLY, "2028-02-01", "2028-02-29" },
	{ "2027-08-30", SCHEDULE_MONTHLY, "2100-02-01", "2100-02-28" },
	{ "2027-08-30", SCHEDULE_MONTHLY, "2400-02-28", "2400-02-29" },
	{ "9999-12-31T23:30:00Z", SCHEDULE_HOURLY, "9999-12-31T23:30:00Z", NULL },
	{ "9999-12-01", SCHEDULE_MONTHLY, "9999-12-02", NULL },
};

static int64_t
read_time(const char *text)
{
	int64_t time = SCHEDULE_NEVER;

	if (text != NULL && !text_time(span_of(text), &time))
		printf("Bail out! %s is no time\n", text);
	return time;
}

int
main(void)
{
	char got[TEXT_TIME_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t next = schedule_next(read_time(cases[i].start), cases[i].every,
		    read_time(cases[i].after));

		if (!ok(next == read_time(cases[i].next), "from %s on: behind %s",
		    cases[i].start, cases[i].after))
			printf("#      got: %s\n# expected: %s\n", next == SCHEDULE_NEVER
			    ? "never" : text_time_write(next, got),
			    cases[i].next == NULL ? "never" : cases[i].next);
	}
	return tap_done();
}
