/* SPDX-License-Identifier: ISC */
/*
 * Clients of bad manners, N connections at once, each with one request after the
 * other out of a file that tests/faults/neighbour writes.
 *
 *   crowd --to PORT|SOCKET --requests FILE --size N [--seed N] [--for COUNT]
 *
 * until SIGTERM, and until COUNT (of the JSON object's first three) is not 0: on a slow
 * machine it may take a while until one of them has come to anything. A request in the file is a line "MANNER VERDICT N" and N bytes.
 * Manners: whole (sends, reads the answer, keeps the connection), drip (in small
 * pieces), half (and then nothing), early (hangs up before the answer), unread
 * (never reads), byte (reads one a second), silent (says nothing). Verdicts of what
 * is answered: refused (never a 2xx), unapplied (nothing is applied), any. Whatever
 * the verdict, no answer to a request of "refused" names a record of an honest
 * client, which is h and three digits. Standard output: one JSON object.
 */
#include "http.h"

#include <sys/epoll.h>

#define REQUESTS_MAX 4096
#define PIECE 64             /* of drip */
#define TICK_US 20000
#define DRIP_US 100000
#define BYTE_US 1000000
#define STAY_US 4000000      /* of half and silent, on an average */
#define UNREAD_US 30000000   /* longer than anybody may wait for a client */
#define ANSWER_US 60000000
#define LINGER_US 60000000   /* of a crowd that is to end and has come to nothing */
#define SAMPLES 5
#define SAMPLE_SIZE 500

enum manner { WHOLE, DRIP, HALF, EARLY, UNREAD, BYTE, SILENT, MANNER__COUNT };
static const char *const manner_names[] = { "whole", "drip", "half", "early", "unread", "byte",
	"silent" };
enum verdict { REFUSED, UNAPPLIED, ANY, VERDICT__COUNT };
static const char *const verdict_names[] = { "refused", "unapplied", "any" };

struct request {
	enum manner manner;
	enum verdict verdict;
	char *p;
	size_t n;
};

struct guest {
	int fd;
	const struct request *request;
	struct answer answer;
	size_t sent, until;      /* until: as much is to be sent now */
	int64_t since, next, leave;
	bool connected;
};

static struct request requests[REQUESTS_MAX];
static int request_count;
static const char *to;
static int epoll_fd;
static uint64_t seed = 1;
static volatile sig_atomic_t asked_to_end;
static long came, turned_away, answered, broken_off, statuses[600], wrongly, by_manner[MANNER__COUNT];
static char samples[SAMPLES][SAMPLE_SIZE];

static void
leave(struct guest *guest)
{
	if (guest->fd >= 0)
		close(guest->fd);
	guest->fd = -1;
	guest->connected = false;
}

static void
watch(struct guest *guest, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = guest };

	if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, guest->fd, &event) != 0 &&
	    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, guest->fd, &event) != 0)
		abort();
}

static bool
reads(const struct guest *guest)
{
	return guest->request->manner == WHOLE || guest->request->manner == DRIP;
}

static uint32_t
wanted(const struct guest *guest)
{
	return (guest->sent < guest->until || !guest->connected ? EPOLLOUT : 0) |
	    (reads(guest) ? EPOLLIN : 0);
}

static void
begin(struct guest *guest, int64_t now)
{
	const struct request *request = &requests[next_random(&seed) % (uint64_t)request_count];
	bool small = request->manner == UNREAD || request->manner == BYTE;

	if (guest->fd >= 0 && request->manner != WHOLE)
		leave(guest);
	guest->request = request;
	guest->since = now;
	guest->sent = 0;
	guest->until = request->manner == DRIP || request->manner == SILENT ? 0
	    : request->manner == HALF ? 1 + next_random(&seed) % request->n : request->n;
	guest->next = now + (request->manner == BYTE ? BYTE_US : DRIP_US);
	guest->leave = now + (int64_t)(next_random(&seed) % (2 * STAY_US));
	if (small)
		guest->leave = now + UNREAD_US;
	else if (reads(guest))
		guest->leave = now + ANSWER_US;
	answer_reset(&guest->answer);
	if (guest->fd < 0)
		guest->fd = dial(to, small ? 4096 : 0);
	if (guest->fd < 0) {
		turned_away++;
		guest->leave = now + DRIP_US;
		return;
	}
	came++;
	by_manner[request->manner]++;
	watch(guest, wanted(guest));
}

static bool
is_wrong(const struct guest *guest)
{
	const struct answer *answer = &guest->answer;
	const char *text = answer->p + answer->head;

	if (guest->request->verdict == ANY)
		return false;
	if (strstr(text, "\"outcome\":\"applied\"") != NULL)
		return true;
	if (guest->request->verdict == UNAPPLIED)
		return false;
	if (answer->status < 300)
		return true;
	for (const char *p = strchr(text, 'h'); p != NULL; p = strchr(p + 1, 'h'))
		if (strspn(p + 1, "0123456789") == 3)
			return true;
	return false;
}

static void
on_answer(struct guest *guest, int64_t now)
{
	int status = guest->answer.status;

	answered++;
	statuses[status > 0 && status < 600 ? status : 0]++;
	if (is_wrong(guest)) {
		if (wrongly < SAMPLES)
			snprintf(samples[wrongly], SAMPLE_SIZE, "%.*s: got %d %.300s",
			    (int)strcspn(guest->request->p, "\r"), guest->request->p, status,
			    guest->answer.p + guest->answer.head);
		wrongly++;
	}
	if (!guest->answer.keep || guest->request->manner != WHOLE)
		leave(guest);
	begin(guest, now);
}

static void
on_event(struct guest *guest, uint32_t events, int64_t now)
{
	ssize_t n;
	int rc;

	if (guest->fd < 0)
		return;
	if (events & EPOLLOUT) {
		guest->connected = true;
		n = guest->sent == guest->until ? 0 : send(guest->fd,
		    guest->request->p + guest->sent, guest->until - guest->sent, MSG_NOSIGNAL);
		if (n > 0)
			guest->sent += (size_t)n;
		if (guest->sent == guest->request->n && guest->request->manner == EARLY) {
			leave(guest);
			begin(guest, now);
			return;
		}
		watch(guest, wanted(guest));
	}
	if (events & EPOLLIN && reads(guest)) {
		rc = answer_read(&guest->answer, guest->fd);
		if (rc > 0) {
			on_answer(guest, now);
			return;
		}
		if (rc == 0)
			return;
	} else if (!(events & (EPOLLHUP | EPOLLERR))) {
		return;
	}
	/* A kept connection that ends before an answer has begun is nobody's fault. */
	broken_off += guest->answer.n > 0;
	leave(guest);
	guest->leave = now + DRIP_US;
}

static void
on_time(struct guest *guest, int64_t now)
{
	char byte;

	if (now >= guest->leave) {
		leave(guest);
		begin(guest, now);
		return;
	}
	if (guest->fd < 0 || now < guest->next)
		return;
	if (guest->request->manner == DRIP && guest->until < guest->request->n) {
		guest->until = guest->until + PIECE < guest->request->n ? guest->until + PIECE
		    : guest->request->n;
		guest->next = now + DRIP_US;
		watch(guest, wanted(guest));
	} else if (guest->request->manner == BYTE) {
		guest->next = now + BYTE_US;
		if (recv(guest->fd, &byte, 1, 0) == 0)
			guest->leave = now;
	}
}

static bool
read_requests(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[128], manner[16], verdict[16];

	while (file != NULL && fgets(line, sizeof line, file) != NULL) {
		struct request *request = &requests[request_count];
		int i = 0, j = 0;

		if (request_count == REQUESTS_MAX ||
		    sscanf(line, "%15s %15s %zu", manner, verdict, &request->n) != 3)
			return false;
		while (i < MANNER__COUNT && strcmp(manner, manner_names[i]) != 0)
			i++;
		while (j < VERDICT__COUNT && strcmp(verdict, verdict_names[j]) != 0)
			j++;
		request->p = calloc(1, request->n + 1);
		if (i == MANNER__COUNT || j == VERDICT__COUNT || request->p == NULL ||
		    fread(request->p, 1, request->n, file) != request->n || getc(file) != '\n')
			return false;
		request->manner = (enum manner)i;
		request->verdict = (enum verdict)j;
		request_count++;
	}
	if (file != NULL)
		fclose(file);
	return request_count > 0;
}

static void
tell(void)
{
	const char *comma = "";

	printf("{\"came\":%ld,\"turnedAway\":%ld,\"answered\":%ld,\"brokenOff\":%ld,"
	    "\"answeredWrongly\":%ld,\"manners\":{", came, turned_away, answered, broken_off, wrongly);
	for (int i = 0; i < MANNER__COUNT; i++)
		if (by_manner[i] > 0) {
			printf("%s\"%s\":%ld", comma, manner_names[i], by_manner[i]);
			comma = ",";
		}
	printf("},\"statuses\":{");
	comma = "";
	for (int i = 0; i < 600; i++)
		if (statuses[i] > 0) {
			printf("%s\"%d\":%ld", comma, i, statuses[i]);
			comma = ",";
		}
	printf("},\"samples\":[");
	for (long i = 0; i < wrongly && i < SAMPLES; i++) {
		printf("%s\"", i > 0 ? "," : "");
		for (const char *p = samples[i]; *p != '\0'; p++)
			if (*p == '"' || *p == '\\')
				printf("\\%c", *p);
			else
				putchar((unsigned char)*p < ' ' || *p & 0x80 ? ' ' : *p);
		putchar('"');
	}
	printf("]}\n");
}

static void
on_signal(int number)
{
	(void)number;
	asked_to_end = 1;
}

/* The count of that name; NULL: there is none. */
static const long *
count_named(const char *name)
{
	return strcmp(name, "came") == 0     ? &came
	    : strcmp(name, "turnedAway") == 0 ? &turned_away
	    : strcmp(name, "answered") == 0   ? &answered
	                                      : NULL;
}

static int
usage(void)
{
	fputs("usage: crowd --to PORT|SOCKET --requests FILE --size N [--seed N] [--for COUNT]\n",
	    stderr);
	return 2;
}

int
main(int argc, char **argv)
{
	static struct guest *guests; /* until the process ends, answers and all */
	const char *path = NULL;
	const long *came_for = &came;
	struct epoll_event events[64];
	int64_t now, looked = 0, asked = 0;
	int size = 0, n;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--to") == 0)
			to = argv[i + 1];
		else if (strcmp(argv[i], "--requests") == 0)
			path = argv[i + 1];
		else if (strcmp(argv[i], "--size") == 0)
			size = atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--seed") == 0)
			seed = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--for") == 0)
			came_for = count_named(argv[i + 1]);
		else
			return usage();
	}
	if (argc % 2 == 0 || to == NULL || path == NULL || size < 1 || came_for == NULL)
		return usage();
	end_with_parent();
	signal(SIGTERM, on_signal);
	signal(SIGPIPE, SIG_IGN);
	guests = calloc((size_t)size, sizeof *guests);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (guests == NULL || epoll_fd < 0 || !read_requests(path)) {
		perror("crowd: the requests");
		return 1;
	}
	for (int i = 0; i < size; i++)
		guests[i].fd = -1;
	for (;;) {
		n = epoll_wait(epoll_fd, events, 64, TICK_US / 1000);
		now = now_us();
		if (asked_to_end && asked == 0)
			asked = now;
		if (asked_to_end && (*came_for > 0 || now - asked > LINGER_US))
			break;
		for (int i = 0; i < n; i++)
			on_event(events[i].data.ptr, events[i].events, now);
		if (now - looked < TICK_US)
			continue;
		looked = now;
		for (int i = 0; i < size; i++)
			on_time(&guests[i], now);
	}
	tell();
	return 0;
}
