/* SPDX-License-Identifier: ISC */
#include "store/member.h"

#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME "group.member"

static const char *const words[] = {
	[MEMBER_NONE] = "none",
	[MEMBER_FOUNDS] = "founds",
	[MEMBER_JOINS] = "joins",
	[MEMBER_READY] = "ready",
	[MEMBER_FULL] = "full",
};

const char *
member_word(enum member_state state)
{
	return words[state];
}

static bool
failed(const char *home, const char *what, struct error *error)
{
	return error_set(error, FAULT_STORE_UNAVAILABLE, "Cannot %s %s/" FILE_NAME ": %s.", what,
	    home, strerror(errno));
}

static bool
parse(const char *text, struct member *member_r)
{
	char word[8];
	unsigned byte;
	int n = 0;

	if (sscanf(text, "%7s %n", word, &n) != 1)
		return false;
	for (enum member_state state = MEMBER_FOUNDS; state <= MEMBER_FULL; state++)
		if (strcmp(word, words[state]) == 0)
			member_r->state = state;
	text += n;
	for (size_t i = 0; i < MEMBER_GROUP_SIZE; i++, text += 2) {
		if (sscanf(text, "%2x", &byte) != 1)
			return false;
		member_r->group[i] = (unsigned char)byte;
	}
	return member_r->state != MEMBER_NONE;
}

bool
member_read(const char *home, struct member *member_r, struct error *error)
{
	char path[4096], text[128];
	ssize_t n;
	int fd;

	*member_r = (struct member){ .state = MEMBER_NONE };
	snprintf(path, sizeof path, "%s/" FILE_NAME, home);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || failed(home, "read", error);
	n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return parse(text, member_r) || error_set(error, FAULT_STORE_UNAVAILABLE,
	    "%s says nothing that can be read. To take this home into its group once more, move "
	    "it away and use: earshot --home %s group join", path, home);
}

bool
member_write(const char *home, const struct member *member, struct error *error)
{
	int dir = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1;
	char text[64];
	int n = snprintf(text, sizeof text, "%s ", words[member->state]);
	bool good;

	for (size_t i = 0; i < MEMBER_GROUP_SIZE; i++)
		n += snprintf(text + n, sizeof text - (size_t)n, "%02x", member->group[i]);
	text[n++] = '\n';
	if (member->state == MEMBER_NONE) {
		good = dir >= 0 && (unlinkat(dir, FILE_NAME, 0) == 0 || errno == ENOENT);
	} else {
		fd = dir < 0 ? -1 : openat(dir, FILE_NAME ".new",
		    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		good = fd >= 0 && write(fd, text, (size_t)n) == n && fsync(fd) == 0 &&
		    renameat(dir, FILE_NAME ".new", dir, FILE_NAME) == 0;
	}
	good = (good && fsync(dir) == 0) || failed(home, "write", error);
	if (fd >= 0)
		close(fd);
	if (dir >= 0)
		close(dir);
	return good;
}
