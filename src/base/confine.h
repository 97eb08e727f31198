/* SPDX-License-Identifier: ISC */
/*
 * A process gives up for good what it does not need, at the end of its set-up:
 * new privileges (setuid programs), and by Landlock (Linux 5.13 and later) files
 * outside the store, execution outside the system's directories, TCP. What the
 * kernel does not know is left out without a word; the rest still holds.
 */
#ifndef EARSHOT_CONFINE_H
#define EARSHOT_CONFINE_H

#include <stdbool.h>

struct settings;

enum confine_role {
	CONFINE_STORE, /* reads requests, may own the store: no TCP */
	CONFINE_SITE,  /* likewise; but that of the group, where there is one */
	CONFINE_POST,  /* sends mail and webhooks */
};

/* Before any thread is started: only this one and its children are confined. */
void confine(const char *home, const struct settings *settings, enum confine_role role);
/* Whether files are out of reach by that. */
bool confined(void);

#endif
