/* SPDX-License-Identifier: ISC */
/* A flood of strangers' lines holds back no other line. */
#include "base/log.h"
#include "base/buf.h"
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
		log_stranger(NULL, "refused %d", i);
	log_line(LOG_LEVEL_WARNING, "the disk is almost full");
	log_line(LOG_LEVEL_INFO, "the store is owned");
	log_stranger(NULL, "a\nline");
}

static void
flood_of_ours(void)
{
	for (int i = 0; i < 1000; i++)
		log_line(LOG_LEVEL_ERROR, "write failed %d", i);
}

static void
lines(void)
{
	log_line(LOG_LEVEL_WARNING, "of the store");
	log_delivery("data", SPAN("delivery=1"));
	log_delivery("macro", SPAN("delivery=2"));
	log_delivery(NULL, SPAN("delivery=3"));
	log_flush();
}

static bool
begins_with_time(void)
{
	char end;

	return sscanf(text, "%*4u-%*2u-%*2uT%*2u:%*2u:%*2u%c", &end) == 1 && end == 'Z';
}

int
main(void)
{
	char own[64];

	unsetenv("JOURNAL_STREAM");
	log_start("macro.fcgi", LOG_LEVEL_INFO, 0);
	written(lines);
	snprintf(own, sizeof own, "Z macro.fcgi[%ld] warning: of the store\n", (long)getpid());
	ok(begins_with_time(), "a line has a time: %s", text);
	ok(count(own) == 1, "and program, number and level");
	ok(count("Z data.fcgi info: delivery=1\n") == 1, "a delivery names the program that took it");
	snprintf(own, sizeof own, "Z macro.fcgi[%ld] info: delivery=", (long)getpid());
	ok(count(own) == 2, "with the number when that is this one");
	setenv("JOURNAL_STREAM", "1:2", 1);
	log_start("macro.fcgi", LOG_LEVEL_INFO, 0);
	written(lines);
	ok(strncmp(text, "<4>macro.fcgi: of the store\n", 28) == 0 &&
	    count("<6>data.fcgi: delivery=1\n") == 1, "in the journal a priority instead: %s", text);
	unsetenv("JOURNAL_STREAM");
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
