/* SPDX-License-Identifier: ISC */
/* A flood of strangers' lines holds back no other line. */
#include "base/log.h"
#include "tap.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char text[65536];

/* What was written to stderr meanwhile. */
static const char *
written(void (*say)(void))
{
	char name[] = "/tmp/earshot-log.XXXXXX";
	int fd = mkstemp(name), before = dup(STDERR_FILENO);
	ssize_t n;

	if (fd < 0 || before < 0)
		abort();
	unlink(name);
	dup2(fd, STDERR_FILENO);
	say();
	dup2(before, STDERR_FILENO);
	n = pread(fd, text, sizeof text - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	close(fd);
	close(before);
	return text;
}

static size_t
count(const char *word)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
		n++;
	return n;
}

static void
flood(void)
{
	for (int i = 0; i < 1000; i++)
		log_stranger("refused %d", i);
	log_line(LOG_LEVEL_WARNING, "the disk is almost full");
	log_line(LOG_LEVEL_INFO, "the store is owned");
	log_stranger("a\nline");
}

static void
flood_of_ours(void)
{
	for (int i = 0; i < 1000; i++)
		log_line(LOG_LEVEL_ERROR, "write failed %d", i);
}

int
main(void)
{
	log_start("earshot", LOG_LEVEL_INFO, 0);
	written(flood);
	ok(count("the disk is almost full") == 1, "a warning after a flood of strangers");
	ok(count("the store is owned") == 1, "and what is only told");
	/* The second may end in between: then as many again. */
	ok(count("refused") >= 10 && count("refused") <= 30, "%zu lines of strangers",
	    count("refused"));
	written(flood_of_ours);
	ok(count("write failed") <= 30, "our own are held back as well");
	return tap_done();
}
