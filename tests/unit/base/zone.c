/* SPDX-License-Identifier: ISC */
/* Against the C library, which knows one zone at a time; and where clocks change. */
#include "base/zone.h"

#include "base/text.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND INT64_C(1000000)

static const char *const names[] = { "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
	"Africa/Casablanca", "Asia/Kathmandu", "America/Sao_Paulo", "Pacific/Apia", "Europe/Dublin",
	"Asia/Gaza", "Antarctica/Troll", "Etc/GMT+5", "America/Godthab", "UTC" };

/* Every 5 hours and some of many years, from before the first rule to behind the last. */
static void
test_as_libc(struct arena *arena, const char *name)
{
	const struct zone *zone = zone_load(arena, span_of(name));
	unsigned wrong = 0, count = 0;

	if (!ok(zone != NULL, "%s is there", name))
		return;
	setenv("TZ", name, 1);
	tzset();
	for (time_t at = -2500000000; at < 4200000000; at += 5 * 3600 + 1234, count++) {
		const char *abbreviation;
		struct tm tm;
		int offset;

		localtime_r(&at, &tm);
		zone_local(zone, at * SECOND, &offset, &abbreviation);
		if ((offset != tm.tm_gmtoff || strcmp(abbreviation, tm.tm_zone) != 0) && ++wrong < 4)
			printf("# at %lld: %d %s, the library has %ld %s\n", (long long)at, offset,
			    abbreviation, tm.tm_gmtoff, tm.tm_zone);
	}
	ok(wrong == 0, "%s: as the C library has it, %u times", name, count);
}

static int64_t
read_time(const char *text)
{
	int64_t time = 0;

	if (!text_time(span_of(text), &time))
		printf("Bail out! %s is no time\n", text);
	return time;
}

/* What the wall shows is written as if it were UTC. */
static const struct {
	const char *zone, *local, *time;
} walls[] = {
	{ "Europe/Berlin", "2026-01-15T09:00:00Z", "2026-01-15T08:00:00Z" },
	{ "Europe/Berlin", "2026-07-15T09:00:00Z", "2026-07-15T07:00:00Z" },
	/* Left out: 02:00 to 03:00 of 29 March. */
	{ "Europe/Berlin", "2026-03-29T01:59:59Z", "2026-03-29T00:59:59Z" },
	{ "Europe/Berlin", "2026-03-29T02:30:00Z", "2026-03-29T01:30:00Z" },
	{ "Europe/Berlin", "2026-03-29T03:00:00Z", "2026-03-29T01:00:00Z" },
	/* Twice: 02:00 to 03:00 of 25 October; the first. */
	{ "Europe/Berlin", "2026-10-25T01:59:59Z", "2026-10-24T23:59:59Z" },
	{ "Europe/Berlin", "2026-10-25T02:30:00Z", "2026-10-25T00:30:00Z" },
	{ "Europe/Berlin", "2026-10-25T03:00:00Z", "2026-10-25T02:00:00Z" },
	{ "America/New_York", "2026-03-08T02:30:00Z", "2026-03-08T07:30:00Z" },
	{ "America/New_York", "2026-11-01T01:30:00Z", "2026-11-01T05:30:00Z" },
	/* Half an hour, in the south. */
	{ "Australia/Lord_Howe", "2026-10-04T02:15:00Z", "2026-10-03T15:45:00Z" },
	{ "Australia/Lord_Howe", "2026-04-05T01:45:00Z", "2026-04-04T14:45:00Z" },
	/* Behind the last time that files tell. */
	{ "Europe/Berlin", "2150-07-01T12:00:00Z", "2150-07-01T10:00:00Z" },
	{ "Asia/Kathmandu", "2026-01-01T00:00:00Z", "2025-12-31T18:15:00Z" },
	/* A day that there was not: 30 December 2011. */
	{ "Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-30T22:00:00Z" },
	{ "UTC", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z" },
};

static void
test_walls(struct arena *arena)
{
	char got[TEXT_TIME_SIZE];

	for (size_t i = 0; i < sizeof walls / sizeof walls[0]; i++)
		is_text(text_time_write(zone_time(zone_load(arena, span_of(walls[i].zone)),
		    read_time(walls[i].local)), got), walls[i].time,
		    arena_printf(arena, "%s %s", walls[i].zone, walls[i].local));
}

static void
test_names(struct arena *arena)
{
	static const char *const wrong[] = { "", "Europe/Berlim", "../../../etc/passwd", "posix/UTC",
		"/etc/localtime", "Europe", "Europe/../Asia/Tokyo", "tzdata.zi", "America/New York" };

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		ok(zone_load(arena, span_of(wrong[i])) == NULL, "no zone: '%s'", wrong[i]);
	ok(strstr(zone_missing(arena, SPAN("Europe/Berlim")), "Europe/Berlin") != NULL,
	    "the sentence shows names");
}

int
main(void)
{
	struct arena *arena = arena_new();

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		test_as_libc(arena, names[i]);
	test_walls(arena);
	test_names(arena);
	arena_free(&arena);
	return tap_done();
}
