/* SPDX-License-Identifier: ISC */
/*
 * The rows of parcels that go in order: one key of TABLE_META per parcel that
 * was due once, and is not settled. Ids rise in time, and a new parcel is due
 * at once, so that the first of a row is seen first. Parcels that a person
 * dropped are still there; whoever comes by takes them out.
 */
#include "command/command_post_private.h"

#include "base/json.h"
#include "base/text.h"
#include "community/outbox.h"
#include "store/key.h"
#include "store/table.h"

#define SECOND INT64_C(1000000)
/* The second looks again in case a person dropped the first; the others are
 * woken by those before them. */
#define SECOND_WAITS (60 * SECOND)
#define OTHERS_WAIT (3600 * SECOND)

static struct span
row_of(struct arena *arena, struct json_object *parcel)
{
	struct json_object *target = json_get(parcel, "target");
	const struct span parts[] = { json_string(parcel, "macro"),
		json_string(target, "kind"), json_string(target, "id") };
	struct keybuf key;

	key_begin(&key);
	key_text(&key, SPAN("ordered"));
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		key_text(&key, parts[i]);
	return key_keep(&key, arena);
}

static struct span
place_in(struct arena *arena, struct span row, struct id id)
{
	return (struct span){ arena_join(arena, row, id_span(&id), SPAN("")),
		row.n + sizeof id.b };
}

static bool
is_open(struct json_object *parcel)
{
	struct span state = json_string(parcel, "state");

	return span_is(state, "waiting") || span_is(state, "leased");
}

/* The first open parcels of the row, at most max; how many there are. */
static size_t
first_in(struct txn *txn, struct span row, struct id *ids, size_t max)
{
	struct arena *arena = txn_arena(txn);
	struct walk *walk = walk_open(txn, TABLE_META, row, SPAN(""), false);
	struct span key;
	size_t n = 0;

	while (n < max && walk_next(walk, &key, NULL)) {
		struct arena_mark mark = arena_mark(arena);

		if (!key_take_id(&key, &ids[n]))
			continue;
		if (is_open(outbox_load(txn, ids[n])))
			n++;
		else
			table_del(txn, TABLE_META, place_in(arena, row, ids[n]));
		arena_rewind(arena, mark);
	}
	walk_close(&walk);
	return n;
}

bool
post_order_waits(struct txn *txn, struct id id, struct json_object *parcel, int64_t now)
{
	struct arena *arena = txn_arena(txn);
	struct id first[2];
	int64_t due, head = now;
	struct span row;
	size_t n;

	if (!json_flag(parcel, "ordered", false))
		return false;
	row = row_of(arena, parcel);
	table_put(txn, TABLE_META, place_in(arena, row, id), SPAN(""));
	n = first_in(txn, row, first, 2);
	if (n == 0 || span_eq(id_span(&first[0]), id_span(&id)))
		return false;
	due = now + OTHERS_WAIT;
	if (n > 1 && span_eq(id_span(&first[1]), id_span(&id))) {
		text_time(json_string(outbox_load(txn, first[0]), "due"), &head);
		due = head < now + SECOND ? now + SECOND : head;
		if (due > now + SECOND_WAITS)
			due = now + SECOND_WAITS;
	}
	outbox_save(txn, id, parcel, "waiting", due);
	return true;
}

void
post_order_leave(struct txn *txn, struct id id, struct json_object *parcel)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *next;
	struct id first;
	struct span row;

	if (!json_flag(parcel, "ordered", false))
		return;
	row = row_of(arena, parcel);
	table_del(txn, TABLE_META, place_in(arena, row, id));
	if (first_in(txn, row, &first, 1) == 0)
		return;
	next = outbox_load(txn, first);
	/* As it was at first: a round of what was due before goes on with it. */
	if (span_is(json_string(next, "state"), "waiting"))
		outbox_save(txn, first, next, "waiting", id_time(first));
}
