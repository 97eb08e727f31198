/* SPDX-License-Identifier: ISC */
#include "tap.h"

#include <stdarg.h>

static int count, failed;

bool
ok(bool good, const char *format, ...)
{
	va_list args;

	printf("%s %d - ", good ? "ok" : "not ok", ++count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	failed += !good;
	return good;
}

bool
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

int
tap_done(void)
{
	printf("1..%d\n", count);
	return failed != 0;
}
