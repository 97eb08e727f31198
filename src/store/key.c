/* SPDX-License-Identifier: ISC */
#include "store/key.h"

#include <endian.h>

#define SIGN (UINT64_C(1) << 63)

void
key_unsigned(struct keybuf *key, uint64_t number)
{
	number = htobe64(number);
	key_bytes(key, (struct span){ (const char *)&number, sizeof number });
}

void
key_number(struct keybuf *key, int64_t number)
{
	key_unsigned(key, (uint64_t)number ^ SIGN);
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
	if (key->n < sizeof *number_r)
		return false;
	memcpy(number_r, key->p, sizeof *number_r);
	*number_r = be64toh(*number_r);
	*key = (struct span){ key->p + sizeof *number_r, key->n - sizeof *number_r };
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
