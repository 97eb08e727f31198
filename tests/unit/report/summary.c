/* SPDX-License-Identifier: ISC */
/* Figures at the edges; what sqlite3 computes as well is compared by tests/reports.sh. */
#include "base/text.h"
#include "report/idset.h"
#include "report/summary.h"
#include "tap.h"

#include <inttypes.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct arena *arena;

static void
add(struct summary *summary, int64_t number, unsigned mask)
{
	summary_add(summary, &(struct summary_value){ .number = number }, mask);
}

static struct summary *
of_numbers(enum summary_type type, const int64_t *numbers, size_t n)
{
	struct summary *summary = summary_new(type, 1);

	for (size_t i = 0; i < n; i++)
		add(summary, numbers[i], 1);
	return summary;
}

/* "0..9:3 10..:1" */
static const char *
bins_text(struct summary *summary, size_t max, enum summary_period period)
{
	struct summary_bins bins;
	struct buf out = { 0 };
	const char *text;

	if (!summary_bins(summary, arena, max, period, &bins))
		return "refused";
	for (size_t i = 0; i < bins.n; i++) {
		const struct summary_bin *bin = &bins.bins[i];
		char from[TEXT_TIME_SIZE];

		buf_puts(&out, i > 0 ? " " : "");
		if (summary_type(summary) == SUMMARY_TEXT)
			buf_printf(&out, "%.*s", (int)bin->text.n, bin->rest ? "*" : bin->text.p);
		else if (summary_type(summary) == SUMMARY_TIME)
			buf_printf(&out, "%.10s", text_time_write(bin->from, from));
		else if (bin->below)
			buf_printf(&out, "..%" PRId64, bin->to);
		else if (bin->above)
			buf_printf(&out, "%" PRId64 "..", bin->from);
		else
			buf_printf(&out, "%" PRId64 "..%" PRId64, bin->from, bin->to);
		buf_printf(&out, "%s:%" PRId64, bin->rest ? "*" : "", bin->counts[0]);
	}
	text = arena_string(arena, buf_bytes(&out));
	buf_free(&out);
	return text;
}

static void
test_numbers(void)
{
	static const struct {
		int64_t numbers[8];
		size_t n;
		double quartiles[3];
		const char *bins; /* at most ten */
	} cases[] = {
		{ { 7 }, 1, { 7, 7, 7 }, "7..7:1" },
		{ { 1, 2 }, 2, { 1.25, 1.5, 1.75 }, "1..1:1 2..2:1" },
		{ { 1, 2, 3 }, 3, { 1.5, 2, 2.5 }, "1..1:1 2..2:1 3..3:1" },
		{ { 1, 2, 3, 10 }, 4, { 1.75, 2.5, 4.75 },
		    "0..1:1 2..3:2 4..5:0 6..7:0 8..9:0 10..11:1" },
		{ { -3, -1, -1, 0, 4 }, 5, { -1, -1, 0 }, "-3..-3:1 -2..-2:0 -1..-1:2 "
		    "0..0:1 1..1:0 2..2:0 3..3:0 4..4:1" },
		{ { 5, 5, 5, 5, 5, 5, 5, 1000 }, 8, { 5, 5, 5 },
		    "5..5:7 6..6:0 7..7:0 8..8:0 9..9:0 10..10:0 11..:1" },
		{ { INT64_MIN, INT64_MAX }, 2,
		    { -0x1p62, 0, 0x1p62 }, NULL },
		{ { INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, 0 }, 5,
		    { -0x1p63, -0x1p63, -0x1p63 }, NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct summary *summary = of_numbers(SUMMARY_INTEGER, cases[i].numbers, cases[i].n);
		struct summary_figures figures = summary_figures(summary, 0);
		struct summary_bins bins;
		int64_t sum = 0;
		bool good = true;

		for (int q = 0; q < 3; q++)
			if (figures.quartile[q] < cases[i].quartiles[q] ||
			    figures.quartile[q] > cases[i].quartiles[q]) {
				printf("# quartile %d is %g\n", q, figures.quartile[q]);
				good = false;
			}
		ok(good, "%zu: quartiles", i);
		ok(figures.least == cases[i].numbers[0] &&
		    figures.greatest == cases[i].numbers[cases[i].n - 1], "%zu: least, greatest", i);
		if (cases[i].bins != NULL)
			is_text(bins_text(summary, 10, SUMMARY_AUTO), cases[i].bins, "bins");
		ok(summary_bins(summary, arena, 10, SUMMARY_AUTO, &bins) && bins.n <= 12,
		    "%zu: not too many bins", i);
		for (size_t k = 0; k < bins.n; k++) {
			sum += bins.bins[k].counts[0];
			good = good && (k == 0 || bins.bins[k].from == bins.bins[k - 1].to + 1);
		}
		ok(good && sum == figures.count, "%zu: bins have everything and no gap", i);
		summary_free(&summary);
	}
}

static void
test_sum(void)
{
	static const int64_t large[] = { INT64_MAX - 1, INT64_MAX };
	struct summary *summary = of_numbers(SUMMARY_INTEGER, large, 2);
	struct summary_figures figures = summary_figures(summary, 0);

	ok(!figures.has_sum, "a sum beyond 64 bits is not told");
	ok(figures.mean > 9.2e18 && figures.mean < 9.3e18, "but the mean is");
	summary_free(&summary);
}

/* More different integers than are kept one by one. */
static void
test_many(void)
{
	struct summary *summary = summary_new(SUMMARY_INTEGER, 1);
	struct summary_figures figures;
	int64_t n = 3000000;

	for (int64_t i = 0; i < n; i++)
		add(summary, i, 1);
	figures = summary_figures(summary, 0);
	ok(figures.rounded && figures.count == n && figures.distinct == n &&
	    figures.least == 0 && figures.greatest == n - 1, "many values are all counted");
	for (int q = 0; q < 3; q++) {
		double right = (double)(n - 1) / 4 * (q + 1);

		if (!ok(figures.quartile[q] > right - 4 && figures.quartile[q] < right + 4,
		    "quartile %d of many is near", q))
			printf("# got %f, expected about %f\n", figures.quartile[q], right);
	}
	summary_free(&summary);
}

static int64_t
time_of(const char *text)
{
	int64_t time = 0;

	if (!text_time(span_of(text), &time))
		printf("Bail out! %s is no time\n", text);
	return time;
}

static void
test_times(void)
{
	static const struct {
		const char *first, *last;
		enum summary_period period;
		const char *bins;
	} cases[] = {
		{ "2026-11-24T09:30:00Z", "2026-11-24T09:30:00Z", SUMMARY_AUTO, "2026-11-24:2" },
		{ "2028-02-28T23:59:59Z", "2028-03-01T00:00:00Z", SUMMARY_AUTO,
		    "2028-02-28:1 2028-02-29:0 2028-03-01:1" },
		{ "2026-11-22T23:00:00Z", "2026-11-23T01:00:00Z", SUMMARY_WEEK,
		    "2026-11-16:1 2026-11-23:1" },
		{ "2026-01-31", "2026-04-01", SUMMARY_MONTH,
		    "2026-01-01:1 2026-02-01:0 2026-03-01:0 2026-04-01:1" },
		{ "2026-01-31", "2026-09-01", SUMMARY_AUTO, "2026-01-01:1 2026-02-01:0 "
		    "2026-03-01:0 2026-04-01:0 2026-05-01:0 2026-06-01:0 2026-07-01:0 "
		    "2026-08-01:0 2026-09-01:1" },
		{ "1969-12-31T23:59:59Z", "1970-01-01", SUMMARY_YEAR,
		    "1969-01-01:1 1970-01-01:1" },
		{ "1999-06-01", "2031-06-01", SUMMARY_AUTO, "1995-01-01:1 2000-01-01:0 "
		    "2005-01-01:0 2010-01-01:0 2015-01-01:0 2020-01-01:0 2025-01-01:0 2030-01-01:1" },
		{ "0001-01-01", "9999-12-31", SUMMARY_DAY, "refused" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		/* In no order. */
		int64_t times[] = { time_of(cases[i].last), time_of(cases[i].first) };
		struct summary *summary = of_numbers(SUMMARY_TIME, times, 2);

		is_text(bins_text(summary, 10, cases[i].period), cases[i].bins, cases[i].first);
		summary_free(&summary);
	}
}

static void
test_text(void)
{
	static const char *const words[] = { "", "a", "b", "b", "c", "d", "d" };
	struct summary *summary = summary_new(SUMMARY_TEXT, 2);
	struct summary_bins bins;
	struct summary_value value = { 0 };

	for (size_t i = 0; i < COUNT(words); i++) {
		bool same = i > 0 && strcmp(words[i], words[i - 1]) == 0;

		value.text = span_of(words[i]);
		summary_add(summary, same ? NULL : &value, i % 2 == 0 ? 1 : 3);
	}
	value.text = SPAN("z");
	summary_add(summary, &value, 0);
	is_text(bins_text(summary, 3, SUMMARY_AUTO), "b:2 d:2 :1 *:2", "the most frequent");
	ok(summary_figures(summary, 0).distinct == 5, "what counts for nobody is none");
	ok(summary_figures(summary, 1).count == 3, "a series has its own");
	summary_bins(summary, arena, 3, SUMMARY_AUTO, &bins);
	ok(bins.bins[0].counts[1] == 1 && bins.bins[3].counts[1] == 1, "in each bin too");
	value.text = SPAN("d");
	ok(summary_bin_of(&bins, SUMMARY_TEXT, &value) == 1, "the bin of a named one");
	value.text = SPAN("q");
	ok(summary_bin_of(&bins, SUMMARY_TEXT, &value) == 3, "and of another");
	summary_free(&summary);
}

static void
test_ids(void)
{
	struct idset *set = idset_new();
	size_t wrong = 0;

	for (int i = 0; i < 100000; i++) {
		struct idset_entry *entry = idset_add(set, span_of(arena_printf(arena, "%d", i)));

		wrong += entry->bits != 0;
		entry->bits = (uint16_t)(i % 7 + 1);
	}
	for (int i = 0; i < 200000; i++) {
		struct idset_entry *entry = idset_find(set, span_of(arena_printf(arena, "%d", i)));

		wrong += i < 100000 ? entry == NULL || entry->bits != i % 7 + 1 : entry != NULL;
	}
	ok(wrong == 0 && idset_count(set) == 100000, "a set knows its ids and their bits");
	ok(idset_add(set, SPAN("5"))->bits == 6 && idset_count(set) == 100000, "each once");
	idset_free(&set);
}

int
main(void)
{
	arena = arena_new();
	test_numbers();
	test_sum();
	test_many();
	test_times();
	test_text();
	test_ids();
	arena_free(&arena);
	return tap_done();
}
