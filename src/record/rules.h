/* SPDX-License-Identifier: ISC */
/*
 * Rules compiled once: listeners, API keys, groups, whatever is made from
 * configuration documents and read by every delivery. Kept with the store
 * until the configuration changes.
 */
#ifndef EARSHOT_RULES_H
#define EARSHOT_RULES_H

#include "base/arena.h"

struct txn;

/*
 * The rule of that kind and name, made when it is not there yet. It lives until
 * another transaction looks for a rule. make gets an arena that lives as long
 * as the rule; NULL (after txn_fail(), or because there is none) is passed on
 * and not kept. `kind` is a literal.
 */
const void *rules_find(struct txn *txn, const char *kind, struct span name,
    void *(*make)(struct txn *txn, struct arena *arena, struct span name));
/* The same for what is made from a user: forgotten also when a user's name or
 * rights have changed. */
const void *rules_find_person(struct txn *txn, const char *kind, struct span name,
    void *(*make)(struct txn *txn, struct arena *arena, struct span name));

#endif
