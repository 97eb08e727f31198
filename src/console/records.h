/* SPDX-License-Identifier: ISC */
/*
 * Lists of people and tickets. Everything that a list shows stands in its address: project,
 * view, filter (CEL), sort, column (each once), after. What the address does not say is as the
 * view has it, and else as lists show it unasked. A form changes the address, or saves what it
 * says as a view.
 *
 * page.list: record ("user"), path ("people"), automation, filter, sort, columns[], query and
 * choice (the address behind the "?", choice without view, sort and columns), heads[] {label,
 * sort, up, down, link}, rows[] {id, link, cells[] {text, label, is_time, is_number}},
 * chosen (there is a filter), changed (the view says something else), wrong.
 */
#ifndef EARSHOT_CONSOLE_RECORDS_H
#define EARSHOT_CONSOLE_RECORDS_H

#include <stdbool.h>

struct page;

/* Of the table of routes (route.h). */
bool records_before(struct page *page);
void records_viewed(struct page *page);   /* GET: the view is there */
bool records_chosen(struct page *page);   /* POST: another filter, other columns, a view */
void records_csv(struct page *page);      /* GET: all rows as CSV */

#endif
