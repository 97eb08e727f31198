/* SPDX-License-Identifier: ISC */
/* What the files of the listener's pages share. */
#ifndef EARSHOT_CONSOLE_LISTENER_PRIVATE_H
#define EARSHOT_CONSOLE_LISTENER_PRIVATE_H

#include "base/arena.h"
#include "record/record.h"

struct json_object;
struct page;

/* Lines of the call "apply": complaints come back with them. */
enum listener_line { LINE_LISTENER = 1, LINE_MACRO, LINE_GROUP, LINE_KEY, LINE__MAX };
extern const char *const listener_prefixes[LINE__MAX];

/* What the form is about: what was typed, else what the document says. */
struct span listener_said(const struct page *page, const char *pointer,
    struct json_object *doc, const char *member);
/* A form of this listener came back; else it is drawn from its document. */
bool listener_typed(const struct page *page);

/* listener_draw.c: the model of the form; doc is empty for a new one. */
void listener_draw(struct page *page, struct json_object *doc);

/* What to enter at the sender, into the object; "" is not known. */
void listener_sender_words(struct page *page, struct json_object *into, struct span preset,
    struct span url, struct span secret);

/* What a row of actions, and one of fields, says at least. */
extern const char *const listener_action_members[], *const listener_field_members[];

#endif
