/* SPDX-License-Identifier: ISC */
/*
 * The delivery log: one entry for every authenticated delivery, with its trace
 * and its answer, its raw body beside it; and what recognises repeats.
 *
 * entry, as it is told: id, at, listener, type, outcome, status, address,
 * apiKey?, key? (the sender's id), event?, target? {kind, id}, path, contentType,
 * bodyBytes, replayOf?, steps[] {step, verdict, text}, actions?[] {action,
 * result}, detail? and errors? of a failure, answer? (where it cannot be told
 * from the rest: batches). It is stored shorter.
 */
#ifndef EARSHOT_JOURNAL_H
#define EARSHOT_JOURNAL_H

#include "buf.h"
#include "delivery.h"
#include "doc.h"

extern const struct kind kind_delivery; /* export only */

struct journal_entry {
	enum fault outcome;
	int status;
	struct span key;        /* the sender's delivery id or Idempotency-Key, "" none */
	unsigned char body_hash[SECRET_SHA256_SIZE];
	struct span detail;     /* of a failure */
	struct span answer;     /* body of the answer, "" when the entry tells it */
	struct id replay_of;    /* zero: none */
	int64_t keep_bytes;     /* of the body */
};
/* The trace as a JSON array. */
void journal_steps(struct jsonout *out, const struct delivery *delivery);
void journal_add(struct txn *txn, struct delivery *delivery,
    const struct journal_entry *entry);

/* The stored entry, NULL when absent; its raw body (false when it is gone). */
struct json_object *journal_load(struct txn *txn, struct id id);
bool journal_body(struct txn *txn, struct id id, struct span *body_r);
bool journal_has(struct txn *txn, struct id id);

/* What came before under the sender's key. Expired marks count as absent. */
struct journal_mark {
	struct id delivery;
	unsigned char body_hash[SECRET_SHA256_SIZE];
};
bool journal_mark_find(struct txn *txn, struct span listener, struct span key,
    int64_t now, struct journal_mark *mark_r);
void journal_mark_add(struct txn *txn, struct span listener, struct span key,
    const struct journal_mark *mark, int64_t until);

/* Listing: newest first, behind position `after`. */
struct journal_query {
	struct span listener;  /* "" all */
	struct span outcome;   /* "" all; "failed" all that are not settled */
	int64_t since, until;  /* µs; 0 open */
};
struct json_object *journal_next(struct txn *txn, const struct journal_query *query,
    struct span after, struct span *position_r);

/* Removes at most max expired rows; how many were. */
size_t journal_expire(struct txn *txn, int64_t now, size_t max);

#endif
