/* SPDX-License-Identifier: ISC */
/* Which store a program works on, and as whom. */
#ifndef EARSHOT_CLI_HOME_H
#define EARSHOT_CLI_HOME_H

#include "base/fault.h"

/* What was given (or NULL), else EARSHOT_HOME, else the configured default. */
const char *cli_home(const char *option);
/* Root becomes the user whom the home belongs to; nothing when it is absent. */
bool cli_become_user(const char *home, struct error *error);
/* Whether that makes somebody else of this process. */
bool cli_becomes_user(const char *home);

#endif
