/* SPDX-License-Identifier: ISC */
#include "base/text.h"
#include "base/zone.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct arena *arena;

static const struct {
	const char *zone, *text;
	const char *utc; /* NULL: the clocks never showed it */
} times[] = {
	{ "UTC", "2020-07-24T20:11:22", "2020-07-24T20:11:22Z" },
	{ "Europe/Berlin", "2026-01-31T09:30:00", "2026-01-31T08:30:00Z" },
	{ "Europe/Berlin", "2026-07-31 09:30", "2026-07-31T07:30:00Z" },
	{ "Europe/Berlin", "1945-05-24T12:00:00", "1945-05-24T09:00:00Z" },
	/* 2026-03-29 02:00 becomes 03:00 */
	{ "Europe/Berlin", "2026-03-29T01:59:59", "2026-03-29T00:59:59Z" },
	{ "Europe/Berlin", "2026-03-29T02:00:00", NULL },
	{ "Europe/Berlin", "2026-03-29T02:59:59", NULL },
	{ "Europe/Berlin", "2026-03-29T03:00:00", "2026-03-29T01:00:00Z" },
	/* 2026-10-25 03:00 becomes 02:00: the first of two */
	{ "Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z" },
	{ "Europe/Berlin", "2026-10-25T03:00:00", "2026-10-25T02:00:00Z" },
	/* behind the last change that is listed */
	{ "Europe/Berlin", "2100-07-01T00:00:00", "2100-06-30T22:00:00Z" },
	{ "Europe/Berlin", "2100-12-01T00:00:00", "2100-11-30T23:00:00Z" },
	{ "Australia/Sydney", "2100-01-01T00:00:00", "2099-12-31T13:00:00Z" },
	{ "Australia/Sydney", "2100-07-01T00:00:00", "2100-06-30T14:00:00Z" },
	{ "America/New_York", "2020-07-24T20:11:22", "2020-07-25T00:11:22Z" },
	{ "Asia/Kolkata", "2026-01-31T09:30:00.25", "2026-01-31T04:00:00.250000Z" },
	{ "Asia/Kathmandu", "2026-01-31T05:45:00", "2026-01-31T00:00:00Z" },
	{ "America/Nuuk", "2050-07-01T00:00:00", "2050-07-01T01:00:00Z" },
	{ "Pacific/Kiritimati", "2026-01-01T00:00:00", "2025-12-31T10:00:00Z" },
	/* This zone left out a whole day. */
	{ "Pacific/Apia", "2011-12-30T12:00:00", NULL },
	{ "Etc/GMT+5", "2026-01-31T09:30:00", "2026-01-31T14:30:00Z" },
	/* What has a zone keeps it. */
	{ "Europe/Berlin", "2026-01-31T09:30:00Z", "2026-01-31T09:30:00Z" },
	{ "Europe/Berlin", "1355517523.000005", "2012-12-14T20:38:43.000005Z" },
	{ "Europe/Berlin", "2026-01-31", "2026-01-31T00:00:00Z" },
};

static const char *const unknown[] = { "", "Berlin", "Europe/Nowhere", "/etc/passwd",
	"../../../etc/passwd", "Europe", "utc", "Europe/Berlin ", "tzdata.zi", "CEST",
	"Europe/Berlin\\0" };

int
main(void)
{
	char out[TEXT_TIME_SIZE];
	const struct zone *zone;
	int64_t time;

	arena = arena_new();
	for (size_t i = 0; i < COUNT(times); i++) {
		zone = zone_load(arena, span_of(times[i].zone));
		is_text(zone == NULL ? "no such zone" : zone_text_time(span_of(times[i].text), zone,
		        &time) ? text_time_write(time, out) : NULL, times[i].utc,
		    arena_printf(arena, "%s in %s", times[i].text, times[i].zone));
	}
	for (size_t i = 0; i < COUNT(unknown); i++)
		ok(zone_load(arena, span_of(unknown[i])) == NULL, "no zone \"%s\"", unknown[i]);
	ok(!zone_text_time(SPAN("2020-07-24T20:11:22"), NULL, &time),
	    "without a zone such a time is none");
	zone = zone_load(arena, SPAN("Europe/Berlin"));
	text_time(SPAN("2026-10-25T00:59:59Z"), &time);
	ok(zone_offset(zone, time) == INT64_C(7200000000), "summer until the last second");
	ok(zone_offset(zone, time + 1000000) == INT64_C(3600000000), "then winter");
	ok(zone_offset(zone, INT64_C(-3000000000000000)) == INT64_C(3208000000),
	    "before there was a common time, that of the place");
	arena_free(&arena);
	return tap_done();
}
