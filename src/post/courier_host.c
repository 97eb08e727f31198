/* SPDX-License-Identifier: ISC */
/* Hosts: queues, limits, pauses. */
#include "post/courier_private.h"

#include "base/log.h"
#include "base/settings.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAILURES_MAX 5                       /* in a row, then it pauses */
#define PAUSE_FIRST (10 * COURIER_SECOND)
#define PAUSE_MAX (600 * COURIER_SECOND)
#define LATENCY_GUESS (COURIER_SECOND / 20)
#define QUEUE_TIME (2 * COURIER_SECOND)      /* of work that a host has in our hands */
#define BACK_MIN COURIER_SECOND
#define BACK_MAX (60 * COURIER_SECOND)
#define UNUSED (600 * COURIER_SECOND)

struct host *
host_get(struct courier *courier, struct span name)
{
	struct host *host = courier->hosts;

	while (host != NULL && !span_is(name, host->name))
		host = host->next;
	if (host == NULL) {
		host = calloc(1, sizeof *host);
		if (host == NULL || (host->name = strndup(name.p, name.n)) == NULL)
			abort();
		host->queue_end = &host->queue;
		host->next = courier->hosts;
		courier->hosts = host;
	}
	host->used = text_clock();
	return host;
}

void
host_push(struct host *host, struct errand *errand)
{
	errand->host = host;
	errand->next = NULL;
	*host->queue_end = errand;
	host->queue_end = &errand->next;
	host->queued++;
}

struct errand *
host_pop(struct host *host)
{
	struct errand *errand = host->queue;

	host->queue = errand->next;
	if (host->queue == NULL)
		host->queue_end = &host->queue;
	host->queued--;
	return errand;
}

unsigned
host_limit(const struct courier *courier, const struct host *host)
{
	if (text_clock() < host->paused_until)
		return 0;
	/* After a pause one goes ahead. */
	return host->failures >= FAILURES_MAX ? 1
	                                      : (unsigned)courier->settings->hooks_per_host;
}

static int64_t
pause_of(const struct host *host, int64_t retry_after)
{
	unsigned more = host->failures < FAILURES_MAX ? 0 : host->failures - FAILURES_MAX;
	int64_t pause = retry_after > 0 ? retry_after
	    : more > 6 ? PAUSE_MAX : PAUSE_FIRST << more;

	return pause < PAUSE_MAX ? pause : PAUSE_MAX;
}

void
host_note(struct host *host, const struct verdict *verdict, int64_t took)
{
	int64_t now = text_clock(), pause;

	if (took > 0)
		host->latency = host->latency == 0 ? took : (3 * host->latency + took) / 4;
	if (!verdict->host_ill) {
		host->failures = 0;
		return;
	}
	/* Those that were on their way together fail together: that counts once. */
	if (now < host->paused_until)
		return;
	host->failures++;
	if (host->failures < FAILURES_MAX && verdict->retry_after == 0)
		return;
	pause = pause_of(host, verdict->retry_after);
	host->paused_until = now + pause;
	snprintf(host->why, sizeof host->why, "not tried yet: %.80s fails (%.100s) and gets "
	    "nothing for %lld s", host->name, verdict->error, (long long)(pause / COURIER_SECOND));
	log_line(LOG_LEVEL_WARNING, "%s fails (%s); it gets nothing for %lld s", host->name,
	    verdict->error, (long long)(pause / COURIER_SECOND));
}

void
host_pause(struct courier *courier, struct host *host)
{
	int64_t pause = host->paused_until - text_clock();

	while (pause > 0 && host->queued > 0)
		post_back(courier, host_pop(host), pause, host->why);
}

void
host_relieve(struct courier *courier, struct host *host)
{
	int64_t latency = host->latency > 0 ? host->latency : LATENCY_GUESS, wait;
	int64_t at_once = host_limit(courier, host), keep = at_once * QUEUE_TIME / latency;
	size_t queued = host->queued;

	if (keep < 2 * at_once)
		keep = 2 * at_once;
	/* The first ones go round to the end, and keep their order there. */
	for (int64_t n = 1; queued-- > 0; n++) {
		struct errand *errand = host_pop(host);

		if (n <= keep) {
			host_push(host, errand);
			continue;
		}
		wait = n * latency / (at_once > 0 ? at_once : 1);
		post_back(courier, errand,
		    wait < BACK_MIN ? BACK_MIN : wait > BACK_MAX ? BACK_MAX : wait, NULL);
	}
}

void
host_free_unused(struct courier *courier)
{
	struct host **at = &courier->hosts, *host;
	int64_t now = text_clock();

	while ((host = *at) != NULL) {
		if (host->running > 0 || host->queued > 0 || now < host->paused_until ||
		    now - host->used < UNUSED) {
			at = &host->next;
			continue;
		}
		*at = host->next;
		free(host->name);
		free(host);
	}
}
