/* SPDX-License-Identifier: ISC */
/* Names and comparisons that can never hold are told; what may be, is free. */
#include "community/people_apply.h"

#include "community/feedback.h"
#include "community/group.h"
#include "community/people.h"
#include "community/saved_filter.h"

static struct scratch s;

static const struct {
	enum record record;
	const char *project, *filter;
	const char *wrong;  /* the first line of what is said; NULL: nothing */
	size_t at;
} rows[] = {
	/* Members */
	{ RECORD_USER, "", "user.scroe > 1", "nothing is called 'user.scroe'; did you mean "
	    "'user.score'?", 0 },
	{ RECORD_USER, "", "user.score > 1 && has(user.emial)", "nothing is called 'user.emial'; "
	    "did you mean 'user.email'?", 22 },
	{ RECORD_USER, "", "user.score > 1 || !user.optOut", NULL, 0 },
	{ RECORD_USER, "", "user.ranks[0].rank == 'hero'", NULL, 0 },
	{ RECORD_USER, "", "user.ranks[0].rnk == 'hero'", "nothing is called 'user.ranks.0.rnk'; "
	    "did you mean 'user.ranks.0.rank'?", 0 },
	{ RECORD_USER, "", "user.email.domain == 'x'", "'user.email' is a single value, there is "
	    "nothing below it", 0 },
	{ RECORD_USER, "", "user.fields.any == 'x' && user.fields.other.deeper == 1", NULL, 0 },
	{ RECORD_USER, "", "payload.anything.at.all == 3 && has(payload['x'])", NULL, 0 },
	{ RECORD_USER, "", "community.comunity == 'x'", "nothing is called 'community.comunity'; "
	    "did you mean 'community.community'?", 0 },
	{ RECORD_USER, "", "feedback.status == 'Open'", "there is no feedback in user automation",
	    0 },
	{ RECORD_FEEDBACK, "", "user.email == feedback.submitter && feedback.popularity > 2",
	    NULL, 0 },
	/* Groups */
	{ RECORD_USER, "", "data.usage.launches > 3", NULL, 0 },
	{ RECORD_USER, "", "data.usage.lanches > 3", "nothing is called 'data.usage.lanches'; did "
	    "you mean 'data.usage.launches'?", 0 },
	{ RECORD_USER, "", "data.usge.launches > 3", "nothing is called 'data.usge'; did you mean "
	    "'data.usage'?", 0 },
	{ RECORD_USER, "", "has(data.usge)", "nothing is called 'data.usge'; did you mean "
	    "'data.usage'?", 4 },
	/* Types */
	{ RECORD_USER, "", "user.score > '3'", "user.score is a number, and is never equal to or "
	    "compared with text", 13 },
	{ RECORD_USER, "", "user.score > 3.5", NULL, 0 },
	{ RECORD_USER, "", "user.score == null", NULL, 0 },
	{ RECORD_USER, "", "user.optOut == 'true'", "user.optOut is true or false, and is never "
	    "equal to or compared with text", 15 },
	{ RECORD_USER, "", "data.usage.launches in [1, 'two']", "data.usage.launches is a number, "
	    "and is never equal to or compared with text", 27 },
	{ RECORD_USER, "", "data.usage.paying == 1", "data.usage.paying is true or false, and is "
	    "never equal to or compared with a number", 21 },
	{ RECORD_USER, "", "timestamp(user.createdAt) > timestamp('2026-01-01')", NULL, 0 },
	{ RECORD_USER, "", "now - timestamp(data.usage.seen) < duration('7d')", NULL, 0 },
	/* Words that somebody lists */
	{ RECORD_USER, "", "'admn' in user.roles", "user.roles is never 'admn'; did you mean "
	    "'admin'?", 0 },
	{ RECORD_USER, "", "'admin' in user.roles && 'phone/vip' in user.teams", NULL, 0 },
	{ RECORD_FEEDBACK, "phone", "feedback.status == 'Done'", "feedback.status is never 'Done'",
	    19 },
	{ RECORD_FEEDBACK, "phone", "feedback.status in ['Open', 'Clsed']", "feedback.status is "
	    "never 'Clsed'; did you mean 'Closed'?", 28 },
	{ RECORD_FEEDBACK, "phone", "feedback.status != 'Closed'", NULL, 0 },
	{ RECORD_FEEDBACK, "", "feedback.status == 'Done'", NULL, 0 },
	{ RECORD_FEEDBACK, "", "feedback.exposure == 'publik'", "feedback.exposure is never "
	    "'publik'; did you mean 'public'?", 21 },
	{ RECORD_FEEDBACK, "phone", "feedback.fields.jra == 'x'", "nothing is called "
	    "'feedback.fields.jra'; did you mean 'feedback.fields.jira'?", 0 },
	{ RECORD_FEEDBACK, "phone", "'x' in feedback.fields", NULL, 0 },
};

static void
test_filters(struct txn *txn, void *arg)
{
	(void)arg;
	apply(txn, &kind_project, "{'key':'phone','name':'Phone','statuses':['Open','Closed'],"
	    "'fields':['jira']}");
	apply(txn, &kind_group, "{'key':'usage','name':'Usage','automation':'user','fields':["
	    "{'label':'Launches','parameter':'launches','type':'integer'},"
	    "{'label':'Paying','parameter':'paying','type':'boolean'},"
	    "{'label':'Seen','parameter':'seen','type':'datetime'}]}");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct saved_scope scope = { .record = rows[i].record,
			.project = span_of(rows[i].project), .names = true };
		struct filter_error error = { .text = "" };
		const struct filter *filter = saved_compile(txn, txn_arena(txn), &scope, NULL,
		    span_of(rows[i].filter), &error);

		is_text(filter != NULL ? "" : error.text, rows[i].wrong != NULL ? rows[i].wrong : "",
		    rows[i].filter);
		if (rows[i].wrong != NULL)
			ok(error.at == rows[i].at, "at %zu: %zu", rows[i].at, error.at);
		scope.names = false;
		ok(saved_compile(txn, txn_arena(txn), &scope, NULL, span_of(rows[i].filter),
		    &error) != NULL, "a rule in force goes on");
	}
}

int
main(void)
{
	if (!scratch_open(&s))
		return 99;
	ok(scratch_run(&s, STORE_DRY, test_filters, NULL), "filters run");
	scratch_close(&s);
	return tap_done();
}
