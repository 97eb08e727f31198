/* SPDX-License-Identifier: ISC */
/*
 * Secrets that documents hold sealed under secret.key: as {"sealed": TEXT} (webhook
 * actions of macros), or as {"box": TEXT} in an array "sealed" (senders of listeners).
 * Whoever seals or opens one does it here.
 */
#ifndef EARSHOT_SEALED_H
#define EARSHOT_SEALED_H

#include "base/arena.h"

struct json_object;
struct txn;

/* Makes the key where there is none and nothing is sealed under another: for what seals no
 * secrets, and can do without it. */
void sealed_prepare(struct txn *txn);
/* There is a key, made where there was none. False after FAULT_SECRET_UNREADABLE: secret.key is
 * missing, and secrets are sealed under it. */
bool sealed_ready(struct txn *txn);
/* Sealed; "" where it is not ready. */
struct span sealed_make(struct txn *txn, struct span secret);
/* False when it was sealed under another key, or that is missing. */
bool sealed_open(struct txn *txn, struct arena *arena, struct span sealed, struct span *secret_r);
/* Why, as a sentence that ends with what to do; in the transaction's arena. */
const char *sealed_why(struct txn *txn);

/* Of one document as it is stored: how many secrets it has; and how many are lost. */
size_t sealed_count(struct txn *txn, struct json_object *doc, size_t *lost_r);

/* The next document with a secret that cannot be opened, behind the position; false at the
 * end. It looks at every listener and macro: for those who ask how the store is. */
struct sealed_lost {
	const char *kind;      /* of static bytes */
	struct span name;
	size_t secrets;        /* of it that cannot be opened */
};
struct sealed_position {
	size_t kind;           /* from 0 */
	struct span after;     /* in the transaction's arena, or the caller's copy */
	size_t secrets;        /* seen so far */
};
bool sealed_next_lost(struct txn *txn, struct sealed_position *position,
    struct sealed_lost *lost_r);

#endif
