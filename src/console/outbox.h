/* SPDX-License-Identifier: ISC */
/* The page Outbox, one e-mail or webhook, trying it again and giving it up. */
#ifndef EARSHOT_OUTBOX_PAGES_H
#define EARSHOT_OUTBOX_PAGES_H

#include <stdbool.h>

struct page;

/* A choice among parcels, of the query or the form. */
#define OUTBOX_CHOICE(root) \
	"{{#" root ".state}},\"state\":\"{{" root ".state}}\"{{/" root ".state}}" \
	"{{#" root ".type}},\"type\":\"{{" root ".type}}\"{{/" root ".type}}" \
	"{{#" root ".contains}},\"contains\":\"{{" root ".contains}}\"{{/" root ".contains}}"

/* Of the table of routes (route.h). */
bool outbox_before(struct page *page);      /* page.states, page.choice_query */
void outbox_listed(struct page *page);
void outbox_one(struct page *page);
void outbox_html(struct page *page);        /* the e-mail alone, in a sandbox */
bool outbox_many_before(struct page *page); /* {verb} is retry or drop */
void outbox_many_asked(struct page *page);

#endif
