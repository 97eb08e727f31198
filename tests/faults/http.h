/* SPDX-License-Identifier: ISC */
/*
 * What honest.c and crowd.c share: one HTTP answer out of bytes that come in
 * pieces, nonblocking connections on loopback, a clock, and their end.
 */
#ifndef EARSHOT_FAULTS_HTTP_H
#define EARSHOT_FAULTS_HTTP_H

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct answer {
	char *p;          /* what came; body is at p + head, always with a NUL behind */
	size_t n, size;
	size_t head;      /* 0: not all of the head has come */
	size_t length;    /* of the body; SIZE_MAX: until the connection ends */
	size_t decoded, raw; /* chunked: bytes of body that are in place, and read up to */
	int status;
	bool chunked, keep, whole;
};

static inline int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Who has started us ends us, also when it is killed. */
static inline void
end_with_parent(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		abort();
}

/* Seeds and randomness of a test: not secret, but the same for the same seed. */
static inline uint64_t
next_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* A connection that is being made, to a port or the path of a socket; -1 with errno. */
static inline int
dial(const char *to, int receive_buffer)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	bool local = to[0] == '/';
	int fd = socket(local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc, why;

	if (fd < 0)
		return -1;
	if (receive_buffer > 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
	if (local) {
		snprintf(un.sun_path, sizeof un.sun_path, "%s", to);
		rc = connect(fd, (struct sockaddr *)&un, sizeof un);
	} else {
		in.sin_port = htons((uint16_t)atoi(to));
		rc = connect(fd, (struct sockaddr *)&in, sizeof in);
	}
	if (rc == 0 || errno == EINPROGRESS)
		return fd;
	why = errno;
	close(fd);
	errno = why;
	return -1;
}

static inline void
answer_reset(struct answer *answer)
{
	char *p = answer->p;
	size_t size = answer->size;

	*answer = (struct answer){ .p = p, .size = size };
}

/* The value of a header, in the head that has come; NULL: there is none. */
static inline const char *
answer_header(const struct answer *answer, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = strstr(answer->p, "\r\n"); line != NULL &&
	     line + 4 < answer->p + answer->head; line = strstr(line + 2, "\r\n"))
		if (strncasecmp(line + 2, name, n) == 0 && line[2 + n] == ':')
			return line + 3 + n + strspn(line + 3 + n, " ");
	return NULL;
}

static inline bool
read_head(struct answer *answer)
{
	char *end = memmem(answer->p, answer->n, "\r\n\r\n", 4);
	const char *value;

	if (end == NULL)
		return true;
	answer->head = (size_t)(end - answer->p) + 4;
	if (sscanf(answer->p, "HTTP/1.%*d %d", &answer->status) != 1)
		return false;
	value = answer_header(answer, "connection");
	answer->keep = value == NULL || strncasecmp(value, "close", 5) != 0;
	value = answer_header(answer, "transfer-encoding");
	answer->chunked = value != NULL && strncasecmp(value, "chunked", 7) == 0;
	value = answer_header(answer, "content-length");
	answer->length = value != NULL ? strtoul(value, NULL, 10)
	    : answer->status == 204 || answer->status == 304 ? 0 : SIZE_MAX;
	answer->decoded = answer->raw = answer->head;
	return true;
}

/* Moves what chunks hold together; false: they are none. */
static inline bool
read_chunks(struct answer *answer)
{
	while (!answer->whole) {
		char *start = answer->p + answer->raw, *end, *digits;
		size_t left = answer->n - answer->raw, size;

		if ((end = memmem(start, left, "\r\n", 2)) == NULL)
			return left < 64;
		size = strtoul(start, &digits, 16);
		if (digits == start)
			return false;
		if (left < (size_t)(end - start) + 2 + size + 2)
			return true;
		memmove(answer->p + answer->decoded, end + 2, size);
		answer->decoded += size;
		answer->raw += (size_t)(end - start) + 2 + size + 2;
		if (size == 0) {
			answer->whole = true;
			answer->length = answer->decoded - answer->head;
			answer->p[answer->decoded] = '\0';
		}
	}
	return true;
}

/* Reads what is there. 1: the answer is whole, 0: more is to come, -1: it broke off. */
static inline int
answer_read(struct answer *answer, int fd)
{
	ssize_t n;

	for (;;) {
		if (answer->size - answer->n < 4096 && (answer->p = realloc(answer->p,
		        answer->size = answer->size * 2 + 16384)) == NULL)
			abort();
		n = recv(fd, answer->p + answer->n, answer->size - answer->n - 1, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n < 0)
			return -1;
		answer->n += (size_t)n;
		answer->p[answer->n] = '\0';
		if (answer->head == 0 && !read_head(answer))
			return -1;
		if (answer->head > 0 && answer->chunked && !read_chunks(answer))
			return -1;
		if (answer->head > 0 && !answer->chunked && answer->length != SIZE_MAX)
			answer->whole = answer->n - answer->head >= answer->length;
		if (n == 0 && answer->head > 0 && !answer->chunked && answer->length == SIZE_MAX) {
			answer->length = answer->n - answer->head;
			answer->keep = false;
			answer->whole = true;
		}
		if (answer->whole)
			return 1;
		if (n == 0)
			return -1;
	}
}

#endif
