/* SPDX-License-Identifier: ISC */
/*
 * Macros: a named list of actions on one user or one ticket. Actions act on
 * the store inside the transaction of the delivery; e-mails and webhooks become
 * parcels in the outbox. All or nothing.
 *
 * An action is one const struct in macro_actions.c and its siblings: its name,
 * members, where it may stand, how it is compiled and run.
 */
#ifndef EARSHOT_MACRO_H
#define EARSHOT_MACRO_H

#include "act/delivery.h"
#include "record/doc.h"

extern const struct kind kind_macro;

struct macro;
struct member;

#define MACRO_DEPTH 5      /* run-macro inside run-macro */
#define MACRO_ACTIONS 50

/* Compiled with its templates, in the arena; NULL after txn_fail(). */
const struct macro *macro_load(struct txn *txn, struct arena *arena,
    struct span project, struct span key);
enum record macro_record(const struct macro *macro);
/* Of a document of this project that runs the macro, which is there: complains about a status,
 * an exposure or a field that it would give tickets, and that the project does not list. A macro
 * with a project of its own says so itself. */
void macro_refer(struct txn *txn, struct span project, struct span macro_project,
    struct span macro_key, struct complaints *complaints, const char *pointer);
/* For forms: the actions that may stand in macros of this automation, NULL-terminated, in the
 * arena; and what one has, without "action" and "when". NULL: there is none of that name. */
const char *const *macro_action_names(struct arena *arena, enum record record);
const struct member *macro_action_members(struct span name);
/* Runs every action whose `when` holds, adding steps and effects to the
 * delivery; txn_fail(FAULT_MACRO_FAILED) when one cannot be carried out.
 * Saves the target's document when it was changed. */
void macro_run(struct txn *txn, struct delivery *delivery, const struct macro *macro);

#endif
