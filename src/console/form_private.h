/* SPDX-License-Identifier: ISC */
/* What drawing forms and reading them share. */
#ifndef EARSHOT_CONSOLE_FORM_PRIVATE_H
#define EARSHOT_CONSOLE_FORM_PRIVATE_H

#include "base/arena.h"

#include <stdbool.h>

struct json_object;
struct member;
struct page;

/* Beside the members of a row: where it stood when the form was drawn. Of a secret: that what
 * is typed is one, that there is to be none any more. */
#define FORM_ORIGIN "@"
#define FORM_SECRET "@secret"
#define FORM_NONE "@none"

const char *form_join(struct arena *arena, const char *pointer, const char *name);
/* Whether a form can show all of the value (NULL: that of any): else it is kept as it is. */
bool form_can_draw(const struct member *member, struct json_object *value);
bool form_is_for_people(const struct member *member);
/* A list of objects: each is a row, or a card. */
bool form_is_rows(const struct member *member);
bool form_is_sealed(struct json_object *value);
/* Text that would be read as something else stands in quotes. */
bool form_needs_quotes(struct span text);
/* Of a list of texts, those that are not empty. */
struct json_object *form_filled(struct arena *arena, struct json_object *list);
/* As form_rows(). */
size_t form_rows_in(struct arena *arena, struct json_object *form, const char *prefix);
/* The fields that a form of this document has before anything is typed; complaints stay. */
void form_draw_quietly(struct page *page, struct json_object *fields, const char *prefix,
    const struct member *const tables[], struct json_object *doc);

#endif
