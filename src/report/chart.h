/* SPDX-License-Identifier: ISC */
/*
 * A report (shown.h) drawn as SVG 1.1: one picture, a chart below the other for
 * each field that has values. Bars across for text and booleans, a histogram with
 * the quartiles above it for integers, bars along time for datetimes; divided by
 * the columns of a cross table. Readable in print and on a dark screen, told in
 * words to who cannot see it (title and desc). Pure.
 */
#ifndef EARSHOT_CHART_H
#define EARSHOT_CHART_H

#include "base/buf.h"

#include <stddef.h>

struct shown;
struct shown_row;

void chart_svg(struct buf *out, const struct shown *shown);

/*
 * The chart of one field alone, to stand in an HTML page beside a table that says the same: it
 * has no style of its own (the page's style sheet knows the classes of .chart) and no text for
 * who cannot see it. A bar of the row, or its part in a column, is a link to what stands
 * behind it; "" is none. Nothing where all values are different.
 */
struct chart_links {
	struct span (*link)(void *arg, size_t field, size_t row, size_t column);
	void *arg;
};
void chart_inside(struct buf *out, const struct shown *shown, size_t field,
    const struct chart_links *links);

#endif
