/* SPDX-License-Identifier: ISC */
/* Links between sites: sealed, and in them frames of eight bytes and a payload: the log,
 * beats, and streams, which are connections of programs that go on to the master. */
#include "serve/sites_private.h"

#include "base/log.h"
#include "base/text.h"
#include "serve/frame.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

#define BACKLOG 64
#define STRANGERS_MAX 16
#define READ_AT_ONCE ((size_t)256 << 10)
/* Sealed at a time, and waiting to be written before more is. */
#define GIVE_BYTES ((size_t)256 << 10)
#define WIRE_MAX ((size_t)1 << 20)
#define KEPT_MAX ((size_t)4 << 20)
/* One message of the library may be long; what is longer is none of ours. */
#define FRAME_BYTES_MAX ((size_t)64 << 20)
#define DIAL_EVERY_US 200000
#define REFUSED_EVERY_US 2000000
#define HUNG_UP_OFTEN 3
#define SKEW_US 1000000
/* What may be on its way in one direction of a stream. */
#define WINDOW ((size_t)1 << 20)

/* Of the conversation between sites: both must have the same. */
#define PROTOCOL 1

enum kind {
	KIND_HELLO,
	KIND_REFUSAL, /* a sentence: why the link ends */
	KIND_BEAT,
	KIND_LOG,     /* messages of the library */
	KIND_OPEN,    /* a stream; the payload: rights */
	KIND_BYTES,
	KIND_GRANT,   /* so many bytes more */
	KIND_CLOSE,
};

#define HEADER_SIZE 8 /* length and kind in four bytes, number of a stream in four */

struct hello {
	unsigned char protocol, site, count, member;
	unsigned char frames;         /* version of calls (frame.h) */
	unsigned char unused[3];
	unsigned char time[8];        /* of the clock on the wall, µs */
	unsigned char group[MEMBER_GROUP_SIZE];
	unsigned char settings_hash[SECRET_SHA256_SIZE], key_hash[SECRET_SHA256_SIZE];
	char version[LINK_VERSION_SIZE];
};

struct beat {
	unsigned char is_master, member, no_room, unused;
	unsigned char generation[4], position[8];
	unsigned char flushed_generation[4], unused_too[4], flushed[8];
};

struct stream {
	struct stream *next;
	struct link *link;
	uint32_t number;
	size_t window;    /* the other end takes so much more */
	size_t ungranted; /* has gone on here, and was not told yet */
	struct peer *peer;
};

static void
put_number(unsigned char *p, size_t n, uint64_t value)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)(value >> 8 * i);
}

static uint64_t
get_number(const unsigned char *p, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value |= (uint64_t)p[i] << 8 * i;
	return value;
}

static void
put_header(struct buf *out, enum kind kind, uint32_t number, size_t n)
{
	unsigned char header[HEADER_SIZE];

	put_number(header, 4, (uint64_t)n << 4 | (unsigned)kind);
	put_number(header + 4, 4, number);
	buf_put(out, header, sizeof header);
}

static void
say(struct link *link, enum kind kind, uint32_t number, struct span payload)
{
	put_header(&link->say, kind, number, payload.n);
	buf_span(&link->say, payload);
}

/* Links. */

static void
link_free(struct source *source)
{
	struct link *link = (struct link *)source;

	channel_free(&link->channel);
	buf_free(&link->wire);
	buf_free(&link->plain);
	buf_free(&link->say);
	free(link);
}

void
link_end_streams(struct link *link)
{
	struct stream *stream;

	while ((stream = link->streams) != NULL) {
		struct peer *peer = stream->peer;

		link->streams = stream->next;
		if (!link->closed)
			say(link, KIND_CLOSE, stream->number, SPAN(""));
		free(stream);
		serve_stream_gone(peer);
	}
}

/* It is one no more, if it was. */
static void
stranger_forget(struct link *link)
{
	struct sites *sites = link->sites;
	struct link **at = &sites->strangers;

	while (*at != NULL && *at != link)
		at = &(*at)->next;
	if (*at == NULL)
		return;
	*at = link->next;
	sites->stranger_count--;
}

static void
link_close(struct link *link)
{
	struct sites *sites = link->sites;

	if (link->closed)
		return;
	link->closed = true;
	if (link->known && sites->links[link->site] == link) {
		sites->links[link->site] = NULL;
		rep_unlink(sites->options.store, link->site);
		if (link->greeted)
			log_line(LOG_LEVEL_WARNING, "the link to site %.*s has ended",
			    (int)sites_name(sites, link->site).n, sites_name(sites, link->site).p);
	}
	stranger_forget(link);
	reactor_watch(sites->options.reactor, &link->source, 0);
	link_end_streams(link);
	if (link->greeted)
		sites_lost(sites, link);
	reactor_close(sites->options.reactor, &link->source, link_free);
}

/* The log says why, once for each reason. */
static void
link_note(struct link *link, const char *why)
{
	struct sites *sites = link->sites;
	char *said = link->known ? sites->refused[link->site] : sites->stranger_said;
	struct span name = link->known ? sites_name(sites, link->site) : SPAN("a caller");

	if (strncmp(said, why, sizeof sites->stranger_said - 1) != 0)
		log_line(LOG_LEVEL_ERROR, "%s%.*s: %s", link->known ? "site " : "", (int)name.n,
		    name.p, why);
	snprintf(said, sizeof sites->stranger_said, "%s", why);
}

static void
link_fail(struct link *link, const char *why)
{
	struct sites *sites = link->sites;

	link_note(link, why);
	if (link->known)
		sites->dialed[link->site] = sites->now + REFUSED_EVERY_US;
	link_close(link);
}

static void
link_write(struct link *link)
{
	ssize_t n;

	if (link->connecting || link->closed)
		return;
	if (link->say.n > 0 && link->wire.n < WIRE_MAX && channel_proven(link->channel)) {
		channel_put(link->channel, buf_bytes(&link->say), &link->wire);
		link->say.n = 0;
		if (link->say.size > KEPT_MAX)
			buf_free(&link->say);
	}
	if (link->wire.n > 0) {
		n = send(link->source.fd, link->wire.p, link->wire.n, MSG_NOSIGNAL);
		if (n > 0)
			buf_shift(&link->wire, (size_t)n);
		else if (n < 0 && errno != EAGAIN && errno != EINTR) {
			link_close(link);
			return;
		}
	}
	reactor_watch(link->sites->options.reactor, &link->source,
	    EPOLLIN | (link->wire.n > 0 ? (uint32_t)EPOLLOUT : 0));
}

static void
say_hello(struct link *link)
{
	struct sites *sites = link->sites;
	struct hello hello = { .protocol = PROTOCOL, .site = (unsigned char)sites->self,
		.count = (unsigned char)sites->count, .member = (unsigned char)sites->member.state,
		.frames = FRAME_VERSION };

	put_number(hello.time, sizeof hello.time, (uint64_t)text_now());
	memcpy(hello.group, sites->member.group, sizeof hello.group);
	memcpy(hello.settings_hash, sites->settings_hash, sizeof hello.settings_hash);
	memcpy(hello.key_hash, sites->key_hash, sizeof hello.key_hash);
	snprintf(hello.version, sizeof hello.version, "%s", PACKAGE_VERSION);
	say(link, KIND_HELLO, 0, (struct span){ (const char *)&hello, sizeof hello });
}

static void
beat(struct link *link)
{
	struct sites *sites = link->sites;
	struct beat beat = { .is_master = sites->view.role == REP_MASTER,
		.member = (unsigned char)sites->member.state,
		.no_room = !store_has_room(sites->options.store) };

	put_number(beat.generation, sizeof beat.generation, sites->view.generation);
	put_number(beat.position, sizeof beat.position, sites->view.position);
	/* Who joins has nothing that could be counted on yet. */
	if (sites->member.state != MEMBER_JOINS) {
		put_number(beat.flushed, sizeof beat.flushed, sites->view.flushed);
		put_number(beat.flushed_generation, sizeof beat.flushed_generation,
		    sites->view.flushed_generation);
	}
	say(link, KIND_BEAT, 0, (struct span){ (const char *)&beat, sizeof beat });
}

void
sites_beat(struct sites *sites)
{
	sites->beaten = sites->now;
	for (unsigned i = 0; i < sites->count; i++)
		if (sites->links[i] != NULL && sites->links[i]->greeted)
			beat(sites->links[i]);
}

/* NULL, or why the other one is not taken. */
static const char *
judge(struct link *link, const struct hello *hello)
{
	static const unsigned char unknown[MEMBER_GROUP_SIZE] = { 0 };
	struct sites *sites = link->sites;

	if (hello->protocol != PROTOCOL || hello->frames != FRAME_VERSION)
		return "it is another version of Earshot, with which this one cannot speak";
	if (hello->count != sites->count || hello->site >= sites->count ||
	    hello->site == sites->self || (link->known && hello->site != link->site) ||
	    memcmp(hello->settings_hash, sites->settings_hash, sizeof hello->settings_hash) != 0)
		return "its earshot.conf has other sites, or another log_file_bytes: they must be the "
		    "same at all sites";
	if (memcmp(hello->key_hash, sites->key_hash, sizeof hello->key_hash) != 0)
		return "its secret.key is not ours: copy that of the first site to all others";
	if (hello->member == MEMBER_NONE || hello->member > MEMBER_FULL)
		return "it does not say what it is of the group";
	if (memcmp(hello->group, unknown, sizeof unknown) != 0 &&
	    memcmp(sites->member.group, unknown, sizeof unknown) != 0 &&
	    memcmp(hello->group, sites->member.group, sizeof unknown) != 0)
		return "it belongs to another group, which was founded by another earshot group found; "
		    "of both homes one must be moved away, and its site join by earshot group join";
	return NULL;
}

/* Who joins hears here which group that is. */
static void
learn_group(struct sites *sites, const struct hello *hello)
{
	static const unsigned char unknown[MEMBER_GROUP_SIZE] = { 0 };
	struct error error = { 0 };

	if (memcmp(sites->member.group, unknown, sizeof unknown) != 0 ||
	    memcmp(hello->group, unknown, sizeof unknown) == 0)
		return;
	memcpy(sites->member.group, hello->group, sizeof sites->member.group);
	if (!member_write(sites->options.home, &sites->member, &error))
		log_line(LOG_LEVEL_ERROR, "%s", error.detail);
}

static void
take_hello(struct link *link, struct span payload)
{
	struct sites *sites = link->sites;
	struct hello hello;
	struct link *before;
	const char *why;
	int64_t skew;

	if (payload.n != sizeof hello || link->greeted) {
		link_fail(link, "what it says cannot be understood");
		return;
	}
	memcpy(&hello, payload.p, sizeof hello);
	why = judge(link, &hello);
	if (why != NULL) {
		if (!link->known && hello.site < sites->count && hello.site != sites->self)
			snprintf(sites->refused[hello.site], sizeof sites->refused[0], "%s", why);
		say(link, KIND_REFUSAL, 0, span_of(why));
		link_write(link);
		link_fail(link, why);
		return;
	}
	if (!link->known) {
		stranger_forget(link);
		link->known = true;
		link->site = hello.site;
		say_hello(link);
	}
	before = sites->links[link->site];
	if (before != NULL && before != link) {
		/* The site has not gone: there is nobody to elect. */
		link->is_master = before->is_master;
		if (sites->way == before)
			sites->way = NULL;
		link_close(before);
	}
	sites->links[link->site] = link;
	link->greeted = true;
	link->state = (enum member_state)hello.member;
	memcpy(link->version, hello.version, sizeof link->version);
	link->version[sizeof link->version - 1] = '\0';
	sites->refused[link->site][0] = '\0';
	sites->hung_up[link->site] = 0;
	learn_group(sites, &hello);
	skew = (int64_t)get_number(hello.time, sizeof hello.time) - text_now();
	log_line(LOG_LEVEL_INFO, "linked to site %.*s", (int)sites_name(sites, link->site).n,
	    sites_name(sites, link->site).p);
	if (skew > SKEW_US || skew < -SKEW_US)
		log_line(LOG_LEVEL_WARNING, "the clock of site %.*s is %+lld s from ours: the sites of a "
		    "group need the same time (NTP)", (int)sites_name(sites, link->site).n,
		    sites_name(sites, link->site).p, (long long)(skew / 1000000));
	beat(link);
	rep_link(sites->options.store, link->site);
}

static void
take_refusal(struct link *link, struct span sentence)
{
	char why[180];

	snprintf(why, sizeof why, "it refuses us: %.*s", (int)(sentence.n < 160 ? sentence.n : 160),
	    sentence.p);
	link_fail(link, why);
}

static void
take_beat(struct link *link, struct span payload)
{
	struct sites *sites = link->sites;
	bool was_master = link->is_master;
	struct beat beat;

	if (payload.n != sizeof beat) {
		link_fail(link, "what it says cannot be understood");
		return;
	}
	memcpy(&beat, payload.p, sizeof beat);
	link->is_master = beat.is_master != 0;
	link->state = beat.member <= MEMBER_FULL ? (enum member_state)beat.member : MEMBER_JOINS;
	link->no_room = beat.no_room != 0;
	link->generation = (uint32_t)get_number(beat.generation, sizeof beat.generation);
	link->position = get_number(beat.position, sizeof beat.position);
	rep_flushed(sites->options.store, link->site, get_number(beat.flushed, sizeof beat.flushed),
	    (uint32_t)get_number(beat.flushed_generation, sizeof beat.flushed_generation));
	if (link->is_master)
		sites_master_seen(sites, link->generation);
	else if (was_master)
		sites_lost(sites, link);
}

static void
take_log(struct link *link, struct span payload)
{
	struct sites *sites = link->sites;

	/* Who has no store listens to its master alone; and a master does not listen to one
	 * that was master before it, and will notice. */
	if (sites->member.state == MEMBER_JOINS && !link->is_master)
		return;
	if (sites->view.role == REP_MASTER && link->is_master)
		return;
	if (!rep_take(sites->options.store, link->site, payload))
		link_fail(link, "what it says of the log cannot be understood");
}

/* Streams. */

static struct stream *
stream_new(struct link *link, uint32_t number)
{
	struct stream *stream = calloc(1, sizeof *stream);

	if (stream == NULL)
		abort();
	stream->link = link;
	stream->number = number;
	stream->window = WINDOW;
	stream->next = link->streams;
	link->streams = stream;
	return stream;
}

static struct stream *
stream_find(struct link *link, uint32_t number)
{
	struct stream **at = &link->streams, *found;

	while (*at != NULL && (*at)->number != number)
		at = &(*at)->next;
	if ((found = *at) != NULL) { /* what is used often is found soon */
		*at = found->next;
		found->next = link->streams;
		link->streams = found;
	}
	return found;
}

static void
stream_forget(struct stream *stream)
{
	struct stream **at = &stream->link->streams;

	while (*at != stream)
		at = &(*at)->next;
	*at = stream->next;
	free(stream);
}

struct stream *
sites_stream(struct sites *sites, enum rights rights, struct peer *peer)
{
	struct stream *stream;
	char byte = (char)rights;

	if (sites->way == NULL)
		return NULL;
	/* Those of both ends have numbers of their own. */
	stream = stream_new(sites->way, sites->way->numbers++ * 2 +
	    (sites->self > sites->way->site));
	stream->peer = peer;
	say(sites->way, KIND_OPEN, stream->number, (struct span){ &byte, 1 });
	return stream;
}

size_t
stream_room(const struct stream *stream)
{
	return stream->window;
}

size_t
stream_put(struct stream *stream, struct span bytes)
{
	size_t n = bytes.n < stream->window ? bytes.n : stream->window;

	if (n == 0)
		return 0;
	say(stream->link, KIND_BYTES, stream->number, (struct span){ bytes.p, n });
	stream->window -= n;
	return n;
}

void
stream_taken(struct stream *stream, size_t n)
{
	unsigned char number[4];

	stream->ungranted += n;
	if (stream->ungranted < WINDOW / 4)
		return;
	put_number(number, sizeof number, stream->ungranted);
	say(stream->link, KIND_GRANT, stream->number,
	    (struct span){ (const char *)number, sizeof number });
	stream->ungranted = 0;
}

void
stream_close(struct stream **stream_p)
{
	struct stream *stream = *stream_p;

	if (stream == NULL)
		return;
	say(stream->link, KIND_CLOSE, stream->number, SPAN(""));
	stream_forget(stream);
	*stream_p = NULL;
}

/* A program at another site calls: only a master takes that. */
static void
take_open(struct link *link, uint32_t number, struct span payload)
{
	struct sites *sites = link->sites;
	struct stream *stream;

	if (payload.n != 1 || (number & 1) != (link->site > sites->self) ||
	    stream_find(link, number) != NULL) {
		link_fail(link, "what it says cannot be understood");
		return;
	}
	stream = stream_new(link, number);
	if (sites->view.role == REP_MASTER)
		stream->peer = serve_remote(sites->options.serve, stream,
		    payload.p[0] == RIGHTS_ALL ? RIGHTS_ALL : RIGHTS_WEB);
	if (stream->peer == NULL)
		stream_close(&stream);
}

/* What is for a stream that has been closed here is late. */
static void
take_of_stream(struct link *link, enum kind kind, uint32_t number, struct span payload)
{
	struct stream *stream = stream_find(link, number);
	struct peer *peer;

	if (stream == NULL)
		return;
	peer = stream->peer;
	if (kind == KIND_BYTES) {
		serve_heard(peer, payload);
	} else if (kind == KIND_GRANT && payload.n == 4) {
		stream->window += get_number((const unsigned char *)payload.p, 4);
		serve_room(peer);
	} else if (kind == KIND_CLOSE) {
		stream_forget(stream);
		serve_stream_gone(peer);
	}
}

static void
take_frame(struct link *link, enum kind kind, uint32_t number, struct span payload)
{
	if (!link->greeted && kind != KIND_HELLO && kind != KIND_REFUSAL) {
		link_fail(link, "it does not say who it is");
		return;
	}
	switch (kind) {
	case KIND_HELLO:
		take_hello(link, payload);
		break;
	case KIND_REFUSAL:
		take_refusal(link, payload);
		break;
	case KIND_BEAT:
		take_beat(link, payload);
		break;
	case KIND_LOG:
		take_log(link, payload);
		break;
	case KIND_OPEN:
		take_open(link, number, payload);
		break;
	case KIND_BYTES:
	case KIND_GRANT:
	case KIND_CLOSE:
		take_of_stream(link, kind, number, payload);
		break;
	default:
		link_fail(link, "what it says cannot be understood");
		break;
	}
}

static void
take_frames(struct link *link)
{
	size_t used = 0;

	while (!link->closed && link->plain.n - used >= HEADER_SIZE) {
		const unsigned char *p = (const unsigned char *)link->plain.p + used;
		uint64_t first = get_number(p, 4);
		size_t n = first >> 4;

		if (n > FRAME_BYTES_MAX) {
			link_fail(link, "what it says cannot be understood");
			return;
		}
		if (link->plain.n - used - HEADER_SIZE < n)
			break;
		used += HEADER_SIZE + n;
		take_frame(link, (enum kind)(first & 15), (uint32_t)get_number(p + 4, 4),
		    (struct span){ (const char *)p + HEADER_SIZE, n });
	}
	if (link->closed)
		return;
	buf_shift(&link->plain, used);
	if (link->plain.n == 0 && link->plain.size > KEPT_MAX)
		buf_free(&link->plain);
}

static void
link_read(struct link *link)
{
	static char bytes[READ_AT_ONCE];
	bool proven = channel_proven(link->channel);
	ssize_t n = read(link->source.fd, bytes, sizeof bytes);
	const char *why;

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		/* One that is ending does so as well, once. */
		if (link->known && !proven && ++link->sites->hung_up[link->site] >= HUNG_UP_OFTEN)
			link_note(link, "it hung up before it had shown that it has our group.key; does "
			    "it have it, and is that Earshot?");
		link_close(link);
	}
	if (n <= 0)
		return;
	link->heard = link->sites->now;
	why = channel_take(link->channel, (struct span){ bytes, (size_t)n }, &link->wire,
	    &link->plain);
	if (why != NULL) {
		link_fail(link, why);
		return;
	}
	if (!proven && channel_proven(link->channel) && link->known)
		say_hello(link);
	take_frames(link);
}

static void
on_ready(struct source *source, uint32_t events)
{
	struct link *link = (struct link *)source;
	int problem = 0;
	socklen_t size = sizeof problem;

	link->sites->now = text_clock();
	if (link->connecting) {
		if (getsockopt(source->fd, SOL_SOCKET, SO_ERROR, &problem, &size) != 0 ||
		    problem != 0) {
			link_close(link);
			return;
		}
		link->connecting = false;
		link->heard = link->sites->now;
	}
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		link_read(link);
	if (!link->closed)
		link_write(link);
}

static struct link *
link_new(struct sites *sites, int fd, enum channel_side side)
{
	struct link *link = calloc(1, sizeof *link);
	int one = 1;

	if (link == NULL)
		abort();
	/* Small messages wait for nothing. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	link->sites = sites;
	link->source = (struct source){ .ready = on_ready, .fd = fd };
	link->since = link->heard = sites->now;
	link->state = MEMBER_JOINS;
	link->channel = channel_new(sites->key, side, &link->wire);
	return link;
}

struct place {
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} address;
	socklen_t size;
};

static struct place
place_of(const struct settings_site *site)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct place place = { .size = 0 };

	if (memcmp(site->address, mapped, sizeof mapped) == 0) {
		place.address.four = (struct sockaddr_in){ .sin_family = AF_INET,
			.sin_port = htons(site->port) };
		memcpy(&place.address.four.sin_addr, site->address + 12, 4);
		place.size = sizeof place.address.four;
	} else {
		place.address.six = (struct sockaddr_in6){ .sin6_family = AF_INET6,
			.sin6_port = htons(site->port) };
		memcpy(&place.address.six.sin6_addr, site->address, 16);
		place.size = sizeof place.address.six;
	}
	return place;
}

static int
new_socket(const struct place *place)
{
	return socket(place->address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static void
dial(struct sites *sites, unsigned i)
{
	struct place place = place_of(&sites->options.settings->group_sites[i]);
	int fd = new_socket(&place);
	struct link *link;

	sites->dialed[i] = sites->now;
	if (fd < 0)
		return;
	if (connect(fd, &place.address.any, place.size) != 0 && errno != EINPROGRESS) {
		if (errno == EACCES || errno == EPERM)
			log_line(LOG_LEVEL_ERROR, "site %.*s cannot be called: %s",
			    (int)sites_name(sites, i).n, sites_name(sites, i).p, strerror(errno));
		close(fd);
		return;
	}
	link = link_new(sites, fd, CHANNEL_DIALS);
	link->known = link->connecting = true;
	link->site = i;
	sites->links[i] = link;
	reactor_watch(sites->options.reactor, &link->source, EPOLLOUT);
}

static struct in6_addr
caller_of(const struct place *place)
{
	struct in6_addr caller = { 0 };

	if (place->address.any.sa_family == AF_INET)
		memcpy(&caller, &place->address.four.sin_addr, sizeof place->address.four.sin_addr);
	else if (place->address.any.sa_family == AF_INET6)
		caller = place->address.six.sin6_addr;
	return caller;
}

static unsigned
strangers_from(const struct sites *sites, const struct in6_addr *caller)
{
	unsigned n = 0;

	for (const struct link *link = sites->strangers; link != NULL; link = link->next)
		n += memcmp(&link->caller, caller, sizeof *caller) == 0;
	return n;
}

/* Who says nothing keeps nobody out: of those that have not shown that they have our key, of
 * the address that has the most, the one that has called first must go. False: all have. */
static bool
make_room(struct sites *sites)
{
	struct link *goes = NULL;
	unsigned most = 0, n;

	/* The newest stands first. */
	for (struct link *link = sites->strangers; link != NULL; link = link->next)
		if (!channel_proven(link->channel) &&
		    (n = strangers_from(sites, &link->caller)) >= most) {
			most = n;
			goes = link;
		}
	if (goes != NULL)
		link_close(goes);
	return goes != NULL;
}

static void
on_accept(struct source *source, uint32_t events)
{
	struct sites *sites = (struct sites *)((char *)source - offsetof(struct sites, listener));
	struct place place = { .size = sizeof place.address };
	struct link *link;
	int fd;

	(void)events;
	sites->now = text_clock();
	/* More than that at once get their turn later. */
	for (int n = 0; n < BACKLOG && (fd = accept4(source->fd, &place.address.any, &place.size,
	         SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0; n++, place.size = sizeof place.address) {
		if (sites->stranger_count >= STRANGERS_MAX && !make_room(sites)) {
			close(fd);
			continue;
		}
		link = link_new(sites, fd, CHANNEL_LISTENS);
		link->caller = caller_of(&place);
		link->next = sites->strangers;
		sites->strangers = link;
		sites->stranger_count++;
		reactor_watch(sites->options.reactor, &link->source, EPOLLIN);
	}
}

bool
links_listen(struct sites *sites, struct error *error)
{
	const struct settings_site *self = &sites->options.settings->group_sites[sites->self];
	struct place place = place_of(self);
	int fd = new_socket(&place), one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
	    bind(fd, &place.address.any, place.size) != 0 || listen(fd, BACKLOG) != 0) {
		error_set(error, FAULT_STORE_UNAVAILABLE, "[group] sites: this site cannot listen at "
		    "%.*s: %s", (int)self->place.n, self->place.p, strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	sites->listener = (struct source){ .ready = on_accept, .fd = fd };
	reactor_watch(sites->options.reactor, &sites->listener, EPOLLIN);
	return true;
}

void
links_look(struct sites *sites, int64_t silence, int64_t silence_of_master)
{
	struct link *next;

	for (unsigned i = 0; i < sites->count; i++) {
		struct link *link = sites->links[i];

		if (link != NULL && sites->now - link->heard >
		    (link == sites->way ? silence_of_master : silence))
			link_close(link);
		/* The later in the list calls. */
		if (i < sites->self && sites->links[i] == NULL &&
		    sites->now - sites->dialed[i] > DIAL_EVERY_US)
			dial(sites, i);
	}
	for (struct link *link = sites->strangers; link != NULL; link = next) {
		next = link->next;
		if (sites->now - link->since > silence)
			link_close(link);
	}
}

/* What the store has for it, when it takes that. */
static void
give_log(struct link *link)
{
	struct store *store = link->sites->options.store;
	struct buf messages = { 0 };

	while (link->greeted && link->wire.n + link->say.n < WIRE_MAX) {
		bool more = rep_give(store, link->site, GIVE_BYTES, &messages);

		if (messages.n > 0)
			say(link, KIND_LOG, 0, buf_bytes(&messages));
		messages.n = 0;
		if (!more)
			break;
	}
	buf_free(&messages);
}

void
links_write(struct sites *sites)
{
	for (unsigned i = 0; i < sites->count; i++)
		if (sites->links[i] != NULL) {
			give_log(sites->links[i]);
			link_write(sites->links[i]);
		}
	for (struct link *link = sites->strangers, *next; link != NULL; link = next) {
		next = link->next;
		link_write(link);
	}
}

void
links_close(struct sites *sites)
{
	for (unsigned i = 0; i < sites->count; i++)
		if (sites->links[i] != NULL)
			link_close(sites->links[i]);
	while (sites->strangers != NULL)
		link_close(sites->strangers);
	reactor_watch(sites->options.reactor, &sites->listener, 0);
	close(sites->listener.fd);
}
