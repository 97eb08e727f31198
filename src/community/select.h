/* SPDX-License-Identifier: ISC */
/*
 * Users, tickets or projects by a filter, in an order, with chosen columns: the
 * one engine under lists, reports and the endpoints that give out data. A small
 * planner finds the rows by the index where the filter or the order allows it,
 * else by reading every record; the rows are the same either way.
 *
 * Columns, also for sorting, are dotted members of the document ("email",
 * "fields.plan"), JSON Pointers into it, and data.<group>.<label or parameter>.
 *
 * A selection breathes: it goes on behind the last row told, whatever happened to the
 * store in between.
 */
#ifndef EARSHOT_SELECT_H
#define EARSHOT_SELECT_H

#include "base/buf.h"
#include "record/doc.h"
#include "record/record.h"

struct select;

struct select_ask {
	enum record record;
	struct span project;       /* only its tickets or participants, and its own groups
	                            * come first; "": the community */
	struct span filter;        /* CEL over the record's name, data and project, and
	                            * saved filters; "": all */
	struct span sort;          /* a column, "-" before it: backwards; "": as they are found.
	                            * Who has no value comes last, equals come by their id */
	const struct span *columns;
	size_t column_count;
	bool names;                /* a filter that names nothing is refused (names.h) */
	int64_t limit;             /* rows that are wanted now, 0: all; only the plan looks at it */
	int64_t looks;             /* records to look at, 0: all; for who may do with less, and
	                            * go on then. Where an order needs more than that in memory,
	                            * the ask is refused */
	int64_t now;               /* of the filter, microseconds */
};

/* In the arena, the ask is copied. What is wrong with it select_begin() tells. */
struct select *select_new(struct arena *arena, const struct select_ask *ask);
/* To go on behind a row of another selection that asks the same. */
void select_after(struct select *select, struct span position);

/* False after txn_fail(), FAULT_USAGE when the ask is wrong. */
bool select_begin(struct txn *txn, struct select *select);
struct select_row {
	struct span id;
	struct span text;          /* the stored document */
	const struct span *values; /* JSON, parallel to the columns; p NULL: it has none */
};
/*
 * False at the end, or when the transaction failed. It breathes before it looks at the next
 * record. The row lives until the next one, which rewinds the transaction's arena to what
 * it was behind select_begin(): also for what the caller has put there since.
 */
bool select_next(struct select *select, struct select_row *row_r);
/* Between begin and end: the record of this id, as if it were the next row; nothing is
 * rewound. False when there is none, it does not match, or is not of the project. */
bool select_one(struct select *select, struct span id, struct select_row *row_r);
/* Whether there may be more: it has looked at as many as it was to. */
bool select_stopped(const struct select *select);
/* Before the transaction ends. */
void select_end(struct select *select);

/* Of the last row told, or where it has stopped, for select_after(); lives until the next one. */
struct span select_position(const struct select *select);
/* What has been looked at of what must be, 0 to 1. */
double select_progress(const struct select *select);
/* Between begin and end: the row's whole document with its kind and all that is
 * derived of it, in the transaction's arena. */
struct json_object *select_document(struct select *select, const struct select_row *row);
/*
 * Members about the plan into an open object: "scan" ("index", "all"), "index"
 * (its path), "range" (a sentence), "estimate" (rows to look at), "of" (records
 * there are), "order" ("index", "memory", "id"). Between begin and end.
 */
void select_explain(struct select *select, struct jsonout *out);

/*
 * view document: key, project?, name?, description?, automation ("user",
 * "feedback", "project"), filter?, columns[]?, sort?: a selection with a name, of
 * its project when it has one.
 */
extern const struct kind kind_view;
/* What the view asks, in the arena; now and limit are the caller's. The name is
 * looked for in the project, then in the community. False after txn_fail(). */
bool select_view(struct txn *txn, struct arena *arena, struct span project,
    struct span name, struct select_ask *ask_r);

/* A line of CSV (RFC 4180, with its end) of one JSON value each: text as it is, a
 * list of plain values with ", " between, the rest as JSON. What it takes of the arena can
 * go behind it. */
void select_csv(struct arena *arena, struct buf *out, const struct span *values,
    size_t count);
/* {"email":…,"data.usage.plan":…}; what has no value is null. */
void select_json(struct jsonout *out, const struct span *columns,
    const struct span *values, size_t count);

/* The source of a filter for what both match; "" matches all. */
struct span select_both(struct arena *arena, struct span filter, struct span other);

#endif
