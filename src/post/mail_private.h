/* SPDX-License-Identifier: ISC */
/* What mail.c (the message) and mail_send.c (its way) share. */
#ifndef EARSHOT_MAIL_PRIVATE_H
#define EARSHOT_MAIL_PRIVATE_H

#include "post/mail.h"

/* Our name towards others: the host of base_url, else the domain of [mail] from. */
struct span mail_host(const struct settings *settings);

#endif
