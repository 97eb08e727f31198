/* SPDX-License-Identifier: ISC */
#include "command/read_private.h"

#include "record/sealed.h"

static struct span
owner_of(const struct reading *reading)
{
	return span_of(arena_printf(reading->job->scratch, "cursor %.*s %.*s", (int)reading->view.n,
	    reading->view.p, (int)reading->api_key.n, reading->api_key.p));
}

struct span
read_cursor(struct txn *txn, const struct reading *reading)
{
	if (!sealed_ready(txn))
		return SPAN("");
	return command_seal_position(reading->job, reading->job->arena, owner_of(reading),
	    command_position(&reading->after));
}

bool
read_cursor_take(struct txn *txn, struct reading *reading, struct span text)
{
	struct span position;

	if (!sealed_ready(txn) ||
	    !command_unseal_position(reading->job, owner_of(reading), text, &position))
		return false;
	command_position_set(&reading->after, position);
	return true;
}
