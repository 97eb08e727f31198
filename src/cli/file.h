/* SPDX-License-Identifier: ISC */
/*
 * The documents of a file: one JSON object, an array of objects, JSON Lines, or
 * objects one after the other. Each with the line on which it begins. Lines of
 * remarks (#) may stand between them.
 */
#ifndef EARSHOT_CLI_FILE_H
#define EARSHOT_CLI_FILE_H

#include "base/arena.h"

struct cli_file_sink {
	/* A good document: its text, as it stands in the file. */
	void (*document)(void *arg, size_t line, struct span json);
	void (*error)(void *arg, size_t line, const char *sentence);
	void *arg;
};

/* False when there were errors. What follows a document whose end cannot be
 * found is not looked at. Pure. */
bool cli_file_documents(struct span text, const struct cli_file_sink *sink);

#endif
