/* SPDX-License-Identifier: ISC */
/*
 * What the check, refer and put functions of kinds share: tests of members
 * beyond their type, lists of strings, documents in order.
 */
#ifndef EARSHOT_DOC_CHECK_H
#define EARSHOT_DOC_CHECK_H

#include "base/json_document.h"
#include "record/doc.h"

struct text_network;

#define DOC_LINE_MAX 200          /* bytes of a name or title */
#define DOC_TEXT_MAX 65536        /* bytes of a description or field */
#define DOC_FIELD_NAME_MAX 128
#define DOC_LIST_MAX 1000         /* items of one list */

/* doc_check_members() of a whole document, and its "name" and "description". */
void doc_check_named(struct json_object *doc, const char *const members[],
    struct complaints *complaints);
/*
 * Checks beyond type; each looks at one member, if it is there. Members of the
 * wrong type are passed over: doc_check_members() has complained already.
 */
/* One line without control characters. */
void doc_check_line(struct json_object *doc, const char *member, size_t max,
    struct complaints *complaints, const char *pointer);
/* Any text without NUL. */
void doc_check_text(struct json_object *doc, const char *member, size_t max,
    struct complaints *complaints, const char *pointer);
void doc_check_choice(struct json_object *doc, const char *member,
    const char *const choices[], struct complaints *complaints, const char *pointer);
/* A list of strings that all are good; `what` ends "must be …". */
void doc_check_list(struct json_object *doc, const char *member,
    bool (*good)(struct span item), const char *what, struct complaints *complaints);
/* fields{}: a name to a string, number or boolean. */
void doc_check_fields(struct json_object *doc, struct complaints *complaints);
void doc_check_id(struct json_object *doc, struct complaints *complaints);

/* The project that the document names exists. */
void doc_refer_project(struct txn *txn, struct json_object *doc,
    struct complaints *complaints);

bool doc_id_good(struct span id);          /* of a record: [A-Za-z0-9][A-Za-z0-9._-]{0,63} */
bool doc_line_good(struct span text);      /* non-empty, printable, DOC_LINE_MAX */
bool doc_field_name_good(struct span name);
bool doc_field_good(struct json_object *value);
bool doc_full_name_good(struct span name); /* key or project/key */

/* The name that is spelled most like it, NULL when none comes near. */
const char *doc_nearest(struct span name, const char *const names[]);

/* A new object of the members named, in that order, without null. They are
 * shared with doc: replace them, do not change them. */
struct json_object *doc_pick(struct arena *arena, struct json_object *doc,
    const char *const members[]);
/* A time in the way that this system writes times. */
void doc_set_time(struct json_object *doc, const char *member, int64_t time);
void doc_tidy_time(struct json_object *doc, const char *member);

/* fields{} without nulls, absent when empty. */
void doc_tidy_fields(struct arena *arena, struct json_object *doc);
/* A new object with `kind` first and then the members of doc. NULL of NULL. */
struct json_object *doc_with_kind(struct arena *arena, const char *kind,
    struct json_object *doc);

/* Lists of strings. Positions are of the list, or its length. */
size_t doc_list_find(struct json_object *list, struct span item);
bool doc_list_has(struct json_object *list, struct span item);
/* Likewise without case. */
size_t doc_list_find_folded(struct arena *arena, struct json_object *list,
    struct span item);
/* Copies in the arena; at least room for one. */
struct span *doc_list_spans(struct arena *arena, struct json_object *list, size_t *count_r);
/* Of a checked list of networks. */
struct text_network *doc_list_networks(struct arena *arena, struct json_object *list,
    size_t *count_r);
/* The same list with each string once; empty when list is none. */
struct json_object *doc_list_set(struct arena *arena, struct json_object *list);
/* The member as a list that can be appended to. */
struct json_object *doc_list_of(struct arena *arena, struct json_object *doc,
    const char *member);
/* A copy without the item at this position. */
struct json_object *doc_list_without(struct arena *arena, struct json_object *list,
    size_t position);
/* A copy with the string at this position replaced. */
struct json_object *doc_list_with(struct arena *arena, struct json_object *list,
    size_t position, struct span item);

/* Cut for a sentence: at most 60 bytes, at a character, with "…" behind. */
const char *doc_short(struct arena *arena, struct span text);

#endif
