/* SPDX-License-Identifier: ISC */
/*
 * The store as one site of a group: Berkeley DB's Base Replication API behind a small door.
 * One site is master and writes; the log goes to the others, which apply it on a thread of
 * this room, flush it, and say how far they have come. What the sites say to each other are
 * opaque bytes, given out and taken in here; whoever has the links moves them.
 *
 * A position is a place in the log, comparable within one mastership. Calls come from one
 * thread, but for what the library itself does; nothing here blocks it.
 */
#ifndef EARSHOT_REP_H
#define EARSHOT_REP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"

#include <stdint.h>

struct store;

#define REP_SITES_MAX 5

/* Of a store that is opened as a site (store_options.rep). */
struct rep_options {
	unsigned site, sites;     /* this one, by number from 0; how many there are */
	int64_t election;         /* µs that an election may take */
	int64_t keep_log_bytes;   /* of log that is needed no more here, for who was away */
	bool joins;               /* the home may be empty: all comes from the master */
};

enum rep_role {
	REP_REPLICA,
	REP_CHANGING, /* until it is what rep_become() asked for */
	REP_MASTER,   /* store_enter() may follow */
};

/* Of a home whose store is not open: it was left in the midst of such a copy. And what there
 * is of it goes: then the home is empty. */
bool rep_left_copying(const char *home);
bool rep_clear_copy(const char *home, struct error *error);

/* Readable when there is something new: call rep_look(). */
int rep_event(const struct store *store);
struct rep_view {
	enum rep_role role;
	int master;              /* the site that the library takes for master, -1 none */
	uint32_t generation;     /* of its mastership */
	uint64_t position;       /* of the log here, as far as it is whole */
	bool in_step;            /* all that the master had when this site came is on disk here */
	/* What is here is given up for a copy of all that the master has: until that is whole
	 * the site must have no say. It votes in no election meanwhile, whoever asks for one. */
	bool copying;
	/* So much of the log is on disk here, of this generation: to be told the master. */
	uint64_t flushed;
	uint32_t flushed_generation;
	/* Each is told once: */
	bool elected;            /* this site won an election: rep_become(REP_MASTER) */
	bool duplicate;          /* another one is master as well: become a replica, elect */
	bool called;             /* another site holds an election */
	bool election_over;      /* rep_elect() has come to an end, with a master or without */
};
void rep_look(struct store *store, struct rep_view *view_r);
/* Who is master is to be looked up once more: no event tells that the same was found again. */
void rep_ask(struct store *store);

/* Bytes for the site are appended to out: whole messages, about so many bytes. False when
 * there are no more. */
bool rep_give(struct store *store, unsigned site, size_t bytes, struct buf *out);
/* Messages that rep_give() gave at that site. More than can be held are dropped: the
 * library asks again for what it misses. False: they are no messages. */
bool rep_take(struct store *store, unsigned from, struct span messages);
/* The link to the site is new: what was to be sent is not any more. A replica tells the
 * others that it is there. And it has ended. */
void rep_link(struct store *store, unsigned site);
void rep_unlink(struct store *store, unsigned site);

/* What was asked for last becomes true. The store was left before (store_leave()). */
void rep_become(struct store *store, enum rep_role role);
/* Among so many sites, by so many votes; ends at its own pace (election_over). */
void rep_elect(struct store *store, unsigned sites, unsigned votes);

/* The master's: sends the last record once more, so that who misses some before it notices. */
void rep_push(struct store *store);
/* The master's: the site has so much on disk. */
void rep_flushed(struct store *store, unsigned site, uint64_t position, uint32_t generation);
uint64_t rep_flushed_by(const struct store *store, unsigned site);

/* What the master knows of the others, for those who watch over the group. Of a store that is
 * alone there are no sites. */
struct rep_standing {
	unsigned self, sites;
	struct {
		bool linked;
		int64_t behind;   /* bytes of log that it has not on its disk */
		bool in_step;     /* linked, and hardly behind: it can be counted on */
	} site[REP_SITES_MAX];
};
void rep_standing(const struct store *store, struct rep_standing *standing_r);

#endif
