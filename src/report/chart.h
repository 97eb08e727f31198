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

struct shown;

void chart_svg(struct buf *out, const struct shown *shown);

#endif
