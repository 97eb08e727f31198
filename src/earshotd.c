/* SPDX-License-Identifier: ISC */
/*
 * The daemon: always wants to own the store, so that the web server's programs
 * need not, and carries the post.
 */
#include "cli_home.h"
#include "confine.h"
#include "courier.h"
#include "log.h"
#include "loop.h"
#include "secret.h"
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

static int
usage(FILE *to)
{
	fputs("usage: earshotd [--home DIR] [--foreground]\n\n"
	    "Owns the store and sends what waits in the outbox. It stays in the foreground\n"
	    "in any case, and tells systemd when the store is open. See earshotd(8).\n", to);
	return to == stdout ? EXIT_SUCCESS : 2;
}

/* sd_notify(3): one datagram. */
static void
notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t n;
	int fd;

	if (path == NULL || (n = strlen(path)) >= sizeof address.sun_path)
		return;
	memcpy(address.sun_path, path, n + 1);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
	        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
		log_line(LOG_LEVEL_WARNING, "NOTIFY_SOCKET: %s", strerror(errno));
	close(fd);
}

/* The post is a process of its own: libcurl and the store do not meet, and a
 * stuck transfer holds up nothing. It ends with its parent. */
static pid_t
start_courier(const char *home, const struct settings *settings, int stop[2])
{
	pid_t pid;

	if (pipe2(stop, O_CLOEXEC) != 0 || (pid = fork()) < 0) {
		log_line(LOG_LEVEL_ERROR, "the post does not run: %s", strerror(errno));
		return -1;
	}
	if (pid != 0) {
		close(stop[0]);
		return pid;
	}
	close(stop[1]);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	confine(home, settings, CONFINE_POST);
	courier_run(home, settings, stop[0]);
	_exit(EXIT_SUCCESS);
}

static void
notify_opened(void)
{
	notify("READY=1");
}

/* -1: go on; otherwise the exit code. */
static int
read_options(int argc, char **argv, const char **home_r)
{
	static const struct option options[] = {
		{ "home", required_argument, NULL, 'd' }, { "foreground", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	const char *home = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'd':
			home = optarg;
			break;
		case 'f':
			break;
		case 'h':
			return usage(stdout);
		case 'v':
			printf("earshotd (Earshot) %s\n", PACKAGE_VERSION);
			return EXIT_SUCCESS;
		default:
			return usage(stderr);
		}
	if (optind < argc) {
		fprintf(stderr, "earshotd: \"%s\" is too much\n", argv[optind]);
		return usage(stderr);
	}
	*home_r = cli_home(home);
	return -1;
}

static int
run(const char *home, const struct settings *settings, char **argv)
{
	struct loop_options loop = { .home = home, .settings = settings, .listening = -1,
		.prefer = true, .opened = notify_opened };
	enum loop_end end;
	int stop[2] = { -1, -1 };
	pid_t courier = start_courier(home, settings, stop);

	confine(home, settings, CONFINE_STORE);
	end = loop_run(&loop);
	if (courier > 0) {
		close(stop[1]);
		kill(courier, SIGTERM);
		waitpid(courier, NULL, 0);
	}
	if (end == LOOP_RESTART)
		execv("/proc/self/exe", argv);
	return end == LOOP_DONE ? EXIT_SUCCESS : EX_UNAVAILABLE;
}

int
main(int argc, char **argv)
{
	struct arena *arena;
	struct settings settings;
	struct error error = { 0 };
	const char *home = NULL;
	int code = read_options(argc, argv, &home);

	if (code >= 0)
		return code;
	log_start("earshotd", LOG_LEVEL_INFO, 0);
	if (!secret_start())
		abort();
	arena = arena_new();
	if (!cli_become_user(home, &error) || !settings_read(arena, home, &settings, &error)) {
		log_line(LOG_LEVEL_ERROR, "%s", error.detail);
		code = EX_CONFIG;
	} else {
		log_start("earshotd", (enum log_level)settings.log_level,
		    span_is(settings.log_to, "syslog"));
		code = run(home, &settings, argv);
	}
	arena_free(&arena);
	return code;
}
