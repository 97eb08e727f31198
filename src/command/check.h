/* SPDX-License-Identifier: ISC */
/*
 * What check.c and its siblings share: a pass looks at every row of one
 * table, in the order of its keys, and tells what is wrong with it.
 */
#ifndef EARSHOT_COMMAND_CHECK_H
#define EARSHOT_COMMAND_CHECK_H

#include "command/command_private.h"
#include "record/record.h"
#include "store/table.h"

struct check {
	struct job *job;
	struct txn *txn;                    /* while rows are looked at */
	const struct check_pass *pass;
	struct span key;                    /* of the present row */
	/* Comments of one ticket follow each other: counted as they come. */
	struct command_position ticket;
	int64_t comments;
	uint64_t checked, total, problems;
	bool empty;                         /* nothing stands in the store */
};

struct check_pass {
	enum table table;
	void (*row)(struct check *check, struct span key, struct span value);
	void (*end)(struct check *check);   /* behind the last row, without a key; may be NULL */
};

/* NULL-terminated by a row without function. */
extern const struct check_pass check_documents[], check_records[], check_logs[];

/* About the present row. repair is a sentence. */
void check_problem(struct check *check, const char *repair, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The row as JSON, or NULL after a problem. */
struct json_object *check_parse(struct check *check, struct span value);
/* The document keeps what its kind says of references; else problems. */
void check_refer(struct check *check, const struct kind *kind, struct json_object *doc);
bool check_in_index(struct check *check, struct span key);

/* How a damaged store is mended. */
extern const char check_restore[], check_rebuild[], check_apply[];

#endif
