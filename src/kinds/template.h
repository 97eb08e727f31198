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

#include "record/doc.h"

extern const struct kind kind_template;

/* Bytes of what is rendered. A header line has at most 998, RFC 5322. */
#define TEMPLATE_SUBJECT_MAX ((size_t)900)
#define TEMPLATE_ADDRESS_MAX ((size_t)400)
#define TEMPLATE_TEXT_MAX ((size_t)256 * 1024)

#endif
