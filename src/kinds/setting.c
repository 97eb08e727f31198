/* SPDX-License-Identifier: ISC */
/* The document of kind setting: there is one. */
#include "community/people.h"

#include "base/json.h"
#include "record/schema.h"

static const struct member weights[] = {
	{ "comment", MEMBER_INTEGER, 0, .label = "Of a comment", .high = 1000000 },
	{ "follower", MEMBER_INTEGER, 0, .label = "Of a follower", .high = 1000000 },
	{ "vote", MEMBER_INTEGER, 0, .label = "Of a vote", .high = 1000000 },
	{ .name = NULL },
};

static const struct member members[] = {
	{ "community", MEMBER_LINE, MEMBER_NEEDED | MEMBER_FILLED, .label = "Community" },
	{ "baseUrl", MEMBER_LINE, 0, .label = "Base URL", .max = 1000 },
	{ "integrations", MEMBER_BOOLEAN, 0, .label = "Integrations" },
	{ "popularity", MEMBER_OBJECT, 0, .label = "Popularity", .parts = weights },
	{ .name = NULL },
};

static void
check(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct span url = json_string(doc, "baseUrl");

	(void)txn;
	schema_check(SCHEMA(members), doc, complaints, "");
	if (url.n > 0 && !span_starts(url, "https://") && !span_starts(url, "http://"))
		complain(complaints, "/baseUrl",
		    "\"baseUrl\" must begin with https:// or http://");
}

const struct kind kind_setting = {
	.name = "setting",
	.order = 10,
	.exported = true,
	.members = SCHEMA(members),
	.check = check,
};
