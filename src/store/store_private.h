/* SPDX-License-Identifier: ISC */
/* What store.c, table.c and store_copy.c share. <db.h> stays among them. */
#ifndef EARSHOT_STORE_PRIVATE_H
#define EARSHOT_STORE_PRIVATE_H

#include "base/settings.h"
#include "store/rep.h"
#include "store/store.h"
#include "store/table.h"

#include <db.h>
#include <pthread.h>
#include <stdatomic.h>

/* Tables that are used together share a file; the first key byte parts them. */
enum file {
	FILE_RULES,
	FILE_RECORDS,
	FILE_INDEX,
	FILE_JOURNAL,
	FILE_BODIES,
	FILE_OUTBOX,
	FILE_AUDIT,  /* stores up to format 2 have none */
	FILE__MAX
};

struct store {
	DB_ENV *env;
	DB *files[FILE__MAX];        /* NULL until first used */
	double rows_a_page[TABLE__MAX]; /* estimates; 0: not made yet */
	char *home;
	const struct settings *settings;
	struct seal seal;
	void *attached;
	void (*end_attached)(void *attached);
	uint64_t generation, people_generation;
	bool locks;                  /* the environment has them: what is replicated needs them */
	struct rep *rep;             /* it is a site of a group; NULL: it is alone */
	bool makes;                  /* data files that are not there: `earshot init` */
	bool had_audit;              /* its file was there when the store was opened */
	char bad_file[32];           /* a page of it failed its checksum; "" none */
	unsigned bad_page;
	bool told;                   /* that it is damaged */
	_Atomic bool broken;
	unsigned operations;         /* of tables */
	void (*alive)(void *arg);    /* after every so many; may be NULL */
	void *alive_arg;
	struct txn *running;         /* nesting is a bug */
	uint64_t runs;               /* of store_run() */
	uint64_t state;              /* counts those, and what they change */
	struct buf scratch;          /* where Berkeley DB puts a value */
	struct walk *spare_walks;    /* ended ones, with their memory */
	/* Data pages and log files stand still while a copy reads them. */
	pthread_mutex_t pages;
	_Atomic bool copying;        /* log files must stay */
	int witness;                 /* descriptor, -1 none */
	uint64_t witness_turn;       /* slot written next */
	int64_t room_checked;        /* monotonic µs */
	_Atomic bool has_room;
	bool spare;                  /* a log file is ready that has no name of a log file yet */
	size_t warm_file;            /* read ahead so far */
	off_t warm_at;
};

struct txn {
	struct store *store;
	struct arena *arena;
	struct error *error;
	DB_TXN *db;                  /* with locks from the beginning, or NULL until the first write */
	struct walk *walks;          /* open ones: closed before commit */
	void (*settle)(struct txn *txn); /* before it commits; may be NULL */
	bool config_changed, people_changed;
	enum store_mode mode;
	const struct breath *breath; /* NULL: it does not breathe */
	const void *carried;         /* of txn_carry() */
};

/* Folds an error of Berkeley DB into a fault and notes when the store is broken. */
bool store_error(struct store *store, struct error *error, int rc, const char *what);
/* The same for a store that only a backup brings back. */
bool store_damaged(struct store *store, struct error *error, const char *where);
DB *store_file(struct store *store, enum file file, struct error *error);
const char *store_file_name(enum file file);
/* The DB transaction of a writing body, begun on first use where nothing locks; NULL after a
 * failure. */
DB_TXN *store_write(struct txn *txn);
void table_close_walks(struct txn *txn);
/* Their cursors close; each makes another one at its next step. */
void table_pause_walks(struct txn *txn);
void table_free_walks(struct store *store);

/* store_disk.c */
/* Before an environment is made. */
void disk_begin(void);
/* What this thread writes from now on goes to the disk a little at a time, so that others do
 * not wait behind all of it. */
void disk_pace(bool on);
/* spare.c */
#define SPARE_PATH 4096
/* What an owner has left that died while it made a log file. */
void spare_remove(const struct store *store);
/* sum.c: the quick checksum; false when it is not that of the library. */
bool sum_begin(void);
/* Gives a file of the directory, which is on the disk, a name that nothing has; false with
 * errno. No sync of the store succeeds before the name is on the disk, too. */
bool disk_rename_new(const char *directory, const char *from, const char *to);
/* Notes, for the next recovery, that what is read may not be on the disk; for errors of
 * the disk only, a number of errno or of Berkeley DB. */
void disk_failed(const char *home, int rc);
/* Before recovery: what is read is on the disk. */
bool disk_settle(const char *home, struct error *error);

/* store_witness.c */
bool witness_open(struct store *store, struct error *error);
bool witness_last(const struct store *store, struct id *id_r);
/* What it names is not in the store, and was not removed. */
bool witness_misses(struct txn *txn, struct id *id_r);

/* rep.c */
struct rep *rep_new(struct store *store, const struct rep_options *options);
void rep_free(struct rep **rep);
/* Of the environment, before it is opened: 0 or an error of the library. */
int rep_configure(struct store *store, const struct rep_options *options);
bool rep_start_threads(struct rep *rep, struct error *error);
void rep_end_threads(struct rep *rep);
void rep_on_event(struct store *store, uint32_t event);
/* Of what is not needed any more, the newest stay. */
void rep_tidy_logs(struct store *store);

#endif
