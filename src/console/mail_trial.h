/* SPDX-License-Identifier: ISC */
/*
 * A trial e-mail: asked for on the settings' page or its own, and what the mail server has said to
 * it. page.trial_mail: to, problem; of one that was sent: is_waiting, is_sent, is_refused, server
 * (what [mail] says).
 */
#ifndef EARSHOT_CONSOLE_MAIL_TRIAL_H
#define EARSHOT_CONSOLE_MAIL_TRIAL_H

#include <stdbool.h>

struct page;

/* Of the table of routes (route.h). */
void mail_trial_form(struct page *page);
bool mail_trial_sent(struct page *page);   /* before POST */
void mail_trial_told(struct page *page);

#endif
