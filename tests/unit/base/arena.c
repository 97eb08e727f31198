/* SPDX-License-Identifier: ISC */
/* Memory of a call, spans and what is written into buffers. */
#include "base/buf.h"
#include "base/text.h"
#include "tap.h"

#include <inttypes.h>
#include <stdint.h>

#define LENGTH 19

/* One odd byte at every place of a text: within the eights and behind them. */
static void
odd_bytes(void)
{
	for (int c = 0; c < 256; c++) {
		bool plain = c >= ' ' && c < 0x80 && c != '"' && c != '\\';
		size_t wrong = 0;

		for (size_t at = 0; at < LENGTH; at++) {
			char bytes[LENGTH];
			struct span text = { bytes, LENGTH };

			memset(bytes, 'a', LENGTH);
			bytes[at] = (char)c;
			wrong += span_plain(text) != (plain ? LENGTH : at);
			wrong += text_utf8_length(text) != (c < 0x80 ? LENGTH : at);
		}
		ok(wrong == 0, "byte 0x%02x is seen wherever it stands", (unsigned)c);
	}
	for (size_t n = 0; n <= LENGTH; n++) {
		char bytes[LENGTH + 1];

		memset(bytes, '~', sizeof bytes);
		bytes[n] = '"';
		ok(span_plain((struct span){ bytes, n }) == n &&
		    text_utf8_length((struct span){ bytes, n }) == n,
		    "%zu bytes, and none behind them", n);
	}
}

static void
characters(void)
{
	static const char text[] = "seven..\xc3\xbc\xe2\x82\xac.\xf0\x9f\x98\x80";
	static const size_t whole[] = { 0, 1, 2, 3, 4, 5, 6, 7, 7, 9, 9, 9, 12, 13, 13, 13, 13, 17 };

	for (size_t n = 0; n < sizeof text; n++)
		ok(text_utf8_length((struct span){ text, n }) == whole[n],
		    "a character cut after %zu bytes is not one", n);
}

/* Texts of many lengths, one after the other: the end of a block is met at all places. */
static void
formats(void)
{
	struct arena *arena = arena_new();
	static char long_text[40000];
	size_t wrong = 0;

	memset(long_text, 'x', sizeof long_text - 1);
	for (size_t n = 0; n < sizeof long_text; n += 1 + n / 16) {
		const char *before = arena_string(arena, SPAN("before"));
		const char *made = arena_printf(arena, "%.*s|%d", (int)n, long_text, 7);
		const char *after = arena_string(arena, SPAN("after"));

		wrong += strlen(made) != n + 2 || strcmp(made + n, "|7") != 0 ||
		    memcmp(made, long_text, n) != 0 || strcmp(before, "before") != 0 ||
		    strcmp(after, "after") != 0;
	}
	ok(wrong == 0, "text is made in the block or behind it");
	is_text(arena_join(arena, SPAN("one"), SPAN(""), SPAN("three")), "onethree", "joined");
	is_text(arena_join(arena, (struct span){ NULL, 0 }, SPAN(""), SPAN("")), "", "of nothing");
	arena_free(&arena);
}

static void
numbers(void)
{
	static const int64_t values[] = { 0, 7, -7, 10, 1234567890, INT64_MAX, INT64_MIN };

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		struct buf out = { 0 };
		char expected[32];

		snprintf(expected, sizeof expected, "%" PRId64, values[i]);
		buf_int(&out, values[i]);
		buf_putc(&out, '\0');
		is_text(out.p, expected, "a number");
		buf_free(&out);
	}
}

static void
json(void)
{
	struct buf out = { 0 };
	struct jsonout json = json_to(&out);

	json_open(&json, '{');
	json_member(&json, "key", SPAN("say \"hello\" and\tC:\\ \xc3\xbc\xff"));
	json_key_span(&json, SPAN("a\"b"));
	json_open(&json, '[');
	json_int(&json, -1);
	json_text(&json, SPAN(""));
	json_close(&json, ']');
	json_key(&json, "");
	json_null(&json);
	json_close(&json, '}');
	buf_putc(&out, '\0');
	is_text(out.p, "{\"key\":\"say \\\"hello\\\" and\\tC:\\\\ \xc3\xbc\xef\xbf\xbd\","
	    "\"a\\\"b\":[-1,\"\"],\"\":null}", "JSON with commas and escapes where they belong");
	buf_free(&out);
}

int
main(void)
{
	odd_bytes();
	characters();
	formats();
	numbers();
	json();
	return tap_done();
}
