/* SPDX-License-Identifier: ISC */
/* An imported file, from its upload to its log: what its rows are, shared by the commands and
 * by the task that carries it out. */
#ifndef EARSHOT_COMMAND_IMPORT_PRIVATE_H
#define EARSHOT_COMMAND_IMPORT_PRIVATE_H

#include "command/command_private.h"
#include "record/import.h"

/*
 * Rows of TABLE_META:
 *   "import" NUL id               the import: user? (id; absent: the operator), at, kind, group? (of
 *                                 values, its name), file, bytes, received, state, task? (id, of
 *                                 what goes on), run? (of what went on last), encoding?, columns?[],
 *                                 clearEmpty?, line (done so far), read (bytes), created,
 *                                 updated, same, refused, kept and keptBytes (of refused),
 *                                 wrong? (why it cannot be read), notes?[], ended?, removed? (the
 *                                 file was)
 *   "import-file" NUL id, number  a piece of the file, as it came
 *   "import-refused" NUL id of    a row that was, or would be, refused: line, error, cells[];
 *   the task, line                before them the first of the file: line, header, cells[]
 *
 * state: "receiving", "checking" (a task), "checked", "importing" (a task), "done", "failed",
 * "stopped".
 */
struct json_object *import_load(struct txn *txn, struct id id);
void import_save(struct txn *txn, struct id id, struct json_object *row);
/* NULL with FAULT_NOT_FOUND where there is none that this actor may see; "import" of the
 * arguments. own: he must have made it, to do something with it. */
struct json_object *import_of(struct txn *txn, struct job *job, bool own, struct id *id_r);

/* Forgets what has outlived its time; the rows go by and by (record/sweep.h). */
void import_expire(struct txn *txn, int64_t now);

/* The next piece of the file, from 0; false at its end. */
bool import_piece(struct txn *txn, struct id id, size_t number, struct span *bytes_r);
/* Keeps a row that this task has refused: the JSON that is told. */
void import_refuse(struct txn *txn, struct id task, int64_t line, struct span json);

/* Options of the import as the row has them; the sink is the caller's. In the arena. False after
 * FAULT_NOT_FOUND: the group has gone. */
bool import_options_of(struct txn *txn, struct arena *arena, struct json_object *row,
    struct import_options *options_r);

#endif
