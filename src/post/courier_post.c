/* SPDX-License-Identifier: ISC */
/* The courier's calls to the owner of the store. */
#include "post/courier_private.h"

#include "base/json.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/text.h"
#include "serve/caller.h"

#include <stdio.h>
#include <string.h>

#define LEASE "120s"
#define TIDY_EVERY (10 * COURIER_SECOND)
#define SCHEDULES_TIME "100ms"   /* meanwhile nothing is sent */

/* What a command prints, until it is known to be whole. */
struct output {
	const struct call *call;
	bool again;
	struct buf text;
	bool more;               /* than this */
};

static void
keep_output(void *arg, enum part kind, struct span part)
{
	struct output *output = arg;

	/* The owner died, and its successor begins anew. */
	if (output->call->view.again && !output->again) {
		output->again = true;
		output->text.n = 0;
		output->more = false;
	}
	if (kind == PART_ROWS)
		buf_span(&output->text, part);
	output->more = output->more || kind == PART_MORE;
}

static void
keep_error(struct courier *courier, const struct reply *reply)
{
	struct arena *arena = arena_new();
	struct error unread = { 0 };
	struct json_object *problem = json_read(arena, buf_bytes(&reply->body),
	    &json_limits_document, &unread);
	struct span detail = json_string(problem, "detail");

	error_clear(&courier->error);
	error_set(&courier->error,
	    reply->fault != FAULT_NONE ? reply->fault : FAULT_STORE_UNAVAILABLE, "%.*s",
	    (int)detail.n, detail.p);
	/* Who waits for the store tells the error, and what to do: the courier may not look at
	 * backups. */
	log_line(LOG_LEVEL_WARNING, "the courier cannot reach the store: %s",
	    courier->error.detail);
	arena_free(&arena);
}

/* The output of a command, and whether there is more (may be NULL); false when it failed. */
static bool
ask(struct courier *courier, const struct buf *args, struct buf *output_r, bool *more_r)
{
	struct call call = { .view = { .verb = VERB_COMMAND, .id = id_new(text_now()),
		.args = buf_bytes(args) } };
	struct reply reply = { .fault = FAULT_NONE };
	struct output output = { .call = &call };
	bool good = caller_call(courier->caller, &call, &reply, keep_output, &output) &&
	    reply.fault == FAULT_NONE;

	if (good && call.view.again && !output.again) {
		output.text.n = 0;
		output.more = false;
	}
	/* The owner that died may have given out what never came here. */
	if (!good || call.view.again)
		courier->next_tidy = 0;
	if (good && more_r != NULL)
		*more_r = output.more;
	if (good)
		buf_span(&output.text, buf_bytes(&reply.body));
	else
		keep_error(courier, &reply);
	reply_free(&reply);
	*output_r = output.text;
	return good;
}

static void
take_in(struct courier *courier, struct span line)
{
	struct arena *arena = arena_new();
	struct json_object *parcel = json_load(arena, line);
	struct errand *errand = arena_alloc(arena, sizeof *errand);
	bool is_mail = span_is(json_string(parcel, "kind"), "email");
	struct span name = is_mail ? SPAN("mail")
	                           : hook_host(arena, hook_url(parcel));
	int64_t due = 0;

	if (parcel == NULL || !text_time(json_string(parcel, "due"), &due)) {
		log_line(LOG_LEVEL_ERROR, "the courier was given something that is no parcel");
		arena_free(&arena);
		return;
	}
	*errand = (struct errand){ .arena = arena, .parcel = parcel,
		.lease_end = text_clock() + due - text_now(),
		.timeout = is_mail ? MAIL_TIMEOUT : json_integer(parcel, "timeout",
		    courier->settings->hooks_timeout) };
	courier->held++;
	host_push(host_get(courier, name), errand);
}

static void
write_ids(const struct errand *errand, struct jsonout *out)
{
	for (; errand != NULL; errand = errand->next)
		json_text(out, json_string(errand->parcel, "id"));
}

static void
write_held(const struct courier *courier, struct jsonout *out)
{
	json_open(out, '[');
	write_ids(courier->running, out);
	for (const struct host *host = courier->hosts; host != NULL; host = host->next)
		write_ids(host->queue, out);
	json_close(out, ']');
}

static void
write_take(struct courier *courier, size_t max, struct buf *args)
{
	struct jsonout out = json_to(args);
	int64_t now = text_clock();
	char time[TEXT_TIME_SIZE];

	json_open(&out, '{');
	json_member(&out, "command", SPAN("post-take"));
	json_member_int(&out, "max", (int64_t)max);
	json_member(&out, "lease", SPAN(LEASE));
	json_member(&out, "worker", span_of(courier->worker));
	if (courier->before > 0)
		json_member(&out, "before", span_of(text_time_write(courier->before, time)));
	/* What became of the others is told by now. */
	if (now >= courier->next_tidy && courier->report_count == 0) {
		json_key(&out, "holds");
		write_held(courier, &out);
		courier->next_tidy = now + TIDY_EVERY;
	}
	json_close(&out, '}');
}

bool
post_take(struct courier *courier, size_t max)
{
	struct buf args = { 0 }, output = { 0 };
	struct span rest;
	bool good;

	write_take(courier, max, &args);
	good = ask(courier, &args, &output, NULL);
	rest = good ? buf_bytes(&output) : SPAN("");
	courier->more = good && courier->next_tidy == 0;
	while (rest.n > 0) {
		struct span line = text_cut(&rest, '\n');

		if (line.n > 0)
			take_in(courier, line);
		courier->more = true;
	}
	buf_free(&args);
	buf_free(&output);
	return good;
}

static void
write_report(struct jsonout *out, const struct errand *errand,
    const struct verdict *verdict)
{
	json_open(out, '{');
	json_member(out, "id", json_string(errand->parcel, "id"));
	json_member(out, "result", span_of(verdict_name(verdict->result)));
	if (verdict->status > 0) {
		json_member_int(out, "status", verdict->status);
	}
	if (verdict->answer.n > 0)
		json_member(out, "answer", verdict->answer);
	if (verdict->error[0] != '\0')
		json_member(out, "error", span_of(verdict->error));
	if (verdict->retry_after > 0) {
		json_member_int(out, "retryAfter",
		    (verdict->retry_after + COURIER_SECOND - 1) / COURIER_SECOND);
	}
	if (verdict->returned.n > 0)
		json_member(out, "returned", verdict->returned);
	json_close(out, '}');
}

static void
count_reason(struct courier_summary *summary, const char *why)
{
	size_t i = 0;

	while (i < summary->reason_count && strcmp(summary->reasons[i].why, why) != 0)
		i++;
	if (why[0] == '\0' || i == COURIER_REASONS)
		return;
	if (i == summary->reason_count) {
		snprintf(summary->reasons[i].why, sizeof summary->reasons[i].why, "%s", why);
		summary->reason_count++;
	}
	summary->reasons[i].parcels++;
}

static void
count(struct courier *courier, const struct errand *errand,
    const struct verdict *verdict)
{
	struct courier_summary *summary = &courier->summary;
	int64_t *const counts[] = { [VERDICT_SENT] = &summary->sent,
		[VERDICT_LATER] = &summary->later, [VERDICT_DEAD] = &summary->dead,
		[VERDICT_BACK] = &summary->back };
	struct span id = json_string(errand->parcel, "id");

	(*counts[verdict->result])++;
	if (verdict->result == VERDICT_LATER || verdict->result == VERDICT_DEAD)
		count_reason(summary, verdict->error);
	if (verdict->result == VERDICT_LATER || verdict->result == VERDICT_DEAD)
		log_line(verdict->result == VERDICT_DEAD ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
		    "parcel %.*s to %s: %s; %s", (int)id.n, id.p, errand->host->name,
		    verdict->error, verdict->result == VERDICT_DEAD ? "given up" : "tried again");
}

void
post_report(struct courier *courier, struct errand *errand,
    const struct verdict *verdict)
{
	struct jsonout out = { &courier->reports, courier->report_count > 0 };

	if (courier->report_count++ == 0)
		courier->reported = text_clock();
	write_report(&out, errand, verdict);
	count(courier, errand, verdict);
	courier->frees = courier->frees || (json_flag(errand->parcel, "ordered", false) &&
	    verdict->result != VERDICT_BACK);
	courier->held--;
	arena_free(&(struct arena *){ errand->arena });
}

void
post_back(struct courier *courier, struct errand *errand, int64_t pause, const char *why)
{
	struct verdict verdict = { .retry_after = pause };

	verdict_set(&verdict, VERDICT_BACK, "%s", why != NULL ? why : "");
	post_report(courier, errand, &verdict);
}

bool
post_tell(struct courier *courier)
{
	struct buf args = { 0 }, output = { 0 };
	struct jsonout out = json_to(&args);
	bool good;

	json_open(&out, '{');
	json_member(&out, "command", SPAN("post-report"));
	json_member(&out, "worker", span_of(courier->worker));
	json_key(&out, "reports");
	json_open(&out, '[');
	json_raw(&out, buf_bytes(&courier->reports));
	json_close(&out, ']');
	json_close(&out, '}');
	good = ask(courier, &args, &output, NULL);
	if (good) {
		courier->reports.n = 0;
		courier->report_count = 0;
		courier->more = courier->more || courier->frees;
		courier->frees = false;
	}
	buf_free(&args);
	buf_free(&output);
	return good;
}

static void
log_schedule(struct span line)
{
	struct arena *arena = arena_new();
	struct json_object *run = json_load(arena, line);
	struct span name = json_string(run, "schedule"), detail = json_string(run, "detail");

	if (name.n > 0)
		log_line(detail.n > 0 ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
		    "schedule %.*s: %lld applied, %lld skipped, %lld failed%s%.*s", (int)name.n,
		    name.p, (long long)json_integer(run, "applied", 0),
		    (long long)json_integer(run, "skipped", 0),
		    (long long)json_integer(run, "failed", 0), detail.n > 0 ? "; " : "",
		    (int)detail.n, detail.p);
	arena_free(&arena);
}

bool
post_schedules(struct courier *courier)
{
	struct buf args = { 0 }, output = { 0 };
	struct span rest;
	bool good;

	buf_puts(&args, "{\"command\":\"schedule-run\",\"time\":\"" SCHEDULES_TIME "\"}");
	courier->schedules_more = false;
	good = ask(courier, &args, &output, &courier->schedules_more);
	rest = good ? buf_bytes(&output) : SPAN("");
	while (rest.n > 0) {
		struct span line = text_cut(&rest, '\n');

		if (line.n > 0)
			log_schedule(line);
	}
	buf_free(&args);
	buf_free(&output);
	return good;
}

bool
post_watch(struct courier *courier)
{
	struct buf args = { 0 }, output = { 0 };
	bool good;

	buf_puts(&args, "{\"command\":\"watch\"}");
	good = ask(courier, &args, &output, NULL);
	buf_free(&args);
	buf_free(&output);
	return good;
}
