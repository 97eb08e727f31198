/* SPDX-License-Identifier: ISC */
/*
 * The fuzzers without a fuzzer: every seed of the program's name, all that it
 * begins with, and the seed with one byte changed at each place.
 */
#include "tap.h"

#include <dirent.h>
#include <libgen.h>
#include <stdint.h>
#include <stdlib.h>

#define SEED_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* From memory of exactly its size, so that a sanitizer sees each byte too many. */
static void
run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + (size == 0));

	if (copy == NULL)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void
replay(const char *path, const char *name)
{
	static const uint8_t others[] = { 0, '"', '/', '~', '%', '{', '\\', 0x80, 0xff };
	uint8_t data[SEED_MAX];
	FILE *file = fopen(path, "rb");
	size_t size = file != NULL ? fread(data, 1, sizeof data, file) : 0;

	if (file != NULL)
		fclose(file);
	for (size_t n = 0; n <= size; n++)
		run(data, n);
	for (size_t i = 0; i < size; i++) {
		uint8_t byte = data[i];

		for (size_t k = 0; k < sizeof others; k++) {
			data[i] = others[k];
			run(data, size);
		}
		data[i] = byte;
	}
	ok(size > 0, "%s", name);
}

int
main(int argc, char **argv)
{
	const char *top = getenv("TOP_SRCDIR");
	char directory[4096], path[8192], *name = basename(argv[argc - 1]), *dot;
	struct dirent **entries;
	int count;

	dot = strrchr(name, '.');
	if (dot != NULL)
		*dot = '\0';
	snprintf(directory, sizeof directory, "%s/tests/fuzz/seeds/%s",
	    top != NULL ? top : ".", name);
	count = scandir(directory, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.') {
			snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
			replay(path, entries[i]->d_name);
		}
		free(entries[i]);
	}
	ok(count > 2, "there are seeds");
	if (count >= 0)
		free(entries);
	return tap_done();
}
