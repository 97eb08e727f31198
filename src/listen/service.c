/* SPDX-License-Identifier: ISC */
#include "listen/service.h"

#include "base/json.h"
#include "base/settings.h"
#include "community/apikey.h"
#include "community/opt_out.h"
#include "community/outbox.h"
#include "listen/attention.h"
#include "listen/service_opt_out.h"
#include "record/record.h"
#include "record/sealed.h"
#include "store/rep.h"
#include "store/store.h"
#include "store/table.h"

#include <inttypes.h>
#include <string.h>

#define PARCELS_MAX 1000 /* that are counted by a request */
#define CONDITIONS_MAX 1000 /* likewise */

bool
service_holds_nothing(struct txn *txn)
{
	static const enum table tables[] = { TABLE_DOC, TABLE_USER, TABLE_FEEDBACK };
	struct span key;
	bool any = false;

	for (size_t i = 0; i < sizeof tables / sizeof tables[0] && !any; i++) {
		struct walk *walk = walk_open(txn, tables[i], SPAN(""), SPAN(""), false);

		any = walk_next(walk, &key, NULL);
		walk_close(&walk);
	}
	return !any;
}

bool
service_secrets_good(struct txn *txn, struct service_counters *counters)
{
	uint64_t generation = store_generation(txn_store(txn));
	struct sealed_position position = { 0 };
	struct sealed_lost lost;

	if (!counters->secrets_good || counters->secrets_generation != generation) {
		counters->secrets_good = !sealed_next_lost(txn, &position, &lost);
		counters->secrets_held = position.secrets > 0;
	}
	counters->secrets_generation = generation;
	return counters->secrets_good;
}

/* Of what needs a person how much of each kind; how much is looked at is bounded. */
static void
count_conditions(struct txn *txn, struct service_counters *counters,
    int64_t counts[CONDITION__MAX])
{
	struct condition condition;
	struct span position = SPAN("");

	for (int kind = 0; condition_is_of_store((enum condition_kind)kind); kind++)
		counts[kind] = attention_seen(txn, counters, (enum condition_kind)kind, &condition);
	for (int n = 0; n < CONDITIONS_MAX && condition_next(txn, position, &position,
	        &condition); n++)
		counts[condition.kind] += !condition_is_of_store(condition.kind) &&
		    condition_lasts(&condition);
}

/* What is wrong with the store itself. */
static const char *
problem_of(const int64_t counts[CONDITION__MAX])
{
	static const enum condition_kind kinds[] = { CONDITION_STORE_EMPTY,
		CONDITION_SECRET_UNREADABLE, CONDITION_SECRET_KEY_GONE, CONDITION_SITE_BEHIND };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (counts[kinds[i]] > 0)
			return condition_code(kinds[i]);
	return NULL;
}

/* Who gets here has an owner, an open store and room on the disk. Anybody may ask: codes
 * and no names. */
static void
answer_health(struct txn *txn, struct service_counters *counters, struct reply *reply)
{
	struct jsonout out = json_to(&reply->body);
	int64_t counts[CONDITION__MAX] = { 0 };
	const char *problem;
	bool any = false;
	int indexed = record_words_percent(txn);

	count_conditions(txn, counters, counts);
	problem = problem_of(counts);
	reply->fault = FAULT_DESCRIBED;
	json_open(&out, '{');
	json_member(&out, "status", counts[CONDITION_STORE_EMPTY] > 0 ? SPAN("empty")
	    : problem != NULL ? SPAN("degraded") : SPAN("ok"));
	if (problem != NULL)
		json_member(&out, "problem", span_of(problem));
	for (int kind = 0; kind < CONDITION__MAX; kind++) {
		if (counts[kind] == 0 || condition_code((enum condition_kind)kind) == problem)
			continue;
		if (!any) {
			json_key(&out, "attention");
			json_open(&out, '[');
		}
		any = true;
		json_text(&out, span_of(condition_code((enum condition_kind)kind)));
	}
	if (any)
		json_close(&out, ']');
	if (indexed < 100)
		json_member_int(&out, "indexed", indexed);
	json_close(&out, '}');
	buf_putc(&reply->body, '\n');
}

void
service_metric(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static int64_t
parcels(struct txn *txn, enum outbox_list list)
{
	struct span position = SPAN("");
	struct id id;
	int64_t n = 0;

	while (n < PARCELS_MAX && outbox_next(txn, list, position, &id, &position))
		n++;
	return n;
}

static void
put_gauge(struct buf *out, const char *name, const char *help, double value)
{
	service_metric(out, name, "gauge", help);
	buf_printf(out, "%s %.15g\n", name, value);
}

static void
put_group(struct txn *txn, struct buf *out)
{
	const struct settings *settings = store_settings(txn_store(txn));
	struct rep_standing standing;

	rep_standing(txn_store(txn), &standing);
	if (standing.sites == 0)
		return;
	service_metric(out, "earshot_group_behind_bytes", "gauge",
	    "Log that this site of the group has not on its disk yet.");
	for (unsigned i = 0; i < standing.sites; i++)
		buf_printf(out, "earshot_group_behind_bytes{site=\"%.*s\"} %" PRId64 "\n",
		    (int)settings->group_sites[i].name.n, settings->group_sites[i].name.p,
		    standing.site[i].behind);
	service_metric(out, "earshot_group_in_step", "gauge",
	    "Whether this site of the group is there and keeps up; the master always is.");
	for (unsigned i = 0; i < standing.sites; i++)
		buf_printf(out, "earshot_group_in_step{site=\"%.*s\",role=\"%s\"} %d\n",
		    (int)settings->group_sites[i].name.n, settings->group_sites[i].name.p,
		    i == standing.self ? "master" : "replica", standing.site[i].in_step);
}

void
service_metrics(struct txn *txn, struct service_counters *counters, int64_t now,
    struct buf *out)
{
	int64_t conditions[CONDITION__MAX] = { 0 };
	int64_t due = outbox_next_due(txn);
	uint64_t left;

	put_gauge(out, "earshot_start_time_seconds",
	    "When the present owner of the store began, in Unix time.",
	    (double)counters->since / 1e6);
	service_metric(out, "earshot_deliveries_total", "counter",
	    "Requests to listeners that the present owner of the store has answered.");
	for (int fault = 0; fault < FAULT__MAX; fault++)
		if (counters->answered[fault] > 0 || fault == FAULT_NONE)
			buf_printf(out, "earshot_deliveries_total{outcome=\"%s\"} %" PRIu64 "\n",
			    fault_info((enum fault)fault)->code, counters->answered[fault]);
	service_metric(out, "earshot_outbox_parcels", "gauge",
	    "E-mails and webhooks that wait or were given up; at most 1000 are counted.");
	buf_printf(out, "earshot_outbox_parcels{state=\"waiting\"} %" PRId64 "\n"
	    "earshot_outbox_parcels{state=\"dead\"} %" PRId64 "\n",
	    parcels(txn, OUTBOX_WAITING), parcels(txn, OUTBOX_DEAD));
	put_gauge(out, "earshot_outbox_late_seconds",
	    "How long the parcel that waits longest has been due.",
	    /* NOLINTNEXTLINE(bugprone-integer-division): whole seconds */
	    due < now ? (double)((now - due) / 1000000) : 0);
	if (store_free_bytes(txn_store(txn), &left))
		put_gauge(out, "earshot_disk_free_bytes", "Room on the disk of the store.",
		    (double)left);
	count_conditions(txn, counters, conditions);
	service_metric(out, "earshot_attention", "gauge",
	    "Conditions that need a person, as earshot attention lists them; at most 1000 are looked at.");
	for (int kind = 0; kind < CONDITION__MAX; kind++)
		buf_printf(out, "earshot_attention{condition=\"%s\"} %" PRId64 "\n",
		    condition_code((enum condition_kind)kind), conditions[kind]);
	service_metric(out, "earshot_log_written_bytes_total", "counter",
	    "Bytes of the store's log that the present owner has written.");
	buf_printf(out, "earshot_log_written_bytes_total %" PRIu64 "\n",
	    store_written(txn_store(txn)));
	put_group(txn, out);
}

void
service_answer(struct txn *txn, struct service_counters *counters,
    const struct request *request, const struct endpoint *endpoint, int64_t now,
    struct reply *reply)
{
	struct span presented = apikey_presented(request, txn_arena(txn));
	const struct apikey_pass *key;

	if (span_is(endpoint->service, "health")) {
		answer_health(txn, counters, reply);
		return;
	}
	if (span_is(endpoint->service, OPT_OUT_SERVICE)) {
		service_opt_out(txn, request, endpoint->target, reply);
		return;
	}
	if (presented.n == 0)
		txn_fail(txn, FAULT_NO_API_KEY, "metrics need an API key with the verb metrics: "
		    APIKEY_WAYS);
	else if (apikey_check(txn, presented, request->address, SPAN(""), "metrics", now, &key)) {
		reply->fault = FAULT_DESCRIBED;
		reply->content_type = SPAN("text/plain; version=0.0.4; charset=utf-8");
		service_metrics(txn, counters, now, &reply->body);
	}
}
