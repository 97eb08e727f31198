/* SPDX-License-Identifier: ISC */
/*
 * Parcels: e-mails and outgoing webhooks, written in the transaction of the
 * effect that causes them. Nothing here sends; the courier takes what is due.
 *
 * parcel document: id, kind ("email", "webhook"), created, due, tries, state
 * ("waiting", "leased", "sent", "dead", "dropped"), to (address or URL), delivery?,
 * macro?, target {kind,id}?, plus what the kind needs (email: subject, text,
 * html, from, replyTo, essential; webhook: method, url, headers, body, auth,
 * timeout, sign, returns), lastError?, answer?.
 */
#ifndef EARSHOT_OUTBOX_H
#define EARSHOT_OUTBOX_H

#include "doc.h"
#include "secret.h"

#include <stdint.h>

/* Takes a document without id, state, tries; due at `due`. The id's text is in the arena. */
struct span outbox_add(struct txn *txn, struct json_object *parcel, int64_t now,
    int64_t due);
struct json_object *outbox_load(struct txn *txn, struct id id);
/* Moves to state and due time, keeping the due table in step. */
void outbox_save(struct txn *txn, struct id id, struct json_object *parcel,
    const char *state, int64_t due);
/* Ids of waiting parcels due at or before now, oldest first. */
size_t outbox_due(struct txn *txn, int64_t now, struct id *ids, size_t max);
/* When the next parcel is due; INT64_MAX when none waits. */
int64_t outbox_next_due(struct txn *txn);
/* Waiting parcels to this address become "dropped". */
void outbox_drop_to(struct txn *txn, struct span address);

#endif
