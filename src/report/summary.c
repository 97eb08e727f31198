/* SPDX-License-Identifier: ISC */
#include "report/summary.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define CELLS_MAX ((size_t)1 << 20)
#define TEXT_MAX 200
#define DAY_US (INT64_C(86400) * 1000000)
#define FAR_OUT 6 /* distances between the quartiles: beyond lies no bin of its own */

const char *const summary_periods[SUMMARY__PERIODS] = {
	[SUMMARY_AUTO] = "", [SUMMARY_DAY] = "day", [SUMMARY_WEEK] = "week",
	[SUMMARY_MONTH] = "month", [SUMMARY_YEAR] = "year",
};

__extension__ typedef __int128 wide;

/* A value and how often it came; of times, a day and how many lie in it. */
struct cell {
	int64_t value;
	int64_t count;
};

struct series {
	int64_t count, least, greatest;
	wide sum;
	struct cell *cells; /* ascending */
	size_t n, size;
	size_t stride, last; /* integers: values that share a cell; those of the last one */
};

struct top {
	int64_t counts[SUMMARY_SERIES];
	size_t n;
	char text[TEXT_MAX];
};

struct summary {
	enum summary_type type;
	size_t count;                    /* of series */
	struct series series[SUMMARY_SERIES];
	int64_t distinct;
	struct top *top;                 /* text: SUMMARY_TOP, in no order */
	size_t top_count;
	bool running;                    /* the value that comes at present: */
	struct summary_value value;
	char text[TEXT_MAX];
	int64_t run[SUMMARY_SERIES];
};

struct summary *
summary_new(enum summary_type type, size_t series)
{
	struct summary *summary = calloc(1, sizeof *summary);

	if (summary == NULL)
		abort();
	summary->type = type;
	summary->count = series < SUMMARY_SERIES ? series : SUMMARY_SERIES;
	for (size_t i = 0; i < summary->count; i++)
		summary->series[i].stride = 1;
	if (type == SUMMARY_TEXT &&
	    (summary->top = calloc(SUMMARY_TOP, sizeof *summary->top)) == NULL)
		abort();
	return summary;
}

void
summary_free(struct summary **summary_p)
{
	struct summary *summary = *summary_p;

	if (summary == NULL)
		return;
	for (size_t i = 0; i < summary->count; i++)
		free(summary->series[i].cells);
	free(summary->top);
	free(summary);
	*summary_p = NULL;
}

enum summary_type
summary_type(const struct summary *summary)
{
	return summary->type;
}

/* Two neighbours become one, with the greater's value, and so will those to come. */
static void
halve(struct series *series)
{
	size_t n = 0;

	for (size_t i = 0; i < series->n; i += 2) {
		struct cell cell = series->cells[i];

		if (i + 1 < series->n) {
			cell.value = series->cells[i + 1].value;
			cell.count += series->cells[i + 1].count;
		}
		series->cells[n++] = cell;
	}
	series->n = n;
	series->stride *= 2;
	series->last = series->stride;
}

/* The place of the value among the cells, or where it would stand. */
static size_t
cell_place(const struct series *series, int64_t value)
{
	size_t low = 0, high = series->n;

	if (high > 0 && series->cells[high - 1].value <= value)
		return series->cells[high - 1].value == value ? high - 1 : high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (series->cells[middle].value < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
cell_add(struct series *series, int64_t value, int64_t count)
{
	size_t i = cell_place(series, value);

	if (i < series->n && series->cells[i].value == value) {
		series->cells[i].count += count;
		return;
	}
	if (i == series->n && i > 0 && series->last < series->stride) {
		series->cells[i - 1].value = value;
		series->cells[i - 1].count += count;
		series->last++;
		return;
	}
	if (series->n == CELLS_MAX) {
		halve(series);
		i = cell_place(series, value);
	}
	if (series->n == series->size) {
		series->size = series->size * 2 + 64;
		series->cells = realloc(series->cells, series->size * sizeof *series->cells);
		if (series->cells == NULL)
			abort();
	}
	memmove(series->cells + i + 1, series->cells + i,
	    (series->n - i) * sizeof *series->cells);
	series->cells[i] = (struct cell){ value, count };
	series->n++;
	series->last = 1;
}

static int64_t
day_of(int64_t time)
{
	return time / DAY_US - (time % DAY_US < 0);
}

static void
add_to_series(enum summary_type type, struct series *series, int64_t number, int64_t count)
{
	if (series->count == 0 || number < series->least)
		series->least = number;
	if (series->count == 0 || number > series->greatest)
		series->greatest = number;
	series->count += count;
	series->sum += (wide)number * count;
	if (type != SUMMARY_TEXT)
		cell_add(series, type == SUMMARY_TIME ? day_of(number) : number, count);
}

/* The most frequent first, then by their bytes. */
static int
by_frequency(const void *a, const void *b)
{
	const struct top *x = a, *y = b;

	if (x->counts[0] != y->counts[0])
		return x->counts[0] > y->counts[0] ? -1 : 1;
	return span_cmp((struct span){ x->text, x->n }, (struct span){ y->text, y->n });
}

static void
keep_top(struct summary *summary, const int64_t counts[])
{
	struct top *last = summary->top;

	if (summary->top_count < SUMMARY_TOP) {
		last = &summary->top[summary->top_count++];
	} else {
		for (size_t i = 1; i < SUMMARY_TOP; i++)
			if (by_frequency(last, &summary->top[i]) < 0)
				last = &summary->top[i];
		/* Texts ascend: of equally frequent ones the earlier stays. */
		if (counts[0] <= last->counts[0])
			return;
	}
	memcpy(last->counts, counts, summary->count * sizeof *counts);
	last->n = summary->value.text.n;
	memcpy(last->text, summary->text, last->n);
}

static void
end_run(struct summary *summary)
{
	if (!summary->running)
		return;
	summary->running = false;
	if (summary->run[0] == 0)
		return;
	summary->distinct++;
	if (summary->type == SUMMARY_TEXT)
		keep_top(summary, summary->run);
	for (size_t i = 0; i < summary->count; i++)
		if (summary->run[i] > 0)
			add_to_series(summary->type, &summary->series[i],
			    summary->value.number, summary->run[i]);
	memset(summary->run, 0, sizeof summary->run);
}

static void
begin_run(struct summary *summary, const struct summary_value *value)
{
	end_run(summary);
	summary->value = *value;
	summary->running = true;
	if (summary->type != SUMMARY_TEXT)
		return;
	if (value->text.n > TEXT_MAX)
		summary->value.text.n = TEXT_MAX;
	if (summary->value.text.n > 0)
		memcpy(summary->text, value->text.p, summary->value.text.n);
}

void
summary_add(struct summary *summary, const struct summary_value *value, unsigned mask)
{
	if (value != NULL)
		begin_run(summary, value);
	if (summary->count == 1) {
		summary->run[0] += mask & 1;
		return;
	}
	for (size_t i = 0; i < summary->count; i++)
		summary->run[i] += mask >> i & 1;
}

void
summary_add_many(struct summary *summary, const struct summary_value *value,
    const int64_t counts[])
{
	begin_run(summary, value);
	memcpy(summary->run, counts, summary->count * sizeof *counts);
}

/* The values at this rank from 0 on and at the next. */
static void
at_rank(const struct series *series, int64_t rank, int64_t *this_r, int64_t *next_r)
{
	int64_t passed = 0;
	size_t i = 0;

	while (i + 1 < series->n && passed + series->cells[i].count <= rank)
		passed += series->cells[i++].count;
	*this_r = *next_r = series->cells[i].value;
	if (passed + series->cells[i].count == rank + 1 && i + 1 < series->n)
		*next_r = series->cells[i + 1].value;
}

/* The share `quarters` of the way from the least to the greatest, linear in between. */
static double
quartile(const struct series *series, int quarters)
{
	int64_t steps = (series->count - 1) / 4 * quarters, rest = (series->count - 1) % 4;
	int64_t this, next;

	steps += rest * quarters / 4;
	at_rank(series, steps, &this, &next);
	return (double)this + ((double)next - (double)this) *
	    (double)(rest * quarters % 4) / 4;
}

struct summary_figures
summary_figures(struct summary *summary, size_t i)
{
	const struct series *series = &summary->series[i];
	struct summary_figures figures = { 0 };

	end_run(summary);
	figures.count = series->count;
	if (i == 0 && summary->type != SUMMARY_TIME)
		figures.distinct = summary->distinct;
	if (series->count == 0 || summary->type == SUMMARY_TEXT)
		return figures;
	figures.least = series->least;
	figures.greatest = series->greatest;
	if (summary->type != SUMMARY_INTEGER)
		return figures;
	figures.has_sum = series->sum >= INT64_MIN && series->sum <= INT64_MAX;
	figures.sum = figures.has_sum ? (int64_t)series->sum : 0;
	figures.mean = (double)((long double)series->sum / (long double)series->count);
	figures.rounded = series->stride > 1;
	for (int q = 0; q < 3; q++)
		figures.quartile[q] = quartile(series, q + 1);
	return figures;
}

int64_t
summary_round_step(double least)
{
	static const int digits[] = { 1, 2, 5 };
	int64_t power = 1;

	for (;; power *= 10) {
		for (size_t i = 0; i < 3; i++)
			if ((double)(power * digits[i]) >= least)
				return power * digits[i];
		if (power > INT64_MAX / 100)
			return INT64_MAX / 2;
	}
}

static struct summary_bin *
bins_new(struct summary *summary, struct arena *arena, size_t n)
{
	struct summary_bin *bins = arena_alloc(arena, (n + 1) * sizeof *bins);

	for (size_t i = 0; i < n; i++)
		bins[i].counts = arena_alloc(arena, summary->count * sizeof *bins[i].counts);
	return bins;
}

/* Every cell goes to the bin that has its value. */
static void
fill(struct summary *summary, struct summary_bins *bins, bool days)
{
	for (size_t s = 0; s < summary->count; s++) {
		const struct series *series = &summary->series[s];
		size_t bin = 0;

		for (size_t i = 0; i < series->n; i++) {
			int64_t value = series->cells[i].value * (days ? DAY_US : 1);

			while (bin + 1 < bins->n && value > bins->bins[bin].to)
				bin++;
			bins->bins[bin].counts[s] += series->cells[i].count;
		}
	}
}

static int64_t
floor_to(int64_t value, int64_t step)
{
	int64_t rest = value % step;

	if (rest < 0)
		rest += step;
	return value < INT64_MIN + rest ? INT64_MIN : value - rest;
}

static int64_t
plus(int64_t value, int64_t step)
{
	return value > INT64_MAX - step ? INT64_MAX : value + step;
}

/* Where the ordinary values end. */
static void
ordinary(const struct summary_figures *figures, int64_t *low_r, int64_t *high_r)
{
	double spread = figures->quartile[2] - figures->quartile[0];
	double low = figures->quartile[0] - FAR_OUT * (spread < 1 ? 1 : spread);
	double high = figures->quartile[2] + FAR_OUT * (spread < 1 ? 1 : spread);

	*low_r = (double)figures->least < low ? (int64_t)low : figures->least;
	*high_r = (double)figures->greatest > high ? (int64_t)high : figures->greatest;
}

static void
integer_bins(struct summary *summary, struct arena *arena, size_t max,
    struct summary_bins *bins_r)
{
	struct summary_figures figures = summary_figures(summary, 0);
	int64_t low, high, step, from;
	size_t n = 0;

	ordinary(&figures, &low, &high);
	/* The bounds are moved to round ones: up to two more. */
	step = summary_round_step(((double)high - (double)low + 1) /
	    (double)(max > 4 ? max - 2 : 2));
	bins_r->bins = bins_new(summary, arena, max + 2);
	for (from = floor_to(low, step);; from = plus(from, step)) {
		struct summary_bin *bin = &bins_r->bins[n++];

		bin->from = from;
		bin->to = plus(from, step - 1);
		bin->below = n == 1 && figures.least < from;
		bin->above = bin->to >= high && figures.greatest > bin->to;
		if (bin->to >= high || n == max + 2)
			break;
	}
	bins_r->n = n;
	fill(summary, bins_r, false);
}

/* The first day of the period with this time, and of the one behind it. */
static int64_t
period_begin(int64_t time, enum summary_period period, int years)
{
	struct text_date date;

	text_date(time, &date);
	date.hour = date.minute = date.second = date.microsecond = 0;
	if (period == SUMMARY_WEEK)
		return text_date_time(&date) - (date.weekday + 6) % 7 * DAY_US;
	if (period >= SUMMARY_MONTH)
		date.day = 1;
	if (period == SUMMARY_YEAR) {
		date.month = 1;
		date.year -= date.year % years;
	}
	return text_date_time(&date);
}

static int64_t
period_next(int64_t begin, enum summary_period period, int years)
{
	struct text_date date;

	if (period <= SUMMARY_WEEK)
		return begin + (period == SUMMARY_WEEK ? 7 : 1) * DAY_US;
	text_date(begin, &date);
	if (period == SUMMARY_YEAR)
		date.year += years;
	else if (++date.month > 12) {
		date.month = 1;
		date.year++;
	}
	return text_date_time(&date);
}

/* About how many periods lie between the times. */
static int64_t
periods_between(int64_t first, int64_t last, enum summary_period period, int years)
{
	static const int days[] = { [SUMMARY_DAY] = 1, [SUMMARY_WEEK] = 7,
		[SUMMARY_MONTH] = 30, [SUMMARY_YEAR] = 365 };

	return (last - first) / DAY_US / (days[period] * (period == SUMMARY_YEAR ? years : 1))
	    + 1;
}

static bool
time_bins(struct summary *summary, struct arena *arena, size_t max,
    enum summary_period period, struct summary_bins *bins_r)
{
	const struct series *all = &summary->series[0];
	int64_t at;
	int years = 1;

	if (period == SUMMARY_AUTO) {
		for (period = SUMMARY_DAY; period < SUMMARY_YEAR; period++)
			if (periods_between(all->least, all->greatest, period, 1) <= (int64_t)max)
				break;
		while (period == SUMMARY_YEAR &&
		    periods_between(all->least, all->greatest, period, years) > (int64_t)max)
			years = (int)summary_round_step(years + 1);
	} else if (periods_between(all->least, all->greatest, period, 1) > SUMMARY_BINS - 2) {
		return false;
	}
	bins_r->period = period;
	bins_r->years = years;
	bins_r->bins = bins_new(summary, arena, SUMMARY_BINS);
	for (at = period_begin(all->least, period, years); at <= all->greatest &&
	     bins_r->n < SUMMARY_BINS; at = period_next(at, period, years)) {
		struct summary_bin *bin = &bins_r->bins[bins_r->n++];

		bin->from = at;
		bin->to = period_next(at, period, years) - 1;
	}
	fill(summary, bins_r, true);
	return true;
}

static void
text_bins(struct summary *summary, struct arena *arena, size_t max,
    struct summary_bins *bins_r)
{
	size_t n = summary->top_count < max ? summary->top_count : max;
	struct summary_bin *rest;

	qsort(summary->top, summary->top_count, sizeof *summary->top, by_frequency);
	bins_r->bins = bins_new(summary, arena, n + 1);
	rest = &bins_r->bins[n];
	rest->rest = true;
	for (size_t s = 0; s < summary->count; s++)
		rest->counts[s] = summary->series[s].count;
	for (size_t i = 0; i < n; i++) {
		struct summary_bin *bin = &bins_r->bins[i];

		bin->text = arena_copy(arena,
		    (struct span){ summary->top[i].text, summary->top[i].n });
		for (size_t s = 0; s < summary->count; s++) {
			bin->counts[s] = summary->top[i].counts[s];
			rest->counts[s] -= bin->counts[s];
		}
	}
	bins_r->n = n + (rest->counts[0] > 0);
}

bool
summary_bins(struct summary *summary, struct arena *arena, size_t max,
    enum summary_period period, struct summary_bins *bins_r)
{
	end_run(summary);
	*bins_r = (struct summary_bins){ 0 };
	if (summary->series[0].count == 0)
		return true;
	switch (summary->type) {
	case SUMMARY_BOOLEAN:
		bins_r->bins = bins_new(summary, arena, 2);
		bins_r->bins[1].from = bins_r->bins[1].to = 1;
		bins_r->n = 2;
		fill(summary, bins_r, false);
		return true;
	case SUMMARY_INTEGER:
		integer_bins(summary, arena, max, bins_r);
		return true;
	case SUMMARY_TIME:
		return time_bins(summary, arena, max, period, bins_r);
	case SUMMARY_TEXT:
		break;
	}
	text_bins(summary, arena, max, bins_r);
	return true;
}

size_t
summary_bin_of(const struct summary_bins *bins, enum summary_type type,
    const struct summary_value *value)
{
	struct span text = value->text;

	if (text.n > TEXT_MAX)
		text.n = TEXT_MAX;
	for (size_t i = 0; i < bins->n; i++) {
		const struct summary_bin *bin = &bins->bins[i];

		if (type == SUMMARY_TEXT ? bin->rest || span_eq(bin->text, text)
		    : (value->number >= bin->from || bin->below) &&
		      (value->number <= bin->to || bin->above))
			return i;
	}
	return bins->n;
}
