/* SPDX-License-Identifier: ISC */
#include "community/local_zone.h"

#include "base/json.h"
#include "record/doc.h"
#include "record/rules.h"

/* What is not there would not be remembered. */
struct local {
	const struct zone *zone;
};

static void *
make(struct txn *txn, struct arena *arena, struct span name)
{
	struct local *local = arena_alloc(arena, sizeof *local);
	struct json_object *setting = doc_load(txn, "setting", SPAN(""), SPAN(""));
	struct span zone = json_string(setting, "timeZone");

	(void)name;
	if (zone.n > 0)
		local->zone = zone_load(arena, zone);
	return local;
}

const struct zone *
local_zone(struct txn *txn)
{
	const struct local *local = rules_find(txn, "time zone", SPAN(""), make);

	return local != NULL ? local->zone : NULL;
}
