/* SPDX-License-Identifier: ISC */
/*
 * The CGI environment (RFC 3875) as a request, read once. It is shaped by
 * whoever sends the request, and servers differ: names that decide about
 * security must not occur twice, and the path is taken raw from REQUEST_URI
 * where possible, since PATH_INFO was decoded and tidied by the server.
 */
#ifndef EARSHOT_ENVIRONMENT_H
#define EARSHOT_ENVIRONMENT_H

#include "base/buf.h"
#include "base/fault.h"
#include "http/request.h"

#include <stdint.h>

/* Copies into the arena. type: of the binary. length_r: CONTENT_LENGTH, -1 when
 * it is not known. False with FAULT_BAD_REQUEST when it is ambiguous. */
bool environment_read(struct arena *arena, char *const *env, const char *type,
    struct request *request_r, int64_t *length_r, struct error *error);

/* The head of the answer in CGI form, ending in an empty line, and the body. A problem
 * gets its type: the URL of the page about its code, where this program is mounted. */
struct reply;
struct id;
void environment_answer(struct buf *out, const struct request *request,
    const struct reply *reply, const struct id *id, bool head_only);

#endif
