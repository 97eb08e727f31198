/* SPDX-License-Identifier: ISC */
/*
 * Memory of one call. Everything that a call allocates lives in its arena and
 * goes with it; nothing in the domain calls free(). When memory runs out the
 * process ends (the owner's successor gets the call again), so no function
 * here ever returns NULL.
 */
#ifndef EARSHOT_ARENA_H
#define EARSHOT_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Bytes that somebody else owns; may hold NUL, is not terminated. */
struct span {
	const char *p;
	size_t n;
};

#define SPAN(literal) ((struct span){ (literal), sizeof(literal) - 1 })

struct span span_of(const char *s);                /* NULL gives an empty span */
bool span_eq(struct span a, struct span b);
bool span_is(struct span a, const char *s);
bool span_is_nocase(struct span a, const char *s); /* ASCII case only */
bool span_starts(struct span a, const char *prefix);
int span_cmp(struct span a, struct span b);        /* as memcmp, shorter first */
/* So many bytes at the beginning stand in a JSON string as they are: ASCII, neither
 * control characters nor '"' nor '\\'. */
size_t span_plain(struct span text);

struct arena;

struct arena *arena_new(void);
/* For the few bytes of one of many things that live long. */
struct arena *arena_small(void);
void arena_free(struct arena **arena);

/* Zeroed and aligned for any object. */
void *arena_alloc(struct arena *arena, size_t size);
/* Copies are NUL-terminated behind their last byte. */
struct span arena_copy(struct arena *arena, struct span bytes);
char *arena_string(struct arena *arena, struct span bytes);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* One behind the other: as arena_printf() with three "%.*s", at a tenth of its cost. */
char *arena_join(struct arena *arena, struct span a, struct span b, struct span c);

/*
 * An array that grows: room for one item of this size behind the first `count`, of *room;
 * the array itself, or a copy with twice the room. Begins as NULL with room 0. Old copies stay
 * with the arena.
 */
void *arena_twice(struct arena *arena, const void *items, size_t *room, size_t size);
static inline void *
arena_grow(struct arena *arena, void *items, size_t count, size_t *room, size_t size)
{
	return count < *room ? items : arena_twice(arena, items, room, size);
}

/* Runs fn(arg) when the arena is rewound past this point, reset or freed. */
void arena_defer(struct arena *arena, void (*fn)(void *), void *arg);

/* Forgets what came after the mark, newest deferred call first. */
struct arena_mark {
	struct arena_block *block;
	size_t used;
	struct arena_deferred *deferred;
};
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);
/* Forgets all; keeps the first block for the next call. */
void arena_reset(struct arena *arena);

#endif
