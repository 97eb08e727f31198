/* SPDX-License-Identifier: ISC */
#include "base/text.h"
#include "base/zone.h"
#include "tap.h"

#include <inttypes.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define NO INT64_MIN /* refused */

static struct arena *arena;

static void
is_number(int64_t got, int64_t expected, const char *name)
{
	if (!ok(got == expected, "%s", name))
		printf("#      got: %" PRId64 "\n# expected: %" PRId64 "\n", got,
		    expected);
}

static void
integers(void)
{
	static const struct {
		const char *text;
		bool good;
		int64_t value;
	} cases[] = {
		{ "0", true, 0 }, { "-0", true, 0 }, { "+7", true, 7 },
		{ "007", true, 7 }, { "-42", true, -42 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "-9223372036854775808", true, INT64_MIN },
		{ "9223372036854775808", false, 0 },
		{ "-9223372036854775809", false, 0 },
		{ "18446744073709551616", false, 0 },
		{ "99999999999999999999999", false, 0 },
		{ "", false, 0 }, { "-", false, 0 }, { "+", false, 0 },
		{ "+-1", false, 0 }, { " 1", false, 0 }, { "1 ", false, 0 },
		{ "1.0", false, 0 }, { "1e3", false, 0 }, { "0x10", false, 0 },
		{ "1_000", false, 0 }, { "\xd9\xa1", false, 0 },
	};
	uint64_t number;

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t value = 0;
		bool good = text_integer(span_of(cases[i].text), &value);

		ok(good == cases[i].good && (!good || value == cases[i].value),
		    "integer \"%s\"", cases[i].text);
	}
	ok(text_unsigned(SPAN("18446744073709551615"), UINT64_MAX, &number) &&
	    number == UINT64_MAX, "the largest unsigned number");
	ok(!text_unsigned(SPAN("18446744073709551616"), UINT64_MAX, &number),
	    "one more is refused");
	ok(text_unsigned(SPAN("32"), 32, &number) && number == 32, "at most 32");
	ok(!text_unsigned(SPAN("33"), 32, &number), "33 is more");
	ok(!text_unsigned(SPAN("5"), 3, &number), "one digit above its bound");
	ok(!text_unsigned(SPAN("+1"), 9, &number), "unsigned takes no sign");
	ok(!text_unsigned(SPAN("1\0"), 9, &number), "nor a NUL");
}

static void
booleans(void)
{
	bool value = false;

	ok(text_boolean(SPAN("TrUe"), &value) && value, "TrUe");
	ok(text_boolean(SPAN("FALSE"), &value) && !value, "FALSE");
	ok(!text_boolean(SPAN("yes"), &value), "yes is no boolean");
	ok(!text_boolean(SPAN(""), &value), "nor is nothing");
	ok(!text_boolean(SPAN("true "), &value), "nor true with a space");
}

static void
times(void)
{
	static const struct {
		const char *text;
		const char *written; /* NULL: refused */
	} cases[] = {
		{ "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z" },
		{ "1970-01-01", "1970-01-01T00:00:00Z" },
		{ "2024-02-29t12:30:45z", "2024-02-29T12:30:45Z" },
		{ "2024-02-29 12:30:45+02:00", "2024-02-29T10:30:45Z" },
		{ "2024-02-29 12:30:45-0930", "2024-02-29T22:00:45Z" },
		{ "2024-12-31T23:30:00-01:00", "2025-01-01T00:30:00Z" },
		{ "2024-03-01T00:30:00+01:00", "2024-02-29T23:30:00Z" },
		{ "2023-03-01T00:30:00+01:00", "2023-02-28T23:30:00Z" },
		{ "2024-06-01T00:00:00-00:00", "2024-06-01T00:00:00Z" },
		{ "2024-06-01T00:00:00+23:59", "2024-05-31T00:01:00Z" },
		{ "2024-06-01T00:00:00-23:59", "2024-06-01T23:59:00Z" },
		{ "2024-06-01T00:00:00.5Z", "2024-06-01T00:00:00.500000Z" },
		{ "2024-06-01T00:00:00.000001Z", "2024-06-01T00:00:00.000001Z" },
		{ "2024-06-01T00:00:00.123456789Z", "2024-06-01T00:00:00.123456Z" },
		{ "2024-06-01T00:00:00.000000999Z", "2024-06-01T00:00:00Z" },
		{ "2024-06-01T00:00:00.1234567890123Z", "2024-06-01T00:00:00.123456Z" },
		{ "1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z" },
		{ "2000-02-29", "2000-02-29T00:00:00Z" },
		{ "0004-02-29", "0004-02-29T00:00:00Z" },
		{ "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z" },
		{ "0001-01-01T00:00:00-00:01", "0001-01-01T00:01:00Z" },
		{ "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z" },
		{ "9999-12-31T23:59:59+00:01", "9999-12-31T23:58:59Z" },
		/* leap seconds */
		{ "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z" },
		{ "2016-12-31T23:59:60.25Z", "2017-01-01T00:00:00.250000Z" },
		{ "2017-01-01T00:59:60+01:00", "2017-01-01T00:00:00Z" },
		{ "2015-06-30T16:59:60-07:00", "2015-07-01T00:00:00Z" },
		{ "2016-12-31T23:59:60+01:00", NULL },
		{ "2016-12-31T22:59:60Z", NULL },
		{ "2016-12-31T23:58:60Z", NULL },
		{ "2016-12-30T23:59:60Z", NULL },
		{ "9999-12-31T23:59:60Z", NULL },
		/* no such date or time */
		{ "2023-02-29", NULL }, { "1900-02-29", NULL },
		{ "2024-02-30", NULL }, { "2024-04-31", NULL },
		{ "2024-13-01", NULL }, { "2024-00-01", NULL },
		{ "2024-01-00", NULL }, { "2024-01-32", NULL },
		{ "0000-01-01", NULL }, { "10000-01-01", NULL },
		{ "2024-06-01T24:00:00Z", NULL },
		{ "2024-06-01T23:60:00Z", NULL },
		{ "2024-06-01T23:59:61Z", NULL },
		{ "0001-01-01T00:00:00+00:01", NULL },
		{ "9999-12-31T23:59:59-00:01", NULL },
		{ "2024-06-01T00:00:00+24:00", NULL },
		{ "2024-06-01T00:00:00+23:60", NULL },
		/* not the form */
		{ "", NULL }, { "2024", NULL }, { "2024-06", NULL },
		{ "2024-6-1", NULL }, { "20240601", NULL },
		{ "2024-06-01T", NULL }, { "2024-06-01Z", NULL },
		{ "2024-06-01T00:00:00", NULL }, { "2024-06-01T00:00Z", NULL },
		{ "2024-06-01T00:00:00.Z", NULL },
		{ "2024-06-01T00:00:00,5Z", NULL },
		{ "2024-06-01T00:00:00+1", NULL },
		{ "2024-06-01T00:00:00+01", NULL },
		{ "2024-06-01T00:00:00+01:", NULL },
		{ "2024-06-01T00:00:00Z ", NULL },
		{ " 2024-06-01T00:00:00Z", NULL },
		{ "2024-06-01T00:00:00Z+01:00", NULL },
		{ "2024-06-01  00:00:00Z", NULL },
		{ "2024-06-01T-1:00:00Z", NULL },
		{ "-024-06-01", NULL }, { "2024-06-01T00:00:00 UTC", NULL },
	};
	char out[TEXT_TIME_SIZE];

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t time;
		bool good = text_time(span_of(cases[i].text), &time);

		is_text(good ? text_time_write(time, out) : NULL,
		    cases[i].written, cases[i].text);
	}
}

/* What senders write, and a local time as if it were UTC. */
static void
sent_times(void)
{
	static const struct {
		const char *text;
		const char *written; /* NULL: refused */
		bool local;
	} cases[] = {
		{ "2018-11-11 13:23:52 UTC", "2018-11-11T13:23:52Z", false },       /* GitLab */
		{ "2021-04-28 21:50:00 +0200", "2021-04-28T19:50:00Z", false },     /* GitLab */
		{ "2013-12-03T17:15:43Z", "2013-12-03T17:15:43Z", false },
		{ "2020-07-24T20:11:22", "2020-07-24T20:11:22Z", true },            /* Bugzilla */
		{ "2018-12-07T17:35:15.124+0000", "2018-12-07T17:35:15.124000Z", false }, /* Jira */
		{ "1355517523.000005", "2012-12-14T20:38:43.000005Z", false },      /* Slack */
		{ "1355517523", "2012-12-14T20:38:43Z", false },
		{ "1355517523000", "2012-12-14T20:38:43Z", false },
		{ "1525698237764", "2018-05-07T13:03:57.764000Z", false },
		{ "-1355517523.5", "1927-01-18T03:21:16.500000Z", false },
		{ "999999999", "2001-09-09T01:46:39Z", false },
		{ "Mon, 16 Aug 2010 03:45:01 +0000", "2010-08-16T03:45:01Z", false }, /* Twilio */
		{ "16 Aug 2010 03:45:01 -0700", "2010-08-16T10:45:01Z", false },
		{ "Mon, 6 Sep 2010 03:45:01 GMT", "2010-09-06T03:45:01Z", false },
		{ "2021-12-31T19:00:00-05:00", "2022-01-01T00:00:00Z", false },     /* Shopify */
		{ "2019-08-19T21:06:17.396000Z", "2019-08-19T21:06:17.396000Z", false }, /* Sentry */
		{ "2022-11-03T20:26:10.344522Z", "2022-11-03T20:26:10.344522Z", false },
		{ "2026-01-31 09:30:00+00", "2026-01-31T09:30:00Z", false },        /* PostgreSQL */
		{ "2026-01-31 09:30:00.25-03", "2026-01-31T12:30:00.250000Z", false },
		{ "2026-01-31T09:30:00,25Z", "2026-01-31T09:30:00.250000Z", false },
		{ "2026-01-31T09:30", "2026-01-31T09:30:00Z", true },
		{ "2026-01-31T09:30Z", "2026-01-31T09:30:00Z", false },
		{ "2026-01-31", "2026-01-31T00:00:00Z", false },
		{ "2026-01-31 09:30:00 GMT", "2026-01-31T09:30:00Z", false },
		/* What may mean several things. */
		{ "20260131", NULL, false }, { "202601310930", NULL, false },
		{ "20260131093000", NULL, false }, { "2026", NULL, false },
		{ "0", NULL, false }, { "99999999", NULL, false }, { "+1355517523", NULL, false },
		{ "1355517523000000", NULL, false }, { "1.355e9", NULL, false },
		{ "1355517523.", NULL, false }, { "1355517523.5s", NULL, false },
		{ "01/02/2026", NULL, false }, { "31.01.2026", NULL, false },
		{ "2026-01-31 09:30:00 CET", NULL, false }, { "2026-01-31 09:30:00 IST", NULL, false },
		{ "Tue, 16 Aug 2010 03:45:01 +0000", NULL, false },
		{ "Mon, 31 Feb 2010 03:45:01 +0000", NULL, false },
		{ "Mon, 16 Aug 2010 03:45:01", NULL, false },
		{ "Mon, 16 Aug 10 03:45:01 +0000", NULL, false },
		{ "2026-01-31T", NULL, false }, { "2026-01-31T09", NULL, false },
		{ "2026-01-31T09:30:60", NULL, false }, { "2026-01-31T09:30:00 ", NULL, false },
		{ "2026-01-31T09:30:00 +1", NULL, false }, { "", NULL, false }, { " ", NULL, false },
	};
	char out[TEXT_TIME_SIZE];

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t time;
		enum text_sent sent = text_time_sent(span_of(cases[i].text), &time);

		is_text(sent != TEXT_SENT_OTHER ? text_time_write(time, out) : NULL,
		    cases[i].written, cases[i].text);
		ok((sent == TEXT_SENT_LOCAL) == cases[i].local, "%s %s zone", cases[i].text,
		    cases[i].local ? "lacks a" : "needs no other");
	}
}

static void
unix_numbers(void)
{
	static const struct {
		const char *text;
		const char *written;
	} cases[] = {
		{ "0", "1970-01-01T00:00:00Z" }, { "-0", "1970-01-01T00:00:00Z" },
		{ "1566248777.677", "2019-08-19T21:06:17.677000Z" },
		{ "1566248777.6779999", "2019-08-19T21:06:17.677999Z" },
		{ "1566248777677.25", "2019-08-19T21:06:17.677250Z" },
		{ "1.566248777677e9", "2019-08-19T21:06:17.677000Z" },
		{ "1566248777677E-3", "2019-08-19T21:06:17.677000Z" },
		{ "15e8", "2017-07-14T02:40:00Z" }, { "-1.5", "1969-12-31T23:59:58.500000Z" },
		{ "0.0000015", "1970-01-01T00:00:00.000001Z" },
		{ "1e-3", "1970-01-01T00:00:00.001000Z" }, { "5e-400", "1970-01-01T00:00:00Z" },
		{ "99999999999.999999", "5138-11-16T09:46:39.999999Z" },
		{ "100000000000", "1973-03-03T09:46:40Z" },
		{ "253402300799999", "9999-12-31T23:59:59.999000Z" },
		{ "253402300800000", NULL }, { "-62135596801", NULL }, { "1e400", NULL },
		{ "1e99999999999999999999", NULL }, { "99999999999999999999", NULL },
		{ "-62135596800", "0001-01-01T00:00:00Z" },
	};
	char out[TEXT_TIME_SIZE];
	int64_t time;

	for (size_t i = 0; i < COUNT(cases); i++)
		is_text(text_unix_number(span_of(cases[i].text), &time)
		    ? text_time_write(time, out) : NULL, cases[i].written, cases[i].text);
}

static void
characters(void)
{
	ok(text_characters(SPAN("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80")) == 4, "4 characters");
	ok(text_first(SPAN("a\xc3\xa4\xe2\x82\xac"), 2).n == 3, "the first two");
	ok(text_first(SPAN("ab"), 9).n == 2, "no more than there are");
	ok(span_is(text_strip(SPAN(" \t\xc2\xa0" "a b\xe2\x80\x8b\xef\xbb\xbf\n")), "a b"),
	    "white space around");
	ok(text_strip(SPAN(" \xe3\x80\x80 ")).n == 0, "and nothing else");
	ok(span_is(text_strip(SPAN("1042")), "1042"), "none");
}

static const struct {
	const char *zone, *text;
	const char *utc; /* NULL: the clocks never showed it */
} zoned[] = {
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

static void
zoned_times(void)
{
	char out[TEXT_TIME_SIZE];
	int64_t time;

	for (size_t i = 0; i < COUNT(zoned); i++) {
		const struct zone *zone = zone_load(arena, span_of(zoned[i].zone));

		is_text(zone == NULL ? "no such zone" : text_time_in(span_of(zoned[i].text), zone,
		        &time) ? text_time_write(time, out) : NULL, zoned[i].utc,
		    arena_printf(arena, "%s in %s", zoned[i].text, zoned[i].zone));
	}
	ok(!text_time_in(SPAN("2020-07-24T20:11:22"), NULL, &time),
	    "without a zone such a time is none");
}

/* RFC 5891; ß is a letter of its own (IDNA 2008). */
static void
internationalised(void)
{
	static const struct { const char *text, *ascii; } cases[] = {
		{ "info@b\xc3\xbc" "cher.example", "info@xn--bcher-kva.example" },
		{ "info@B\xc3\x9c" "CHER.example", "info@xn--bcher-kva.example" },
		{ "info@bu\xcc\x88" "cher.example", "info@xn--bcher-kva.example" },
		{ "j\xc3\xbcrgen@mail.example", "j\xc3\xbcrgen@mail.example" },
		{ "a@stra\xc3\x9f" "e.example", "a@xn--strae-oqa.example" },
		{ "a@\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88",
		    "a@xn--r8jz45g.xn--zckzah" },
		{ "Ann@Mail.Example", "Ann@Mail.Example" },
		{ "a@\xe2\x98\x83-.example", NULL },
		{ "a@\xcc\x88x.example", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span ascii;

		is_text(text_email_ascii(arena, span_of(cases[i].text), &ascii)
		    ? arena_string(arena, ascii) : NULL, cases[i].ascii, cases[i].text);
	}
}

static void
known_times(void)
{
	char out[TEXT_TIME_SIZE];
	struct text_date date;
	int64_t time = 0;

	text_time(SPAN("2009-02-13T23:31:30Z"), &time);
	is_number(time, INT64_C(1234567890000000), "1234567890 seconds");
	text_time(SPAN("0001-01-01"), &time);
	is_number(time, INT64_C(-62135596800000000), "the first day");
	text_time(SPAN("9999-12-31"), &time);
	is_number(time, INT64_C(253402214400000000), "the last day");
	text_time(SPAN("2024-12-31T01:02:03.000004Z"), &time);
	text_date(time, &date);
	ok(date.year == 2024 && date.month == 12 && date.day == 31 &&
	    date.hour == 1 && date.minute == 2 && date.second == 3 &&
	    date.microsecond == 4, "all fields of a time");
	ok(date.weekday == 2 && date.yearday == 366, "a Tuesday, day 366");
	text_date(-1, &date);
	ok(date.year == 1969 && date.second == 59 && date.microsecond == 999999 &&
	    date.weekday == 3 && date.yearday == 365, "just before 1970");
	is_text(text_time_write(INT64_MAX, out), "9999-12-31T23:59:59.999999Z",
	    "no time is later than the last");
	is_text(text_time_write(INT64_MIN, out), "0001-01-01T00:00:00Z",
	    "nor earlier than the first");
	ok(text_now() > INT64_C(1700000000000000), "now is after 2023");
}

/* Walks over every day of 10000 years and compares with a plain calendar. */
static void
calendar(void)
{
	const int64_t day = INT64_C(86400000000);
	int64_t time = INT64_C(-62135596800) * 1000000;
	int year = 1, month = 1, mday = 1, yday = 1, weekday = 1, wrong = 0;

	while (year < 10000) {
		static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30,
			31, 30, 31 };
		bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
		struct text_date date;

		text_date(time + day - 1, &date);
		wrong += date.year != year || date.month != month ||
		    date.day != mday || date.yearday != yday ||
		    date.weekday != weekday || date.hour != 23 ||
		    text_date_time(&date) != time + day - 1;
		time += day;
		weekday = (weekday + 1) % 7;
		yday++;
		if (++mday > lengths[month - 1] + (month == 2 && leap)) {
			mday = 1;
			month++;
		}
		if (month > 12) {
			month = yday = 1;
			year++;
		}
	}
	is_number(wrong, 0, "every day from 0001 to 9999");
}

static void
durations(void)
{
	static const struct {
		const char *text;
		int64_t value;
	} cases[] = {
		{ "90s", 90000000 }, { "15m", 900000000 },
		{ "36h", INT64_C(129600000000) }, { "7d", INT64_C(604800000000) },
		{ "2w", INT64_C(1209600000000) }, { "1h30m", INT64_C(5400000000) },
		{ "1.5s", 1500000 }, { "300ms", 300000 }, { "50us", 50 },
		{ "1m0.5s", 60500000 }, { "1.5w", INT64_C(907200000000) },
		{ "0", 0 }, { "0s", 0 }, { "-1h", INT64_C(-3600000000) },
		{ "+2s", 2000000 }, { "1s500ms", 1500000 }, { "-0", 0 },
		{ "0.000001s", 1 }, { "0.0000019s", 1 }, { "1.5us", 1 },
		{ "2w1d1h1m1s1ms1us", INT64_C(1299661001001) },
		{ "9223372036854775807us", INT64_MAX },
		{ "9223372036854775808us", NO }, { "9223372036855s", NO },
		{ "106751991d", INT64_C(9223372022400000000) },
		{ "106751992d", NO }, { "106751991d24h", NO },
		{ "", NO }, { "5", NO }, { "s", NO }, { "-", NO }, { "1", NO },
		{ ".5s", NO }, { "1.s", NO }, { "1,5s", NO }, { "1 s", NO },
		{ " 1s", NO }, { "1s ", NO }, { "1S", NO }, { "1sec", NO },
		{ "1y", NO }, { "1h1h", NO }, { "30m1h", NO }, { "1h-30m", NO },
		{ "--1s", NO }, { "1e3s", NO }, { "1.s", NO },
		{ "1h30", NO }, { "00", NO },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t value = NO;

		if (!text_duration(span_of(cases[i].text), &value))
			value = NO;
		is_number(value, cases[i].value, cases[i].text);
	}
}

static void
unicode(void)
{
	const struct {
		struct span text;
		bool valid;
		bool printable;
		const char *visible;
	} cases[] = {
		{ SPAN(""), true, true, "" },
		{ SPAN("plain"), true, true, "plain" },
		{ SPAN("Gr\xc3\xbc\xc3\x9f"), true, true, "Gr\xc3\xbc\xc3\x9f" },
		{ SPAN("\xf0\x9f\x98\x80"), true, true, "\xf0\x9f\x98\x80" },
		{ SPAN("\xf4\x8f\xbf\xbf"), true, true, "\xf4\x8f\xbf\xbf" },
		{ SPAN("a\nb"), true, false, "a\\x0ab" },
		{ SPAN("a\tb"), true, false, "a\\x09b" },
		{ SPAN("a\0b"), true, false, "a\\x00b" },
		{ SPAN("\x1b[31m"), true, false, "\\x1b[31m" },
		{ SPAN("\x7f"), true, false, "\\x7f" },
		{ SPAN("\xc2\x85"), true, false, "\\xc2\\x85" },
		{ SPAN("\xe2\x80\xae" "x"), true, true, "\\xe2\\x80\\xaex" },
		{ SPAN("\xe2\x81\xa6"), true, true, "\\xe2\\x81\\xa6" },
		{ SPAN("\xe2\x80\xa8"), true, true, "\\xe2\\x80\\xa8" },
		{ SPAN("\x80"), false, false, "\\x80" },
		{ SPAN("x\xc3"), false, false, "x\\xc3" },
		{ SPAN("\xc0\x80"), false, false, "\\xc0\\x80" },
		{ SPAN("\xc1\xbf"), false, false, "\\xc1\\xbf" },
		{ SPAN("\xe0\x80\xaf"), false, false, "\\xe0\\x80\\xaf" },
		{ SPAN("\xed\xa0\x80"), false, false, "\\xed\\xa0\\x80" },
		{ SPAN("\xf4\x90\x80\x80"), false, false, "\\xf4\\x90\\x80\\x80" },
		{ SPAN("\xff\xfe"), false, false, "\\xff\\xfe" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = { 0 };

		text_visible(&out, cases[i].text);
		buf_putc(&out, '\0');
		is_text(out.p, cases[i].visible, "visible");
		ok(text_utf8(cases[i].text) == cases[i].valid, "utf-8 %s", out.p);
		ok(text_printable(cases[i].text) == cases[i].printable,
		    "printable %s", out.p);
		buf_free(&out);
	}
}

#define TEN "aaaaaaaaaa"
#define SIXTY TEN TEN TEN TEN TEN TEN

static void
emails(void)
{
	static const char *const good[] = {
		"jim@acme.example", "a@b.c", "x@localhost", "a.b.c@d.example",
		"first.last+tag@sub.domain.example", "UPPER@EXAMPLE.COM",
		"!#$%&'*+-/=?^_`{|}~@example.org", "1234567890@example.com",
		"a@1-2.example", "a@123.example", "a@xn--bcher-kva.example",
		"a-b@c--d.example", "_@example.com", "o'neil@example.ie",
		"-dash-@example.com", "m\xc3\xbcller@b\xc3\xbc" "cher.example",
		"\xe7\x94\xa8\xe6\x88\xb7@\xe4\xbe\x8b\xe5\xad\x90.example",
		"\xe0\xa4\xb8\xe0\xa4\x82@\xe0\xa4\xad\xe0\xa4\xbe.example",
		"a@paral\xc2\xb7lel.example", "\xf0\x9f\x98\x80@example.com",
		SIXTY "aaaa@example.com",
		"a@" SIXTY "aaa.example",
		"a@" SIXTY "." SIXTY "." SIXTY "." SIXTY ".aaaaaaaa",
	};
	static const char *const bad[] = {
		"", "@", "a", "a@", "@b.example", "a.example", "a@b@c.example",
		"a@@b.example", ".a@b.example", "a.@b.example", "a..b@c.example",
		"a@.b.example", "a@b.example.", "a@b..example", "a@-b.example",
		"a@b-.example", "a@b_c.example", "a@b c.example", "a b@c.example",
		" a@b.example", "a@b.example ", "a@b.example\n", "a\r\n@b.example",
		"a@b.example\r\nBcc: x@y.example", "a@b.example,c@d.example",
		"a@b.example;c@d.example", "<a@b.example>", "Ann <a@b.example>",
		"\"a b\"@c.example", "\"a\"@c.example", "a(comment)@b.example",
		"a@b(comment).example", "a\\@b@c.example", "a:b@c.example",
		"a[b]@c.example", "a,b@c.example", "a@[192.0.2.1]",
		"a@[IPv6:2001:db8::1]", "a@192.0.2.1", "a@2001:db8::1",
		"a@b.1", "a@b.example:25", "a@b.example/x", "a%40b.example",
		"mailto:a@b.example", "a\t@b.example", "a\x7f@b.example",
		"a\xc2\x85@b.example", "a\xc2\xa0" "b@c.example",
		"a\xe2\x80\xae@b.example", "a\xe2\x80\x8b@b.example",
		"a\xe2\x80\xa8@b.example", "a\xff@b.example", "a\xc3@b.example",
		"a@b\xe3\x80\x82" "example", "a@b\xef\xbc\x8e" "example",
		"a@b\xe2\x80\x8d.example", "a@b\xc3.example",
		"a@\xf0\x9f\x98\x80.example", "a@b\xe2\x88\x95" "c.example",
		"a\xef\xbc\xa0" "b.example",
		SIXTY "aaaaa@example.com",
		"a@" SIXTY "aaaa.example",
		"a@" SIXTY "." SIXTY "." SIXTY "." SIXTY ".aaaaaaaaa",
	};

	for (size_t i = 0; i < COUNT(good); i++)
		ok(text_email(span_of(good[i])), "good: %s", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		ok(!text_email(span_of(bad[i])), "bad address %zu", i);
	ok(!text_email(SPAN("a\0@b.example")), "NUL before the @");
	ok(!text_email(SPAN("a@b.example\0")), "NUL at the end");
}

static void
names(void)
{
	static const char *const folds[][2] = {
		{ "", "" }, { "Jim@ACME.example", "jim@acme.example" },
		{ "[\\]^_`@{|}~", "[\\]^_`@{|}~" },
		{ "M\xc3\x9cLLER", "m\xc3\xbcller" },
		{ "STRASSE", "strasse" }, { "Stra\xc3\x9f" "E", "stra\xc3\x9f" "e" },
		{ "STRA\xe1\xba\x9e" "E", "stra\xc3\x9f" "e" }, { "\xc4\xb0", "\xc4\xb0" },
		{ "\xef\xac\x81", "\xef\xac\x81" }, { "\xc8\xba", "\xe2\xb1\xa5" },
		{ "U\xcc\x88", "\xc3\xbc" },
		{ "\xce\xa3\xcf\x83\xcf\x82", "\xcf\x83\xcf\x83\xcf\x82" },
		{ "I", "i" }, { "A\xff" "B", "a\xff" "b" },
	};
	static const struct {
		const char *key;
		bool good;
	} keys[] = {
		{ "a", true }, { "0", true }, { "jira-status", true },
		{ "a.b_c-d", true }, { SIXTY "aaaa", true },
		{ SIXTY "aaaaa", false }, { "", false }, { ".a", false },
		{ "-a", false }, { "_a", false }, { "A", false }, { "aB", false },
		{ "a b", false }, { "a/b", false }, { "\xc3\xbc", false },
		{ "a\n", false },
	};

	for (size_t i = 0; i < COUNT(folds); i++)
		is_text(text_fold(arena, span_of(folds[i][0])).p, folds[i][1],
		    folds[i][0]);
	ok(text_fold(arena, SPAN("A\0B")).n == 3, "fold keeps NUL");
	for (size_t i = 0; i < COUNT(keys); i++)
		ok(text_key(span_of(keys[i].key)) == keys[i].good, "key \"%s\"",
		    keys[i].key);
	ok(!text_key(SPAN("a\0")), "no NUL in a key");
}

static void
networks(void)
{
	static const struct {
		const char *network;
		const char *address;
		int has; /* -1: no network */
	} cases[] = {
		{ "10.0.0.0/8", "10.255.0.1", 1 }, { "10.0.0.0/8", "11.0.0.0", 0 },
		{ "10.1.2.3/8", "10.9.9.9", 1 },
		{ "192.0.2.7", "192.0.2.7", 1 }, { "192.0.2.7", "192.0.2.6", 0 },
		{ "192.0.2.0/25", "192.0.2.127", 1 },
		{ "192.0.2.0/25", "192.0.2.128", 0 },
		{ "0.0.0.0/0", "255.255.255.255", 1 },
		{ "0.0.0.0/0", "2001:db8::1", 0 },
		{ "::/0", "2001:db8::1", 1 }, { "::/0", "10.0.0.1", 0 },
		{ "::/80", "::ffff:10.0.0.1", 0 },
		{ "10.0.0.0/8", "::ffff:10.0.0.1", 1 },
		{ "::ffff:10.0.0.0/104", "10.7.7.7", 1 },
		{ "::ffff:10.0.0.0/104", "11.7.7.7", 0 },
		{ "2001:db8::/32", "2001:DB8:1::5", 1 },
		{ "2001:db8::/32", "2001:db9::", 0 },
		{ "2001:db8:8000::/33", "2001:db8:7fff::", 0 },
		{ "2001:db8:8000::/33", "2001:db8:ffff::", 1 },
		{ "::1", "::1", 1 }, { "::1/128", "::2", 0 },
		{ "fe80::/10", "fe80::1%eth0", 0 }, { "10.0.0.0/8", "", 0 },
		{ "10.0.0.0/8", "10.0.0.1/8", 0 }, { "10.0.0.0/8", "10.0.0.1 ", 0 },
		{ "10.0.0.0/33", "", -1 }, { "10.0.0.0/", "", -1 },
		{ "10.0.0.0/-1", "", -1 }, { "10.0.0.0/8 ", "", -1 },
		{ "10.0.0/8", "", -1 }, { "10.0.0.256", "", -1 },
		{ "010.0.0.1", "", -1 }, { "0x0a.0.0.1", "", -1 },
		{ "::/129", "", -1 }, { "::/8/8", "", -1 }, { "", "", -1 },
		{ "/8", "", -1 }, { "localhost", "", -1 }, { ":::", "", -1 },
		{ "[::1]", "", -1 }, { "10.0.0.0/4294967304", "", -1 },
		{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa", "", -1 },
	};
	struct text_network network;

	for (size_t i = 0; i < COUNT(cases); i++) {
		int has = -1;

		if (text_network(span_of(cases[i].network), &network))
			has = text_network_has(&network, span_of(cases[i].address));
		is_number(has, cases[i].has, arena_printf(arena, "%s has %s",
		    cases[i].network, cases[i].address));
	}
	ok(!text_network(SPAN("10.0.0.1\0"), &network), "no NUL in a network");
}

static void
networks_within(void)
{
	static const struct {
		const char *network, *wider;
		bool within;
	} cases[] = {
		{ "10.1.0.0/16", "10.0.0.0/8", true }, { "10.0.0.0/8", "10.1.0.0/16", false },
		{ "10.0.0.0/8", "10.0.0.0/8", true }, { "11.0.0.0/16", "10.0.0.0/8", false },
		{ "10.0.0.1", "0.0.0.0/0", true }, { "0.0.0.0/0", "0.0.0.0/0", true },
		{ "10.0.0.1", "::/0", false }, { "0.0.0.0/0", "::/0", false },
		{ "::/0", "0.0.0.0/0", false }, { "2001:db8::1", "2001:db8::/32", true },
		{ "2001:db8::1", "::/0", true }, { "::/0", "::/1", false },
		{ "::ffff:10.1.0.0/112", "10.0.0.0/8", true },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct text_network network, wider;

		ok(text_network(span_of(cases[i].network), &network) &&
		    text_network(span_of(cases[i].wider), &wider) &&
		    text_network_within(&network, &wider) == cases[i].within,
		    "%s within %s: %d", cases[i].network, cases[i].wider, cases[i].within);
	}
}

static void
percents(void)
{
	const struct {
		const char *text;
		bool plus;
		struct span decoded; /* NULL: refused */
	} cases[] = {
		{ "", false, SPAN("") }, { "a+b", false, SPAN("a+b") },
		{ "a+b", true, SPAN("a b") }, { "a%2Bb", true, SPAN("a+b") },
		{ "%41%5a%5A", false, SPAN("AZZ") }, { "%00", false, SPAN("\0") },
		{ "%e2%82%ac", false, SPAN("\xe2\x82\xac") },
		{ "%2541", false, SPAN("%41") }, { "%ff", false, SPAN("\xff") },
		{ "%", false, { NULL, 0 } }, { "a%4", false, { NULL, 0 } },
		{ "%4g", false, { NULL, 0 } }, { "%g4", false, { NULL, 0 } },
		{ "%%41", false, { NULL, 0 } }, { "% 1", false, { NULL, 0 } },
		{ "%u0041", false, { NULL, 0 } },
	};
	struct buf out = { 0 };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span got = { NULL, 0 };
		bool good = text_percent_decode(arena, span_of(cases[i].text),
		    cases[i].plus, &got);

		ok(good == (cases[i].decoded.p != NULL) &&
		    (!good || span_eq(got, cases[i].decoded)), "decode \"%s\"",
		    cases[i].text);
	}
	ok(!text_percent_decode(arena, (struct span){ "%41", 2 }, false,
	    &(struct span){ NULL, 0 }), "an escape ends within the text");
	text_percent_encode(&out, SPAN("aZ09-._~ /?+%\xc3\xbc\0"));
	buf_putc(&out, '\0');
	is_text(out.p, "aZ09-._~%20%2F%3F%2B%25%C3%BC%00", "encode");
	buf_free(&out);
}

/* What is given out for spreadsheets and read again is the same, whatever it is. */
static void
guards(void)
{
	static const char *const texts[][2] = { { "=1", "'=1" }, { "'=1", "''=1" }, { "''-2", "'''-2" },
		{ "'", "'" }, { "o'clock", "o'clock" }, { "'tis", "'tis" }, { "", "" }, { "\t", "'\t" },
		{ "'@", "''@" }, { "1=2", "1=2" } };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct span guarded = text_guard(arena, span_of(texts[i][0]));

		ok(span_is(guarded, texts[i][1]), "%s is given out as %s", texts[i][0], texts[i][1]);
		ok(span_is(text_unguard(guarded), texts[i][0]), "and read as it was");
		ok(!text_is_formula(guarded), "it is no formula");
	}
}

int
main(void)
{
	arena = arena_new();
	guards();
	integers();
	booleans();
	times();
	sent_times();
	unix_numbers();
	characters();
	zoned_times();
	internationalised();
	known_times();
	calendar();
	durations();
	unicode();
	emails();
	names();
	networks();
	networks_within();
	percents();
	arena_free(&arena);
	return tap_done();
}
