/* SPDX-License-Identifier: ISC */
/*
 * What reports count: the subjects that there are, and the fields of each, by every name that
 * they have there. Of users, tickets and projects that is what stands in the index.
 */
#ifndef EARSHOT_COUNTABLE_H
#define EARSHOT_COUNTABLE_H

#include "community/group.h"
#include "record/record.h"

struct member;

struct countable {
	const char *name, *title, *unit; /* "feedback", "Feedback", "tickets" */
	bool of_records;
	enum record record;
	const struct member *members;
	bool all;                        /* of these all, not only those that reports show */
};
/* NULL: it is none. */
const struct countable *countable_by_name(struct span name);
const struct countable *countable_of(enum record record);

/* Its table: what may be counted is among these. */
const struct member *countable_members(const struct countable *subject);

struct countable_field {
	struct span name;           /* "data.usage.launches", "score" */
	struct span label;
	struct span path;           /* in the index; of documents: the member */
	struct span source;         /* as filters write it: user.score, data.usage["a b"]; "" where
	                             * they cannot */
	enum record_type type;
	bool any_type;              /* it is what the values turn out to be */
	bool list;                  /* a record may have several values */
};

/* Where names are looked for. */
struct countable_scope {
	const struct countable *subject;
	const struct group *group;  /* its fields come first; NULL: there is none */
	struct span project;        /* "" the community */
};
/* All in the arena. A member of the subject; false when it is none that is counted. */
bool countable_member(struct arena *arena, const struct countable *subject, struct span name,
    struct countable_field *field_r);
void countable_data(struct arena *arena, const struct group *group, size_t field,
    struct countable_field *field_r);
/* By any name: launches, data.usage.launches, score, user.score. False after FAULT_USAGE,
 * which tells what may have been meant. */
bool countable_field(struct txn *txn, struct arena *arena, const struct countable_scope *scope,
    struct span name, struct countable_field *field_r);

#endif
