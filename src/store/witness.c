/* SPDX-License-Identifier: ISC */
/*
 * The witness: $EARSHOT_HOME/witness, outside the environment, names the
 * delivery acknowledged last. Two slots are written in turn, each with a
 * checksum, so that a torn write leaves the other. Written through the page
 * cache with every acknowledged batch, forced to disk with each checkpoint.
 */
#include "store/store_private.h"

#include "base/log.h"
#include "base/text.h"

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

/* The newest of the good slots; false without one. */
static bool
newest(const struct store *store, struct slot *slot_r)
{
	struct slot slots[2];
	bool good[2];

	for (unsigned i = 0; i < 2; i++)
		good[i] = slot_read(store->witness, i, &slots[i]);
	*slot_r = slots[good[0] && (!good[1] || slots[0].turn > slots[1].turn) ? 0 : 1];
	return good[0] || good[1];
}

bool
witness_open(struct store *store, struct error *error)
{
	char path[4096];
	struct slot slot;

	snprintf(path, sizeof path, "%s/witness", store->home);
	store->witness = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (store->witness < 0)
		return error_set(error, FAULT_STORE_UNAVAILABLE, "%s: %s", path,
		    strerror(errno));
	if (newest(store, &slot))
		store->witness_turn = slot.turn + 1;
	return true;
}

bool
witness_last(const struct store *store, struct id *id_r)
{
	struct slot slot;

	if (!newest(store, &slot))
		return false;
	*id_r = slot.last;
	return true;
}

bool
store_acknowledged(const struct store *store, struct id *last_r)
{
	return witness_last(store, last_r);
}

/* The lowest id of the time before which deliveries were removed. */
#define REMOVED SPAN("removed")

void
txn_removes_before(struct txn *txn, int64_t time)
{
	struct id limit = id_of_time(time + 999); /* ids count milliseconds */
	struct span before;

	if (!table_get(txn, TABLE_META, REMOVED, &before) ||
	    span_cmp(before, id_span(&limit)) < 0)
		table_put(txn, TABLE_META, REMOVED, id_span(&limit));
}

/* By age: as the store has written down, or, before it did, by the clock. */
static bool
was_removed(struct txn *txn, struct id id)
{
	const struct store *store = txn->store;
	struct span limit;

	if (table_get(txn, TABLE_META, REMOVED, &limit))
		return span_cmp(id_span(&id), limit) < 0;
	return id_time(id) < text_now() - store->settings->deliveries;
}

bool
witness_misses(struct txn *txn, struct id *id_r)
{
	return witness_last(txn->store, id_r) && !table_has(txn, TABLE_DELIVERY, id_span(id_r)) &&
	    !was_removed(txn, *id_r);
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
