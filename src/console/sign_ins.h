/* SPDX-License-Identifier: ISC */
/*
 * Where somebody else is signed in, for admins: sessions, which they end, and a link that signs in
 * as that person, which is shown once. page.sign_in: link (shown this once), name.
 */
#ifndef EARSHOT_CONSOLE_SIGN_INS_H
#define EARSHOT_CONSOLE_SIGN_INS_H

#include <stdbool.h>

struct page;

/* Of the table of routes (route.h). */
void sign_ins_shown(struct page *page);
bool sign_ins_link(struct page *page);      /* before POST: a token, of which the call has the hash */
void sign_ins_link_made(struct page *page);
bool sign_ins_link_shown(struct page *page);

#endif
