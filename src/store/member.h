/* SPDX-License-Identifier: ISC */
/*
 * What a home is of a group: HOME/group.member, one line. It stands outside of the
 * store, since a home that has lost its store must not pass for a site that has all.
 */
#ifndef EARSHOT_MEMBER_H
#define EARSHOT_MEMBER_H

#include "base/fault.h"

enum member_state {
	MEMBER_NONE,   /* its store is alone */
	MEMBER_FOUNDS, /* the first site of a new group, master by itself */
	MEMBER_JOINS,  /* all comes from the master: until then it has no say */
	/* It has all on disk, which counts, but no vote: nobody may elect without the first
	 * site before that one has given up to be master by itself, and become full. */
	MEMBER_READY,
	MEMBER_FULL,   /* hears of another one that is, or, at first, of enough that are ready */
};

#define MEMBER_GROUP_SIZE 16
struct member {
	enum member_state state;
	unsigned char group[MEMBER_GROUP_SIZE]; /* random; zeros: one that joins has not heard it */
};

/* No file is MEMBER_NONE; what cannot be read is an error. */
bool member_read(const char *home, struct member *member_r, struct error *error);
/* On disk when it returns true. MEMBER_NONE removes the file. */
bool member_write(const char *home, const struct member *member, struct error *error);
const char *member_word(enum member_state state);

#endif
