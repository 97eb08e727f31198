/* SPDX-License-Identifier: ISC */
/*
 * Reports with a name: what is counted, for lists of reports, the home page of the console and
 * earshot report NAME.
 *
 * report document: key, project? (only what belongs to it is counted), name?, description?, of
 * ("user", "feedback", "project", "comment", "delivery", a group, a view), filter? (CEL), by?
 * (a field), fields[]?, period? ("day", "week", "month", "year"),
 * number? ("count", "sum", "mean": what bars show), onHome? (shown on the home page).
 */
#ifndef EARSHOT_REPORT_KIND_H
#define EARSHOT_REPORT_KIND_H

#include "record/doc.h"

extern const struct kind kind_report;

#endif
