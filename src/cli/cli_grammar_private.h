/* SPDX-License-Identifier: ISC */
/* How the rows of the grammar are read: for parsing, help and completion. */
#ifndef EARSHOT_CLI_GRAMMAR_PRIVATE_H
#define EARSHOT_CLI_GRAMMAR_PRIVATE_H

#include "cli/grammar.h"

/* ITEM_SHOWN stands for options that follow behind a tabulator. */
enum item_kind { ITEM_WORD, ITEM_OPERAND, ITEM_OPTION, ITEM_SHOWN };

struct item {
	enum item_kind kind;
	struct span text;  /* word, operand, or the option's name */
	struct span value; /* of an option, n is 0 without one */
	bool optional, many;
	struct span whole; /* as it stands in the row */
};

/* The next item of a row; false at its end. */
bool cli_item_next(const char **p, struct item *item_r);
/* The alternatives of a word, one after the other; false behind the last. */
bool cli_choice_next(struct span *rest, struct span *choice_r);
bool cli_choice_has(struct span word, const char *given);
/* The word at place k of a row; false when the row has fewer. */
bool cli_word_at(const char *grammar, size_t k, struct span *word_r);
/* The row with the alternatives that were chosen; a long one goes on below. */
void cli_usage(struct buf *out, const char *program, const struct cli_command *command,
    const struct cli_given *given);

#endif
