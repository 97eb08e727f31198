/* SPDX-License-Identifier: ISC */
/* Keys: the bytes that stand in stores, their order, and what is read back of them. */
#include "store/key.h"
#include "tap.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct span
number_key(struct keybuf *key, int64_t number)
{
	key_begin(key);
	key_number(key, number);
	return key_span(key);
}

static void
test_bytes(void)
{
	static const struct id id = { "0123456789abcdef" };
	struct keybuf key;

	key_begin(&key);
	key_letter(&key, 'u');
	key_text(&key, SPAN("ann"));
	key_bytes(&key, SPAN("phone/sync"));
	key_text(&key, SPAN(""));
	key_number(&key, 1);
	key_unsigned(&key, 258);
	key_id(&key, id);
	ok(span_eq(key_span(&key), SPAN("uann\0phone/sync\0" "\x80\0\0\0\0\0\0\1"
	    "\0\0\0\0\0\0\1\2" "0123456789abcdef")), "parts stand one behind the other");
	ok(span_eq(number_key(&key, INT64_MIN), SPAN("\0\0\0\0\0\0\0\0")) &&
	    span_eq(number_key(&key, -1), SPAN("\x7f\xff\xff\xff\xff\xff\xff\xff")) &&
	    span_eq(number_key(&key, INT64_MAX), SPAN("\xff\xff\xff\xff\xff\xff\xff\xff")),
	    "a number is eight bytes, its sign flipped");
}

static void
test_order(void)
{
	static const int64_t rising[] = { INT64_MIN, INT64_MIN + 1, -65536, -256, -255, -1, 0, 1,
		255, 256, 65535, INT64_MAX - 1, INT64_MAX };
	struct keybuf low, high;
	size_t wrong = 0;

	for (size_t i = 1; i < COUNT(rising); i++)
		wrong += span_cmp(number_key(&low, rising[i - 1]),
		    number_key(&high, rising[i])) >= 0;
	ok(wrong == 0, "numbers stand in their order");
	key_begin(&low);
	key_begin(&high);
	key_text(&low, SPAN("ab"));
	key_text(&high, SPAN("ab\1"));
	ok(span_cmp(key_span(&low), key_span(&high)) < 0, "shorter text before longer");
}

static void
test_reading(void)
{
	static const int64_t numbers[] = { INT64_MIN, -1, 0, 1, INT64_MAX };
	static const struct id id = { "0123456789abcdef" };
	struct span rest, text = SPAN("");
	struct keybuf key;
	struct id found;
	size_t wrong = 0;
	int64_t number = 7;
	uint64_t plain = 7;

	for (size_t i = 0; i < COUNT(numbers); i++) {
		rest = number_key(&key, numbers[i]);
		wrong += !key_take_number(&rest, &number) || number != numbers[i] || rest.n != 0;
	}
	ok(wrong == 0, "numbers come back");
	key_begin(&key);
	key_text(&key, SPAN("lst"));
	key_text(&key, SPAN(""));
	key_unsigned(&key, UINT64_MAX);
	key_id(&key, id);
	rest = key_span(&key);
	ok(key_take_id(&rest, &found) && memcmp(&found, &id, sizeof id) == 0 &&
	    key_take_text(&rest, &text) && span_is(text, "lst") &&
	    key_take_text(&rest, &text) && text.n == 0 &&
	    key_take_unsigned(&rest, &plain) && plain == UINT64_MAX && rest.n == 0,
	    "text, numbers and ids come back");
	rest = SPAN("1234567");
	ok(!key_take_number(&rest, &number) && !key_take_unsigned(&rest, &plain) &&
	    !key_take_id(&rest, &found) && !key_take_text(&rest, &text) && rest.n == 7,
	    "what is too short stays whole");
	rest = SPAN("");
	ok(!key_take_text(&rest, &text) && !key_take_id(&rest, &found), "nothing is nothing");
}

static void
test_bounds(void)
{
	static char many[2 * KEY_MAX];
	struct keybuf key;

	memset(many, 'x', sizeof many);
	key_begin(&key);
	key_bytes(&key, (struct span){ many, KEY_MAX });
	ok(key.n == KEY_MAX, "a key as long as a table takes is whole");
	key_number(&key, 1);
	ok(key.n > KEY_MAX, "one longer tells that it is");
	key_text(&key, (struct span){ many, sizeof many });
	ok(key.n == KEY_MAX + 1, "and grows no more");
}

int
main(void)
{
	test_bytes();
	test_order();
	test_reading();
	test_bounds();
	return tap_done();
}
