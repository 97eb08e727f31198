/* SPDX-License-Identifier: ISC */
/*
 * Documents as people write them without JSON: by assignments, as arguments of a command
 * or as the lines of a text that is edited.
 *
 *     name=Jira closes tickets    a text; where the schema says so a number, true or
 *                                 false, or a list with commas between its items
 *     points:=25                  any JSON value
 *     teams+=alpha teams-=beta    an item of a list
 *     fields.plan=pro             a member of an object
 *     fields.0.type=integer       of the first item of a list
 *     actions+=set-status Closed  an item that is an object: the values of its first
 *                                 members, needed ones before others, and assignments
 *                                 with blanks between; "…" around what has blanks
 *     name=                       taken away
 *
 * The schema says what a value is; what it does not know is a text.
 */
#ifndef EARSHOT_CLI_ASSIGN_H
#define EARSHOT_CLI_ASSIGN_H

#include "base/arena.h"
#include "base/buf.h"

struct json_object;
struct kind;
struct member;

struct cli_assigning {
	struct arena *arena;
	const struct kind *kind;
	struct json_object *doc;   /* as it is; assignments change it */
	struct json_object *patch; /* what they changed, as doc_merged() takes it; NULL: not told */
	struct buf *wrong;         /* a sentence, when something returns false */
};

/* NAME=TEXT and its like; a text of `lines` may have blanks around the sign. */
bool cli_assign(struct cli_assigning *assigning, struct span assignment, bool lines);
/* The same with the dotted name and the value apart; how is one of "=:+-". */
bool cli_assign_value(struct cli_assigning *assigning, struct span name, char how,
    struct span text);
/* Whether it has the form of an assignment at all. */
bool cli_is_assignment(struct span text);

/*
 * A whole document as lines of assignments that make it again. Lines of a text go on
 * below, behind two blanks; lines that begin with # are remarks. What is derived is left out.
 */
void cli_assign_write(struct buf *out, const struct kind *kind, struct json_object *doc);
/* Carries out such lines; *line_r is the one that was wrong. */
bool cli_assign_read(struct cli_assigning *assigning, struct span text, size_t *line_r);

#endif
