/* SPDX-License-Identifier: ISC */
/* Test Anything Protocol for C: ok() per check, return tap_done() from main. */
#ifndef EARSHOT_TAP_H
#define EARSHOT_TAP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A check with its name, which is formatted; returns good. */
__attribute__((format(printf, 2, 3))) bool ok(bool good, const char *format, ...);

/* Compares text and shows both when they differ. NULL equals only NULL. */
bool is_text(const char *got, const char *expected, const char *name);

/* The plan, and the exit code of the program. */
int tap_done(void);

#endif
