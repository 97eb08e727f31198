/* SPDX-License-Identifier: ISC */
#include "base/place.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef EARSHOT_DEFAULT_HOME
#define EARSHOT_DEFAULT_HOME "/var/lib/earshot"
#endif

const char *
place_beside(struct arena *arena, const char *relative)
{
	char self[PATH_MAX], there[PATH_MAX], *slash;
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	if (slash == NULL)
		return NULL;
	/* realpath(): its name is shown, and the socket in it has little room for one. */
	if (realpath(arena_printf(arena, "%.*s/%s", (int)(slash - self), self, relative),
	    there) == NULL)
		return NULL;
	return arena_printf(arena, "%s", there);
}

const char *
place_home(struct arena *arena, const char *given)
{
	const char *home = given != NULL && given[0] != '\0' ? given : getenv("EARSHOT_HOME");

	if (home == NULL || home[0] == '\0')
		home = place_beside(arena, "../store");
	return home != NULL ? home : EARSHOT_DEFAULT_HOME;
}
