/* SPDX-License-Identifier: ISC */
/* What makes objects: `KIND create` with options, and the questions of ask.h. */
#ifndef EARSHOT_CLI_CREATE_H
#define EARSHOT_CLI_CREATE_H

#include "cli/grammar.h"

struct cli;
struct json_object;

/* An option for each member of the kind, as a row has them, and what they mean, before the
 * others. */
const char *cli_create_options(struct arena *arena, const char *kind,
    const struct cli_option *others, const struct cli_option **options_r);
/* Arguments of a call that makes all of them or none, what is referred to first. */
struct json_object *cli_create_args(struct cli *cli, struct json_object *const documents[],
    size_t count);
/* Makes them and tells what was made; of a listener, which comes last, what its sender needs. */
int cli_create_documents(struct cli *cli, struct json_object *const documents[], size_t count);

#endif
