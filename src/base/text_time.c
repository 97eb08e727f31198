/* SPDX-License-Identifier: ISC */
#include "base/text.h"
#include "base/zone.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/*
 * Days are counted from 1 March of the year 0, so that the leap day ends its
 * year and every cycle of 400, 100 and 4 years begins like the others.
 */
#define DAYS_TO_1970 719468
#define DAYS_OF_400 146097
#define DAYS_OF_100 36524
#define DAYS_OF_4 1461

#define TIME_FIRST (-62135596800 * SECOND)          /* 0001-01-01 */
#define TIME_LAST (253402300800 * SECOND - 1)       /* end of 9999-12-31 */
#define MILLISECONDS_FROM INT64_C(100000000000)     /* integers that are no seconds */
#define UNIX_DIGITS_MIN 9                           /* of one that comes as text */
#define PLACES_MAX 1000                             /* of digits, around the point */

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t
at_most(int64_t a, int64_t limit)
{
	return a < limit ? a : limit;
}

static bool
is_leap_year(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days of the year before the first of the month, which is 1 to 12. */
static int
days_before(int year, int month)
{
	static const int days[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243,
		273, 304, 334, 365 };

	return days[month - 1] + (month > 2 && is_leap_year(year));
}

static int
days_of_month(int year, int month)
{
	if (month == 2)
		return is_leap_year(year) ? 29 : 28;
	return days_before(year, month + 1) - days_before(year, month);
}

void
text_date(int64_t time, struct text_date *date_r)
{
	int64_t days = floor_div(time, DAY), rest = time - days * DAY;
	int64_t weekday = days + 4 - floor_div(days + 4, 7) * 7;
	int64_t day = days + DAYS_TO_1970;
	int64_t cycle = floor_div(day, DAYS_OF_400);
	int64_t century, olympiad, year, month;

	/* The last century and the last year of a cycle may be a day longer. */
	day -= cycle * DAYS_OF_400;
	century = at_most(day / DAYS_OF_100, 3);
	day -= century * DAYS_OF_100;
	olympiad = day / DAYS_OF_4;
	day -= olympiad * DAYS_OF_4;
	year = at_most(day / 365, 3);
	day -= year * 365;
	month = (5 * day + 2) / 153; /* 0 is March */
	day -= (153 * month + 2) / 5;
	year += 400 * cycle + 100 * century + 4 * olympiad + (month > 9);

	date_r->year = (int)year;
	date_r->month = (int)(month > 9 ? month - 9 : month + 3);
	date_r->day = (int)day + 1;
	date_r->hour = (int)(rest / HOUR);
	date_r->minute = (int)(rest / MINUTE % 60);
	date_r->second = (int)(rest / SECOND % 60);
	date_r->microsecond = (int)(rest % SECOND);
	date_r->weekday = (int)weekday;
	date_r->yearday = days_before(date_r->year, date_r->month) + date_r->day;
}

int64_t
text_date_time(const struct text_date *date)
{
	int64_t year = (int64_t)date->year - (date->month < 3);
	int64_t month = (date->month + 9) % 12;
	int64_t days = 365 * year + floor_div(year, 4) - floor_div(year, 100) +
	    floor_div(year, 400) + (153 * month + 2) / 5 + date->day - 1;

	return (days - DAYS_TO_1970) * DAY + date->hour * HOUR +
	    date->minute * MINUTE + date->second * SECOND + date->microsecond;
}

/* Takes one of the characters off the text. */
static bool
take(struct span *text, const char *set)
{
	for (; text->n > 0 && *set != '\0'; set++)
		if (text->p[0] == *set) {
			text->p++;
			text->n--;
			return true;
		}
	return false;
}

static bool
take_digits(struct span *text, size_t n, int max, int *value_r)
{
	uint64_t value;

	if (text->n < n ||
	    !text_unsigned((struct span){ text->p, n }, (uint64_t)max, &value))
		return false;
	text->p += n;
	text->n -= n;
	*value_r = (int)value;
	return true;
}

static size_t
count_digits(struct span text)
{
	size_t n = 0;

	while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
		n++;
	return n;
}

/* Digits behind a point, as millionths; the rest is cut. */
static bool
take_fraction(struct span *text, int *millionths_r)
{
	size_t n = count_digits(*text);
	int value = 0;

	if (n == 0)
		return false;
	for (size_t i = 0; i < 6; i++)
		value = value * 10 + (i < n ? text->p[i] - '0' : 0);
	text->p += n;
	text->n -= n;
	*millionths_r = value;
	return true;
}

static bool
take_day(struct span *text, struct text_date *date)
{
	return take_digits(text, 4, 9999, &date->year) && date->year > 0 &&
	    take(text, "-") &&
	    take_digits(text, 2, 12, &date->month) && date->month > 0 &&
	    take(text, "-") &&
	    take_digits(text, 2, days_of_month(date->year, date->month),
	    &date->day) && date->day > 0;
}

/* hh:mm:ss with a fraction; in what senders write the seconds may be left out. */
static bool
take_clock(struct span *text, bool sent, struct text_date *date)
{
	if (!take_digits(text, 2, 23, &date->hour) || !take(text, ":") ||
	    !take_digits(text, 2, 59, &date->minute))
		return false;
	if (!take(text, ":"))
		return sent;
	if (!take_digits(text, 2, 60, &date->second))
		return false;
	return !take(text, sent ? ".," : ".") || take_fraction(text, &date->microsecond);
}

/* +02:00 or +0200; of what senders write, +02 as well. */
static bool
take_offset(struct span *text, bool sent, int64_t *offset_r)
{
	bool west = text->n > 0 && text->p[0] == '-';
	int hours, minutes = 0;

	if (!take(text, "+-") || !take_digits(text, 2, 23, &hours))
		return false;
	if (!(sent && text->n == 0)) {
		take(text, ":");
		if (!take_digits(text, 2, 59, &minutes))
			return false;
	}
	*offset_r = (hours * HOUR + minutes * MINUTE) * (west ? -1 : 1);
	return true;
}

/* The last part of a time. Of names only those that mean one thing everywhere are read. */
static bool
take_zone(struct span *text, bool sent, int64_t *offset_r)
{
	*offset_r = 0;
	if (take(text, "Zz"))
		return true;
	if (sent && take(text, " ") && (span_is(*text, "UTC") || span_is(*text, "GMT"))) {
		text->n = 0;
		return true;
	}
	return take_offset(text, sent, offset_r);
}

/* Leap seconds end a month of UTC (ITU-R TF.460). */
static bool
is_month_start(int64_t time)
{
	struct text_date date;

	text_date(time, &date);
	return date.day == 1 && date.hour == 0 && date.minute == 0 &&
	    date.second == 0;
}

/* What is left of the text is none of it. */
static bool
finish(struct span rest, const struct text_date *date, int64_t offset, int64_t *time_r)
{
	int64_t time = text_date_time(date) - offset;

	if (rest.n > 0 || time < TIME_FIRST || time > TIME_LAST ||
	    (date->second == 60 && !is_month_start(time)))
		return false;
	*time_r = time;
	return true;
}

bool
text_time(struct span text, int64_t *time_r)
{
	struct text_date date = { 0 };
	int64_t offset = 0;

	if (!take_day(&text, &date))
		return false;
	if (text.n > 0 && (!take(&text, "Tt ") || !take_clock(&text, false, &date) ||
	    !take_zone(&text, false, &offset)))
		return false;
	return finish(text, &date, offset, time_r);
}

/* Three letters of a list of such names, in any case. */
static bool
take_name(struct span *text, const char *names, int *index_r)
{
	for (int i = 0; names[3 * i] != '\0'; i++)
		if (text->n >= 3 && strncasecmp(text->p, names + 3 * (size_t)i, 3) == 0) {
			text->p += 3;
			text->n -= 3;
			*index_r = i;
			return true;
		}
	return false;
}

/* "Mon, 16 Aug 2010 03:45:01 +0000" (RFC 5322, 3.3): Twilio, mail and HTTP. The name of the
 * day may be left out, but may not be wrong. */
static bool
read_mail_date(struct span text, int64_t *time_r)
{
	struct text_date date = { 0 };
	int weekday = -1, month, day;
	int64_t offset;

	if (take_name(&text, "SunMonTueWedThuFriSat", &weekday) &&
	    (!take(&text, ",") || !take(&text, " ")))
		return false;
	if (!take_digits(&text, count_digits(text) == 1 ? 1 : 2, 31, &day) || day == 0 ||
	    !take(&text, " ") || !take_name(&text, "JanFebMarAprMayJunJulAugSepOctNovDec",
	    &month) || !take(&text, " ") || !take_digits(&text, 4, 9999, &date.year) ||
	    date.year == 0 || day > days_of_month(date.year, month + 1) || !take(&text, " "))
		return false;
	date.month = month + 1;
	date.day = day;
	if (weekday >= 0) {
		struct text_date civil;

		text_date(text_date_time(&date), &civil);
		if (civil.weekday != weekday)
			return false;
	}
	return take_clock(&text, true, &date) && text.n > 0 && text.p[0] == ' ' &&
	    take_zone(&text, true, &offset) && finish(text, &date, offset, time_r);
}

/* Digits that are a day, and perhaps a time of it, as 20260131 and 202601310930 are. */
static bool
is_compact_date(struct span digits)
{
	struct text_date date = { 0 };

	return (digits.n == 8 || digits.n == 12 || digits.n == 14) &&
	    take_digits(&digits, 4, 9999, &date.year) && date.year >= 1900 &&
	    date.year < 2200 && take_digits(&digits, 2, 12, &date.month) && date.month > 0 &&
	    take_digits(&digits, 2, days_of_month(date.year, date.month), &date.day) &&
	    date.day > 0;
}

/* A Unix time as text: so few digits are a year, a count or an id as well. */
static bool
read_unix_text(struct span text, int64_t *time_r)
{
	struct span digits = text, rest;

	take(&digits, "-");
	rest = digits;
	digits.n = count_digits(digits);
	rest.p += digits.n;
	rest.n -= digits.n;
	if (digits.n < UNIX_DIGITS_MIN || is_compact_date(digits) ||
	    (take(&rest, ".") && count_digits(rest) == 0) || count_digits(rest) != rest.n)
		return false;
	return text_unix_number(text, time_r);
}

enum text_sent
text_time_sent(struct span text, int64_t *time_r)
{
	struct text_date date = { 0 };
	struct span rest = text;
	int64_t offset = 0;

	if (!take_day(&rest, &date))
		return read_mail_date(text, time_r) || read_unix_text(text, time_r)
		    ? TEXT_SENT_TIME : TEXT_SENT_OTHER;
	if (rest.n == 0)
		return finish(rest, &date, 0, time_r) ? TEXT_SENT_TIME : TEXT_SENT_OTHER;
	if (!take(&rest, "Tt ") || !take_clock(&rest, true, &date))
		return TEXT_SENT_OTHER;
	if (rest.n == 0)
		return date.second < 60 && finish(rest, &date, 0, time_r) ? TEXT_SENT_LOCAL
		    : TEXT_SENT_OTHER;
	/* "2021-04-28 21:50:00 +0200" */
	return take_zone(&rest, true, &offset) && finish(rest, &date, offset, time_r)
	    ? TEXT_SENT_TIME : TEXT_SENT_OTHER;
}

bool
text_time_in(struct span text, const struct zone *zone, int64_t *time_r)
{
	int64_t time, local;
	enum text_sent sent = text_time_sent(text, &time);

	if (sent == TEXT_SENT_OTHER || (sent == TEXT_SENT_LOCAL && zone == NULL))
		return false;
	if (sent == TEXT_SENT_LOCAL) {
		local = time;
		time = zone_time(zone, local);
		if (zone_local(zone, time, NULL, NULL) != local || time < TIME_FIRST ||
		    time > TIME_LAST)
			return false;
	}
	*time_r = time;
	return true;
}

static char *
put_digits(char *out, int value, int n)
{
	for (int i = n - 1; i >= 0; i--) {
		out[i] = (char)('0' + value % 10);
		value /= 10;
	}
	return out + n;
}

const char *
text_time_write(int64_t time, char out[TEXT_TIME_SIZE])
{
	static const char marks[] = "--T::";
	struct text_date date;
	char *p;

	/* Beyond the calendar is the end of it. */
	text_date(time < TIME_FIRST ? TIME_FIRST : at_most(time, TIME_LAST),
	    &date);
	const int fields[] = { date.month, date.day, date.hour, date.minute,
		date.second };

	p = put_digits(out, date.year, 4);
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		*p++ = marks[i];
		p = put_digits(p, fields[i], 2);
	}
	if (date.microsecond != 0) {
		*p++ = '.';
		p = put_digits(p, date.microsecond, 6);
	}
	*p++ = 'Z';
	*p = '\0';
	return out;
}

static const struct unit {
	const char *name;
	int64_t size;
} units[] = {
	/* From large to small, as a duration names them. */
	{ "w", 7 * DAY }, { "d", DAY }, { "h", HOUR }, { "m", MINUTE },
	{ "s", SECOND }, { "ms", 1000 }, { "us", 1 },
};
#define UNIT_COUNT (sizeof units / sizeof units[0])

/* Takes the letters of a unit from those at or after *next. */
static const struct unit *
take_unit(struct span *text, size_t *next)
{
	struct span word = { text->p, 0 };

	while (word.n < text->n && text->p[word.n] >= 'a' &&
	    text->p[word.n] <= 'z')
		word.n++;
	text->p += word.n;
	text->n -= word.n;
	while (*next < UNIT_COUNT) {
		const struct unit *unit = &units[(*next)++];

		if (span_is(word, unit->name))
			return unit;
	}
	return NULL;
}

/* Adds one "number unit" to the duration. */
static bool
take_part(struct span *text, size_t *next, int64_t *duration)
{
	struct span digits = { text->p, count_digits(*text) };
	const struct unit *unit;
	uint64_t whole;
	int64_t part;
	int millionths = 0;

	if (!text_unsigned(digits, INT64_MAX, &whole))
		return false;
	text->p += digits.n;
	text->n -= digits.n;
	if (take(text, ".") && !take_fraction(text, &millionths))
		return false;
	unit = take_unit(text, next);
	return unit != NULL &&
	    !__builtin_mul_overflow((int64_t)whole, unit->size, &part) &&
	    !__builtin_add_overflow(*duration, part, duration) &&
	    !__builtin_add_overflow(*duration,
	    millionths * unit->size / SECOND, duration);
}

bool
text_duration(struct span text, int64_t *duration_r)
{
	bool negative = text.n > 0 && text.p[0] == '-';
	int64_t duration = 0;
	size_t next = 0;

	take(&text, "+-");
	if (text.n == 0)
		return false;
	if (!span_is(text, "0"))
		while (text.n > 0)
			if (!take_part(&text, &next, &duration))
				return false;
	*duration_r = negative ? -duration : duration;
	return true;
}

bool
text_unix_time(int64_t number, int64_t *time_r)
{
	bool seconds = number > -MILLISECONDS_FROM && number < MILLISECONDS_FROM;
	int64_t time;

	if (__builtin_mul_overflow(number, seconds ? SECOND : 1000, &time) ||
	    time < TIME_FIRST || time > TIME_LAST)
		return false;
	*time_r = time;
	return true;
}

/* Behind the e of a number, within what places of digits can be. */
static int64_t
exponent_of(struct span text)
{
	int64_t exponent;

	if (text.n > 0 && text_integer(text, &exponent) && exponent > -PLACES_MAX &&
	    exponent < PLACES_MAX)
		return exponent;
	return span_starts(text, "-") ? -PLACES_MAX : PLACES_MAX;
}

bool
text_unix_number(struct span text, int64_t *time_r)
{
	bool negative = take(&text, "-");
	struct span mantissa = text, exponent = { text.p, 0 };
	int64_t point = 0, place = 0, whole = 0, part = 0, unit, digit, time;
	const char *e = memchr(text.p, 'e', text.n);

	if (e == NULL)
		e = memchr(text.p, 'E', text.n);
	if (e != NULL) {
		mantissa.n = (size_t)(e - text.p);
		exponent = (struct span){ e + 1, text.n - mantissa.n - 1 };
	}
	while ((size_t)point < mantissa.n && mantissa.p[point] != '.')
		point++;
	if (e != NULL)
		point += exponent_of(exponent);
	if (point > PLACES_MAX)
		return false;
	/* Digit by digit, as it was written: a double would not have them all. Zeros stand
	 * at all places that have none. */
	for (size_t i = 0; i < mantissa.n || place < point + 6; i++) {
		if (i < mantissa.n && mantissa.p[i] == '.')
			continue;
		digit = i < mantissa.n ? mantissa.p[i] - '0' : 0;
		if (place < point && (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, digit, &whole)))
			return false;
		if (place >= point && place < point + 6)
			part = part * 10 + digit;
		place++;
	}
	unit = whole < MILLISECONDS_FROM ? SECOND : 1000;
	if (__builtin_mul_overflow(whole, unit, &time) ||
	    __builtin_add_overflow(time, part * unit / SECOND, &time))
		return false;
	time = negative ? -time : time;
	if (time < TIME_FIRST || time > TIME_LAST)
		return false;
	*time_r = time;
	return true;
}

static int64_t
read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * SECOND + now.tv_nsec / 1000;
}

int64_t
text_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
text_clock(void)
{
	return read_clock(CLOCK_MONOTONIC);
}
