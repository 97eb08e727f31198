/* SPDX-License-Identifier: ISC */
/* What the files of the courier's calls share. */
#ifndef EARSHOT_COMMAND_POST_PRIVATE_H
#define EARSHOT_COMMAND_POST_PRIVATE_H

#include "command/command_private.h"

#include <stdint.h>

/* When this parcel has been tried for long enough. */
int64_t post_end(struct job *job, struct json_object *parcel);

/* Ends leases of couriers that have died, and those of the one that asks but for
 * what it holds. */
void post_release(struct txn *txn, struct job *job);

/*
 * Order, where the macro asks for it: the parcels of one macro for one target
 * stand in a row, and only the first of them that is not settled may be sent.
 */
/* True when the parcel, which is due, has to wait; its due time was moved then. */
bool post_order_waits(struct txn *txn, struct id id, struct json_object *parcel,
    int64_t now);
/* The parcel was settled: the next may go. */
void post_order_leave(struct txn *txn, struct id id, struct json_object *parcel);

#endif
