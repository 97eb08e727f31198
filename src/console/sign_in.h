/* SPDX-License-Identifier: ISC */
/* Signing in and out: by a link, by a password, by what the web server says. */
#ifndef EARSHOT_SIGN_IN_H
#define EARSHOT_SIGN_IN_H

#include <stdbool.h>

struct page;

/* Nobody is signed in: to the page where one does that, or there at once when the web
 * server has said who it is. What was typed into a form stays on the page that says so. */
void sign_in_first(struct page *page);
/* A form that is of another session: whether what it has can be sent once more, by a button of
 * the page that says so; and that page. */
bool sign_in_can_keep(const struct page *page);
void sign_in_keep(struct page *page);

/* Of the table of routes (route.h). */
bool sign_in_before(struct page *page);
bool sign_in_mail(struct page *page);
void sign_in_mailed(struct page *page);
bool sign_in_by_link(struct page *page);
bool sign_in_by_password(struct page *page);
void sign_in_out(struct page *page);
bool sign_in_set_password(struct page *page);

#endif
