/* SPDX-License-Identifier: ISC */
#include "base/channel.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

/* The version of the conversation is part of its first words. */
#define WORDS "earshot group 1\n"
#define WORDS_SIZE (sizeof WORDS - 1)
#define PUBLIC_SIZE crypto_kx_PUBLICKEYBYTES
#define TAG_SIZE 32
#define HELLO_SIZE (WORDS_SIZE + PUBLIC_SIZE + TAG_SIZE)
#define RECORD_MAX ((size_t)64 << 10) /* of plain bytes */
#define LENGTH_SIZE 4
#define HEADER_SIZE crypto_secretstream_xchacha20poly1305_HEADERBYTES
#define AROUND crypto_secretstream_xchacha20poly1305_ABYTES

_Static_assert(crypto_kx_SESSIONKEYBYTES == crypto_secretstream_xchacha20poly1305_KEYBYTES &&
    crypto_kx_SESSIONKEYBYTES == SECRET_KEY_SIZE && TAG_SIZE <= crypto_generichash_BYTES_MAX,
    "one size of keys");

enum state {
	STATE_HELLO,  /* the other's public key is awaited */
	STATE_HEADER, /* what his stream begins with */
	STATE_OPEN,
	STATE_BROKEN,
};

struct channel {
	enum channel_side side;
	enum state state;
	bool proven, talks;          /* talks: our own stream has begun */
	unsigned char key[SECRET_KEY_SIZE];
	unsigned char dialer[PUBLIC_SIZE], listener[PUBLIC_SIZE], secret[crypto_kx_SECRETKEYBYTES];
	unsigned char receive_key[SECRET_KEY_SIZE], send_key[SECRET_KEY_SIZE];
	crypto_secretstream_xchacha20poly1305_state receive, send;
	struct buf in;
};

/* Under the shared key: of what this side may say of itself alone, and of both. */
static void
tag_of(const struct channel *channel, enum channel_side side, unsigned char out[TAG_SIZE])
{
	static const char *const names[] = { "dials", "listens" };
	crypto_generichash_state state;

	crypto_generichash_init(&state, channel->key, sizeof channel->key, TAG_SIZE);
	crypto_generichash_update(&state, (const unsigned char *)names[side], strlen(names[side]) + 1);
	crypto_generichash_update(&state, (const unsigned char *)WORDS, WORDS_SIZE);
	crypto_generichash_update(&state, channel->dialer, PUBLIC_SIZE);
	if (side == CHANNEL_LISTENS)
		crypto_generichash_update(&state, channel->listener, PUBLIC_SIZE);
	crypto_generichash_final(&state, out, TAG_SIZE);
}

static void
say_hello(struct channel *channel, struct buf *wire)
{
	unsigned char tag[TAG_SIZE];

	tag_of(channel, channel->side, tag);
	buf_put(wire, WORDS, WORDS_SIZE);
	buf_put(wire, channel->side == CHANNEL_DIALS ? channel->dialer : channel->listener,
	    PUBLIC_SIZE);
	buf_put(wire, tag, sizeof tag);
}

struct channel *
channel_new(const unsigned char key[SECRET_KEY_SIZE], enum channel_side side, struct buf *wire)
{
	struct channel *channel = calloc(1, sizeof *channel);

	if (channel == NULL)
		abort();
	channel->side = side;
	memcpy(channel->key, key, sizeof channel->key);
	crypto_kx_keypair(side == CHANNEL_DIALS ? channel->dialer : channel->listener,
	    channel->secret);
	if (side == CHANNEL_DIALS)
		say_hello(channel, wire);
	return channel;
}

void
channel_free(struct channel **channel_p)
{
	struct channel *channel = *channel_p;

	if (channel == NULL)
		return;
	buf_free(&channel->in);
	sodium_memzero(channel, sizeof *channel);
	free(channel);
	*channel_p = NULL;
}

bool
channel_proven(const struct channel *channel)
{
	return channel->proven && channel->state != STATE_BROKEN;
}

/* What only the exchange gives, and what only the shared key gives, in one. */
static void
mix(const struct channel *channel, unsigned char key[SECRET_KEY_SIZE])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, channel->key, sizeof channel->key, SECRET_KEY_SIZE);
	crypto_generichash_update(&state, key, SECRET_KEY_SIZE);
	crypto_generichash_update(&state, channel->dialer, PUBLIC_SIZE);
	crypto_generichash_update(&state, channel->listener, PUBLIC_SIZE);
	crypto_generichash_final(&state, key, SECRET_KEY_SIZE);
}

static bool
derive_keys(struct channel *channel)
{
	int rc = channel->side == CHANNEL_DIALS
	    ? crypto_kx_client_session_keys(channel->receive_key, channel->send_key,
	        channel->dialer, channel->secret, channel->listener)
	    : crypto_kx_server_session_keys(channel->receive_key, channel->send_key,
	        channel->listener, channel->secret, channel->dialer);

	sodium_memzero(channel->secret, sizeof channel->secret);
	mix(channel, channel->receive_key);
	mix(channel, channel->send_key);
	return rc == 0;
}

static void
put_record(struct channel *channel, struct span plain, struct buf *wire)
{
	size_t n = plain.n + AROUND;
	unsigned char length[LENGTH_SIZE] = { (unsigned char)n, (unsigned char)(n >> 8),
		(unsigned char)(n >> 16), 0 };

	buf_put(wire, length, sizeof length);
	buf_room(wire, n);
	crypto_secretstream_xchacha20poly1305_push(&channel->send,
	    (unsigned char *)wire->p + wire->n, NULL, (const unsigned char *)plain.p, plain.n,
	    length, sizeof length, 0);
	wire->n += n;
}

/* From here on this side may speak, and does: its first record is empty, and proves that it
 * has derived the keys. */
static void
begin_to_talk(struct channel *channel, struct buf *wire)
{
	unsigned char header[HEADER_SIZE];

	crypto_secretstream_xchacha20poly1305_init_push(&channel->send, header, channel->send_key);
	sodium_memzero(channel->send_key, sizeof channel->send_key);
	buf_put(wire, header, sizeof header);
	put_record(channel, SPAN(""), wire);
	channel->talks = channel->proven = true;
}

static const char *
take_hello(struct channel *channel, const unsigned char *bytes, struct buf *wire)
{
	enum channel_side other = channel->side == CHANNEL_DIALS ? CHANNEL_LISTENS : CHANNEL_DIALS;
	unsigned char tag[TAG_SIZE];

	if (memcmp(bytes, WORDS, WORDS_SIZE) != 0)
		return "it does not speak as a site of a group does, or as one of another version";
	memcpy(other == CHANNEL_DIALS ? channel->dialer : channel->listener, bytes + WORDS_SIZE,
	    PUBLIC_SIZE);
	tag_of(channel, other, tag);
	if (sodium_memcmp(tag, bytes + WORDS_SIZE + PUBLIC_SIZE, sizeof tag) != 0)
		return "it does not have our group.key";
	if (!derive_keys(channel))
		return "its public key is none";
	/* Whoever dials knows the other one by now: his tag is of our own, new key. */
	if (channel->side == CHANNEL_DIALS)
		begin_to_talk(channel, wire);
	else
		say_hello(channel, wire);
	channel->state = STATE_HEADER;
	return NULL;
}

static const char *
take_header(struct channel *channel, const unsigned char *bytes)
{
	if (crypto_secretstream_xchacha20poly1305_init_pull(&channel->receive, bytes,
	        channel->receive_key) != 0)
		return "its stream does not begin as one";
	sodium_memzero(channel->receive_key, sizeof channel->receive_key);
	channel->state = STATE_OPEN;
	return NULL;
}

static const char *
take_record(struct channel *channel, const unsigned char *bytes, size_t n, struct buf *wire,
    struct buf *plain)
{
	unsigned char tag;

	buf_room(plain, n);
	if (crypto_secretstream_xchacha20poly1305_pull(&channel->receive,
	        (unsigned char *)plain->p + plain->n, NULL, &tag, bytes + LENGTH_SIZE, n, bytes,
	        LENGTH_SIZE) != 0)
		return "what came was changed on its way, or is not from who has our group.key";
	plain->n += n - AROUND;
	if (!channel->talks)
		begin_to_talk(channel, wire);
	return NULL;
}

/* The next thing that is whole: its size, 0 without one; why not. */
static const char *
take_next(struct channel *channel, struct span bytes, struct buf *wire, struct buf *plain,
    size_t *size_r)
{
	const unsigned char *p = (const unsigned char *)bytes.p;
	size_t n;

	*size_r = 0;
	switch (channel->state) {
	case STATE_HELLO:
		if (bytes.n < HELLO_SIZE)
			return NULL;
		*size_r = HELLO_SIZE;
		return take_hello(channel, p, wire);
	case STATE_HEADER:
		if (bytes.n < HEADER_SIZE)
			return NULL;
		*size_r = HEADER_SIZE;
		return take_header(channel, p);
	case STATE_OPEN:
		if (bytes.n < LENGTH_SIZE)
			return NULL;
		n = (size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 | (size_t)p[3] << 24;
		if (n < AROUND || n > RECORD_MAX + AROUND)
			return "what came was changed on its way";
		if (bytes.n - LENGTH_SIZE < n)
			return NULL;
		*size_r = LENGTH_SIZE + n;
		return take_record(channel, p, n, wire, plain);
	case STATE_BROKEN:
		break;
	}
	return "the conversation has ended";
}

const char *
channel_take(struct channel *channel, struct span bytes, struct buf *wire, struct buf *plain)
{
	size_t used = 0, size;
	const char *why;

	buf_span(&channel->in, bytes);
	do {
		why = take_next(channel, (struct span){ channel->in.p + used, channel->in.n - used },
		    wire, plain, &size);
		used += size;
	} while (why == NULL && size > 0);
	buf_shift(&channel->in, used);
	if (why != NULL)
		channel->state = STATE_BROKEN;
	return why;
}

void
channel_put(struct channel *channel, struct span plain, struct buf *wire)
{
	if (!channel_proven(channel))
		abort();
	while (plain.n > 0) {
		size_t n = plain.n < RECORD_MAX ? plain.n : RECORD_MAX;

		put_record(channel, (struct span){ plain.p, n }, wire);
		plain.p += n;
		plain.n -= n;
	}
}
