/* SPDX-License-Identifier: ISC */
/*
 * Macros and templates, as they are typed in their forms: the tags that may stand in them, and
 * what they would do for a user or a ticket that is picked by search. Nothing is done, and
 * nothing is sent.
 *
 * page.tags[] {label, options[] {tag, label}}: what exists. page.trial: of_users, who (as it was
 * typed), found[] {id, name, chosen}, more, none; deliveries[] {id, label, chosen} that may be
 * taken for one that comes; told: failed, effects[] {action, result}, steps[], emails[] {to, from,
 * subject, text, has_html, n}, webhooks[] {to, method, headers[], body}, unshown.
 */
#ifndef EARSHOT_CONSOLE_TRIAL_H
#define EARSHOT_CONSOLE_TRIAL_H

#include <stdbool.h>

struct json_object;
struct kind;
struct page;

/* Whether documents of the kind can be tried. */
bool trial_is_of(const struct kind *kind);
/* Calls for the form of this document: for the tags, and then, once they are answered, for what
 * was sent to the listeners that run it. */
void trial_calls(struct page *page, const struct kind *kind, struct json_object *doc);
void trial_senders(struct page *page);
/* What the form shows beside the fields: they are drawn already. */
void trial_draw(struct page *page);

/* A button asks for a tag, for somebody, or for a trial ("tag /text", "find", "try", "html 0"). */
bool trial_is_asked(const struct page *page);
/* That is done with this document, as it was typed; answers. */
void trial_take(struct page *page, const struct kind *kind, struct json_object *doc);

#endif
