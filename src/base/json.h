/* SPDX-License-Identifier: ISC */
/*
 * JSON read strictly and safely into json-c's objects, by a parser of our own: it
 * refuses what json-c 0.16 lets pass (RFC 8259: duplicate keys, NUL in keys,
 * control characters, NaN, numbers such as -01 or 2. ...), and what would cost
 * too much (depth, members, structural bytes), and keeps what json-c changes
 * (numbers beyond 64 bits, \ud836\udd1e and its like).
 */
#ifndef EARSHOT_JSON_H
#define EARSHOT_JSON_H

#include "base/arena.h"
#include "base/fault.h"

#include <stdint.h>

struct json_object;

struct json_limits {
	unsigned depth;      /* of nested arrays and objects */
	unsigned members;    /* of one object */
	unsigned structural; /* bytes { [ , : outside strings, in all: bounds memory */
	bool settings;       /* these are body_depth, body_members … of earshot.conf: what is
	                      * beyond is FAULT_TOO_LARGE, and told so */
	bool last;           /* of members of one name the last counts: no error */
};

extern const struct json_limits json_limits_default; /* 32, 1000, 20000 */
extern const struct json_limits json_limits_kept; /* of a body that was taken, whatever the listener allows */
extern const struct json_limits json_limits_document; /* for apply: 64, 1000000, 50000000 */

/*
 * The parsed text, owned by the arena. NULL with FAULT_BAD_JSON or
 * FAULT_BAD_ENCODING (also for \ud800 without its other half) and a sentence
 * that names the offset in bytes from 0 (a JSON null is an error too: nothing
 * here takes one at the top). One leading UTF-8 byte order mark is skipped.
 * Numbers keep their text (json_number_text()); an integer outside 64 bits is
 * a json_type_double, never another integer.
 */
struct json_object *json_read(struct arena *arena, struct span text,
    const struct json_limits *limits, struct error *error);

/* Trusted text: what json_write() or jsonout wrote into the store. NULL only if corrupt. */
struct json_object *json_load(struct arena *arena, struct span text);

/* New objects owned by the arena. */
struct json_object *json_new_object(struct arena *arena);
struct json_object *json_new_array(struct arena *arena);
struct json_object *json_new_text(struct arena *arena, struct span text);
/* Takes an own reference for the arena: the object lives as long as it. */
struct json_object *json_keep(struct arena *arena, struct json_object *object);
/* A copy that can be changed without changing the original. */
struct json_object *json_copy(struct arena *arena, struct json_object *object);

/* Compact JSON text in the arena; members in their order. */
struct span json_write(struct arena *arena, struct json_object *object);

/* Absent, null or of another type: NULL, an empty span, the default. */
struct json_object *json_get(struct json_object *object, const char *key);
bool json_has(struct json_object *object, const char *key); /* present, even null */
bool json_is_object(struct json_object *value);
bool json_is_array(struct json_object *value);
struct span json_string(struct json_object *object, const char *key);
bool json_flag(struct json_object *object, const char *key, bool otherwise);
int64_t json_integer(struct json_object *object, const char *key, int64_t otherwise);
struct span json_span(struct json_object *value); /* of a string value */
/*
 * The text of a number as it was written, else of the value's JSON. Lives as
 * long as the value, until it is changed or written.
 */
struct span json_number_text(struct json_object *value);
size_t json_count(struct json_object *array); /* 0 if it is none */
size_t json_members(struct json_object *object); /* 0 if it is none */
struct json_object *json_at(struct json_object *array, size_t i);

/*
 * Setting replaces; NULL text or value removes nothing and sets null.
 * json_set() takes over the creator's reference of value; for a value that an
 * arena owns, json_share() adds one: json_set(o, "k", json_share(value)).
 */
void json_set(struct json_object *object, const char *key, struct json_object *value);
struct json_object *json_share(struct json_object *value);
void json_set_text(struct json_object *object, const char *key, struct span text);
void json_set_int(struct json_object *object, const char *key, int64_t value);
void json_set_bool(struct json_object *object, const char *key, bool value);
void json_del(struct json_object *object, const char *key);
/* At the end of an array; takes the reference like json_set(). */
void json_append(struct json_object *array, struct json_object *value);
/* The same JSON but for the order of members; numbers by their text. */
bool json_equal(struct json_object *a, struct json_object *b);

#endif
