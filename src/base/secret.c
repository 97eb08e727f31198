/* SPDX-License-Identifier: ISC */
#include "base/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/hmac.h>
#include <nettle/nettle-meta.h>
#include <sodium.h>

#define TOKEN_PREFIX_MAX 16
#define TOKEN_RANDOM 32
#define TOKEN_CHECK 6

void
secret_random(void *bytes, size_t n)
{
	randombytes_buf(bytes, n);
}

bool
secret_equal(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || sodium_memcmp(a.p, b.p, a.n) == 0);
}

uint64_t
secret_table_hash(struct span data, const unsigned char key[SECRET_TABLE_KEY_SIZE])
{
	uint64_t hash;

	_Static_assert(crypto_shorthash_KEYBYTES == SECRET_TABLE_KEY_SIZE &&
	    crypto_shorthash_BYTES == sizeof hash, "SipHash-2-4");
	crypto_shorthash((unsigned char *)&hash, (const unsigned char *)data.p, data.n, key);
	return hash;
}

void
secret_tag(struct span data, const unsigned char key[SECRET_TABLE_KEY_SIZE],
    unsigned char out[SECRET_TAG_SIZE])
{
	_Static_assert(crypto_shorthash_siphashx24_KEYBYTES == SECRET_TABLE_KEY_SIZE &&
	    crypto_shorthash_siphashx24_BYTES == SECRET_TAG_SIZE, "SipHash-2-4");
	crypto_shorthash_siphashx24(out, (const unsigned char *)data.p, data.n, key);
}

void
secret_sha256_parts(const struct span *parts, size_t count,
    unsigned char out[SECRET_SHA256_SIZE])
{
	struct sha256_ctx state;

	sha256_init(&state);
	for (size_t i = 0; i < count; i++)
		if (parts[i].n > 0)
			sha256_update(&state, parts[i].n, (const uint8_t *)parts[i].p);
	sha256_digest(&state, SECRET_SHA256_SIZE, out);
}

void
secret_sha256(struct span data, unsigned char out[SECRET_SHA256_SIZE])
{
	secret_sha256_parts(&data, 1, out);
}

size_t
secret_hmac(enum secret_hash hash, struct span key, const struct span *parts,
    size_t count, unsigned char out[SECRET_MAC_MAX])
{
	static const struct nettle_hash *const hashes[] = {
		[SECRET_SHA1] = &nettle_sha1,
		[SECRET_SHA256] = &nettle_sha256,
		[SECRET_SHA512] = &nettle_sha512,
	};
	const struct nettle_hash *kind = hashes[hash];
	union {
		struct sha1_ctx sha1;
		struct sha256_ctx sha256;
		struct sha512_ctx sha512;
	} outer, inner, state;

	hmac_set_key(&outer, &inner, &state, kind, key.n,
	    (const uint8_t *)(key.n > 0 ? key.p : ""));
	for (size_t i = 0; i < count; i++)
		if (parts[i].n > 0)
			hmac_update(&state, kind, parts[i].n,
			    (const uint8_t *)parts[i].p);
	hmac_digest(&outer, &inner, &state, kind, kind->digest_size, out);
	sodium_memzero(&outer, sizeof outer);
	sodium_memzero(&inner, sizeof inner);
	return kind->digest_size;
}

bool
secret_ed25519(struct span signature, struct span message,
    struct span public_key)
{
	return signature.n == crypto_sign_BYTES &&
	    public_key.n == crypto_sign_PUBLICKEYBYTES &&
	    crypto_sign_verify_detached((const unsigned char *)signature.p,
	    (const unsigned char *)message.p, message.n,
	    (const unsigned char *)public_key.p) == 0;
}

bool
secret_hex_read(struct arena *arena, struct span text, struct span *out_r)
{
	unsigned char *out = arena_alloc(arena, text.n / 2 + 1);
	size_t n = 0;

	if (text.n % 2 != 0 || (text.n > 0 && sodium_hex2bin(out, text.n / 2,
	    text.p, text.n, NULL, &n, NULL) != 0))
		return false;
	*out_r = (struct span){ (const char *)out, n };
	return true;
}

struct span
secret_hex(struct arena *arena, struct span bytes)
{
	char *out = arena_alloc(arena, 2 * bytes.n + 1);

	sodium_bin2hex(out, 2 * bytes.n + 1, (const unsigned char *)bytes.p,
	    bytes.n);
	return (struct span){ out, 2 * bytes.n };
}

bool
secret_base64_read(struct arena *arena, struct span text, struct span *out_r)
{
	unsigned char *out = arena_alloc(arena, text.n / 4 * 3 + 1);
	size_t n = 0;

	if (text.n % 4 != 0 || (text.n > 0 && sodium_base642bin(out,
	    text.n / 4 * 3, text.p, text.n, NULL, &n, NULL,
	    sodium_base64_VARIANT_ORIGINAL) != 0))
		return false;
	*out_r = (struct span){ (const char *)out, n };
	return true;
}

struct span
secret_base64(struct arena *arena, struct span bytes)
{
	size_t size = sodium_base64_ENCODED_LEN(bytes.n,
	    sodium_base64_VARIANT_ORIGINAL);
	char *out = arena_alloc(arena, size);

	sodium_bin2base64(out, size, (const unsigned char *)bytes.p, bytes.n,
	    sodium_base64_VARIANT_ORIGINAL);
	return (struct span){ out, size - 1 };
}

/* CRC-32 of ISO-HDLC, half a byte at a time. */
static uint32_t
crc32(struct span data)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < data.n; i++) {
		crc ^= (unsigned char)data.p[i];
		crc = table[crc & 15] ^ (crc >> 4);
		crc = table[crc & 15] ^ (crc >> 4);
	}
	return ~crc;
}

static const char base62[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static void
token_check(struct span token, char out[TOKEN_CHECK])
{
	uint32_t crc = crc32(token);

	for (int i = TOKEN_CHECK - 1; i >= 0; i--) {
		out[i] = base62[crc % 62];
		crc /= 62;
	}
}

bool
secret_token_prefix_valid(struct span prefix)
{
	if (prefix.n == 0 || prefix.n > TOKEN_PREFIX_MAX)
		return false;
	for (size_t i = 0; i < prefix.n; i++) {
		char c = prefix.p[i];

		if (!(c >= 'a' && c <= 'z') && !(i > 0 && c >= '0' && c <= '9'))
			return false;
	}
	return true;
}

void
secret_token_new(struct span prefix, char out[SECRET_TOKEN_SIZE])
{
	size_t n = prefix.n;

	if (!secret_token_prefix_valid(prefix))
		abort();
	memcpy(out, prefix.p, n);
	out[n++] = '_';
	for (int i = 0; i < TOKEN_RANDOM; i++)
		out[n++] = base62[randombytes_uniform(62)];
	token_check((struct span){ out, n }, out + n);
	out[n + TOKEN_CHECK] = '\0';
}

bool
secret_token_valid(struct span token)
{
	struct span prefix = token, checked = token;
	char check[TOKEN_CHECK];

	if (token.n <= 1 + TOKEN_RANDOM + TOKEN_CHECK)
		return false;
	checked.n -= TOKEN_CHECK;
	prefix.n = checked.n - TOKEN_RANDOM - 1;
	if (!secret_token_prefix_valid(prefix) || token.p[prefix.n] != '_')
		return false;
	for (size_t i = prefix.n + 1; i < token.n; i++)
		if (token.p[i] == '\0' || strchr(base62, token.p[i]) == NULL)
			return false;
	token_check(checked, check);
	return memcmp(check, token.p + checked.n, TOKEN_CHECK) == 0;
}

void
secret_password(struct span password, struct span salt,
    unsigned char out[SECRET_PASSWORD_SIZE])
{
	unsigned char hash[SECRET_SHA256_SIZE];

	/* Salts have the length that the function wants, whatever was sent. */
	secret_sha256(salt, hash);
	_Static_assert(crypto_pwhash_SALTBYTES <= SECRET_SHA256_SIZE, "the salt is that long");
	if (crypto_pwhash(out, SECRET_PASSWORD_SIZE, password.p, password.n, hash,
	        crypto_pwhash_OPSLIMIT_MODERATE, crypto_pwhash_MEMLIMIT_INTERACTIVE,
	        crypto_pwhash_ALG_ARGON2ID13) != 0) {
		fputs("earshot: out of memory\n", stderr);
		abort();
	}
}
