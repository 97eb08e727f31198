/* SPDX-License-Identifier: ISC */
/*
 * Lists of people and tickets. Everything that a list shows stands in its address: project,
 * view, filter (CEL), sort, column (each once), after. What the address does not say is as the
 * view has it, and else as lists show it unasked. A form changes the address, or saves what it
 * says as a view.
 *
 * page.list: record ("user"), path ("people"), filter, sort, columns[], query (the address behind
 * the "?"), all (a filter for all that are meant), heads[] {label, up, down, link}, rows[] {id,
 * name, cells[] {text, label, is_time, is_number, leads}}, chosen (there is a filter), changed
 * (the view says something else), wrong.
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
