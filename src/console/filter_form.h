/* SPDX-License-Identifier: ISC */
/*
 * The filter of a form: rows of field, qualifier, value, or the expression itself. What rows
 * can show is shown as rows, everything else as it was written, and what nobody touched comes
 * back to the letter.
 *
 * Names in the form: filter/as ("rows", "expression"), filter/all ("all", "any"),
 * filter/N/field, /name (of a field that people know), /is, /value; /filter, the expression,
 * and in rows filter/was, the one that they were made of.
 */
#ifndef EARSHOT_FILTER_FORM_H
#define EARSHOT_FILTER_FORM_H

#include "base/arena.h"

#include <stdint.h>

struct json_object;
struct page;

/* The call whose reply all of these look at: filter-fields as calls.fields. */
#define FILTER_FORM_CALL "fields"

/* A filter of a list looks at records ("user") alone, not at what is sent, nor at submitters:
 * leaves only such fields in that reply. */
void filter_form_of_records(struct page *page, struct span record);
/* Puts page.filter: what was typed, else this one. */
void filter_form_draw(struct page *page, struct span filter);
/* What the form says, in the arena. Complains about rows that say nothing. */
struct span filter_form_read(struct page *page);
/* A button that is about the filter: "filter-add", "filter-drop N", "filter-expression",
 * "filter-rows". The form is as it asked for; false: it is another. */
bool filter_form_asked(struct page *page, struct span ask);
/* How many records match now, of a call filter-count: page.matching {row, noun, one, problem}
 * (matching.html), which is returned. */
struct json_object *filter_form_matching(struct page *page, const char *call, struct span record);
/* The word behind their number: "ticket", "users". */
struct span filter_form_noun(struct span record, int64_t count);

#endif
