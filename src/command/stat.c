/* SPDX-License-Identifier: ISC */
/*
 * init {} and stat {"format"?: "prometheus", "brief"?}: the store in numbers; brief, for who
 * waits: of deliveries what is known without looking through their log (pulse tells the last day),
 * and no more rows are counted than takes a moment; what is beyond is estimated. What
 * deliveries did is read from their log and not counted as they come, so that
 * no row is written by all of them.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/text.h"
#include "listen/attention.h"
#include "listen/gate.h"
#include "listen/journal.h"
#include "listen/register.h"
#include "store/rep.h"
#include "store/table.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define HOUR_US (INT64_C(3600) * 1000000)
#define DAY_US (24 * HOUR_US)
#define COUNTED_MAX 100000 /* deliveries and parcels that are looked at */
#define ROWS_MAX 1000000   /* rows of a table that are counted; then it is estimated */
#define BRIEF_ROWS 2000      /* likewise of brief, and of its parcels */
#define BRIEF_PARCELS 300
#define REASONS_MAX 10
#define PROBLEMS_MAX 20   /* that are told one by one */
#define LISTENERS_MAX 500  /* listeners that are told one by one */

/* Tables whose rows are objects, one row each; those of TABLE_DOC tell their kind. */
static const struct {
	enum table table;
	const char *kind;
} stored[] = {
	{ TABLE_DOC, NULL },
	{ TABLE_USER, "user" },
	{ TABLE_FEEDBACK, "feedback" },
	{ TABLE_COMMENT, "comment" },
	{ TABLE_VALUE, "value" },
};

struct listener_count {
	struct span name;
	int64_t deliveries, failed;  /* of a day */
	int64_t quiet;               /* failed, but answered by success: its sender does not know */
	const char *failure;         /* code of the last one, NULL none */
	int64_t failed_at;
};

struct stat_job {
	struct job *job;
	int64_t rows_max, parcels_max; /* that are counted of a table, of a list */
	bool estimated;              /* some of the objects */
	int64_t *objects;            /* by place in the register of kinds */
	bool deliveries_capped, parcels_capped;
	int64_t hour[FAULT__MAX], day[FAULT__MAX];
	struct listener_count listeners[LISTENERS_MAX];
	size_t listener_count;
	bool more_listeners;         /* than are counted */
	/* Why parcels wait; others than these are not told. */
	struct { struct span text; int64_t parcels; } reasons[REASONS_MAX];
	size_t reason_count;
	int64_t waiting, dead, oldest;   /* oldest: created, 0 none */
};

/* Where objects of this kind are counted; NULL when it is none. */
static int64_t *
object_count(struct stat_job *stat, struct span kind)
{
	for (size_t i = 0; kinds[i] != NULL; i++)
		if (span_is(kind, kinds[i]->name))
			return &stat->objects[i];
	return NULL;
}

static void
count_rows(struct txn *txn, struct stat_job *stat, enum table table, const char *kind)
{
	struct walk *walk = walk_open(txn, table, SPAN(""), SPAN(""), false);
	struct span key, value;
	int64_t *count = kind != NULL ? object_count(stat, span_of(kind)) : NULL, rows = 0;

	while (txn_breathe(txn) && walk_next(walk, &key, &value)) {
		if (kind == NULL)
			count = object_count(stat, (struct span){ key.p, strnlen(key.p, key.n) });
		if (count != NULL)
			++*count;
		if (++rows < stat->rows_max)
			continue;
		stat->estimated = true;
		if (kind != NULL && (int64_t)table_rows(txn, table) > *count)
			*count = (int64_t)table_rows(txn, table);
		break;
	}
	walk_close(&walk);
}

static void
count_objects(struct txn *txn, struct stat_job *stat)
{
	for (size_t i = 0; i < sizeof stored / sizeof stored[0]; i++)
		count_rows(txn, stat, stored[i].table, stored[i].kind);
}

/* NULL when there are too many. */
static struct listener_count *
listener_count(struct stat_job *stat, struct span name)
{
	struct listener_count *listener = stat->listeners;

	for (size_t i = 0; i < stat->listener_count; i++, listener++)
		if (span_eq(listener->name, name))
			return listener;
	if (stat->listener_count == LISTENERS_MAX)
		return NULL;
	stat->listener_count++;
	listener->name = arena_copy(stat->job->arena, name);
	return listener;
}

/* They come newest first. */
static void
count_delivery(struct stat_job *stat, struct json_object *entry)
{
	enum fault fault = fault_by_code(arena_string(stat->job->scratch,
	    json_string(entry, "outcome")));
	struct listener_count *listener = listener_count(stat, json_string(entry, "listener"));
	int64_t at;

	if (fault == FAULT__MAX || !text_time(json_string(entry, "at"), &at))
		return;
	stat->day[fault]++;
	stat->hour[fault] += at >= stat->job->now - HOUR_US;
	if (listener == NULL) {
		stat->more_listeners = true;
		return;
	}
	listener->deliveries++;
	if (fault_info(fault)->settled)
		return;
	listener->failed++;
	listener->quiet += json_integer(entry, "status", 0) / 100 == 2;
	if (listener->failure == NULL) {
		listener->failure = fault_info(fault)->code;
		listener->failed_at = at;
	}
}

static void
count_deliveries(struct txn *txn, struct stat_job *stat)
{
	const struct journal_query query = { .since = stat->job->now - DAY_US, .brief = true };
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct command_position after = { .n = 0 };
	struct json_object *entry;
	struct span position;

	for (int64_t n = 0; txn_breathe(txn) && (entry = journal_next(txn, &query,
	        command_position(&after), &position)) != NULL; n++) {
		if (n == COUNTED_MAX) {
			stat->deliveries_capped = true;
			break;
		}
		command_position_set(&after, position);
		count_delivery(stat, entry);
		arena_rewind(txn_arena(txn), mark);
	}
}

static void
count_reason(struct stat_job *stat, struct span reason)
{
	size_t i = 0;

	while (i < stat->reason_count && !span_eq(stat->reasons[i].text, reason))
		i++;
	if (reason.n == 0 || i == REASONS_MAX)
		return;
	if (i == stat->reason_count) {
		stat->reasons[i].text = arena_copy(stat->job->arena, reason);
		stat->reason_count++;
	}
	stat->reasons[i].parcels++;
}

static void
count_parcel(struct stat_job *stat, struct json_object *parcel)
{
	int64_t created;

	count_reason(stat, json_string(parcel, "lastError"));
	stat->waiting++; /* leased ones, too */
	if (text_time(json_string(parcel, "created"), &created) &&
	    (stat->oldest == 0 || created < stat->oldest))
		stat->oldest = created;
}

static void
count_parcels(struct txn *txn, struct stat_job *stat, enum outbox_list list)
{
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct command_position after = { .n = 0 };
	struct json_object *parcel;
	struct span position;

	for (int64_t n = 0; txn_breathe(txn) && (parcel = command_parcel_next(txn, list,
	        command_position(&after), &position)) != NULL; n++) {
		if (n == stat->parcels_max) {
			stat->parcels_capped = true;
			break;
		}
		command_position_set(&after, position);
		if (list == OUTBOX_DEAD)
			stat->dead++;
		else
			count_parcel(stat, parcel);
		arena_rewind(txn_arena(txn), mark);
	}
}

/* ---- as JSON */

static void
tell_time(struct jsonout *out, const char *name, int64_t time)
{
	char text[TEXT_TIME_SIZE];

	json_member(out, name, span_of(text_time_write(time, text)));
}

static void
tell_capped(struct jsonout *out, const char *name, bool capped)
{
	if (!capped)
		return;
	json_member_bool(out, name, true);
}

static void
tell_objects(struct jsonout *out, const struct stat_job *stat)
{
	json_key(out, "objects");
	json_open(out, '{');
	for (size_t i = 0; kinds[i] != NULL; i++)
		json_member_int(out, kinds[i]->name, stat->objects[i]);
	tell_capped(out, "estimated", stat->estimated);
	json_close(out, '}');
}

static void
tell_outcomes(struct jsonout *out, const char *name, const int64_t *counts)
{
	json_key(out, name);
	json_open(out, '{');
	for (int fault = 0; fault < FAULT__MAX; fault++)
		if (counts[fault] > 0)
			json_member_int(out, fault_info((enum fault)fault)->code, counts[fault]);
	json_close(out, '}');
}

/* Who sends mail and webhooks. Only since this owner began is that known. */
static void
tell_sender(struct jsonout *out, const struct service_counters *counters)
{
	json_key(out, "post");
	json_open(out, '{');
	if (counters->post_asked != 0) {
		json_member_int(out, "pid", counters->post_pid);
		tell_time(out, "asked", counters->post_asked);
	}
	json_close(out, '}');
}

static void
tell_deliveries(struct jsonout *out, const struct stat_job *stat)
{
	const struct service_counters *counters = &stat->job->gate->counters;
	int64_t answered[FAULT__MAX];

	for (int fault = 0; fault < FAULT__MAX; fault++)
		answered[fault] = (int64_t)counters->answered[fault];
	json_key(out, "deliveries");
	json_open(out, '{');
	tell_outcomes(out, "hour", stat->hour);
	tell_outcomes(out, "day", stat->day);
	tell_capped(out, "capped", stat->deliveries_capped);
	json_close(out, '}');
	json_key(out, "owner");
	json_open(out, '{');
	json_member_int(out, "pid", getpid());
	json_member(out, "program", span_of(log_program()));
	tell_time(out, "since", counters->since);
	tell_outcomes(out, "answered", answered);
	json_close(out, '}');
	tell_sender(out, counters);
}

static void
tell_listeners(struct jsonout *out, const struct stat_job *stat)
{
	json_key(out, "listeners");
	json_open(out, '[');
	for (size_t i = 0; i < stat->listener_count; i++) {
		const struct listener_count *listener = &stat->listeners[i];

		json_open(out, '{');
		json_member(out, "listener", listener->name);
		json_member_int(out, "deliveries", listener->deliveries);
		json_member_int(out, "failed", listener->failed);
		if (listener->failure != NULL) {
			json_member(out, "lastFailure", span_of(listener->failure));
			tell_time(out, "lastFailureAt", listener->failed_at);
		}
		json_member_int(out, "failedQuietly", listener->quiet);
		json_close(out, '}');
	}
	json_close(out, ']');
	tell_capped(out, "listenersCapped", stat->more_listeners);
}

static void
tell_reasons(struct jsonout *out, const struct stat_job *stat)
{
	json_key(out, "reasons");
	json_open(out, '[');
	for (size_t i = 0; i < stat->reason_count; i++) {
		json_open(out, '{');
		json_member(out, "reason", stat->reasons[i].text);
		json_member_int(out, "parcels", stat->reasons[i].parcels);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
tell_outbox(struct jsonout *out, const struct stat_job *stat)
{
	json_key(out, "outbox");
	json_open(out, '{');
	json_member_int(out, "waiting", stat->waiting);
	if (stat->reason_count > 0)
		tell_reasons(out, stat);
	json_member_int(out, "dead", stat->dead);
	if (stat->oldest != 0)
		json_member_int(out, "oldestSeconds", (stat->job->now - stat->oldest) / 1000000);
	tell_capped(out, "capped", stat->parcels_capped);
	json_close(out, '}');
}

void
command_tell_group(struct txn *txn, struct jsonout *out)
{
	const struct settings *settings = store_settings(txn_store(txn));
	struct rep_standing standing;

	rep_standing(txn_store(txn), &standing);
	if (standing.sites == 0)
		return;
	json_key(out, "group");
	json_open(out, '{');
	json_member(out, "master", settings->group_sites[standing.self].name);
	json_key(out, "sites");
	json_open(out, '[');
	for (unsigned i = 0; i < standing.sites; i++) {
		json_open(out, '{');
		json_member(out, "site", settings->group_sites[i].name);
		json_member_bool(out, "master", i == standing.self);
		json_member_bool(out, "linked", standing.site[i].linked);
		json_member_bool(out, "inStep", standing.site[i].in_step);
		json_member_int(out, "behind", standing.site[i].behind);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_close(out, '}');
}

/* What needs a hand: each as a sentence, and as earshot attention tells it. */
static void
tell_problems(struct txn *txn, const struct stat_job *stat, struct jsonout *out)
{
	struct attention_list list = { .counters = &stat->job->gate->counters,
		.now = stat->job->now };
	struct condition condition;
	struct buf objects = { 0 };
	struct jsonout own = json_to(&objects);
	bool more;

	json_key(out, "problems");
	json_open(out, '[');
	json_open(&own, '[');
	for (int n = 0; (more = attention_next(txn, &list, &condition)) && n < PROBLEMS_MAX; n++) {
		json_text(out, span_of(attention_sentence(txn, &condition)));
		attention_tell(txn, &own, &condition, stat->job->actor == NULL ||
		    stat->job->actor->role == ACTOR_ADMIN);
	}
	if (more)
		json_text(out, SPAN("there is more: earshot attention"));
	json_close(out, ']');
	json_close(&own, ']');
	json_key(out, "attention");
	json_raw(out, buf_bytes(&objects));
	buf_free(&objects);
}

static void
tell(struct txn *txn, struct stat_job *stat)
{
	struct jsonout out = json_to(stat->job->out);
	uint64_t left;

	json_open(&out, '{');
	tell_objects(&out, stat);
	tell_deliveries(&out, stat);
	tell_listeners(&out, stat);
	tell_outbox(&out, stat);
	json_key(&out, "store");
	json_open(&out, '{');
	json_member(&out, "home", span_of(store_home(stat->job->store)));
	json_member_int(&out, "logBytesWritten", (int64_t)store_written(stat->job->store));
	if (store_free_bytes(stat->job->store, &left))
		json_member_int(&out, "diskFreeBytes", (int64_t)left);
	json_close(&out, '}');
	command_tell_group(txn, &out);
	tell_problems(txn, stat, &out);
	json_close(&out, '}');
	buf_putc(stat->job->out, '\n');
}

/* ---- for Prometheus: what /-/metrics has, and what had to be counted */

static void
expose_outcomes(struct buf *out, const char *window, const int64_t *counts)
{
	for (int fault = 0; fault < FAULT__MAX; fault++)
		if (counts[fault] > 0)
			buf_printf(out, "earshot_deliveries_logged{window=\"%s\",outcome=\"%s\"} %"
			    PRId64 "\n", window, fault_info((enum fault)fault)->code,
			    counts[fault]);
}

static void
expose(struct txn *txn, struct stat_job *stat)
{
	struct buf *out = stat->job->out;

	service_metrics(txn, &stat->job->gate->counters, stat->job->now, out);
	service_metric(out, "earshot_objects", "gauge", "Objects in the store.");
	for (size_t i = 0; kinds[i] != NULL; i++)
		buf_printf(out, "earshot_objects{kind=\"%s\"} %" PRId64 "\n", kinds[i]->name,
		    stat->objects[i]);
	service_metric(out, "earshot_deliveries_logged", "gauge",
	    "Deliveries in the log, of the last hour and the last day.");
	expose_outcomes(out, "hour", stat->hour);
	expose_outcomes(out, "day", stat->day);
	service_metric(out, "earshot_listener_deliveries", "gauge",
	    "Deliveries of the last day, by listener.");
	for (size_t i = 0; i < stat->listener_count; i++)
		buf_printf(out, "earshot_listener_deliveries{listener=\"%.*s\"} %" PRId64 "\n",
		    (int)stat->listeners[i].name.n, stat->listeners[i].name.p,
		    stat->listeners[i].deliveries);
	service_metric(out, "earshot_listener_failures", "gauge",
	    "Deliveries of the last day that were refused, by listener.");
	for (size_t i = 0; i < stat->listener_count; i++)
		buf_printf(out, "earshot_listener_failures{listener=\"%.*s\"} %" PRId64 "\n",
		    (int)stat->listeners[i].name.n, stat->listeners[i].name.p,
		    stat->listeners[i].failed);
}

static void
count_all(struct txn *txn, struct job *job)
{
	struct stat_job *stat = arena_alloc(job->arena, sizeof *stat);
	bool brief = json_flag(job->args, "brief", false);
	size_t n = 0;

	while (kinds[n] != NULL)
		n++;
	stat->objects = arena_alloc(job->arena, n * sizeof *stat->objects);
	stat->job = job;
	stat->rows_max = brief ? BRIEF_ROWS : ROWS_MAX;
	stat->parcels_max = brief ? BRIEF_PARCELS : COUNTED_MAX;
	count_objects(txn, stat);
	if (!brief)
		count_deliveries(txn, stat);
	count_parcels(txn, stat, OUTBOX_WAITING);
	count_parcels(txn, stat, OUTBOX_LEASED);
	count_parcels(txn, stat, OUTBOX_DEAD);
	if (!txn_ok(txn))
		return;
	if (span_is(json_string(job->args, "format"), "prometheus"))
		expose(txn, stat);
	else
		tell(txn, stat);
}

/* The store was made when it was opened. */
static void
init(struct job *job)
{
	buf_puts(job->out, "{\"format\":1}\n");
}

const struct command command_init = {
	.name = "init", .words = "make the store",
	.right = RIGHT_ADMINISTER, .scope = SCOPE_COMMUNITY, .answer = ANSWER_ONE,
	.run = init,
};
const struct command command_stat = {
	.name = "stat", .words = "show the store in numbers",
	.right = RIGHT_READ, .scope = SCOPE_COMMUNITY, .answer = ANSWER_ONE,
	.mode = STORE_READ, .body = count_all,
};
