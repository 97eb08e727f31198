/* SPDX-License-Identifier: ISC */
#include "serve/fastcgi.h"

#include "base/log.h"
#include "base/settings.h"
#include "base/text.h"
#include "http/environment.h"
#include "serve/fcgi.h"
#include "serve/front.h"
#include "serve/reactor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPT_AT_ONCE 64
#define READ_AT_ONCE ((size_t)64 << 10)
/* All variables of a request; of these environment_read() keeps less. */
#define PARAMS_MAX ((size_t)128 << 10)
/* A body over the limit is read and thrown away up to this many times the limit before
 * it is answered: most web servers listen only when they have sent all. */
#define DRAIN_FACTOR 8
/* A buffer that has become larger is given back after the request. */
#define BUFFER_KEPT ((size_t)16 << 10)
#define SPARES_MAX 64
/* A body that gets larger than the first takes its whole size off the second, which
 * all connections share, so that what has been begun can be ended. */
#define BODY_SMALL ((size_t)64 << 10)
#define BODIES_MAX ((size_t)64 << 20)
/* Answers that wait for those who do not read them, of all connections. */
#define ANSWERS_MAX ((size_t)64 << 20)

/* That is told in any case; nothing urgent comes by these sockets. */
#define ONLY_HUNG_UP ((uint32_t)EPOLLPRI)

enum conn_state {
	CONN_READING,    /* between requests, or within one */
	CONN_CALLED,     /* the call is not answered yet */
	CONN_ANSWERING,  /* the answer waits until the web server reads */
	CONN_LEAVING,    /* answered; the rest of the request is thrown away */
};

struct conn {
	struct source source;
	struct fastcgi *fastcgi;
	struct conn *next, **link;   /* of fastcgi->conns */
	struct pending pending;
	struct call call;
	struct arena *arena;         /* of the request */
	enum conn_state state;
	int64_t since;               /* monotonic µs of the request's first bytes, or when the
	                              * answer began to wait; 0: there is nothing to wait for */
	struct buf in;               /* read, not taken: less than a record, or the next request */
	struct buf out;              /* records to be written … */
	size_t sent;                 /* … but for these bytes */
	/* the request */
	bool active;                 /* begun and not answered */
	unsigned id;
	bool keep;                   /* the web server wants to use the connection again */
	bool described;              /* all variables have come */
	bool whole;                  /* to be answered now */
	bool cut;                    /* … though more of it may come */
	bool waiting;                /* for room in BODIES_MAX */
	struct buf params, body;
	int64_t length;              /* Content-Length, -1 unknown */
	int64_t limit;               /* of the body; bytes */
	uint64_t came;               /* bytes of the body, thrown away or not */
	size_t reserved;             /* of BODIES_MAX */
	struct error error;          /* found while reading: answered without a call */
};

struct fastcgi {
	struct source listener;
	struct reactor *reactor;
	const char *type;
	const struct settings *settings;
	const struct front *front;   /* NULL: all bodies are within body_bytes */
	void (*submit)(void *arg, struct pending *pending);
	void *arg;
	struct conn *conns;
	struct conn *spare;          /* closed connections, with their memory */
	size_t open, spares;
	size_t reserved;             /* by large bodies */
	size_t unread;               /* bytes of answers that wait */
	struct buf in;               /* of whoever is read from and has nothing left over */
	struct buf text;             /* of an answer, before it is put into records */
	bool full;                   /* no descriptor is left for another connection */
	bool stopped;
};

static void on_conn(struct source *source, uint32_t events);
static void on_listener(struct source *source, uint32_t events);
static void go_on(struct conn *conn);

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
watch(struct conn *conn, uint32_t events)
{
	reactor_watch(conn->fastcgi->reactor, &conn->source, events);
}

static void
give_back(struct buf *buf)
{
	buf->n = 0;
	if (buf->size > BUFFER_KEPT)
		buf_free(buf);
}

/* ---- room for large bodies */

static bool
reserve(struct conn *conn)
{
	struct fastcgi *fastcgi = conn->fastcgi;
	size_t wanted = (size_t)(conn->length >= 0 ? conn->length : conn->limit);

	if (fastcgi->reserved > 0 && fastcgi->reserved + wanted > BODIES_MAX)
		return false;
	conn->reserved = wanted;
	fastcgi->reserved += wanted;
	return true;
}

static struct conn *
longest(struct fastcgi *fastcgi, bool (*counts)(const struct conn *))
{
	struct conn *first = NULL;

	for (struct conn *conn = fastcgi->conns; conn != NULL; conn = conn->next)
		if (counts(conn) && (first == NULL || conn->since < first->since))
			first = conn;
	return first;
}

static bool
is_waiting(const struct conn *conn)
{
	return conn->waiting;
}

static void
release(struct conn *conn)
{
	struct fastcgi *fastcgi = conn->fastcgi;

	if (conn->reserved == 0)
		return;
	fastcgi->reserved -= conn->reserved;
	conn->reserved = 0;
	while ((conn = longest(fastcgi, is_waiting)) != NULL && reserve(conn)) {
		conn->waiting = false;
		watch(conn, EPOLLIN | EPOLLOUT); /* for what has been read already */
	}
}

/* ---- connections */

static void
request_clear(struct conn *conn)
{
	conn->active = conn->described = conn->whole = conn->cut = conn->waiting = false;
	conn->came = 0;
	conn->length = -1;
	error_clear(&conn->error);
	arena_reset(conn->arena);
	give_back(&conn->params);
	give_back(&conn->body);
	release(conn);
}

static void
conn_free(struct conn *conn)
{
	arena_free(&conn->arena);
	buf_free(&conn->in);
	buf_free(&conn->out);
	buf_free(&conn->params);
	buf_free(&conn->body);
	reply_free(&conn->pending.reply);
	free(conn);
}

static void
conn_spare(struct source *source)
{
	struct conn *conn = (struct conn *)source;
	struct fastcgi *fastcgi = conn->fastcgi;

	if (fastcgi->spares == SPARES_MAX) {
		conn_free(conn);
		return;
	}
	conn->next = fastcgi->spare;
	fastcgi->spare = conn;
	fastcgi->spares++;
}

static void
conn_close(struct conn *conn)
{
	struct fastcgi *fastcgi = conn->fastcgi;

	*conn->link = conn->next;
	if (conn->next != NULL)
		conn->next->link = conn->link;
	if (conn->state == CONN_ANSWERING)
		fastcgi->unread -= conn->out.n - conn->sent;
	conn->since = 0;
	conn->sent = 0;
	give_back(&conn->in);
	give_back(&conn->out);
	request_clear(conn);
	reactor_close(fastcgi->reactor, &conn->source, conn_spare);
	fastcgi->open--;
	fastcgi->full = false;
	watch_listener(fastcgi);
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
	conn->state = CONN_READING;
	conn->since = 0;
	conn->next = fastcgi->conns;
	conn->link = &fastcgi->conns;
	if (conn->next != NULL)
		conn->next->link = &conn->next;
	fastcgi->conns = conn;
	fastcgi->open++;
	return conn;
}

/* ---- writing */

static bool
is_unread(const struct conn *conn)
{
	return conn->state == CONN_ANSWERING;
}

/* Whoever has not read for the longest time goes when all together wait for too much. */
static void
bound_answers(struct fastcgi *fastcgi, const struct conn *newest)
{
	struct conn *conn;

	while (fastcgi->unread > ANSWERS_MAX &&
	    (conn = longest(fastcgi, is_unread)) != NULL && conn != newest) {
		log_line(LOG_LEVEL_WARNING, "an answer that was not read is dropped: "
		    "%zu bytes of answers wait", fastcgi->unread);
		conn_close(conn);
	}
}

static void
answered(struct conn *conn)
{
	if (conn->cut) {
		/* It would hear a broken pipe instead of the answer. */
		shutdown(conn->source.fd, SHUT_WR);
		conn->state = CONN_LEAVING;
		conn->since = text_clock();
		give_back(&conn->in);
		request_clear(conn);
		watch(conn, EPOLLIN);
		return;
	}
	if (!conn->keep || conn->fastcgi->stopped) {
		conn_close(conn);
		return;
	}
	conn->state = CONN_READING;
	conn->since = 0;
	/* There is always room to write: the next request, if it is here, has its turn. */
	watch(conn, conn->in.n > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

/* As much as the web server takes. */
static void
write_out(struct conn *conn)
{
	struct fastcgi *fastcgi = conn->fastcgi;
	ssize_t n = send(conn->source.fd, conn->out.p + conn->sent,
	    conn->out.n - conn->sent, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		conn_close(conn);
		return;
	}
	if (n > 0) {
		conn->sent += (size_t)n;
		if (conn->state == CONN_ANSWERING)
			fastcgi->unread -= (size_t)n;
	}
	if (conn->sent < conn->out.n) {
		/* One that is still sending may have to send all before it reads. */
		watch(conn, conn->cut ? EPOLLIN | EPOLLOUT : EPOLLOUT);
		if (conn->since == 0)
			conn->since = text_clock();
		bound_answers(fastcgi, conn);
		return;
	}
	conn->sent = 0;
	give_back(&conn->out);
	if (conn->state == CONN_ANSWERING)
		answered(conn);
	else
		go_on(conn);
}

/* What stands in out ends the request. */
static void
answer_begin(struct conn *conn)
{
	bool cut = conn->cut;

	request_clear(conn);
	conn->cut = cut;
	conn->state = CONN_ANSWERING;
	conn->since = 0;
	conn->fastcgi->unread += conn->out.n - conn->sent;
	write_out(conn);
}

static void
on_answer(struct pending *pending)
{
	struct conn *conn = (struct conn *)((char *)pending - offsetof(struct conn, pending));
	struct fastcgi *fastcgi = conn->fastcgi;
	bool head = span_is(conn->call.view.request.method, "HEAD");

	fastcgi->text.n = 0;
	environment_answer(&fastcgi->text, &conn->call.view.request, &pending->reply,
	    &conn->call.view.id, head);
	if (pending->reply.body.size > BUFFER_KEPT)
		reply_free(&pending->reply);
	fcgi_put_stream(&conn->out, FCGI_STDOUT, conn->id, buf_bytes(&fastcgi->text));
	fcgi_put_end(&conn->out, conn->id, FCGI_REQUEST_COMPLETE);
	give_back(&fastcgi->text);
	answer_begin(conn);
}

/* ---- reading */

static void
begin_request(struct conn *conn, const struct fcgi_record *record, int role, bool keep)
{
	conn->keep = keep;
	conn->id = record->id;
	conn->limit = conn->fastcgi->settings->body_bytes;
	if (role == FCGI_RESPONDER) {
		conn->active = true;
		conn->call.view.request = (struct request){ 0 };
		return;
	}
	fcgi_put_end(&conn->out, record->id, FCGI_UNKNOWN_ROLE);
	conn->whole = !keep;
}

static void
too_large(struct conn *conn)
{
	error_set(&conn->error, FAULT_TOO_LARGE, "the body is larger than %lld bytes",
	    (long long)conn->limit);
}

static void
take_params(struct conn *conn, struct span content)
{
	const struct front *front = conn->fastcgi->front;
	char **env;

	if (content.n > 0) {
		if (conn->params.n + content.n <= PARAMS_MAX)
			buf_span(&conn->params, content);
		else
			error_set(&conn->error, FAULT_BAD_REQUEST,
			    "the web server's variables are larger than %zu bytes", PARAMS_MAX);
		return;
	}
	conn->described = true;
	env = fcgi_environment(conn->arena, buf_bytes(&conn->params));
	if (env != NULL)
		environment_read(conn->arena, env, conn->fastcgi->type, &conn->call.view.request,
		    &conn->length, &conn->error);
	else
		error_set(&conn->error, FAULT_BAD_REQUEST,
		    "the web server's variables are malformed");
	if (front != NULL && conn->error.fault == FAULT_NONE)
		conn->limit = front->body_max(front, &conn->call.view.request);
	if (conn->length > conn->limit)
		too_large(conn);
	give_back(&conn->params);
}

static void
take_body(struct conn *conn, struct span content)
{
	uint64_t limit = (uint64_t)conn->limit;

	if (content.n == 0) {
		conn->whole = true;
		return;
	}
	conn->came += content.n;
	if (conn->came > limit)
		too_large(conn);
	if (conn->came > limit * DRAIN_FACTOR)
		conn->whole = conn->cut = true;
	/* Too much of it is told at its end, by the number. */
	if (conn->error.fault != FAULT_NONE ||
	    (conn->length >= 0 && conn->came > (uint64_t)conn->length)) {
		give_back(&conn->body);
		release(conn);
		return;
	}
	buf_span(&conn->body, content);
	if (conn->body.n > BODY_SMALL && conn->reserved == 0)
		conn->waiting = !reserve(conn);
}

static void
take_abort(struct conn *conn)
{
	bool keep = conn->keep;

	fcgi_put_end(&conn->out, conn->id, FCGI_REQUEST_COMPLETE);
	request_clear(conn);
	conn->whole = !keep;
}

/* False: nobody who speaks FastCGI sends that. */
static bool
take_record(struct conn *conn, const struct fcgi_record *record)
{
	bool ours = conn->active && record->id == conn->id, keep;
	int role;

	if (record->id == FCGI_NULL_REQUEST_ID) {
		if (record->type == FCGI_GET_VALUES)
			fcgi_put_values(&conn->out, record->content,
			    conn->fastcgi->settings->connections);
		else
			fcgi_put_unknown_type(&conn->out, record->type);
		return true;
	}
	if (record->type == FCGI_BEGIN_REQUEST) {
		if (ours || !fcgi_begin(record->content, &role, &keep))
			return false;
		if (conn->active)
			fcgi_put_end(&conn->out, record->id, FCGI_CANT_MPX_CONN);
		else
			begin_request(conn, record, role, keep);
		return true;
	}
	/* Others are of requests that were refused, aborted or answered. */
	if (!ours)
		return true;
	switch (record->type) {
	case FCGI_ABORT_REQUEST:
		take_abort(conn);
		return true;
	case FCGI_PARAMS:
		if (conn->described)
			return false;
		take_params(conn, record->content);
		return true;
	case FCGI_STDIN:
		if (!conn->described)
			return false;
		take_body(conn, record->content);
		return true;
	default:
		return true;
	}
}

static void
submit(struct conn *conn)
{
	struct fastcgi *fastcgi = conn->fastcgi;
	struct reply *reply = &conn->pending.reply;

	if (!conn->cut && conn->length >= 0 && (uint64_t)conn->length != conn->came)
		error_set(&conn->error, FAULT_BAD_REQUEST,
		    "Content-Length says %lld bytes, %llu came", (long long)conn->length,
		    (unsigned long long)conn->came);
	conn->state = CONN_CALLED;
	conn->since = 0;
	conn->call.view.request.body = buf_bytes(&conn->body);
	conn->call.view.id = id_new(text_now());
	conn->call.view.again = false;
	conn->call.view.rights = RIGHTS_WEB;
	conn->pending.answer = on_answer;
	conn->pending.left = NULL;
	if (conn->error.fault == FAULT_NONE) {
		fastcgi->submit(fastcgi->arg, &conn->pending);
		return;
	}
	reply_reset(reply);
	reply_problem(reply, conn->error.fault, fault_info(conn->error.fault)->status,
	    conn->call.view.id, conn->error.detail);
	on_answer(&conn->pending);
}

/* Up to the end of a request. False: hang up. */
static bool
take_records(struct conn *conn, struct span *bytes)
{
	struct fcgi_record record;
	int rc = 0;

	while (!conn->whole && !conn->waiting && (rc = fcgi_take(bytes, &record)) == 1)
		if (!take_record(conn, &record))
			return false;
	return rc >= 0;
}

/* What has been taken in: answered, passed on, or waited for. */
static void
go_on(struct conn *conn)
{
	if (conn->whole && conn->active) {
		submit(conn);
		return;
	}
	if (conn->whole) {
		answer_begin(conn); /* an end without an answer, and of the connection */
		return;
	}
	if (!conn->active && conn->in.n == 0)
		conn->since = 0;
	else if (conn->since == 0)
		conn->since = text_clock();
	if (conn->out.n > 0)
		write_out(conn);
	else
		watch(conn, conn->waiting ? 0 : EPOLLIN);
}

/* Bytes as they come, in one piece mostly: then they need not be kept. */
static void
read_in(struct conn *conn, bool readable)
{
	struct buf *in = conn->in.n > 0 ? &conn->in : &conn->fastcgi->in;
	struct span rest;

	if (readable) {
		ssize_t n;

		buf_room(in, READ_AT_ONCE);
		n = recv(conn->source.fd, in->p + in->n, READ_AT_ONCE, 0);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
			conn_close(conn);
			return;
		}
		in->n += n > 0 ? (size_t)n : 0;
	}
	rest = buf_bytes(in);
	if (!take_records(conn, &rest)) {
		conn->fastcgi->in.n = 0;
		conn_close(conn);
		return;
	}
	if (in == &conn->in) {
		buf_shift(in, in->n - rest.n);
	} else {
		buf_span(&conn->in, rest);
		in->n = 0;
	}
	if (conn->in.n == 0)
		give_back(&conn->in);
	go_on(conn);
}

/* False: it has hung up. */
static bool
throw_away(struct conn *conn)
{
	struct buf *in = &conn->fastcgi->in;
	ssize_t n = recv(conn->source.fd, buf_room(in, READ_AT_ONCE), READ_AT_ONCE, 0);

	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void
on_conn(struct source *source, uint32_t events)
{
	struct conn *conn = (struct conn *)source;
	bool readable = (events & ~(uint32_t)EPOLLOUT) != 0;

	switch (conn->state) {
	case CONN_READING:
		if (conn->out.n > 0)
			write_out(conn);
		else if (!conn->waiting)
			read_in(conn, readable);
		break;
	case CONN_CALLED:
		/* More has come: it waits. Or the web server has hung up: the call goes on, but
		 * where whoever took it gives it up. It may be answered then, and the connection
		 * be another's. */
		watch(conn, (events & (EPOLLHUP | EPOLLERR)) ? 0 : ONLY_HUNG_UP);
		if ((events & (EPOLLHUP | EPOLLERR)) && conn->pending.left != NULL)
			conn->pending.left(&conn->pending);
		break;
	case CONN_ANSWERING:
		if (readable && conn->cut && !throw_away(conn))
			conn_close(conn);
		else
			write_out(conn);
		break;
	case CONN_LEAVING:
		if (!throw_away(conn))
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
		/* cppcheck-suppress nullPointer ; accept4() takes them */
		fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0) {
			fastcgi->full = errno == EMFILE || errno == ENFILE;
			break;
		}
		conn = conn_new(fastcgi, fd);
		watch(conn, EPOLLIN);
	}
	watch_listener(fastcgi);
}

/* ---- the front */

struct fastcgi *
fastcgi_new(struct reactor *reactor, int listening, const char *type,
    const struct settings *settings, void (*submit_call)(void *, struct pending *),
    void *arg)
{
	struct fastcgi *fastcgi = calloc(1, sizeof *fastcgi);

	if (fastcgi == NULL)
		abort();
	fastcgi->reactor = reactor;
	fastcgi->type = type;
	fastcgi->settings = settings;
	fastcgi->submit = submit_call;
	fastcgi->arg = arg;
	fastcgi->listener = (struct source){ .ready = on_listener, .fd = listening };
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
		if (conn->state == CONN_READING && conn->since == 0 && conn->in.n == 0 &&
		    recv(conn->source.fd, &byte, 1, MSG_PEEK) <= 0)
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
	return fastcgi->open == 0;
}

/* A request that has come in part, and will not be waited for. */
static void
too_slow(struct conn *conn)
{
	if (!conn->described || conn->out.n > 0) {
		conn_close(conn);
		return;
	}
	if (conn->waiting)
		error_set(&conn->error, FAULT_BUSY,
		    "too many large bodies come at the same time");
	else
		error_set(&conn->error, FAULT_TOO_SLOW,
		    "only %llu bytes of the body arrived in time",
		    (unsigned long long)conn->came);
	conn->waiting = false;
	conn->cut = true;
	submit(conn);
}

void
fastcgi_tick(struct fastcgi *fastcgi)
{
	const struct settings *settings = fastcgi->settings;
	int64_t now = text_clock();
	struct conn *conn, *next;

	fastcgi->full = false;
	watch_listener(fastcgi);
	for (conn = fastcgi->conns; conn != NULL; conn = next) {
		next = conn->next;
		if (conn->since == 0 || now - conn->since <= (conn->state == CONN_ANSWERING
		        ? settings->answer_timeout : settings->body_timeout))
			continue;
		if (conn->state == CONN_READING)
			too_slow(conn);
		else
			conn_close(conn);
	}
}

void
fastcgi_for(struct fastcgi *fastcgi, const struct front *front)
{
	fastcgi->front = front;
}

void
fastcgi_free(struct fastcgi **fastcgi_p)
{
	struct fastcgi *fastcgi = *fastcgi_p;

	if (fastcgi == NULL)
		return;
	fastcgi_stop(fastcgi);
	while (fastcgi->conns != NULL)
		conn_close(fastcgi->conns);
	/* Buries what was closed. */
	reactor_turn(fastcgi->reactor, 0);
	while (fastcgi->spare != NULL) {
		struct conn *conn = fastcgi->spare;

		fastcgi->spare = conn->next;
		conn_free(conn);
	}
	buf_free(&fastcgi->in);
	buf_free(&fastcgi->text);
	free(fastcgi);
	*fastcgi_p = NULL;
}
