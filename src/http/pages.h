/* SPDX-License-Identifier: ISC */
/*
 * What stands behind /-/ and is the same for everybody: openapi.json, and a page about
 * each code, to which the type of a problem leads. It needs no store and no key.
 */
#ifndef EARSHOT_PAGES_H
#define EARSHOT_PAGES_H

#include <stdbool.h>
#include <stddef.h>

struct reply;
struct request;

#define PAGES_OPENAPI "/-/openapi.json"
#define PAGES_PROBLEMS "/-/problems" /* all of them, and "/CODE" one */

/* False when the request is for something else, which the reply then does not say. */
bool pages_answer(const struct request *request, struct reply *reply);

/* src/manual/openapi.json, made into C by the build. */
extern const unsigned char pages_openapi[];
extern const size_t pages_openapi_size;

#endif
