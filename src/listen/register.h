/* SPDX-License-Identifier: ISC */
/* Every kind of document that this program knows. */
#ifndef EARSHOT_REGISTER_H
#define EARSHOT_REGISTER_H

#include "record/doc.h"

/* In order: what is referred to stands before what refers to it. NULL-terminated. */
extern const struct kind *const kinds[];
/* NULL: there is none of that name. */
const struct kind *kind_by_name(struct span name);
/* Likewise by what people call it, in any case: "External Listener". */
const struct kind *kind_by_word(struct span name);

#endif
