/* SPDX-License-Identifier: ISC */
#ifndef EARSHOT_CONSOLE_PRIVATE_H
#define EARSHOT_CONSOLE_PRIVATE_H

#include "console/page.h"
#include "console/texts.h"
#include "serve/front.h"

struct console {
	struct front front;
	const struct settings *settings;
	struct texts *texts;
	struct derive *derive;     /* passwords, on a thread of its own (derive.h) */
	struct counting *counting; /* reports (counting.h) */
};

/* The request came by HTTPS, as far as the browser is concerned. */
bool console_https(const struct page *page);
/* The browser says that one of our own pages has sent the form. */
bool console_own_form(const struct page *page);
/* Makes the page: what stands for everybody in its model. */
struct page *page_new(struct console *console, struct pending *pending);
void page_free(struct page *page);
/* When the client leaves, calls are given up: of GET, which only reads. */
void page_may_be_left(struct page *page);
/* The form of a POST; until then it is empty. False: it has more fields than may be. */
bool page_take_form(struct page *page);
/* Likewise of one with a file. False with the error. */
bool page_take_upload(struct page *page, struct error *error);
/* Of the route's calls those that are asked for by its row. */
void page_calls(struct page *page, const struct route_call *calls);
/* The token in forms of this session. */
struct span page_csrf(const struct page *page);

#endif
