/* SPDX-License-Identifier: ISC */
/*
 * Who owns the store. One process at a time holds the lock on HOME/owner.lock
 * (the kernel frees it when the process dies) and has the environment open;
 * everybody else reaches it by HOME/socket. A classic fcntl lock: it is not
 * inherited by children and names its holder. Its trap, that closing any
 * descriptor of the file loses it, is avoided by opening the file only here.
 */
#ifndef EARSHOT_OWNER_H
#define EARSHOT_OWNER_H

#include "base/fault.h"

#include <stdint.h>

struct owner;

/* Opens HOME/owner.lock. FAULT_STORE_UNAVAILABLE when there is no store, before anything
 * is written where its disk shall be mounted, but for who makes one; and when this
 * process's user may not own it: only the home's user may. */
struct owner *owner_new(const char *home, bool makes, struct error *error);
void owner_free(struct owner **owner);

/* Without waiting: true when the lock is ours now. */
bool owner_try(struct owner *owner);
/* Waits on a thread of its own; the descriptor becomes readable when the lock
 * is ours (then owner_won() once). A first delay lets a daemon be first. May be
 * called again: it starts the thread that could not be started before. */
int owner_wait(struct owner *owner, unsigned delay_ms);
bool owner_won(struct owner *owner);

/*
 * Written while the lock is held: before the store is opened, after it was
 * closed. recover_r tells what the last owner left: true when it did not end in
 * order on this boot. False with error when the mark cannot be written: then the
 * store must stay closed, or the death of this owner would go unseen.
 */
bool owner_mark_dirty(struct owner *owner, bool *recover_r, struct error *error);
void owner_mark_clean(struct owner *owner);
void owner_release(struct owner *owner);

/* Who has the lock, by asking the system: pid, and the program's name. False: nobody, or
 * a process of another namespace. */
#define OWNER_PROGRAM_SIZE 32
bool owner_holder(struct owner *owner, long *pid_r, char program_r[OWNER_PROGRAM_SIZE]);

/* Sign of life of the owner, at least once a second; readable by the others. */
void owner_beat(struct owner *owner);
/* An owner that shows no sign of life for this long is killed. */
#define OWNER_HANG_US 10000000

/*
 * Others, now and then while they wait: kills the holder by pid and start time when it
 * hangs. That is: its beat has not changed for `limit_us` of our watching, and as often
 * as we looked it slept or was stopped, as in a deadlock. One that works at a long step,
 * or waits for a processor or the disk, is busy: the disk may take as long as it likes,
 * a step six times limit_us. True when it was killed.
 */
bool owner_watch(struct owner *owner, int64_t limit_us);

/* Names this process for others on this machine, so that none of the same number
 * is taken for it. */
#define OWNER_PROCESS_SIZE 80
const char *owner_process(char out[OWNER_PROCESS_SIZE]);
/* True when the process of that name has certainly ended. One of another boot has, unless it
 * may be one of another machine: `alone` says that there is none. */
bool owner_process_ended(const char *name, bool alone);

/* The socket: bound under a temporary name, then renamed over HOME/socket, so
 * that callers can connect at once. shared: users other than the store's can try to.
 * -1 with error. */
int owner_listen(struct owner *owner, bool shared, struct error *error);
void owner_unlink(struct owner *owner);
/* Non-blocking connection to the owner, or -1 (errno: ECONNREFUSED, ENOENT, EAGAIN). */
int owner_connect(const char *home);

#endif
