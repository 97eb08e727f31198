/* SPDX-License-Identifier: ISC */
/* Text of another encoding to UTF-8, piece by piece. */
#ifndef EARSHOT_RECODE_H
#define EARSHOT_RECODE_H

#include "base/buf.h"

struct recode;

/* The name as iconv(3) takes it; NULL when there is no such encoding. */
struct recode *recode_new(const char *encoding);
/* Appends the next bytes' text to out; a character may be cut anywhere. False at what
 * is no character; out then has what stands before it, and bad_r the first byte. */
bool recode_feed(struct recode *recode, struct span bytes, struct buf *out,
    unsigned char *bad_r);
/* Whether the last character is whole. */
bool recode_end(const struct recode *recode);
void recode_free(struct recode **recode);

#endif
