/* SPDX-License-Identifier: ISC */
#include "base/zone.h"

#include "base/text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "/usr/share/zoneinfo/"
#define NAME_MAX_BYTES 64
#define FILE_MAX (1 << 20)
#define HEADER 44
#define SECOND INT64_C(1000000)
#define DAY 86400

struct period {
	int offset; /* seconds east of UTC */
	bool summer;
	const char *abbreviation;
};

/* A day and time of each year, by the rule at the end of a file. */
struct change {
	char kind;  /* 'M' month, week, weekday; 'J' day without 29 February; '0' with */
	int month, week, day;
	int seconds; /* of the wall before the change, from midnight; may be of days around */
};

struct rule {
	bool known, changes;
	struct period winter, summer;
	struct change to_summer, to_winter;
};

struct zone {
	size_t count;          /* of times at which a period begins */
	int64_t *times;        /* seconds UTC */
	unsigned char *which;  /* period that begins then */
	struct period *periods;
	size_t period_count;
	struct rule rule;
};

/* Big-endian bytes that are taken off the front. */
struct bytes {
	const unsigned char *p;
	size_t n;
};

static const unsigned char *
take(struct bytes *bytes, size_t n)
{
	const unsigned char *p = bytes->p;

	if (n > bytes->n)
		return NULL;
	bytes->p += n;
	bytes->n -= n;
	return p;
}

static int64_t
number(const unsigned char *p, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | p[i];
	return n == 4 ? (int32_t)(uint32_t)value : (int64_t)value;
}

struct header {
	size_t isut, isstd, leap, time, type, chars;
};

static bool
take_header(struct bytes *bytes, struct header *header_r)
{
	const unsigned char *p = take(bytes, HEADER);
	size_t *const counts[] = { &header_r->isut, &header_r->isstd, &header_r->leap,
		&header_r->time, &header_r->type, &header_r->chars };

	if (p == NULL || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
		return false;
	for (size_t i = 0; i < 6; i++) {
		int64_t n = number(p + 20 + 4 * i, 4);

		if (n < 0 || n > FILE_MAX)
			return false;
		*counts[i] = (size_t)n;
	}
	return header_r->type > 0 && header_r->type <= 256;
}

static bool
skip_data(struct bytes *bytes, const struct header *header, size_t word)
{
	return take(bytes, header->time * (word + 1) + header->type * 6 + header->chars +
	    header->leap * (word + 4) + header->isstd + header->isut) != NULL;
}

static bool
read_data(struct arena *arena, struct bytes *bytes, const struct header *header,
    struct zone *zone)
{
	const unsigned char *times = take(bytes, header->time * 8);
	const unsigned char *which = take(bytes, header->time);
	const unsigned char *types = take(bytes, header->type * 6);
	const unsigned char *chars = take(bytes, header->chars);
	char *names;

	if (times == NULL || which == NULL || types == NULL || chars == NULL ||
	    take(bytes, header->leap * 12 + header->isstd + header->isut) == NULL)
		return false;
	names = arena_alloc(arena, header->chars + 1);
	memcpy(names, chars, header->chars);
	zone->count = header->time;
	zone->period_count = header->type;
	zone->times = arena_alloc(arena, (zone->count + 1) * sizeof *zone->times);
	zone->which = arena_alloc(arena, zone->count + 1);
	zone->periods = arena_alloc(arena, header->type * sizeof *zone->periods);
	for (size_t i = 0; i < zone->count; i++) {
		zone->times[i] = number(times + 8 * i, 8);
		zone->which[i] = which[i];
		if (which[i] >= header->type || (i > 0 && zone->times[i] <= zone->times[i - 1]))
			return false;
	}
	for (size_t i = 0; i < header->type; i++) {
		const unsigned char *p = types + 6 * i;

		if (p[5] >= header->chars)
			return false;
		zone->periods[i] = (struct period){ (int)number(p, 4), p[4] != 0, names + p[5] };
		if (zone->periods[i].offset < -2 * DAY || zone->periods[i].offset > 2 * DAY)
			return false;
	}
	return true;
}

/* The rule at the end: "CET-1CEST,M3.5.0,M10.5.0/3", as POSIX writes it. */

static bool
take_char(struct span *text, char c)
{
	if (text->n == 0 || *text->p != c)
		return false;
	text->p++;
	text->n--;
	return true;
}

static bool
take_digits(struct span *text, int max, int *value_r)
{
	size_t n = 0;
	int value = 0;

	for (; n < text->n && n < 4 && text->p[n] >= '0' && text->p[n] <= '9'; n++)
		value = value * 10 + text->p[n] - '0';
	text->p += n;
	text->n -= n;
	*value_r = value;
	return n > 0 && value <= max;
}

static bool
take_name(struct arena *arena, struct span *text, const char **name_r)
{
	bool quoted = take_char(text, '<');
	struct span name = { text->p, 0 };

	while (name.n < text->n && (quoted ? text->p[name.n] != '>'
	    : (text->p[name.n] >= 'A' && text->p[name.n] <= 'Z') ||
	        (text->p[name.n] >= 'a' && text->p[name.n] <= 'z')))
		name.n++;
	text->p += name.n;
	text->n -= name.n;
	*name_r = arena_string(arena, name);
	return name.n >= 3 && (!quoted || take_char(text, '>'));
}

/* [+-]hh[:mm[:ss]] in seconds. */
static bool
take_clock(struct span *text, int *seconds_r)
{
	bool minus = take_char(text, '-');
	int hours, minutes = 0, seconds = 0;

	if (!minus)
		take_char(text, '+');
	if (!take_digits(text, 167, &hours) ||
	    (take_char(text, ':') && !take_digits(text, 59, &minutes)) ||
	    (take_char(text, ':') && !take_digits(text, 59, &seconds)))
		return false;
	*seconds_r = hours * 3600 + minutes * 60 + seconds;
	if (minus)
		*seconds_r = -*seconds_r;
	return true;
}

static bool
take_change(struct span *text, struct change *change)
{
	if (!take_char(text, ','))
		return false;
	change->seconds = 2 * 3600;
	change->kind = '0';
	if (take_char(text, 'M')) {
		change->kind = 'M';
		if (!take_digits(text, 12, &change->month) || !take_char(text, '.') ||
		    !take_digits(text, 5, &change->week) || !take_char(text, '.') ||
		    !take_digits(text, 6, &change->day) || change->month == 0 ||
		    change->week == 0)
			return false;
	} else {
		if (take_char(text, 'J'))
			change->kind = 'J';
		if (!take_digits(text, 365, &change->day))
			return false;
	}
	return !take_char(text, '/') || take_clock(text, &change->seconds);
}

static bool
read_rule(struct arena *arena, struct span text, struct rule *rule)
{
	int west;

	if (text.n == 0)
		return true;
	if (!take_name(arena, &text, &rule->winter.abbreviation) || !take_clock(&text, &west))
		return false;
	rule->winter.offset = -west;
	rule->known = true;
	if (text.n == 0)
		return true;
	if (!take_name(arena, &text, &rule->summer.abbreviation))
		return false;
	rule->summer.offset = rule->winter.offset + 3600;
	rule->summer.summer = true;
	if (text.n > 0 && *text.p != ',') {
		if (!take_clock(&text, &west))
			return false;
		rule->summer.offset = -west;
	}
	rule->changes = take_change(&text, &rule->to_summer) &&
	    take_change(&text, &rule->to_winter);
	return rule->changes && text.n == 0;
}

static bool
read_file(struct arena *arena, struct bytes bytes, struct zone *zone)
{
	struct header header;
	const char *end;

	if (!take_header(&bytes, &header) || !skip_data(&bytes, &header, 4) ||
	    !take_header(&bytes, &header) || !read_data(arena, &bytes, &header, zone) ||
	    bytes.n == 0 || bytes.p[0] != '\n')
		return false;
	end = memchr(bytes.p + 1, '\n', bytes.n - 1);
	return end != NULL && read_rule(arena, (struct span){ (const char *)bytes.p + 1,
		(size_t)(end - (const char *)bytes.p - 1) }, &zone->rule);
}

/* No way out of the folder, and none into its machinery ("posix/", "right/"). */
static bool
is_name(struct span name)
{
	if (name.n == 0 || name.n > NAME_MAX_BYTES || !(name.p[0] >= 'A' && name.p[0] <= 'Z'))
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '_' && c != '+' && c != '-' && c != '/')
			return false;
	}
	return true;
}

static struct bytes
read_bytes(struct arena *arena, const char *path)
{
	struct bytes bytes = { NULL, 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	unsigned char *p;
	ssize_t n;

	if (fd < 0)
		return bytes;
	if (fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) && stat.st_size <= FILE_MAX) {
		p = arena_alloc(arena, (size_t)stat.st_size + 1);
		n = read(fd, p, (size_t)stat.st_size);
		if (n == stat.st_size)
			bytes = (struct bytes){ p, (size_t)n };
	}
	close(fd);
	return bytes;
}

const struct zone *
zone_load(struct arena *arena, struct span name)
{
	struct zone *zone = arena_alloc(arena, sizeof *zone);
	struct bytes bytes;

	if (span_is(name, "UTC")) {
		zone->rule = (struct rule){ .known = true, .winter = { 0, false, "UTC" } };
		return zone;
	}
	if (!is_name(name))
		return NULL;
	bytes = read_bytes(arena, arena_join(arena, SPAN(FOLDER), name, SPAN("")));
	return bytes.p != NULL && read_file(arena, bytes, zone) ? zone : NULL;
}

const char *
zone_missing(struct arena *arena, struct span name)
{
	bool any = access(FOLDER "Europe/London", R_OK) == 0;

	return arena_printf(arena, any ? "there is no time zone \"%.*s\"; they are called such as "
	    "Europe/Berlin, America/New_York or UTC" : "the time zone \"%.*s\" is not known here: "
	    "this system has no tzdata in " FOLDER, (int)(name.n < 60 ? name.n : 60), name.p);
}

/* Days since 1970 of the change in this year. */
static int64_t
day_of(const struct change *change, int year)
{
	struct text_date date = { .year = year, .month = 1, .day = 1 }, first;
	int64_t day;
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	if (change->kind != 'M') {
		day = text_date_time(&date) / SECOND / DAY + change->day;
		if (change->kind == 'J')
			day += (leap && change->day >= 60) - 1;
		return day;
	}
	date.month = change->month;
	text_date(text_date_time(&date), &first);
	date.day = 1 + (change->day - first.weekday + 7) % 7 + 7 * (change->week - 1);
	/* The fifth is the last one, where a month has but four. */
	while (true) {
		text_date(text_date_time(&date), &first);
		if (first.month == change->month)
			break;
		date.day -= 7;
	}
	return text_date_time(&date) / SECOND / DAY;
}

static const struct period *
by_rule(const struct rule *rule, int64_t seconds)
{
	struct text_date date;
	int64_t to_summer, to_winter;

	if (!rule->changes)
		return &rule->winter;
	text_date((seconds + rule->winter.offset) * SECOND, &date);
	to_summer = day_of(&rule->to_summer, date.year) * DAY + rule->to_summer.seconds -
	    rule->winter.offset;
	to_winter = day_of(&rule->to_winter, date.year) * DAY + rule->to_winter.seconds -
	    rule->summer.offset;
	if (to_summer < to_winter)
		return seconds >= to_summer && seconds < to_winter ? &rule->summer : &rule->winter;
	return seconds >= to_winter && seconds < to_summer ? &rule->winter : &rule->summer;
}

/* Before all that is told, the first period that is not summer time. */
static const struct period *
earliest(const struct zone *zone)
{
	for (size_t i = 0; i < zone->period_count; i++)
		if (!zone->periods[i].summer)
			return &zone->periods[i];
	return zone->period_count > 0 ? &zone->periods[0] : &zone->rule.winter;
}

static const struct period *
period_at(const struct zone *zone, int64_t seconds)
{
	size_t low = 0, high = zone->count;

	if (zone->rule.known && (zone->count == 0 || seconds >= zone->times[zone->count - 1]))
		return by_rule(&zone->rule, seconds);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (zone->times[middle] <= seconds)
			low = middle + 1;
		else
			high = middle;
	}
	return low == 0 ? earliest(zone) : &zone->periods[zone->which[low - 1]];
}

static int64_t
floor_seconds(int64_t time)
{
	return time / SECOND - (time % SECOND < 0);
}

int64_t
zone_local(const struct zone *zone, int64_t time, int *offset_r, const char **abbreviation_r)
{
	static const struct period utc = { 0, false, "UTC" };
	const struct period *period = zone == NULL ? &utc
	    : period_at(zone, floor_seconds(time));

	if (offset_r != NULL)
		*offset_r = period->offset;
	if (abbreviation_r != NULL)
		*abbreviation_r = period->abbreviation;
	return time + period->offset * SECOND;
}

int64_t
zone_time(const struct zone *zone, int64_t local)
{
	int64_t seconds = floor_seconds(local), first, second;
	int before, after;

	if (zone == NULL)
		return local;
	before = period_at(zone, seconds - DAY)->offset;
	after = period_at(zone, seconds + DAY)->offset;
	first = seconds - before;
	second = seconds - after;
	/* In a gap neither shows that time; both in an overlap. */
	if (period_at(zone, first)->offset != before &&
	    period_at(zone, second)->offset == after)
		return local - after * SECOND;
	return local - before * SECOND;
}
