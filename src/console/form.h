/* SPDX-License-Identifier: ISC */
/*
 * Forms are drawn from the schema of a kind (record/schema.h), and documents are made of what
 * comes back. The name of a field is the JSON Pointer of its member, so that a complaint
 * about a document is one about a field.
 *
 * page.fields is a flat list; each has one of these, by which field.html shows it:
 *   is_line (with type: text, email, number), is_text, is_choice, is_checks, is_list (an item
 *   on each line), is_pairs ("name: value" on each line), is_sealed (a secret that is not shown;
 *   kept: there is one), is_fixed (shown, not changed), is_open and is_close (what is between
 *   belongs together: legend; a row of a list: is_row, with what its buttons ask for), is_more
 *   (a button for another row: its name)
 * and name, id, label, hint, shape, value, needed, options[] {value, label, chosen}, problem,
 * tags (they may stand in it), asks (a choice on which it depends what others offer), theirs
 * (with page.conflict: what is stored now, where that is not what was typed).
 */
#ifndef EARSHOT_FORM_H
#define EARSHOT_FORM_H

#include "base/arena.h"

#include <stdbool.h>

struct json_object;
struct kind;
struct member;
struct page;

/* Kinds of listener have members of their own: those for this document, or what is typed. */
const struct member *const *form_tables(struct page *page, const struct kind *kind,
    struct json_object *doc);

/*
 * Puts page.fields: what was typed where the form came back, else what the document has
 * (NULL: a new one). fixed: members that are not changed here, "key project", may be "", and hidden: not shown.
 * Problems of the page stand at their fields, and get a label and a link.
 */
void form_fields(struct page *page, const struct member *const tables[],
    struct json_object *doc, const char *fixed, const char *hidden);

/* Only of these members, in this order: "name description". For a page of its own. */
void form_fields_of(struct page *page, const struct member *const tables[],
    struct json_object *doc, const char *wanted);

/*
 * Forms of several documents: the names of fields begin with a prefix of their own ("",
 * "group:"), and INTO.fields gets those of some members, or all but some.
 */
void form_part(struct page *page, struct json_object *into, const char *prefix,
    const struct member *const tables[], struct json_object *doc, const char *wanted);
void form_part_without(struct page *page, struct json_object *into, const char *prefix,
    const struct member *const tables[], struct json_object *doc, const char *unwanted);
/* The document that the form makes, of members that it has: what was left empty is absent. */
struct json_object *form_part_document(struct page *page, const char *prefix,
    const struct member *const tables[]);
/*
 * A copy of the document with what was changed in the form. What came back as it was shown
 * stays as it is stored, to the letter, and so does what the form did not have.
 */
struct json_object *form_part_changed(struct page *page, const char *prefix,
    const struct member *const tables[], struct json_object *doc);

/* Of a document that somebody else has changed meanwhile: rows that are not what they were are
 * as they were typed, and no longer those that stood in their place. */
void form_forget_origins(struct page *page, const char *prefix,
    const struct member *const tables[], struct json_object *doc);

/* What makes the one of the other, as `set` takes it (RFC 7396). */
struct json_object *form_patch(struct arena *arena, struct json_object *from,
    struct json_object *to);

/* Rows of fields, "/fields/0/label": how many the form has below this name. */
#define FORM_ROWS_MAX 500
size_t form_rows(const struct page *page, const char *prefix);
/* One of these members of the row says something; NULL: any. */
bool form_row_says(const struct page *page, const char *prefix, size_t row,
    const char *const members[]);
/* Takes a row away, those behind it move up; SIZE_MAX: all that say nothing. */
void form_rows_drop(struct page *page, const char *prefix, size_t row,
    const char *const members[]);

/* What a button called "ask" asks for of rows: "add /fields", "drop /fields/2", "up /fields/2",
 * "down /fields/2"; that is done with what was typed. False: it asks for something else. */
bool form_ask_rows(struct page *page);
/* Rows that say nothing go, so that complaints count them as the form does. */
void form_tidy_rows(struct page *page, const struct member *const tables[]);

/* What is proposed as a key: "Jira closes tickets" to "jira-closes-tickets"; "" when nothing
 * is left. */
struct span form_key(struct arena *arena, struct span name);

/* Calls for the names that the form offers: lists of each kind that its members name. */
void form_calls(struct page *page, const struct member *const tables[]);

#endif
