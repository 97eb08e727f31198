/* SPDX-License-Identifier: ISC */
/*
 * Text to values and back, strictly and without locale: integers, booleans,
 * times, UTF-8, e-mail addresses, network addresses, names. Every reader takes
 * the whole span or refuses it.
 */
#ifndef EARSHOT_TEXT_H
#define EARSHOT_TEXT_H

#include "base/arena.h"
#include "base/buf.h"

#include <stdint.h>

/* The bytes before the first separator; rest moves behind it, and is empty without one
 * (then its p is NULL). */
struct span text_cut(struct span *rest, char separator);
/* Without the spaces and tabs around it. */
struct span text_trim(struct span text);
/* Valid UTF-8 without the white space of Unicode, byte order marks and zero-width spaces
 * around it: what people copy along. */
struct span text_strip(struct span text);

/*
 * The name that is spelled most like one that is not known, for a suggestion: begin with
 * that one, try each there is, look at `found`. What differs by more than a third of the
 * letters is not like it; case of ASCII counts for nothing.
 */
struct text_nearest {
	struct span wanted;
	size_t distance;    /* letters inserted, dropped or replaced; found is nearer */
	struct span found;  /* p NULL: none so far */
};
struct text_nearest text_nearest_to(struct span wanted);
void text_nearest_try(struct text_nearest *nearest, struct span name);

/* Decimal digits with an optional sign; false outside 64 bits. */
bool text_integer(struct span text, int64_t *value_r);
/* Digits only, no sign; false above max. */
bool text_unsigned(struct span text, uint64_t max, uint64_t *value_r);
/* "true" or "false" in any case. */
bool text_boolean(struct span text, bool *value_r);

/*
 * Times are microseconds since 1970 in UTC, from 0001-01-01 to 9999-12-31.
 * Reads RFC 3339 (T, t or a space; Z, z or an offset, also written +0000;
 * a fraction, cut to six digits; a leap second :60 only where one
 * can stand, at the end of a month of UTC, taken as the second after) and a date
 * alone (midnight UTC).
 * A time without zone, an impossible date or another year is refused.
 */
bool text_time(struct span text, int64_t *time_r);
/*
 * What other systems call a time: all of that, and
 *   2018-11-11 13:23:52 UTC, 2021-04-28 21:50:00 +0200 (GitLab), +02, a comma
 *   before the fraction, no seconds
 *   2020-07-24T20:11:22 (Bugzilla): TEXT_SENT_LOCAL, and the time as if it were UTC
 *   Mon, 16 Aug 2010 03:45:01 +0000 (RFC 5322: Twilio)
 *   1355517523, 1355517523.000005 (Slack), 1355517523000: a Unix time of at
 *   least nine digits, if they are not a day written so, as 202601310930 is.
 * Nothing that could mean two things is read.
 */
enum text_sent { TEXT_SENT_OTHER, TEXT_SENT_LOCAL, TEXT_SENT_TIME };
enum text_sent text_time_sent(struct span text, int64_t *time_r);
/* Likewise, of a zone where it names none: false where zone is NULL then, and where its
 * clocks left this time out. Of one that they showed twice it is the first. */
struct zone;
bool text_time_in(struct span text, const struct zone *zone, int64_t *time_r);
/* RFC 3339 in UTC with Z; six digits of fraction when it is not zero. */
#define TEXT_TIME_SIZE 32
const char *text_time_write(int64_t time, char out[TEXT_TIME_SIZE]);
/* Unix seconds, from 10^11 on (to either side) milliseconds. */
bool text_unix_time(int64_t number, int64_t *time_r);
/* Likewise, of the text of a JSON number: its digits, also behind the point, cut to
 * microseconds. */
bool text_unix_number(struct span number, int64_t *time_r);
/* Civil fields of a time, for formatting and calendars. */
struct text_date {
	int year, month, day;     /* 1-based */
	int hour, minute, second;
	int microsecond;
	int weekday;              /* 0 is Sunday */
	int yearday;              /* 1-based */
};
void text_date(int64_t time, struct text_date *date_r);
int64_t text_date_time(const struct text_date *date); /* the inverse; weekday, yearday unused */
/*
 * "90s", "15m", "36h", "7d", "2w", "300ms", "50us", CEL's "1h30m" and fractions
 * "1.5s", with an optional sign: microseconds. Units fall from left to right,
 * each once; only "0" needs none.
 */
bool text_duration(struct span text, int64_t *duration_r);

int64_t text_now(void);   /* wall clock, microseconds */
int64_t text_clock(void); /* monotonic clock, microseconds: for limits and pauses */

/* At most max bytes of the text, not in the middle of a character. */
struct span text_head(struct span text, size_t max);
/* How many characters (code points) valid UTF-8 has, and its first ones. */
size_t text_characters(struct span text);
struct span text_first(struct span text, size_t characters);
/* Valid UTF-8 without overlong forms, surrogates or beyond U+10FFFF. */
bool text_utf8(struct span text);
/* So many bytes at the beginning are that. */
size_t text_utf8_length(struct span text);
/*
 * A NUL character, which no text of a store has: exports come back, and no C string,
 * spreadsheet or mail server cuts the text short. The rest of a sentence about it.
 */
bool text_has_nul(struct span text);
#define TEXT_NUL "must not have the character NUL (\\u0000)"
/* Valid UTF-8 without control characters (C0, C1, DEL). */
bool text_printable(struct span text);
/*
 * One addr-spec that is safe in a header and an envelope: dot-atom local part
 * (UTF-8 allowed, RFC 6531), a host name behind the @, no address literal; at
 * most 254 bytes, 64 before the @.
 */
bool text_email(struct span text);
/*
 * The name of a host, or the address with that of its host, as DNS and mail servers have
 * it: "xn--bcher-kva.example". What is ASCII stays as it is; the part before the @ does in
 * any case. False where no such name can be (IDNA).
 */
bool text_host_ascii(struct arena *arena, struct span host, struct span *out_r);
bool text_email_ascii(struct arena *arena, struct span address, struct span *out_r);
/*
 * Lower-case copy for comparison: letter by letter, in NFC, so that "ß" and "ss", and other
 * letters that domains tell apart, stay two.
 */
struct span text_fold(struct arena *arena, struct span text);
/* By Unicode's full case folding, where "ß" is "ss": only for what older keys hold. */
struct span text_fold_full(struct arena *arena, struct span text);
/*
 * The next word of text that was folded: letters, digits and what combines with them. An
 * ideograph is a word by itself, since nothing stands between those. Of a longer one it is
 * the beginning. False: there is none.
 */
#define TEXT_WORD_MAX 64 /* bytes */
bool text_word(struct span *rest, struct span *word_r);
/* [a-z0-9][a-z0-9._-]{0,63} */
bool text_key(struct span text);

/*
 * IPv4 or IPv6 with optional /bits; bits of the host are cleared. An IPv4-mapped
 * IPv6 address is its IPv4; an IPv4 address lies in IPv4 networks only.
 */
struct text_network {
	unsigned char address[16]; /* IPv4 as ::ffff:a.b.c.d */
	unsigned bits;             /* of 128 */
};
bool text_network(struct span text, struct text_network *network_r);
/* The address lies in the network. */
bool text_network_has(const struct text_network *network, struct span address);
/* Every address of the network lies in the wider one. */
bool text_network_within(const struct text_network *network, const struct text_network *wider);
/* Also one that is written as an IPv6 address ("::ffff:192.0.2.1"). */
bool text_network_is_ipv4(const struct text_network *network);

/* Percent-decoding of one path segment or form value; false on bad escapes. */
bool text_percent_decode(struct arena *arena, struct span text, bool plus_is_space,
    struct span *out_r);
/* RFC 3986 unreserved stay, all else %XX. */
void text_percent_encode(struct buf *out, struct span text);
/*
 * What a terminal or a log line can show: control characters, line breaks and
 * reversals of Unicode, what cannot be seen or told from a space, and bad UTF-8 as
 * \xHH for each byte.
 */
void text_visible(struct buf *out, struct span text);
/* The line around this place, cut where it is long, and a caret below the place; each
 * with its line break. What could move the cursor is a question mark. */
void text_point(struct buf *out, struct span source, size_t at);
/* One line of CSV with its end (RFC 4180): cells in quotation marks where they need them,
 * NUL as \x00. */
void text_csv_line(struct buf *out, const struct span *cells, size_t count);
/* What spreadsheets take for a formula, or look through to one: with an apostrophe before it
 * it is text. */
bool text_is_formula(struct span text);
/* For a file that is read again: a formula gets a quotation mark before it, and so does what
 * would be one without those that it begins with; and back. In the arena, or the text. */
struct span text_guard(struct arena *arena, struct span text);
struct span text_unguard(struct span text);
/* Columns that the text takes on a terminal; its longest beginning that takes no more, of
 * whole characters as people see them. */
unsigned text_width(struct span text);
struct span text_fit(struct span text, unsigned columns);

#endif
