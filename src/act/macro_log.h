/* SPDX-License-Identifier: ISC */
/*
 * The log of the runs of a macro by hand and by schedules (what deliveries do
 * stands in the journal). The last MACRO_LOG_KEPT runs of each macro are kept.
 *
 * run: at, user (id) or by ("hand", "schedule phone/weekly"), target? {kind, id} (of a run on
 * one), filter? or chosen? (how many were chosen one by one), state ("running", "done", "failed",
 * "stopped", "left": by whom it was waited for), targets, applied, skipped, failed, failures[]?
 * {target {kind, id}, detail} (the first few), detail?, stoppedBy? (id of a user), ended?, and
 * while it is running position (the target seen last), looked and of (at how many records, of
 * how many), and, where somebody waits for it, awaited: the time when it was heard of last.
 *
 * Of a run on many the targets that failed are kept with it, one by one, up to
 * MACRO_LOG_FAILURES: target {kind, id}, detail.
 *
 * No address stands in it, so that it follows renames, and knows nobody whose account is gone.
 */
#ifndef EARSHOT_MACRO_LOG_H
#define EARSHOT_MACRO_LOG_H

#include "base/arena.h"
#include "base/secret.h"

struct json_object;
struct txn;

#define MACRO_LOG_KEPT 100
#define MACRO_LOG_FAILURES 1000

/* NULL when absent. macro: its full name. */
struct json_object *macro_log_load(struct txn *txn, struct span macro, struct id id);
/* It stands there as running, but whoever waited for its end is gone, or was not answered in
 * time: nobody goes on with it since then. */
bool macro_log_broken(struct txn *txn, struct json_object *run, int64_t now, int64_t *heard_r);
void macro_log_save(struct txn *txn, struct span macro, struct id id,
    struct json_object *run);
/* The run has come to this end, at that time; to be saved. */
void macro_log_end(struct json_object *run, const char *state, int64_t at);
/* The newest run before this one (NULL: of all); NULL at the end. */
struct json_object *macro_log_before(struct txn *txn, struct span macro,
    const struct id *before, struct id *id_r);
/* Likewise, of those on this record alone. */
struct json_object *macro_log_on(struct txn *txn, struct span macro, struct span kind,
    struct span record, const struct id *before, struct id *id_r);
void macro_log_drop(struct txn *txn, struct span macro);

void macro_log_fail(struct txn *txn, struct span macro, struct id id, struct span target,
    struct json_object *failure);
/* By the ids of the targets, from the one behind `after` ("": the first); NULL at the end. */
struct json_object *macro_log_failure(struct txn *txn, struct span macro, struct id id,
    struct span after, struct span *target_r);

#endif
