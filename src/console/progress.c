/* SPDX-License-Identifier: ISC */
#include "console/progress.h"

#include "base/json.h"
#include "base/text.h"
#include "console/page.h"

#define TOLD_US INT64_C(2000000) /* before that nobody knows */

/* "about 5 minutes" */
static const char *
how_long(struct arena *arena, int64_t seconds)
{
	static const struct {
		int64_t from, step;
		const char *one, *many;
	} units[] = { { 5400, 3600, "hour", "hours" }, { 90, 60, "minute", "minutes" },
		{ 10, 10, NULL, "seconds" } };

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		int64_t n = (seconds + units[i].step / 2) / units[i].step;

		if (seconds < units[i].from)
			continue;
		if (units[i].one == NULL)
			n *= units[i].step;
		return arena_printf(arena, "about %lld %s", (long long)n, n == 1 ? units[i].one
		    : units[i].many);
	}
	return "some seconds";
}

void
progress_tell(struct page *page, struct json_object *told, struct span at, int64_t done,
    int64_t of)
{
	int64_t begun, taken;
	double left;

	json_set_int(told, "percent", of <= 0 || done <= 0 ? 0 : done >= of ? 99 : done * 100 / of);
	if (!text_time(at, &begun) || done <= 0 || of <= done)
		return;
	taken = page->now - begun;
	left = (double)taken / 1e6 * ((double)(of - done) / (double)done);
	if (taken >= TOLD_US && left < 1e7)
		json_set_text(told, "left", span_of(how_long(page->arena, (int64_t)left)));
}
