/* SPDX-License-Identifier: ISC */
/* Pages that show any document of any kind by its schema: what has no page of its own. */
#ifndef EARSHOT_DOCUMENTS_H
#define EARSHOT_DOCUMENTS_H

#include "base/arena.h"

#include <stdbool.h>

struct page;

struct json_object;
struct kind;

/* Before the form of a stored document is drawn: page.version, what was looked at when it was
 * opened, and whether somebody else has changed it since (page.conflict). POST has the call
 * "set". */
void documents_looked_at(struct page *page, const struct kind *kind, struct json_object *doc);

/* Whoever looks may change what belongs to this project ("": to the community). It is decided where
 * calls are carried out; elsewhere it is not offered. */
bool documents_may_change_in(const struct page *page, struct span project);

/* What people call one of that kind, "Ticket". */
const char *documents_kind_said(const char *kind);

/* Of the table of routes (route.h). All have {kind} in their path, some {name*}. */
bool documents_kind(struct page *page);     /* before: it is one that people write */
void documents_listed(struct page *page);   /* after: page.columns, page.rows */
bool documents_form(struct page *page);     /* before a form: names to choose from */
void documents_form_new(struct page *page); /* after: page.fields */
void documents_form_edit(struct page *page);
void documents_remove_asked(struct page *page); /* after: who refers to it */
bool documents_create(struct page *page);   /* before POST: doc, or the form with more rows */
bool documents_change(struct page *page);

#endif
