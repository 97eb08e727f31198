/* SPDX-License-Identifier: ISC */
/*
 * The client that keeps the books: posts deliveries whose text is unique over
 * kept HTTP connections and notes, for each, what was answered. Whoever kills,
 * fills or cuts something compares the notes with the store afterwards.
 *
 *   ledger --port N --path /comment.fcgi/milestone --key K --clients N
 *          --seconds S [--count N] --book FILE --mark TEXT [--ids]
 *
 * With --ids each delivery has an id, and is sent again until it is settled, as
 * careful senders do. SIGTERM ends it as its time would.
 *
 * Book: one line per delivery, "A text time" acknowledged (2xx), "F text time
 * status" otherwise (status 0: no answer); the time of the answer on the
 * monotonic clock, in microseconds. Standard output: one JSON object.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 256
#define ANSWER_LIMIT_S 20
#define PATIENCE_US 10000000 /* after the end, for what is not settled yet */

static struct {
	int port, clients, seconds;
	long count;
	const char *path, *key, *book, *mark, *body;
	bool ids;
} options = { .clients = 16, .seconds = 5, .mark = "m" };

static FILE *book;
static pthread_mutex_t book_mutex = PTHREAD_MUTEX_INITIALIZER;
static atomic_long sent, repeated, acknowledged, failed, statuses[600];
static _Atomic int64_t last_ack;   /* µs: the longest time without any 2xx */
static _Atomic int64_t longest_gap, slowest;
static _Atomic int64_t end_at;

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
raise_to(_Atomic int64_t *most, int64_t value)
{
	int64_t seen = atomic_load(most);

	while (value > seen && !atomic_compare_exchange_weak(most, &seen, value))
		continue;
}

static int
dial(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)options.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval limit = { .tv_sec = ANSWER_LIMIT_S };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
		return fd;
	close(fd);
	return -1;
}

/* The status of one answer read to its end; 0 when the connection broke. */
static int
read_answer(int fd, bool *keep_r)
{
	char buffer[16384];
	size_t have = 0, head, length = 0;
	char *end, *header;
	int status;

	*keep_r = false;
	for (;;) {
		ssize_t n = recv(fd, buffer + have, sizeof buffer - 1 - have, 0);

		if (n <= 0)
			return 0;
		have += (size_t)n;
		buffer[have] = '\0';
		if ((end = strstr(buffer, "\r\n\r\n")) != NULL)
			break;
		if (have == sizeof buffer - 1)
			return 0;
	}
	head = (size_t)(end - buffer) + 4;
	if (sscanf(buffer, "HTTP/1.%*d %d", &status) != 1)
		return 0;
	if ((header = strcasestr(buffer, "\r\ncontent-length:")) != NULL && header < end)
		length = strtoul(header + 17, NULL, 10);
	while (have < head + length) {
		ssize_t n = recv(fd, buffer, sizeof buffer, 0);

		if (n <= 0)
			return 0;
		have += (size_t)n;
	}
	*keep_r = strcasestr(buffer, "connection: close") == NULL && length > 0;
	return status;
}

static void
note(const char *text, int status)
{
	int64_t now = now_us();

	pthread_mutex_lock(&book_mutex);
	if (status >= 200 && status < 300)
		fprintf(book, "A %s %" PRId64 "\n", text, now);
	else
		fprintf(book, "F %s %" PRId64 " %d\n", text, now, status);
	pthread_mutex_unlock(&book_mutex);
	atomic_fetch_add(&statuses[status < 600 ? status : 0], 1);
	if (status >= 200 && status < 300) {
		int64_t before = atomic_exchange(&last_ack, now);

		atomic_fetch_add(&acknowledged, 1);
		raise_to(&longest_gap, now - before);
	} else {
		atomic_fetch_add(&failed, 1);
		usleep(2000); /* a server that is down is not to be hammered */
	}
}

/* Sends the request once; the status, 0 when no answer came. */
static int
exchange(int *fd, const char *request, size_t n)
{
	int64_t began = now_us();
	bool keep = false;
	int status = 0;

	if (*fd < 0)
		*fd = dial();
	if (*fd >= 0 && send(*fd, request, n, MSG_NOSIGNAL) == (ssize_t)n)
		status = read_answer(*fd, &keep);
	raise_to(&slowest, now_us() - began);
	if (!keep && *fd >= 0) {
		close(*fd);
		*fd = -1;
	}
	return status;
}

static void *
client(void *arg)
{
	long number = (long)(intptr_t)arg, sequence = 0;
	char text[128], body[1024], request[4096], id[256] = "";
	int fd = -1;

	while (now_us() < end_at) {
		int status, n;

		if (options.count > 0 && atomic_fetch_add(&sent, 1) >= options.count)
			break;
		snprintf(text, sizeof text, "%s-%ld-%ld", options.mark, number, sequence++);
		snprintf(body, sizeof body, options.body, text);
		if (options.ids)
			snprintf(id, sizeof id, "Idempotency-Key: %s\r\n", text);
		n = snprintf(request, sizeof request, "POST %s HTTP/1.1\r\nHost: localhost\r\n"
		    "Authorization: Bearer %s\r\nContent-Type: application/json\r\n%s"
		    "Content-Length: %zu\r\n\r\n%s", options.path, options.key, id,
		    strlen(body), body);
		status = exchange(&fd, request, (size_t)n);
		while (options.ids && (status == 0 || status >= 500) &&
		    now_us() < end_at + PATIENCE_US) {
			atomic_fetch_add(&repeated, 1);
			usleep(2000);
			status = exchange(&fd, request, (size_t)n);
		}
		note(text, status);
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

static void
on_term(int number)
{
	(void)number;
	atomic_store(&end_at, now_us());
}

/* Told to the first thread, which only waits. */
static void
take_term(bool now)
{
	struct sigaction action = { .sa_handler = on_term, .sa_flags = SA_RESTART };
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigaction(SIGTERM, &action, NULL);
	pthread_sigmask(now ? SIG_UNBLOCK : SIG_BLOCK, &term, NULL);
}

static int
usage(void)
{
	fputs("usage: ledger --port N --path PATH --key K --book FILE [--clients N] "
	    "[--seconds S] [--count N] [--mark TEXT] [--body FORMAT] [--ids]\n", stderr);
	return 2;
}

int
main(int argc, char **argv)
{
	pthread_t threads[CLIENTS_MAX];
	bool first = true;

	options.body = "{\"user_email\":\"ann@mail.example\","
	    "\"author_name\":\"jim@acme.example\",\"comment_text\":\"%s\"}";
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (strcmp(name, "--ids") == 0) {
			options.ids = true;
			continue;
		}
		if (value == NULL)
			return usage();
		i++;
		if (strcmp(name, "--port") == 0)
			options.port = atoi(value);
		else if (strcmp(name, "--path") == 0)
			options.path = value;
		else if (strcmp(name, "--key") == 0)
			options.key = value;
		else if (strcmp(name, "--book") == 0)
			options.book = value;
		else if (strcmp(name, "--mark") == 0)
			options.mark = value;
		else if (strcmp(name, "--body") == 0)
			options.body = value;
		else if (strcmp(name, "--clients") == 0)
			options.clients = atoi(value);
		else if (strcmp(name, "--seconds") == 0)
			options.seconds = atoi(value);
		else if (strcmp(name, "--count") == 0)
			options.count = atol(value);
		else
			return usage();
	}
	if (options.path == NULL || options.key == NULL || options.book == NULL ||
	    options.clients < 1 || options.clients > CLIENTS_MAX)
		return usage();
	book = fopen(options.book, "a");
	if (book == NULL) {
		perror(options.book);
		return 1;
	}
	atomic_store(&end_at, now_us() + (int64_t)options.seconds * 1000000);
	take_term(false);
	atomic_store(&last_ack, now_us());
	for (long i = 0; i < options.clients; i++)
		if (pthread_create(&threads[i], NULL, client, (void *)(intptr_t)i) != 0)
			return 1;
	take_term(true);
	for (int i = 0; i < options.clients; i++)
		pthread_join(threads[i], NULL);
	fclose(book);
	printf("{\"acknowledged\":%ld,\"failed\":%ld,\"repeated\":%ld,\"longestGapMs\":%ld,"
	    "\"slowestMs\":%ld,\"statuses\":{", atomic_load(&acknowledged),
	    atomic_load(&failed), atomic_load(&repeated), (long)(atomic_load(&longest_gap) / 1000), (long)(atomic_load(&slowest) / 1000));
	for (int i = 0; i < 600; i++)
		if (atomic_load(&statuses[i]) > 0) {
			printf("%s\"%d\":%ld", first ? "" : ",", i, atomic_load(&statuses[i]));
			first = false;
		}
	printf("}}\n");
	return 0;
}
