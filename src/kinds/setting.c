/* SPDX-License-Identifier: ISC */
/* The document of kind setting: there is one. */
#include "community/people.h"

#include "base/json.h"
#include "base/zone.h"
#include "record/schema.h"
#include "store/store.h"

static void
check(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct span url = json_string(doc, "baseUrl"), zone = json_string(doc, "timeZone");

	schema_check(SCHEMA(schema_setting), doc, complaints, "");
	if (url.n > 0 && !span_starts(url, "https://") && !span_starts(url, "http://"))
		complain(complaints, "/baseUrl",
		    "\"baseUrl\" must begin with https:// or http://");
	if (zone.n > 0 && zone_load(txn_arena(txn), zone) == NULL)
		complain(complaints, "/timeZone", "%s", zone_missing(txn_arena(txn), zone));
}

const struct kind kind_setting = {
	.name = "setting",
	.order = 10,
	.exported = true,
	.members = SCHEMA(schema_setting),
	.check = check,
};
