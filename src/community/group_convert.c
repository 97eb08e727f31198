/* SPDX-License-Identifier: ISC */
/* Stored values follow their group: fields that change their type or go. */
#include "community/group_rows.h"

#include "base/json.h"
#include "store/store.h"

#include <string.h>

#define LOSSY_HINT "add \"convert\":\"lossy\" to drop them"

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

/* Where the values of an old field go: by the name that it had, else by the one that it has. */
static size_t
place_of(const struct group *new, struct span parameter)
{
	for (size_t i = 0; i < new->field_count; i++)
		if (span_eq(new->fields[i].was.n > 0 ? new->fields[i].was
		    : new->fields[i].parameter, parameter))
			return i;
	return new->field_count;
}

void
group_conversion_plan(struct arena *arena, const struct group *old, const struct group *new,
    struct group_conversion *conversion_r)
{
	*conversion_r = (struct group_conversion){ .arena = arena, .old = old, .new = new,
		.moves = arena_alloc(arena, (old->field_count + 1) * sizeof *conversion_r->moves) };
	for (size_t i = 0; i < old->field_count; i++) {
		struct group_move *move = &conversion_r->moves[i];

		*move = (struct group_move){ .to = old->record == new->record
		    ? place_of(new, old->fields[i].parameter) : new->field_count };
		if (move->to < new->field_count) {
			move->retyped = new->fields[move->to].type != old->fields[i].type;
			move->renamed = !span_eq(new->fields[move->to].parameter,
			    old->fields[i].parameter);
			move->forgets = old->fields[i].history > 0 &&
			    new->fields[move->to].history == 0;
		}
		conversion_r->works |= move->to == new->field_count || move->retyped ||
		    move->renamed || move->forgets;
	}
}

/* The stored JSON in the new type; p is NULL when it is lost. */
static struct span
converted(struct txn *txn, const struct group_conversion *conversion, size_t field,
    struct span json)
{
	const struct group_move *move = &conversion->moves[field];
	struct arena *arena = txn_arena(txn);
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

/* The first few that differ from each other. */
static void
add_sample(struct arena *arena, struct group_sample *samples, size_t *count,
    const struct group_sample *sample)
{
	for (size_t i = 0; i < *count; i++)
		if (span_eq(samples[i].from, sample->from))
			return;
	if (*count == GROUP_SAMPLES)
		return;
	samples[*count] = (struct group_sample){ arena_copy(arena, sample->id),
		arena_copy(arena, sample->from), sample->to };
	if (sample->to.p != NULL)
		samples[*count].to = arena_copy(arena, sample->to);
	(*count)++;
}

static void
count_value(struct txn *txn, struct group_conversion *conversion, size_t field,
    struct span id, struct span json)
{
	struct group_move *move = &conversion->moves[field];
	struct group_sample sample = { id, json, converted(txn, conversion, field, json) };

	move->values++;
	if (sample.to.p == NULL) {
		move->lost++;
		add_sample(conversion->arena, move->lost_samples, &move->lost_count, &sample);
	} else if (!span_eq(sample.to, json)) {
		move->converted++;
		add_sample(conversion->arena, move->converted_samples, &move->converted_count,
		    &sample);
	}
}

void
group_conversion_count(struct txn *txn, struct group_conversion *conversion, struct span id)
{
	struct group_row row;
	struct span json;
	int64_t at;

	if (!group_row_load(txn, conversion->old, id, &row))
		return;
	for (size_t i = 0; i < conversion->old->field_count; i++) {
		if (row.entries[i].value.p != NULL)
			count_value(txn, conversion, i, id, row.entries[i].value);
		for (at = INT64_MIN; group_past_next(txn, &row, i, at, &at, &json); at++) {
			if (conversion->moves[i].forgets)
				conversion->moves[i].forgotten++;
			else
				count_value(txn, conversion, i, id, json);
		}
	}
}

static void
complain_lost(struct arena *arena, const struct group_conversion *conversion, size_t field,
    struct complaints *complaints)
{
	const struct group_move *move = &conversion->moves[field];
	const struct group_field *old = &conversion->old->fields[field];
	long long lost = (long long)move->lost;

	if (move->to == conversion->new->field_count)
		complain(complaints, "/fields", "the field \"%.*s\" is gone, its %lld stored "
		    "value%s would be lost; " LOSSY_HINT, (int)old->label.n, old->label.p, lost,
		    lost == 1 ? "" : "s");
	else
		complain(complaints, arena_printf(arena, "/fields/%zu/type", move->to),
		    "%lld of %lld stored values of \"%.*s\" cannot be converted from %s to %s and "
		    "would be lost; " LOSSY_HINT, lost, (long long)move->values, (int)old->label.n,
		    old->label.p, group_type_name(old->type),
		    group_type_name(conversion->new->fields[move->to].type));
}

/* False when more values would be lost than may. */
static bool
check_all(struct txn *txn, struct group_conversion *conversion, const struct span *ids,
    size_t id_count, int64_t may_lose, struct complaints *complaints)
{
	struct arena *arena = txn_arena(txn);
	int64_t lost = 0;

	for (size_t i = 0; i < id_count; i++) {
		struct arena_mark mark = arena_mark(arena);

		group_conversion_count(txn, conversion, ids[i]);
		arena_rewind(arena, mark);
	}
	for (size_t i = 0; i < conversion->old->field_count; i++)
		lost += conversion->moves[i].lost;
	if (lost <= may_lose)
		return true;
	if (may_lose > 0)
		complain(complaints, "", "%lld stored values would be lost, and %lld were told: "
		    "others have come meanwhile", (long long)lost, (long long)may_lose);
	for (size_t i = 0; i < conversion->old->field_count; i++)
		if (conversion->moves[i].lost > 0)
			complain_lost(arena, conversion, i, complaints);
	return false;
}

/* An earlier value on its way. */
struct past {
	struct past *next;
	size_t to;
	int64_t at;
	struct span json;
};

/* Takes the earlier values of a field away; those that stay become a list. */
static void
take_past(struct txn *txn, const struct group_conversion *conversion,
    const struct group_row *row, size_t field, struct past **list)
{
	const struct group_move *move = &conversion->moves[field];
	struct span json;
	int64_t at;

	for (at = INT64_MIN; !move->forgets && move->to < conversion->new->field_count &&
	    group_past_next(txn, row, field, at, &at, &json); at++) {
		json = converted(txn, conversion, field, json);
		if (json.p != NULL) {
			struct past *past = arena_alloc(txn_arena(txn), sizeof *past);

			*past = (struct past){ *list, move->to, at, json };
			*list = past;
		}
	}
	group_past_drop(txn, row, field);
}

/* All that goes before all that comes: a field may take the name of another. */
static void
move_record(struct txn *txn, const struct group_conversion *conversion, struct span id)
{
	const struct group *old = conversion->old, *new = conversion->new;
	struct past *list = NULL;
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
		const struct group_move *move = &conversion->moves[i];
		bool stays = move->to < new->field_count && !move->retyped && !move->renamed;

		if (stays)
			to.entries[move->to] = from.entries[i];
		if (!stays || move->forgets)
			take_past(txn, conversion, &from, i, &list);
		if (!stays)
			group_row_index(txn, &from, i, false);
	}
	for (size_t i = 0; i < old->field_count; i++) {
		const struct group_move *move = &conversion->moves[i];
		struct span value = from.entries[i].value;

		if (move->to == new->field_count || (!move->retyped && !move->renamed))
			continue;
		if (value.p != NULL) {
			value = converted(txn, conversion, i, value);
			if (value.p == NULL)
				continue;
		}
		to.entries[move->to] = from.entries[i];
		to.entries[move->to].value = value;
		group_row_index(txn, &to, move->to, true);
	}
	for (; list != NULL; list = list->next)
		group_past_put(txn, &to, list->to, list->at, list->json);
	group_row_save(txn, &to);
}

bool
group_convert(struct txn *txn, const struct group *old, const struct group *new,
    int64_t may_lose, struct complaints *complaints)
{
	struct arena *arena = txn_arena(txn), *own;
	struct group_conversion conversion;
	struct span *ids;
	size_t id_count;
	bool good;

	group_conversion_plan(arena, old, new, &conversion);
	if (!conversion.works)
		return true;
	own = arena_new();
	conversion.arena = own;
	id_count = group_ids(txn, own, old, &ids);
	good = may_lose == INT64_MAX ||
	    check_all(txn, &conversion, ids, id_count, may_lose, complaints);
	for (size_t i = 0; good && i < id_count && txn_ok(txn); i++) {
		struct arena_mark mark = arena_mark(arena);

		move_record(txn, &conversion, ids[i]);
		arena_rewind(arena, mark);
	}
	arena_free(&own);
	return good;
}
