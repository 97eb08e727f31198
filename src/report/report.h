/* SPDX-License-Identifier: ISC */
/*
 * Reports: what the values of a group, or the members of users, tickets,
 * comments or deliveries, come to, each field by its type, perhaps by the
 * values of another one (a cross table) and only of those that match a filter.
 *
 * Fields of records are read from the index, one after the other and many
 * entries at a time, without their documents; a filter, or a cross table, first
 * makes a set of the ids. Comments and deliveries are read themselves.
 *
 * A report breathes: what changes meanwhile may be in one figure and not in the next.
 */
#ifndef EARSHOT_REPORT_H
#define EARSHOT_REPORT_H

#include "base/buf.h"
#include "report/summary.h"

struct report;
struct txn;

/* What bars show: how many, or what an integer comes to for each value of what divides. */
enum report_number { REPORT_COUNT, REPORT_SUM, REPORT_MEAN, REPORT__NUMBERS };
extern const char *const report_numbers[REPORT__NUMBERS]; /* "count", "sum", "mean" */

struct report_ask {
	struct span of;             /* "user", "feedback", "project", "comment", "delivery",
	                             * else a named report, else a group, else a view; or
	                             * "report.weekly", "data.usage", "view.busy" */
	struct span project;        /* only what belongs to it; "" all */
	struct span filter;         /* CEL, "" all */
	struct span by;             /* a field, "" none */
	const struct span *fields;  /* none: those that make sense */
	size_t field_count;
	enum summary_period period; /* of bars along time; of what divides, where it fits */
	enum report_number number;
	int64_t now;
	/* Whether whoever asks may read what belongs to this project ("" the community), or fails
	 * the transaction. NULL: he may. */
	bool (*may_read)(void *arg, struct txn *txn, struct span project);
	void *arg;
};

/* In the arena; the ask is copied. */
struct report *report_new(struct arena *arena, const struct report_ask *ask);
/* Whether it can be counted, and what may be asked for, as one object: kind "plan", of, title,
 * subject ("user"), unit, record?, project?, by?, offers [{field, label, heading, type, usual?}].
 * False likewise. */
bool report_plan(struct txn *txn, struct report *report, struct jsonout *out);
/* Counts all of it; false after txn_fail(), FAULT_USAGE when the ask is wrong. */
bool report_make(struct txn *txn, struct report *report);
double report_progress(const struct report *report); /* 0 to 1 */

/*
 * The finished report as one object:
 * kind "report", of, title, record, project?, unit ("users"), at, filter?, records (that
 * match), number? ("sum", "mean"), by? {field, label, source, type, period?, years?, series [a bin, or {"unset":true}],
 * records []}, fields [].
 *
 * A field: field, label, source (as filters write it), type, list? (a record may have
 * several), mixed? (values of several types, told as text: in quotes it is text), records (with
 * a value), values, unset; integers: min, max, sum?, mean, q1, median, q3,
 * distinct, rounded?; datetimes: first, last, period, years? (of one bin);
 * strings: distinct; and bins: {from?, to?, count} (both belong to it, dates as days;
 * without from or to it is open), {value, count}, or {rest: true, count}. With by:
 * counts [] of the series beside every count, as recordsBy, valuesBy, unsetBy, and
 * of integers series [{min, max, mean, median}].
 */
void report_tell(struct report *report, struct jsonout *out);

#endif
