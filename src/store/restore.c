/* SPDX-License-Identifier: ISC */
/* A backup becomes a store again. */
#include "store/copy.h"
#include "store/member.h"

#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONTENTS_MAX ((off_t)16 << 20)
#define RECOVERY_CACHE ((uint32_t)64 << 20)

bool
is_data_file(const char *name)
{
	size_t n = strlen(name);

	return n > 3 && strcmp(name + n - 3, ".db") == 0 && name[0] != '_';
}

bool
is_log_file(const char *name)
{
	return strncmp(name, "log.", 4) == 0 && strlen(name) == 14 &&
	    strspn(name + 4, "0123456789") == 10;
}

int
directory_walk(int directory, void (*found)(void *, const char *), void *arg)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		n++;
		if (found != NULL)
			found(arg, entry->d_name);
	}
	closedir(dir);
	return n;
}

bool
directory_ours(int directory, const char *name, struct error *error)
{
	struct stat st;

	if (fstat(directory, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 022) == 0)
		return true;
	return error_set(error, FAULT_NOT_PERMITTED, "others may write in %s; name a new "
	    "directory, or one that is yours alone (chmod 700)", name);
}

bool
write_all(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t written = write(fd, p, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		p += written;
		n -= (size_t)written;
	}
	return true;
}

bool
file_copy(int from, int to, const char *name)
{
	int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int out = -1, saved;
	size_t size = (size_t)256 << 10;
	char *bytes = malloc(size);
	struct stat st;
	ssize_t n = -1;

	if (bytes == NULL)
		abort();
	if (in >= 0 && fstat(in, &st) == 0 && !S_ISREG(st.st_mode))
		errno = EINVAL;
	else if (in >= 0)
		out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	while (out >= 0 && (n = read(in, bytes, size)) > 0)
		if (!write_all(out, bytes, (size_t)n)) {
			n = -1;
			break;
		}
	saved = errno;
	free(bytes);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	errno = saved;
	return n == 0;
}

bool
file_sync(int directory, const char *name)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC), saved;
	bool good = fd >= 0 && fsync(fd) == 0;

	saved = errno;
	if (fd >= 0)
		close(fd);
	errno = saved;
	return good;
}

struct restore {
	const char *from, *home;
	int from_fd, to;
	struct arena *arena;
	char **names;      /* of the backup, NULL-terminated */
	char **copied;     /* of these, likewise; NULL: none yet */
	bool made;         /* the home, by us */
	struct error *error;
};

/* What may be in a home without a store. */
static bool
may_stay(const char *name)
{
	static const char *const names[] = { "owner.lock", "socket", "secret.key",
		"earshot.conf", "lost+found" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return strncmp(name, ".socket.", 8) == 0;
}

static void
refuse_file(void *arg, const char *name)
{
	struct restore *restore = arg;

	if (!may_stay(name))
		error_set(restore->error, FAULT_USAGE,
		    "%s is not empty: it holds %s. Restore into a new home", restore->home, name);
}

static bool
open_directories(struct restore *restore)
{
	restore->from_fd = open(restore->from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (restore->from_fd < 0)
		return error_set(restore->error, FAULT_NOT_FOUND, "%s: %s", restore->from,
		    strerror(errno));
	restore->made = mkdir(restore->home, 0700) == 0;
	restore->to = open(restore->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (restore->to >= 0 && !directory_ours(restore->to, restore->home, restore->error))
		return false;
	if (restore->to < 0 || directory_walk(restore->to, refuse_file, restore) < 0)
		return error_set(restore->error, FAULT_NOT_PERMITTED, "%s: %s", restore->home,
		    strerror(errno));
	return restore->error->fault == FAULT_NONE;
}

static bool
damaged(struct restore *restore, const char *name, const char *why)
{
	return error_set(restore->error, FAULT_BAD_DOCUMENT,
	    "%s is not a whole backup: %s %s", restore->from, name, why);
}

/* One line of CONTENTS; a name is never a path. */
static bool
take_line(struct restore *restore, char *line, char **name_r)
{
	char *end;
	long long size = strtoll(line, &end, 10);
	struct stat st;

	if (end == line || *end != ' ' || end[1] == '\0' || strchr(end, '/') != NULL)
		return damaged(restore, CONTENTS, "cannot be read");
	*name_r = end + 1;
	if (fstatat(restore->from_fd, *name_r, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return damaged(restore, *name_r, "is missing");
	if (!S_ISREG(st.st_mode) || st.st_size != size)
		return damaged(restore, *name_r, "has another size than it had");
	return true;
}

static char *
read_contents(struct restore *restore)
{
	int fd = openat(restore->from_fd, CONTENTS,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	char *text = NULL;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > CONTENTS_MAX) {
		damaged(restore, CONTENTS, "is missing");
	} else {
		text = arena_alloc(restore->arena, (size_t)st.st_size + 1);
		if (read(fd, text, (size_t)st.st_size) != st.st_size)
			text = NULL;
		if (text == NULL)
			damaged(restore, CONTENTS, "cannot be read");
	}
	if (fd >= 0)
		close(fd);
	return text;
}

static bool
read_names(struct restore *restore)
{
	char *text = read_contents(restore), *line;
	size_t n = 0, lines = 1;

	if (text == NULL)
		return false;
	for (const char *p = text; *p != '\0'; p++)
		lines += *p == '\n';
	restore->names = arena_alloc(restore->arena, (lines + 1) * sizeof *restore->names);
	while ((line = strsep(&text, "\n")) != NULL)
		if (*line != '\0' && !take_line(restore, line, &restore->names[n++]))
			return false;
	return n > 0 || damaged(restore, CONTENTS, "names nothing");
}

static bool
is_link(const char *name)
{
	size_t n = strlen(name);

	return n > strlen(LINK) && strcmp(name + n - strlen(LINK), LINK) == 0;
}

/* False when it was none, or what it led to is not on this machine. */
static bool
link_again(struct restore *restore, const char *name)
{
	char file[NAME_MAX + sizeof LINK], target[PATH_MAX];
	ssize_t n;
	int fd;

	snprintf(file, sizeof file, "%s" LINK, name);
	fd = openat(restore->from_fd, file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, target, sizeof target - 1);
	close(fd);
	target[n > 0 ? n : 0] = '\0';
	if (n <= 0 || symlinkat(target, restore->to, name) != 0)
		return false;
	if (faccessat(restore->to, name, R_OK, 0) == 0)
		return true;
	unlinkat(restore->to, name, 0);
	return false;
}

static bool
copy_all(struct restore *restore)
{
	struct stat st;
	size_t n = 0;

	for (char **name = restore->names; *name != NULL; name++)
		n++;
	restore->copied = arena_alloc(restore->arena, (n + 1) * sizeof *restore->copied);
	n = 0;
	for (char **name = restore->names; *name != NULL; name++) {
		if (may_stay(*name) && fstatat(restore->to, *name, &st, 0) == 0)
			continue;
		if (is_link(*name))
			continue;
		restore->copied[n++] = *name;
		if (link_again(restore, *name))
			continue;
		if (!file_copy(restore->from_fd, restore->to, *name) ||
		    !file_sync(restore->to, *name))
			return error_set(restore->error, errno == ENOSPC ? FAULT_DISK_FULL
			    : FAULT_NOT_PERMITTED, "%s/%s: %s", restore->home, *name,
			    strerror(errno));
	}
	return true;
}

static void
find_last(struct txn *txn, void *arg)
{
	char id[ID_TEXT_SIZE], at[TEXT_TIME_SIZE];
	struct id last;

	(void)arg;
	if (!witness_misses(txn, &last))
		return;
	txn_fail(txn, FAULT_STORE_UNAVAILABLE, "the backup is damaged: delivery %s of %s was "
	    "acknowledged before it was made but is not in it", id_text(last, id),
	    text_time_write(id_time(last), at));
}

static bool
recover(struct store *store, struct error *error)
{
	uint32_t flags = DB_CREATE | DB_INIT_LOG | DB_INIT_MPOOL | DB_INIT_TXN |
	    DB_THREAD | DB_PRIVATE | DB_RECOVER_FATAL;
	int rc = db_env_create(&store->env, 0);

	if (rc == 0)
		(void)((rc = store->env->set_cachesize(store->env, 0, RECOVERY_CACHE, 1)) ||
		    (rc = store->env->set_lg_max(store->env,
		            (uint32_t)store->settings->log_file_bytes)) ||
		    (rc = store->env->open(store->env, store->home, flags, 0600)));
	return rc == 0 || error_set(error, FAULT_STORE_UNAVAILABLE,
	    "recovering the backup: %s", db_strerror(rc));
}

/* A store without the rest of its life: recovered, looked at, closed. */
static bool
recover_and_check(struct restore *restore)
{
	struct settings settings;
	struct store store = { .settings = &settings, .has_room = true, .witness = -1 };
	bool good;

	if (!settings_read(restore->arena, restore->home, &settings, restore->error))
		return false;
	store.home = arena_string(restore->arena, span_of(restore->home));
	pthread_mutex_init(&store.pages, NULL);
	buf_room(&store.scratch, 4096);
	good = recover(&store, restore->error) && witness_open(&store, restore->error) &&
	    store_run(&store, STORE_READ, restore->arena, find_last, NULL, restore->error) &&
	    store_checkpoint(&store, true, restore->error);
	for (int i = 0; i < FILE__MAX && !store_broken(&store); i++)
		if (store.files[i] != NULL)
			store.files[i]->close(store.files[i], 0);
	if (store.env != NULL && !store_broken(&store))
		store.env->close(store.env, 0);
	if (store.witness >= 0)
		close(store.witness);
	pthread_mutex_destroy(&store.pages);
	buf_free(&store.scratch);
	return good;
}

/* Recovery has made these. */
static void
remove_made(void *arg, const char *name)
{
	struct restore *restore = arg;

	if (is_data_file(name) || is_log_file(name) || strncmp(name, "__db.", 5) == 0 ||
	    strcmp(name, "witness") == 0)
		unlinkat(restore->to, name, 0);
}

static void
undo(struct restore *restore)
{
	if (restore->copied != NULL) {
		directory_walk(restore->to, remove_made, restore);
		for (char **name = restore->copied; *name != NULL; name++)
			unlinkat(restore->to, *name, 0);
	}
	if (restore->made)
		rmdir(restore->home);
}

bool
store_restore(const char *from, const char *home, struct error *error)
{
	struct restore restore = { .from = from, .home = home, .from_fd = -1, .to = -1,
		.arena = arena_new(), .error = error };
	struct member alone = { .state = MEMBER_NONE };
	bool good = open_directories(&restore) && read_names(&restore) &&
	    copy_all(&restore) && recover_and_check(&restore) && fsync(restore.to) == 0 &&
	    member_write(home, &alone, error);

	if (!good)
		undo(&restore);
	if (restore.from_fd >= 0)
		close(restore.from_fd);
	if (restore.to >= 0)
		close(restore.to);
	arena_free(&restore.arena);
	return good;
}
