/* SPDX-License-Identifier: ISC */
/*
 * Values of one data group for one user, ticket or project, changed by hand: a field by its type,
 * and what is emptied is cleared. Only what was changed in the form is sent, so that what
 * deliveries set meanwhile stays; of what both have set, whoever types is told.
 *
 * page.values: record ("people"), kind ("user"), name (as values have it), title, back (its page,
 * below the console), group (full name; absent: it is to be chosen among groups[] {full, name}),
 * more (not all are listed); page.fields as form.h has them, each with was {name, value} of a hidden field.
 */
#ifndef EARSHOT_CONSOLE_VALUES_H
#define EARSHOT_CONSOLE_VALUES_H

#include "base/arena.h"

#include <stdbool.h>

struct json_object;
struct page;

/* Where the values of this document are changed, below the console. */
struct span values_place(struct page *page, struct json_object *value);

/* Of the table of routes (route.h). */
bool values_before(struct page *page);
void values_after(struct page *page);
bool values_change(struct page *page);   /* before POST: doc, the arguments of the call */
void values_changed(struct page *page);

#endif
