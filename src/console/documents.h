/* SPDX-License-Identifier: ISC */
/* Pages that show any document of any kind by its schema: what has no page of its own. */
#ifndef EARSHOT_DOCUMENTS_H
#define EARSHOT_DOCUMENTS_H

#include <stdbool.h>

struct page;

/* What people call one of that kind, "Ticket". */
const char *documents_kind_said(const char *kind);

/* Of the table of routes (route.h). All have {kind} in their path, some {name*}. */
bool documents_kind(struct page *page);     /* before: it is one that people write */
void documents_listed(struct page *page);   /* after: page.columns, page.rows */
bool documents_form(struct page *page);     /* before a form: names to choose from */
void documents_form_new(struct page *page); /* after: page.fields */
void documents_form_edit(struct page *page);
bool documents_create(struct page *page);   /* before POST: doc, or the form with more rows */
bool documents_change(struct page *page);

#endif
