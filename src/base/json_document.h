/* SPDX-License-Identifier: ISC */
/*
 * Walking JSON values whose members are not known before. json-c's own headers
 * cannot stand beside buf.h (both have a json_bool), so what is needed of them
 * is here.
 */
#ifndef EARSHOT_DOC_JSON_H
#define EARSHOT_DOC_JSON_H

#include "base/arena.h"

#include <stdint.h>

struct json_object;

enum doc_type {
	DOC_NULL,
	DOC_BOOLEAN,
	DOC_INTEGER,
	DOC_FRACTION, /* any other number */
	DOC_STRING,
	DOC_ARRAY,
	DOC_OBJECT,
	DOC__MAX
};

enum doc_type doc_type(struct json_object *value);
/* "a list", for sentences. */
const char *doc_type_name(enum doc_type type);
/* An integer, or 0 and 1 of a boolean. */
int64_t doc_number(struct json_object *value);

struct doc_member {
	const char *name;
	struct json_object *value;
};
/* The members as they are now, in the arena; the object may be changed
 * meanwhile as long as these members stay. 0 when it is no object. */
size_t doc_members(struct arena *arena, struct json_object *object,
    struct doc_member **members_r);

/* Compact JSON in the arena with the members of every object in the order of their names:
 * what is the same value is the same text. */
struct span json_canonical(struct arena *arena, struct json_object *value);

#endif
