/* SPDX-License-Identifier: ISC */
/*
 * Randomness, identifiers, hashes, signatures, sealing. libsodium for random
 * bytes, Ed25519, sealing and constant-time comparison; nettle for hashes and
 * HMACs. secret_start() once per process before anything else.
 */
#ifndef EARSHOT_SECRET_H
#define EARSHOT_SECRET_H

#include "base/arena.h"
#include "base/fault.h"

#include <stdint.h>

bool secret_start(void);
void secret_random(void *bytes, size_t n);
/* Constant time in the bytes; lengths are public. */
bool secret_equal(struct span a, struct span b);

/* Delivery, call, comment and parcel ids: UUIDv7 (RFC 9562), ordered by time. */
struct id {
	unsigned char b[16];
};
#define ID_TEXT_SIZE 37
struct id id_new(int64_t now);                       /* microseconds; rising within a process */
const char *id_text(struct id id, char out[ID_TEXT_SIZE]);
bool id_read(struct span text, struct id *id_r);     /* either case; only UUIDv7 */
int64_t id_time(struct id id);                       /* microseconds, to the millisecond */
struct span id_span(const struct id *id);
struct id id_of_time(int64_t time);                  /* the lowest id of that time: for ranges */

#define SECRET_SHA256_SIZE 32
void secret_sha256(struct span data, unsigned char out[SECRET_SHA256_SIZE]);
/* Of the parts in order. */
void secret_sha256_parts(const struct span *parts, size_t count,
    unsigned char out[SECRET_SHA256_SIZE]);
/* SipHash-2-4 for tables in memory: whoever does not know the key cannot make
 * entries collide. */
#define SECRET_TABLE_KEY_SIZE 16
uint64_t secret_table_hash(struct span data, const unsigned char key[SECRET_TABLE_KEY_SIZE]);
/* The same of 128 bits: too many for anybody to meet one by trying. */
#define SECRET_TAG_SIZE 16
void secret_tag(struct span data, const unsigned char key[SECRET_TABLE_KEY_SIZE],
    unsigned char out[SECRET_TAG_SIZE]);

enum secret_hash { SECRET_SHA1, SECRET_SHA256, SECRET_SHA512 };
#define SECRET_MAC_MAX 64
/* HMAC over the parts in order; returns the length of the MAC. */
size_t secret_hmac(enum secret_hash hash, struct span key, const struct span *parts,
    size_t count, unsigned char out[SECRET_MAC_MAX]);
/* Ed25519 (v1a of Standard Webhooks): 64-byte signature, 32-byte public key. */
bool secret_ed25519(struct span signature, struct span message, struct span public_key);

/* Strict: right alphabet, right padding, no white space. */
bool secret_hex_read(struct arena *arena, struct span text, struct span *out_r);
struct span secret_hex(struct arena *arena, struct span bytes); /* lower case */
bool secret_base64_read(struct arena *arena, struct span text, struct span *out_r);
struct span secret_base64(struct arena *arena, struct span bytes);

/*
 * What a password of a person and a salt (hexadecimal, 16 bytes; other text counts as it is)
 * make, by Argon2id: a good part of a second and 64 MiB, so not on the thread of a loop.
 */
#define SECRET_PASSWORD_SIZE 32
void secret_password(struct span password, struct span salt,
    unsigned char out[SECRET_PASSWORD_SIZE]);

/*
 * API key secrets: prefix "_" 32 base62 characters (190 random bits) and six
 * base62 digits of a CRC-32 over all before them, so that a pasted key is
 * recognised and a typing error is found without the store.
 */
#define SECRET_TOKEN_SIZE 96
bool secret_token_prefix_valid(struct span prefix);       /* [a-z][a-z0-9]{0,15} */
/* The prefix must be valid. */
void secret_token_new(struct span prefix, char out[SECRET_TOKEN_SIZE]);
/* Well-formed with the right check digits. */
bool secret_token_valid(struct span token);

/* A key of random bytes in a file of the home that only its owner can read. What holds
 * something else, or is open to others, is an error; what is absent is none, and `makes`
 * makes it. */
#define SECRET_KEY_SIZE 32
bool secret_key_file(const char *home, const char *name, bool makes,
    unsigned char key_r[SECRET_KEY_SIZE], bool *present_r, struct error *error);

/*
 * Sealing of secrets that must be read again (signing secrets of senders and webhooks):
 * crypto_secretbox under the 32-byte key in HOME/secret.key (0600). Sealed text is base64
 * of nonce and box. A key that is lost is not replaced by itself: what is sealed under it
 * would be lost with it.
 */
struct seal {
	bool present;            /* else there is no secret.key */
	unsigned char key[SECRET_KEY_SIZE];
};
bool seal_open(const char *home, struct seal *seal_r, struct error *error);
/* Likewise; made when it is absent. */
bool seal_make(const char *home, struct seal *seal_r, struct error *error);
struct span seal_text(const struct seal *seal, struct arena *arena, struct span secret);
bool unseal_text(const struct seal *seal, struct arena *arena, struct span sealed,
    struct span *secret_r);

#endif
