/* SPDX-License-Identifier: ISC */
/*
 * Rules tried on the past: what a listener's last deliveries would become, as it stands or as
 * it is typed in its form (command listener-past). Nothing is done. What is shown is page.past:
 *
 *   since, typed   since when, as the call has it and as it was typed; after: where to go on
 *   changed        documents of the form were tried
 *   told           there is something to tell: tried, any, differ, one_differs, outcomes[] {then,
 *                  now, deliveries, why}, lost[] and passed[] {why, deliveries}, differing[] and
 *                  same[] {id, at, was, would, why, …, steps[], actions[]}, left (of those that
 *                  differ, how many are not shown), left_same, more
 */
#ifndef EARSHOT_CONSOLE_PAST_H
#define EARSHOT_CONSOLE_PAST_H

#include "base/arena.h"

struct page;

/* Without a date the last 100 are tried, since one as many as can be at once. */
#define PAST_CALL(listener) "{\"command\":\"listener-past\",\"listener\":\"{{" listener "}}\"" \
	"{{#page.past.limit}},\"limit\":{{page.past.limit}}{{/page.past.limit}}{{#page.past.since}},\"since\":\"{{page.past.since}}\"" \
	"{{/page.past.since}}{{#page.past.after}},\"after\":\"{{page.past.after}}\"" \
	"{{/page.past.after}}{{#page.past.changed}},\"documents\":{{{doc.documents}}},\"keys\":" \
	"{{{doc.keys}}}{{/page.past.changed}}}"

/* Makes page.past; a date that is none is complained of, as the field "past/since". */
void past_choose(struct page *page, struct span since, struct span after, bool changed);
/* Tells the reply calls.past. */
void past_tell(struct page *page);

/* Of the table of routes (route.h). */
bool past_before(struct page *page);
void past_after(struct page *page);

#endif
