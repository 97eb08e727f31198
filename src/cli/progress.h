/* SPDX-License-Identifier: ISC */
/*
 * How far long work has come, with its rate and the time left, on one line of
 * standard error. Nothing at all is shown when that is not a terminal, nor in
 * the first moments: short work needs no bar.
 */
#ifndef EARSHOT_PROGRESS_H
#define EARSHOT_PROGRESS_H

#include "base/buf.h"

enum progress_unit {
	PROGRESS_BYTES, /* done and total are bytes */
	PROGRESS_SHARE, /* total stands for the whole; no rate is shown */
};

struct progress {
	const char *what;          /* "importing users.csv"; lives as long as the bar */
	enum progress_unit unit;
	int64_t total;             /* 0: not known */
	bool utf8;                 /* the terminal shows more than ASCII */
	bool shown;                /* standard error is a terminal */
	bool drawn;
	int64_t began, last, done; /* µs, µs, units */
};

void progress_start(struct progress *progress, const char *what, enum progress_unit unit,
    int64_t total, bool utf8);
void progress_set(struct progress *progress, int64_t done);
/* Takes the line away, so that something else can be written; it comes back. */
void progress_clear(struct progress *progress);

/* One line without line end, at most `width` columns; elapsed in microseconds. */
void progress_line(struct buf *out, const struct progress *progress, int64_t elapsed,
    unsigned width);

#endif
