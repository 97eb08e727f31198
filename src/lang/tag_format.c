/* SPDX-License-Identifier: ISC */
#include "base/text.h"
#include "base/zone.h"
#include "lang/tag_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unicase.h>

#define FORMATS "date, number, upper, lower, default, ago and path"
#define DATE_PATTERN_MAX 256
#define WORD_MAX 16

static const struct format_info {
	const char *name;
	bool may_have_argument, needs_argument;
} infos[] = {
	[TAG_FORMAT_DATE] = { "date", true, false },
	[TAG_FORMAT_NUMBER] = { "number", false, false },
	[TAG_FORMAT_UPPER] = { "upper", false, false },
	[TAG_FORMAT_LOWER] = { "lower", false, false },
	[TAG_FORMAT_DEFAULT] = { "default", true, true },
	[TAG_FORMAT_AGO] = { "ago", false, false },
	[TAG_FORMAT_PATH] = { "path", false, false },
};
#define INFO_COUNT (sizeof infos / sizeof *infos)

/* Of the text behind a name; base is where it stands in the source. */
struct reader {
	struct arena *arena;
	struct tag_error *error;
	struct span text;
	size_t i;
	size_t base;
};

static bool
fail_here(struct reader *reader, const char *what)
{
	return tag_fail(reader->error, reader->base + reader->i, "%s", what);
}

static void
skip_space(struct reader *reader)
{
	while (reader->i < reader->text.n &&
	    tag_is_space(reader->text.p[reader->i]))
		reader->i++;
}

static char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
unknown_format(struct reader *reader, struct span word, size_t at)
{
	struct text_nearest nearest = text_nearest_to(word);

	for (size_t k = 0; k < INFO_COUNT; k++)
		text_nearest_try(&nearest, span_of(infos[k].name));
	if (nearest.found.p != NULL)
		return tag_fail(reader->error, at,
		    "there is no format '%.*s'; did you mean '%s'?",
		    (int)word.n, word.p, nearest.found.p);
	return tag_fail(reader->error, at, "there is no format '%.*s'; the "
	    "formats are " FORMATS,
	    (int)(word.n < 40 ? word.n : 40), word.p);
}

static bool
read_kind(struct reader *reader, enum tag_format_kind *kind_r)
{
	size_t from = reader->i;
	struct span word;

	while (reader->i < reader->text.n &&
	    ((ascii_lower(reader->text.p[reader->i]) >= 'a' &&
	    ascii_lower(reader->text.p[reader->i]) <= 'z') ||
	    reader->text.p[reader->i] == '_' ||
	    reader->text.p[reader->i] == '-'))
		reader->i++;
	word = (struct span){ reader->text.p + from, reader->i - from };
	if (word.n == 0)
		return fail_here(reader, "behind '|' belongs a format: "
		    FORMATS);
	for (size_t k = 0; k < INFO_COUNT; k++) {
		if (span_is(word, infos[k].name)) {
			*kind_r = (enum tag_format_kind)k;
			return true;
		}
	}
	return unknown_format(reader, word, reader->base + from);
}

/* "text" or 'text'; a backslash keeps the quote or backslash behind it. */
static bool
read_quoted(struct reader *reader, struct span *out_r)
{
	char quote = reader->text.p[reader->i++];
	char *out = arena_alloc(reader->arena, reader->text.n);
	size_t n = 0;

	while (reader->i < reader->text.n &&
	    reader->text.p[reader->i] != quote) {
		char c = reader->text.p[reader->i++];

		if (c == '\\' && reader->i < reader->text.n &&
		    (reader->text.p[reader->i] == quote ||
		    reader->text.p[reader->i] == '\\'))
			c = reader->text.p[reader->i++];
		out[n++] = c;
	}
	if (reader->i == reader->text.n)
		return fail_here(reader, "a quote is not closed");
	reader->i++;
	*out_r = (struct span){ out, n };
	return true;
}

static bool
check_pattern(struct reader *reader, struct span pattern, size_t at)
{
	if (pattern.n > DATE_PATTERN_MAX)
		return tag_fail(reader->error, at,
		    "a date pattern is at most %d bytes long",
		    DATE_PATTERN_MAX);
	for (size_t i = 0; i < pattern.n; i++) {
		if (pattern.p[i] != '%')
			continue;
		if (++i == pattern.n || pattern.p[i] == '\0' ||
		    strchr("YmdHMSBbAajZz%", pattern.p[i]) == NULL)
			return tag_fail(reader->error, at, "a date pattern "
			    "knows %%Y %%m %%d %%H %%M %%S %%B %%b %%A %%a "
			    "%%j %%Z %%z and %%%% only");
	}
	return true;
}

/* The name of a zone behind the pattern. */
static bool
read_zone(struct reader *reader, struct tag_format *format)
{
	struct span name;
	size_t at;

	skip_space(reader);
	at = reader->base + reader->i;
	if (reader->i == reader->text.n || (reader->text.p[reader->i] != '"' &&
	        reader->text.p[reader->i] != '\''))
		return true;
	if (!read_quoted(reader, &name))
		return false;
	format->zone = zone_load(reader->arena, name);
	return format->zone != NULL ||
	    tag_fail(reader->error, at, "%s", zone_missing(reader->arena, name));
}

static bool
read_format(struct reader *reader, struct tag_format *format)
{
	const struct format_info *info;
	size_t at;

	if (!read_kind(reader, &format->kind))
		return false;
	info = &infos[format->kind];
	if (format->kind == TAG_FORMAT_DATE)
		format->argument = SPAN("%Y-%m-%d");
	skip_space(reader);
	at = reader->base + reader->i;
	if (reader->i == reader->text.n || reader->text.p[reader->i] == '|') {
		if (info->needs_argument)
			return tag_fail(reader->error, at, "%s needs a quoted "
			    "text, as in %s \"none\"", info->name, info->name);
		return true;
	}
	if (reader->text.p[reader->i] != '"' &&
	    reader->text.p[reader->i] != '\'')
		return fail_here(reader, info->may_have_argument ?
		    "behind a format belongs a quoted text, '|' or the end" :
		    "behind this format belongs '|' or the end");
	if (!info->may_have_argument)
		return tag_fail(reader->error, at, "%s takes no text",
		    info->name);
	if (!read_quoted(reader, &format->argument))
		return false;
	return format->kind != TAG_FORMAT_DATE ||
	    (check_pattern(reader, format->argument, at) && read_zone(reader, format));
}

bool
tag_format_read(struct arena *arena, struct span text, size_t at,
    const struct tag_format **formats_r, struct tag_error *error)
{
	struct reader reader = { arena, error, text, 0, at };
	const struct tag_format **link = formats_r;

	skip_space(&reader);
	for (unsigned count = 0; reader.i < text.n; count++) {
		struct tag_format *format = arena_alloc(arena, sizeof *format);

		if (text.p[reader.i] != '|')
			return fail_here(&reader, count == 0 ?
			    "a name holds no blanks; a format follows '|'" :
			    "the next format follows '|'");
		if (count == TAG_FORMATS_MAX)
			return fail_here(&reader, "too many formats");
		reader.i++;
		skip_space(&reader);
		if (!read_format(&reader, format))
			return false;
		*link = format;
		link = &format->next;
		skip_space(&reader);
	}
	return true;
}

/* RFC 3339, or an integer as in a datetime field. */
static bool
read_time(struct span text, int64_t *time_r)
{
	int64_t n;

	return text_time(text, time_r) || (text_integer(text, &n) && text_unix_time(n, time_r));
}

/* A time as the wall shows it. */
struct shown {
	struct text_date date;
	int offset;
	const char *abbreviation;
};

static void
put_offset(struct buf *out, int offset)
{
	int minutes = (offset < 0 ? -offset : offset) / 60;

	buf_printf(out, "%c%02d%02d", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

static void
put_date(struct buf *out, const struct shown *shown, char letter)
{
	const struct text_date *date = &shown->date;

	static const char *const months[] = { "January", "February", "March",
		"April", "May", "June", "July", "August", "September",
		"October", "November", "December" };
	static const char *const days[] = { "Sunday", "Monday", "Tuesday",
		"Wednesday", "Thursday", "Friday", "Saturday" };

	switch (letter) {
	case 'Y': buf_printf(out, "%04d", date->year); break;
	case 'm': buf_printf(out, "%02d", date->month); break;
	case 'd': buf_printf(out, "%02d", date->day); break;
	case 'H': buf_printf(out, "%02d", date->hour); break;
	case 'M': buf_printf(out, "%02d", date->minute); break;
	case 'S': buf_printf(out, "%02d", date->second); break;
	case 'j': buf_printf(out, "%03d", date->yearday); break;
	case 'B': buf_puts(out, months[date->month - 1]); break;
	case 'b': buf_put(out, months[date->month - 1], 3); break;
	case 'A': buf_puts(out, days[date->weekday]); break;
	case 'a': buf_put(out, days[date->weekday], 3); break;
	case 'Z': buf_puts(out, shown->abbreviation); break;
	case 'z': put_offset(out, shown->offset); break;
	default: buf_putc(out, letter); break; /* %% */
	}
}

static struct span
format_date(struct span pattern, struct span text, const struct zone *zone,
    struct arena *scratch)
{
	struct shown shown;
	struct buf out = { 0 };
	int64_t time;

	if (!read_time(text, &time))
		return text;
	text_date(zone_local(zone, time, &shown.offset, &shown.abbreviation), &shown.date);
	for (size_t i = 0; i < pattern.n; i++) {
		if (pattern.p[i] == '%')
			put_date(&out, &shown, pattern.p[++i]);
		else
			buf_putc(&out, pattern.p[i]);
	}
	return buf_keep(&out, scratch);
}

static size_t
digits(struct span text, size_t from)
{
	size_t n = 0;

	while (from + n < text.n && text.p[from + n] >= '0' &&
	    text.p[from + n] <= '9')
		n++;
	return n;
}

/* 1234567.5 becomes 1,234,567.5; what is no plain number stays as it is. */
static struct span
format_number(struct span text, struct arena *scratch)
{
	size_t sign = text.n > 0 && text.p[0] == '-';
	size_t whole = digits(text, sign), n = 0;
	char *out;

	if (whole == 0 || (whole > 1 && text.p[sign] == '0'))
		return text;
	if (sign + whole < text.n) {
		size_t fraction = digits(text, sign + whole + 1);

		if (text.p[sign + whole] != '.' || fraction == 0 ||
		    sign + whole + 1 + fraction != text.n)
			return text;
	}
	out = arena_alloc(scratch, text.n + whole / 3);
	for (size_t i = 0; i < text.n; i++) {
		if (i > sign && i < sign + whole && (sign + whole - i) % 3 == 0)
			out[n++] = ',';
		out[n++] = text.p[i];
	}
	return (struct span){ out, n };
}

/* By Unicode, without a language; bytes that are not UTF-8 become U+FFFD. */
static struct span
format_case(bool upper, struct span text, struct arena *scratch)
{
	const uint8_t *bytes = (const uint8_t *)text.p;
	struct span result;
	uint8_t *mapped;
	size_t n;

	if (text.n == 0)
		return text;
	mapped = upper ? u8_toupper(bytes, text.n, NULL, NULL, NULL, &n) :
	    u8_tolower(bytes, text.n, NULL, NULL, NULL, &n);
	if (mapped == NULL) {
		fputs("earshot: out of memory\n", stderr);
		abort();
	}
	result = arena_copy(scratch, (struct span){ (char *)mapped, n });
	free(mapped);
	return result;
}

/* In the largest unit of which there is one. */
static struct span
format_ago(struct span text, int64_t now, struct arena *scratch)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = { { 31557600, "years" }, { 2629800, "months" }, { 86400, "d" }, { 3600, "h" },
		{ 60, "min" } };
	const char *name = "s";
	int64_t time, n;

	if (!read_time(text, &time))
		return text;
	n = (now > time ? now - time : time - now) / 1000000;
	if (n < 5)
		return SPAN("now");
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (n >= units[i].seconds) {
			n /= units[i].seconds;
			name = n == 1 && i == 0 ? "year" : n == 1 && i == 1 ? "month" : units[i].name;
			break;
		}
	return span_of(now > time ? arena_printf(scratch, "%lld %s ago", (long long)n, name)
	    : arena_printf(scratch, "in %lld %s", (long long)n, name));
}

static struct span
format_path(struct span text, struct arena *scratch)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '/')
			buf_putc(&out, '/');
		else
			text_percent_encode(&out, (struct span){ text.p + i, 1 });
	return buf_keep(&out, scratch);
}

struct span
tag_format_apply(const struct tag_format *formats, struct span text,
    const struct facts *facts, struct arena *scratch)
{
	for (; formats != NULL; formats = formats->next) {
		switch (formats->kind) {
		case TAG_FORMAT_DATE:
			text = format_date(formats->argument, text,
			    formats->zone != NULL ? formats->zone : facts->zone, scratch);
			break;
		case TAG_FORMAT_NUMBER:
			text = format_number(text, scratch);
			break;
		case TAG_FORMAT_UPPER:
		case TAG_FORMAT_LOWER:
			text = format_case(formats->kind == TAG_FORMAT_UPPER,
			    text, scratch);
			break;
		case TAG_FORMAT_DEFAULT:
			if (text.n == 0)
				text = formats->argument;
			break;
		case TAG_FORMAT_AGO:
			text = format_ago(text, facts->now, scratch);
			break;
		case TAG_FORMAT_PATH:
			text = format_path(text, scratch);
			break;
		}
	}
	return text;
}
