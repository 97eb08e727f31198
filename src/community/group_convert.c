/* SPDX-License-Identifier: ISC */
/* Stored values follow their group: fields that change their type or go. */
#include "community/group_rows.h"

#include "base/json.h"
#include "store/store.h"

#include <string.h>

#define LOSSY_HINT "add \"convert\":\"lossy\" to drop them"

/* What becomes of one old field. */
struct move {
	size_t to;           /* new field, or the new group's field_count: gone */
	bool retyped;
	bool forgets;        /* history is not kept any more */
	size_t found, lost;  /* values, earlier ones too */
};

struct conversion {
	struct txn *txn;
	const struct group *old, *new;
	struct move *moves;  /* parallel to old->fields */
	struct span *ids;
	size_t id_count;
};

size_t
group_ids(struct txn *txn, struct arena *arena, const struct group *group,
    struct span **ids_r)
{
	struct record_range range = { .record = group->record, .path = group->path };
	size_t n = 0, size = 64;
	struct span *ids = arena_alloc(arena, size * sizeof *ids), id, position;
	struct record_walk *walk;

	walk = record_walk_open(txn, &range, SPAN(""));
	while (record_walk_next(walk, &id, NULL, &position)) {
		if (n == size) {
			struct span *more = arena_alloc(arena, 2 * size * sizeof *ids);

			memcpy(more, ids, n * sizeof *ids);
			ids = more;
			size *= 2;
		}
		ids[n++] = arena_copy(arena, id);
	}
	record_walk_close(&walk);
	*ids_r = ids;
	return n;
}

bool
group_first(struct txn *txn, const struct group *group, struct span *id_r)
{
	struct record_range range = { .record = group->record, .path = group->path };
	struct record_walk *walk = record_walk_open(txn, &range, SPAN(""));
	struct span id, position;
	bool found = record_walk_next(walk, &id, NULL, &position);

	if (found)
		*id_r = arena_copy(txn_arena(txn), id);
	record_walk_close(&walk);
	return found && txn_ok(txn);
}

/* Fills moves; false when there is nothing to do. */
static bool
plan(struct conversion *conversion)
{
	const struct group *old = conversion->old, *new = conversion->new;
	bool work = false;

	for (size_t i = 0; i < old->field_count; i++) {
		struct move *move = &conversion->moves[i];

		move->to = old->record == new->record
		    ? group_field_by_parameter(new, old->fields[i].parameter)
		    : new->field_count;
		if (move->to < new->field_count) {
			move->retyped = new->fields[move->to].type != old->fields[i].type;
			move->forgets = old->fields[i].history > 0 &&
			    new->fields[move->to].history == 0;
		}
		work |= move->to == new->field_count || move->retyped || move->forgets;
	}
	return work;
}

/* The stored JSON in the new type; p is NULL when it is lost. */
static struct span
converted(struct conversion *conversion, size_t field, struct span json)
{
	const struct move *move = &conversion->moves[field];
	struct arena *arena = txn_arena(conversion->txn);
	struct group_reading how = { .zone = NULL };
	struct group_value value;
	enum group_type type;
	const char *sentence;

	if (move->to == conversion->new->field_count)
		return (struct span){ NULL, 0 };
	if (!move->retyped)
		return json;
	type = conversion->new->fields[move->to].type;
	how.zone = conversion->new->fields[move->to].zone;
	if (!group_value_read(arena, type, &how, json_load(arena, json), &value, &sentence))
		return (struct span){ NULL, 0 };
	return group_value_json(arena, type, &value);
}

static void
count_value(struct conversion *conversion, size_t field, struct span json)
{
	conversion->moves[field].found++;
	conversion->moves[field].lost += converted(conversion, field, json).p == NULL;
}

static void
count_record(struct conversion *conversion, struct span id)
{
	struct txn *txn = conversion->txn;
	struct group_row row;
	struct span json;
	int64_t at;

	if (!group_row_load(txn, conversion->old, id, &row))
		return;
	for (size_t i = 0; i < conversion->old->field_count; i++) {
		if (row.entries[i].value.p != NULL)
			count_value(conversion, i, row.entries[i].value);
		if (conversion->moves[i].forgets)
			continue;
		for (at = INT64_MIN; group_past_next(txn, &row, i, at, &at, &json); at++)
			count_value(conversion, i, json);
	}
}

static void
complain_lost(const struct conversion *conversion, size_t field,
    struct complaints *complaints)
{
	const struct move *move = &conversion->moves[field];
	const struct group_field *old = &conversion->old->fields[field];
	struct arena *arena = txn_arena(conversion->txn);

	if (move->to == conversion->new->field_count)
		complain(complaints, "/fields", "the field \"%.*s\" is gone, its %zu stored "
		    "value%s would be lost; " LOSSY_HINT, (int)old->label.n, old->label.p,
		    move->lost, move->lost == 1 ? "" : "s");
	else
		complain(complaints, arena_printf(arena, "/fields/%zu/type", move->to),
		    "%zu of %zu stored values of \"%.*s\" cannot be converted from %s to %s and "
		    "would be lost; " LOSSY_HINT, move->lost, move->found, (int)old->label.n,
		    old->label.p, group_type_name(old->type),
		    group_type_name(conversion->new->fields[move->to].type));
}

/* False when values would be lost. */
static bool
check_all(struct conversion *conversion, struct complaints *complaints)
{
	struct arena *arena = txn_arena(conversion->txn);
	bool good = true;

	for (size_t i = 0; i < conversion->id_count; i++) {
		struct arena_mark mark = arena_mark(arena);

		count_record(conversion, conversion->ids[i]);
		arena_rewind(arena, mark);
	}
	for (size_t i = 0; i < conversion->old->field_count; i++)
		if (conversion->moves[i].lost > 0) {
			good = false;
			complain_lost(conversion, i, complaints);
		}
	return good;
}

static void
move_past(struct conversion *conversion, const struct group_row *row, size_t field)
{
	struct txn *txn = conversion->txn;
	const struct move *move = &conversion->moves[field];
	struct span json;
	int64_t at;

	if (!move->retyped || move->forgets) {
		group_past_drop(txn, row, field);
		return;
	}
	for (at = INT64_MIN; group_past_next(txn, row, field, at, &at, &json); at++) {
		json = converted(conversion, field, json);
		if (json.p != NULL)
			group_past_put(txn, row, field, at, json);
		else
			group_past_del(txn, row, field, at);
	}
}

/* A field of the new row, out of one that is retyped. */
static void
move_value(struct conversion *conversion, const struct group_row *from,
    struct group_row *to, size_t field)
{
	size_t into = conversion->moves[field].to;
	struct span old = from->entries[field].value, json = old;

	if (old.p != NULL)
		json = converted(conversion, field, old);
	if (old.p != NULL && json.p == NULL)
		return;
	to->entries[into] = from->entries[field];
	to->entries[into].value = json;
	group_row_index(conversion->txn, to, into, true);
}

static void
move_record(struct conversion *conversion, struct span id)
{
	const struct group *old = conversion->old, *new = conversion->new;
	struct txn *txn = conversion->txn;
	struct group_row from, to;

	if (!group_row_load(txn, old, id, &from))
		return;
	if (old->record != new->record) {
		group_row_drop(txn, &from);
		return;
	}
	to = from;
	to.group = new;
	to.entries = arena_alloc(txn_arena(txn),
	    (new->field_count + 1) * sizeof *to.entries);
	for (size_t i = 0; i < old->field_count; i++) {
		const struct move *move = &conversion->moves[i];
		bool stays = move->to < new->field_count && !move->retyped;

		if (stays)
			to.entries[move->to] = from.entries[i];
		if (!stays || move->forgets)
			move_past(conversion, &from, i);
		if (stays)
			continue;
		group_row_index(txn, &from, i, false);
		if (move->to < new->field_count)
			move_value(conversion, &from, &to, i);
	}
	group_row_save(txn, &to);
}

bool
group_convert(struct txn *txn, const struct group *old, const struct group *new, bool lossy,
    struct complaints *complaints)
{
	struct conversion conversion = { .txn = txn, .old = old, .new = new };
	struct arena *arena = txn_arena(txn), *own;
	bool good;

	conversion.moves = arena_alloc(arena,
	    (old->field_count + 1) * sizeof *conversion.moves);
	if (!plan(&conversion))
		return true;
	own = arena_new();
	conversion.id_count = group_ids(txn, own, old, &conversion.ids);
	good = lossy || check_all(&conversion, complaints);
	for (size_t i = 0; good && i < conversion.id_count && txn_ok(txn); i++) {
		struct arena_mark mark = arena_mark(arena);

		move_record(&conversion, conversion.ids[i]);
		arena_rewind(arena, mark);
	}
	arena_free(&own);
	return good;
}
