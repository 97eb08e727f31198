/* SPDX-License-Identifier: ISC */
/*
 * The strict half of json_read(): one pass over the text that checks the
 * grammar of RFC 8259 and the limits, and builds json-c's objects on the way.
 * No more of them than the limits allow are ever made. Only json.c uses it.
 */
#ifndef EARSHOT_JSON_PARSE_H
#define EARSHOT_JSON_PARSE_H

#include "base/json.h"

/*
 * The caller's, by json_object_put(); NULL with the error set. Text that is not UTF-8 stays
 * as it is. The arena is as before. -0, integers outside 64 bits with sign, and all
 * with a fraction or an exponent keep the text that they had.
 */
struct json_object *json_parse(struct arena *arena, struct span text,
    const struct json_limits *limits, struct error *error);

/* p; the process ends where it is NULL, by which json-c says that memory has run out. */
void *json_got(void *p);

#endif
