/* SPDX-License-Identifier: ISC */
/*
 * What the check and put functions of kinds share beyond the schema: tests of
 * single texts, lists of strings, times in order.
 */
#ifndef EARSHOT_DOC_CHECK_H
#define EARSHOT_DOC_CHECK_H

#include "base/json_document.h"
#include "record/doc.h"

struct text_network;

#define DOC_LINE_MAX 200          /* bytes of a name or title */
#define DOC_TEXT_MAX 65536        /* characters of a description or field */
#define DOC_TEXT_BYTES (4 * DOC_TEXT_MAX)
#define DOC_FIELD_NAME_MAX 128
#define DOC_LIST_MAX 1000         /* items of one list */

bool doc_id_good(struct span id);          /* of a record: [A-Za-z0-9][A-Za-z0-9._-]{0,63} */
bool doc_line_good(struct span text);      /* non-empty, printable, DOC_LINE_MAX */
bool doc_field_name_good(struct span name);
bool doc_field_good(struct json_object *value);
bool doc_full_name_good(struct span name); /* key or project/key */

/* The name that is spelled most like it, NULL when none comes near. */
const char *doc_nearest(struct span name, const char *const names[]);

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
