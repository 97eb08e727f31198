/* SPDX-License-Identifier: ISC */
/* All values of a data group as a file, for the page of the group: CSV for spreadsheets, or lines
 * of JSON with the time of each value and its past. Both can be imported again (imports.h). */
#ifndef EARSHOT_CONSOLE_GROUP_VALUES_H
#define EARSHOT_CONSOLE_GROUP_VALUES_H

struct page;

/* Of the table of routes (route.h), after "document": the group. */
void group_values_csv(struct page *page);
void group_values_json(struct page *page);

#endif
