/* SPDX-License-Identifier: ISC */
/*
 * What a listener keeps out of the log and of answers: named members of the body.
 * Their values are replaced in the kept bytes, all others stay as they came; and
 * sentences are made without them where they are read. Nothing of them is kept.
 */
#ifndef EARSHOT_MASK_H
#define EARSHOT_MASK_H

#include "base/arena.h"

struct json_object;

#define MASK_TEXT "***"

struct mask {
	struct span *parameters; /* as in pointer.h: of the body, and of each item */
	size_t count;            /* 0: nothing is masked */
	struct span each;        /* parameter of the items; "" none */
};

/* One body with its members masked. */
struct masked {
	struct span body;
	struct span *parameters; /* those that were there */
	size_t parameter_count;
};

/* False when the body cannot be read: then nothing of it should be kept. */
bool mask_body(struct arena *arena, const struct mask *mask, struct span content_type,
    struct span body, struct masked *masked_r);

/*
 * The values of a body that was read which are masked, hold one that is, or stand within
 * one: sentences do not show them, nor what is made of them.
 */
struct mask_nodes {
	const struct json_object **nodes; /* by address */
	size_t count;
};
void mask_find(struct arena *arena, const struct mask *mask, struct json_object *body,
    struct mask_nodes *nodes_r);
bool mask_covers(const struct mask_nodes *nodes, const struct json_object *value);

/* Takes what the parameter names out of a body and of each of its items. */
void mask_remove(struct arena *arena, struct json_object *body, struct span each,
    struct span parameter);

#endif
