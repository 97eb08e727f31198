/* SPDX-License-Identifier: ISC */
/* Rows of TABLE_META that are JSON objects. */
#ifndef EARSHOT_META_H
#define EARSHOT_META_H

#include "store/store.h"

struct json_object;

/* In the transaction's arena; NULL: there is none. */
struct json_object *meta_load(struct txn *txn, struct span key);
void meta_save(struct txn *txn, struct span key, struct json_object *row);
/* The next row whose key is the prefix and an id, behind that of this key ("": the first);
 * backwards: before it. NULL at the end. */
struct json_object *meta_next(struct txn *txn, struct span prefix, struct span from, bool backwards,
    struct id *id_r);

#endif
