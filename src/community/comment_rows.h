/* SPDX-License-Identifier: ISC */
/* What those share that walk the rows of comments. */
#ifndef EARSHOT_COMMENT_PRIVATE_H
#define EARSHOT_COMMENT_PRIVATE_H

#include "community/feedback.h"

/* The comment's key in TABLE_COMMENT. */
struct span comment_key(struct arena *arena, enum record record, struct span target,
    struct id id);
/* What the keys of all comments on the target begin with. */
struct span comment_prefix(struct arena *arena, enum record record, struct span target);
/* The parts of such a key; false when it is none. */
bool comment_key_read(struct span key, enum record *record_r, struct span *target_r,
    struct id *id_r);
/* Of the key: record letter and id, as the index of authors has them. */
struct span comment_target(struct span key);
/* The row, its index and the tally, without telling anybody. False when there
 * is a comment with this id already. */
bool comment_store(struct txn *txn, const struct comment *comment);
/* The opposite. */
void comment_drop(struct txn *txn, struct span key);
/* Of one that is there the text, and what says that it was changed: when and by whom the comment
 * tells, where that is other than is stored, else now, by whom the transaction is made for. The
 * rest stays, and nobody is told. False: it has this text already. */
bool comment_reword(struct txn *txn, const struct comment *comment);

#endif
