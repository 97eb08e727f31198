/* SPDX-License-Identifier: ISC */
/*
 * Work that nobody waits for: a management call that is kept in the store until it has ended.
 * Whoever owns the store carries it out in slices, as a job without a caller, and the next owner
 * goes on with it; so the command remembers how far it is where it remembers what it did, and
 * tells of both under the id of the call. A command begins one by task_begin(), of another
 * command or of itself; one that can be carried out so has a give_up (command.h).
 *
 * Rows of TABLE_META: "task" NUL id -> {"at", "user"?, "args"}.
 */
#ifndef EARSHOT_TASK_H
#define EARSHOT_TASK_H

#include "base/arena.h"
#include "base/secret.h"

struct job;
struct json_object;
struct txn;

struct task {
	struct id id;             /* of the call */
	struct json_object *args; /* with "command" */
	struct span user;         /* id of for whom it is done; "" the operator */
};

/* Kept, with these arguments, for who makes the call of the job. It begins when that is over,
 * and committed. Fails with FAULT_BUSY where he has begun too many that have not ended. */
void task_begin(struct txn *txn, struct job *job, struct id id, struct json_object *args);
/* It has ended, or is not wanted any more: the job of one that runs learns that by itself. */
void task_drop(struct txn *txn, struct id id);
/* The first one behind this id (NULL: of all), in the transaction's arena; false at the end. */
bool task_next(struct txn *txn, const struct id *after, struct task *task_r);
#endif
