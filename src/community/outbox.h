/* SPDX-License-Identifier: ISC */
/*
 * Parcels: e-mails and outgoing webhooks, written in the transaction of the
 * effect that causes them. Nothing here sends; the courier takes what is due.
 *
 * parcel document: id, kind ("email", "webhook"), state, created, due, tries, to
 * (address or URL), delivery?, macro?, target {kind,id}?, plus what the kind needs
 * (email: subject, text, html, from, replyTo, essential, private (its text is for the
 * recipient alone), trial (tried once, and given up whatever the relay says); webhook: method, url,
 * headers, body, auth, timeout, sign, returns), and of what became of it tried?,
 * status?, lastError?, answer? (the last try) and attempts[]? {at, result, status?,
 * error?} (the last 20).
 *
 * States: "waiting"; "leased" until its due time, when it is due again because
 * whoever took it has died; settled are "sent", "dead" (a person decides) and
 * "dropped". Who ends a lease loads the parcel anew: if it is not "leased" any
 * more, it was dropped meanwhile and stays so.
 */
#ifndef EARSHOT_OUTBOX_H
#define EARSHOT_OUTBOX_H

#include "base/secret.h"
#include "record/doc.h"

#include <stdint.h>

/* Takes a document without id, state, tries; due at `due`. The id's text is in the arena. */
struct span outbox_add(struct txn *txn, struct json_object *parcel, int64_t now,
    int64_t due);
struct json_object *outbox_load(struct txn *txn, struct id id);
/* Moves to state and due time, keeping the due table in step. For a settled
 * state `due` is when that happened. */
void outbox_save(struct txn *txn, struct id id, struct json_object *parcel,
    const char *state, int64_t due);
/* Ids of leased parcels whose lease has ended, and of waiting ones due at or
 * before now, the oldest of both first. */
size_t outbox_due(struct txn *txn, int64_t now, struct id *ids, size_t max);
/* When the next parcel is due; INT64_MAX when none waits. */
int64_t outbox_next_due(struct txn *txn);
/* For refold.h: the rows by recipient as they are made today; how many changed. */
size_t outbox_refold(struct txn *txn);
/* Waiting and leased parcels to this address (e-mail, without case) become "dropped". */
void outbox_drop_to(struct txn *txn, struct span address, int64_t now);

/* One step of a listing: the parcel behind position `after` (empty: the first),
 * its position in the arena. False at the end. */
enum outbox_list {
	OUTBOX_WAITING, /* what is due first comes first */
	OUTBOX_LEASED,  /* likewise */
	OUTBOX_DEAD,    /* newest first */
	OUTBOX_ALL,     /* newest first */
};
bool outbox_next(struct txn *txn, enum outbox_list list, struct span after,
    struct id *id_r, struct span *position_r);
/* The e-mails to this address (without case), behind position `after`: those that wait or are
 * being sent, then the others, of each the newest first. */
bool outbox_next_to(struct txn *txn, struct span address, struct span after, struct id *id_r,
    struct span *position_r);
/* Removes parcels that were sent or dropped before this time, at most max;
 * how many they were. */
size_t outbox_tidy(struct txn *txn, int64_t before, size_t max);

#endif
