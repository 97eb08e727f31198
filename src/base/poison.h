/* SPDX-License-Identifier: ISC */
/* Bytes that nobody may use: reading or writing them ends a program that was built with
 * the address sanitizer; other builds do nothing. */
#ifndef EARSHOT_POISON_H
#define EARSHOT_POISON_H

#include <stddef.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define EARSHOT_POISONS
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define EARSHOT_POISONS
#endif

#ifdef EARSHOT_POISONS
#include <sanitizer/asan_interface.h>
#endif

static inline void
poison(const void *p, size_t n)
{
#ifdef EARSHOT_POISONS
	ASAN_POISON_MEMORY_REGION(p, n);
#else
	(void)p;
	(void)n;
#endif
}

static inline void
unpoison(const void *p, size_t n)
{
#ifdef EARSHOT_POISONS
	ASAN_UNPOISON_MEMORY_REGION(p, n);
#else
	(void)p;
	(void)n;
#endif
}

#endif
