/* SPDX-License-Identifier: ISC */
/* The checksum that stands in for Berkeley DB's: the same number, whatever the length. */
#include "store/store_private.h"
#include "tap.h"

#include <dlfcn.h>
#include <stdlib.h>

#define QUOTED(name) #name
#define TEXT_OF(macro) QUOTED(macro)

uint32_t SUM_NAME(DB *db, const void *bytes, uint32_t n);

int
main(void)
{
	unsigned char *bytes = malloc(8192);
	uint32_t expected = 0, seed = 1, wrong = 0;
	void *found = NULL;

	ok(sum_begin(), "what the library computed once is computed here");
	for (size_t i = 0; bytes != NULL && i < 8192; i++) {
		wrong += SUM_NAME(NULL, bytes, (uint32_t)i) != expected;
		seed = seed * 1664525 + 1013904223;
		bytes[i] = (unsigned char)(seed >> 24);
		expected = expected * 33 + bytes[i];
	}
	ok(wrong == 0, "and byte by byte the same, of 0 to 8191 bytes: %u differ", wrong);
	wrong = 0;
	for (size_t from = 0; bytes != NULL && from < 64; from++) {
		expected = 0;
		for (size_t i = from; i < from + 100; i++)
			expected = expected * 33 + bytes[i];
		wrong += SUM_NAME(NULL, bytes + from, 100) != expected;
	}
	ok(wrong == 0, "wherever the bytes stand: %u differ", wrong);
	/* A name with a prefix is what the linker turns calls to. Asking the library for
	 * something has it loaded. */
	printf("# %s\n", db_version(NULL, NULL, NULL));
	found = dlsym(RTLD_DEFAULT, "__ham_func4");
	/* cppcheck-suppress staticStringCompare ; the name is configure's */
	ok(strcmp(TEXT_OF(SUM_NAME), "__ham_func4") != 0 || found == (void *)(uintptr_t)SUM_NAME,
	    "the library finds it before its own");
	free(bytes);
	return tap_done();
}
