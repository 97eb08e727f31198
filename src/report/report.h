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

struct report_ask {
	struct span of;             /* "user", "feedback", "project", "comment", "delivery",
	                             * else a group, else a view */
	struct span filter;         /* CEL, "" all */
	struct span by;             /* a field, "" none */
	const struct span *fields;  /* none: those that make sense */
	size_t field_count;
	enum summary_period period;
	int64_t now;
};

/* In the arena; the ask is copied. */
struct report *report_new(struct arena *arena, const struct report_ask *ask);
/* Counts all of it; false after txn_fail(), FAULT_USAGE when the ask is wrong. */
bool report_make(struct txn *txn, struct report *report);
double report_progress(const struct report *report); /* 0 to 1 */

/*
 * The finished report as one object:
 * kind "report", of, title, record, unit ("users"), at, filter?, records (that
 * match), by? {field, label, type, period?, years?, series [a bin, or {"unset":true}],
 * records []}, fields [].
 *
 * A field: field, label, type, list? (a record may have several), records (with
 * a value), values, unset; integers: min, max, sum?, mean, q1, median, q3,
 * distinct, rounded?; datetimes: first, last, period, years? (of one bin);
 * strings: distinct; and bins: {from?, to?, count} (both belong to it, dates as days;
 * without from or to it is open), {value, count}, or {rest: true, count}. With by:
 * counts [] of the series beside every count, as recordsBy, valuesBy, unsetBy, and
 * of integers series [{min, max, mean, median}].
 */
void report_tell(struct report *report, struct jsonout *out);

#endif
