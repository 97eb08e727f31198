/* SPDX-License-Identifier: ISC */
/* What store_copy.c and store_restore.c share: the files of a store, copied. */
#ifndef EARSHOT_STORE_COPY_H
#define EARSHOT_STORE_COPY_H

#include "store/store_private.h"

#include <sys/types.h>

/* In a backup: "size name" for each of its files, one a line. */
#define CONTENTS "CONTENTS"

/* Where the data file is, in the home or where DB_CONFIG keeps it; false when it is
 * nowhere, and the path is that of the last place. */
bool store_file_path(const char *home, enum file file, char *path, size_t size);
/* How many of the data files are there; the first that is not, NULL when all are. */
int store_files(const char *home, const char **missing_r);

/* earshot.conf.link: where the file of that name led. */
#define LINK ".link"

bool is_data_file(const char *name); /* records.db */
bool is_log_file(const char *name);  /* log.0000000001 */

/* Calls found, which may be NULL, for every name but . and ..; how many there
 * were, -1 with errno. */
int directory_walk(int directory, void (*found)(void *arg, const char *name), void *arg);
/* Nobody else but root may write in it; otherwise says what to do. */
bool directory_ours(int directory, const char *name, struct error *error);
/* False with errno. A copy is made of plain files alone, also when one is put in the place
 * of another meanwhile. */
bool write_all(int fd, const void *bytes, size_t n);
bool file_copy(int from, int to, const char *name);
bool file_sync(int directory, const char *name);

#endif
