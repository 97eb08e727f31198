/* SPDX-License-Identifier: ISC */
/*
 * By what a rule finds a record: "id", "email", "username", "fields.jira",
 * "data.usage.remote_id". All of them stand in an index.
 */
#ifndef EARSHOT_MATCH_H
#define EARSHOT_MATCH_H

#include "base/arena.h"
#include "record/schema.h"

struct complaints;
struct json_object;
struct txn;

struct match {
	enum record record;
	struct span project;  /* of the rule, whose records are looked for, and whose groups
	                       * come first; "" community */
	struct span by;
};

/* An object of match and parameter, in documents. */
extern const struct member match_parts[];

/* Can it be looked up at all? at is where it stands in the document. */
void match_check(struct span by, struct complaints *complaints, const char *at);
/* Is there such a group and field, and does the project list it? */
void match_refer(struct txn *txn, const struct match *match, struct complaints *complaints,
    const char *at);
/* Without the spaces that people copy around it, where nothing that is looked for has any. */
struct span match_tidy(const struct match *match, struct span name);
/* What a value of a body names: 1042.0 is how some write the number 1042. p is NULL for
 * what names nothing. */
struct span match_name(struct arena *arena, const struct match *match,
    struct json_object *value);
/* The ids, at most max of them, and how many there are (never counting beyond max). A rule of
 * a project finds its tickets, and the users who participate in it: nobody else is there. */
size_t match_find(struct txn *txn, const struct match *match, struct span value,
    struct span *ids, size_t max);
/* Likewise, of users, those as well who work for the project without participating
 * (people_belongs()): who may be an author. */
size_t match_find_people(struct txn *txn, const struct match *match, struct span value,
    struct span *ids, size_t max);
/* By which this record is found: the value in its document, NULL when it has none. */
struct json_object *match_value(struct txn *txn, struct arena *arena, const struct match *match,
    struct json_object *record);
/* Nothing else has the same: the first found is the only one. */
bool match_is_unique(const struct match *match);

#endif
