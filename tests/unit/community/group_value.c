/* SPDX-License-Identifier: ISC */
#include "base/json.h"
#include "community/group.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct arena *arena;

/* Reading: what the store would hold, or the sentence. */

static const struct {
	enum group_type type;
	const char *json;
	const char *expected; /* ! and the sentence when it is refused */
} readings[] = {
	{ GROUP_BOOLEAN, "true", "true" },
	{ GROUP_BOOLEAN, "false", "false" },
	{ GROUP_BOOLEAN, "'TRUE'", "true" },
	{ GROUP_BOOLEAN, "'False'", "false" },
	{ GROUP_BOOLEAN, "null", "" },
	{ GROUP_BOOLEAN, "1", "!true or false is expected, got the number 1" },
	{ GROUP_BOOLEAN, "'yes'", "!true or false is expected, got the string \"yes\"" },
	{ GROUP_BOOLEAN, "''", "!true or false is expected, got the string \"\"" },
	{ GROUP_BOOLEAN, "[true]", "!true or false is expected, got a list" },

	{ GROUP_INTEGER, "41", "41" },
	{ GROUP_INTEGER, "-0", "0" },
	{ GROUP_INTEGER, "5.0", "5" },
	{ GROUP_INTEGER, "1e3", "1000" },
	{ GROUP_INTEGER, "-12.50E+1", "-125" },
	{ GROUP_INTEGER, "100e-2", "1" },
	{ GROUP_INTEGER, "0e99999999999999999999", "0" },
	{ GROUP_INTEGER, "0.000e-5", "0" },
	{ GROUP_INTEGER, "9007199254740993.0", "9007199254740993" },
	{ GROUP_INTEGER, "9223372036854775807", "9223372036854775807" },
	{ GROUP_INTEGER, "-9223372036854775808", "-9223372036854775808" },
	{ GROUP_INTEGER, "-922337203685477580.8e1", "-9223372036854775808" },
	{ GROUP_INTEGER, "'41'", "41" },
	{ GROUP_INTEGER, "'41.0'", "41" },
	{ GROUP_INTEGER, "'-3.000'", "-3" },
	{ GROUP_INTEGER, "'41.5'", "!an integer is expected, got the string \"41.5\"" },
	{ GROUP_INTEGER, "'41.'", "!an integer is expected, got the string \"41.\"" },
	{ GROUP_INTEGER, "'.0'", "!an integer is expected, got the string \".0\"" },
	{ GROUP_INTEGER, "'+41'", "41" },
	{ GROUP_INTEGER, "'-9223372036854775808'", "-9223372036854775808" },
	{ GROUP_INTEGER, "'007'", "7" },
	{ GROUP_INTEGER, "null", "" },
	{ GROUP_INTEGER, "1.5", "!an integer is expected, got the number 1.5" },
	{ GROUP_INTEGER, "1e-1", "!an integer is expected, got the number 1e-1" },
	{ GROUP_INTEGER, "1e400", "!an integer is expected, got the number 1e400" },
	{ GROUP_INTEGER, "1e99999999999999999999",
	    "!an integer is expected, got the number 1e99999999999999999999" },
	{ GROUP_INTEGER, "1e-99999999999999999999",
	    "!an integer is expected, got the number 1e-99999999999999999999" },
	{ GROUP_INTEGER, "9223372036854775808",
	    "!an integer of 64 bits is expected, got the number 9223372036854775808" },
	{ GROUP_INTEGER, "-9223372036854775809",
	    "!an integer of 64 bits is expected, got the number -9223372036854775809" },
	{ GROUP_INTEGER, "18446744073709551615",
	    "!an integer of 64 bits is expected, got the number 18446744073709551615" },
	{ GROUP_INTEGER, "922337203685477580.8e1",
	    "!an integer is expected, got the number 922337203685477580.8e1" },
	{ GROUP_INTEGER, "'9223372036854775808'", "!an integer of 64 bits is expected, "
	    "got the string \"9223372036854775808\"" },
	{ GROUP_INTEGER, "'12abc'", "!an integer is expected, got the string \"12abc\"" },
	{ GROUP_INTEGER, "'1e3'", "!an integer is expected, got the string \"1e3\"" },
	{ GROUP_INTEGER, "' 1'", "!an integer is expected, got the string \" 1\"" },
	{ GROUP_INTEGER, "''", "!an integer is expected, got the string \"\"" },
	{ GROUP_INTEGER, "'４１'", "!an integer is expected, got the string \"４１\"" },
	{ GROUP_INTEGER, "true", "!an integer is expected, got true" },
	{ GROUP_INTEGER, "{}", "!an integer is expected, got an object" },
	{ GROUP_INTEGER, "'aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeefffffffff€€'",
	    "!an integer is expected, got the string "
	    "\"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeefffffffff…\"" },

	{ GROUP_DATETIME, "'2026-01-31T09:30:00Z'", "2026-01-31T09:30:00Z" },
	{ GROUP_DATETIME, "'2026-01-31T09:30:00.5+0200'", "2026-01-31T07:30:00.500000Z" },
	{ GROUP_DATETIME, "'2026-01-31'", "2026-01-31T00:00:00Z" },
	{ GROUP_DATETIME, "1700000000", "2023-11-14T22:13:20Z" },
	{ GROUP_DATETIME, "1700000000.0", "2023-11-14T22:13:20Z" },
	{ GROUP_DATETIME, "99999999999", "5138-11-16T09:46:39Z" },
	{ GROUP_DATETIME, "100000000000", "1973-03-03T09:46:40Z" },
	{ GROUP_DATETIME, "1700000000123", "2023-11-14T22:13:20.123000Z" },
	{ GROUP_DATETIME, "-62135596800", "0001-01-01T00:00:00Z" },
	{ GROUP_DATETIME, "-100000000000", "1966-10-31T14:13:20Z" },
	{ GROUP_DATETIME, "253402300799999", "9999-12-31T23:59:59.999000Z" },
	{ GROUP_DATETIME, "null", "" },
	{ GROUP_DATETIME, "253402300800000",
	    "!a Unix time of the years 1 to 9999 is expected, got the number 253402300800000" },
	{ GROUP_DATETIME, "-62135596801",
	    "!a Unix time of the years 1 to 9999 is expected, got the number -62135596801" },
	{ GROUP_DATETIME, "9223372036854775807", "!a Unix time of the years 1 to 9999 is "
	    "expected, got the number 9223372036854775807" },
	{ GROUP_DATETIME, "1700000000.5", "2023-11-14T22:13:20.500000Z" },
	{ GROUP_DATETIME, "'1700000000'", "2023-11-14T22:13:20Z" },
	{ GROUP_DATETIME, "'20260131'", "!a date or time such as 2026-01-31T09:30:00Z is "
	    "expected, got the string \"20260131\"" },
	{ GROUP_DATETIME, "'2026-01-31T09:30:00'", "!a time with its zone (Z or an offset such "
	    "as +02:00 at the end, or a \"zone\" in the field or the listener) is expected, got the string \"2026-01-31T09:30:00\"" },
	{ GROUP_DATETIME, "'2026-02-30'", "!a date or time such as 2026-01-31T09:30:00Z is "
	    "expected, got the string \"2026-02-30\"" },
	{ GROUP_DATETIME, "true",
	    "!a date or time such as 2026-01-31T09:30:00Z is expected, got true" },

	{ GROUP_STRING, "'x'", "x" },
	{ GROUP_STRING, "''", "" },
	{ GROUP_STRING, "1.50", "1.50" },
	{ GROUP_STRING, "1e400", "1e400" },
	{ GROUP_STRING, "18446744073709551616", "18446744073709551616" },
	{ GROUP_STRING, "true", "true" },
	{ GROUP_STRING, "null", "" },
	{ GROUP_STRING, "[]", "!a string is expected, got a list" },
	{ GROUP_STRING, "{'a':1}", "!a string is expected, got an object" },
};

static const char *
reading(enum group_type type, struct json_object *json)
{
	struct group_value value;
	const char *sentence;

	if (!group_value_read(arena, type, NULL, json, &value, &sentence))
		return arena_printf(arena, "!%s", sentence);
	return arena_string(arena, group_value_text(arena, type, &value));
}

/* ' stands for ". */
static struct json_object *
value_of(const char *text)
{
	char *list = arena_printf(arena, "[%s]", text);
	struct error error = { 0 };

	for (char *p = list; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	return json_at(json_read(arena, span_of(list), &json_limits_default, &error), 0);
}

static void
test_reading(void)
{
	for (size_t i = 0; i < COUNT(readings); i++)
		is_text(reading(readings[i].type, value_of(readings[i].json)), readings[i].expected,
		    arena_printf(arena, "%s %s", group_type_name(readings[i].type),
		    readings[i].json));
}

static void
test_bounds(void)
{
	struct group_value value;
	const char *sentence;
	char *text;

	ok(group_value_read(arena, GROUP_STRING, NULL, NULL, &value, &sentence) && value.clear,
	    "null clears");
	text = arena_alloc(arena, 65538);
	memset(text, 'x', 65537);
	ok(group_value_read(arena, GROUP_STRING, NULL, json_new_text(arena,
	    (struct span){ text, 65536 }), &value, &sentence) && value.text.n == 65536,
	    "65,536 characters are a string");
	is_text(reading(GROUP_STRING, json_new_text(arena, (struct span){ text, 65537 })),
	    "!a string of at most 65536 characters is expected, got one of 65537; "
	    "\"long\":\"cut\" in the listener cuts such", "one more is not");
	ok(group_value_read(arena, GROUP_STRING, &(struct group_reading){ .cut = true },
	    json_new_text(arena, (struct span){ text, 65537 }), &value, &sentence) &&
	    value.cut && value.text.n == 65536, "unless it may be cut");
	text = arena_alloc(arena, 4 * 65536);
	for (size_t i = 0; i < 65536; i++)
		memcpy(text + 4 * i, "\xf0\x9f\x98\x80", 4);
	ok(group_value_read(arena, GROUP_STRING, NULL, json_new_text(arena,
	    (struct span){ text, 4 * 65536 }), &value, &sentence) &&
	    value.text.n == 4 * 65536, "65,536 characters of four bytes are one too");
	is_text(reading(GROUP_STRING, json_new_text(arena, SPAN("a\xff"))),
	    "!a string in UTF-8 is expected, got the string \"a\\xff\"", "bad UTF-8");
}

/* What the document of the field, its listener and the Content-Type make of it. */
static void
test_ways(void)
{
	static const struct {
		enum group_type type;
		const char *zone;
		bool form;
		const char *json;
		const char *expected;
	} cases[] = {
		{ GROUP_BOOLEAN, NULL, true, "'on'", "true" },
		{ GROUP_BOOLEAN, NULL, true, "'Off'", "false" },
		{ GROUP_BOOLEAN, NULL, true, "'1'", "true" },
		{ GROUP_BOOLEAN, NULL, true, "'0'", "false" },
		{ GROUP_BOOLEAN, NULL, true, "'YES'", "true" },
		{ GROUP_BOOLEAN, NULL, true, "'no'", "false" },
		{ GROUP_BOOLEAN, NULL, true, "'true'", "true" },
		{ GROUP_BOOLEAN, NULL, true, "''", "!true or false (or on, off, yes, no, 1, 0) is "
		    "expected, got the string \"\"" },
		{ GROUP_BOOLEAN, NULL, true, "'2'", "!true or false (or on, off, yes, no, 1, 0) is "
		    "expected, got the string \"2\"" },
		{ GROUP_DATETIME, "UTC", false, "'2020-07-24T20:11:22'", "2020-07-24T20:11:22Z" },
		{ GROUP_DATETIME, "America/New_York", false, "'2020-07-24T20:11:22'",
		    "2020-07-25T00:11:22Z" },
		{ GROUP_DATETIME, "America/New_York", false, "'2020-07-24T20:11:22Z'",
		    "2020-07-24T20:11:22Z" },
		{ GROUP_DATETIME, "Europe/Berlin", false, "'2026-03-29T02:30:00'",
		    "!a time that the clocks of its time zone have shown is expected, got the "
		    "string \"2026-03-29T02:30:00\"" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct group_reading how = { .form = cases[i].form };
		struct group_value value;
		const char *got;

		if (cases[i].zone != NULL)
			how.zone = zone_load(arena, span_of(cases[i].zone));
		got = group_value_read(arena, cases[i].type, &how, value_of(cases[i].json), &value,
		    &got) ? arena_string(arena, group_value_text(arena, cases[i].type, &value))
		    : arena_printf(arena, "!%s", got);
		is_text(got, cases[i].expected, arena_printf(arena, "%s %s%s",
		    group_type_name(cases[i].type), cases[i].json, cases[i].form ? " of a form" : ""));
	}
}

int
main(void)
{
	arena = arena_new();
	test_ways();
	test_reading();
	test_bounds();
	arena_free(&arena);
	return tap_done();
}
