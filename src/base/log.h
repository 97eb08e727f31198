/* SPDX-License-Identifier: ISC */
/*
 * One line per event, to stderr (the web server's log, with the time; the journal, with
 * the priority) or syslog.
 * Control characters and bad UTF-8 are escaped, so that nothing that was sent
 * can forge a line; lines are cut at 2 KiB; floods are held back.
 */
#ifndef EARSHOT_LOG_H
#define EARSHOT_LOG_H

struct span;

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* program must outlive the process; syslog instead of stderr when asked. */
void log_start(const char *program, enum log_level most, int to_syslog);
void log_line(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* At level info, of what anybody can cause: held back in a flood by themselves, so that
 * no other line is; type as below. */
void log_stranger(const char *type, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

const char *log_program(void);

/* A line at level info that is never held back, "" none, about what the program of that
 * listener type has taken (NULL: this one); many are written at
 * once by log_flush(). Main thread only. */
void log_delivery(const char *type, struct span text);
void log_flush(void);

#endif
