/* SPDX-License-Identifier: ISC */
/* API keys: a new one, a new secret of one, ending one. A secret is shown once, on the page
 * behind; no address has it, and no browser keeps that page. */
#ifndef EARSHOT_CONSOLE_APIKEYS_H
#define EARSHOT_CONSOLE_APIKEYS_H

#include <stdbool.h>

struct page;

/* Of the table of routes (route.h). */
bool apikeys_listed_before(struct page *page);
void apikeys_listed(struct page *page);
bool apikeys_form(struct page *page);     /* before: path.kind */
bool apikeys_create(struct page *page);   /* before POST */
bool apikeys_rotate(struct page *page);
void apikeys_made(struct page *page);     /* after either: to the secret */
bool apikeys_secret(struct page *page);   /* before GET: page.secret, once */
void apikeys_asked(struct page *page);    /* after GET: what ends with it */

#endif
