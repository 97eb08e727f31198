/* SPDX-License-Identifier: ISC */
/* Documents of kind rank. */
#include "community/people.h"

#include "record/schema.h"

static const struct member members[] = {
	{ "key", MEMBER_KEY, MEMBER_NEEDED, .label = "Key", .column = 1 },
	{ "name", MEMBER_LINE, MEMBER_NEEDED | MEMBER_FILLED, .label = "Name", .column = 2 },
	{ "points", MEMBER_INTEGER, MEMBER_NEEDED, .label = "Points", .low = -1000000, .high = 1000000,
	    .column = 3 },
	{ "description", MEMBER_TEXT, 0, .label = "Description" },
	{ .name = NULL },
};

static void
uses(struct doc_uses *uses_r, struct txn *txn, struct span name)
{
	doc_uses_rules(uses_r, txn, "rank", name);
	people_uses(uses_r, txn, SPAN("ranks"), name);
}

const struct kind kind_rank = {
	.name = "rank",
	.order = 30,
	.exported = true,
	.members = SCHEMA(members),
	.uses = uses,
};
