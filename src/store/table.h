/* SPDX-License-Identifier: ISC */
/*
 * Named tables: ordered bytes to bytes. Which rows stand in which table is
 * said here, once. A room of the domain owns a table or two, and alone writes to them;
 * what checks a store reads them all. TABLE_META is everybody's: each room has rows of
 * its own there, told apart by how their names begin.
 */
#ifndef EARSHOT_TABLE_H
#define EARSHOT_TABLE_H

#include "base/arena.h"

#include <stdint.h>

struct txn;

enum table {
	TABLE_META,     /* name -> small values: the format (store), "removed" (witness),
	                   next ids and "words" (record), "clock" (clock), "fold" (refold), "stripped" and
	                   "about" NUL … -> targets of deliveries (journal),
	                   "unfinished" NUL … -> large batches on their way (gate_unfinished),
	                   "apikeyhashx:" and a hash -> name of the key (apikey),
	                   "schedule" NUL name -> what it has done (schedule), "macro-run" NUL
	                   name NUL id -> a run, "macro-failed" NUL … -> a target (macro_log),
	                   "task" NUL id -> a call that goes on (task), "import" NUL id -> one,
	                   "import-file" NUL …, "import-refused" NUL … (import), "sweep" NUL and
	                   what keys begin with -> nothing (sweep), "ordered" NUL … -> nothing
	                   (post_order), "session:", "sign-in:", "password:", "tries:"
	                   (session), "condition" NUL … -> one, "told" NUL …,
	                   "looked" and "dead-counted" (condition), "group-rows",
	                   "group-next", "group-lost", "group-old" and "group-told" NUL …
	                   (group_change) */
	TABLE_DOC,      /* kind NUL project NUL key -> document               (doc) */
	TABLE_USER,     /* user id -> document                                (record) */
	TABLE_FEEDBACK, /* feedback id -> document                            (record) */
	TABLE_INDEX,    /* term NUL NUL record id -> nothing                  (record) */
	TABLE_TALLY,    /* feedback id -> counts that move its popularity     (feedback) */
	TABLE_NOTE,     /* user id NUL number -> note                         (people) */
	TABLE_COMMENT,  /* 'u'|'f' target id NUL comment id -> document       (comment) */
	TABLE_VALUE,    /* 'u'|'f'|'p' target id NUL rows of a group -> document (group) */
	TABLE_HISTORY,  /* as TABLE_VALUE, NUL parameter NUL time -> value    (group) */
	TABLE_DELIVERY, /* delivery id -> log entry, NUL and a short body     (journal) */
	TABLE_BODY,     /* delivery id -> longer raw body, byte for byte      (journal) */
	TABLE_BYLIST,   /* listener NUL delivery id -> outcome                (journal) */
	TABLE_DEDUP,    /* listener NUL kind, hash of a name -> delivery id, hash, end (journal) */
	TABLE_OUTBOX,   /* parcel id -> parcel                                (outbox) */
	TABLE_DUE,      /* 'w' waiting, 'l' leased, 'd' dead, 's' sent or dropped,
	                   then time, parcel id -> nothing; 'a' (waiting, leased)
	                   and 'r' (others) folded address NUL parcel id -> nothing
	                                                                      (outbox) */
	TABLE_AUDIT,    /* entry id -> how much came before it, and the change   (audit) */
	TABLE_AUDIT_OF, /* 'd' kind NUL document, 'k' kind, 'p' project, 'a' user id of who
	                   did it, 'u' user id of whom it is about; NUL entry id -> nothing
	                                                                      (audit) */
	TABLE_AUDIT_PART, /* entry id, number -> a document that went with it (audit) */
	TABLE__MAX
};

const char *table_name(enum table table);

/* The value lives in the transaction's arena. False when absent or failed. */
bool table_get(struct txn *txn, enum table table, struct span key,
    struct span *value_r);
bool table_has(struct txn *txn, enum table table, struct span key);
void table_put(struct txn *txn, enum table table, struct span key,
    struct span value);
/* False when the key exists already (or failed); then nothing is changed. */
bool table_add(struct txn *txn, enum table table, struct span key,
    struct span value);
/* Absence is no failure. */
void table_del(struct txn *txn, enum table table, struct span key);

/*
 * Walks the keys that begin with the prefix, in order or backwards, from the
 * key `from` (included; when empty from the end where the walk begins). The
 * table may be changed between steps; a step sees what is there then.
 */
struct walk;
struct walk *walk_open(struct txn *txn, enum table table, struct span prefix,
    struct span from, bool backwards);
/* Forwards, many rows fetched at once, for long reads: several times faster, but
 * a step sees what was there when its like were fetched. */
struct walk *walk_open_bulk(struct txn *txn, enum table table, struct span prefix,
    struct span from);
/* Bytes live until the next step. False at the end or failed. */
bool walk_next(struct walk *walk, struct span *key_r, struct span *value_r);
void walk_close(struct walk **walk);

/* Rows, without reading them all (estimates from Berkeley DB): of the table, and
 * from one key (included) to another; an empty one is the table's end. */
uint64_t table_rows(struct txn *txn, enum table table);
double table_between(struct txn *txn, enum table table, struct span from, struct span to);

#endif
