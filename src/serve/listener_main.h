/* SPDX-License-Identifier: ISC */
/*
 * The program of one listener type. Descriptor 0 is a listening socket:
 * FastCGI (spawned by the web server, spawn-fcgi, systemd). A CGI environment:
 * one request. Otherwise a person: --help, --version.
 */
#ifndef EARSHOT_LISTENER_MAIN_H
#define EARSHOT_LISTENER_MAIN_H

struct front;
struct listener_type;
struct settings;

int listener_main(int argc, char **argv, const struct listener_type *type);
/* Likewise of a type that reads ("lookup"; command_read.h). */
int reader_main(int argc, char **argv, const char *type);
/* Likewise of a program with a front (front.h), which lives as long as the process. pages:
 * the argument of --pages, NULL without; the program is not confined then. */
int front_main(int argc, char **argv, const char *name, const char *purpose,
    struct front *(*make)(const struct settings *settings, const char *pages));

#endif
