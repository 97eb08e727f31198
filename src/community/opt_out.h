/* SPDX-License-Identifier: ISC */
/*
 * Who wants no more mail: the address that a message names for it (RFC 2369, RFC 8058),
 * and what becomes of a request there. The token in it is sealed: it names one user,
 * and nobody makes one for another.
 */
#ifndef EARSHOT_OPT_OUT_H
#define EARSHOT_OPT_OUT_H

#include "base/arena.h"

struct txn;

/* Under this service of the programs for listeners (endpoint.h). */
#define OPT_OUT_SERVICE "unsubscribe"

/* The URL for the user of this address, in the arena; "" for an address of nobody, or
 * when our own is not known. */
struct span opt_out_url(struct txn *txn, struct span email);
/* The user's id, in the arena; false when it is no token of ours, or he is gone. */
bool opt_out_read(struct txn *txn, struct span token, struct span *id_r);
/* False: he had already. */
bool opt_out_set(struct txn *txn, struct span id);

#endif
