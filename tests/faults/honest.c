/* SPDX-License-Identifier: ISC */
/*
 * Honest clients with a ledger: each has an API key, users, tickets, listeners
 * and a view of its own, knows every byte that it must be answered, and says
 * which answers were not these. Which records there are is told by a file that
 * tests/faults/neighbour writes.
 *
 *   honest --to PORT --world FILE --book FILE [--processes N] [--seed N]
 *
 * Standard input: "run SECONDS COUNT", any number of times: all clients work in N
 * processes for so long, or until so many requests were made (0: no end); an
 * end of file ends it. Standard output: a JSON object for each run, and at the
 * end one with what each client must find in the store. The book has a line
 * "client number delivery" for each comment that was acknowledged.
 *
 * World: lines "client NAME SECRET", each followed by its requests whose answers
 * never change, "get PATH N" and N bytes of body; "page PATH N M": a first page
 * that begins with N bytes and goes on with a cursor, and the next of M bytes.
 */
#include "http.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define CLIENTS_MAX 512
#define GETS_MAX 16
#define PATIENCE_US 20000000   /* behind the end of a run, for what is not settled */
#define ANSWER_US 20000000     /* no answer within this: sent again */
#define PAUSE_US 5000          /* before it is sent again */
#define SAMPLES 4              /* of wrong answers, and of refusals, that are shown */
#define SAMPLE_SIZE 1200
#define BUCKETS 512            /* of latencies: 16 for each power of two */

enum op { OP_GET, OP_LIVE, OP_PAGE, OP_COMMENT, OP_AWARD, OP_WINDOW, OP_DATA, OP_DRY, OP_BAD,
	OP__COUNT };
static const char *const op_names[] = { "read", "readOwnWrites", "page", "comment", "macro",
	"repeatWindow", "data", "dryRun", "badValue" };
/* Of a hundred. */
static const int op_weights[OP__COUNT] = { 52, 10, 5, 8, 8, 3, 8, 3, 3 };

/* LATE: there was no time for it within seconds, and it is to come again (503, Retry-After). */
enum verdict { RIGHT, WRONG, REFUSED, LATE };

struct fixed {
	char path[256];
	char *body;
	size_t n, second; /* a page: bytes of the first page's beginning, of the second page */
};

/* One client. In memory that all processes share: each run goes on where the last ended. */
struct client {
	char name[16], secret[128];
	struct fixed gets[GETS_MAX];
	int get_count, pages;  /* pages stand behind gets */
	uint64_t random;
	long sequence;
	long score[2];         /* of its users a and b; known after each answer */
	bool score_known[2];
	long awards[2];        /* acknowledged */
	long launches;         /* its last value; 0 none, -1 not known */
	char data_delivery[40];
	long comments;
	long unsettled;        /* deliveries without an answer: may be in the store or not */
};

static struct shared {
	_Atomic long requests, wrong, refused, late, resent, reconnected, unsettled;
	_Atomic long by_op[OP__COUNT], statuses[600];
	_Atomic long latencies[OP__COUNT][BUCKETS];
	_Atomic int64_t slowest;
	_Atomic int samples[2];        /* of wrong answers, of refusals */
	char sample[2][SAMPLES][SAMPLE_SIZE];
	struct client clients[CLIENTS_MAX];
} *shared;
static int client_count;

/* A client at work in one process. */
struct worker {
	struct client *client;
	int fd;
	bool connected, fresh;  /* fresh: nothing was answered on this connection yet */
	struct answer answer;
	char request[2048], body[1024], path[512], expected[2048];
	size_t n, sent;
	enum op op;
	int step, tries;        /* tries: how often this request was sent before */
	bool busy, settles;     /* settles: a delivery that changes the store */
	const struct fixed *fixed;
	long number;            /* of this operation */
	char first[40];         /* id of its first delivery */
	char actions[256];
	int64_t began, wake;    /* wake: when it is to be sent again; 0 it is under way */
};

static const char *to;
static int epoll_fd;
static FILE *book;
static int64_t end_at;
static long count_limit;
static volatile sig_atomic_t asked_to_end;

static int
bucket_of(int64_t micros)
{
	int power = 0;

	if (micros < 16)
		return (int)(micros < 0 ? 0 : micros);
	while (micros >> power >= 32)
		power++;
	return (power + 1) * 16 + (int)((micros >> power) - 16) < BUCKETS
	    ? (power + 1) * 16 + (int)((micros >> power) - 16) : BUCKETS - 1;
}

static int64_t
bucket_value(int bucket)
{
	return bucket < 16 ? bucket : (int64_t)(bucket % 16 + 16) << (bucket / 16 - 1);
}

/* Keeps a few answers to be shown. */
static void
show(const struct worker *worker, enum verdict verdict)
{
	bool refusal = verdict != WRONG;
	const char *expected = refusal ? "an answer" : worker->expected;
	int i = atomic_fetch_add(&shared->samples[refusal], 1);
	const struct answer *answer = &worker->answer;

	if (i >= SAMPLES)
		return;
	snprintf(shared->sample[refusal][i], SAMPLE_SIZE,
	    "%s %s, %s: expected %.200s; got %d %.300s", worker->client->name,
	    op_names[worker->op], worker->path, expected, answer->status,
	    answer->head > 0 ? answer->p + answer->head : "(nothing)");
}

/* ---- requests */

__attribute__((format(printf, 4, 5))) static void
prepare(struct worker *worker, const char *method, long key, const char *format, ...)
{
	struct client *client = worker->client;
	char id[128] = "";
	va_list args;
	int n;

	va_start(args, format);
	vsnprintf(worker->path, sizeof worker->path, format, args);
	va_end(args);
	if (key != 0)
		snprintf(id, sizeof id, "Idempotency-Key: %s-%ld\r\n", client->name, key);
	if (worker->body[0] != '\0')
		n = snprintf(worker->request, sizeof worker->request, "%s %s HTTP/1.1\r\n"
		    "Host: localhost\r\nAuthorization: Bearer %s\r\n%sContent-Type: "
		    "application/json\r\nContent-Length: %zu\r\n\r\n%s", method, worker->path,
		    client->secret, id, strlen(worker->body), worker->body);
	else
		n = snprintf(worker->request, sizeof worker->request, "%s %s HTTP/1.1\r\n"
		    "Host: localhost\r\nX-API-Key: %s\r\n\r\n", method, worker->path,
		    client->secret);
	worker->n = (size_t)n;
}

__attribute__((format(printf, 2, 3))) static void
body(struct worker *worker, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(worker->body, sizeof worker->body, format, args);
	va_end(args);
}

static void
prepare_award(struct worker *worker, const char *listener, bool keyed, int user)
{
	prepare(worker, "POST", keyed ? worker->number : 0, "/listen/macro/%s-%s/%s%c",
	    worker->client->name, listener, worker->client->name, 'a' + user);
}

/* The request of this operation's step. */
static void
prepare_step(struct worker *worker)
{
	struct client *client = worker->client;
	const char *name = client->name;

	worker->body[0] = '\0';
	worker->settles = false;
	switch (worker->op) {
	case OP_GET:
		prepare(worker, "GET", 0, "%s", worker->fixed->path);
		break;
	case OP_PAGE:
		if (worker->step == 0)
			prepare(worker, "GET", 0, "%s", worker->fixed->path);
		else
			prepare(worker, "GET", 0, "%s&after=%s", worker->fixed->path, worker->expected);
		break;
	case OP_LIVE:
		prepare(worker, "GET", 0, "/listen/lookup/user/%s%c?columns=id,email,score,"
		    "data.usage.launches", name, worker->number % 4 == 0 ? 'b' : 'a');
		break;
	case OP_COMMENT:
		body(worker, "{\"ticket\":\"%st\",\"by\":\"%sa@mail.example\",\"text\":\"%s-%ld\"}",
		    name, name, name, worker->number);
		prepare(worker, "POST", worker->number, "/listen/comment/projects/beta/%s-comment", name);
		worker->settles = true;
		break;
	case OP_AWARD:
		/* applied, said again, the same id for another target, with another body */
		body(worker, "{\"n\":%ld}", worker->step < 3 ? worker->number : -worker->number);
		prepare_award(worker, "award", true, worker->step == 2);
		worker->settles = worker->step == 0;
		break;
	case OP_WINDOW:
		/* without an id: for one target, the same for another, said again */
		body(worker, "{\"n\":%ld}", worker->number);
		prepare_award(worker, "window", false, worker->step == 1);
		worker->settles = worker->step < 2;
		break;
	case OP_DATA:
		body(worker, "{\"email\":\"%sa@mail.example\",\"launches\":%ld,\"plan\":\"%s-%ld\"}",
		    name, worker->number, name, worker->number);
		prepare(worker, "POST", worker->number, "/listen/data/%s-data", name);
		worker->settles = true;
		break;
	case OP_DRY:
		body(worker, "{\"n\":%ld}", worker->number);
		prepare(worker, "POST", worker->number, "/listen/macro/%s-award/%sa?dry_run=1", name, name);
		break;
	case OP_BAD:
		body(worker, "{\"email\":\"%sa@mail.example\",\"launches\":\"%s\"}", name, name);
		prepare(worker, "POST", worker->number, "/listen/data/%s-data", name);
		break;
	case OP__COUNT:
		abort();
	}
}

static void
choose(struct worker *worker)
{
	struct client *client = worker->client;
	int of_hundred = (int)(next_random(&client->random) % 100), op = 0;

	while (of_hundred >= op_weights[op])
		of_hundred -= op_weights[op++];
	worker->op = (enum op)op;
	worker->step = worker->tries = 0;
	worker->number = ++client->sequence;
	if (op == OP_GET)
		worker->fixed = &client->gets[next_random(&client->random) %
		    (uint64_t)client->get_count];
	else if (op == OP_PAGE)
		worker->fixed = &client->gets[client->get_count + (int)(next_random(
		    &client->random) % (uint64_t)client->pages)];
	prepare_step(worker);
}

/* ---- answers */

static bool
is_body(const struct answer *answer, const char *text, size_t n)
{
	return answer->length == n && memcmp(answer->p + answer->head, text, n) == 0;
}

/* The id in the header, which all our answers carry. */
static bool
delivery_id(const struct answer *answer, char id[40])
{
	const char *value = answer_header(answer, "x-earshot-delivery");

	if (value == NULL || strcspn(value, "\r\n") != 36)
		return false;
	memcpy(id, value, 36);
	id[36] = '\0';
	return true;
}

/* Another client's name: h and three digits. */
static bool
names_others(const struct client *client, const char *text)
{
	for (const char *p = strchr(text, 'h'); p != NULL; p = strchr(p + 1, 'h'))
		if (strspn(p + 1, "0123456789") == 3 && strncmp(p, client->name, 4) != 0)
			return true;
	return false;
}

/* Expected but for the delivery's id; what was expected is left to be shown. */
static enum verdict
judge_delivery(struct worker *worker, const char *listener, const char *type,
    const char *record, char target, const char *outcome, const char *actions)
{
	const struct answer *answer = &worker->answer;
	const char *name = worker->client->name, *text = answer->p + answer->head;
	/* A repeat may tell the first outcome by a member of its own. */
	const char *first = strcmp(outcome, "duplicate") == 0 &&
	    strstr(text, ",\"first\":\"") != NULL ? ",\"first\":\"applied\"" : "";
	char id[40];

	snprintf(worker->expected, sizeof worker->expected, "\",\"outcome\":\"%s\","
	    "\"listener\":\"%s-%s\",\"type\":\"%s\",\"target\":{\"kind\":\"%s\",\"id\":\"%s%c\"},"
	    "\"actions\":[%s]%s}\n", outcome, name, listener, type, record, name, target, actions,
	    first);
	if (answer->status != 200 || answer->length < 49 ||
	    strncmp(text, "{\"delivery\":\"", 13) != 0 ||
	    strcmp(text + 49, worker->expected) != 0 || !delivery_id(answer, id))
		return WRONG;
	/* A repeat is a request of its own: the body names the first, the header itself. */
	if (strcmp(outcome, "duplicate") != 0 && strncmp(text + 13, id, 36) != 0)
		return WRONG;
	if (worker->first[0] != '\0' && strncmp(text + 13, worker->first, 36) != 0)
		return WRONG;
	memcpy(worker->first, text + 13, 36);
	worker->first[36] = '\0';
	return RIGHT;
}

/* A delivery that is applied; when it was sent before, that may have been the first time. */
static enum verdict
judge_applied(struct worker *worker, const char *listener, const char *type,
    const char *record, char target, const char *actions)
{
	bool again = worker->tries > 0 &&
	    strstr(worker->answer.p + worker->answer.head, "\"outcome\":\"duplicate\"") != NULL;

	worker->first[0] = '\0';
	return judge_delivery(worker, listener, type, record, target,
	    again ? "duplicate" : "applied", actions);
}

static enum verdict
judge_problem(struct worker *worker, int status, const char *code)
{
	const struct answer *answer = &worker->answer;
	const char *text = answer->p + answer->head;
	char id[40], tail[64];

	snprintf(worker->expected, sizeof worker->expected, "\"status\":%d,\"code\":\"%s\"",
	    status, code);
	if (answer->status != status || !delivery_id(answer, id) ||
	    strstr(text, worker->expected) == NULL || names_others(worker->client, text))
		return WRONG;
	snprintf(tail, sizeof tail, "\"delivery\":\"%s\"", id);
	return strstr(text, tail) != NULL ? RIGHT : WRONG;
}

/* The score goes up by five from what it was; where that is not known, from what is told. */
static enum verdict
judge_award(struct worker *worker, const char *listener, int user)
{
	struct client *client = worker->client;
	const char *told = strstr(worker->answer.p + worker->answer.head, "point: score ");
	enum verdict verdict;

	if (!client->score_known[user] && told != NULL)
		client->score[user] = atol(told + 13);
	snprintf(worker->actions, sizeof worker->actions, "{\"action\":\"add-rank\",\"result\":"
	    "\"point: score %ld → %ld\"}", client->score[user], client->score[user] + 5);
	verdict = judge_applied(worker, listener, "macro", "user", (char)('a' + user),
	    worker->actions);
	client->score_known[user] = verdict == RIGHT;
	if (verdict == RIGHT) {
		client->score[user] += 5;
		client->awards[user]++;
	}
	return verdict;
}

static enum verdict
judge_page(struct worker *worker)
{
	const struct answer *answer = &worker->answer;
	const struct fixed *fixed = worker->fixed;
	const char *text = answer->p + answer->head, *cursor = text + fixed->n;
	size_t n;

	if (worker->step == 1) {
		snprintf(worker->expected, sizeof worker->expected, "%s", fixed->body + fixed->n);
		return answer->status == 200 &&
		    is_body(answer, fixed->body + fixed->n, fixed->second) ? RIGHT : WRONG;
	}
	snprintf(worker->expected, sizeof worker->expected, "%.*s", (int)fixed->n, fixed->body);
	if (answer->status != 200 || answer->length < fixed->n ||
	    memcmp(text, fixed->body, fixed->n) != 0)
		return WRONG;
	n = strspn(cursor, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.~");
	if (n == 0 || n >= sizeof worker->path / 2 || strcmp(cursor + n, "\"}\n") != 0)
		return WRONG;
	snprintf(worker->expected, sizeof worker->expected, "%.*s", (int)n, cursor);
	return RIGHT;
}

static enum verdict
judge_live(struct worker *worker)
{
	struct client *client = worker->client;
	int user = worker->number % 4 == 0;
	char launches[32] = "null";
	const char *name = client->name, *launched;
	const char *score = strstr(worker->answer.p, "\"score\":");

	if (!client->score_known[user] && score != NULL)
		client->score[user] = atol(score + 8);
	if (user == 0 && client->launches < 0 && (launched = strstr(worker->answer.p,
	        "\"data.usage.launches\":")) != NULL && launched[22] != 'n')
		client->launches = atol(launched + 22);
	if (user == 0 && client->launches > 0)
		snprintf(launches, sizeof launches, "%ld", client->launches);
	snprintf(worker->expected, sizeof worker->expected, "{\"id\":\"%s%c\",\"email\":"
	    "\"%s%c@mail.example\",\"score\":%ld,\"data.usage.launches\":%s}\n", name, 'a' + user,
	    name, 'a' + user, client->score[user], launches);
	return worker->answer.status == 200 &&
	    is_body(&worker->answer, worker->expected, strlen(worker->expected)) ? RIGHT : WRONG;
}

static enum verdict
judge_dry_run(struct worker *worker)
{
	const struct answer *answer = &worker->answer;
	const char *text = answer->p + answer->head, *name = worker->client->name;

	snprintf(worker->expected, sizeof worker->expected, "\",\"outcome\":\"dry-run\","
	    "\"listener\":\"%s-award\",\"type\":\"macro\",\"would\":\"applied\",\"target\":"
	    "{\"kind\":\"user\",\"id\":\"%sa\"}", name, name);
	return answer->status == 200 && answer->length > 49 &&
	    strncmp(text + 49, worker->expected, strlen(worker->expected)) == 0 &&
	    !names_others(worker->client, text) ? RIGHT : WRONG;
}

static enum verdict
judge_data(struct worker *worker)
{
	struct client *client = worker->client;
	enum verdict verdict;

	snprintf(worker->actions, sizeof worker->actions, "{\"action\":\"set\",\"result\":"
	    "\"launches = %ld\"},{\"action\":\"set\",\"result\":\"plan = %s-%ld\"}",
	    worker->number, client->name, worker->number);
	verdict = judge_applied(worker, "data", "data", "user", 'a', worker->actions);
	if (verdict == RIGHT) {
		client->launches = worker->number;
		memcpy(client->data_delivery, worker->first, sizeof worker->first);
	}
	return verdict;
}

static enum verdict
judge_comment(struct worker *worker)
{
	struct client *client = worker->client;
	enum verdict verdict;

	snprintf(worker->actions, sizeof worker->actions, "{\"action\":\"comment\",\"result\":"
	    "\"added by %sa@mail.example\"}", client->name);
	verdict = judge_applied(worker, "comment", "comment", "feedback", 't', worker->actions);
	if (verdict == RIGHT) {
		client->comments++;
		fprintf(book, "%s %ld %s\n", client->name, worker->number, worker->first);
	}
	return verdict;
}

static enum verdict
judge(struct worker *worker)
{
	const struct fixed *fixed = worker->fixed;

	switch (worker->op) {
	case OP_GET:
		snprintf(worker->expected, sizeof worker->expected, "%s", fixed->body);
		return worker->answer.status == 200 &&
		    is_body(&worker->answer, fixed->body, fixed->n) ? RIGHT : WRONG;
	case OP_PAGE:
		return judge_page(worker);
	case OP_LIVE:
		return judge_live(worker);
	case OP_COMMENT:
		return judge_comment(worker);
	case OP_AWARD:
		if (worker->step == 0)
			return judge_award(worker, "award", 0);
		return worker->step == 1 ? judge_delivery(worker, "award", "macro", "user", 'a',
		        "duplicate", worker->actions) : judge_problem(worker, 409, "id-reused");
	case OP_WINDOW:
		/* What is said again at last is the delivery to a, whose score was another then. */
		if (worker->step < 2)
			return judge_award(worker, "window", worker->step);
		snprintf(worker->actions, sizeof worker->actions, "{\"action\":\"add-rank\",\"result\":"
		    "\"point: score %ld → %ld\"}", worker->client->score[0] - 5,
		    worker->client->score[0]);
		worker->first[0] = '\0';
		return judge_delivery(worker, "window", "macro", "user", 'a', "duplicate",
		    worker->actions);
	case OP_DATA:
		return judge_data(worker);
	case OP_DRY:
		return judge_dry_run(worker);
	case OP_BAD:
		return judge_problem(worker, 422, "bad-value");
	case OP__COUNT:
		break;
	}
	abort();
}

/* ---- the loop of one process */

static void
drop(struct worker *worker)
{
	if (worker->fd >= 0)
		close(worker->fd);
	worker->fd = -1;
	worker->connected = false;
}

static void
watch(struct worker *worker, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = worker };

	if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, worker->fd, &event) != 0 &&
	    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, worker->fd, &event) != 0)
		abort();
}

static void
send_later(struct worker *worker)
{
	drop(worker);
	worker->wake = now_us() + PAUSE_US;
}

/* Sends the request that was prepared. */
static void
send_now(struct worker *worker)
{
	worker->wake = 0;
	worker->sent = 0;
	answer_reset(&worker->answer);
	worker->began = now_us();
	if (worker->fd < 0) {
		worker->fresh = true;
		worker->connected = false;
		worker->fd = dial(to, 0);
		if (worker->fd < 0) {
			atomic_fetch_add(&shared->refused, 1);
			worker->tries++;
			send_later(worker);
			return;
		}
	}
	watch(worker, worker->connected ? EPOLLIN : EPOLLIN | EPOLLOUT);
	if (!worker->connected)
		return;
	worker->sent = worker->n;
	if (send(worker->fd, worker->request, worker->n, MSG_NOSIGNAL) != (ssize_t)worker->n)
		worker->answer.n = 0; /* the reading tells */
}

static bool
over(void)
{
	return asked_to_end || now_us() >= end_at ||
	    (count_limit > 0 && atomic_load(&shared->requests) >= count_limit);
}

static void
next_operation(struct worker *worker)
{
	worker->busy = !over();
	if (!worker->busy)
		return;
	worker->first[0] = '\0';
	choose(worker);
	send_now(worker);
}

/* What follows a step that went as it must. */
static void
next_step(struct worker *worker)
{
	static const int last_steps[OP__COUNT] = { [OP_PAGE] = 1, [OP_AWARD] = 3, [OP_WINDOW] = 2 };

	/* Most deliveries are not said again. */
	if (worker->step == last_steps[worker->op] || (worker->op == OP_AWARD &&
	        worker->step == 0 && next_random(&worker->client->random) % 2 == 0)) {
		next_operation(worker);
		return;
	}
	worker->step++;
	worker->tries = 0;
	prepare_step(worker);
	send_now(worker);
}

/* A request was not carried out (REFUSED or LATE): it is sent again. */
static void
again(struct worker *worker, enum verdict verdict)
{
	atomic_fetch_add(verdict == LATE ? &shared->late : &shared->refused, 1);
	show(worker, verdict);
	if (now_us() < end_at + PATIENCE_US && !asked_to_end) {
		atomic_fetch_add(&shared->resent, 1);
		worker->tries++;
		send_later(worker);
		return;
	}
	if (worker->settles) {
		worker->client->score_known[0] = worker->client->score_known[1] = false;
		worker->client->launches = -1;
		worker->client->unsettled++;
		atomic_fetch_add(&shared->unsettled, 1);
	}
	drop(worker);
	worker->busy = false;
}

/* Statuses that no honest request gets, whatever it asks for. */
static bool
is_refusal(const struct answer *answer)
{
	return answer->status >= 500 || answer->status == 429 || answer->status == 401 ||
	    answer->status == 403;
}

static enum verdict
refusal_of(const struct answer *answer)
{
	const char *body = answer->p + answer->head;

	return answer->status == 503 && answer_header(answer, "retry-after") != NULL &&
	    (strstr(body, "\"busy\"") != NULL || strstr(body, "did not answer in time") != NULL)
	    ? LATE : REFUSED;
}

static void
answered(struct worker *worker)
{
	int64_t took = now_us() - worker->began;
	int64_t most = atomic_load(&shared->slowest);
	int status = worker->answer.status;
	enum verdict verdict;

	while (took > most && !atomic_compare_exchange_weak(&shared->slowest, &most, took))
		continue;
	atomic_fetch_add(&shared->latencies[worker->op][bucket_of(took)], 1);
	atomic_fetch_add(&shared->requests, 1);
	atomic_fetch_add(&shared->by_op[worker->op], 1);
	atomic_fetch_add(&shared->statuses[status > 0 && status < 600 ? status : 0], 1);
	worker->fresh = false;
	if (!worker->answer.keep)
		drop(worker);
	verdict = is_refusal(&worker->answer) ? refusal_of(&worker->answer) : judge(worker);
	if (verdict == RIGHT) {
		next_step(worker);
		return;
	}
	if (verdict != WRONG) {
		again(worker, verdict);
		return;
	}
	atomic_fetch_add(&shared->wrong, 1);
	show(worker, WRONG);
	/* Nobody knows what happened; the audit says what came of it. */
	worker->client->score_known[0] = worker->client->score_known[1] = false;
	next_operation(worker);
}

static void
broke_off(struct worker *worker)
{
	/* A kept connection may be closed by the server as the request is sent. */
	bool idle = !worker->fresh && worker->answer.n == 0;

	drop(worker);
	if (!idle) {
		again(worker, REFUSED);
		return;
	}
	atomic_fetch_add(&shared->reconnected, 1);
	worker->tries++;
	send_now(worker);
}

static void
on_event(struct worker *worker, uint32_t events)
{
	int rc;

	if (!worker->busy || worker->fd < 0) {
		drop(worker);
		return;
	}
	if (!worker->connected && events & EPOLLOUT) {
		worker->connected = true;
		send(worker->fd, worker->request, worker->n, MSG_NOSIGNAL);
		worker->sent = worker->n;
		watch(worker, EPOLLIN);
	}
	if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	rc = answer_read(&worker->answer, worker->fd);
	if (rc > 0)
		answered(worker);
	else if (rc < 0)
		broke_off(worker);
}

static void
on_time(struct worker *worker, int64_t now)
{
	if (!worker->busy)
		return;
	if (worker->wake != 0 && worker->wake <= now)
		send_now(worker);
	else if (worker->wake == 0 && now - worker->began > ANSWER_US) {
		drop(worker);
		again(worker, REFUSED);
	}
}

static void
work(int process, int processes)
{
	struct worker *workers = calloc((size_t)client_count, sizeof *workers);
	struct epoll_event events[64];
	int count = 0, busy = 1, n;
	int64_t looked = 0;

	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (workers == NULL || epoll_fd < 0)
		abort();
	for (int i = process; i < client_count; i += processes) {
		workers[count].client = &shared->clients[i];
		workers[count].fd = -1;
		next_operation(&workers[count++]);
	}
	do {
		n = epoll_wait(epoll_fd, events, 64, 5);
		for (int i = 0; i < n; i++)
			on_event(events[i].data.ptr, events[i].events);
		if (now_us() - looked < PAUSE_US)
			continue;
		looked = now_us();
		for (int i = 0; i < count; i++)
			on_time(&workers[i], looked);
		busy = 0;
		for (int i = 0; i < count; i++)
			busy += workers[i].busy;
	} while (n != 0 || busy > 0);
	if (fflush(book) != 0)
		abort();
}

/* ---- runs and what is told of them */

static void
put_text(const char *text)
{
	putchar('"');
	for (; *text != '\0'; text++)
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char)*text < ' ')
			putchar(' ');
		else
			putchar(*text);
	putchar('"');
}

/* Of one operation, or, with OP__COUNT, of all. */
static long
in_bucket(int bucket, enum op asked)
{
	long sum = 0;

	for (enum op op = 0; op < OP__COUNT; op++)
		if (op == asked || asked == OP__COUNT)
			sum += atomic_load(&shared->latencies[op][bucket]);
	return sum;
}

static int64_t
percentile(double part, enum op op)
{
	long all = 0, seen = 0;

	for (int i = 0; i < BUCKETS; i++)
		all += in_bucket(i, op);
	for (int i = 0; i < BUCKETS; i++) {
		seen += in_bucket(i, op);
		if (seen > 0 && (double)seen >= part * (double)all)
			return bucket_value(i);
	}
	return 0;
}

static void
tell(int64_t took)
{
	const char *comma = "";

	printf("{\"seconds\":%.3f,\"sent\":%ld,\"wrong\":%ld,\"refusedWrongly\":%ld,\"late\":%ld,\"resent\":%ld,"
	    "\"reconnected\":%ld,\"unsettled\":%ld,\"p50Us\":%" PRId64 ",\"p99Us\":%" PRId64
	    ",\"slowestUs\":%" PRId64 ",\"kinds\":{", (double)took / 1e6,
	    atomic_load(&shared->requests), atomic_load(&shared->wrong),
	    atomic_load(&shared->refused), atomic_load(&shared->late), atomic_load(&shared->resent),
	    atomic_load(&shared->reconnected), atomic_load(&shared->unsettled), percentile(0.5, OP__COUNT),
	    percentile(0.99, OP__COUNT), atomic_load(&shared->slowest));
	for (int i = 0; i < OP__COUNT; i++)
		printf("%s\"%s\":{\"sent\":%ld,\"p99Us\":%" PRId64 "}", i > 0 ? "," : "", op_names[i],
		    atomic_load(&shared->by_op[i]), percentile(0.99, (enum op)i));
	printf("},\"statuses\":{");
	for (int i = 0; i < 600; i++)
		if (atomic_load(&shared->statuses[i]) > 0) {
			printf("%s\"%d\":%ld", comma, i, atomic_load(&shared->statuses[i]));
			comma = ",";
		}
	printf("},\"samples\":[");
	comma = "";
	for (int i = 0; i < 2 * SAMPLES; i++)
		if (shared->sample[i / SAMPLES][i % SAMPLES][0] != '\0') {
			printf("%s", comma);
			put_text(shared->sample[i / SAMPLES][i % SAMPLES]);
			comma = ",";
		}
	printf("]}\n");
	fflush(stdout);
}

static bool
run(int seconds, long count, int processes)
{
	int64_t began = now_us();
	bool good = true;
	int status;

	memset(shared, 0, offsetof(struct shared, clients));
	end_at = began + (int64_t)seconds * 1000000;
	count_limit = count;
	for (int i = 0; i < processes; i++) {
		pid_t pid = fork();

		if (pid < 0)
			abort();
		if (pid == 0) {
			end_with_parent();
			work(i, processes);
			_exit(0);
		}
	}
	while (wait(&status) > 0)
		good = good && status == 0;
	tell(now_us() - began);
	return good;
}

static void
tell_ledger(void)
{
	printf("{\"clients\":[");
	for (int i = 0; i < client_count; i++) {
		const struct client *client = &shared->clients[i];

		printf("%s{\"name\":\"%s\",\"awards\":[%ld,%ld],\"launches\":%ld,\"delivery\":\"%s\","
		    "\"comments\":%ld,\"unsettled\":%ld}", i > 0 ? "," : "", client->name,
		    client->awards[0], client->awards[1], client->launches, client->data_delivery,
		    client->comments, client->unsettled);
	}
	printf("]}\n");
}

static bool
read_world(const char *path, uint64_t seed)
{
	FILE *file = fopen(path, "r");
	struct client *client = NULL;
	char line[512];

	while (file != NULL && fgets(line, sizeof line, file) != NULL) {
		struct fixed *fixed = client == NULL ? NULL
		    : &client->gets[client->get_count + client->pages];
		bool page = false;

		if (strncmp(line, "client ", 7) == 0) {
			if (client_count == CLIENTS_MAX)
				return false;
			client = &shared->clients[client_count++];
			client->random = seed + (uint64_t)client_count;
			client->score_known[0] = client->score_known[1] = true;
			if (sscanf(line, "client %15s %127s", client->name, client->secret) != 2)
				return false;
			continue;
		}
		if (fixed == NULL || client->get_count + client->pages == GETS_MAX)
			return false;
		if (sscanf(line, "page %255s %zu %zu", fixed->path, &fixed->n, &fixed->second) == 3)
			page = true;
		else if (sscanf(line, "get %255s %zu", fixed->path, &fixed->n) != 2)
			return false;
		fixed->body = calloc(1, fixed->n + fixed->second + 1);
		if (fixed->body == NULL ||
		    fread(fixed->body, 1, fixed->n + fixed->second, file) != fixed->n + fixed->second ||
		    getc(file) != '\n')
			return false;
		if (page)
			client->pages++;
		else
			client->get_count++;
	}
	if (file == NULL || client_count == 0)
		return false;
	fclose(file);
	return true;
}

static void
free_world(void)
{
	for (int i = 0; i < client_count; i++)
		for (int n = shared->clients[i].get_count + shared->clients[i].pages; n-- > 0;)
			free(shared->clients[i].gets[n].body);
}

static void
on_signal(int number)
{
	(void)number;
	asked_to_end = 1;
}

static int
usage(void)
{
	fputs("usage: honest --to PORT --world FILE --book FILE [--processes N] [--seed N]\n", stderr);
	return 2;
}

int
main(int argc, char **argv)
{
	const char *world = NULL, *book_path = NULL;
	int processes = 2, seconds;
	uint64_t seed = 1;
	char line[128];
	long count;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--to") == 0)
			to = argv[i + 1];
		else if (strcmp(argv[i], "--world") == 0)
			world = argv[i + 1];
		else if (strcmp(argv[i], "--book") == 0)
			book_path = argv[i + 1];
		else if (strcmp(argv[i], "--processes") == 0)
			processes = atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--seed") == 0)
			seed = strtoull(argv[i + 1], NULL, 10);
		else
			return usage();
	}
	if (argc % 2 == 0 || to == NULL || world == NULL || book_path == NULL || processes < 1)
		return usage();
	end_with_parent();
	signal(SIGTERM, on_signal);
	signal(SIGPIPE, SIG_IGN);
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	book = fopen(book_path, "a");
	if (shared == MAP_FAILED || book == NULL || !read_world(world, seed)) {
		perror("honest: the world or the book");
		return 1;
	}
	setvbuf(book, NULL, _IOLBF, 4096); /* processes share it: a line is one write */
	while (fgets(line, sizeof line, stdin) != NULL) {
		if (sscanf(line, "run %d %ld", &seconds, &count) != 2)
			return usage();
		if (!run(seconds, count, processes)) {
			fputs("honest: a process of clients has failed\n", stderr);
			return 1;
		}
	}
	tell_ledger();
	free_world();
	return 0;
}
