/* SPDX-License-Identifier: ISC */
#include "base/arena.h"

#include "base/poison.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* One call of usual size fits the first block. */
#define BLOCK_SIZE ((size_t)32 * 1024)
#define SMALL_BLOCK_SIZE ((size_t)1024)
#define ALIGNMENT _Alignof(max_align_t)

struct arena_block {
	struct arena_block *older;
	size_t size; /* of bytes[] */
	size_t used;
	_Alignas(max_align_t) char bytes[];
};

struct arena_deferred {
	struct arena_deferred *older;
	void (*fn)(void *);
	void *arg;
};

struct arena {
	struct arena_block *newest; /* never NULL */
	size_t block_size;
	struct arena_deferred *deferred;
};

struct span
span_of(const char *s)
{
	return (struct span){ s, s != NULL ? strlen(s) : 0 };
}

bool
span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
span_is(struct span a, const char *s)
{
	return span_eq(a, span_of(s));
}

bool
span_is_nocase(struct span a, const char *s)
{
	return a.n == strlen(s) && (a.n == 0 || strncasecmp(a.p, s, a.n) == 0);
}

bool
span_starts(struct span a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.n >= n && (n == 0 || memcmp(a.p, prefix, n) == 0);
}

int
span_cmp(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n == 0 ? 0 : memcmp(a.p, b.p, n);

	return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

/* All of eight bytes at once. */
static bool
eight_plain(const char *p)
{
	const uint64_t ones = UINT64_MAX / 255, highs = ones << 7;
	uint64_t bytes, quote, backslash;

	memcpy(&bytes, p, sizeof bytes);
	quote = bytes ^ ones * '"';
	backslash = bytes ^ ones * '\\';
	/* Taking one away sets the highest bit of the first byte that was zero. */
	return ((bytes | (bytes - ones * ' ') | (quote - ones) | (backslash - ones)) &
	    highs) == 0;
}

size_t
span_plain(struct span text)
{
	size_t i = 0;

	while (text.n - i >= 8 && eight_plain(text.p + i))
		i += 8;
	for (; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < ' ' || c >= 0x80 || c == '"' || c == '\\')
			break;
	}
	return i;
}

static void
out_of_memory(void)
{
	fputs("earshot: out of memory\n", stderr);
	abort();
}

static struct arena_block *
block_new(size_t size, struct arena_block *older)
{
	struct arena_block *block = malloc(sizeof *block + size);

	if (block == NULL)
		out_of_memory();
	block->older = older;
	block->size = size;
	block->used = 0;
	/* Only what was given out may be used. */
	poison(block->bytes, size);
	return block;
}

static struct arena *
new_of(size_t block_size)
{
	struct arena *arena = calloc(1, sizeof *arena);

	if (arena == NULL)
		out_of_memory();
	arena->block_size = block_size;
	arena->newest = block_new(block_size, NULL);
	return arena;
}

struct arena *
arena_new(void)
{
	return new_of(BLOCK_SIZE);
}

struct arena *
arena_small(void)
{
	return new_of(SMALL_BLOCK_SIZE);
}

void
arena_free(struct arena **arena)
{
	if (*arena == NULL)
		return;
	arena_reset(*arena);
	free((*arena)->newest);
	free(*arena);
	*arena = NULL;
}

static void *
take(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->newest;
	void *p;

	if (size > SIZE_MAX / 2)
		out_of_memory();
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (block->size - block->used < size) {
		block = block_new(size > arena->block_size ? size : arena->block_size, block);
		arena->newest = block;
	}
	p = block->bytes + block->used;
	block->used += size;
	unpoison(p, size);
	return p;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	return memset(take(arena, size), 0, size);
}

char *
arena_string(struct arena *arena, struct span bytes)
{
	char *copy = take(arena, bytes.n + 1);

	if (bytes.n > 0)
		memcpy(copy, bytes.p, bytes.n);
	copy[bytes.n] = '\0';
	return copy;
}

struct span
arena_copy(struct arena *arena, struct span bytes)
{
	return (struct span){ arena_string(arena, bytes), bytes.n };
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	size_t room = arena->newest->size - arena->newest->used;
	char *text = arena->newest->bytes + arena->newest->used;
	va_list args;
	int n;

	/* Where it will stand, in most cases. */
	unpoison(text, room);
	va_start(args, format);
	n = vsnprintf(text, room, format, args);
	va_end(args);
	poison(text, room);
	if (n < 0)
		return arena_string(arena, SPAN(""));
	text = take(arena, (size_t)n + 1);
	if ((size_t)n >= room) {
		va_start(args, format);
		vsnprintf(text, (size_t)n + 1, format, args);
		va_end(args);
	}
	return text;
}

char *
arena_join(struct arena *arena, struct span a, struct span b, struct span c)
{
	char *text = take(arena, a.n + b.n + c.n + 1), *p = text;
	const struct span parts[] = { a, b, c };

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (parts[i].n > 0)
			memcpy(p, parts[i].p, parts[i].n);
		p += parts[i].n;
	}
	*p = '\0';
	return text;
}

void *
arena_twice(struct arena *arena, const void *items, size_t *room, size_t size)
{
	size_t old = *room;
	void *more;

	*room = old == 0 ? 8 : 2 * old;
	more = arena_alloc(arena, *room * size);
	if (old > 0)
		memcpy(more, items, old * size);
	return more;
}

void
arena_defer(struct arena *arena, void (*fn)(void *), void *arg)
{
	struct arena_deferred *deferred = take(arena, sizeof *deferred);

	*deferred = (struct arena_deferred){ arena->deferred, fn, arg };
	arena->deferred = deferred;
}

struct arena_mark
arena_mark(const struct arena *arena)
{
	return (struct arena_mark){ arena->newest, arena->newest->used,
		arena->deferred };
}

void
arena_rewind(struct arena *arena, struct arena_mark mark)
{
	while (arena->deferred != mark.deferred) {
		struct arena_deferred *deferred = arena->deferred;

		arena->deferred = deferred->older;
		deferred->fn(deferred->arg);
	}
	while (arena->newest != mark.block) {
		struct arena_block *block = arena->newest;

		arena->newest = block->older;
		free(block);
	}
	arena->newest->used = mark.used;
	poison(arena->newest->bytes + mark.used, arena->newest->size - mark.used);
}

void
arena_reset(struct arena *arena)
{
	struct arena_block *oldest = arena->newest;

	while (oldest->older != NULL)
		oldest = oldest->older;
	arena_rewind(arena, (struct arena_mark){ oldest, 0, NULL });
}
