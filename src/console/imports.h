/* SPDX-License-Identifier: ISC */
/*
 * Importing a file of users, tickets, or values of a data group: it is sent, what it would do is
 * looked at, and then it is done. What goes on goes on in the store (command/import.c); a page
 * tells how far it is.
 *
 * page.import: the import with is_STATE, what, percent, left, ready (it can be begun), is_unread
 * (nothing of it was counted); page.group: whose values are to be sent; page.columns[] {n,
 * name, unknown, options[] {value, label, chosen}}, page.rows[] {line, cells[], result, name,
 * changes[] {member, before, after}, error}, page.next (the line to go on behind),
 * page.refused[] {line, error, cells[]}.
 */
#ifndef EARSHOT_IMPORTS_H
#define EARSHOT_IMPORTS_H

#include <stdbool.h>

struct page;

/* Of the table of routes (route.h). */
bool imports_before(struct page *page);   /* the form to send one */
void imports_listed(struct page *page);
bool imports_upload(struct page *page);   /* before POST with a file */
void imports_one(struct page *page);
bool imports_columns(struct page *page);  /* before POST: doc, the columns */
void imports_refused(struct page *page);  /* after: a file of the rows that were refused */

/* What any form to send a file needs: page.limit, page.key, page.encodings. */
void imports_offer(struct page *page);

#endif
