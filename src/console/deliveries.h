/* SPDX-License-Identifier: ISC */
/*
 * The pages Deliveries, one delivery, and replaying one or many.
 *
 * page.choice {listener, outcome, target, since, until, contains}: which deliveries are meant,
 * as the query or the form says; DELIVERIES_CHOICE puts it into the arguments of a call.
 */
#ifndef EARSHOT_DELIVERIES_H
#define EARSHOT_DELIVERIES_H

#include "base/arena.h"

#include <stdbool.h>

struct page;

#define DELIVERIES_CHOICE \
	"{{#page.choice.listener}},\"listener\":\"{{page.choice.listener}}\"{{/page.choice.listener}}" \
	"{{#page.choice.outcome}},\"outcome\":\"{{page.choice.outcome}}\"{{/page.choice.outcome}}" \
	"{{#page.choice.target}},\"target\":\"{{page.choice.target}}\"{{/page.choice.target}}" \
	"{{#page.choice.since}},\"since\":\"{{page.choice.since}}\"{{/page.choice.since}}" \
	"{{#page.choice.until}},\"until\":\"{{page.choice.until}}\"{{/page.choice.until}}" \
	"{{#page.choice.contains}},\"contains\":\"{{page.choice.contains}}\"{{/page.choice.contains}}"
/* So many entries a page looks at; then it says so. */
#define DELIVERIES_LOOK "2000"

/* Of the table of routes (route.h). */
bool deliveries_before(struct page *page);      /* before: page.choice, of the query */
void deliveries_listed(struct page *page);
void deliveries_one(struct page *page);         /* after: page.tree, page.raw … */
void deliveries_replay_asked(struct page *page);
void deliveries_many_asked(struct page *page);
bool deliveries_many_before(struct page *page); /* before POST: page.choice, of the form */
void deliveries_many_after(struct page *page);  /* after POST: to what tells how far it is */
bool deliveries_many_told(struct page *page);   /* before: page.counts, page.left */

/* The rows of this call, a list of deliveries, as deliveries-rows.html and Home show them. */
void deliveries_shape(struct page *page, const char *call);

/* What it came to, or would, in words, and what to do where it was refused: page.outcome_title
 * and page.advice. */
void deliveries_tell_outcome(struct page *page, struct span outcome, bool would);

/* "2026-11-29T20:08", as browsers send it, is of UTC: with what is missing of a time. */
struct span deliveries_time(struct page *page, struct span text);

/* What a kept body holds, by the reply of `delivery` with its body: page.tree, or page.raw
 * alone, and why. */
struct json_object;
struct json_object *deliveries_payload(struct page *page, struct json_object *entry);

#endif
