/* SPDX-License-Identifier: ISC */
/* The document of kind setting: there is one. */
#include "community/people.h"

#include "base/json.h"
#include "record/schema.h"

static void
check(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct span url = json_string(doc, "baseUrl");

	(void)txn;
	schema_check(SCHEMA(schema_setting), doc, complaints, "");
	if (url.n > 0 && !span_starts(url, "https://") && !span_starts(url, "http://"))
		complain(complaints, "/baseUrl",
		    "\"baseUrl\" must begin with https:// or http://");
}

const struct kind kind_setting = {
	.name = "setting",
	.order = 10,
	.exported = true,
	.members = SCHEMA(schema_setting),
	.check = check,
};
