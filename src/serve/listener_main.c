/* SPDX-License-Identifier: ISC */
#include "serve/listener_main.h"

#include "base/confine.h"
#include "base/log.h"
#include "base/place.h"
#include "base/secret.h"
#include "base/settings.h"
#include "listen/listener.h"
#include "serve/cgi.h"
#include "serve/loop.h"

#include <fastcgi.h>
#include <fcgiapp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

/* Descriptor 0 is a listening socket. */
static bool
is_fastcgi(void)
{
	static const int signals[] = { SIGPIPE, SIGTERM, SIGUSR1 };
	struct sigaction before[sizeof signals / sizeof signals[0]];
	bool fastcgi;

	/* libfcgi catches them for a loop of its own, which is not ours. */
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		sigaction(signals[i], NULL, &before[i]);
	fastcgi = !FCGX_IsCGI();
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		sigaction(signals[i], &before[i], NULL);
	return fastcgi;
}

static int
for_a_person(int argc, char **argv, const char *name, const char *purpose, const char *home)
{
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("%s.fcgi (Earshot) %s\n", name, PACKAGE_VERSION);
		return EXIT_SUCCESS;
	}
	printf("usage: %s.fcgi\n\n"
	    "Endpoint program of Earshot %s. A web server runs it,\n"
	    "by FastCGI (listening socket as descriptor 0) or plain CGI. EARSHOT_HOME in\n"
	    "its environment names the store; without it that is %s.\n"
	    "See listener.fcgi(8) and earshot(1).\n", name, purpose, home);
	return argc == 2 && strcmp(argv[1], "--help") == 0 ? EXIT_SUCCESS : 2;
}

static int
serve(char **argv, const char *home, const struct settings *settings, const char *type,
    bool reads)
{
	struct loop_options options = { .home = home, .settings = settings, .type = type,
		.reads = reads, .listening = FCGI_LISTENSOCK_FILENO };

	switch (loop_run(&options)) {
	case LOOP_DONE:
		return EXIT_SUCCESS;
	case LOOP_RESTART:
		/* The listening socket stays; whatever else was open is closed. */
		execv("/proc/self/exe", argv);
		return EX_OSERR;
	case LOOP_FAILED:
		break;
	}
	return EX_UNAVAILABLE;
}

static void
await(const char *home, const struct settings *settings, const char *type,
    const struct error *why)
{
	struct loop_options options = { .home = home, .settings = settings, .type = type,
		.listening = STDIN_FILENO };

	loop_await(&options, why);
}

static int
program(int argc, char **argv, const char *name, const char *purpose, bool reads)
{
	const char *home;
	struct settings settings;
	struct error error = { 0 };
	bool fastcgi = is_fastcgi();
	struct arena *arena = arena_new();
	int status;

	home = place_home(arena, NULL);
	if (!fastcgi && getenv("GATEWAY_INTERFACE") == NULL) {
		status = for_a_person(argc, argv, name, purpose, home);
		arena_free(&arena);
		return status;
	}
	log_start(arena_printf(arena, "%s.fcgi", name), LOG_LEVEL_INFO, 0);
	if (!secret_start())
		abort();
	if (fastcgi && !loop_may_begin(arena, home, &settings, &error)) {
		await(home, &settings, name, &error);
		execv("/proc/self/exe", argv);
	}
	if (!settings_read(arena, home, &settings, &error)) {
		log_line(LOG_LEVEL_ERROR, "%s", error.detail);
		printf("Status: 503 Service Unavailable\r\nContent-Type: text/plain\r\n"
		    "\r\nEarshot is not configured; the server's log says more.\n");
		arena_free(&arena);
		return EX_CONFIG;
	}
	log_start(arena_printf(arena, "%s.fcgi", name),
	    (enum log_level)settings.log_level, span_is(settings.log_to, "syslog"));
	confine(home, &settings, CONFINE_STORE);
	status = fastcgi ? serve(argv, home, &settings, name, reads)
	                 : cgi_run(home, &settings, name, reads);
	arena_free(&arena);
	return status;
}

int
listener_main(int argc, char **argv, const struct listener_type *type)
{
	char purpose[64];

	snprintf(purpose, sizeof purpose, "for listeners of type %s", type->name);
	if (!listener_type_add(type))
		abort();
	return program(argc, argv, type->name, purpose, false);
}

int
reader_main(int argc, char **argv, const char *type)
{
	return program(argc, argv, type, "that gives out records", true);
}
