/* SPDX-License-Identifier: ISC */
/*
 * An object made by questions on the terminal. What is asked, in which order and by which
 * words, stands in the schema (`asked`, `label`, `hint`); each answer is checked at once, by a
 * dry run of what there is so far. What an answer names and is not there yet can be made
 * on the way: a macro, a group, an API key. Nothing is stored before the end.
 */
#ifndef EARSHOT_CLI_ASK_H
#define EARSHOT_CLI_ASK_H

#include "base/text.h"

#include <stdbool.h>

struct arena;
struct cli;
struct kind;

/* "Jira closes tickets" is jira-closes-tickets; NULL where nothing remains. */
const char *cli_key_of(struct arena *arena, struct span name);
int cli_ask_create(struct cli *cli, const struct kind *kind);
/* On the terminal; what an empty answer means. False also at its end. */
bool cli_ask_whether(const char *question, bool otherwise);

#endif
