/* SPDX-License-Identifier: ISC */
/* Plain CGI (RFC 3875): one request from the environment and standard input. */
#ifndef EARSHOT_CGI_H
#define EARSHOT_CGI_H

#include <stdbool.h>

struct front;
struct settings;

/* Answers on standard output; the exit status of the program. front: as loop_options has it. */
int cgi_run(const char *home, const struct settings *settings, const char *type,
    bool reads, struct front *front);

#endif
