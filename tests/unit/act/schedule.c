/* SPDX-License-Identifier: ISC */
#include "act/schedule.h"
#include "base/text.h"
#include "base/zone.h"
#include "tap.h"

static const struct {
	const char *start;
	enum schedule_every every;
	const char *after, *next; /* NULL: never */
	const char *zone;         /* NULL: UTC */
} cases[] = {
	{ "2026-11-24T09:30:00Z", SCHEDULE_ONCE, "2026-11-24T09:29:59Z", "2026-11-24T09:30:00Z", NULL },
	{ "2026-11-24T09:30:00Z", SCHEDULE_ONCE, "2026-11-24T09:30:00Z", NULL, NULL },
	{ "2026-11-24T09:30:00Z", SCHEDULE_ONCE, "2027-01-01", NULL, NULL },
	{ "2026-11-24T09:30:00Z", SCHEDULE_HOURLY, "0001-01-01", "2026-11-24T09:30:00Z", NULL },
	{ "2026-11-24T09:30:00Z", SCHEDULE_HOURLY, "2026-11-24T09:30:00Z",
	    "2026-11-24T10:30:00Z", NULL },
	{ "2026-11-24T09:30:00Z", SCHEDULE_HOURLY, "2026-11-24T10:29:59.999999Z",
	    "2026-11-24T10:30:00Z", NULL },
	{ "2026-11-24T09:30:00Z", SCHEDULE_HOURLY, "2026-12-31T23:45:00Z",
	    "2027-01-01T00:30:00Z", NULL },
	{ "2026-11-24T09:30:00Z", SCHEDULE_DAILY, "2026-11-24T09:30:00Z",
	    "2026-11-25T09:30:00Z", NULL },
	{ "2026-11-24T09:30:00Z", SCHEDULE_DAILY, "2028-02-28T10:00:00Z",
	    "2028-02-29T09:30:00Z", NULL },
	{ "2026-11-24T09:30:00Z", SCHEDULE_WEEKLY, "2026-11-24T09:30:00Z",
	    "2026-12-01T09:30:00Z", NULL },
	{ "2026-11-24T09:30:00Z", SCHEDULE_WEEKLY, "2026-12-31", "2027-01-05T09:30:00Z", NULL },
	{ "2026-11-24T09:30:00Z", SCHEDULE_MONTHLY, "2026-11-24T09:30:00Z",
	    "2026-12-24T09:30:00Z", NULL },
	{ "2026-11-24T09:30:00Z", SCHEDULE_MONTHLY, "2026-12-24T09:29:59Z",
	    "2026-12-24T09:30:00Z", NULL },
	{ "2026-11-24T09:30:00Z", SCHEDULE_MONTHLY, "2028-01-01", "2028-01-24T09:30:00Z", NULL },
	{ "2026-01-31T06:00:00Z", SCHEDULE_MONTHLY, "2026-01-31T06:00:00Z",
	    "2026-02-28T06:00:00Z", NULL },
	{ "2026-01-31T06:00:00Z", SCHEDULE_MONTHLY, "2026-02-28T06:00:00Z",
	    "2026-03-31T06:00:00Z", NULL },
	{ "2026-01-31T06:00:00Z", SCHEDULE_MONTHLY, "2026-03-31T06:00:00Z",
	    "2026-04-30T06:00:00Z", NULL },
	{ "2026-01-31T06:00:00Z", SCHEDULE_MONTHLY, "2026-12-31T06:00:00Z",
	    "2027-01-31T06:00:00Z", NULL },
	{ "2027-08-30", SCHEDULE_MONTHLY, "2028-02-01", "2028-02-29", NULL },
	{ "2027-08-30", SCHEDULE_MONTHLY, "2100-02-01", "2100-02-28", NULL },
	{ "2027-08-30", SCHEDULE_MONTHLY, "2400-02-28", "2400-02-29", NULL },
	{ "9999-12-31T23:30:00Z", SCHEDULE_HOURLY, "9999-12-31T23:30:00Z", NULL, NULL },
	{ "9999-12-01", SCHEDULE_MONTHLY, "9999-12-02", NULL, NULL },
	/* Nine in the morning, in summer and in winter. */
	{ "2026-03-27T09:00:00+01:00", SCHEDULE_DAILY, "2026-03-28T08:00:00Z",
	    "2026-03-29T07:00:00Z", "Europe/Berlin" },
	{ "2026-03-27T09:00:00+01:00", SCHEDULE_DAILY, "2026-10-24T07:00:00Z",
	    "2026-10-25T08:00:00Z", "Europe/Berlin" },
	{ "2026-03-27T09:00:00+01:00", SCHEDULE_WEEKLY, "2026-03-27T08:00:00Z",
	    "2026-04-03T07:00:00Z", "Europe/Berlin" },
	{ "2026-01-31T09:00:00+01:00", SCHEDULE_MONTHLY, "2026-03-31T07:00:00Z",
	    "2026-04-30T07:00:00Z", "Europe/Berlin" },
	{ "2026-01-31T09:00:00+01:00", SCHEDULE_MONTHLY, "2026-10-31T07:59:59Z",
	    "2026-10-31T08:00:00Z", "Europe/Berlin" },
	/* An hour that is left out is an hour later, that day; the next is as ever. */
	{ "2026-03-27T02:30:00+01:00", SCHEDULE_DAILY, "2026-03-28T01:30:00Z",
	    "2026-03-29T01:30:00Z", "Europe/Berlin" },
	{ "2026-03-27T02:30:00+01:00", SCHEDULE_DAILY, "2026-03-29T01:30:00Z",
	    "2026-03-30T00:30:00Z", "Europe/Berlin" },
	/* One that comes twice is taken once, the first. */
	{ "2026-10-20T02:30:00+02:00", SCHEDULE_DAILY, "2026-10-24T00:30:00Z",
	    "2026-10-25T00:30:00Z", "Europe/Berlin" },
	{ "2026-10-20T02:30:00+02:00", SCHEDULE_DAILY, "2026-10-25T00:30:00Z",
	    "2026-10-26T01:30:00Z", "Europe/Berlin" },
	/* Hours are hours. */
	{ "2026-03-29T00:30:00Z", SCHEDULE_HOURLY, "2026-03-29T00:30:00Z",
	    "2026-03-29T01:30:00Z", "Europe/Berlin" },
	{ "2026-10-25T00:30:00Z", SCHEDULE_HOURLY, "2026-10-25T00:30:00Z",
	    "2026-10-25T01:30:00Z", "Europe/Berlin" },
	/* The day of the wall: 23:30 of the last of January in New York. */
	{ "2026-02-01T04:30:00Z", SCHEDULE_MONTHLY, "2026-02-01T04:30:00Z",
	    "2026-03-01T04:30:00Z", "America/New_York" },
	{ "2026-01-01T00:00:00Z", SCHEDULE_DAILY, "2026-01-01T00:00:00Z",
	    "2026-01-02T00:00:00Z", "Asia/Kathmandu" },
	{ "9999-12-30T23:00:00Z", SCHEDULE_DAILY, "9999-12-30T23:00:00Z",
	    "9999-12-31T23:00:00Z", "America/New_York" },
	{ "9999-12-31T23:00:00Z", SCHEDULE_DAILY, "9999-12-31T23:00:00Z", NULL,
	    "America/New_York" },
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
	struct arena *arena = arena_new();
	char got[TEXT_TIME_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t next = schedule_next(cases[i].zone == NULL ? NULL
		    : zone_load(arena, span_of(cases[i].zone)), read_time(cases[i].start),
		    cases[i].every, read_time(cases[i].after));

		if (!ok(next == read_time(cases[i].next), "from %s on: behind %s",
		    cases[i].start, cases[i].after))
			printf("#      got: %s\n# expected: %s\n", next == SCHEDULE_NEVER
			    ? "never" : text_time_write(next, got),
			    cases[i].next == NULL ? "never" : cases[i].next);
	}
	arena_free(&arena);
	return tap_done();
}
