/* SPDX-License-Identifier: ISC */
/*
 * Macros by hand: on which records, with a count and what would be done before it is done, how
 * far a run is, and the runs of a macro.
 *
 * page.run {automation, macro, of_users, any, by_ids, ids[], count, noun, one, query, scope,
 * within}: what is asked for, by the query or the form: id (as often as there are records), or
 * ids with commas, or filter; query is the same for a link; scope is the project of the macro,
 * within that project or the one that was looked at, whose fields the filter offers.
 */
#ifndef EARSHOT_RUNS_H
#define EARSHOT_RUNS_H

#include <stdbool.h>

struct page;

/* Of the table of routes (route.h). */
bool runs_before(struct page *page);
void runs_asked(struct page *page);
bool runs_chosen(struct page *page); /* before POST: the form of the filter */
bool runs_begin(struct page *page);  /* before POST: begins it, or asks first */
void runs_one(struct page *page);
void runs_listed(struct page *page);

#endif
