/* SPDX-License-Identifier: ISC */
#include "cli/home.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_of_another(const char *home, struct stat *st)
{
	return geteuid() == 0 && stat(home, st) == 0 && st->st_uid != 0;
}

bool
cli_becomes_user(const char *home)
{
	struct stat st;

	return is_of_another(home, &st);
}

bool
cli_become_user(const char *home, struct error *error)
{
	struct stat st;

	if (!is_of_another(home, &st))
		return true;
	if (setgroups(0, NULL) == 0 && setgid(st.st_gid) == 0 && setuid(st.st_uid) == 0)
		return true;
	return error_set(error, FAULT_STORE_UNAVAILABLE,
	    "cannot become the user whom %s belongs to: %s", home, strerror(errno));
}
