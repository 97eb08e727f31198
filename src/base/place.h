/* SPDX-License-Identifier: ISC */
/* Where things are on this machine. */
#ifndef EARSHOT_PLACE_H
#define EARSHOT_PLACE_H

#include "base/arena.h"

/*
 * The store of this program: `given` (NULL or "" when nothing was), else EARSHOT_HOME,
 * else the directory store beside that of the program, which make install-user leaves,
 * else the default of the installation. In the arena, or of the environment.
 */
const char *place_home(struct arena *arena, const char *given);
/* What lies there from the directory of the program that runs; in the arena, NULL when
 * nothing does. */
const char *place_beside(struct arena *arena, const char *relative);

#endif
