/* SPDX-License-Identifier: ISC */
#include "console/counting.h"

#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "console/console_private.h"

#include <stdlib.h>
#include <string.h>

#define RUNNING_MAX 4                       /* counted at once */
#define RUNNING_OF_ONE 2                    /* for one session */
#define KEPT_MAX 64
#define KEPT_BYTES ((size_t)32 << 20)       /* of results */
#define RESULT_MAX ((size_t)4 << 20)        /* of one */
#define KEPT_US (INT64_C(3600) * 1000000)
#define PATIENCE_US INT64_C(400000)         /* a page waits for a report */

struct waiting {
	struct waiting *next;
	struct page *page;
	int64_t since;                          /* of the monotonic clock; INT64_MAX: to the end */
};

/* One report. */
struct count {
	struct pending pending;                 /* of its call; first */
	struct count *next;
	struct counting *counting;
	struct arena *arena;
	struct call call;
	struct span ask;
	unsigned char session[SECRET_MAC_MAX];  /* a hash of who has begun it */
	size_t session_n;
	int64_t at;
	int64_t used;                           /* looked at last */
	bool done, dropped;                     /* dropped: nobody is to find it any more */
	bool held;                              /* pages go on by it: it stays until they have */
	int percent;
	struct buf output;
	enum fault fault;
	struct span detail;
	struct waiting *waiting;
};

struct counting {
	struct count *first;
};

struct counting *
counting_new(void)
{
	struct counting *counting = calloc(1, sizeof *counting);

	if (counting == NULL)
		abort();
	return counting;
}

static size_t
session_of(const struct page *page, unsigned char mac[SECRET_MAC_MAX])
{
	struct span parts[] = { SPAN("counting") };

	return secret_hmac(SECRET_SHA256, page->token, parts, 1, mac);
}

static bool
is_mine(const struct page *page, const struct count *count)
{
	unsigned char mac[SECRET_MAC_MAX];
	size_t n = session_of(page, mac);

	return n == count->session_n && memcmp(mac, count->session, n) == 0;
}

/* The newest; done: of those that are. */
static struct count *
find(const struct page *page, struct span ask, bool done)
{
	struct count *count = page->console->counting->first;

	while (count != NULL && (count->dropped || (done && !count->done) ||
	    !span_eq(count->ask, ask)))
		count = count->next;
	return count;
}

static void
count_free(struct count *count)
{
	struct count **at = &count->counting->first;
	struct arena *arena = count->arena;

	while (*at != count)
		at = &(*at)->next;
	*at = count->next;
	buf_free(&count->output);
	reply_free(&count->pending.reply);
	arena_free(&arena);
}

/* Results that are too old, or too many; what was looked at the longest ago goes first. */
static void
tidy(struct counting *counting, int64_t now)
{
	struct count *oldest, *next;
	size_t n, bytes;

	for (struct count *count = counting->first; count != NULL; count = next) {
		next = count->next;
		if (count->done && !count->held && count->at < now - KEPT_US)
			count_free(count);
	}
	for (;;) {
		oldest = NULL;
		n = bytes = 0;
		for (struct count *count = counting->first; count != NULL; count = count->next) {
			n++;
			bytes += count->output.n;
			if (count->done && !count->held && (oldest == NULL || count->used < oldest->used))
				oldest = count;
		}
		if (oldest == NULL || (n <= KEPT_MAX && bytes <= KEPT_BYTES))
			return;
		count_free(oldest);
	}
}

/* ---- its call */

/* Pages go on; each may wait for another one at once. */
static void
release(struct count *count, int64_t since)
{
	struct waiting **at = &count->waiting, *ready = NULL, *one;

	while ((one = *at) != NULL) {
		if (one->since > since) {
			at = &one->next;
			continue;
		}
		*at = one->next;
		one->next = ready;
		ready = one;
	}
	while ((one = ready) != NULL) {
		ready = one->next;
		page_release(one->page);
	}
}

static enum taken
on_part(struct pending *pending, enum part kind, struct span output)
{
	struct count *count = (struct count *)pending;

	if (count->dropped)
		return PART_GONE;
	if (kind == PART_ROWS && count->output.n + output.n <= RESULT_MAX)
		buf_span(&count->output, output);
	else if (kind == PART_ROWS)
		count->fault = FAULT_ANSWER_TOO_LARGE;
	if (kind == PART_PROGRESS) {
		struct arena *arena = arena_new();
		struct span share = json_number_text(json_get(json_load(arena, output), "progress"));

		count->percent = share.n > 0 ? (int)(strtod(arena_string(arena, share), NULL) * 100) : 0;
		arena_free(&arena);
		release(count, text_clock() - PATIENCE_US);
	}
	return PART_TAKEN;
}

/* What was shown until this one was there. */
static void
drop_older(struct counting *counting, const struct count *newer)
{
	struct count *next;

	for (struct count *count = counting->first; count != NULL; count = next) {
		next = count->next;
		if (count != newer && count->done && !count->held && count->at <= newer->at &&
		    span_eq(count->ask, newer->ask))
			count_free(count);
	}
}

static void
on_anew(struct pending *pending)
{
	struct count *count = (struct count *)pending;

	count->output.n = 0;
	count->percent = 0;
}

static void
on_answer(struct pending *pending)
{
	struct count *count = (struct count *)pending;
	struct counting *counting = count->counting;
	struct reply *reply = &pending->reply;

	count->done = true;
	if (reply->fault == FAULT_NONE && count->fault == FAULT_NONE)
		buf_span(&count->output, buf_bytes(&reply->body));
	if (reply->fault != FAULT_NONE) {
		count->fault = reply->fault;
		count->detail = arena_copy(count->arena, json_string(json_load(count->arena,
		    buf_bytes(&reply->body)), "detail"));
	} else if (count->fault != FAULT_NONE || count->output.n > RESULT_MAX) {
		count->fault = FAULT_ANSWER_TOO_LARGE;
		count->detail = SPAN("There is more than a page can show: choose fewer fields.");
	}
	if (count->fault != FAULT_NONE)
		count->output.n = 0;
	count->held = true;
	release(count, INT64_MAX);
	count->held = false;
	if (count->fault == FAULT_NONE)
		drop_older(counting, count);
	if (count->dropped || count->fault == FAULT_BUSY ||
	    count->fault == FAULT_STORE_UNAVAILABLE)
		count_free(count); /* whoever asks again may have more luck */
	tidy(counting, text_now());
}

static void
begin(struct page *page, struct span ask)
{
	struct counting *counting = page->console->counting;
	struct arena *arena = arena_new();
	struct count *count = arena_alloc(arena, sizeof *count);

	*count = (struct count){ .arena = arena, .counting = counting, .next = counting->first,
		.ask = arena_copy(arena, ask), .at = page->now, .used = page->now };
	count->session_n = session_of(page, count->session);
	count->call = (struct call){ .view = { .verb = VERB_COMMAND, .id = id_new(page->now),
		.rights = RIGHTS_WEB,
		.args = arena_copy(arena, page_with_session(page, ask)) } };
	count->pending = (struct pending){ .call = &count->call, .answer = on_answer,
		.part = on_part, .anew = on_anew };
	counting->first = count;
	reply_reset(&count->pending.reply);
	page->console->front.call(page->console->front.arg, &count->pending);
}

/* ---- for pages */

static bool
tell(struct page *page, struct count *count, struct counted *counted_r)
{

	if (count == NULL)
		return false;
	count->used = page->now;
	*counted_r = (struct counted){ .done = count->done, .percent = count->percent,
		.at = count->at, .mine = is_mine(page, count), .fault = count->fault,
		.detail = count->detail, .json = buf_bytes(&count->output) };
	return true;
}

bool
counting_find(struct page *page, struct span ask, struct counted *counted_r)
{
	return tell(page, find(page, ask, false), counted_r);
}

bool
counting_last(struct page *page, struct span ask, struct counted *counted_r)
{
	return tell(page, find(page, ask, true), counted_r);
}

bool
counting_begin(struct page *page, struct span ask, int64_t since)
{
	struct count *count = find(page, ask, false);
	size_t running = 0, mine = 0;

	if (count != NULL && (!count->done || count->at >= since))
		return true;
	for (struct count *one = page->console->counting->first; one != NULL; one = one->next) {
		running += !one->done;
		mine += !one->done && is_mine(page, one);
	}
	if (running >= RUNNING_MAX || mine >= RUNNING_OF_ONE)
		return false;
	/* The older one stands behind it, for counting_last(). */
	begin(page, ask);
	return true;
}

static void
wait_until(struct page *page, struct span ask, int64_t since)
{
	struct count *count = find(page, ask, false);
	struct waiting *waiting;

	if (count == NULL || count->done)
		return;
	waiting = arena_alloc(page->arena, sizeof *waiting);
	*waiting = (struct waiting){ count->waiting, page, since };
	count->waiting = waiting;
	page_hold(page);
}

void
counting_wait(struct page *page, struct span ask)
{
	wait_until(page, ask, text_clock());
}

void
counting_wait_all(struct page *page, struct span ask)
{
	wait_until(page, ask, INT64_MAX);
}

void
counting_forget(struct page *page, struct span ask)
{
	struct front *front = &page->console->front;
	struct count *next, *running = NULL;

	for (struct count *count = page->console->counting->first; count != NULL; count = next) {
		next = count->next;
		if (!span_eq(count->ask, ask) || count->dropped)
			continue;
		if (count->done && !count->held) {
			count_free(count);
		} else if (count->done || is_mine(page, count)) {
			count->dropped = true;
			running = count->done ? running : count;
		}
	}
	/* Whoever waits for it goes on, perhaps before this returns. */
	if (running != NULL && front->give_up != NULL)
		front->give_up(front->arg, &running->pending);
}
