/* SPDX-License-Identifier: ISC */
/*
 * Under which URLs the outside reaches us: for links in mail and for what people copy. They
 * are what the operator says, never what a request does.
 */
#ifndef EARSHOT_SITE_H
#define EARSHOT_SITE_H

#include "base/buf.h"

struct txn;

/* Of the listeners, without a slash at its end: base_url of earshot.conf, or baseUrl of the
 * setting; "" unknown. In the transaction's arena, as the next one. */
struct span site_listen(struct txn *txn);
/* Of the console: its address in earshot.conf, or /console below that; "" unknown. */
struct span site_console(struct txn *txn);

#endif
