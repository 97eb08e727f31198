/* SPDX-License-Identifier: ISC */
/*
 * What stands behind a bar of a report (shown.h): the filter, in CEL, by which a list shows
 * just those records. Pure; in the arena.
 */
#ifndef EARSHOT_BEHIND_H
#define EARSHOT_BEHIND_H

#include "base/arena.h"

#include <stddef.h>

struct shown;

#define BEHIND_ALL SIZE_MAX /* of all columns, or of a report without */

/* Of a row of a field, and of a column; with the report's own filter. p NULL: no filter can
 * tell them. */
struct span behind_filter(struct arena *arena, const struct shown *shown, size_t field,
    size_t row, size_t column);

#endif
