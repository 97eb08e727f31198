/* SPDX-License-Identifier: ISC */
/*
 * What many values of one field come to: count, least and greatest, mean,
 * quartiles, the most frequent ones, a histogram, a line of time. Pure.
 *
 * Integers and text come in ascending order (equal ones together), as the index
 * has them, times and booleans in any. So the figures are exact, but for quartiles
 * and bins of more than a million different integers: there neighbours are told
 * for each other, as many as make half a million groups of all.
 *
 * Every value counts for the series whose bits its mask has; series 0 is all
 * values, the others are the columns of a cross table. Memory is of the heap:
 * the counts outlive the transactions that they are read in.
 */
#ifndef EARSHOT_SUMMARY_H
#define EARSHOT_SUMMARY_H

#include "base/arena.h"

#include <stdint.h>

enum summary_type { SUMMARY_BOOLEAN, SUMMARY_INTEGER, SUMMARY_TIME, SUMMARY_TEXT };

#define SUMMARY_SERIES 16 /* at most, with that of all */
#define SUMMARY_TOP 20    /* text: so many are known by name */
#define SUMMARY_BINS 1000 /* at most */

struct summary_value {
	int64_t number;   /* 0 or 1, integer, microseconds */
	struct span text;
};

struct summary;
struct summary *summary_new(enum summary_type type, size_t series);
void summary_free(struct summary **summary);
enum summary_type summary_type(const struct summary *summary);

/* value NULL: as the one before. */
void summary_add(struct summary *summary, const struct summary_value *value,
    unsigned mask);
/* The same for many at once: counts by series. */
void summary_add_many(struct summary *summary, const struct summary_value *value,
    const int64_t counts[]);

/* Of one series, after the last value. */
struct summary_figures {
	int64_t count;
	int64_t distinct;          /* series 0 only: different values; times: not told */
	int64_t least, greatest;   /* numbers and times, when count > 0 */
	bool has_sum;              /* it is an int64 */
	int64_t sum;
	double mean;
	double quartile[3];        /* between two values: linear (as spreadsheets do) */
	bool rounded;              /* more than a million different integers */
};
struct summary_figures summary_figures(struct summary *summary, size_t series);

enum summary_period {
	SUMMARY_AUTO, SUMMARY_DAY, SUMMARY_WEEK, SUMMARY_MONTH, SUMMARY_YEAR,
	SUMMARY__PERIODS
};
extern const char *const summary_periods[SUMMARY__PERIODS]; /* "day" …; SUMMARY_AUTO: "" */

/* A bar of the chart, a row of the table. */
struct summary_bin {
	int64_t from, to;          /* numbers and times: both belong to it */
	bool below, above;         /* has all less than `to`, all from `from` on */
	struct span text;          /* SUMMARY_TEXT: cut to 200 bytes */
	bool rest;                 /* SUMMARY_TEXT: all that are not named */
	int64_t *counts;           /* by series */
};
struct summary_bins {
	struct summary_bin *bins;
	size_t n;
	enum summary_period period; /* of times, never SUMMARY_AUTO */
	int years;                  /* of one bin of SUMMARY_YEAR */
};
/*
 * At most `max` bins with round bounds, in the arena: ranges of equal width
 * (what lies far out is put together at the ends); days, weeks from Monday,
 * months or years without gaps; false and true; text by frequency, then the rest.
 * A period asked for may need more bins than max, and is refused (false) beyond
 * SUMMARY_BINS.
 */
bool summary_bins(struct summary *summary, struct arena *arena, size_t max,
    enum summary_period period, struct summary_bins *bins_r);
/* The bin that has the value, or n. Text must be one of the named or goes to the rest. */
size_t summary_bin_of(const struct summary_bins *bins, enum summary_type type,
    const struct summary_value *value);

/* The smallest of 1, 2, 5, 10, 20, 50 … that is not less. */
int64_t summary_round_step(double least);

#endif
