/* SPDX-License-Identifier: ISC */
/*
 * JSON as a tree of names and values that people read. A flat list for a template, in which
 * what belongs together stands between two: each has one of
 *   is_open (of: "3 values"), is_close, is_leaf (value, type: text, number, boolean, nothing)
 * and name, pointer (JSON Pointer), parameter (as documents name it: "email", "/issue/key").
 */
#ifndef EARSHOT_TREE_H
#define EARSHOT_TREE_H

#include "base/arena.h"

struct json_object;

/* No more than max rows, and what closes those that are open; *left_r: how many values are left out,
 * of which one may hold others. */
struct json_object *tree_of(struct arena *arena, struct json_object *value, size_t max,
    size_t *left_r);

/* Text as it stands, but that what cannot be seen, or turns the direction of what follows, is
 * written out ("\u202e"): lines and tabulators stay. */
struct span tree_visible(struct arena *arena, struct span text);
/* Likewise every text in it; spans of these are gone then. */
void tree_make_visible(struct arena *arena, struct json_object *value);

#endif
