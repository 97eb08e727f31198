/* SPDX-License-Identifier: ISC */
#include "serve/listener_main.h"

#include "base/confine.h"
#include "base/log.h"
#include "base/place.h"
#include "base/secret.h"
#include "base/settings.h"
#include "listen/listener.h"
#include "serve/cgi.h"
#include "serve/front.h"
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

struct program {
	const char *name;     /* without .fcgi */
	const char *purpose;
	bool reads;           /* it gives out records */
	struct front *(*front)(const struct settings *settings, const char *pages); /* or NULL */
};

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
for_a_person(int argc, char **argv, const struct program *program, const char *home)
{
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("%s.fcgi (Earshot) %s\n", program->name, PACKAGE_VERSION);
		return EXIT_SUCCESS;
	}
	printf("usage: %s.fcgi%s\n\n"
	    "Endpoint program of Earshot %s. A web server runs it,\n"
	    "by FastCGI (listening socket as descriptor 0) or plain CGI. EARSHOT_HOME in\n"
	    "its environment names the store; without it that is %s.\n"
	    "See %s.fcgi(8) and earshot(1).\n", program->name,
	    program->front != NULL ? " [--pages DIR]" : "", program->purpose, home,
	    program->front != NULL ? program->name : program->reads ? "lookup" : "listener");
	return argc == 2 && strcmp(argv[1], "--help") == 0 ? EXIT_SUCCESS : 2;
}

static int
serve(char **argv, const char *home, const struct settings *settings,
    const struct program *program, struct front *front)
{
	struct loop_options options = { .home = home, .settings = settings,
		.type = program->name, .reads = program->reads, .front = front,
		.listening = FCGI_LISTENSOCK_FILENO };

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
run(int argc, char **argv, const struct program *program)
{
	const char *home, *name = program->name, *pages = NULL;
	static struct front *front; /* the process's: it goes with that */
	struct settings settings;
	struct error error = { 0 };
	bool fastcgi = is_fastcgi();
	struct arena *arena = arena_new();
	int status;

	home = place_home(arena, NULL);
	if (!fastcgi && getenv("GATEWAY_INTERFACE") == NULL) {
		status = for_a_person(argc, argv, program, home);
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
	/* Arguments of a CGI program may come out of a query (RFC 3875, 4.4). */
	if (fastcgi && program->front != NULL && argc == 3 && strcmp(argv[1], "--pages") == 0)
		pages = argv[2];
	if (pages == NULL)
		confine(home, &settings, CONFINE_STORE);
	if (program->front != NULL)
		front = program->front(&settings, pages);
	status = fastcgi ? serve(argv, home, &settings, program, front)
	                 : cgi_run(home, &settings, name, program->reads, front);
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
	return run(argc, argv, &(struct program){ .name = type->name, .purpose = purpose });
}

int
reader_main(int argc, char **argv, const char *type)
{
	return run(argc, argv, &(struct program){ .name = type, .reads = true,
		.purpose = "that gives out records" });
}

int
front_main(int argc, char **argv, const char *name, const char *purpose,
    struct front *(*make)(const struct settings *settings, const char *pages))
{
	return run(argc, argv, &(struct program){ .name = name, .purpose = purpose,
		.front = make });
}
