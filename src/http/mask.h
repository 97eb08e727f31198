/* SPDX-License-Identifier: ISC */
/*
 * What a listener keeps out of the log: named members of the body. Their values
 * are replaced in the kept bytes, all others stay as they came; and they are
 * left out of the sentences of the trace. Nothing of them is kept.
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
	struct span *values;     /* their texts and numbers, at any depth */
	size_t value_count;
};

/* False when the body cannot be read: then nothing of it should be kept. */
bool mask_body(struct arena *arena, const struct mask *mask, struct span content_type,
    struct span body, struct masked *masked_r);
/* The values alone, of one item or body that was parsed. */
void mask_values(struct arena *arena, const struct mask *mask, struct json_object *item,
    struct masked *masked_r);
/* Each text in it, at any depth, without the values. */
void mask_texts(struct arena *arena, const struct masked *masked, struct json_object *value);
/* The sentence without any of the values. */
struct span mask_text(struct arena *arena, const struct masked *masked, struct span text);
/* Takes what the parameter names out of a body and of each of its items. */
void mask_remove(struct arena *arena, struct json_object *body, struct span each,
    struct span parameter);
bool mask_has(const struct mask *mask, struct span parameter);

#endif
