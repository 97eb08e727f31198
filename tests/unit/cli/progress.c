/* SPDX-License-Identifier: ISC */
#include "cli/progress.h"

#include "tap.h"

static const struct {
	const char *name;
	struct progress progress;
	int64_t seconds;
	unsigned width;
	const char *expected;
} cases[] = {
	{ "bytes with rate and time left",
	    { .what = "x", .unit = PROGRESS_BYTES, .total = 4000000, .done = 1000000 }, 10, 79,
	    "x [##########..............................]  25 %  100.0 KB/s  0:30 left" },
	{ "a narrow terminal has a shorter bar",
	    { .what = "x", .unit = PROGRESS_BYTES, .total = 4000, .done = 1000, .utf8 = true },
	    1, 47, "x  ███░░░░░░░░░  25 %  1.0 KB/s  0:03 left" },
	{ "or none", { .what = "x", .unit = PROGRESS_BYTES, .total = 4000, .done = 1000 }, 1,
	    35, "x  25 %  1.0 KB/s  0:03 left" },
	{ "or nothing but figures",
	    { .what = "importing", .unit = PROGRESS_BYTES, .total = 4000, .done = 1000 }, 1,
	    30, " 25 %  1.0 KB/s  0:03 left" },
	{ "a share has no rate", { .what = "x", .unit = PROGRESS_SHARE, .total = 10000,
	    .done = 5000 }, 7200, 35, "x  50 %  2:00:00 left" },
	{ "the end has no time left", { .what = "x", .unit = PROGRESS_BYTES, .total = 900,
	    .done = 900 }, 1, 35, "x 100 %  900 B/s" },
	{ "more than all is all", { .what = "x", .unit = PROGRESS_BYTES, .total = 900,
	    .done = 950 }, 1, 35, "x 100 %  950 B/s" },
	{ "without a total", { .what = "x", .unit = PROGRESS_BYTES, .done = 2500000 }, 1, 79,
	    "x  2.5 MB  2.5 MB/s" },
	{ "nothing yet", { .what = "x", .unit = PROGRESS_BYTES, .total = 900 }, 0, 35,
	    "x   0 %  0 B/s" },
	{ "a name cannot move the cursor", { .what = "\x1b[2J", .unit = PROGRESS_SHARE,
	    .total = 4, .done = 4 }, 1, 30, "\\x1b[2J 100 %" },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf line = { 0 };

		progress_line(&line, &cases[i].progress, cases[i].seconds * 1000000,
		    cases[i].width);
		buf_putc(&line, '\0');
		is_text(line.p, cases[i].expected, cases[i].name);
		buf_free(&line);
	}
	return tap_done();
}
