/* SPDX-License-Identifier: ISC */
/*
 * The store: one Berkeley DB environment, opened by one process at a time
 * (owner.h), and the one runner of transactions.
 *
 * How does one get a transaction? One does not: one hands a body to
 * store_run(). It begins, runs the body, commits without flushing. A commit is
 * durable, and may be acknowledged, only after store_flush(). Inside a body
 * reads and writes never fail visibly: after the first failure they do
 * nothing, and the verdict comes from store_run().
 *
 * There is one writer thread and no lock subsystem; only store_flush(),
 * store_checkpoint(), store_tidy_logs(), store_spare_log() and store_warm() may be called from
 * other threads.
 */
#ifndef EARSHOT_STORE_H
#define EARSHOT_STORE_H

#include "base/arena.h"
#include "base/fault.h"
#include "base/secret.h"

#include <stdint.h>

struct rep_options;
struct settings;
struct store;
struct txn;

/* False with error when there is nothing of a store in the home: it was not made, or its
 * disk is not mounted. To be asked before anything is written there: only `init` and
 * `restore` make a store. */
bool store_is_there(const char *home, struct error *error);
/* False with error when this user may not read and write a file of the store, since root has put
 * it there: to Berkeley DB a file that cannot be opened is a log that is damaged. */
bool store_is_ours(const char *home, struct error *error);
/* How a store that is lost is brought back: commands, with the newest backup that lies
 * where backups are written to (backup_dirs) and belongs to this user or root. */
#define STORE_ADVICE_SIZE 700
const char *store_advice(const char *home, const struct settings *settings,
    char out[STORE_ADVICE_SIZE]);

/* Opens, after recovery when the last owner did not leave in order. Refuses a
 * newer format, migrates an older one; refuses (FAULT_STORE_UNAVAILABLE, with
 * an instruction) when acknowledged deliveries or a data file are missing. */
struct store_options {
	const char *home;
	const struct settings *settings;
	bool recover;    /* the last owner died, or the machine has restarted */
	bool brief;      /* one request only: small cache, small log files */
	bool create;     /* `earshot init` */
	/* NULL: alone. Else the store is opened as a site of a group, always with recovery:
	 * no transaction before store_enter(). */
	const struct rep_options *rep;
};
struct store *store_open(const struct store_options *options, struct error *error);
/* Checkpoint when enough was written, close. True when all of it has reached the
 * files, so that the store may be marked clean. */
bool store_close(struct store **store);
/* Of a site that has become master (rep.h): opens its data files and looks whether all that
 * was acknowledged is there, as store_open() does for one that is alone. And before it is a
 * replica again; nothing of a transaction is left. */
bool store_enter(struct store *store, struct error *error);
void store_leave(struct store *store);

enum store_mode {
	STORE_READ,  /* the body only reads */
	STORE_WRITE, /* commit, not yet on disk */
	STORE_DRY,   /* all but the commit */
};

/*
 * True when the body ran and, for STORE_WRITE, is committed. False with the
 * fault that the body set by txn_fail() (the transaction was undone), or
 * FAULT_DISK_FULL, FAULT_STORE_UNAVAILABLE. After an I/O error the store is
 * broken: everything fails from then on, and the owner must end (store_broken).
 */
bool store_run(struct store *store, enum store_mode mode, struct arena *arena,
    void (*body)(struct txn *txn, void *arg), void *arg, struct error *error);

/*
 * A body that takes long breathes between two of its rows, so that others get their turn.
 * Where there is nobody to let by, or when it is not time yet, that costs nothing. Else the
 * transaction ends where it stands, with what it has written, and the body goes on in a new
 * one. Walks stay open: each goes on behind the key that it told last, by what is there
 * then, and the bytes that it told stay as they are. What was read and compiled before may
 * be another thing afterwards: txn_number() tells, store_generation() whether rules are.
 * False when the body is to end: the transaction has failed, or its caller has left.
 */
bool txn_breathe(struct txn *txn);
/* Who is let by. late: whether it is time; pause: returns when the body may go on, or with
 * the transaction's error set when it is to end. */
struct breath {
	bool (*late)(void *arg);
	void (*pause)(void *arg);
	void *arg;
};
/* For the transaction of this body; stays the caller's. Where a part is being run nobody
 * breathes. */
void txn_breathes(struct txn *txn, const struct breath *breath);

/* What the domain needs to know beside its tables. */
const struct settings *store_settings(const struct store *store);
const char *store_home(const struct store *store);
/* Sealing is for record/sealed.h. Whether secret.key is there; what stands in it now, true
 * when that is not what was known; a new one. */
const struct seal *store_seal(const struct store *store);
bool store_has_key(const struct store *store);
bool store_has_key_file(const struct store *store); /* now; it may be gone, and known still */
bool store_read_key(struct store *store);
bool store_make_key(struct store *store, struct error *error);
/* One thing that lives and ends with the store (rules.c keeps its cache there). */
void **store_attachment(struct store *store, void (*end)(void *attached));

/* Told now and then while transactions look at rows and change them: one that does very
 * much still lives, one that hangs does not. */
void store_alive(struct store *store, void (*alive)(void *arg), void *arg);

struct store *txn_store(struct txn *txn);
/* STORE_READ: who lets others by in it leaves nothing half done. */
bool txn_only_reads(const struct txn *txn);
uint64_t txn_number(const struct txn *txn); /* another one for each transaction */
/* Another one, in a process never seen before, whenever what is read may differ from what was
 * read: in each transaction, after each change, and when a part was undone. */
uint64_t txn_state(const struct txn *txn);
struct arena *txn_arena(struct txn *txn);
struct error *txn_error(struct txn *txn);
bool txn_ok(struct txn *txn);
/* The first failure counts. Always returns false. */
bool txn_fail(struct txn *txn, enum fault fault, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Runs the body as a part of the transaction that is undone alone when it
 * fails: false with its error, the transaction goes on. One level deep. */
bool txn_part(struct txn *txn, void (*body)(struct txn *txn, void *arg), void *arg,
    struct error *error);

/* Has fn run once before the transaction commits, or before a part of it begins or is
 * committed; after a part that was undone it is forgotten. True when that was asked for
 * already, and has not come yet. One fn for all: of record_new_id(). */
bool txn_settle_by(struct txn *txn, void (*fn)(struct txn *txn));

/* What a room above wants to find in this transaction, breaths and parts of it included (audit.h:
 * for whom it is made); NULL at first. Lives as long as its giver says. */
void txn_carry(struct txn *txn, const void *what);
const void *txn_carried(const struct txn *txn);

/* Configuration was changed by this transaction: compiled rules are stale once
 * it commits. The generation rises by every such commit. */
void txn_config_changed(struct txn *txn);
bool txn_changes_config(const struct txn *txn);
uint64_t store_generation(const struct store *store);
/* The same for what somebody may do and by which name. */
void txn_people_changed(struct txn *txn);
bool txn_changes_people(const struct txn *txn);
uint64_t store_people_generation(const struct store *store);

/* Everything committed so far is on disk, or false: the store is broken. */
bool store_flush(struct store *store, struct error *error);
bool store_broken(const struct store *store);
/* Where in the log everything committed so far stands, and whether enough of the group has
 * it on disk for it to be acknowledged, once it is flushed here. Alone: at once. */
uint64_t store_position(const struct store *store);
bool store_reached(const struct store *store, uint64_t position);
/* Bytes of log that are committed, and that no majority of the group has yet; and up to where
 * one has it. Alone: none. */
int64_t store_ahead(const struct store *store, uint64_t *reached_r);
/* Bytes of log written since the store was opened: progress for flush and checkpoint. */
uint64_t store_written(const struct store *store);
bool store_checkpoint(struct store *store, bool force, struct error *error);
void store_tidy_logs(struct store *store);
/* Has the next log file stand ready. False when that cannot be now: not to be asked for a while. */
bool store_spare_log(struct store *store);
/* Name of the file by number, NULL behind the last or after an error. good_r: its pages
 * fit together; what does not is logged. Takes seconds a gigabyte, and nothing else runs. */
const char *store_verify(struct store *store, size_t file, bool *good_r, struct error *error);
/* Lets the system read a few more megabytes of what look-ups need into its cache.
 * False when all was. */
bool store_warm(struct store *store);
/* What the disk has left for us; false when it does not tell. */
bool store_free_bytes(const struct store *store, uint64_t *bytes_r);
/* Room on the disk above the watermark; looked up at most twice a second. */
bool store_has_room(struct store *store);

/* The delivery last acknowledged: start-up refuses when it is missing. */
void store_witness(struct store *store, struct id last);
bool store_acknowledged(const struct store *store, struct id *last_r);
/* Deliveries of before that time are removed by this transaction: the witness may name
 * one of them. */
void txn_removes_before(struct txn *txn, int64_t time);

/*
 * A consistent copy of the open store into an empty directory (made when it is
 * absent), by slices: each call copies at most about `bytes`; 1 more to do, 0
 * done and on disk, -1 error. Everything flushed before it began is in it. A
 * copy that is ended before it is done is removed again. On the thread that
 * writes. Secrets stay behind: secret.key is not copied.
 */
struct store_copy;
struct store_copy *store_copy_begin(struct store *store, const char *directory,
    struct error *error);
int store_copy_step(struct store_copy *copy, size_t bytes, struct error *error);
double store_copy_progress(const struct store_copy *copy); /* 0 to 1 */
void store_copy_end(struct store_copy **copy);

/*
 * A settings file that was a link becomes one again where what it leads to exists.
 * Copies a backup into a home without a store (made when it is absent; an
 * owner.lock, socket, secret.key and earshot.conf there stay), runs
 * catastrophic recovery and looks for the delivery that the witness names. The
 * caller holds the lock; the store is opened with recovery afterwards. False
 * with error, and the home as it was.
 */
bool store_restore(const char *from, const char *home, struct error *error);

#endif
