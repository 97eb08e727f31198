/* SPDX-License-Identifier: ISC */
/* What courier.c (the loop), courier_post.c (the calls) and courier_host.c (who
 * gets how much) share. Times are of the monotonic clock, in microseconds. */
#ifndef EARSHOT_COURIER_PRIVATE_H
#define EARSHOT_COURIER_PRIVATE_H

#include "post/courier.h"

#include "base/buf.h"
#include "base/secret.h"
#include "http/call.h"
#include "post/hook.h"
#include "post/mail.h"
#include "store/owner.h"

#define COURIER_SECOND INT64_C(1000000)
#define COURIER_HELD 200     /* parcels in memory */
#define COURIER_AT_ONCE 64   /* of them on their way */

/* One parcel in our hands. */
struct errand {
	struct errand *next;
	struct arena *arena;         /* of all that is about it */
	struct json_object *parcel;
	struct host *host;
	int64_t timeout, lease_end, started;
	struct hook *hook;           /* while on its way, one of these two */
	struct mail *mail;
};

/* Who is called: "https://hooks.example:443", or "mail" for the relay. */
struct host {
	struct host *next;
	char *name;
	unsigned running;
	struct errand *queue, **queue_end;
	size_t queued;
	unsigned failures;           /* in a row */
	int64_t paused_until;
	char why[240];               /* it is paused, as the parcels that wait for it are told */
	int64_t latency;             /* mean; 0 unknown */
	int64_t used;                /* when last */
};

struct courier {
	const struct settings *settings;
	struct caller *caller;
	CURLM *multi;
	char worker[OWNER_PROCESS_SIZE];
	struct host *hosts;
	struct errand *running;
	size_t held, on_way, programs;
	/* reports not yet told */
	struct buf reports;
	size_t report_count;
	int64_t reported;            /* the oldest of them */
	bool frees;                  /* one of them lets another parcel go */
	/* takes */
	int64_t before;              /* wall clock; 0: now */
	int64_t next_take, next_tidy, next_relief, next_schedules;
	bool schedules_more;         /* a run of a schedule is not over yet */
	bool more;                   /* the last take brought something */
	struct error error;          /* of the last call */
	struct courier_summary summary;
};


/* courier_host.c */
struct host *host_get(struct courier *courier, struct span name);
void host_push(struct host *host, struct errand *errand);
struct errand *host_pop(struct host *host);
/* How many may run at once; 0 while it pauses. */
unsigned host_limit(const struct courier *courier, const struct host *host);
/* What one try tells about the host; took: microseconds. */
void host_note(struct host *host, const struct verdict *verdict, int64_t took);
/* Gives back all that waits for a host that pauses. */
void host_pause(struct courier *courier, struct host *host);
/* Gives back what the host will not get to soon. */
void host_relieve(struct courier *courier, struct host *host);
void host_free_unused(struct courier *courier);

/* courier_post.c */
/* Takes at most max parcels into the queues of their hosts. False when the
 * store could not be asked. */
bool post_take(struct courier *courier, size_t max);
/* Ends the errand: the verdict will be told. */
void post_report(struct courier *courier, struct errand *errand,
    const struct verdict *verdict);
void post_back(struct courier *courier, struct errand *errand, int64_t pause,
    const char *why /* a sentence, or NULL */);
bool post_tell(struct courier *courier);
/* Lets the owner work on the schedules that are due, for a short time. */
bool post_schedules(struct courier *courier);
/* Lets the owner look for what needs a person, and write to those concerned. */
bool post_watch(struct courier *courier);

#endif
