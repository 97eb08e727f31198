/* SPDX-License-Identifier: ISC */
/*
 * Who wants no more mail: the address that a message names for it (RFC 2369, RFC 8058),
 * and what becomes of a request there. The token in it is sealed: it names one user,
 * and nobody makes one for another.
 */
#ifndef EARSHOT_OPT_OUT_H
#define EARSHOT_OPT_OUT_H

#include "base/arena.h"

struct json_object;
struct txn;

/* Under this service of the programs for listeners (endpoint.h). */
#define OPT_OUT_SERVICE "unsubscribe"

/* Of what: everything that is not essential, or mail about what needs a hand. */
enum opt_out { OPT_OUT_MAIL, OPT_OUT_ALERTS };

/* What this parcel of kind email is. */
enum opt_out opt_out_of(struct json_object *parcel);
/* This user (may be NULL) does not want it: for alerts, either of both. */
bool opt_out_has(struct json_object *user, enum opt_out what);
/* The URL for the user of this address, in the arena; "" for an address of nobody, or
 * when our own is not known. */
struct span opt_out_url(struct txn *txn, struct span email, enum opt_out what);
/* The user's id, in the arena; false when it is no token of ours, or he is gone. */
bool opt_out_read(struct txn *txn, struct span token, struct span *id_r, enum opt_out *what_r);
/* False: he had already. */
bool opt_out_set(struct txn *txn, struct span id, enum opt_out what);

#endif
