/* SPDX-License-Identifier: ISC */
/*
 * CSV (RFC 4180, UTF-8, commas; any line ends) to documents of kind user or
 * feedback. The first row names the columns: members of the document (case,
 * spaces, dashes and underscores do not matter: "First name", "E-mail"), and
 * fields.<name>, exactly. Lists ("roles", "teams", "followers", …) are separated
 * by ';' in their cell, flags are "true" or "false". An empty cell is an absent
 * member, a row of empty cells is none.
 *
 * Values are checked when the documents are applied, not here.
 */
#ifndef EARSHOT_IMPORT_H
#define EARSHOT_IMPORT_H

#include "base/arena.h"

#define IMPORT_ROW_MAX ((size_t)1 << 20) /* bytes of one row */

struct import;

struct import_sink {
	/* One row: JSON text that lives for this call, and the line (from 1)
	 * where the row begins. */
	void (*document)(void *arg, size_t line, struct span json);
	void (*error)(void *arg, size_t line, const char *sentence);
	void *arg;
};

/* NULL when nothing of that kind can be imported. */
struct import *import_new(struct span kind, const struct import_sink *sink);
/* The next bytes of the file, cut anywhere. False when the rest cannot be read:
 * the header is wrong, or a row too long; the error was told. */
bool import_feed(struct import *import, struct span bytes);
/* After the last byte. False likewise. */
bool import_end(struct import *import);
void import_free(struct import **import);

#endif
