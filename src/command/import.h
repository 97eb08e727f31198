/* SPDX-License-Identifier: ISC */
/* Files that are imported by the console (command/import.c): those that were forgotten go. */
#ifndef EARSHOT_COMMAND_IMPORT_H
#define EARSHOT_COMMAND_IMPORT_H

#include <stdint.h>

struct txn;

/* Forgets what has outlived its time; the rows go by and by (record/sweep.h). */
void import_expire(struct txn *txn, int64_t now);

#endif
