/* SPDX-License-Identifier: ISC */
/*
 * The witness: $EARSHOT_HOME/witness, outside the environment, names the
 * delivery acknowledged last. Two slots are written in turn, each with a
 * checksum, so that a torn write leaves the other. Written through the page
 * cache with every acknowledged batch, forced to disk with each checkpoint.
 */
#include "store/store_private.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SLOT_SIZE 512 /* a sector: not torn */

struct slot {
	uint64_t turn;
	struct id last;
	unsigned char sum[8]; /* start of SHA-256 of what stands before */
};

static void
slot_sum(const struct slot *slot, unsigned char sum[8])
{
	unsigned char hash[SECRET_SHA256_SIZE];

	secret_sha256((struct span){ (const char *)slot, offsetof(struct slot, sum) }, hash);
	memcpy(sum, hash, 8);
}

static bool
slot_read(int fd, unsigned i, struct slot *slot_r)
{
	unsigned char sum[8];

	if (pread(fd, slot_r, sizeof *slot_r, (off_t)i * SLOT_SIZE) != (ssize_t)sizeof *slot_r)
		return false;
	slot_sum(slot_r, sum);
	return memcmp(sum, slot_r->sum, sizeof sum) == 0;
}

bool
witness_open(struct store *store, struct error *error)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/witness", store->home);
	store->witness = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (store->witness < 0)
		return error_set(error, FAULT_STORE_UNAVAILABLE, "%s: %s", path,
		    strerror(errno));
	return true;
}

bool
witness_last(struct store *store, struct id *id_r)
{
	struct slot slots[2];
	bool good[2];
	int newest;

	for (unsigned i = 0; i < 2; i++)
		good[i] = slot_read(store->witness, i, &slots[i]);
	if (!good[0] && !good[1])
		return false;
	newest = good[0] && (!good[1] || slots[0].turn > slots[1].turn) ? 0 : 1;
	store->witness_turn = slots[newest].turn + 1;
	*id_r = slots[newest].last;
	return true;
}

void
store_witness(struct store *store, struct id last)
{
	struct slot slot;

	memset(&slot, 0, sizeof slot);
	slot.turn = store->witness_turn++;
	slot.last = last;
	slot_sum(&slot, slot.sum);
	if (pwrite(store->witness, &slot, sizeof slot,
	        (off_t)(slot.turn & 1) * SLOT_SIZE) < 0)
		log_line(LOG_LEVEL_WARNING, "the witness file cannot be written: %s",
		    strerror(errno));
}
