/* SPDX-License-Identifier: ISC */
#include "serve/fastcgi.h"

#include "base/log.h"
#include "base/settings.h"
#include "base/text.h"
#include "http/environment.h"
#include "serve/reactor.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* A request of at most this size is read in the loop; web servers send the
 * whole of it at once, so it lies in the socket's buffer (which may be full
 * with about 50 kB of Apache's small writes). */
#define PEEK_MAX ((size_t)32 << 10)
#define SLOW_READERS 32
#define ACCEPT_AT_ONCE 64
/* A body over the limit is read and thrown away up to this many times the
 * limit, so that the web server hears the answer instead of a broken pipe. */
#define DRAIN_FACTOR 8
/* A connection that is kept does not keep the memory of a large body. */
#define BODY_KEPT ((size_t)64 << 10)

enum conn_state { CONN_IDLE, CONN_READING /* on a thread */, CONN_CALLED };

struct conn {
	struct source source;
	struct fastcgi *fastcgi;
	struct conn *next, **link;   /* of fastcgi->conns */
	struct pending pending;
	struct call call;
	FCGX_Request request;
	struct arena *arena;
	struct buf body;
	struct error error;          /* found while reading: answered without a call */
	enum conn_state state;
	bool keep;                   /* the web server wants to use it again */
	bool readable;               /* the reader thread got a request */
	int breaker;                 /* of a reader: a second descriptor, to end it by */
	int64_t since;               /* monotonic µs of the first bytes */
	struct conn *next_read;      /* finished by a reader */
};

struct fastcgi {
	struct source listener;
	struct source finished;      /* eventfd of the reader threads */
	struct reactor *reactor;
	const char *type;
	const struct settings *settings;
	void (*submit)(void *arg, struct pending *pending);
	void *arg;
	struct conn *conns;
	struct conn *spare;          /* closed connections, with their memory */
	size_t open, called, spares;
	char *peek;
	pthread_mutex_t mutex;       /* of read_done */
	struct conn *read_done;
	unsigned readers;
	bool full;                   /* no descriptor is left for another connection */
	bool stopped, ending;
};

static void on_conn(struct source *source, uint32_t events);
static void on_listener(struct source *source, uint32_t events);

static void
watch_listener(struct fastcgi *fastcgi)
{
	bool accepting = !fastcgi->stopped && !fastcgi->full &&
	    fastcgi->open < (size_t)fastcgi->settings->connections;

	/* Several processes may share the socket: one of them is woken. */
	reactor_watch(fastcgi->reactor, &fastcgi->listener,
	    accepting ? EPOLLIN | EPOLLEXCLUSIVE : 0);
}

static void
conn_spare(struct source *source)
{
	struct conn *conn = (struct conn *)source;
	struct fastcgi *fastcgi = conn->fastcgi;

	if (fastcgi->spares < 64) {
		conn->next = fastcgi->spare;
		fastcgi->spare = conn;
		fastcgi->spares++;
		return;
	}
	arena_free(&conn->arena);
	buf_free(&conn->body);
	reply_free(&conn->pending.reply);
	free(conn);
}

static void
conn_close(struct conn *conn)
{
	struct fastcgi *fastcgi = conn->fastcgi;

	*conn->link = conn->next;
	if (conn->next != NULL)
		conn->next->link = conn->link;
	/* libfcgi would close, and linger; it has closed after an error. */
	conn->source.fd = conn->request.ipcFd;
	conn->request.ipcFd = -1;
	FCGX_Free(&conn->request, 0);
	reactor_close(fastcgi->reactor, &conn->source, conn_spare);
	fastcgi->open--;
	fastcgi->full = false;
	watch_listener(fastcgi);
}

static void
set_timeout(int fd, int option, int64_t micros)
{
	struct timeval timeout = { .tv_sec = micros / 1000000, .tv_usec = micros % 1000000 };

	setsockopt(fd, SOL_SOCKET, option, &timeout, sizeof timeout);
}

static struct conn *
conn_new(struct fastcgi *fastcgi, int fd)
{
	struct conn *conn = fastcgi->spare;

	if (conn != NULL) {
		fastcgi->spare = conn->next;
		fastcgi->spares--;
	} else {
		conn = calloc(1, sizeof *conn);
		if (conn == NULL)
			abort();
		conn->fastcgi = fastcgi;
		conn->arena = arena_new();
		conn->pending.call = &conn->call;
	}
	conn->source = (struct source){ .ready = on_conn, .fd = fd };
	conn->state = CONN_IDLE;
	conn->since = 0;
	/* Answers are written by the loop: a peer that does not read is left. */
	set_timeout(fd, SO_SNDTIMEO, fastcgi->settings->body_timeout);
	/* Without a listening socket of its own libfcgi cannot accept behind our back. */
	FCGX_InitRequest(&conn->request, -1, 0);
	conn->request.ipcFd = fd;
	conn->next = fastcgi->conns;
	conn->link = &fastcgi->conns;
	if (conn->next != NULL)
		conn->next->link = &conn->next;
	fastcgi->conns = conn;
	fastcgi->open++;
	return conn;
}

static void
on_answer(struct pending *pending)
{
	struct conn *conn = (struct conn *)((char *)pending - offsetof(struct conn, pending));
	bool head = span_is(conn->call.view.request.method, "HEAD");

	conn->body.n = 0;
	environment_answer(&conn->body, &pending->reply, &conn->call.view.id, head);
	FCGX_PutStr(conn->body.p, (int)conn->body.n, conn->request.out);
	conn->request.keepConnection = 1; /* FCGX_Finish_r() would close, and linger */
	FCGX_Finish_r(&conn->request);
	arena_reset(conn->arena);
	if (conn->body.size > BODY_KEPT)
		buf_free(&conn->body);
	conn->state = CONN_IDLE;
	conn->since = 0;
	conn->fastcgi->called--;
	if (!conn->keep || conn->request.ipcFd < 0 || conn->fastcgi->stopped)
		conn_close(conn);
	else
		reactor_watch(conn->fastcgi->reactor, &conn->source, EPOLLIN);
}

/* Reads the body to its end. Runs on the loop for small requests, on a reader
 * thread for others. */
static bool
read_body(struct conn *conn, int64_t length)
{
	size_t limit = (size_t)conn->fastcgi->settings->body_bytes;
	size_t drained = 0;
	FCGX_Stream *in = conn->request.in;
	int n;

	conn->body.n = 0;
	if (length >= 0 && (size_t)length <= limit)
		buf_room(&conn->body, (size_t)length + 1);
	for (;;) {
		buf_room(&conn->body, 4096);
		n = FCGX_GetStr(conn->body.p + conn->body.n,
		    (int)(conn->body.size - conn->body.n), in);
		if (n <= 0)
			break;
		conn->body.n += (size_t)n;
		if (conn->body.n > limit) {
			drained += conn->body.n;
			conn->body.n = 0;
			if (drained > limit * DRAIN_FACTOR)
				break;
		}
	}
	/* What is left in the stream would be taken for the next request. */
	conn->keep = conn->keep && n <= 0 && FCGX_GetError(in) == 0;
	if (drained > 0)
		return error_set(&conn->error, FAULT_TOO_LARGE,
		    "the body is larger than %zu bytes", limit);
	if (FCGX_GetError(in) != 0)
		return error_set(&conn->error, FAULT_BAD_REQUEST,
		    "the body ended early (the connection broke)");
	if (length >= 0 && (uint64_t)length != conn->body.n)
		return error_set(&conn->error, FAULT_BAD_REQUEST,
		    "Content-Length says %lld bytes, %zu came", (long long)length,
		    conn->body.n);
	conn->call.view.request.body = buf_bytes(&conn->body);
	return true;
}

/* libfcgi reads a request. False when there is none: the peer went or lied. */
static bool
read_request(struct conn *conn)
{
	struct request *request = &conn->call.view.request;
	int64_t length;

	conn->request.keepConnection = 1;
	if (FCGX_Accept_r(&conn->request) != 0)
		return false;
	conn->keep = conn->request.keepConnection;
	error_clear(&conn->error);
	environment_read(conn->arena, conn->request.envp, conn->fastcgi->type, request,
	    &length, &conn->error);
	read_body(conn, length);
	return true;
}

static void
submit(struct conn *conn)
{
	struct fastcgi *fastcgi = conn->fastcgi;
	struct reply *reply = &conn->pending.reply;

	conn->state = CONN_CALLED;
	fastcgi->called++;
	conn->call.view.id = id_new(text_now());
	conn->call.view.again = false;
	conn->call.view.rights = RIGHTS_WEB;
	conn->pending.answer = on_answer;
	if (conn->error.fault == FAULT_NONE) {
		fastcgi->submit(fastcgi->arg, &conn->pending);
		return;
	}
	reply_reset(reply);
	reply_problem(reply, conn->error.fault, fault_info(conn->error.fault)->status,
	    conn->call.view.id, conn->error.detail);
	on_answer(&conn->pending);
}

static void
reading_ended(struct conn *conn)
{
	conn->state = CONN_IDLE;
	if (conn->breaker >= 0)
		close(conn->breaker);
}

static void *
read_slowly(void *arg)
{
	struct conn *conn = arg;
	struct fastcgi *fastcgi = conn->fastcgi;
	uint64_t one = 1;

	conn->readable = read_request(conn);
	pthread_mutex_lock(&fastcgi->mutex);
	conn->next_read = fastcgi->read_done;
	fastcgi->read_done = conn;
	pthread_mutex_unlock(&fastcgi->mutex);
	if (write(fastcgi->finished.fd, &one, sizeof one) < 0)
		abort();
	return NULL;
}

static void
start_reader(struct conn *conn)
{
	struct fastcgi *fastcgi = conn->fastcgi;
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, before;
	int rc;

	if (conn->since == 0)
		conn->since = text_clock();
	/* Not watched: its time comes when a reader ends. */
	reactor_watch(fastcgi->reactor, &conn->source, 0);
	if (fastcgi->readers >= SLOW_READERS)
		return;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 128 * 1024);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	conn->state = CONN_READING;
	conn->since = text_clock();
	conn->breaker = fcntl(conn->request.ipcFd, F_DUPFD_CLOEXEC, 0);
	rc = pthread_create(&thread, &attr, read_slowly, conn);
	if (rc == 0) {
		fastcgi->readers++;
	} else {
		log_line(LOG_LEVEL_ERROR, "no thread for a large body: %s", strerror(rc));
		reading_ended(conn);
		conn_close(conn);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
}

enum whole { WHOLE_NO, WHOLE_YES, WHOLE_LARGE };

/* Does the buffer hold a whole request? From its BEGIN_REQUEST to the empty
 * records that end PARAMS and STDIN, or to what libfcgi ends it by. */
static enum whole
is_whole(const unsigned char *p, size_t n)
{
	size_t at = 0, content, id, begun = 0 /* the request's id */;
	bool params_ended = false;

	while (n - at >= 8) {
		id = (size_t)p[at + 2] << 8 | p[at + 3];
		content = (size_t)p[at + 4] << 8 | p[at + 5];
		if (begun != 0 && id == begun) {
			if (p[at + 1] == 2 /* FCGI_ABORT_REQUEST */)
				return WHOLE_YES;
			if (p[at + 1] == 4 /* FCGI_PARAMS */ && content == 0)
				params_ended = true;
			if (p[at + 1] == 5 /* FCGI_STDIN */ && content == 0 && params_ended)
				return WHOLE_YES;
		} else if (begun == 0 && p[at + 1] == 1 /* FCGI_BEGIN_REQUEST */) {
			begun = id;
		}
		if (n - at < 8 + content + p[at + 6])
			break;
		at += 8 + content + p[at + 6];
	}
	return n == PEEK_MAX ? WHOLE_LARGE : WHOLE_NO;
}

static void
on_conn(struct source *source, uint32_t events)
{
	struct conn *conn = (struct conn *)source;
	struct fastcgi *fastcgi = conn->fastcgi;
	ssize_t n;

	(void)events;
	if (conn->state != CONN_IDLE) {
		/* The web server has hung up: the call goes on, nobody listens. */
		reactor_watch(fastcgi->reactor, source, 0);
		return;
	}
	n = recv(source->fd, fastcgi->peek, PEEK_MAX, MSG_PEEK | MSG_DONTWAIT);
	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			conn_close(conn);
		return;
	}
	switch (is_whole((unsigned char *)fastcgi->peek, (size_t)n)) {
	case WHOLE_NO:
		if (conn->since == 0)
			conn->since = text_clock();
		if (events & (EPOLLHUP | EPOLLRDHUP)) {
			conn_close(conn);
			return;
		}
		reactor_watch(fastcgi->reactor, source, EPOLLIN | EPOLLRDHUP | EPOLLET);
		return;
	case WHOLE_LARGE:
		start_reader(conn);
		return;
	case WHOLE_YES:
		if (read_request(conn))
			submit(conn);
		else
			conn_close(conn);
	}
}

static void
on_listener(struct source *source, uint32_t events)
{
	struct fastcgi *fastcgi = (struct fastcgi *)((char *)source -
	    offsetof(struct fastcgi, listener));
	struct conn *conn;
	int fd;

	(void)events;
	for (int i = 0; i < ACCEPT_AT_ONCE &&
	     fastcgi->open < (size_t)fastcgi->settings->connections; i++) {
		fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0) {
			fastcgi->full = errno == EMFILE || errno == ENFILE;
			break;
		}
		conn = conn_new(fastcgi, fd);
		reactor_watch(fastcgi->reactor, &conn->source, EPOLLIN);
	}
	watch_listener(fastcgi);
}

static void
on_finished(struct source *source, uint32_t events)
{
	struct fastcgi *fastcgi = (struct fastcgi *)((char *)source -
	    offsetof(struct fastcgi, finished));
	struct conn *conn, *next;
	uint64_t count;

	(void)events;
	if (read(source->fd, &count, sizeof count) < 0)
		return;
	pthread_mutex_lock(&fastcgi->mutex);
	conn = fastcgi->read_done;
	fastcgi->read_done = NULL;
	pthread_mutex_unlock(&fastcgi->mutex);
	for (; conn != NULL; conn = next) {
		next = conn->next_read;
		fastcgi->readers--;
		reading_ended(conn);
		if (conn->readable && !fastcgi->ending)
			submit(conn);
		else
			conn_close(conn);
	}
	if (fastcgi->ending)
		return;
	for (conn = fastcgi->conns; conn != NULL; conn = next) {
		next = conn->next;
		if (conn->state == CONN_IDLE && conn->since != 0 &&
		    fastcgi->readers < SLOW_READERS)
			on_conn(&conn->source, 0);
	}
}

struct fastcgi *
fastcgi_new(struct reactor *reactor, int listening, const char *type,
    const struct settings *settings, void (*submit_call)(void *, struct pending *),
    void *arg)
{
	struct fastcgi *fastcgi = calloc(1, sizeof *fastcgi);

	if (fastcgi == NULL || (fastcgi->peek = malloc(PEEK_MAX)) == NULL ||
	    FCGX_Init() != 0)
		abort();
	fastcgi->reactor = reactor;
	fastcgi->type = type;
	fastcgi->settings = settings;
	fastcgi->submit = submit_call;
	fastcgi->arg = arg;
	pthread_mutex_init(&fastcgi->mutex, NULL);
	fastcgi->listener = (struct source){ .ready = on_listener, .fd = listening };
	fastcgi->finished = (struct source){ .ready = on_finished,
		.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	reactor_watch(reactor, &fastcgi->finished, EPOLLIN);
	watch_listener(fastcgi);
	return fastcgi;
}

void
fastcgi_stop(struct fastcgi *fastcgi)
{
	struct conn *conn, *next;

	if (fastcgi->stopped)
		return;
	fastcgi->stopped = true;
	watch_listener(fastcgi);
	/* Kept connections on which nothing has come. */
	for (conn = fastcgi->conns; conn != NULL; conn = next) {
		char byte;

		next = conn->next;
		if (conn->state == CONN_IDLE &&
		    recv(conn->source.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0)
			conn_close(conn);
	}
}

void
fastcgi_take_last(struct fastcgi *fastcgi)
{
	size_t before;

	fastcgi_stop(fastcgi);
	do {
		before = fastcgi->open;
		on_listener(&fastcgi->listener, EPOLLIN);
	} while (fastcgi->open > before);
}

bool
fastcgi_quiet(const struct fastcgi *fastcgi)
{
	return fastcgi->stopped ? fastcgi->open == 0 : fastcgi->called == 0;
}

void
fastcgi_tick(struct fastcgi *fastcgi)
{
	int64_t now = text_clock();
	struct conn *conn, *next;

	fastcgi->full = false;
	watch_listener(fastcgi);
	for (conn = fastcgi->conns; conn != NULL; conn = next) {
		next = conn->next;
		if (conn->since == 0 || now - conn->since <= fastcgi->settings->body_timeout)
			continue;
		if (conn->state == CONN_READING)
			shutdown(conn->breaker, SHUT_RD);
		else if (conn->state == CONN_IDLE)
			conn_close(conn);
	}
}

/* Readers use what is about to be freed. */
static void
end_readers(struct fastcgi *fastcgi)
{
	struct pollfd finished = { .fd = fastcgi->finished.fd, .events = POLLIN };

	fastcgi->ending = true;
	for (struct conn *conn = fastcgi->conns; conn != NULL; conn = conn->next)
		if (conn->state == CONN_READING)
			shutdown(conn->breaker, SHUT_RDWR);
	while (fastcgi->readers > 0) {
		poll(&finished, 1, -1);
		on_finished(&fastcgi->finished, POLLIN);
	}
}

void
fastcgi_free(struct fastcgi **fastcgi_p)
{
	struct fastcgi *fastcgi = *fastcgi_p;

	if (fastcgi == NULL)
		return;
	fastcgi_stop(fastcgi);
	end_readers(fastcgi);
	while (fastcgi->conns != NULL)
		conn_close(fastcgi->conns);
	reactor_watch(fastcgi->reactor, &fastcgi->finished, 0);
	close(fastcgi->finished.fd);
	/* Buries what was closed. */
	reactor_turn(fastcgi->reactor, 0);
	while (fastcgi->spare != NULL) {
		struct conn *conn = fastcgi->spare;

		fastcgi->spare = conn->next;
		arena_free(&conn->arena);
		buf_free(&conn->body);
		reply_free(&conn->pending.reply);
		free(conn);
	}
	pthread_mutex_destroy(&fastcgi->mutex);
	free(fastcgi->peek);
	free(fastcgi);
	*fastcgi_p = NULL;
}
