/* SPDX-License-Identifier: ISC */
/* The one runner of transactions. */
#include "store/store_private.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

DB_TXN *
store_write(struct txn *txn)
{
	int rc;

	assert(txn->mode != STORE_READ);
	if (!txn_ok(txn))
		return NULL;
	if (txn->db == NULL) {
		rc = txn->store->env->txn_begin(txn->store->env, NULL, &txn->db,
		    DB_TXN_NOSYNC);
		if (rc != 0) {
			txn->db = NULL;
			store_error(txn->store, txn->error, rc, "beginning a transaction");
		}
	}
	return txn->db;
}

static void
begin(struct txn *txn)
{
	struct store *store = txn->store;

	store->running = txn;
	store->runs++;
	store->state++;
	/* A read before the first write would lock against that write, of the same thread. */
	if (store->locks && txn->mode != STORE_READ)
		store_write(txn);
}

/* Committed, or undone after a failure. */
static void
settle(struct txn *txn)
{
	struct store *store = txn->store;
	int rc;

	if (txn->db == NULL)
		return;
	if (txn->mode == STORE_DRY || !txn_ok(txn)) {
		rc = txn->db->abort(txn->db);
		if (rc != 0) { /* what was half done stays: recovery undoes it */
			atomic_store(&store->broken, true);
			store_error(store, txn->error, rc, "undoing a transaction");
		}
	} else {
		rc = txn->db->commit(txn->db, DB_TXN_NOSYNC);
		if (rc != 0)
			store_error(store, txn->error, rc, "committing");
		store->generation += rc == 0 && txn->config_changed;
		store->people_generation += rc == 0 && txn->people_changed;
	}
	txn->db = NULL;
	txn->config_changed = txn->people_changed = false;
}

bool
txn_settle_by(struct txn *txn, void (*fn)(struct txn *txn))
{
	bool before = txn->settle != NULL;

	txn->settle = fn;
	return before;
}

static void
write_last(struct txn *txn)
{
	void (*fn)(struct txn *txn) = txn->settle;

	txn->settle = NULL;
	if (fn != NULL && txn_ok(txn))
		fn(txn);
}

bool
store_run(struct store *store, enum store_mode mode, struct arena *arena,
    void (*body)(struct txn *, void *), void *arg, struct error *error)
{
	struct txn txn = { .store = store, .arena = arena, .error = error, .mode = mode };

	assert(store->running == NULL);
	if (store_broken(store))
		return error_set(error, FAULT_STORE_UNAVAILABLE,
		    "the store is broken; its owner is about to end");
	begin(&txn);
	body(&txn, arg);
	if (mode == STORE_WRITE)
		write_last(&txn);
	table_close_walks(&txn);
	store->running = NULL;
	settle(&txn);
	return error->fault == FAULT_NONE;
}

void
txn_breathes(struct txn *txn, const struct breath *breath)
{
	txn->breath = breath;
}

bool
txn_breathe(struct txn *txn)
{
	struct store *store = txn->store;
	const struct breath *breath = txn->breath;

	if (!txn_ok(txn) || breath == NULL || !breath->late(breath->arg))
		return txn_ok(txn);
	if (txn->mode == STORE_WRITE)
		write_last(txn);
	table_pause_walks(txn);
	store->running = NULL;
	settle(txn);
	if (txn_ok(txn))
		breath->pause(breath->arg);
	if (txn_ok(txn) && store_broken(store))
		txn_fail(txn, FAULT_STORE_UNAVAILABLE,
		    "the store is broken; its owner is about to end");
	assert(store->running == NULL);
	begin(txn);
	return txn_ok(txn);
}

bool
txn_part(struct txn *txn, void (*body)(struct txn *, void *), void *arg,
    struct error *error)
{
	struct error *outer = txn->error;
	const struct breath *breath = txn->breath;
	struct walk *walks = txn->walks;
	DB_TXN *whole, *part;
	int rc;

	write_last(txn);
	if (!txn_ok(txn) || (whole = store_write(txn)) == NULL)
		return error_set(error, outer->fault, "%s", outer->detail);
	rc = txn->store->env->txn_begin(txn->store->env, whole, &part, DB_TXN_NOSYNC);
	if (rc != 0)
		return store_error(txn->store, outer, rc, "beginning a part");
	txn->db = part;
	txn->error = error;
	txn->breath = NULL;
	table_pause_walks(txn); /* those of the whole go on behind the part */
	txn->walks = NULL;
	body(txn, arg);
	write_last(txn);
	table_close_walks(txn);
	txn->walks = walks;
	txn->db = whole;
	txn->error = outer;
	txn->breath = breath;
	/* What ails the store ails the whole. */
	if (error->fault == FAULT_DISK_FULL || error->fault == FAULT_STORE_UNAVAILABLE)
		error_set(outer, error->fault, "%s", error->detail);
	txn->store->state++;
	rc = error->fault == FAULT_NONE ? part->commit(part, DB_TXN_NOSYNC)
	                                : part->abort(part);
	if (rc != 0)
		store_error(txn->store, outer, rc, "ending a part");
	return error->fault == FAULT_NONE && rc == 0;
}

const struct settings *
store_settings(const struct store *store)
{
	return store->settings;
}

const struct seal *
store_seal(const struct store *store)
{
	return &store->seal;
}

const char *
store_home(const struct store *store)
{
	return store->home;
}

bool
store_has_key(const struct store *store)
{
	return store->seal.present;
}

bool
store_has_key_file(const struct store *store)
{
	struct error ignored = { 0 };
	struct seal now;

	return !seal_open(store->home, &now, &ignored) || now.present;
}

bool
store_read_key(struct store *store)
{
	struct seal now;
	struct error ignored = { 0 };

	if (!seal_open(store->home, &now, &ignored) || !now.present ||
	    (store->seal.present && memcmp(now.key, store->seal.key, sizeof now.key) == 0))
		return false;
	store->seal = now;
	return true;
}

bool
store_make_key(struct store *store, struct error *error)
{
	return seal_make(store->home, &store->seal, error);
}

void **
store_attachment(struct store *store, void (*end)(void *))
{
	store->end_attached = end;
	return &store->attached;
}

struct store *
txn_store(struct txn *txn)
{
	return txn->store;
}

bool
txn_only_reads(const struct txn *txn)
{
	return txn->mode == STORE_READ;
}

uint64_t
txn_number(const struct txn *txn)
{
	return txn->store->runs;
}

uint64_t
txn_state(const struct txn *txn)
{
	return txn->store->state;
}

struct arena *
txn_arena(struct txn *txn)
{
	return txn->arena;
}

struct error *
txn_error(struct txn *txn)
{
	return txn->error;
}

bool
txn_ok(struct txn *txn)
{
	return txn->error->fault == FAULT_NONE;
}

bool
txn_fail(struct txn *txn, enum fault fault, const char *format, ...)
{
	char detail[sizeof txn->error->detail];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof detail, format, args);
	va_end(args);
	return error_set(txn->error, fault, "%s", detail);
}

void
txn_carry(struct txn *txn, const void *what)
{
	txn->carried = what;
}

const void *
txn_carried(const struct txn *txn)
{
	return txn->carried;
}

void
txn_config_changed(struct txn *txn)
{
	txn->config_changed = true;
}

bool
txn_changes_config(const struct txn *txn)
{
	return txn->config_changed;
}

uint64_t
store_generation(const struct store *store)
{
	return store->generation;
}

void
txn_people_changed(struct txn *txn)
{
	txn->people_changed = true;
}

bool
txn_changes_people(const struct txn *txn)
{
	return txn->people_changed;
}

uint64_t
store_people_generation(const struct store *store)
{
	return store->people_generation;
}
