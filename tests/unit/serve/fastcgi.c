/* SPDX-License-Identifier: ISC */
/* The FastCGI front against peers that write what web servers do not. */
#include "base/settings.h"
#include "serve/fastcgi.h"
#include "serve/reactor.h"
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { BEGIN = 1, ABORT = 2, PARAMS = 4, STDIN = 5 };

#define LARGE 100000 /* read on a thread */

static struct reactor *reactor;
static struct fastcgi *fastcgi;
static struct settings settings = { .body_bytes = 200000, .body_timeout = 700000,
	.connections = 8 };
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static size_t body_seen;

static int64_t
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
submit(void *arg, struct pending *pending)
{
	(void)arg;
	body_seen = pending->call->view.request.body.n;
	reply_reset(&pending->reply);
	buf_puts(&pending->reply.body, "done");
	pending->answer(pending);
}

static void
put_record(struct buf *out, int type, int id, struct span content)
{
	const char header[8] = { 1, (char)type, (char)(id >> 8), (char)id,
		(char)(content.n >> 8), (char)content.n, 0, 0 };

	buf_put(out, header, sizeof header);
	buf_span(out, content);
}

static void
put_param(struct buf *out, const char *name, const char *value)
{
	buf_putc(out, (char)strlen(name));
	buf_putc(out, (char)strlen(value));
	buf_puts(out, name);
	buf_puts(out, value);
}

/* keys: how often X-API-Key is there; sent: bytes of the body that stand here. */
static struct buf
request(bool keep, int keys, size_t length, size_t sent)
{
	const char begin[8] = { 0, 1, (char)keep, 0, 0, 0, 0, 0 };
	struct buf out = { 0 }, params = { 0 };
	char text[24], bytes[30000];

	memset(bytes, 'x', sizeof bytes);
	snprintf(text, sizeof text, "%zu", length);
	put_record(&out, BEGIN, 1, (struct span){ begin, 8 });
	put_param(&params, "REQUEST_METHOD", "POST");
	put_param(&params, "REQUEST_URI", "/macro.fcgi/x");
	put_param(&params, "CONTENT_LENGTH", text);
	while (keys-- > 0)
		put_param(&params, "HTTP_X_API_KEY", "k");
	put_record(&out, PARAMS, 1, buf_bytes(&params));
	put_record(&out, PARAMS, 1, SPAN(""));
	for (size_t n = 0; n < sent; n += sizeof bytes)
		put_record(&out, STDIN, 1, (struct span){ bytes,
		    sent - n < sizeof bytes ? sent - n : sizeof bytes });
	if (sent == length)
		put_record(&out, STDIN, 1, SPAN(""));
	buf_free(&params);
	return out;
}

static int
dial(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		ok(false, "connect: %s", strerror(errno));
	return fd;
}

/* Turns until the answer's end record came, or the end: the answer, "" none. */
static const char *
talk(int fd, struct buf *out, int64_t limit, bool drop_by_drop)
{
	static char answer[8192];
	int64_t end = milliseconds() + limit, ticked = milliseconds();
	size_t n = 0, at = 0;
	ssize_t got = -1;

	while (milliseconds() < end && got != 0) {
		size_t chunk = drop_by_drop ? 1 : out->n - at;
		ssize_t put = at < out->n ? send(fd, out->p + at, chunk, MSG_NOSIGNAL) : 0;

		at += put > 0 ? (size_t)put : 0;
		reactor_turn(reactor, 5);
		if (milliseconds() - ticked > 100) {
			ticked = milliseconds();
			fastcgi_tick(fastcgi);
		}
		got = recv(fd, answer + n, sizeof answer - 1 - n, 0);
		n += got > 0 ? (size_t)got : 0;
		if (n > 16 && answer[n - 15] == 3 && answer[n - 16] == 1)
			break; /* END_REQUEST */
	}
	answer[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if (answer[i] == '\0')
			answer[i] = ' ';
	return answer;
}

static bool
says(const char *answer, const char *text)
{
	return strstr(answer, text) != NULL;
}

static bool
served(void)
{
	struct buf out = request(false, 1, 10, 10);
	int fd = dial();
	bool good = says(talk(fd, &out, 2000, false), "Status: 200") && body_seen == 10;

	close(fd);
	buf_free(&out);
	return good;
}

static void
test_kept(void)
{
	struct buf out = request(true, 2, 20000, 20000);
	int fd = dial();

	ok(says(talk(fd, &out, 2000, false), "came twice"), "an ambiguous request with a body");
	buf_free(&out);
	out = request(true, 1, 30, 30);
	ok(says(talk(fd, &out, 2000, false), "Status: 200") && body_seen == 30,
	    "its connection is good for another one");
	buf_free(&out);
	out = request(true, 1, LARGE, LARGE);
	ok(says(talk(fd, &out, 2000, false), "Status: 200") && body_seen == LARGE,
	    "and for a large one");
	buf_free(&out);
	out = request(true, 2, LARGE, LARGE);
	ok(says(talk(fd, &out, 2000, false), "came twice"), "a large ambiguous one");
	buf_free(&out);
	out = request(true, 1, 40, 40);
	ok(says(talk(fd, &out, 2000, true), "Status: 200") && body_seen == 40, "by drops");
	buf_free(&out);
	out = request(true, 1, 50, 49);
	put_record(&out, STDIN, 1, SPAN(""));
	ok(says(talk(fd, &out, 2000, false), "Content-Length says 50 bytes, 49 came"),
	    "a body that is shorter than it says");
	buf_free(&out);
	out = request(true, 1, 500000, 500000);
	ok(says(talk(fd, &out, 2000, false), "Status: 413"), "a body over the limit");
	buf_free(&out);
	close(fd);
}

/* None of these may keep the loop from others. */
static void
test_rude(void)
{
	static const struct {
		const char *name;
		int type, id;
	} records[] = {
		{ "the end of a body before a request", STDIN, 1 },
		{ "an abortion before a request", ABORT, 1 },
		{ "the end of the parameters before a request", PARAMS, 1 },
	};

	for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
		struct buf out = { 0 };
		int fd = dial();

		put_record(&out, records[i].type, records[i].id, SPAN(""));
		talk(fd, &out, 100, false);
		ok(served(), "%s", records[i].name);
		ok(talk(fd, &out, 3000, false)[0] == '\0' && recv(fd, &i, 1, 0) == 0,
		    "it is hung up on");
		close(fd);
		buf_free(&out);
	}
}

static void
test_other_id(void)
{
	struct buf out = request(false, 1, 10, 0);
	int fd = dial();

	put_record(&out, STDIN, 2, SPAN(""));
	talk(fd, &out, 100, false);
	ok(served(), "the end of another request's body");
	close(fd);
	buf_free(&out);
}

static void
test_slow(void)
{
	struct buf out = request(false, 1, LARGE, LARGE);
	int fd = dial();
	int64_t began = milliseconds();

	/* All but its end; then a byte at a time, for ever. */
	out.n -= 1000;
	talk(fd, &out, 100, false);
	buf_shift(&out, out.n - 900);
	ok(says(talk(fd, &out, 4000, true), "Status: 400"), "a slow large body ends");
	ok(milliseconds() - began < 2500, "in time: %lld ms",
	    (long long)(milliseconds() - began));
	close(fd);
	buf_free(&out);
}

/* A reader is at work when the front is freed. */
static void
test_end(void)
{
	struct buf out = request(false, 1, LARGE, LARGE - 1000);
	int fd = dial();

	talk(fd, &out, 100, false);
	fastcgi_free(&fastcgi);
	ok(fastcgi == NULL, "freed while a body comes");
	close(fd);
	buf_free(&out);
}

int
main(void)
{
	char directory[] = "/tmp/earshot-unit-XXXXXX";
	int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (!secret_start() || mkdtemp(directory) == NULL)
		return 99;
	snprintf(address.sun_path, sizeof address.sun_path, "%s/s", directory);
	if (bind(listening, (struct sockaddr *)&address, sizeof address) != 0 ||
	    listen(listening, 16) != 0)
		return 99;
	reactor = reactor_new();
	fastcgi = fastcgi_new(reactor, listening, "macro", &settings, submit, NULL);
	ok(served(), "a request");
	test_kept();
	test_rude();
	test_other_id();
	test_slow();
	test_end();
	reactor_free(&reactor);
	close(listening);
	unlink(address.sun_path);
	rmdir(directory);
	return tap_done();
}
