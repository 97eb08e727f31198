/* SPDX-License-Identifier: ISC */
/*
 * JSON text that we wrote ourselves (json_write(), jsonout: compact), looked
 * into without building objects: for walks over very many documents.
 */
#ifndef EARSHOT_JSON_TEXT_H
#define EARSHOT_JSON_TEXT_H

#include "base/arena.h"

/*
 * The next member of an object or item of an array; *rest is the whole text at
 * first. Names are as they stand there: without quotes, but escaped; the name of
 * an item is empty. False at the end, and for what is no object or array.
 */
bool json_text_next(struct span *rest, struct span *name_r, struct span *value_r);
/* The member of that (escaped) name; p NULL when there is none. */
struct span json_text_member(struct span object, struct span name);

#endif
