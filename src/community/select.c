/* SPDX-License-Identifier: ISC */
#include "community/select_private.h"

#include "base/json.h"
#include "base/json_text.h"
#include "community/feedback.h"
#include "community/people.h"
#include "record/doc_check.h"
#include "store/store.h"
#include "store/table.h"

#include <stdlib.h>
#include <string.h>

#define ORDERED_AT_ONCE 100
#define HELD_MAX 100000 /* rows in order in memory at once: some 10 MB */

/* Life */

static void
forget_held(struct select *select)
{
	for (size_t i = 0; i < select->held_count; i++)
		free(select->held[i]);
	select->held_count = select->held_next = select->heap_count = 0;
	select->gathered = select->full = false;
}

static void
select_free(void *arg)
{
	struct select *select = arg;

	forget_held(select);
	free(select->held);
	buf_free(&select->place);
	buf_free(&select->told);
	arena_free(&select->compiled);
}

struct select *
select_new(struct arena *arena, const struct select_ask *ask)
{
	struct select *select = arena_alloc(arena, sizeof *select);
	struct span *columns = arena_alloc(arena,
	    (ask->column_count + 1) * sizeof *columns);

	for (size_t i = 0; i < ask->column_count; i++)
		columns[i] = arena_copy(arena, ask->columns[i]);
	select->arena = arena;
	select->ask = *ask;
	select->ask.project = arena_copy(arena, ask->project);
	select->ask.filter = arena_copy(arena, ask->filter);
	select->ask.sort = arena_copy(arena, ask->sort);
	select->ask.columns = columns;
	select->compiled = arena_new();
	arena_defer(arena, select_free, select);
	return select;
}

static void
set(struct buf *buf, struct span bytes)
{
	buf->n = 0;
	buf_span(buf, bytes);
}

void
select_after(struct select *select, struct span position)
{
	if (position.n == 0)
		return;
	set(&select->told, position);
	select->way = (enum select_way)position.p[0];
	if (select->way != SELECT_SORTED)
		set(&select->place, (struct span){ position.p + 1, position.n - 1 });
}

struct span
select_position(const struct select *select)
{
	return buf_bytes(&select->told);
}

double
select_progress(const struct select *select)
{
	double share = select->estimate > 0 ? select->looked / select->estimate : 0;

	return share > 0.99 ? 0.99 : share;
}

/* The filter */

const char *const *
select_roots(enum record record)
{
	static const char *const roots[][4] = {
		[RECORD_USER] = { "user", "data", "project", NULL },
		[RECORD_FEEDBACK] = { "feedback", "data", "project", NULL },
		[RECORD_PROJECT] = { "project", "data", NULL },
	};

	return roots[record];
}

/* A comment ends with its line. */
static const char *
end_of(struct span filter)
{
	return memmem(filter.p, filter.n, "//", 2) != NULL ? "\n" : "";
}

struct span
select_both(struct arena *arena, struct span filter, struct span other)
{
	if (filter.n == 0 || other.n == 0)
		return filter.n > 0 ? filter : other;
	return span_of(arena_printf(arena, "(%.*s%s) && (%.*s%s)", (int)filter.n,
	    filter.p, end_of(filter), (int)other.n, other.p, end_of(other)));
}

static bool
compile_filter(struct txn *txn, struct select *select)
{
	const struct saved_scope scope = { .project = select->ask.project,
		.record = select->ask.record, .names = select->ask.names };
	struct filter_error wrong;

	select->filter = NULL;
	if (select->ask.filter.n == 0)
		return true;
	select->filter = saved_compile(txn, select->compiled, &scope,
	    select_roots(select->ask.record), select->ask.filter, &wrong);
	if (select->filter != NULL)
		return true;
	return txn_fail(txn, FAULT_USAGE, "the filter: %s",
	    filter_error_show(txn_arena(txn), &wrong, select->ask.filter));
}

struct json_object *
select_document(struct select *select, const struct select_row *row)
{
	struct arena *arena = txn_arena(select->txn);
	enum record record = select->ask.record;

	if (select->doc != NULL)
		return select->doc;
	select->doc = json_load(arena, row->text);
	if (select->doc == NULL) {
		txn_fail(select->txn, FAULT_INTERNAL, "%s %.*s cannot be read in the store",
		    record_name(record), (int)row->id.n, row->id.p);
		return NULL;
	}
	if (record == RECORD_FEEDBACK)
		feedback_derive(select->txn, select->doc);
	else if (record == RECORD_USER)
		select->doc = people_whole(select->txn, select->doc);
	if (record != RECORD_PROJECT)
		select->doc = doc_with_kind(arena, record_name(record), select->doc);
	return select->doc;
}

/* What the filter sees of one row. */
struct seen {
	struct select *select;
	const struct select_row *row;
};

static struct span
project_of(const struct seen *seen)
{
	struct span project = seen->select->ask.project, json;

	if (seen->select->ask.record == RECORD_PROJECT)
		return seen->row->id;
	if (project.n > 0 || seen->select->ask.record != RECORD_FEEDBACK)
		return project;
	/* A key has nothing that is escaped. */
	json = json_text_member(seen->row->text, SPAN("project"));
	return json.n > 2 ? (struct span){ json.p + 1, json.n - 2 } : project;
}

static struct json_object *
root(void *arg, const char *name)
{
	const struct seen *seen = arg;
	struct txn *txn = seen->select->txn;
	enum record record = seen->select->ask.record;
	struct span project;

	if (strcmp(name, record_name(record)) == 0)
		return select_document(seen->select, seen->row);
	project = project_of(seen);
	if (strcmp(name, "data") == 0)
		return group_data(txn, project, record, seen->row->id);
	return strcmp(name, "project") == 0 && project.n > 0
	    ? record_load(txn, RECORD_PROJECT, project) : NULL;
}

/* A ticket of the project, a participant of it, itself. */
static bool
in_scope(const struct select *select, const struct select_row *row)
{
	struct span project = select->ask.project, list, name, value;

	if (project.n == 0)
		return true;
	if (select->ask.record == RECORD_PROJECT)
		return span_eq(row->id, project);
	list = json_text_member(row->text, select->ask.record == RECORD_USER
	    ? SPAN("projects") : SPAN("project"));
	if (select->ask.record == RECORD_FEEDBACK)
		return list.n > 2 && span_eq((struct span){ list.p + 1, list.n - 2 }, project);
	while (json_text_next(&list, &name, &value))
		if (value.n > 2 && span_eq((struct span){ value.p + 1, value.n - 2 }, project))
			return true;
	return false;
}

static bool
matches(struct select *select, const struct select_row *row)
{
	struct seen seen = { select, row };
	struct facts facts = { .root = root, .arg = &seen, .now = select->ask.now };

	return in_scope(select, row) && (select->filter == NULL ||
	    filter_match(select->filter, &facts, txn_arena(select->txn), NULL));
}

/* The walk */

static bool
compile(struct txn *txn, struct select *select)
{
	uint64_t generation = store_generation(txn_store(txn));

	if (select->planned && select->generation == generation)
		return true;
	arena_reset(select->compiled);
	select->generation = generation;
	select->total = record_count(txn, select->ask.record);
	return compile_filter(txn, select) && select_columns(txn, select) &&
	    select_plan_ranges(txn, select) && select_plan(txn, select);
}

/* Where rows come from, also those that are put in order afterwards. */
static bool
by_index(const struct select *select)
{
	return select->by != NULL && select->way != SELECT_REST;
}

static void
open_walk(struct select *select)
{
	struct span place = buf_bytes(&select->place);

	if (by_index(select))
		select->index = record_walk_open(select->txn, &select->by->range, place);
	else
		select->records = record_scan(select->txn, select->ask.record, place);
	select->mark = arena_mark(txn_arena(select->txn));
}

static void
close_walk(struct select *select)
{
	if (select->index != NULL)
		record_walk_close(&select->index);
	if (select->records != NULL)
		walk_close(&select->records);
}

bool
select_begin(struct txn *txn, struct select *select)
{
	select->txn = txn;
	select->index = NULL;
	select->records = NULL;
	select->base = arena_mark(txn_arena(txn));
	if (!compile(txn, select))
		return false;
	open_walk(select);
	return txn_ok(txn);
}

/* What was compiled is of another configuration: once more, where it stands. */
static bool
begin_again(struct select *select)
{
	struct arena *arena = txn_arena(select->txn);
	struct span path;

	close_walk(select);
	arena_rewind(arena, select->base);
	path = arena_copy(arena, select->by != NULL ? select->by->path : SPAN(""));
	if (!compile(select->txn, select))
		return false;
	/* What is put in order is gathered by one walk: from its beginning, if that is
	 * another one now. */
	if (select->way == SELECT_SORTED && !select->gathered &&
	    !span_eq(path, select->by != NULL ? select->by->path : SPAN(""))) {
		forget_held(select);
		select->place.n = 0;
	}
	open_walk(select);
	return txn_ok(select->txn);
}

/* False when it is to end. */
static bool
breathe(struct select *select)
{
	struct txn *txn = select->txn;

	select->doc = NULL;
	arena_rewind(txn_arena(txn), select->mark);
	if (!txn_breathe(txn))
		return false;
	return (select->generation == store_generation(txn_store(txn)) &&
	    (select->index != NULL || select->records != NULL)) || begin_again(select);
}

void
select_end(struct select *select)
{
	close_walk(select);
}

enum step {
	STEP_ROW,
	STEP_LOOKED,  /* none yet: something was looked at, which may take long in all */
	STEP_END,     /* no more, or the transaction failed */
};

/* The next record of the walk, if it matches; the walk's end is no more. */
static enum step
walk_on(struct select *select, struct select_row *row)
{
	struct span position;

	select->looked++;
	if (by_index(select)) {
		if (!record_walk_next(select->index, &row->id, NULL, &position))
			return STEP_END;
		set(&select->place, position);
		row->id = arena_copy(txn_arena(select->txn), row->id);
		if (!record_text(select->txn, select->ask.record, row->id, &row->text))
			return STEP_LOOKED;
	} else {
		if (!record_scan_next(select->records, select->ask.record, &row->id, &row->text))
			return STEP_END;
		set(&select->place, row->id);
	}
	if (!matches(select, row))
		return STEP_LOOKED;
	row->values = select_values(select, row);
	return STEP_ROW;
}

/* What the row is put in order by. */
static struct span
row_key(struct select *select, const struct select_row *row)
{
	return select_sort_key(select, row->values[select->column_count - 1]);
}

/* A selection goes on behind what was looked at last. */
static void
tell_place(struct select *select)
{
	select->told.n = 0;
	buf_putc(&select->told, (char)select->way);
	buf_span(&select->told, buf_bytes(&select->place));
}

/* By the order of the index, or as they are found. */
static enum step
step_walk(struct select *select, struct select_row *row)
{
	enum step step = walk_on(select, row);

	if (step == STEP_END && select->way == SELECT_INDEX && select->sorted &&
	    !select->order.has_low && !select->order.has_high && txn_ok(select->txn)) {
		close_walk(select);
		select->way = SELECT_REST;
		select->place.n = 0;
		open_walk(select);
		return STEP_LOOKED;
	}
	if (step != STEP_ROW)
		return step;
	if (select->way == SELECT_REST && row_key(select, row).n > 0)
		return STEP_LOOKED;
	tell_place(select);
	return STEP_ROW;
}

/* Order in memory */

static struct span
key_of(const struct select_held *held)
{
	return (struct span){ held->bytes, held->key_n };
}

static struct span
id_of(const struct select_held *held)
{
	return (struct span){ held->bytes + held->key_n, held->id_n };
}

/* Who has no key comes last, whatever the direction. */
static int
order(bool backwards, struct span key_a, struct span id_a, struct span key_b, struct span id_b)
{
	int by;

	if (key_a.n == 0 || key_b.n == 0) {
		if (key_a.n == key_b.n)
			return span_cmp(id_a, id_b);
		return key_a.n == 0 ? 1 : -1;
	}
	by = span_cmp(key_a, key_b);
	if (by == 0)
		by = span_cmp(id_a, id_b);
	return backwards ? -by : by;
}

static int
held_order(const struct select *select, const struct select_held *a,
    const struct select_held *b)
{
	return order(select->backwards, key_of(a), id_of(a), key_of(b), id_of(b));
}

static struct select_held *
held_new(struct span key, struct span id)
{
	struct select_held *held = malloc(sizeof *held + key.n + id.n);

	if (held == NULL)
		abort();
	held->key_n = key.n;
	held->id_n = id.n;
	if (key.n > 0)
		memcpy(held->bytes, key.p, key.n);
	memcpy(held->bytes + key.n, id.p, id.n);
	return held;
}

/* The heap: every one comes before the one above it. */
static void
sift_down(struct select *select, size_t i, size_t count)
{
	struct select_held **heap = select->held, *moved = heap[i];

	for (size_t child; (child = 2 * i + 1) < count; i = child) {
		if (child + 1 < count && held_order(select, heap[child + 1], heap[child]) > 0)
			child++;
		if (held_order(select, heap[child], moved) <= 0)
			break;
		heap[i] = heap[child];
	}
	heap[i] = moved;
}

static void
sift_up(struct select *select, size_t i)
{
	struct select_held **heap = select->held, *moved = heap[i];

	for (; i > 0 && held_order(select, moved, heap[(i - 1) / 2]) > 0; i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = moved;
}

/* Told already in an earlier pass or page. */
static bool
is_told(const struct select *select, struct span key, struct span id)
{
	struct span told = buf_bytes(&select->told);
	size_t n;

	if (told.n < 3)
		return false;
	n = (size_t)(unsigned char)told.p[1] << 8 | (unsigned char)told.p[2];
	if (n + 3 > told.n)
		return false;
	return order(select->backwards, key, id, (struct span){ told.p + 3, n },
	    (struct span){ told.p + 3 + n, told.n - 3 - n }) <= 0;
}

static void
hold(struct select *select, struct span key, struct span id)
{
	if (is_told(select, key, id))
		return;
	if (select->held_max == 0) {
		select->held_max = select->ask.limit > 0 && select->ask.limit < HELD_MAX
		    ? (size_t)select->ask.limit + 1 : HELD_MAX;
		select->held = calloc(select->held_max, sizeof(struct select_held *));
		if (select->held == NULL)
			abort();
	}
	if (select->held_count < select->held_max) {
		select->held[select->held_count] = held_new(key, id);
		sift_up(select, select->held_count++);
		return;
	}
	select->full = true;
	if (order(select->backwards, key, id, key_of(select->held[0]),
	    id_of(select->held[0])) >= 0)
		return;
	free(select->held[0]);
	select->held[0] = held_new(key, id);
	sift_down(select, 0, select->held_count);
}

/* Pass by pass: the walk fills the heap, the heap is put in order a few at a time, and
 * its rows are told; what did not fit is for the next pass. */
static enum step
step_sorted(struct select *select, struct select_row *row)
{
	const struct select_held *held;

	if (!select->gathered) {
		enum step step = walk_on(select, row);

		if (step == STEP_ROW)
			hold(select, row_key(select, row), row->id);
		select->gathered = step == STEP_END && txn_ok(select->txn);
		select->heap_count = select->held_count;
		return STEP_LOOKED;
	}
	if (select->heap_count > 0) {
		/* The last one goes to the end, and so on. */
		for (int i = 0; i < ORDERED_AT_ONCE && select->heap_count > 0; i++) {
			struct select_held *last = select->held[0];

			select->held[0] = select->held[--select->heap_count];
			select->held[select->heap_count] = last;
			sift_down(select, 0, select->heap_count);
		}
		return STEP_LOOKED;
	}
	if (select->held_next == select->held_count) {
		if (!select->full)
			return STEP_END;
		forget_held(select);
		close_walk(select);
		select->place.n = 0;
		select->looked = 0;
		open_walk(select);
		return STEP_LOOKED;
	}
	held = select->held[select->held_next++];
	select->told.n = 0;
	buf_putc(&select->told, SELECT_SORTED);
	buf_putc(&select->told, (char)(held->key_n >> 8 & 0xff));
	buf_putc(&select->told, (char)(held->key_n & 0xff));
	buf_put(&select->told, held->bytes, held->key_n + held->id_n);
	row->id = id_of(held);
	if (!record_text(select->txn, select->ask.record, row->id, &row->text))
		return STEP_LOOKED; /* removed meanwhile */
	row->values = select_values(select, row);
	return STEP_ROW;
}

bool
select_next(struct select *select, struct select_row *row_r)
{
	enum step step;

	do {
		/* The plan has seen to it that there is not more to put in order. */
		select->stopped = select->ask.looks > 0 && select->way != SELECT_SORTED &&
		    select->looked >= (double)select->ask.looks;
		if (select->stopped)
			tell_place(select);
		if (select->stopped || !breathe(select))
			return false;
		*row_r = (struct select_row){ .values = NULL };
		step = select->way == SELECT_SORTED ? step_sorted(select, row_r)
		    : step_walk(select, row_r);
	} while (step == STEP_LOOKED && txn_ok(select->txn));
	return step == STEP_ROW && txn_ok(select->txn);
}

bool
select_stopped(const struct select *select)
{
	return select->stopped;
}

bool
select_one(struct select *select, struct span id, struct select_row *row_r)
{
	select->doc = NULL;
	*row_r = (struct select_row){ .id = id };
	if (select->generation != store_generation(txn_store(select->txn))) {
		close_walk(select); /* select_next() opens another one */
		if (!compile(select->txn, select))
			return false;
	}
	if (!record_text(select->txn, select->ask.record, id, &row_r->text) ||
	    !matches(select, row_r))
		return false;
	row_r->values = select_values(select, row_r);
	return txn_ok(select->txn);
}
