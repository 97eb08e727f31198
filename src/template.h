/* SPDX-License-Identifier: ISC */
/*
 * Templates: the e-mails that macros send.
 *
 * template document: key, project?, automation ("user", "feedback"), subject,
 * text, html?, from?, replyTo? ("ann@mail.example" or "Ann <ann@mail.example>"),
 * description?, essential? (goes to users who opted out, too). subject, text,
 * html, from and replyTo may hold tags (tag.h).
 */
#ifndef EARSHOT_TEMPLATE_H
#define EARSHOT_TEMPLATE_H

#include "doc.h"

extern const struct kind kind_template;

#endif
