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
	{ GROUP_DATETIME, "1700000000.5", "!a date or time such as 2026-01-31T09:30:00Z is "
	    "expected, got the number 1700000000.5" },
	{ GROUP_DATETIME, "'1700000000'", "!a date or time such as 2026-01-31T09:30:00Z is "
	    "expected, got the string \"1700000000\"" },
	{ GROUP_DATETIME, "'2026-01-31T09:30:00'", "!a time with its zone (Z or an offset such "
	    "as +02:00 at the end) is expected, got the string \"2026-01-31T09:30:00\"" },
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

	if (!group_value_read(arena, type, json, &value, &sentence))
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

	ok(group_value_read(arena, GROUP_STRING, NULL, &value, &sentence) && value.clear,
	    "null clears");
	text = arena_alloc(arena, 65538);
	memset(text, 'x', 65537);
	ok(group_value_read(arena, GROUP_STRING, json_new_text(arena,
	    (struct span){ text, 65536 }), &value, &sentence) && value.text.n == 65536,
	    "64 KiB are a string");
	is_text(reading(GROUP_STRING, json_new_text(arena, (struct span){ text, 65537 })),
	    "!a string of at most 65536 bytes is expected, got one of 65537", "one more is not");
	is_text(reading(GROUP_STRING, json_new_text(arena, SPAN("a\xff"))),
	    "!a string in UTF-8 is expected, got the string \"a\\xff\"", "bad UTF-8");
}

int
main(void)
{
	arena = arena_new();
	test_reading();
	test_bounds();
	arena_free(&arena);
	return tap_done();
}
