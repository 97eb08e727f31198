/* SPDX-License-Identifier: ISC */
/*
 * Names that documents use for each other: "phone/close-ticket" is exact;
 * "close-ticket" is looked for in the project of the document that uses it,
 * then in the community.
 */
#ifndef EARSHOT_SCOPE_H
#define EARSHOT_SCOPE_H

#include "base/arena.h"

struct txn;

/* Where the document of this kind stands; false when there is none. The spans
 * are parts of name and project. */
bool scope_find(struct txn *txn, const char *kind, struct span project,
    struct span name, struct span *project_r, struct span *key_r);

#endif
