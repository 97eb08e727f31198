/* SPDX-License-Identifier: ISC */
#include "base/zone.h"

#include "base/text.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DIRECTORY "/usr/share/zoneinfo"
#define NAME_MAX_BYTES 64
#define FILE_MAX (256 * 1024) /* the largest has 4 KiB */
#define HEADER 44
#define SECOND INT64_C(1000000)
#define DAY 86400

/* When a season begins: a day of the year, and seconds of local time behind its midnight. */
struct rule {
	enum { RULE_JULIAN, RULE_DAY, RULE_WEEKDAY } kind;
	int month, week, day;
	int time;
};

/* Behind the last change that the file lists, as POSIX writes it: "CET-1CEST,M3.5.0,M10.5.0/3" */
struct seasons {
	bool known;
	bool two;                 /* else always standard time */
	int64_t standard, summer; /* seconds east of UTC */
	struct rule begin, end;
};

struct change {
	int64_t time;   /* seconds UTC */
	int64_t offset; /* from then on, seconds east */
};

struct zone {
	int64_t first;  /* offset before all changes */
	struct change *changes;
	size_t count;
	struct seasons seasons;
};

/* RFC 9636, 3.2 */
struct block {
	size_t utc, standard, leaps, times, types, letters;
	size_t width; /* of a time: 4 or 8 */
};

static uint32_t
be32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

static int64_t
be64(const char *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static struct span
behind(struct span text, size_t n)
{
	return (struct span){ text.p + n, text.n - n };
}

static bool
read_header(struct span file, size_t width, struct block *block_r)
{
	if (file.n < HEADER || memcmp(file.p, "TZif", 4) != 0 || file.p[4] < '2')
		return false;
	*block_r = (struct block){ .utc = be32(file.p + 20), .standard = be32(file.p + 24),
		.leaps = be32(file.p + 28), .times = be32(file.p + 32),
		.types = be32(file.p + 36), .letters = be32(file.p + 40), .width = width };
	/* So that no sum of them overflows. */
	return block_r->utc < FILE_MAX && block_r->standard < FILE_MAX &&
	    block_r->leaps < FILE_MAX && block_r->times < FILE_MAX &&
	    block_r->types > 0 && block_r->types <= 256 && block_r->letters < FILE_MAX;
}

static size_t
size_of(const struct block *block)
{
	return block->times * (block->width + 1) + block->types * 6 + block->letters +
	    block->leaps * (block->width + 4) + block->standard + block->utc;
}

static bool
read_changes(struct arena *arena, struct span data, const struct block *block,
    struct zone *zone)
{
	const char *indices = data.p + block->times * 8, *types = indices + block->times;

	zone->first = (int32_t)be32(types);
	zone->count = block->times;
	zone->changes = arena_alloc(arena, (zone->count + 1) * sizeof *zone->changes);
	for (size_t i = 0; i < zone->count; i++) {
		size_t type = (unsigned char)indices[i];

		if (type >= block->types)
			return false;
		zone->changes[i] = (struct change){ be64(data.p + i * 8),
			(int32_t)be32(types + type * 6) };
	}
	return true;
}

/* What is behind the last change */

static bool
take(struct span *text, char c)
{
	if (text->n == 0 || text->p[0] != c)
		return false;
	*text = behind(*text, 1);
	return true;
}

static bool
take_number(struct span *text, int max, int *value_r)
{
	size_t n = 0;
	uint64_t value;

	while (n < text->n && text->p[n] >= '0' && text->p[n] <= '9')
		n++;
	if (n == 0 || !text_unsigned((struct span){ text->p, n }, (uint64_t)max, &value))
		return false;
	*text = behind(*text, n);
	*value_r = (int)value;
	return true;
}

/* [+-]hh[:mm[:ss]] */
static bool
take_hours(struct span *text, int *seconds_r)
{
	bool minus = take(text, '-');
	int hours, minutes = 0, seconds = 0;

	if (!minus)
		take(text, '+');
	if (!take_number(text, 167, &hours) ||
	    (take(text, ':') && (!take_number(text, 59, &minutes) ||
	    (take(text, ':') && !take_number(text, 59, &seconds)))))
		return false;
	*seconds_r = (hours * 3600 + minutes * 60 + seconds) * (minus ? -1 : 1);
	return true;
}

/* CET, <+03> */
static bool
take_name(struct span *text)
{
	size_t n = 0;

	if (take(text, '<')) {
		while (text->n > 0 && text->p[0] != '>')
			*text = behind(*text, 1);
		return take(text, '>');
	}
	while (n < text->n && ((text->p[n] | 0x20) >= 'a' && (text->p[n] | 0x20) <= 'z'))
		n++;
	*text = behind(*text, n);
	return n >= 3;
}

static bool
take_rule(struct span *text, struct rule *rule)
{
	*rule = (struct rule){ .kind = RULE_DAY, .time = 2 * 3600 };
	if (!take(text, ','))
		return false;
	if (take(text, 'M')) {
		rule->kind = RULE_WEEKDAY;
		if (!take_number(text, 12, &rule->month) || rule->month == 0 ||
		    !take(text, '.') || !take_number(text, 5, &rule->week) || rule->week == 0 ||
		    !take(text, '.') || !take_number(text, 6, &rule->day))
			return false;
	} else {
		if (take(text, 'J'))
			rule->kind = RULE_JULIAN;
		if (!take_number(text, 365, &rule->day))
			return false;
	}
	return !take(text, '/') || take_hours(text, &rule->time);
}

static bool
read_seasons(struct span text, struct seasons *seasons)
{
	int west, summer;

	if (!take_name(&text) || !take_hours(&text, &west))
		return false;
	seasons->standard = -west;
	seasons->known = true;
	if (text.n == 0)
		return true;
	seasons->two = true;
	seasons->summer = seasons->standard + 3600;
	if (!take_name(&text))
		return false;
	if (text.n > 0 && text.p[0] != ',') {
		if (!take_hours(&text, &summer))
			return false;
		seasons->summer = -summer;
	}
	return take_rule(&text, &seasons->begin) && take_rule(&text, &seasons->end) &&
	    text.n == 0;
}

/* Seconds since 1970 of the first second of a day, as if it were UTC. */
static int64_t
day_start(int year, int month, int day)
{
	return text_date_time(&(struct text_date){ .year = year, .month = month, .day = day }) /
	    SECOND;
}

/* When the rule holds in this year, in seconds of local time. */
static int64_t
rule_time(const struct rule *rule, int year)
{
	int64_t first = day_start(year, 1, 1), start, next;
	bool leap = day_start(year, 3, 1) - first == 60 * DAY;
	struct text_date date;
	int64_t day;

	if (rule->kind == RULE_DAY)
		return first + (int64_t)rule->day * DAY + rule->time;
	if (rule->kind == RULE_JULIAN) /* 29 February is never counted */
		return first + (rule->day - 1 + (leap && rule->day >= 60)) * (int64_t)DAY +
		    rule->time;
	start = day_start(year, rule->month, 1);
	next = rule->month == 12 ? day_start(year + 1, 1, 1)
	                         : day_start(year, rule->month + 1, 1);
	text_date(start * SECOND, &date);
	day = (rule->day - date.weekday + 7) % 7 + (rule->week - 1) * 7;
	if (start + day * DAY >= next) /* week 5 is the last there is */
		day -= 7;
	return start + day * DAY + rule->time;
}

static int64_t
season_offset(const struct seasons *seasons, int64_t seconds)
{
	struct text_date date;
	int64_t begin, end;

	if (!seasons->two)
		return seasons->standard;
	text_date((seconds + seasons->standard) * SECOND, &date);
	begin = rule_time(&seasons->begin, date.year) - seasons->standard;
	end = rule_time(&seasons->end, date.year) - seasons->summer;
	if (begin < end)
		return seconds >= begin && seconds < end ? seasons->summer : seasons->standard;
	return seconds >= end && seconds < begin ? seasons->standard : seasons->summer;
}

/* The file */

static bool
is_name(struct span name)
{
	if (name.n == 0 || name.n > NAME_MAX_BYTES || name.p[0] == '/' ||
	    memmem(name.p, name.n, "..", 2) != NULL)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && !(c >= '0' && c <= '9') &&
		    (c == '\0' || strchr("_+-/", c) == NULL))
			return false;
	}
	return true;
}

/* NULL p when it cannot be read whole. */
static struct span
read_file(struct arena *arena, struct span name)
{
	char path[sizeof DIRECTORY + NAME_MAX_BYTES + 1];
	struct span none = { NULL, 0 };
	char *out;
	size_t n = 0;
	ssize_t got;
	int fd;

	snprintf(path, sizeof path, DIRECTORY "/%.*s", (int)name.n, name.p);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return none;
	out = arena_alloc(arena, FILE_MAX);
	while ((got = read(fd, out + n, FILE_MAX - n)) > 0)
		n += (size_t)got;
	close(fd);
	return got < 0 || n == FILE_MAX ? none : (struct span){ out, n };
}

static bool
read_zone(struct arena *arena, struct span file, struct zone *zone)
{
	struct block old, block;
	struct span text;

	/* The block of 32 bits is passed over. */
	if (!read_header(file, 4, &old) || file.n - HEADER < size_of(&old))
		return false;
	file = behind(file, HEADER + size_of(&old));
	if (!read_header(file, 8, &block) || file.n - HEADER < size_of(&block))
		return false;
	file = behind(file, HEADER);
	if (!read_changes(arena, file, &block, zone))
		return false;
	file = behind(file, size_of(&block));
	if (!take(&file, '\n'))
		return false;
	text = text_cut(&file, '\n');
	return text.n == 0 || read_seasons(text, &zone->seasons);
}

const struct zone *
zone_load(struct arena *arena, struct span name)
{
	struct zone *zone = arena_alloc(arena, sizeof *zone);
	struct arena *scratch;
	struct span file;
	bool good;

	*zone = (struct zone){ .first = 0 };
	if (span_is(name, "UTC"))
		return zone;
	if (!is_name(name))
		return NULL;
	scratch = arena_new();
	file = read_file(scratch, name);
	good = file.p != NULL && read_zone(arena, file, zone);
	arena_free(&scratch);
	return good ? zone : NULL;
}

int64_t
zone_offset(const struct zone *zone, int64_t time)
{
	int64_t seconds = time / SECOND - (time % SECOND < 0);
	size_t low = 0, high = zone->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (zone->changes[middle].time <= seconds)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == zone->count && zone->seasons.known)
		return season_offset(&zone->seasons, seconds) * SECOND;
	return (low == 0 ? zone->first : zone->changes[low - 1].offset) * SECOND;
}

enum zone_reading
zone_time(const struct zone *zone, int64_t local, int64_t *time_r)
{
	/* No zone is further from UTC than a day, or changes twice within two. */
	int64_t before = zone_offset(zone, local - DAY * SECOND);
	int64_t after = zone_offset(zone, local + DAY * SECOND);
	bool first = zone_offset(zone, local - before) == before;
	bool second = zone_offset(zone, local - after) == after;

	*time_r = local - (first || !second ? before : after);
	if (before == after || first != second)
		return ZONE_ONCE;
	return first ? ZONE_TWICE : ZONE_NEVER;
}

bool
zone_text_time(struct span text, const struct zone *zone, int64_t *time_r)
{
	int64_t time;
	enum text_sent sent = text_time_sent(text, &time);

	if (sent == TEXT_SENT_OTHER || (sent == TEXT_SENT_LOCAL && (zone == NULL ||
	    zone_time(zone, time, &time) == ZONE_NEVER)))
		return false;
	*time_r = time;
	return true;
}
