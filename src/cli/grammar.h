/* SPDX-License-Identifier: ISC */
/*
 * The grammar of the command line. A command is a row: "apikey rotate NAME
 * [--overlap TIME]". Words in lower case stand as they are ('|' between
 * alternatives), words in capitals are operands, "..." repeats what stands
 * before it, brackets make it optional; usage leaves out what stands behind a tabulator. Parsing, usage and help all read the
 * same rows. Options may stand anywhere, as "--name VALUE" or "--name=VALUE",
 * also cut short where that is clear; "--" ends them.
 */
#ifndef EARSHOT_CLI_GRAMMAR_H
#define EARSHOT_CLI_GRAMMAR_H

#include "base/buf.h"

struct cli;
struct command;

struct cli_command {
	const char *grammar;
	const char *help;   /* one sentence; NULL: what the words of its call say */
	int (*run)(struct cli *cli);
	const struct command *call; /* that it makes of the owner, where it is always the same */
};

/* What an option means; one row serves all commands that have it. */
struct cli_option {
	const char *name;   /* without the hyphens */
	const char *help;
};

struct cli_grammar {
	const char *program;
	const char *global;                 /* options of every command */
	const struct cli_command *commands; /* ends with a NULL grammar */
	const struct cli_option *options;   /* ends with a NULL name */
};

struct cli_value {
	const char *name;   /* of the option */
	const char *value;  /* "" without one */
};

/* Strings are the arguments themselves, lists are in the arena. */
struct cli_given {
	const struct cli_command *command;
	const char **words;    /* what stood for the command's own words */
	size_t word_count;
	const char **operands;
	size_t operand_count;
	struct cli_value *values;
	size_t value_count;
};

/*
 * False when the arguments are wrong: `wrong` then has the lines to show. With
 * --help or --version nothing needs to be whole; command may be NULL then.
 */
bool cli_parse(const struct cli_grammar *grammar, struct arena *arena, int argc,
    char *const argv[], struct cli_given *given_r, struct buf *wrong);
/* NULL when it was not given. The last one counts. */
const char *cli_value(const struct cli_given *given, const char *option);
/* Whether the row calls the operand at this place so: "FILE". */
bool cli_operand_is(const struct cli_given *given, size_t place, const char *name);
/* All commands, or those that begin with the words given; one with its options. */
void cli_help(const struct cli_grammar *grammar, const struct cli_given *given,
    struct buf *out);
/* What the last of these words, which is being typed, may become: a line each. The
 * first line is empty. */
void cli_complete_words(const struct cli_grammar *grammar, const char *const words[],
    size_t count, struct buf *out);

#endif
