/* SPDX-License-Identifier: ISC */
/*
 * Parameters: a plain name is a member at the top of the body and matches
 * exactly; a name that starts with '/' is a JSON Pointer (RFC 6901).
 */
#ifndef EARSHOT_POINTER_H
#define EARSHOT_POINTER_H

#include "base/arena.h"

struct json_object;

/* NULL when it is a valid parameter, else a sentence that says what is wrong. */
const char *pointer_check(struct span parameter);
/* 1 found (value_r may be NULL for a JSON null), 0 absent. */
int pointer_get(struct json_object *body, struct span parameter,
    struct json_object **value_r);
/* Dotted names of filters and tags: "issue.fields.fixVersions.0.name". 1 or 0 likewise. */
int pointer_dotted(struct json_object *root, struct span path,
    struct json_object **value_r);

/*
 * Takes the next token off a parameter, with ~0 and ~1 undone; a plain name is
 * one token. False behind the last. The parameter is valid.
 */
bool pointer_token(struct arena *arena, struct span *rest, struct span *token_r);

/* The JSON Pointer to a member of what this one points to, in the arena. */
const char *pointer_member(struct arena *arena, const char *pointer, const char *name);

#endif
