/* SPDX-License-Identifier: ISC */
/*
 * The page of one user or ticket: members (changed in place), external data, comments, ranks,
 * what touched it, e-mails to it.
 *
 * page.one: path ("people"), record ("user"), name (as commands take it), id, changing, facts[]
 * {label, text, is_time, items[] {text, link}}, groups[], ranks[], scores[], notes[]; lists of
 * other calls stand in calls.
 */
#ifndef EARSHOT_CONSOLE_RECORD_PAGE_H
#define EARSHOT_CONSOLE_RECORD_PAGE_H

#include <stdbool.h>

struct page;

/* Of the table of routes (route.h). */
bool record_page_before(struct page *page);
void record_page_after(struct page *page);
bool record_page_change(struct page *page);   /* POST */
void record_page_changed(struct page *page);

#endif
