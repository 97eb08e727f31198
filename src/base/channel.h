/* SPDX-License-Identifier: ISC */
/*
 * A sealed byte stream between two who have the same key, over any other stream: nobody
 * without the key can read it, add to it, leave something out or play it again. Pure: bytes
 * go in and come out, whoever has the sockets moves them.
 *
 * The one who dials sends a new public key (X25519) and a tag of it under the shared key
 * (BLAKE2b); the one who listens answers in kind, over both public keys. Both derive a key
 * for each direction from the exchange (crypto_kx) and the shared key together; what
 * follows are records of XChaCha20-Poly1305 (crypto_secretstream), the first of them empty.
 * So an old conversation stays closed to who learns the shared key later.
 */
#ifndef EARSHOT_CHANNEL_H
#define EARSHOT_CHANNEL_H

#include "base/buf.h"
#include "base/secret.h"

struct channel;

enum channel_side { CHANNEL_DIALS, CHANNEL_LISTENS };

/* The first bytes of the conversation, if there are any, are appended to wire. */
struct channel *channel_new(const unsigned char key[SECRET_KEY_SIZE], enum channel_side side,
    struct buf *wire);
void channel_free(struct channel **channel);

/* Bytes of the other one, in pieces of any size: what he said is appended to plain, what
 * the beginning of the conversation asks for to wire. NULL, or why this is not somebody who
 * has the key, or not what he sent; the channel is of no use from then on. */
const char *channel_take(struct channel *channel, struct span bytes, struct buf *wire,
    struct buf *plain);

/* The other one has shown in this very conversation that he has the key: only then may
 * anything be said. */
bool channel_proven(const struct channel *channel);
void channel_put(struct channel *channel, struct span plain, struct buf *wire);

#endif
