/* SPDX-License-Identifier: ISC */
#include "command/read_private.h"

#include "community/group.h"
#include "record/doc_check.h"
#include "store/store.h"

#include <string.h>

/* In the index; n 0: it is not there. */
static struct span
index_path(struct txn *txn, const struct reading *reading, struct span by)
{
	enum record record = reading->ask.record;
	struct record_path known;

	if (span_starts(by, "data."))
		return group_index_path(txn, record, reading->ask.project, by);
	return span_is(by, "id") || (record == RECORD_PROJECT && span_is(by, "key")) ||
	    record_path(record, by, &known) ? by : SPAN("");
}

static bool
refuse_hidden(struct txn *txn, const struct reading *reading, struct span by)
{
	struct buf shown = { 0 };

	for (size_t i = 0; i < reading->ask.column_count && shown.n < 200; i++)
		buf_printf(&shown, "%s%.*s", i > 0 ? ", " : "",
		    (int)reading->ask.columns[i].n, reading->ask.columns[i].p);
	txn_fail(txn, FAULT_BAD_REQUEST, "rows of this view are not found by %s, which it does "
	    "not show; name one of its columns: by=… (%.*s)", doc_short(txn_arena(txn), by),
	    (int)shown.n, shown.n > 0 ? shown.p : "");
	buf_free(&shown);
	return false;
}

/* Documents have all but external data; a column may have another name of the same. */
static bool
shows(struct txn *txn, const struct reading *reading, struct span by, struct span path)
{
	if (reading->ask.column_count == 0)
		return !span_starts(by, "data.");
	for (size_t i = 0; i < reading->ask.column_count; i++)
		if (span_eq(index_path(txn, reading, reading->ask.columns[i]), path))
			return true;
	return false;
}

bool
read_target_begin(struct txn *txn, struct reading *reading)
{
	enum record record = reading->ask.record;
	struct read_target *target = &reading->target;
	struct span text = reading->endpoint.target, by = reading->by, path;

	if (by.n == 0)
		by = record == RECORD_USER && memchr(text.p, '@', text.n) != NULL
		    ? SPAN("email") : SPAN("id");
	path = index_path(txn, reading, by);
	if (path.n == 0)
		return txn_ok(txn) && txn_fail(txn, FAULT_BAD_REQUEST, "%ss are not found by %s: "
		    "only by what stands in the index", record_name(record),
		    doc_short(txn_arena(txn), by));
	/* A project's key is its id. */
	if (reading->package && !shows(txn, reading, by, path) &&
	    !(record == RECORD_PROJECT && span_is(by, "id") &&
	    shows(txn, reading, by, SPAN("key"))))
		return txn_ok(txn) && refuse_hidden(txn, reading, by);
	target->path = arena_copy(reading->job->arena, span_is(path, "key") ? SPAN("id") : path);
	target->value_count = record_values(text, target->values);
	return txn_ok(txn);
}

static bool
take(struct txn *txn, struct reading *reading, struct span id)
{
	struct read_target *target = &reading->target;
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct select_row row;

	if (select_one(reading->select, id, &row) && (target->id.p == NULL ||
	    !span_eq(target->id, id))) {
		if (target->id.p != NULL)
			return txn_fail(txn, FAULT_AMBIGUOUS_TARGET, "there is more than one such "
			    "%s", record_name(reading->ask.record));
		target->id = arena_copy(reading->job->arena, id);
	}
	arena_rewind(txn_arena(txn), mark);
	return txn_ok(txn);
}

/* All candidates of this value. */
static void
find_by(struct txn *txn, struct reading *reading, const struct record_value *value)
{
	const struct record_range range = { .record = reading->ask.record,
		.path = reading->target.path, .low = value, .high = value };
	struct record_walk *walk = record_walk_open(txn, &range, SPAN(""));
	struct span id, position;

	while (txn_breathe(txn) && record_walk_next(walk, &id, NULL, &position) &&
	    take(txn, reading, id))
		continue;
	record_walk_close(&walk);
}

bool
read_target_find(struct txn *txn, struct reading *reading)
{
	struct read_target *target = &reading->target;

	if (span_is(target->path, "id"))
		take(txn, reading, reading->endpoint.target);
	else
		for (size_t i = 0; i < target->value_count && txn_ok(txn); i++)
			find_by(txn, reading, &target->values[i]);
	if (txn_ok(txn) && target->id.p == NULL)
		txn_fail(txn, FAULT_NOT_FOUND, "there is no such %s here",
		    record_name(reading->ask.record));
	return txn_ok(txn);
}
