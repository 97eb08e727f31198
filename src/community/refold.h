/* SPDX-License-Identifier: ISC */
/*
 * Stores made before addresses were compared letter by letter: "straße.example" stood in
 * their keys as "strasse.example", which is another domain. Done once for each store, in
 * one transaction, by reading all records; a store without such letters changes in nothing
 * but a mark.
 */
#ifndef EARSHOT_REFOLD_H
#define EARSHOT_REFOLD_H

#include "base/fault.h"

struct store;

bool refold(struct store *store, struct error *error);

#endif
