/* SPDX-License-Identifier: ISC */
/*
 * What the query asks for. Senders have names of their own there, so only what can
 * hardly mean anything but one of ours is refused.
 */
#include "listen/gate_private.h"

#include "base/text.h"
#include "listen/listener.h"
#include "store/store.h"

static bool
read_truth(struct span text, bool *truth_r)
{
	static const struct {
		const char *word;
		bool truth;
	} words[] = {
		{ "1", true }, { "true", true }, { "yes", true }, { "on", true },
		{ "0", false }, { "false", false }, { "no", false }, { "off", false },
		{ "", false },
	};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (span_is_nocase(text, words[i].word)) {
			*truth_r = words[i].truth;
			return true;
		}
	return false;
}

/* The name alone, without "=". */
static bool
is_bare(struct span query, struct span name)
{
	const char *end = name.p + name.n;

	return end == query.p + query.n || *end == '&';
}

bool
gate_read_query(struct passage *passage, struct error *error)
{
	struct span rest = passage->request.query, name, value;
	struct arena *arena = passage->delivery.arena;
	bool asked = false, dry_run;

	while (request_pair(&rest, &name, &value)) {
		bool bare = is_bare(passage->request.query, name);

		if (!text_percent_decode(arena, name, true, &name) || !span_is(name, "dry_run"))
			continue;
		if (bare || !text_percent_decode(arena, value, true, &value) ||
		    !read_truth(value, &dry_run))
			return error_set(error, FAULT_BAD_REQUEST, "dry_run=1 (or true, yes, on) asks "
			    "for a dry run, dry_run=0 (or false, no, off) for none; \"%.*s\" is neither",
			    (int)(value.n > 60 ? 60 : value.n), value.p);
		if (asked && dry_run != passage->dry_run)
			return error_set(error, FAULT_BAD_REQUEST,
			    "the query says dry_run both ways");
		asked = true;
		passage->dry_run = passage->delivery.explain = dry_run;
	}
	return true;
}

bool
gate_check_query(struct txn *txn, struct passage *passage)
{
	const struct request *request = &passage->request;
	const struct listener *listener = passage->delivery.listener;
	struct arena *arena = passage->delivery.arena;
	struct span near = request_query_near(request, arena, "dry_run");

	if (near.p == NULL && request_query(request, arena, "test").p != NULL)
		near = SPAN("test");
	if (near.p != NULL && !parameters_have(&listener->parameters, near))
		return txn_fail(txn, FAULT_BAD_REQUEST, "a dry run is asked for by dry_run=1, not "
		    "by %.*s; nothing was done", (int)(near.n > 60 ? 60 : near.n), near.p);
	near = request_query_near(request, arena, "apiKey");
	if (near.p != NULL && !parameters_have(&listener->parameters, near))
		return txn_fail(txn, FAULT_BAD_REQUEST, "an API key in the query is called apiKey, "
		    "not %.*s; nothing was done", (int)(near.n > 60 ? 60 : near.n), near.p);
	return true;
}
