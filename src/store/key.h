/* SPDX-License-Identifier: ISC */
/*
 * Keys of tables (table.h), made of parts and taken apart again. Their bytes stand in
 * the order of what they tell: a number is eight bytes, big-endian, the sign flipped; an
 * id, which begins with its time, 16; text ends at a NUL, so that shorter comes first.
 */
#ifndef EARSHOT_KEY_H
#define EARSHOT_KEY_H

#include "base/secret.h"

#include <stdint.h>
#include <string.h>

#define KEY_MAX 3000 /* bytes that a table takes: well below what a page can hold */

/* A key as it grows, on the stack. Past KEY_MAX it grows no more, and is still longer
 * than KEY_MAX: tables refuse it by its length. */
struct keybuf {
	size_t n;
	char p[KEY_MAX + 1];
};

static inline void
key_begin(struct keybuf *key)
{
	key->n = 0;
}
static inline void
key_bytes(struct keybuf *key, struct span bytes)
{
	size_t room = sizeof key->p - key->n, n = bytes.n < room ? bytes.n : room;

	if (n > 0)
		memcpy(key->p + key->n, bytes.p, n);
	key->n += n;
}
static inline void
key_letter(struct keybuf *key, char letter)
{
	if (key->n < sizeof key->p)
		key->p[key->n++] = letter;
}
/* Text without NUL, and a NUL. */
static inline void
key_text(struct keybuf *key, struct span text)
{
	key_bytes(key, text);
	key_letter(key, '\0');
}
void key_number(struct keybuf *key, int64_t number);
/* As it is, for what is never negative. */
void key_unsigned(struct keybuf *key, uint64_t number);
static inline void
key_id(struct keybuf *key, struct id id)
{
	key_bytes(key, id_span(&id));
}

/* Lives as long as the key, and until it changes. */
static inline struct span
key_span(const struct keybuf *key)
{
	return (struct span){ key->p, key->n };
}
struct span key_keep(const struct keybuf *key, struct arena *arena);

/* Each takes what it reads off the beginning of the key, the id off its end; false, and
 * nothing taken, where that is not there. */
bool key_take_text(struct span *key, struct span *text_r);
bool key_take_number(struct span *key, int64_t *number_r);
bool key_take_unsigned(struct span *key, uint64_t *number_r);
bool key_take_id(struct span *key, struct id *id_r);

#endif
