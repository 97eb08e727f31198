/* SPDX-License-Identifier: ISC */
#include "store/key.h"

#include <string.h>

#define NUMBER_BYTES 8
#define SIGN (UINT64_C(1) << 63)

void
key_bytes(struct keybuf *key, struct span bytes)
{
	size_t room = sizeof key->p - key->n, n = bytes.n < room ? bytes.n : room;

	if (n > 0)
		memcpy(key->p + key->n, bytes.p, n);
	key->n += n;
}

void
key_letter(struct keybuf *key, char letter)
{
	key_bytes(key, (struct span){ &letter, 1 });
}

void
key_text(struct keybuf *key, struct span text)
{
	key_bytes(key, text);
	key_letter(key, '\0');
}

void
key_unsigned(struct keybuf *key, uint64_t number)
{
	char bytes[NUMBER_BYTES];

	for (int i = NUMBER_BYTES - 1; i >= 0; i--, number >>= 8)
		bytes[i] = (char)(number & 0xff);
	key_bytes(key, (struct span){ bytes, sizeof bytes });
}

void
key_number(struct keybuf *key, int64_t number)
{
	key_unsigned(key, (uint64_t)number ^ SIGN);
}

void
key_id(struct keybuf *key, struct id id)
{
	key_bytes(key, id_span(&id));
}

struct span
key_keep(const struct keybuf *key, struct arena *arena)
{
	return arena_copy(arena, key_span(key));
}

bool
key_take_text(struct span *key, struct span *text_r)
{
	const char *nul = key->n > 0 ? memchr(key->p, '\0', key->n) : NULL;

	if (nul == NULL)
		return false;
	*text_r = (struct span){ key->p, (size_t)(nul - key->p) };
	*key = (struct span){ nul + 1, key->n - text_r->n - 1 };
	return true;
}

bool
key_take_unsigned(struct span *key, uint64_t *number_r)
{
	uint64_t number = 0;

	if (key->n < NUMBER_BYTES)
		return false;
	for (int i = 0; i < NUMBER_BYTES; i++)
		number = number << 8 | (unsigned char)key->p[i];
	*key = (struct span){ key->p + NUMBER_BYTES, key->n - NUMBER_BYTES };
	*number_r = number;
	return true;
}

bool
key_take_number(struct span *key, int64_t *number_r)
{
	uint64_t number;

	if (!key_take_unsigned(key, &number))
		return false;
	*number_r = (int64_t)(number ^ SIGN);
	return true;
}

bool
key_take_id(struct span *key, struct id *id_r)
{
	if (key->n < sizeof id_r->b)
		return false;
	key->n -= sizeof id_r->b;
	memcpy(id_r->b, key->p + key->n, sizeof id_r->b);
	return true;
}
