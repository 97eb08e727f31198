/* SPDX-License-Identifier: ISC */
/*
 * One e-mail: written as RFC 5322 and 2045 ask, and sent by libcurl to the
 * relay, or given to a sendmail program without a shell. The message is made
 * here and not by curl_mime because libcurl does not hand out what the program
 * has to get. It is the same over all tries.
 *
 * Nothing from a parcel can add a header, a recipient or a command: addresses
 * must be such as text_email() takes, all other text is encoded.
 */
#ifndef EARSHOT_MAIL_H
#define EARSHOT_MAIL_H

#include "base/buf.h"
#include "post/verdict.h"

#include <curl/curl.h>

struct json_object;
struct mail;
struct settings;

/*
 * Header and body, lines ended by CR LF. From is the parcel's when it is of the
 * domain of [mail] from; another one lends its name, and takes the answers.
 * False with the verdict when the parcel can be no e-mail.
 */
bool mail_message(struct arena *arena, const struct settings *settings,
    struct json_object *parcel, struct buf *out, struct verdict *verdict);

/* Lives and ends with the arena. NULL with a verdict. A program runs from now on. */
struct mail *mail_new(struct arena *arena, const struct settings *settings,
    struct json_object *parcel, struct verdict *verdict);
/* Most time that one mail takes, microseconds. */
#define MAIL_TIMEOUT (INT64_C(60) * 1000000)

/* By relay: to be run by the caller. NULL when a program sends. */
CURL *mail_handle(struct mail *mail);
void mail_judge(struct mail *mail, CURLcode result, struct verdict *verdict);

/* By program: readable when it says something; -1 once it says no more, and
 * may end at any time. */
int mail_event(const struct mail *mail);
/* True with the verdict once the program has ended; now: it is ended. */
bool mail_ended(struct mail *mail, bool now, struct verdict *verdict);

#endif
