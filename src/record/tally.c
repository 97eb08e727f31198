/* SPDX-License-Identifier: ISC */
#include "record/tally.h"

#include "base/json.h"
#include "store/store.h"
#include "store/table.h"

#include <inttypes.h>

struct tally
tally_load(struct txn *txn, struct span feedback)
{
	struct json_object *row;
	struct span text;

	if (!table_get(txn, TABLE_TALLY, feedback, &text))
		return (struct tally){ 0, 0 };
	row = json_load(txn_arena(txn), text);
	return (struct tally){ json_integer(row, "comments", 0),
		json_integer(row, "followers", 0) };
}

void
tally_save(struct txn *txn, struct span feedback, const struct tally *tally)
{
	if (tally->comments == 0 && tally->followers == 0)
		table_del(txn, TABLE_TALLY, feedback);
	else
		table_put(txn, TABLE_TALLY, feedback, span_of(arena_printf(txn_arena(txn),
		    "{\"comments\":%" PRId64 ",\"followers\":%" PRId64 "}",
		    tally->comments, tally->followers)));
}
