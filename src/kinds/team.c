/* SPDX-License-Identifier: ISC */
/* Documents of kind team. */
#include "community/people.h"

#include "record/schema.h"

static const struct member members[] = {
	{ "key", MEMBER_KEY, MEMBER_NEEDED, .label = "Key", .column = 2 },
	{ "project", MEMBER_KEY, 0, .label = "Project", .refers = "project", .column = 1 },
	{ "name", MEMBER_LINE, MEMBER_NEEDED | MEMBER_FILLED, .label = "Name", .column = 3 },
	{ "description", MEMBER_TEXT, 0, .label = "Description" },
	{ .name = NULL },
};

static void
uses(struct doc_uses *uses_r, struct txn *txn, struct span name)
{
	doc_uses_rules(uses_r, txn, "team", name);
	doc_uses_rules(uses_r, txn, "teams", name);
	people_uses(uses_r, txn, SPAN("teams"), name);
}

const struct kind kind_team = {
	.name = "team",
	.order = 40,
	.exported = true,
	.members = SCHEMA(members),
	.uses = uses,
};
