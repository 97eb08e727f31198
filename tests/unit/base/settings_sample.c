/* SPDX-License-Identifier: ISC */
/* conf/earshot.conf is what settings_sample() writes. */
#include "base/settings.h"
#include "tap.h"

#include <stdlib.h>

int
main(void)
{
	const char *top = getenv("TOP_SRCDIR");
	char path[4096], found[65536];
	struct buf sample = { 0 };
	size_t n = 0;
	FILE *file;

	snprintf(path, sizeof path, "%s/conf/earshot.conf", top != NULL ? top : ".");
	file = fopen(path, "r");
	if (file != NULL) {
		n = fread(found, 1, sizeof found, file);
		fclose(file);
	}
	settings_sample(&sample);
	ok(sample.n > 0, "the sample says something");
	if (!ok(n == sample.n && memcmp(found, sample.p, n) == 0,
	    "conf/earshot.conf is the sample of the settings"))
		printf("# it should be:\n%.*s", (int)sample.n, sample.p);
	buf_free(&sample);
	return tap_done();
}
