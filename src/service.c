/* SPDX-License-Identifier: ISC */
#include "service.h"

#include "apikey.h"
#include "outbox.h"
#include "store.h"

#include <inttypes.h>

static void
answer_health(struct reply *reply)
{
	/* Who gets here has an owner, an open store and room on the disk. */
	reply->fault = FAULT_DESCRIBED;
	buf_puts(&reply->body, "{\"status\":\"ok\"}\n");
}

static void
head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
answer_metrics(struct txn *txn, const uint64_t *outcomes, int64_t now,
    struct reply *reply)
{
	struct buf *out = &reply->body;
	int64_t due = outbox_next_due(txn);

	reply->fault = FAULT_DESCRIBED;
	reply->content_type = SPAN("text/plain; version=0.0.4; charset=utf-8");
	head(out, "earshot_deliveries_total", "counter",
	    "Requests answered since the present owner of the store began.");
	for (int fault = 0; fault < FAULT__MAX; fault++)
		if (outcomes[fault] > 0)
			buf_printf(out, "earshot_deliveries_total{outcome=\"%s\"} %" PRIu64 "\n",
			    fault_info((enum fault)fault)->code, outcomes[fault]);
	head(out, "earshot_outbox_late_seconds", "gauge",
	    "How long the parcel that waits longest has been due.");
	buf_printf(out, "earshot_outbox_late_seconds %" PRId64 "\n",
	    due < now ? (now - due) / 1000000 : 0);
	head(out, "earshot_log_written_bytes_total", "counter",
	    "Bytes of the store's log written since the present owner began.");
	buf_printf(out, "earshot_log_written_bytes_total %" PRIu64 "\n",
	    store_written(txn_store(txn)));
}

void
service_answer(struct txn *txn, const uint64_t outcomes[FAULT__MAX],
    const struct request *request, struct span service, int64_t now,
    struct reply *reply)
{
	struct span presented = apikey_presented(request, txn_arena(txn)), name;

	if (span_is(service, "health")) {
		answer_health(reply);
		return;
	}
	if (presented.n == 0)
		txn_fail(txn, FAULT_NO_API_KEY, "metrics need an API key with the verb metrics");
	else if (apikey_check(txn, presented, request->address, SPAN(""), "metrics", now, &name))
		answer_metrics(txn, outcomes, now, reply);
}
