/* SPDX-License-Identifier: ISC */
/* Test Anything Protocol for C: ok() per check, return tap_done() from main. */
#ifndef EARSHOT_TAP_H
#define EARSHOT_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 2, 3))) static inline bool
ok(bool good, const char *format, ...)
{
	va_list args;

	printf("%s %d - ", good ? "ok" : "not ok", ++tap_count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	tap_failed += !good;
	return good;
}

/* Compares text and shows both when they differ. NULL equals only NULL. */
__attribute__((unused)) static bool
is_text(const char *got, const char *expected, const char *name)
{
	bool good = got == NULL || expected == NULL ? got == expected
	                                            : strcmp(got, expected) == 0;

	ok(good, "%s", name);
	if (!good)
		printf("#      got: %s\n# expected: %s\n", got ? got : "(null)",
		    expected ? expected : "(null)");
	return good;
}

static inline int
tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

#endif
