/* SPDX-License-Identifier: ISC */
/* The FastCGI front against peers that write and read what web servers do not. */
#include "base/settings.h"
#include "serve/fastcgi.h"
#include "serve/fcgi.h"
#include "serve/reactor.h"
#include "tap.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LARGE ((size_t)100000)
#define FULL ((size_t)8 << 20)     /* an answer that fits no socket */
#define PATIENCE 60000             /* ms: held up this long is hanging */
#define LONG_US 60000000           /* nothing is over by then */
#define SHORT_US 700000

static struct reactor *reactor;
static struct fastcgi *fastcgi;
static struct settings settings = { .body_bytes = 200000, .body_timeout = LONG_US,
	.answer_timeout = LONG_US, .connections = 512 };
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static size_t calls, body_seen, answer_size;
static struct pending *held, *hold = NULL; /* hold: answer later */
static struct pending nobody;

static int64_t
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
answer(struct pending *pending)
{
	reply_reset(&pending->reply);
	buf_printf(&pending->reply.body, "done %zu", pending->call->view.request.body.n);
	while (pending->reply.body.n < answer_size)
		buf_putc(&pending->reply.body, 'a');
	pending->answer(pending);
}

static void
submit(void *arg, struct pending *pending)
{
	(void)arg;
	calls++;
	body_seen = pending->call->view.request.body.n;
	if (hold != NULL)
		held = pending;
	else
		answer(pending);
}

static void
put_record(struct buf *out, int type, unsigned id, struct span content)
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

static void
put_begin(struct buf *out, unsigned id, int role, bool keep)
{
	const char begin[8] = { 0, (char)role, (char)keep, 0, 0, 0, 0, 0 };

	put_record(out, FCGI_BEGIN_REQUEST, id, (struct span){ begin, 8 });
}

/* keys: how often X-API-Key is there; length: < 0 not told; sent: of the body. */
static void
put_request(struct buf *out, unsigned id, bool keep, int keys, long length, size_t sent)
{
	struct buf params = { 0 };
	char text[24], bytes[30000];

	memset(bytes, 'x', sizeof bytes);
	snprintf(text, sizeof text, "%ld", length);
	put_begin(out, id, FCGI_RESPONDER, keep);
	put_param(&params, "REQUEST_METHOD", "POST");
	put_param(&params, "REQUEST_URI", "/macro.fcgi/x");
	put_param(&params, "CONTENT_LENGTH", length < 0 ? "" : text);
	while (keys-- > 0)
		put_param(&params, "HTTP_X_API_KEY", "k");
	put_record(out, FCGI_PARAMS, id, buf_bytes(&params));
	put_record(out, FCGI_PARAMS, id, SPAN(""));
	for (size_t n = 0; n < sent; n += sizeof bytes)
		put_record(out, FCGI_STDIN, id, (struct span){ bytes,
		    sent - n < sizeof bytes ? sent - n : sizeof bytes });
	if (length < 0 || sent >= (size_t)length)
		put_record(out, FCGI_STDIN, id, SPAN(""));
	buf_free(&params);
}

static struct buf
request(bool keep, int keys, size_t length, size_t sent)
{
	struct buf out = { 0 };

	put_request(&out, 1, keep, keys, (long)length, sent);
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

static void
turn(void)
{
	static int64_t ticked;

	reactor_turn(reactor, 1);
	if (milliseconds() - ticked > 100) {
		ticked = milliseconds();
		fastcgi_tick(fastcgi);
	}
}

/* So many, however slow the machine is; they take as many milliseconds or more. */
static void
turns(int n)
{
	int64_t end = milliseconds() + n;

	while (n-- > 0 || milliseconds() < end)
		turn();
}

/* A peer: what it has still to send, in which pieces; what it has heard. */
struct peer {
	int fd;
	struct buf out, in;
	size_t sent;    /* of out */
	size_t piece;
	bool gone;      /* the front has hung up */
};

static struct peer
peer_new(struct buf out)
{
	return (struct peer){ .fd = dial(), .out = out, .piece = SIZE_MAX };
}

static void
peer_free(struct peer *peer)
{
	close(peer->fd);
	buf_free(&peer->out);
	buf_free(&peer->in);
}

static void
peer_send(struct peer *peer)
{
	size_t left = peer->out.n - peer->sent, n = left < peer->piece ? left : peer->piece;
	ssize_t sent = n > 0 ? send(peer->fd, peer->out.p + peer->sent, n, MSG_NOSIGNAL) : 0;

	peer->sent += sent > 0 ? (size_t)sent : 0;
	if (peer->sent == peer->out.n)
		peer->sent = peer->out.n = 0;
}

static void
peer_hear(struct peer *peer, size_t most)
{
	ssize_t n = recv(peer->fd, buf_room(&peer->in, most), most, 0);

	if (n > 0)
		peer->in.n += (size_t)n;
	peer->gone = n == 0 || (n < 0 && errno != EAGAIN);
}

/* How many requests it has heard the end of. */
static size_t
ends(const struct peer *peer)
{
	struct span rest = buf_bytes(&peer->in);
	struct fcgi_record record;
	size_t count = 0;

	while (fcgi_take(&rest, &record) == 1)
		count += record.type == FCGI_END_REQUEST;
	return count;
}

/* Turns until so many requests have ended, or the front has hung up. */
static bool
talk(struct peer *peer, size_t wanted)
{
	int64_t end = milliseconds() + PATIENCE;

	while (milliseconds() < end && !peer->gone && ends(peer) < wanted) {
		peer_send(peer);
		turn();
		peer_hear(peer, 65536);
	}
	return ends(peer) == wanted;
}

static bool
says(const struct peer *peer, const char *text)
{
	return peer->in.n > 0 && memmem(peer->in.p, peer->in.n, text, strlen(text)) != NULL;
}

/* One request on the peer's connection, and its answer. */
static bool
asks(struct peer *peer, struct buf out, const char *expected)
{
	buf_free(&peer->out);
	peer->out = out;
	peer->sent = peer->in.n = 0;
	return talk(peer, 1) && says(peer, expected);
}

static bool
served(void)
{
	struct peer peer = peer_new(request(false, 1, 10, 10));
	bool good = talk(&peer, 1) && says(&peer, "done 10");

	peer_free(&peer);
	return good;
}

static bool
hung_up_on(struct peer *peer)
{
	for (int64_t end = milliseconds() + PATIENCE; milliseconds() < end && !peer->gone;) {
		peer_send(peer);
		turn();
		peer_hear(peer, 65536);
	}
	return peer->gone;
}

static void
test_kept(void)
{
	struct peer peer = peer_new((struct buf){ 0 });
	struct buf out;

	ok(asks(&peer, request(true, 2, 20000, 20000), "came twice"),
	    "an ambiguous request with a body");
	ok(asks(&peer, request(true, 1, 30, 30), "done 30"),
	    "its connection is good for another one");
	ok(asks(&peer, request(true, 1, LARGE, LARGE), "done 100000"), "and for a large one");
	ok(asks(&peer, request(true, 2, LARGE, LARGE), "came twice"), "a large ambiguous one");
	peer.piece = 1;
	ok(asks(&peer, request(true, 1, 40, 40), "done 40"), "byte by byte");
	peer.piece = SIZE_MAX;
	out = request(true, 1, 50, 49);
	put_record(&out, FCGI_STDIN, 1, SPAN(""));
	ok(asks(&peer, out, "Content-Length says 50 bytes, 49 came"),
	    "a body that is shorter than it says");
	out = (struct buf){ 0 };
	put_request(&out, 1, true, 1, 50, 51);
	ok(asks(&peer, out, "Content-Length says 50 bytes, 51 came"), "a longer one");
	out = (struct buf){ 0 };
	put_request(&out, 1, true, 1, -1, LARGE);
	ok(asks(&peer, out, "done 100000"), "a large one that does not tell its length");
	ok(asks(&peer, request(true, 1, 500000, 500000), "Status: 413"), "a body over the limit");
	out = (struct buf){ 0 };
	put_request(&out, 1, true, 1, -1, 500000);
	ok(asks(&peer, out, "larger than 200000 bytes"), "without its length");
	ok(asks(&peer, request(true, 1, 60, 60), "done 60"), "all on the same connection");
	peer_free(&peer);
}

/* Every way to cut a request into two, with the others in between. */
static void
test_splits(void)
{
	struct buf whole = request(true, 1, 30, 30);
	struct peer peer = peer_new((struct buf){ 0 });
	size_t bad = 0;

	for (size_t i = 1; i < whole.n; i++) {
		peer.in.n = 0;
		buf_put(&peer.out, whole.p, i);
		peer_send(&peer);
		turn();
		buf_put(&peer.out, whole.p + i, whole.n - i);
		bad += !talk(&peer, 1) || !says(&peer, "done 30");
	}
	ok(bad == 0, "a request in two pieces, at each of %zu places", whole.n);
	buf_free(&whole);
	peer_free(&peer);
}

/* What a web server might send that we do not expect, and a request behind it. */
static void
test_odd(void)
{
	static const struct {
		const char *name;
		int type;
		unsigned id;
		struct span content;
		const char *answer;
		size_t ends;
	} records[] = {
		{ "the end of a body without a request", FCGI_STDIN, 1, { "", 0 }, "done 7", 1 },
		{ "an abortion without a request", FCGI_ABORT_REQUEST, 1, { "", 0 }, "done 7", 1 },
		{ "parameters without a request", FCGI_PARAMS, 9, { "??", 2 }, "done 7", 1 },
		{ "a type that nobody knows", 77, 0, { "x", 1 }, "\1\13\0\0\0\10", 1 },
		{ "another, of a request", 78, 1, { "x", 1 }, "done 7", 1 },
		{ "a question", FCGI_GET_VALUES, 0, { "\16\0FCGI_MAX_CONNS", 16 },
			"FCGI_MAX_CONNS512", 1 },
		{ "a role that is none here", FCGI_BEGIN_REQUEST, 1, { "\0\3\1\0\0\0\0\0", 8 },
			"\3\0\0\0", 2 },
	};

	for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
		struct peer peer = peer_new((struct buf){ 0 });

		put_record(&peer.out, records[i].type, records[i].id, records[i].content);
		put_request(&peer.out, 1, true, 1, 7, 7);
		ok(talk(&peer, records[i].ends) && says(&peer, "done 7") &&
		    memmem(peer.in.p, peer.in.n, records[i].answer,
		        records[i].answer[0] < ' ' ? 4 : strlen(records[i].answer)) != NULL,
		    "%s, then a request", records[i].name);
		peer_free(&peer);
	}
}

static void
test_wrong(void)
{
	struct buf outs[5] = { { 0 } };
	static const char *const names[] = { "another protocol", "a body before its parameters",
		"a second beginning", "a short beginning", "parameters after their end" };

	buf_puts(&outs[0], "GET / HTTP/1.1\r\n\r\n");
	put_begin(&outs[1], 1, FCGI_RESPONDER, true);
	put_record(&outs[1], FCGI_STDIN, 1, SPAN("{}"));
	put_begin(&outs[2], 1, FCGI_RESPONDER, true);
	put_begin(&outs[2], 1, FCGI_RESPONDER, true);
	put_record(&outs[3], FCGI_BEGIN_REQUEST, 1, (struct span){ "\0\1\0", 3 });
	put_request(&outs[4], 1, true, 1, 10, 0);
	put_record(&outs[4], FCGI_PARAMS, 1, SPAN(""));
	for (size_t i = 0; i < 5; i++) {
		struct peer peer = peer_new(outs[i]);

		calls = 0;
		ok(hung_up_on(&peer) && calls == 0, "%s: hung up on", names[i]);
		ok(served(), "others are served");
		peer_free(&peer);
	}
}

static void
test_variables(void)
{
	struct peer peer = peer_new((struct buf){ 0 });
	struct buf out = { 0 };
	static char much[65000];

	put_begin(&out, 1, FCGI_RESPONDER, true);
	put_record(&out, FCGI_PARAMS, 1, SPAN("\5\5abc"));
	put_record(&out, FCGI_PARAMS, 1, SPAN(""));
	put_record(&out, FCGI_STDIN, 1, SPAN(""));
	ok(asks(&peer, out, "variables are malformed"), "variables that lie about their length");
	out = (struct buf){ 0 };
	put_begin(&out, 1, FCGI_RESPONDER, true);
	for (int i = 0; i < 3; i++)
		put_record(&out, FCGI_PARAMS, 1, (struct span){ much, sizeof much });
	put_record(&out, FCGI_PARAMS, 1, SPAN(""));
	put_record(&out, FCGI_STDIN, 1, SPAN(""));
	ok(asks(&peer, out, "variables are larger than"), "too many of them");
	ok(asks(&peer, request(true, 1, 5, 5), "done 5"), "and a request after that");
	peer_free(&peer);
}

static void
test_abort(void)
{
	struct peer peer = peer_new(request(true, 1, 100, 50));

	put_record(&peer.out, FCGI_ABORT_REQUEST, 1, SPAN(""));
	put_record(&peer.out, FCGI_STDIN, 1, SPAN("late"));
	calls = 0;
	ok(talk(&peer, 1) && calls == 0, "an aborted request ends, and is none");
	ok(asks(&peer, request(true, 1, 8, 8), "done 8"), "the next one of its connection");
	peer_free(&peer);
	peer = peer_new(request(false, 1, 100, 50));
	put_record(&peer.out, FCGI_ABORT_REQUEST, 1, SPAN(""));
	ok(hung_up_on(&peer) && ends(&peer) == 1 && calls == 1,
	    "an aborted request of a connection that is not kept");
	peer_free(&peer);
}

/* Requests that do not wait for the answers of those before. */
static void
test_pipelined(void)
{
	struct peer peer = peer_new((struct buf){ 0 });
	struct buf text = { 0 };
	size_t in_order = 0;
	char *at;

	for (unsigned i = 1; i <= 600; i++)
		put_request(&peer.out, i, true, 1, (long)i, i);
	ok(talk(&peer, 600), "600 requests at once");
	buf_put(&text, peer.in.p, peer.in.n);
	at = text.p;
	for (size_t i = 1; i <= 600 && at != NULL; i++) {
		char expected[24];

		snprintf(expected, sizeof expected, "done %zu", i);
		at = memmem(at, text.n - (size_t)(at - text.p), expected, strlen(expected));
		in_order += at != NULL;
	}
	ok(in_order == 600, "in their order");
	buf_free(&text);
	peer.in.n = 0;
	/* The second begins within the first. */
	put_request(&peer.out, 1, true, 1, 20, 10);
	put_begin(&peer.out, 2, FCGI_RESPONDER, true);
	put_record(&peer.out, FCGI_STDIN, 2, SPAN("of the second"));
	put_record(&peer.out, FCGI_STDIN, 1, SPAN("0123456789"));
	put_record(&peer.out, FCGI_STDIN, 1, SPAN(""));
	ok(talk(&peer, 2) && says(&peer, "done 20"), "one among another is refused, which goes on");
	ok(peer.in.n > 16 && peer.in.p[3] == 2 && peer.in.p[12] == FCGI_CANT_MPX_CONN,
	    "with the reason");
	peer_free(&peer);
}

/* While a call is carried out: more comes, or the web server hangs up. */
static void
test_called(void)
{
	struct peer peer = peer_new(request(true, 1, 11, 11));

	hold = &nobody;
	held = NULL;
	put_request(&peer.out, 2, true, 1, 12, 12);
	peer_send(&peer);
	turns(50);
	ok(held != NULL && body_seen == 11, "the first of two is called");
	hold = NULL;
	answer(held);
	ok(talk(&peer, 2) && says(&peer, "done 11") && says(&peer, "done 12"),
	    "and the other after its answer");
	hold = &nobody;
	put_request(&peer.out, 3, true, 1, 13, 13);
	peer_send(&peer);
	turns(50);
	peer_free(&peer);
	turns(50);
	hold = NULL;
	answer(held);
	ok(body_seen == 13 && served(), "an answer to nobody");
}

static int lefts;

static void
on_left(struct pending *pending)
{
	lefts++;
	hold = NULL;
	answer(pending);
}

/* Whoever took a request may want to know that nobody waits for its answer. */
static void
test_left(void)
{
	struct peer peer = peer_new(request(true, 1, 11, 11));

	hold = &nobody;
	held = NULL;
	peer_send(&peer);
	turns(50);
	held->left = on_left;
	put_request(&peer.out, 2, true, 1, 12, 12);
	peer_send(&peer);
	turns(50);
	shutdown(peer.fd, SHUT_WR);
	turns(50);
	ok(lefts == 0, "not while it could be read, whatever else comes");
	peer_free(&peer);
	turns(50);
	ok(lefts == 1, "once, when the web server has hung up");
	peer = peer_new(request(true, 1, 11, 11));
	hold = &nobody;
	peer_send(&peer);
	turns(50);
	peer_free(&peer);
	turns(50);
	ok(lefts == 1, "and nothing is told of the request before");
	hold = NULL;
	answer(held);
	ok(served(), "others are served");
}

/* Its bytes come one at a time, too slowly; and those of others are not held up. */
static void
test_slow_writer(void)
{
	struct peer peer = peer_new(request(false, 1, LARGE, LARGE - 1000));
	struct peer silent = peer_new((struct buf){ 0 }), over = peer_new(request(false, 1, 250000, 1000));

	put_begin(&silent.out, 1, FCGI_RESPONDER, false);
	silent.out.n--;
	peer_send(&peer);
	peer_send(&silent);
	peer_send(&over);
	turns(50);
	ok(served(), "others are served meanwhile");
	settings.body_timeout = SHORT_US;
	ok(talk(&peer, 1) && says(&peer, "Status: 408") && says(&peer, "99000 bytes") &&
	    says(&peer, "Retry-After"), "a body that does not come in time is told");
	ok(talk(&over, 1) && says(&over, "Status: 413"), "one that is too large anyway is told that");
	ok(hung_up_on(&silent) && silent.in.n == 0, "half a record is left");
	buf_puts(&peer.out, "the rest of it");
	peer_send(&peer);
	ok(hung_up_on(&peer), "in the end");
	settings.body_timeout = LONG_US;
	peer_free(&peer);
	peer_free(&silent);
	peer_free(&over);
}

/* It sends far more than is taken, and does not listen before it has sent all. */
static void
test_far_too_large(void)
{
	struct peer peer = peer_new((struct buf){ 0 });
	int64_t end = milliseconds() + PATIENCE;

	put_request(&peer.out, 1, false, 1, 30000000, 30000000);
	while (peer.out.n > 0 && milliseconds() < end) {
		peer_send(&peer);
		turn();
	}
	ok(peer.out.n == 0, "30 MB where 200 kB are allowed can be sent");
	ok(talk(&peer, 1) && says(&peer, "Status: 413") && says(&peer, "larger than 200000 bytes"),
	    "and are told why they are not taken");
	peer_free(&peer);
}

/* Answers that are not read, or slowly. */
static void
test_slow_reader(void)
{
	struct peer slow = peer_new(request(true, 1, 10, 10)), never = peer_new(request(true, 1, 10, 10));
	size_t before;

	answer_size = FULL;
	peer_send(&slow);
	peer_send(&never);
	turns(50);
	answer_size = 0;
	ok(served() && served() && served(), "others are served while answers wait");
	for (int i = 0; i < 20; i++) {
		peer_hear(&slow, 100000);
		turn();
	}
	before = slow.in.n;
	ok(before > 0 && before < FULL && talk(&slow, 1) && slow.in.n > FULL,
	    "an answer comes as it is read: %zu, %zu", before, slow.in.n);
	ok(asks(&slow, request(true, 1, 21, 21), "done 21"), "its connection can be used again");
	settings.answer_timeout = 100000;
	turns(400);
	settings.answer_timeout = LONG_US;
	ok(hung_up_on(&never) && never.in.n < FULL, "one that is not read in time ends");
	peer_free(&slow);
	peer_free(&never);
}

/* So much of a body of 20 MB. */
static void
begin_large(struct peer *peer, size_t sent)
{
	*peer = peer_new(request(true, 1, 20 << 20, sent));
	while (peer->out.n > 0) {
		peer_send(peer);
		turn();
	}
	turns(5);
}

/* Together they may not keep more than a bound. */
static void
test_bounds(void)
{
	enum { CROWD = 16 };
	struct peer crowd[CROWD], last;
	static char bytes[60000];
	size_t whole = 0;
	int64_t began;

	answer_size = FULL;
	for (int i = 0; i < CROWD; i++) {
		crowd[i] = peer_new(request(true, 1, 10, 10));
		peer_send(&crowd[i]);
		turns(10);
	}
	answer_size = 0;
	ok(served(), "others are served beside %d answers that nobody reads", CROWD);
	for (int i = 0; i < CROWD; i++) {
		whole += talk(&crowd[i], 1);
		peer_free(&crowd[i]);
		if (i == 0)
			ok(whole == 0, "the oldest had to go");
	}
	/* The kernel takes more or less of each. */
	ok(whole >= 6 && whole <= 10, "those that fit stay: %zu", whole);

	/* Room for three large bodies: the fourth waits for them. */
	settings.body_bytes = 20 << 20;
	for (int i = 0; i < 4; i++)
		begin_large(&crowd[i], LARGE);
	last = peer_new(request(true, 1, 1000, 1000));
	ok(talk(&last, 1), "small ones do not wait");
	for (int i = 0; i < 3; i++) {
		put_record(&crowd[i].out, FCGI_ABORT_REQUEST, 1, SPAN(""));
		put_request(&crowd[i].out, 2, true, 1, 3, 3);
		ok(talk(&crowd[i], 2) && says(&crowd[i], "done 3"), "one of three");
	}
	put_record(&crowd[3].out, FCGI_ABORT_REQUEST, 1, SPAN(""));
	ok(talk(&crowd[3], 1), "the fourth has its turn");
	for (int i = 0; i < 4; i++)
		peer_free(&crowd[i]);
	/* And is told when it has none. */
	began = milliseconds();
	begin_large(&crowd[0], 30000);
	turns(500); /* so that its time is over first */
	for (int i = 1; i < 4; i++)
		begin_large(&crowd[i], LARGE);
	put_record(&crowd[0].out, FCGI_STDIN, 1, (struct span){ bytes, sizeof bytes });
	peer_send(&crowd[0]);
	settings.body_timeout = (milliseconds() - began) * 1000;
	if (!ok(talk(&crowd[0], 1) && says(&crowd[0], "Status: 503") &&
	    says(&crowd[0], "too many large"), "one that waits in vain is told"))
		printf("# %.*s\n", (int)crowd[0].in.n, crowd[0].in.p);
	for (int i = 0; i < 4; i++)
		peer_free(&crowd[i]);
	peer_free(&last);
	settings.body_bytes = 200000;
	settings.body_timeout = LONG_US;
}

/* A body comes and an answer waits when the front is freed. */
static void
test_end(void)
{
	struct peer writer = peer_new(request(false, 1, LARGE, LARGE - 1000));
	struct peer reader = peer_new(request(true, 1, 10, 10)), kept = peer_new(request(true, 1, 10, 10));

	ok(talk(&kept, 1), "a kept connection");
	answer_size = FULL;
	peer_send(&writer);
	peer_send(&reader);
	turns(50);
	fastcgi_stop(fastcgi);
	ok(!fastcgi_quiet(fastcgi), "stopped, but not quiet");
	turns(10);
	ok(hung_up_on(&kept), "a kept connection is left");
	fastcgi_free(&fastcgi);
	ok(fastcgi == NULL, "freed while a body comes and an answer goes");
	peer_free(&writer);
	peer_free(&reader);
	peer_free(&kept);
}

int
main(void)
{
	char directory[] = "/tmp/earshot-unit-XXXXXX";
	int listening;

	if (!secret_start() || mkdtemp(directory) == NULL)
		return 99;
	snprintf(address.sun_path, sizeof address.sun_path, "%s/s", directory);
	listening = FCGX_OpenSocket(address.sun_path, 64);
	if (listening < 0 || fcntl(listening, F_SETFL, O_NONBLOCK) != 0)
		return 99;
	reactor = reactor_new();
	fastcgi = fastcgi_new(reactor, listening, "macro", &settings, submit, NULL);
	ok(served(), "a request");
	test_kept();
	test_splits();
	test_odd();
	test_wrong();
	test_variables();
	test_abort();
	test_pipelined();
	test_called();
	test_left();
	test_slow_writer();
	test_far_too_large();
	test_slow_reader();
	test_bounds();
	test_end();
	reactor_free(&reactor);
	close(listening);
	unlink(address.sun_path);
	rmdir(directory);
	return tap_done();
}
