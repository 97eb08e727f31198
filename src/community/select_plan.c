/* SPDX-License-Identifier: ISC */
/*
 * Which index finds the rows: what must hold for all of them, as ranges of the
 * index, and the cheapest way to walk them in the order that is wanted. Ranges
 * may be wider than the filter, never narrower: the filter is asked in any case.
 */
#include "community/select_private.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "store/store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CONDITIONS_MAX 64
#define TEXT_ORDERED 200 /* bytes up to which the index knows the order of text */
/* A record that the index names is dearer to read than the next one of a walk. */
#define BY_INDEX_COST 2.0
/* What an integer can be as a double, so that rounding stays inside. */
#define INTEGER_LIMIT 9.2e18

/* Where a path of the filter stands in the index. */
struct indexed {
	struct span path;
	enum record_type type;
	bool any_type, folded, list;
};

static bool
indexed_data(struct txn *txn, const struct select *select, struct span path, bool only,
    struct indexed *indexed_r)
{
	static const enum record_type types[] = { [GROUP_BOOLEAN] = RECORD_BOOLEAN,
		[GROUP_DATETIME] = RECORD_TIME, [GROUP_INTEGER] = RECORD_INTEGER,
		[GROUP_STRING] = RECORD_TEXT };
	const struct group_field *field;
	struct group_named named;

	if (!group_named(txn, select->ask.record, select->ask.project, path, &named) ||
	    (only && !named.only))
		return false;
	field = &named.group->fields[named.field];
	*indexed_r = (struct indexed){ .path = arena_copy(select->compiled, field->path),
		.type = types[field->type] };
	return true;
}

static bool
indexed_member(const struct select *select, struct span path, struct indexed *indexed_r)
{
	struct record_path how;

	if (!record_path(select->ask.record, path, &how))
		return false;
	*indexed_r = (struct indexed){ .path = arena_copy(select->compiled, path),
		.type = how.type, .any_type = how.any_type, .folded = how.folded,
		.list = how.list };
	return true;
}

/* As the filter names it: "user.score", "data.usage.launches". */
static bool
indexed_path(struct txn *txn, const struct select *select, struct span path,
    struct indexed *indexed_r)
{
	size_t n = strlen(record_name(select->ask.record));

	if (span_starts(path, "data."))
		return indexed_data(txn, select, path, true, indexed_r);
	return span_starts(path, record_name(select->ask.record)) && path.n > n + 1 &&
	    path.p[n] == '.' && indexed_member(select,
	    (struct span){ path.p + n + 1, path.n - n - 1 }, indexed_r);
}

/* The range of that path, made when there is none yet. */
static struct select_range *
range_of(struct select *select, const struct indexed *indexed, enum record_type type)
{
	struct select_range *range = select->ranges;
	size_t i = 0;

	/* What holds of one item of a list need not hold of another. */
	for (; i < select->range_count; i++, range++)
		if (span_eq(range->path, indexed->path) && range->type == type &&
		    !indexed->list && !range->range.prefix)
			return range;
	select->range_count++;
	*range = (struct select_range){ .path = indexed->path, .type = type,
		.range = { .record = select->ask.record, .path = indexed->path } };
	return range;
}

static int
compare(const struct record_value *a, const struct record_value *b)
{
	if (a->type == RECORD_TEXT)
		return span_cmp(a->text, b->text);
	return a->number < b->number ? -1 : a->number > b->number;
}

static void
raise_low(struct select_range *range, const struct record_value *value, bool open)
{
	int order = range->has_low ? compare(value, &range->low) : 1;

	if (order < 0 || (order == 0 && !open))
		return;
	range->low = *value;
	range->range.low_open = open;
	range->has_low = true;
}

static void
lower_high(struct select_range *range, const struct record_value *value, bool open)
{
	int order = range->has_high ? compare(value, &range->high) : -1;

	if (order > 0 || (order == 0 && !open))
		return;
	range->high = *value;
	range->range.high_open = open;
	range->has_high = true;
}

static void
narrow(struct select *select, const struct indexed *indexed, enum filter_operator operator,
    const struct record_value *value)
{
	struct select_range *range;

	if (operator == FILTER_PREFIX && value->text.n == 0)
		return;
	range = range_of(select, indexed, value->type);
	if (operator == FILTER_PREFIX && (range->has_low || range->has_high)) {
		/* It stands beside the range that is there already. */
		range = &select->ranges[select->range_count++];
		*range = (struct select_range){ .path = indexed->path, .type = RECORD_TEXT,
			.range = { .record = select->ask.record, .path = indexed->path } };
	}
	if (operator == FILTER_PREFIX)
		range->range.prefix = true;
	if (operator != FILTER_LT && operator != FILTER_LE)
		raise_low(range, value, operator == FILTER_GT);
	if (operator != FILTER_GT && operator != FILTER_GE && operator != FILTER_PREFIX)
		lower_high(range, value, operator == FILTER_LT);
}

/* A bound between integers moves to the next one inside. */
static bool
fraction(double number, enum filter_operator *operator, struct record_value *value_r)
{
	bool low = *operator == FILTER_GT || *operator == FILTER_GE;
	double whole = low ? ceil(number) : floor(number);

	if (!(fabs(number) < INTEGER_LIMIT) ||
	    ((*operator == FILTER_EQ || *operator == FILTER_HOLDS) && whole < number))
		return false;
	if (*operator == FILTER_GT)
		*operator = FILTER_GE;
	if (*operator == FILTER_LT)
		*operator = FILTER_LE;
	*value_r = (struct record_value){ .type = RECORD_INTEGER, .number = (int64_t)whole };
	return true;
}

/* The constant as the index has it; false when it has nothing like it there. */
static bool
constant(const struct select *select, const struct filter_condition *condition,
    const struct indexed *indexed, enum filter_operator *operator,
    struct record_value *value_r)
{
	struct json_object *json = condition->constant;
	bool equal = *operator == FILTER_EQ || *operator == FILTER_HOLDS;

	*value_r = (struct record_value){ .type = RECORD_TEXT };
	if (condition->is_time) {
		*value_r = (struct record_value){ .type = RECORD_TIME, .number = doc_number(json) };
		return indexed->type == RECORD_TIME && !indexed->any_type &&
		    (!condition->from_now || !__builtin_add_overflow(value_r->number,
		    select->ask.now, &value_r->number));
	}
	switch (doc_type(json)) {
	case DOC_STRING:
		value_r->text = json_span(json);
		return indexed->type == RECORD_TEXT &&
		    (equal || (!indexed->folded && value_r->text.n <= TEXT_ORDERED));
	case DOC_BOOLEAN:
		*value_r = (struct record_value){ .type = RECORD_BOOLEAN,
			.number = doc_number(json) };
		return equal && (indexed->type == RECORD_BOOLEAN || indexed->any_type);
	case DOC_INTEGER:
		*value_r = (struct record_value){ .type = RECORD_INTEGER,
			.number = doc_number(json) };
		return indexed->type == RECORD_INTEGER;
	case DOC_FRACTION:
		return indexed->type == RECORD_INTEGER && fraction(
		    strtod(json_number_text(json).p, NULL), operator, value_r);
	default:
		return false;
	}
}

static void
add_condition(struct txn *txn, struct select *select,
    const struct filter_condition *condition)
{
	enum filter_operator operator = condition->operator;
	struct record_value value;
	struct indexed indexed;

	if (indexed_path(txn, select, condition->path, &indexed) &&
	    indexed.list == (operator == FILTER_HOLDS) &&
	    constant(select, condition, &indexed, &operator, &value))
		narrow(select, &indexed, operator, &value);
}

/* The selection of a project is a condition too. */
static void
add_scope(struct select *select)
{
	struct record_value value = { .type = RECORD_TEXT, .text = select->ask.project };
	struct indexed indexed;

	if (value.text.n > 0 && select->ask.record != RECORD_PROJECT &&
	    indexed_member(select, select->ask.record == RECORD_USER ? SPAN("projects")
	        : SPAN("project"), &indexed))
		narrow(select, &indexed, FILTER_EQ, &value);
}

static void
settle_range(struct txn *txn, struct select_range *range)
{
	range->range.low = range->has_low ? &range->low : NULL;
	range->range.high = range->has_high ? &range->high : NULL;
	range->rows = record_range_rows(txn, &range->range);
}

static int
by_rows(const void *a, const void *b)
{
	double x = ((const struct select_range *)a)->rows;
	double y = ((const struct select_range *)b)->rows;

	return x < y ? -1 : x > y;
}

static void
order_of(struct txn *txn, struct select *select)
{
	struct span sort = select->columns[select->column_count - 1].name;
	struct indexed indexed;

	select->order = (struct select_range){ .path = SPAN("") };
	if (!(span_starts(sort, "data.") ? indexed_data(txn, select, sort, false, &indexed)
	        : indexed_member(select, sort, &indexed)) || indexed.any_type || indexed.list)
		return;
	for (size_t i = 0; i < select->range_count && select->order.path.n == 0; i++)
		if (span_eq(select->ranges[i].path, indexed.path))
			select->order = select->ranges[i];
	if (select->order.path.n == 0)
		select->order = (struct select_range){ .path = indexed.path,
			.type = indexed.type,
			.range = { .record = select->ask.record, .path = indexed.path } };
	settle_range(txn, &select->order);
	select->order.range.backwards = select->backwards;
}

bool
select_plan_ranges(struct txn *txn, struct select *select)
{
	struct filter_condition conditions[CONDITIONS_MAX];
	size_t n = select->filter != NULL
	    ? filter_conditions(select->filter, conditions, CONDITIONS_MAX) : 0;

	select->ranges = arena_alloc(select->compiled, (n + 1) * sizeof *select->ranges);
	select->range_count = 0;
	add_scope(select);
	for (size_t i = 0; i < n; i++)
		add_condition(txn, select, &conditions[i]);
	for (size_t i = 0; i < select->range_count; i++)
		settle_range(txn, &select->ranges[i]);
	if (select->range_count > 1)
		qsort(select->ranges, select->range_count, sizeof *select->ranges, by_rows);
	/* The bounds moved with their ranges. */
	for (size_t i = 0; i < select->range_count; i++)
		settle_range(txn, &select->ranges[i]);
	if (select->sorted)
		order_of(txn, select);
	return txn_ok(txn);
}

/* Every row has a value where the order's path is bounded. */
static bool
order_is_bounded(const struct select *select)
{
	return select->order.has_low || select->order.has_high;
}

/* Rows to look at until the wanted ones are found by the index of the order. */
static double
walk_cost(const struct select *select, double found)
{
	double rows = order_is_bounded(select) ? select->order.rows : select->total;
	double wanted = (double)select->ask.limit;

	if (select->ask.limit > 0 && found >= 1 && rows * wanted / found < rows)
		rows = rows * wanted / found;
	return rows;
}

static struct select_range *
best(struct select *select)
{
	return select->range_count > 0 &&
	    select->ranges[0].rows * BY_INDEX_COST < select->total ? &select->ranges[0] : NULL;
}

/* A plan that goes on keeps its way; its index is named by its place. False where that way
 * is no more. */
static bool
resume(struct select *select)
{
	struct span path, id;
	char letter;

	select->by = NULL;
	if (select->way == SELECT_SORTED)
		select->by = best(select);
	if (select->way != SELECT_INDEX)
		return select->sorted ? select->way == SELECT_SORTED || select->way == SELECT_REST
		    : select->way == SELECT_ALL;
	if (!record_key_read(buf_bytes(&select->place), &letter, &path, &id))
		return false;
	if (select->sorted && span_eq(select->order.path, path))
		select->by = &select->order;
	for (size_t i = 0; i < select->range_count && !select->sorted && select->by == NULL; i++)
		if (span_eq(select->ranges[i].path, path))
			select->by = &select->ranges[i];
	return select->by != NULL;
}

/* The first time, or where other rules take away the way before a row was told. */
static void
choose_way(struct select *select)
{
	struct select_range *by = best(select);
	double found = by != NULL ? by->rows : select->total;

	select->place.n = 0;
	select->looked = 0;
	select->by = by;
	select->way = select->sorted ? SELECT_SORTED : by != NULL ? SELECT_INDEX : SELECT_ALL;
	/* Few are soon put in order; how many must be walked is known to a factor alone. */
	if (select->sorted && select->order.path.n > 0 && (by == NULL || by->rows >= RECORD_FEW) &&
	    walk_cost(select, found) <= found) {
		select->by = &select->order;
		select->way = SELECT_INDEX;
	}
}

/* What is put in order in memory is looked at whole for each page. */
static bool
can_be_ordered(struct txn *txn, const struct select *select)
{
	struct span sort;

	if (select->way != SELECT_SORTED || select->ask.looks == 0 ||
	    select->estimate <= (double)select->ask.looks)
		return true;
	/* Its own column is behind those that are told. */
	sort = select->columns[select->column_count - 1].name;
	return txn_fail(txn, FAULT_USAGE, "about %.0f records would have to be put in order "
	    "by %.*s, and %lld can be: choose a narrower filter, or an order that the index knows",
	    select->estimate, (int)sort.n, sort.p, (long long)select->ask.looks);
}

bool
select_plan(struct txn *txn, struct select *select)
{
	if (select->way == 0 || !resume(select)) {
		if (select->told.n > 0)
			return select->planned ? txn_fail(txn, FAULT_BUSY, "the rules that this "
			    "selection goes by have changed in its midst; begin again")
			    : txn_fail(txn, FAULT_USAGE, "\"after\" belongs to another question");
		choose_way(select);
	}
	select->estimate = select->by != NULL ? select->by->rows : select->total;
	if (select->way == SELECT_INDEX && select->sorted && !order_is_bounded(select))
		select->estimate = select->total;
	select->planned = true;
	return can_be_ordered(txn, select) && txn_ok(txn);
}

static void
put_bound(struct buf *out, const struct select_range *range, const struct record_value *value,
    const char *before)
{
	char time[TEXT_TIME_SIZE];

	buf_puts(out, before);
	switch (range->type) {
	case RECORD_TEXT:
		buf_putc(out, '\'');
		text_visible(out, value->text);
		buf_putc(out, '\'');
		break;
	case RECORD_TIME:
		buf_puts(out, text_time_write(value->number, time));
		break;
	case RECORD_BOOLEAN:
		buf_puts(out, value->number != 0 ? "true" : "false");
		break;
	case RECORD_INTEGER:
		buf_printf(out, "%lld", (long long)value->number);
		break;
	}
}

static void
put_range(struct buf *out, const struct select_range *range)
{
	if (range->range.prefix) {
		put_bound(out, range, &range->low, "begins with ");
	} else if (range->has_low && range->has_high && compare(&range->low, &range->high) == 0) {
		put_bound(out, range, &range->low, "= ");
	} else {
		if (range->has_low)
			put_bound(out, range, &range->low, range->range.low_open ? "> " : ">= ");
		if (range->has_high)
			put_bound(out, range, &range->high, range->has_low
			    ? range->range.high_open ? " and < " : " and <= "
			    : range->range.high_open ? "< " : "<= ");
	}
}

void
select_explain(struct select *select, struct jsonout *out)
{
	const struct select_range *by = select->by;
	struct buf range = { 0 };

	json_member(out, "scan", by != NULL ? SPAN("index") : SPAN("all"));
	if (by != NULL) {
		json_member(out, "index", by->path);
		put_range(&range, by);
		if (range.n > 0)
			json_member(out, "range", buf_bytes(&range));
		buf_free(&range);
	}
	json_member_int(out, "estimate", (int64_t)select->estimate);
	json_member_int(out, "of", (int64_t)select->total);
	json_member(out, "order", select->way == SELECT_SORTED ? SPAN("memory")
	    : by != NULL ? SPAN("index") : SPAN("id"));
	if (select->sorted) {
		json_member(out, "sort", select->columns[select->column_count - 1].name);
		json_member_bool(out, "backwards", select->backwards);
	}
}
