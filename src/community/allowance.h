/* SPDX-License-Identifier: ISC */
/*
 * What one delivery may still cause, whatever its items, targets, macros and
 * followers come to: the bounds are settings, and a refusal names the one that
 * was met. What a failed item has used up is used up.
 */
#ifndef EARSHOT_ALLOWANCE_H
#define EARSHOT_ALLOWANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct settings;
struct txn;

struct allowance {
	int64_t targets;      /* users or tickets that are acted on */
	int64_t parcels;      /* e-mails and webhooks that are queued */
	size_t filter_steps;  /* of all filters together */
	bool atomic;          /* atomic_targets bounds the targets, not delivery_targets */
};

/* at_once: all of it is one transaction. */
struct allowance allowance_new(const struct settings *settings, bool at_once);
/* Each takes, or fails the transaction with FAULT_TOO_MUCH_WORK: false. NULL allows all. */
bool allowance_target(struct txn *txn, struct allowance *allowance);
bool allowance_parcels(struct txn *txn, struct allowance *allowance, size_t count);
/* After a filter was evaluated: false when the steps were not enough. */
bool allowance_filter(struct txn *txn, const struct allowance *allowance);

#endif
