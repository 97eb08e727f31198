/* SPDX-License-Identifier: ISC */
/*
 * Files that the caller names. Root becomes the user whom the store belongs to, who may
 * not reach what root may: so these files are opened before that.
 */
#include "cli/cli.h"

#include "cli/home.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES 65536
#define FILE_MAX_BYTES ((size_t)200 << 20)

/* A file opened early: by its name, as it stands in the arguments. */
struct cli_opened {
	const char *path;
	int fd;
	int error;           /* of errno, when fd is -1 */
};

static void
open_early(struct cli *cli, const char *path, int flags)
{
	struct cli_opened *opened = &cli->opened[cli->opened_count++];

	opened->path = path;
	opened->fd = open(path, flags | O_CLOEXEC, 0666);
	opened->error = errno;
}

void
cli_open_early(struct cli *cli)
{
	const struct cli_given *given = cli->given;
	const char *svg = cli_option(cli, "svg");

	cli->opened = arena_alloc(cli->arena,
	    (given->operand_count + 1) * sizeof *cli->opened);
	if (!cli_becomes_user(cli->home))
		return;
	for (size_t i = 0; i < given->operand_count; i++)
		if (cli_operand_is(given, i, "FILE") && strcmp(given->operands[i], "-") != 0)
			open_early(cli, given->operands[i], O_RDONLY);
	if (svg != NULL && strcmp(svg, "-") != 0)
		open_early(cli, svg, O_WRONLY | O_CREAT);
}

/* The descriptor is taken. */
static int
open_now(struct cli *cli, const char *path, int flags)
{
	for (size_t i = 0; i < cli->opened_count; i++)
		if (cli->opened[i].path == path) {
			int fd = cli->opened[i].fd;

			cli->opened[i].fd = -1;
			errno = cli->opened[i].error;
			return fd;
		}
	return open(path, flags | O_CLOEXEC, 0666);
}

static FILE *
to_file(struct cli *cli, const char *path, int fd, const char *mode)
{
	FILE *file = fd >= 0 ? fdopen(fd, mode) : NULL;

	if (file == NULL)
		cli_say(cli, "%s: %s", path, strerror(errno));
	return file;
}

const char *
cli_file_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

FILE *
cli_open(struct cli *cli, const char *path)
{
	if (strcmp(path, "-") == 0)
		return stdin;
	return to_file(cli, path, open_now(cli, path, O_RDONLY), "rb");
}

FILE *
cli_create(struct cli *cli, const char *path)
{
	int fd;

	if (strcmp(path, "-") == 0)
		return stdout;
	fd = open_now(cli, path, O_WRONLY | O_CREAT);
	/* A device has no length. */
	if (fd >= 0 && ftruncate(fd, 0) != 0 && errno != EINVAL) {
		int error = errno;

		close(fd);
		fd = -1;
		errno = error;
	}
	return to_file(cli, path, fd, "w");
}

bool
cli_read_file(struct cli *cli, const char *path, struct buf *bytes)
{
	bool standard = strcmp(path, "-") == 0, good = true;
	FILE *file = cli_open(cli, path);
	size_t n;

	if (file == NULL)
		return false;
	while (good && (n = fread(buf_room(bytes, READ_BYTES), 1, READ_BYTES, file)) > 0) {
		bytes->n += n;
		good = bytes->n <= FILE_MAX_BYTES;
	}
	if (!good || ferror(file)) {
		cli_say(cli, "%s: %s", cli_file_name(path), good ? strerror(errno)
		    : "the file is too long; split it");
		good = false;
	}
	if (!standard)
		fclose(file);
	return good;
}
