/* SPDX-License-Identifier: ISC */
#include "base/log.h"

#include "base/buf.h"
#include "base/text.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048
/* A full disk or a broken device repeats itself thousands of times a second, and
 * each of our processes may meet it. */
#define LINES_PER_SECOND 10
/* A pipe takes this much in one piece, so that lines of processes do not mix. */
#define AT_ONCE_BYTES 4096

/* Lines of one kind in this second. */
struct budget {
	const char *of;  /* what is held back, for the line that says so */
	time_t second;   /* of the lines counted */
	unsigned lines;  /* in that second */
	unsigned held;   /* not written */
};

static struct {
	pthread_mutex_t mutex;
	const char *program;
	enum log_level most;
	int to_syslog;
	int journal;     /* stderr is the journal: <N> prefixes instead of names */
	struct budget ours, strangers;
	struct buf deliveries;
} sink = { .mutex = PTHREAD_MUTEX_INITIALIZER, .program = "earshot", .most = LOG_LEVEL_INFO,
	.ours.of = "lines", .strangers.of = "lines about refused requests" };

static const struct {
	const char *name;
	int priority;
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", LOG_ERR },
	[LOG_LEVEL_WARNING] = { "warning", LOG_WARNING },
	[LOG_LEVEL_INFO] = { "info", LOG_INFO },
	[LOG_LEVEL_DEBUG] = { "debug", LOG_DEBUG },
};

/* A standard descriptor that was left closed would become that of a data file,
 * and the log be written into it. */
static void
fill_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

void
log_start(const char *program, enum log_level most, int to_syslog)
{
	fill_standard_descriptors();
	sink.program = program;
	sink.most = most;
	sink.to_syslog = to_syslog;
	sink.journal = getenv("JOURNAL_STREAM") != NULL;
	if (to_syslog)
		openlog(program, LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

/* What stands before the text of a line. type: of the program that it is about, when
 * that need not be this one. */
static void
put_head(struct buf *out, enum log_level level, const char *type)
{
	char at[TEXT_TIME_SIZE], program[64];
	int64_t now = text_now();
	bool ours;

	snprintf(program, sizeof program, "%s.fcgi", type != NULL ? type : "");
	ours = type == NULL || strcmp(program, sink.program) == 0;
	if (sink.journal) {
		buf_printf(out, "<%d>%s: ", levels[level].priority, ours ? sink.program : program);
		return;
	}
	buf_puts(out, text_time_write(now - now % 1000000, at));
	buf_putc(out, ' ');
	if (ours)
		buf_printf(out, "%s[%ld]", sink.program, (long)getpid());
	else
		buf_puts(out, program);
	buf_putc(out, ' ');
	buf_puts(out, levels[level].name);
	buf_puts(out, ": ");
}

/* The first n bytes. */
static void
write_out(struct buf *lines, size_t n)
{
	if (n > 0 && write(STDERR_FILENO, lines->p, n) < 0) {
		/* Nobody is left to be told. */
	}
	buf_shift(lines, n);
}

static void
emit(enum log_level level, const char *type, struct span text)
{
	struct buf line = { 0 };

	if (sink.to_syslog) {
		syslog(levels[level].priority, "%.*s", (int)text.n, text.p);
		return;
	}
	put_head(&line, level, type);
	buf_span(&line, text);
	buf_putc(&line, '\n');
	write_out(&line, line.n);
	buf_free(&line);
}

/* True when the line may be written; says first how many were not. */
static bool
within_rate(struct budget *budget)
{
	time_t now = time(NULL);
	char text[80];
	int n;

	if (now != budget->second) {
		unsigned held = budget->held;

		budget->second = now;
		budget->lines = budget->held = 0;
		if (held > 0) {
			n = snprintf(text, sizeof text, "%u more %s were held back", held,
			    budget->of);
			emit(LOG_LEVEL_WARNING, NULL, (struct span){ text, (size_t)n });
		}
	}
	if (budget->lines >= LINES_PER_SECOND) {
		budget->held++;
		return false;
	}
	budget->lines++;
	return true;
}

static void
put_line(struct budget *budget, enum log_level level, const char *type, const char *format,
    va_list args)
{
	char text[LINE_MAX_BYTES];
	struct buf visible = { 0 };
	int n;

	if (level > sink.most)
		return;
	n = vsnprintf(text, sizeof text, format, args);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof text)
		n = sizeof text - 1;
	text_visible(&visible, (struct span){ text, (size_t)n });
	pthread_mutex_lock(&sink.mutex);
	if (within_rate(budget))
		emit(level, type, buf_bytes(&visible));
	pthread_mutex_unlock(&sink.mutex);
	buf_free(&visible);
}

const char *
log_program(void)
{
	return sink.program;
}

void
log_line(enum log_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_line(&sink.ours, level, NULL, format, args);
	va_end(args);
}

void
log_stranger(const char *type, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_line(&sink.strangers, LOG_LEVEL_INFO, type, format, args);
	va_end(args);
}

void
log_delivery(const char *type, struct span text)
{
	struct buf *lines = &sink.deliveries;
	size_t before = lines->n;

	if (text.n == 0 || sink.most < LOG_LEVEL_INFO)
		return;
	if (sink.to_syslog) {
		text_visible(lines, text);
		emit(LOG_LEVEL_INFO, NULL, buf_bytes(lines));
		lines->n = 0;
		return;
	}
	put_head(lines, LOG_LEVEL_INFO, type);
	text_visible(lines, text);
	buf_putc(lines, '\n');
	if (lines->n > AT_ONCE_BYTES)
		write_out(lines, before);
}

void
log_flush(void)
{
	write_out(&sink.deliveries, sink.deliveries.n);
}
