/* SPDX-License-Identifier: ISC */
/*
 * The log of the runs of a macro by hand and by schedules (what deliveries do
 * stands in the journal). The last MACRO_LOG_KEPT runs of each macro are kept.
 *
 * run: at, by ("hand", "schedule phone/weekly"), target? {kind, id, name} or
 * filter?, state ("running", "done", "failed", "stopped"), targets, applied,
 * skipped, failed, failures[]? {target, detail} (the first few), detail?,
 * ended?, position? (the target seen last, while it is running).
 */
#ifndef EARSHOT_MACRO_LOG_H
#define EARSHOT_MACRO_LOG_H

#include "base/arena.h"
#include "base/secret.h"

struct json_object;
struct txn;

#define MACRO_LOG_KEPT 100

/* NULL when absent. macro: its full name. */
struct json_object *macro_log_load(struct txn *txn, struct span macro, struct id id);
void macro_log_save(struct txn *txn, struct span macro, struct id id,
    struct json_object *run);
/* The newest run before this one (NULL: of all); NULL at the end. */
struct json_object *macro_log_before(struct txn *txn, struct span macro,
    const struct id *before, struct id *id_r);
/* Likewise, of those on this record alone. */
struct json_object *macro_log_on(struct txn *txn, struct span macro, struct span kind,
    struct span record, const struct id *before, struct id *id_r);
void macro_log_drop(struct txn *txn, struct span macro);

#endif
