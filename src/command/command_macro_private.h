/* SPDX-License-Identifier: ISC */
/* Macros without a delivery: by hand on one target, on all that match by hand or
 * by a schedule. */
#ifndef EARSHOT_COMMAND_MACRO_PRIVATE_H
#define EARSHOT_COMMAND_MACRO_PRIVATE_H

#include "act/delivery.h"
#include "act/macro.h"
#include "command/command_private.h"
#include "lang/filter.h"

/* The target that the arguments name: {"kind"?, "id"? or "email"?}. False after
 * txn_fail(). whom: "the macro", for sentences. */
bool command_target(struct txn *txn, struct job *job, enum record record,
    const char *whom, struct target *target_r);
/* The argument "delivery", where there is one: the payload of the delivery begins as that of
 * this one in the log, or of its first item. False after txn_fail(). */
bool command_payload(struct txn *txn, struct job *job, struct delivery *delivery);
/* Documents that the arguments would try; *documents_r NULL: none. One of them, or a stored
 * one, is of this kind and name. False with the job's error. */
bool command_trial(struct job *job, const char *kind, struct span name,
    struct apply **documents_r);
/* A delivery of nothing to it: an empty payload unless it has one, no id. */
void command_delivery_begin(struct txn *txn, struct delivery *delivery, int64_t now);
/* What it did: "applied", or "skipped" when every action was. */
const char *command_delivery_did(const struct delivery *delivery);
/* {kind, id, name}: for the log and for people */
struct json_object *command_target_json(struct arena *arena, const struct target *target);

/*
 * One macro on all that match, target by target: each is a transaction that
 * also remembers how far the run came (in its row of macro_log.h), so that
 * after a crash it goes on there. A preview remembers here and changes nothing.
 */
struct macro_all {
	struct job *job;
	struct span project, key;       /* of the macro */
	struct span scope;              /* only what belongs to this project; "" all */
	struct span filter;             /* source */
	const struct span *chosen;      /* ids, each once, rising, instead of a filter; NULL: it counts */
	size_t chosen_count;
	const char *by;                 /* "schedule phone/weekly"; NULL: whoever asks */
	bool typed;                     /* the filter, by a person: its names must be known */
	struct id id;                   /* of the run */
	bool preview;
	int64_t until;                  /* the run stops then, and may go on later; 0: never */
	/* while it runs */
	struct span full_name;
	struct arena *arena;            /* of what is compiled */
	uint64_t generation;            /* of the store when it was */
	const struct macro *macro;
	const struct filter *compiled;
	struct json_object *row;        /* of a preview */
	int64_t looked, total;
	bool ended;
};

/* Begins the run in the log, where macro_all_run() finds it; what is wrong with macro and
 * filter fails now. */
void macro_all_begin(struct txn *txn, struct macro_all *all);
/* What is set above the line is whole and lives as long as the job. True when the run has
 * ended; false when it stopped, or with the job's error. */
bool macro_all_run(struct macro_all *all);
/* Always, at last. */
void macro_all_end(struct macro_all *all);
/* Ends the run in the log as one that failed. */
void macro_all_fail(struct txn *txn, struct macro_all *all, const char *detail);
/* Whoever waited for it has left: ends it in the log, if it was begun there. */
void macro_all_leave(struct txn *txn, struct macro_all *all);
/* {"targets","applied","skipped","failed","failures"?} into an open object. */
void macro_all_tell(struct txn *txn, struct macro_all *all, struct jsonout *out);

/* macro_log.c: the run of this macro that the argument "run" names; NULL after FAULT_NOT_FOUND. */
struct json_object *command_run_load(struct txn *txn, struct job *job, struct span macro,
    struct id *id_r);
/* A run of the log (act/macro_log.h). By whom, when it is written; by NULL: for whom the job is
 * made. And as it is told: people by the addresses that they have now. */
void command_run_by(struct json_object *run, const struct job *job, const char *by);
void command_run_told(struct txn *txn, struct job *job, struct json_object *run);
/* Its "failures" alone, by the names of their targets. */
void command_run_failures(struct txn *txn, struct job *job, struct json_object *run);

#endif
