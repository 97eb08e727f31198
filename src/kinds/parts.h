/* SPDX-License-Identifier: ISC */
/* The comments on records and their values as documents: what goes with a record that is
 * removed. */
#ifndef EARSHOT_KINDS_PARTS_H
#define EARSHOT_KINDS_PARTS_H

#include "record/doc.h"
#include "record/record.h"

struct group;

void comment_each(struct txn *txn, enum record record, struct span id,
    const struct doc_visit *visit);
void value_each(struct txn *txn, enum record record, struct span id,
    const struct doc_visit *visit);
/* All values of the group. */
void value_each_of(struct txn *txn, const struct group *group, const struct doc_visit *visit);

#endif
