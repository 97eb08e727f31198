/* SPDX-License-Identifier: ISC */
/* What the files of the room share. */
#ifndef EARSHOT_SELECT_PRIVATE_H
#define EARSHOT_SELECT_PRIVATE_H

#include "community/select.h"

#include "community/group.h"
#include "community/saved_filter.h"

/* One column, as it is found. */
struct select_column {
	struct span name;           /* as it was asked for */
	struct span quoted[4];      /* the parts of a member's name, as in JSON without quotes */
	size_t parts;               /* 0: of a group, or found the long way */
	size_t group;               /* of select->groups; SIZE_MAX: none */
	size_t field;
};

/* How rows are found. */
enum select_way {
	SELECT_ALL = 'a',           /* records by their id */
	SELECT_INDEX = 'x',         /* by the index */
	SELECT_REST = 'r',          /* behind an index that gave the order: who has no value */
	SELECT_SORTED = 's',        /* found either way, put in order in memory */
};

/* A range of one path that every row of the filter must lie in. */
struct select_range {
	struct record_range range;
	struct span path;           /* in the index */
	enum record_type type;
	struct record_value low, high;
	bool has_low, has_high;
	double rows;                /* estimated */
};

/* A row that waits for its turn in memory. */
struct select_held {
	size_t key_n, id_n;
	char bytes[];               /* key, then id */
};

struct select {
	struct arena *arena;        /* of the caller */
	struct select_ask ask;
	struct arena *compiled;     /* what follows, until the configuration changes */
	uint64_t generation;        /* of it; 0: not compiled */
	const struct filter *filter; /* NULL: none */
	const struct group **groups; /* that columns look at */
	size_t group_count;
	struct select_column *columns; /* the asked ones; behind them the sort's */
	size_t column_count;
	bool sorted, backwards;
	struct select_range *ranges; /* that the filter allows, the best first */
	size_t range_count;

	/* The plan: how rows are found, and how they come in order. */
	bool planned;
	enum select_way way;
	struct select_range *by;    /* range that is walked; NULL: every record */
	struct select_range order;  /* of the sort, where it is the index that is walked */
	double estimate, total, looked;
	bool stopped;               /* by ask.looks */

	/* Where it goes on. */
	struct buf place;           /* of the walk: an id, or a key of the index */
	struct buf told;            /* the position behind the last row */

	/* This transaction. */
	struct txn *txn;
	struct arena_mark base, mark; /* of its arena, before and behind what the walk has there */
	struct walk *records;
	struct record_walk *index;
	struct json_object *doc;    /* of the row, when it was parsed */

	/* Rows in order in memory: the first ones of what is left, pass by pass. */
	struct select_held **held;  /* while gathering: a heap, the last one on top */
	size_t held_count, held_max, held_next;
	size_t heap_count;          /* gathered, but not in their order yet */
	bool gathered, full;
};

/* What a filter of such a selection may name. */
const char *const *select_roots(enum record record);

/* select_plan.c: the ranges of a compiled filter, and what is done with them. */
bool select_plan_ranges(struct txn *txn, struct select *select);
bool select_plan(struct txn *txn, struct select *select);

/* select_row.c */
bool select_columns(struct txn *txn, struct select *select);
/* Values of all columns, the sort's too, in the transaction's arena. */
const struct span *select_values(struct select *select, const struct select_row *row);
/* Orders as the index does; empty when there is nothing to sort by. */
struct span select_sort_key(struct select *select, struct span value);

#endif
