/* SPDX-License-Identifier: ISC */
/*
 * What became of documents that were applied: counts, and each member that is
 * another one than before, for people and for programs.
 */
#ifndef EARSHOT_CLI_CHANGES_H
#define EARSHOT_CLI_CHANGES_H

#include "base/buf.h"

struct arena;
struct cli_screen;
struct json_object;

struct cli_counts {
	int64_t created, updated, same;
	int64_t repeated; /* stored by a call whose answer was lost: one of the three */
};
/* Counts a line of an answer of "apply". */
void cli_count(struct cli_counts *counts, struct json_object *result);
/* For behind the other numbers; "" where there are none of these. */
const char *cli_repeated(struct arena *arena, const struct cli_counts *counts);

/* "user ann@mail.example: lastName Lee → —" by line, as the screen can show it. */
void cli_changes_show(struct buf *out, const struct cli_screen *screen,
    struct json_object *result);
/* {"kind","name","member","before"?,"after"?} each, as items of an open array. */
void cli_changes_json(struct jsonout *out, struct json_object *result);

/* A member's JSON Pointer as people write it: "fields.plan". */
void cli_member_name(struct buf *out, struct span pointer);

#endif
