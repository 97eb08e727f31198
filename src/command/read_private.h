/* SPDX-License-Identifier: ISC */
/* What the files of the room share. */
#ifndef EARSHOT_READ_PRIVATE_H
#define EARSHOT_READ_PRIVATE_H

#include "command/read.h"

#include "command/command_private.h"
#include "community/select.h"
#include "http/endpoint.h"

/* The one record that the path asks for, while it is looked for. */
struct read_target {
	struct span path;           /* in the index; "id": the target itself */
	struct record_value values[2]; /* what finds it there */
	size_t value_count;
	struct span id;             /* found; p NULL: not yet */
};

struct reading {
	struct job *job;
	const struct request *request;
	bool package;
	struct endpoint endpoint;
	struct span api_key;        /* name of the key presented */
	struct span view;           /* full name, of packages */
	struct select_ask ask;
	struct select *select;
	/* asked for */
	struct span by;             /* "" the usual */
	int64_t limit;
	bool csv;
	struct command_position after;
	/* how far */
	bool single;                /* one record, not a page */
	struct read_target target;  /* then */
	struct buf *out;
	int64_t rows;
	struct span next;           /* where another page begins, in the arena of the job; "" none */
};

/*
 * read_target.c: what the one record is found by; false after txn_fail(). A package finds
 * only by what it shows: else it would be an oracle for the rest.
 */
bool read_target_begin(struct txn *txn, struct reading *reading);
/* Between select_begin() and its end: only what is in the view counts. False after
 * txn_fail(). */
bool read_target_find(struct txn *txn, struct reading *reading);

/*
 * read_cursor.c: where the next page begins, for the holder of this key and for this view
 * alone. It is sealed, since it holds the value that the last row is sorted by, which the
 * view may not show. In the arena of the job.
 */
struct span read_cursor(struct txn *txn, const struct reading *reading);
/* Into reading->after; false when it is none of this view and key. */
bool read_cursor_take(struct txn *txn, struct reading *reading, struct span text);

#endif
