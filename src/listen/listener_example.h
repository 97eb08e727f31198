/* SPDX-License-Identifier: ISC */
/* The example body of a listener, put together parameter by parameter. */
#ifndef EARSHOT_LISTENER_EXAMPLE_H
#define EARSHOT_LISTENER_EXAMPLE_H

#include "base/arena.h"

struct json_object;

/*
 * Puts a value, which an arena owns, where pointer_get() would find it; objects
 * and arrays on the way are made. Where something else stands already, nothing
 * is changed.
 */
void listener_example_set(struct json_object *body, struct span parameter,
    struct json_object *value);

#endif
