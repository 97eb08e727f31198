/* SPDX-License-Identifier: ISC */
/*
 * FastCGI records (FastCGI Specification 1.0; the numbers are those of libfcgi's
 * fastcgi.h): bytes to records and back. Pure: whoever reads or writes the bytes
 * may do it in any pieces.
 */
#ifndef EARSHOT_FCGI_H
#define EARSHOT_FCGI_H

#include "base/buf.h"

#include <fastcgi.h>

/* Header, content and padding of the largest. */
#define FCGI_RECORD_MAX ((size_t)FCGI_HEADER_LEN + FCGI_MAX_LENGTH + 255)

struct fcgi_record {
	int type;            /* FCGI_BEGIN_REQUEST … */
	unsigned id;         /* of its request; FCGI_NULL_REQUEST_ID: of the connection */
	struct span content; /* within the bytes it was taken from */
};

/* Takes the first record off the bytes: 1. 0: not all of it is there yet. -1: this is
 * no FastCGI. */
int fcgi_take(struct span *bytes, struct fcgi_record *record_r);

/* Content of a BEGIN_REQUEST. False when it is malformed. */
bool fcgi_begin(struct span content, int *role_r, bool *keep_r);
/* Takes the first name with its value off the pairs: 1. 0: none is left. -1: malformed. */
int fcgi_take_pair(struct span *pairs, struct span *name_r, struct span *value_r);
/* All pairs as "NAME=value", NULL behind the last, in the arena. NULL: malformed. */
char **fcgi_environment(struct arena *arena, struct span pairs);

/* The bytes as a stream, in as many records as they need, and its end. */
void fcgi_put_stream(struct buf *out, int type, unsigned id, struct span bytes);
/* END_REQUEST; protocol_status: FCGI_REQUEST_COMPLETE … */
void fcgi_put_end(struct buf *out, unsigned id, int protocol_status);
/* To a record of the connection whose type is not known here. */
void fcgi_put_unknown_type(struct buf *out, int type);
/* GET_VALUES_RESULT to what was asked: so many connections, one request on each. */
void fcgi_put_values(struct buf *out, struct span asked, int64_t connections);

#endif
