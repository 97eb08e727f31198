/* SPDX-License-Identifier: ISC */
/*
 * The ceiling: a FastCGI program that reads the body and answers 200, on the
 * libfcgi that everybody uses. The listening socket is descriptor 0.
 *
 *   null threads    64 threads that wait in FCGX_Accept_r
 *   null loop       one thread, epoll, and libfcgi for a request that has come
 */
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define THREADS 64
#define EVENTS 256

/* One connection of the web server to the loop. */
struct visitor {
	FCGX_Request request;
	int fd;
};

static void
answer(FCGX_Request *request)
{
	char body[4096];

	while (FCGX_GetStr(body, sizeof body, request->in) == (int)sizeof body)
		continue;
	FCGX_PutS("Content-Type: application/json\r\n\r\n{\"outcome\":\"applied\"}\n",
	    request->out);
}

static void *
thread(void *arg)
{
	FCGX_Request request;

	(void)arg;
	FCGX_InitRequest(&request, STDIN_FILENO, 0);
	while (FCGX_Accept_r(&request) == 0) {
		answer(&request);
		FCGX_Finish_r(&request);
	}
	return NULL;
}

static int
run_threads(void)
{
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, thread, NULL) != 0)
			return EXIT_FAILURE;
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return EXIT_FAILURE;
}

/* libfcgi closes with a wait for the peer, and before it accepts: it must never
 * close by itself, so it is told that the connection is kept. */
static void
leave(struct visitor *visitor)
{
	close(visitor->fd);
	visitor->request.ipcFd = -1;
	FCGX_Free(&visitor->request, 0);
	free(visitor);
}

static void
serve(struct visitor *visitor)
{
	FCGX_Request *request = &visitor->request;
	char one;
	ssize_t n = recv(visitor->fd, &one, 1, MSG_PEEK | MSG_DONTWAIT);
	int kept;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	request->ipcFd = visitor->fd;
	request->keepConnection = 1;
	if (n <= 0 || FCGX_Accept_r(request) != 0) {
		leave(visitor);
		return;
	}
	kept = request->keepConnection;
	answer(request);
	request->keepConnection = 1;
	FCGX_Finish_r(request);
	if (!kept)
		leave(visitor);
}

static void
welcome(int epoll)
{
	int fd;

	while ((fd = accept4(STDIN_FILENO, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		struct visitor *visitor = calloc(1, sizeof *visitor);
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = visitor };

		if (visitor == NULL)
			abort();
		/* No listening socket: libfcgi has nothing to accept. */
		FCGX_InitRequest(&visitor->request, -1, 0);
		visitor->fd = fd;
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
			abort();
	}
}

static int
run_loop(void)
{
	struct epoll_event events[EVENTS], listening = { .events = EPOLLIN };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &listening) != 0)
		return EXIT_FAILURE;
	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS, -1);

		if (n < 0 && errno != EINTR)
			return EXIT_FAILURE;
		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == NULL)
				welcome(epoll);
			else
				serve(events[i].data.ptr);
		}
	}
}

int
main(int argc, char **argv)
{
	if (argc != 2 || FCGX_Init() != 0) {
		fputs("usage: null threads|loop\n", stderr);
		return 2;
	}
	signal(SIGTERM, SIG_DFL); /* libfcgi would only take note of it */
	return strcmp(argv[1], "loop") == 0 ? run_loop() : run_threads();
}
