/* SPDX-License-Identifier: ISC */
/* As whom a program works on its store. */
#ifndef EARSHOT_CLI_HOME_H
#define EARSHOT_CLI_HOME_H

#include "base/fault.h"

/* Root becomes the user whom the home belongs to; nothing when it is absent. */
bool cli_become_user(const char *home, struct error *error);
/* Whether that makes somebody else of this process. */
bool cli_becomes_user(const char *home);

#endif
