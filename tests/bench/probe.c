/* SPDX-License-Identifier: ISC */
/*
 * What the machine does without any server. Standard output: one JSON object
 * with the times in microseconds.
 *
 *   probe append FILE COUNT        appends 1 KiB and calls fdatasync
 *   probe spawn COUNT BODY PROGRAM runs PROGRAM by plain CGI: its environment is
 *                                  ours, its standard input the file BODY; from
 *                                  the start to the end of its answer
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIECE 1024

extern char **environ;

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void
tell(int64_t *times, size_t count, size_t good)
{
	qsort(times, count, sizeof *times, by_size);
	printf("{\"count\":%zu,\"good\":%zu,\"p50Us\":%.1f,\"p99Us\":%.1f}\n", count, good,
	    (double)times[count / 2] / 1e3, (double)times[count * 99 / 100] / 1e3);
}

static size_t
append(const char *path, int64_t *times, size_t count)
{
	char piece[PIECE];
	size_t good = 0;
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	memset(piece, 'x', sizeof piece);
	for (size_t i = 0; i < count; i++) {
		int64_t start = now_ns();

		good += write(fd, piece, sizeof piece) == (ssize_t)sizeof piece &&
		    fdatasync(fd) == 0;
		times[i] = now_ns() - start;
	}
	close(fd);
	return good;
}

/* True when it ended well and answered 200; how long until the end of its answer: so long
 * a web server has its sender wait. */
static int
spawn(const char *body, char **argv, int64_t *took)
{
	static const char wanted[] = "Status: 200";
	posix_spawn_file_actions_t actions;
	char answer[4096];
	size_t n = 0;
	ssize_t got;
	int64_t start = now_ns();
	pid_t pid;
	int out[2], status, rc;

	if (pipe2(out, O_CLOEXEC) != 0)
		return 0;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, body, O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	rc = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(out[1]);
	while (rc == 0 && n < sizeof answer &&
	    (got = read(out[0], answer + n, sizeof answer - n)) > 0)
		n += (size_t)got;
	*took = now_ns() - start;
	close(out[0]);
	return rc == 0 && waitpid(pid, &status, 0) == pid && status == 0 &&
	    n >= sizeof wanted && memcmp(answer, wanted, sizeof wanted - 1) == 0;
}

int
main(int argc, char **argv)
{
	int appends = argc == 4 && strcmp(argv[1], "append") == 0;
	int spawns = argc == 5 && strcmp(argv[1], "spawn") == 0;
	size_t count = appends || spawns ? (size_t)atol(argv[appends ? 3 : 2]) : 0;
	size_t good = 0;
	int64_t *times;

	if (count == 0 || (times = calloc(count, sizeof *times)) == NULL) {
		fputs("usage: probe append FILE COUNT\n"
		      "       probe spawn COUNT BODY PROGRAM\n", stderr);
		return 2;
	}
	if (appends)
		good = append(argv[2], times, count);
	for (size_t i = 0; spawns && i < count; i++)
		good += (size_t)spawn(argv[3], argv + 4, &times[i]);
	tell(times, count, good);
	free(times);
	return good != count;
}
