/* SPDX-License-Identifier: ISC */
/* Files that are imported by the console (command/import.c): those that were forgotten go. */
#ifndef EARSHOT_COMMAND_IMPORT_H
#define EARSHOT_COMMAND_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct txn;

/* Removes no more than max rows. True when more is to be removed already. */
bool import_expire(struct txn *txn, int64_t now, size_t max);

#endif
