/* SPDX-License-Identifier: ISC */
/*
 * A user or ticket that is made because a delivery found none ("missing":"create").
 * The document names the parameters; what a new record may not get by a delivery
 * (roles, teams, ranks, an id, a status, votes) stands in no table here.
 */
#ifndef EARSHOT_MAKE_TARGET_H
#define EARSHOT_MAKE_TARGET_H

#include "act/delivery.h"
#include "record/schema.h"

struct complaints;

/* A member of the new record and where its value comes from. */
struct making_member {
	const char *name;      /* "title"; of fields{} the name there */
	bool field;            /* it stands in fields{} */
	bool needed;
	struct span parameter;
};

struct making {
	struct making_member *members;
	size_t count;
	struct span submitter_by; /* "email", "fields.jira": how a ticket's is found */
};

extern const struct member making_parts[]; /* of "target", "create" */

/* Of a listener's document, when its target says "create". */
void making_check(struct json_object *doc, struct complaints *complaints);
void making_refer(struct txn *txn, struct json_object *doc, struct complaints *complaints);
const struct making *making_compile(struct arena *arena, struct json_object *doc);

/* A value for the member, for an example body. */
const char *making_example(const struct making *making, size_t member);

/*
 * Makes the record that the listener of the item matches by this name: value is
 * where it stands in the body, NULL when the path names it. The id, in the arena of
 * the transaction, or p NULL after txn_fail(), with each bad parameter told.
 */
struct span make_target(struct txn *txn, struct delivery *item, struct span name,
    struct json_object *value);

#endif
