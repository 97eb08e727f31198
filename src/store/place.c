/* SPDX-License-Identifier: ISC */
/* Where the files of a store are, whether they are all there, and what to do when they
 * are not. */
#include "store/copy.h"

#include "base/text.h"
#include "store/member.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct place {
	const char *home, *name;
	char *path;              /* where it was looked for last, or found */
	size_t size;
	bool found;
};

static void
look_in(void *arg, const char *directory)
{
	struct place *place = arg;

	if (place->found)
		return;
	if (directory[0] == '/')
		snprintf(place->path, place->size, "%s/%s", directory, place->name);
	else
		snprintf(place->path, place->size, "%s/%s/%s", place->home, directory,
		    place->name);
	/* What may not be looked at may be there. */
	place->found = access(place->path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

bool
/* NOLINTNEXTLINE(readability-non-const-parameter): look_in() writes to path */
store_file_path(const char *home, enum file file, char *path, size_t size)
{
	struct place place = { .home = home, .name = store_file_name(file), .path = path,
		.size = size };

	look_in(&place, ".");
	settings_parts(home, look_in, &place);
	return place.found;
}

int
store_files(const char *home, const char **missing_r)
{
	char path[PATH_MAX];
	int n = 0;

	*missing_r = NULL;
	for (enum file file = 0; file < FILE__MAX; file++)
		if (store_file_path(home, file, path, sizeof path))
			n++;
		else if (*missing_r == NULL && file != FILE_AUDIT) /* the format tells of that */
			*missing_r = store_file_name(file);
	return n;
}

bool
store_is_there(const char *home, struct error *error)
{
	const char *missing;
	struct member member;
	struct error ignored = { 0 };
	struct stat st;

	if (stat(home, &st) != 0 && errno != EACCES)
		return error_set(error, FAULT_STORE_UNAVAILABLE, "there is no store at %s (%s); "
		    "is its disk mounted? A new one is made by: earshot --home %s init", home,
		    strerror(errno), home);
	/* It comes from the group. */
	if (member_read(home, &member, &ignored) && member.state == MEMBER_JOINS)
		return true;
	return store_files(home, &missing) > 0 ||
	    error_set(error, FAULT_STORE_UNAVAILABLE, "there is no store at %s; is its disk "
	    "mounted? A new one is made by: earshot --home %s init", home, home);
}

/* A file that is not ours. */
struct strange {
	const char *home;
	char directory[PATH_MAX];
	struct error *error;
};

static void
look_whose(void *arg, const char *name)
{
	struct strange *strange = arg;
	char path[2 * PATH_MAX], whose[SETTINGS_WHOSE_SIZE];
	bool key = strcmp(name, "secret.key") == 0;

	if (strange->error->fault != FAULT_NONE || (!is_data_file(name) && !is_log_file(name) &&
	    strcmp(name, "witness") != 0 && !key))
		return;
	snprintf(path, sizeof path, "%s%s", strange->directory, name);
	if (faccessat(AT_FDCWD, path, key ? R_OK : R_OK | W_OK, AT_EACCESS) == 0 || errno != EACCES)
		return;
	if (settings_whose(strange->home, path, whose)[0] != '\0')
		error_set(strange->error, FAULT_STORE_UNAVAILABLE, "%s", whose);
	else
		error_set(strange->error, FAULT_STORE_UNAVAILABLE, "%s: %s", path, strerror(EACCES));
}

static void
look_whose_in(void *arg, const char *directory)
{
	struct strange *strange = arg;
	int fd;

	snprintf(strange->directory, sizeof strange->directory, "%s%s%s%s",
	    directory[0] == '/' ? "" : strange->home, directory[0] == '/' ? "" : "/", directory,
	    directory[0] == '\0' ? "" : "/");
	fd = open(strange->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		directory_walk(fd, look_whose, strange);
		close(fd);
	}
}

bool
store_is_ours(const char *home, struct error *error)
{
	struct strange strange = { .home = home, .error = error };

	look_whose_in(&strange, "");
	settings_parts(home, look_whose_in, &strange);
	return error->fault == FAULT_NONE;
}

/* Of the backups that lie where backups are written to. */
struct newest {
	const char *home;
	int directory;
	unsigned depth;
	char within[PATH_MAX];   /* path of the directory */
	char path[PATH_MAX];     /* "" none */
	struct timespec at;
	bool unseen;             /* there is a place that this process may not look at */
};

static void
look_at(void *arg, const char *name)
{
	struct newest *newest = arg, below = *newest;
	int fd = openat(newest->directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st, contents;

	/* Anybody can lay something into /tmp. */
	if (fd < 0 || fstat(fd, &st) != 0 || (st.st_uid != geteuid() && st.st_uid != 0) ||
	    snprintf(below.within, sizeof below.within, "%s/%s", newest->within, name) >=
	    (int)sizeof below.within) {
		if (fd >= 0)
			close(fd);
		return;
	}
	if (fstatat(fd, CONTENTS, &contents, AT_SYMLINK_NOFOLLOW) == 0) {
		if (S_ISREG(contents.st_mode) && (newest->path[0] == '\0' ||
		    contents.st_mtim.tv_sec > newest->at.tv_sec)) {
			memcpy(newest->path, below.within, sizeof newest->path);
			newest->at = contents.st_mtim;
		}
	} else if (newest->depth > 0) {
		below.directory = fd;
		below.depth--;
		directory_walk(fd, look_at, &below);
		memcpy(newest->path, below.path, sizeof newest->path);
		newest->at = below.at;
	}
	close(fd);
}

static void
look_for_backups(struct newest *newest, const struct settings *settings)
{
	struct span rest = settings->backup_dirs, item;

	while (rest.n > 0) {
		item = text_trim(text_cut(&rest, ','));
		if (item.n == 0 || item.n >= sizeof newest->within)
			continue;
		memcpy(newest->within, item.p, item.n);
		newest->within[item.n] = '\0';
		newest->directory = open(newest->within, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		newest->depth = 1;
		if (newest->directory < 0) {
			newest->unseen |= errno == EACCES;
			continue;
		}
		directory_walk(newest->directory, look_at, newest);
		close(newest->directory);
	}
}

const char *
store_advice(const char *home, const struct settings *settings, char out[STORE_ADVICE_SIZE])
{
	struct newest newest = { .home = home };
	char at[TEXT_TIME_SIZE];
	int n = 0;

	look_for_backups(&newest, settings);
	if (newest.path[0] != '\0')
		n = snprintf(out, STORE_ADVICE_SIZE, "the newest backup found is of %s. Stop what "
		    "uses the store, then: ", text_time_write(newest.at.tv_sec * INT64_C(1000000), at));
	else
		/* An owner that the post has started is confined as the post is. */
		n = snprintf(out, STORE_ADVICE_SIZE, "%s %.*s. Stop what uses the store, find %s, then: ",
		    newest.unseen ? "this process may not look into" : "no backup was found in",
		    (int)(settings->backup_dirs.n < 100 ? settings->backup_dirs.n : 100),
		    settings->backup_dirs.p, newest.unseen ? "the newest" : "one");
	snprintf(out + n, STORE_ADVICE_SIZE - (size_t)n, "mv %s %s.lost && earshot --home %s "
	    "restore %s && cp -p %s.lost/secret.key %s", home, home, home,
	    newest.path[0] != '\0' ? newest.path : "BACKUP", home, home);
	return out;
}
