/* SPDX-License-Identifier: ISC */
/*
 * What the last deliveries of a listener would become: the reply of `listener-past` as
 * {{>past}} shows it, on a page of its own for the rule as it stands, or beside a form whose
 * documents are not saved yet.
 */
#ifndef EARSHOT_PAST_H
#define EARSHOT_PAST_H

struct page;

/* page.past, of calls.past: {tried, differ, any, same, pairs[] {then, now, count, differs}, lost[] {why,
 * count}, rows[] {id, at, then, now, by_documents, detail, steps}, left}. Nothing when the call
 * was not made, or has failed. */
void past_shape(struct page *page);

/* Of the table of routes (route.h). {name*} is the listener. */
void past_after(struct page *page);

#endif
