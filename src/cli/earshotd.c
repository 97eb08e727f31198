/* SPDX-License-Identifier: ISC */
/*
 * The daemon: always wants to own the store, so that the web server's programs
 * need not, and carries the post.
 */
#include "base/confine.h"
#include "base/log.h"
#include "base/place.h"
#include "base/secret.h"
#include "base/settings.h"
#include "cli/home.h"
#include "post/courier.h"
#include "serve/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
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

#define PAUSE_FIRST 100
#define PAUSE_MAX 5000
#define STEADY 5 /* seconds, after which the end of one is no part of a series */

static void keep_courier(const char *home, const struct settings *settings, int stop);

static bool
must_stop(int stop, int wait_ms)
{
	struct pollfd pollfd = { .fd = stop, .events = POLLIN };

	return poll(&pollfd, 1, wait_ms) > 0;
}

/* Readable when one of two descriptors is; -1 without it. */
static int
either(int a, int b)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd >= 0 && (epoll_ctl(fd, EPOLL_CTL_ADD, a, &event) != 0 ||
	    epoll_ctl(fd, EPOLL_CTL_ADD, b, &event) != 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Until its time is over, or that of its keeper: then it keeps one itself. */
static void
be_courier(const char *home, const struct settings *settings, int stop, int kept)
{
	int ends = either(stop, kept);

	confine(home, settings, CONFINE_POST);
	courier_run(home, settings, ends >= 0 ? ends : stop);
	if (must_stop(stop, 0))
		return;
	log_line(LOG_LEVEL_ERROR, "the process that kept the courier ended; the courier goes "
	    "on in its place");
	close(ends);
	close(kept);
	keep_courier(home, settings, stop);
}

/* Whatever ends a courier, another one goes on until its time is over. */
static void
keep_courier(const char *home, const struct settings *settings, int stop)
{
	int pause = PAUSE_FIRST, status, kept[2];
	time_t started;
	pid_t pid;

	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	do {
		started = time(NULL);
		if (pipe2(kept, O_CLOEXEC) != 0) {
			log_line(LOG_LEVEL_ERROR, "the post does not run: %s", strerror(errno));
			continue;
		}
		pid = fork();
		if (pid == 0) {
			close(kept[1]);
			be_courier(home, settings, stop, kept[0]);
			_exit(EXIT_SUCCESS);
		}
		close(kept[0]);
		if (pid > 0 && waitpid(pid, &status, 0) == pid && !must_stop(stop, 0))
			log_line(LOG_LEVEL_ERROR, "the courier ended (%s %d); another one goes on",
			    WIFSIGNALED(status) ? "signal" : "status",
			    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
		close(kept[1]);
		pause = time(NULL) - started >= STEADY ? PAUSE_FIRST : 2 * pause;
		if (pause > PAUSE_MAX)
			pause = PAUSE_MAX;
	} while (!must_stop(stop, pause));
}

/* The post is a process of its own: libcurl and the store do not meet, and a
 * stuck transfer holds up nothing. It ends with its parent, and has a child that
 * does the work. */
struct post {
	pid_t pid;  /* -1 none */
	int stop;   /* closed to end it */
};

static struct post
start_post(const char *home, const struct settings *settings)
{
	struct post post = { -1, -1 };
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0 || (post.pid = fork()) < 0) {
		log_line(LOG_LEVEL_ERROR, "the post does not run: %s", strerror(errno));
		return post;
	}
	if (post.pid == 0) {
		close(ends[1]);
		keep_courier(home, settings, ends[0]);
		_exit(EXIT_SUCCESS);
	}
	close(ends[0]);
	post.stop = ends[1];
	return post;
}

static void
end_post(struct post *post)
{
	int grace_ms = 10000;

	if (post->pid <= 0)
		return;
	close(post->stop);
	while (waitpid(post->pid, NULL, WNOHANG) == 0 && grace_ms > 0) {
		usleep(10000);
		grace_ms -= 10;
	}
}

/* Confined as this process is it could start no post that reaches others: the one
 * that runs is taken along. */
static void
execute_anew(const char *home, struct post *post)
{
	char text[64], name[] = "earshotd", at[] = "--home", with[] = "--post";
	char *const argv[] = { name, at, strdup(home), post->pid > 0 ? with : NULL, text, NULL };

	snprintf(text, sizeof text, "%ld,%d", (long)post->pid, post->stop);
	(void)fcntl(post->stop, F_SETFD, 0);
	execv("/proc/self/exe", argv);
}

static void
notify_opened(void)
{
	notify("READY=1");
}

/* -1: go on; otherwise the exit code. */
static int
read_options(int argc, char **argv, const char **home_r, struct post *post_r)
{
	static const struct option options[] = {
		{ "home", required_argument, NULL, 'd' }, { "foreground", no_argument, NULL, 'f' },
		{ "post", required_argument, NULL, 'p' }, /* execute_anew() */
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	const char *home = NULL;
	long pid;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'd':
			home = optarg;
			break;
		case 'f':
			break;
		case 'p':
			if (sscanf(optarg, "%ld,%d", &pid, &post_r->stop) == 2)
				post_r->pid = (pid_t)pid;
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
	*home_r = home;
	return -1;
}

static int
run(const char *home, const struct settings *settings, struct post post)
{
	struct loop_options loop = { .home = home, .settings = settings, .listening = -1,
		.prefer = true, .opened = notify_opened };
	enum loop_end end;

	if (post.pid <= 0)
		post = start_post(home, settings);
	else
		(void)fcntl(post.stop, F_SETFD, FD_CLOEXEC);
	confine(home, settings, CONFINE_SITE);
	end = loop_run(&loop);
	if (end == LOOP_RESTART)
		execute_anew(home, &post);
	end_post(&post);
	return end == LOOP_DONE ? EXIT_SUCCESS : EX_UNAVAILABLE;
}

int
main(int argc, char **argv)
{
	struct arena *arena;
	struct settings settings;
	struct error error = { 0 };
	struct post post = { -1, -1 };
	const char *home = NULL;
	int code = read_options(argc, argv, &home, &post);

	if (code >= 0)
		return code;
	log_start("earshotd", LOG_LEVEL_INFO, 0);
	if (!secret_start())
		abort();
	arena = arena_new();
	home = place_home(arena, home);
	if (!cli_become_user(home, &error) || !settings_read(arena, home, &settings, &error)) {
		log_line(LOG_LEVEL_ERROR, "%s", error.detail);
		code = EX_CONFIG;
	} else {
		log_start("earshotd", (enum log_level)settings.log_level,
		    span_is(settings.log_to, "syslog"));
		code = run(home, &settings, post);
	}
	arena_free(&arena);
	return code;
}
