/* SPDX-License-Identifier: ISC */
/*
 * The checksum of Berkeley DB's log records and pages, __ham_func4() of the
 * library: hash = hash × 33 + byte. Byte by byte it takes a third of all
 * instructions of a delivery. This one gives the same number and stands in for
 * it: a shared library finds it in the program before its own (unless it was
 * linked with -Bsymbolic, and then goes on with its own); for a static one
 * configure has the linker turn the calls here.
 */
#include "store/store_private.h"

#include <string.h>

/* 33 to the power of its name. Numbers wrap around, here as there. */
#define P2 (33u * 33u)
#define P4 (P2 * P2)
#define P8 (P4 * P4)
#define P16 (P8 * P8)
#define P32 (P16 * P16)
#define P64 (P32 * P32)
#define P128 (P64 * P64)

/* The same bytes as pairs and as words of two pairs. No conversion between vectors of other
 * sizes: compilers take those apart. */
#define VECTOR 32
typedef uint16_t pairs __attribute__((vector_size(VECTOR)));
typedef uint32_t words __attribute__((vector_size(VECTOR)));

/* The halves of each element, in the order of memory. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FIRST(x, bits) ((x) & ((1u << (bits)) - 1))
#define SECOND(x, bits) ((x) >> (bits))
#else
#define FIRST(x, bits) ((x) >> (bits))
#define SECOND(x, bits) ((x) & ((1u << (bits)) - 1))
#endif

/* Of each word its own sum. */
static inline __attribute__((always_inline)) void
word_sums(words *sums_r, const unsigned char *p)
{
	pairs bytes;
	words two;

	memcpy(&bytes, p, sizeof bytes);
	bytes = FIRST(bytes, 8) * 33 + SECOND(bytes, 8); /* at most 255 × 34 */
	memcpy(&two, &bytes, sizeof two);
	*sums_r = FIRST(two, 16) * P2 + SECOND(two, 16);
}

static inline __attribute__((always_inline)) uint32_t
sum(const unsigned char *p, size_t n)
{
	words a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 }, next;
	uint32_t hash = 0;

	/* Four sums that do not wait for one another hide the time of a multiplication. */
	for (; n >= 4 * VECTOR; n -= 4 * VECTOR, p += 4 * VECTOR) {
		word_sums(&next, p);
		a = a * P128 + next;
		word_sums(&next, p + VECTOR);
		b = b * P128 + next;
		word_sums(&next, p + 2 * VECTOR);
		c = c * P128 + next;
		word_sums(&next, p + 3 * VECTOR);
		d = d * P128 + next;
	}
	a = ((a * P32 + b) * P32 + c) * P32 + d;
	for (; n >= VECTOR; n -= VECTOR, p += VECTOR) {
		word_sums(&next, p);
		a = a * P32 + next;
	}
	for (size_t i = 0; i < VECTOR / sizeof(uint32_t); i++)
		hash = hash * P4 + a[i];
	for (; n > 0; n--)
		hash = hash * 33 + *p++;
	return hash;
}

static uint32_t
sum_plain(const unsigned char *p, size_t n)
{
	return sum(p, n);
}

#if defined __x86_64__
__attribute__((target("avx2"))) static uint32_t
sum_avx2(const unsigned char *p, size_t n)
{
	return sum(p, n);
}
#endif

static uint32_t (*best)(const unsigned char *p, size_t n) = sum_plain;

/* What was computed once by the library itself: a store of another number could not be read. */
bool
sum_begin(void)
{
	static const struct {
		const char *text;
		uint32_t sum;
	} known[] = {
		{ "", 0 },
		{ "a", 97 },
		{ "Earshot", 2852554550u },
		{ "0123456789abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", 2522923736u },
	};

#if defined __x86_64__
	if (__builtin_cpu_supports("avx2"))
		best = sum_avx2;
#endif
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (best((const unsigned char *)known[i].text, strlen(known[i].text)) != known[i].sum)
			return false;
	return true;
}

/* Called by the library alone. */
uint32_t SUM_NAME(DB *db, const void *bytes, uint32_t n);

uint32_t
SUM_NAME(DB *db, const void *bytes, uint32_t n)
{
	(void)db;
	return best(bytes, n);
}
