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

bool
group_may_lose(struct arena *arena, const struct group_conversion *conversion, int64_t may_lose,
    struct complaints *complaints)
{
	int64_t lost = 0;

	for (size_t i = 0; i < conversion->old->field_count; i++)
		lost += conversion->moves[i].lost;
	if (lost <= may_lose)
		return true;
	if (may_lose > 0)
		complain(complaints, "", GROUP_LOSES_MORE, (long long)lost, (long long)may_lose);
	for (size_t i = 0; i < conversion->old->field_count; i++)
		if (conversion->moves[i].lost > 0)
			complain_lost(arena, conversion, i, complaints);
	return false;
}

/* The earlier values of a field that stay. */
static void
follow_past(struct txn *txn, const struct group_conversion *conversion,
    const struct group_row *from, struct group_row *to, size_t field)
{
	const struct group_move *move = &conversion->moves[field];
	struct span json;
	int64_t at;

	if (move->forgets || move->to == conversion->new->field_count)
		return;
	for (at = INT64_MIN; group_past_next(txn, from, field, at, &at, &json); at++) {
		json = converted(txn, conversion, field, json);
		if (json.p == NULL)
			continue;
		group_past_put(txn, to, move->to, at, json);
		/* What has a past, and is lost itself, was cleared: else nothing led to the past. */
		to->entries[move->to].at = from->entries[field].at;
	}
}

static void
follow_value(struct txn *txn, const struct group_conversion *conversion,
    const struct group_row *from, struct group_row *to, size_t field)
{
	const struct group_move *move = &conversion->moves[field];
	struct span value = from->entries[field].value;

	if (move->to == conversion->new->field_count)
		return;
	if (value.p != NULL) {
		value = converted(txn, conversion, field, value);
		if (value.p == NULL)
			return;
	}
	to->entries[move->to] = from->entries[field];
	to->entries[move->to].value = value;
	group_row_index(txn, to, move->to, true);
}

int64_t
group_row_follow(struct txn *txn, const struct group *old, struct span id)
{
	const struct group *new = old->next;
	struct group_conversion conversion;
	struct group_row from, to;
	int64_t lost = 0;

	/* What was written in the new form before goes: it is written anew as a whole. */
	if (!group_row_load(txn, old, id, &from) || !group_row_load(txn, new, id, &to))
		return 0;
	if (to.exists)
		group_row_drop(txn, &to);
	if (!from.exists || !group_row_load(txn, new, id, &to))
		return 0;
	group_conversion_plan(txn_arena(txn), old, new, &conversion);
	group_conversion_count(txn, &conversion, id);
	for (size_t i = 0; i < old->field_count; i++)
		lost += conversion.moves[i].lost;
	if (old->record != new->record)
		return lost;
	to.at = from.at;
	for (size_t i = 0; i < old->field_count; i++) {
		follow_value(txn, &conversion, &from, &to, i);
		follow_past(txn, &conversion, &from, &to, i);
	}
	group_row_save(txn, &to);
	return lost;
}
