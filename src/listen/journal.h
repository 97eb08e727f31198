/* SPDX-License-Identifier: ISC */
/*
 * The delivery log: one entry for every authenticated delivery, with its trace
 * and its answer, its raw body beside it; and what recognises repeats.
 *
 * entry, as it is told: id, at, listener, type, outcome, status, address,
 * apiKey?, key? (the sender's id), event?, target? {kind, id}, path, contentType,
 * bodyBytes, cut? (less of it was kept), masked?[] (parameters whose values were
 * not), replayOf?, repeatOf? (the delivery that this one repeats: its answer was told
 * again), replayedAs? (the replay that succeeded), steps[] {step, verdict, text},
 * actions?[] {action, result}, detail? and errors? of a failure, answer? (where it cannot be told
 * from the rest: batches). It is stored shorter.
 */
#ifndef EARSHOT_JOURNAL_H
#define EARSHOT_JOURNAL_H

#include "act/delivery.h"
#include "base/buf.h"
#include "http/mask.h"
#include "record/doc.h"

extern const struct kind kind_delivery; /* export only */

struct journal_entry {
	enum fault outcome;
	int status;
	struct span key;        /* the sender's delivery id or Idempotency-Key, "" none */
	struct span detail;     /* of a failure */
	struct span answer;     /* body of a batch's answer; "" when the entry tells it */
	struct id replay_of;    /* zero: none */
	struct id repeat_of;    /* a duplicate's first delivery; zero: none */
	bool begun;             /* the entry stands already, as that of an unfinished one */
	struct span body;       /* as it is kept; n is 0 for nothing */
	bool cut;               /* that is not all of it */
	const struct masked *masked; /* what the kept body lacks; or NULL */
};
/* The trace as a JSON array. */
void journal_steps(struct jsonout *out, const struct delivery *delivery);
void journal_add(struct txn *txn, struct delivery *delivery,
    const struct journal_entry *entry);

/* The stored entry, NULL when absent; its raw body (false when it is gone). */
struct json_object *journal_load(struct txn *txn, struct id id);
struct json_object *journal_load_brief(struct txn *txn, struct id id); /* as of journal_query */
bool journal_body(struct txn *txn, struct id id, struct span *body_r);
bool journal_has(struct txn *txn, struct id id);

/*
 * Marks: what came before, by listener and by a name. The kinds have no names in
 * common, whatever senders call their deliveries.
 */
enum mark_kind {
	MARK_ID = 'i',      /* the sender's id, or its Idempotency-Key */
	MARK_CONTENT = 'c', /* hash of the body in hex, and "/" and the target of the path */
	MARK_SIGNED = 's',  /* likewise, of what was signed */
	MARK_REPLAY = 'r',  /* the id of the delivery that was replayed with success */
	MARK_CALL = 'x',    /* the id of a management call */
};
struct journal_mark {
	struct id delivery;
	unsigned char hash[SECRET_SHA256_SIZE]; /* of what came: body, and target of the path */
	bool old;          /* found: of a store before kinds; the hash is that of the body alone */
};
/* Expired marks count as absent. */
bool journal_mark_find(struct txn *txn, struct span listener, enum mark_kind kind,
    struct span name, int64_t now, struct journal_mark *mark_r);
int64_t journal_mark_until(struct span value); /* of the stored form */
void journal_mark_add(struct txn *txn, struct span listener, enum mark_kind kind,
    struct span name, const struct journal_mark *mark, int64_t until);

/* Takes back the mark of this delivery: it has failed after all. */
void journal_mark_drop(struct txn *txn, struct span listener, enum mark_kind kind,
    struct span name, struct id delivery);

/* The outcome is the one wanted: "" any, "failed" all that are not settled. */
bool journal_outcome_wanted(struct span wanted, struct span outcome);

/* Listing: newest first, behind position `after`. */
struct journal_query {
	struct span listener;  /* "" all */
	struct span outcome;   /* "" all; "failed" all that are not settled */
	int64_t since, until;  /* µs; 0 open */
	bool brief;            /* without steps, actions, errors and answer, most of the work */
};
struct json_object *journal_next(struct txn *txn, const struct journal_query *query,
    struct span after, struct span *position_r);

/*
 * Deliveries about records with one of these ids, of whatever kind, newest first
 * (journal_about.c). Each step looks at the newest delivery, or at some thousand older ones,
 * behind `after`; *entry_r is NULL where it was none of them. False at the end.
 */
#define JOURNAL_ABOUT_MAX 2
struct journal_about {
	struct span ids[JOURNAL_ABOUT_MAX];
	size_t count;
	bool brief; /* as of journal_query */
};
bool journal_about_next(struct txn *txn, const struct journal_about *about, struct span after,
    struct span *position_r, struct json_object **entry_r);
/* Makes a row of what that needs; true when there may be another to be made. */
bool journal_about_gather(struct txn *txn, int64_t now);
/* A delivery is put under this id; and those of rows that end before this time are gone. */
void journal_about_add(struct txn *txn, struct id id);
void journal_about_expire(struct txn *txn, int64_t limit);

/*
 * A row of TABLE_DELIVERY is the entry, a JSON text, and behind a NUL the body
 * when it is short: most are, and a row of its own costs as much as the entry.
 * Longer ones stand in TABLE_BODY, out of the way of those who read the log.
 */
struct span journal_row_entry(struct span row);

/* Key of TABLE_BYLIST; without an id the prefix of a listener's rows. */
struct span journal_list_key(struct arena *arena, struct span listener,
    const struct id *id);

/*
 * Every delivery listener by listener, without its entry, for what counts them.
 * Closed by walk_close(). All live until the next step.
 */
struct journal_brief {
	struct span listener; /* its full name */
	struct id id;
	struct span outcome;
};
struct walk *journal_brief(struct txn *txn);
bool journal_brief_next(struct walk *walk, struct journal_brief *brief_r);

/*
 * Removes what has outlived its retention: entries, bodies, marks. Looks at no
 * more than max rows of each; where the marks are concerned it goes on from where
 * it was, round and round. A clock that cannot be right removes nothing (clock.h).
 * True when more is to be removed already.
 */
struct journal_sweep {
	char mark[160];     /* key of the mark looked at last, cut if long */
	size_t mark_size;
	struct id stripped; /* entry whose body was looked at last; zero: not yet known */
};
bool journal_expire(struct txn *txn, struct journal_sweep *sweep, int64_t clock, size_t max);

#endif
