/* SPDX-License-Identifier: ISC */
#include "command/read_private.h"

#include "record/sealed.h"
#include "store/store.h"

#include <string.h>

#define ROUNDED 128 /* bytes */

/* What the cursor is of; NUL ends each part, none holds one. */
static void
put_owner(const struct reading *reading, struct buf *out)
{
	buf_put(out, "cursor", sizeof "cursor");
	buf_span(out, reading->view);
	buf_putc(out, '\0');
	buf_span(out, reading->api_key);
	buf_putc(out, '\0');
}

/* base64 as it may stand in a query (RFC 4648, section 5), or back. */
static struct span
translated(struct arena *arena, struct span text, const char from[2], const char to[2])
{
	char *copy = arena_string(arena, text);

	for (size_t i = 0; i < text.n; i++)
		copy[i] = copy[i] == from[0] ? to[0] : copy[i] == from[1] ? to[1] : copy[i];
	return (struct span){ copy, text.n };
}

struct span
read_cursor(struct txn *txn, const struct reading *reading)
{
	struct arena *arena = reading->job->arena;
	struct buf text = { 0 };
	struct span sealed;

	put_owner(reading, &text);
	buf_span(&text, command_position(&reading->after));
	buf_putc(&text, '.'); /* the last one ends it */
	while (text.n % ROUNDED != 0)
		buf_putc(&text, '\0');
	sealed = sealed_make(txn, buf_bytes(&text));
	buf_free(&text);
	return translated(arena, sealed, "+/", "-_");
}

bool
read_cursor_take(struct txn *txn, struct reading *reading, struct span text)
{
	struct arena *arena = reading->job->arena;
	struct buf owner = { 0 };
	struct span open = SPAN("");
	bool good;

	put_owner(reading, &owner);
	good = sealed_open(txn, arena, translated(arena, text, "-_", "+/"), &open) && open.n > owner.n &&
	    memcmp(open.p, owner.p, owner.n) == 0;
	if (good) {
		while (open.p[open.n - 1] == '\0')
			open.n--;
		command_position_set(&reading->after,
		    (struct span){ open.p + owner.n, open.n - 1 - owner.n });
	}
	buf_free(&owner);
	return good;
}
