/* SPDX-License-Identifier: ISC */
/*
 * Passwords become proofs (secret_password()) on a thread of its own, one after the other:
 * each takes a good part of a second and many megabytes, and the loop must not wait.
 */
#ifndef EARSHOT_DERIVE_H
#define EARSHOT_DERIVE_H

#include "base/arena.h"

#include <stdbool.h>

struct derive;
struct page;

struct derive *derive_new(void);
void derive_free(struct derive **derive);
/* Readable when one is done. */
int derive_event(const struct derive *derive);
/* done(page, proof) is called by derive_turn(), on the thread that calls that; proof is
 * hexadecimal, in the page's arena. False: too many wait. */
bool derive_add(struct derive *derive, struct page *page, struct span password,
    struct span salt, void (*done)(struct page *page, struct span proof));
void derive_turn(struct derive *derive);

#endif
