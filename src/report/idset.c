/* SPDX-License-Identifier: ISC */
#include "report/idset.h"

#include "base/secret.h"

#include <stdlib.h>

/* Grown one by one, so that no step takes long. */
#define PARTS 256

struct part {
	struct idset_entry *entries;
	size_t n, size; /* size: a power of two, or 0 */
};

struct idset {
	unsigned char key[SECRET_TABLE_KEY_SIZE];
	size_t count;
	struct part parts[PARTS];
};

struct idset *
idset_new(void)
{
	struct idset *set = calloc(1, sizeof *set);

	if (set == NULL)
		abort();
	secret_random(set->key, sizeof set->key);
	return set;
}

void
idset_free(struct idset **set_p)
{
	struct idset *set = *set_p;

	if (set == NULL)
		return;
	for (size_t i = 0; i < PARTS; i++)
		free(set->parts[i].entries);
	free(set);
	*set_p = NULL;
}

static uint64_t
hash_of(const struct idset *set, struct span id)
{
	uint64_t hash = secret_table_hash(id, set->key);

	return hash == 0 ? 1 : hash;
}

/* Its entry, or the free one that it would get. */
static struct idset_entry *
place(const struct part *part, uint64_t hash)
{
	size_t i = (size_t)(hash / PARTS) & (part->size - 1);

	while (part->entries[i].hash != 0 && part->entries[i].hash != hash)
		i = (i + 1) & (part->size - 1);
	return &part->entries[i];
}

static void
grow(struct part *part)
{
	struct part old = *part;

	part->size = old.size == 0 ? 16 : old.size * 2;
	part->entries = calloc(part->size, sizeof *part->entries);
	if (part->entries == NULL)
		abort();
	for (size_t i = 0; i < old.size; i++)
		if (old.entries[i].hash != 0)
			*place(part, old.entries[i].hash) = old.entries[i];
	free(old.entries);
}

struct idset_entry *
idset_add(struct idset *set, struct span id)
{
	uint64_t hash = hash_of(set, id);
	struct part *part = &set->parts[hash % PARTS];
	struct idset_entry *entry;

	if ((part->n + 1) * 4 > part->size * 3)
		grow(part);
	entry = place(part, hash);
	if (entry->hash == 0) {
		entry->hash = hash;
		part->n++;
		set->count++;
	}
	return entry;
}

struct idset_entry *
idset_find(struct idset *set, struct span id)
{
	uint64_t hash = hash_of(set, id);
	struct part *part = &set->parts[hash % PARTS];
	struct idset_entry *entry = part->size > 0 ? place(part, hash) : NULL;

	return entry != NULL && entry->hash != 0 ? entry : NULL;
}

size_t
idset_count(const struct idset *set)
{
	return set->count;
}
