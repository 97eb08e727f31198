/* SPDX-License-Identifier: ISC */
#include "console/deliveries.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/secret.h"
#include "base/settings.h"
#include "base/text.h"
#include "console/console_private.h"
#include "console/tree.h"
#include "http/body.h"
#include "record/doc.h"

#include <string.h>

#define NOT_LET_IN "not-let-in"  /* requests that the log has no entry of */
#define TREE_MAX 1500            /* values; more are read in the text */
#define RAW_MAX ((size_t)512 << 10)

static const char *const choices[] = { "listener", "outcome", "target", "since", "until",
	"contains", NULL };

/* What a delivery can come to, in the words of the log. */
static const enum fault outcomes[] = { FAULT_NONE, FAULT_FILTERED, FAULT_CAPTURED,
	FAULT_DUPLICATE, FAULT_UNFINISHED, FAULT_CHALLENGE, FAULT_DRY_RUN, FAULT_BAD_JSON,
	FAULT_BAD_FORM, FAULT_BAD_ENCODING, FAULT_MISSING_PARAMETER, FAULT_BAD_VALUE,
	FAULT_UNKNOWN_TARGET, FAULT_AMBIGUOUS_TARGET, FAULT_TARGET_CONFLICT,
	FAULT_UNKNOWN_AUTHOR, FAULT_AUTHOR_NOT_PERMITTED, FAULT_MACRO_FAILED,
	FAULT_BATCH_FAILED, FAULT_ID_REUSED, FAULT_TOO_LARGE, FAULT_TOO_MUCH_WORK,
	FAULT_UNSUPPORTED_MEDIA_TYPE, FAULT_INTEGRATIONS_DISABLED };

/* ---- which are meant */

struct span
deliveries_time(struct page *page, struct span text)
{
	if (text.n == sizeof "2026-11-29T20:08" - 1)
		return span_of(arena_join(page->arena, text, SPAN(":00Z"), SPAN("")));
	if (text.n == sizeof "2026-11-29T20:08:00" - 1)
		return span_of(arena_join(page->arena, text, SPAN("Z"), SPAN("")));
	return text;
}

/* False: a time is none. */
static bool
read_choice(struct page *page, const char *root)
{
	struct json_object *choice = page_add(page, "choice");
	struct json_object *shown = page_root(page, "page");
	struct buf query = { 0 };
	bool good = true;

	for (size_t i = 0; choices[i] != NULL; i++) {
		struct span text = text_trim(page_text(page, root, choices[i])), value = text;
		int64_t time;

		if (text.n == 0)
			continue;
		if (strcmp(choices[i], "since") == 0 || strcmp(choices[i], "until") == 0) {
			value = deliveries_time(page, text);
			if (!text_time(value, &time)) {
				page_complain(page, SPAN(""), SPAN("A time is a day and an hour, such as "
				    "2026-11-29T20:00: the times that were asked for are left out."));
				good = false;
				continue;
			}
		}
		if (strcmp(choices[i], "outcome") == 0 && span_is(value, NOT_LET_IN))
			json_set_bool(shown, "refused", true);
		else
			json_set_text(choice, choices[i], value);
		buf_puts(&query, query.n > 0 ? "&" : "");
		buf_printf(&query, "%s=", choices[i]);
		text_percent_encode(&query, text);
		json_set_bool(shown, "chosen", true);
	}
	json_set_text(shown, "choice_query", buf_keep(&query, page->arena));
	return good;
}

static struct span
duration_of(struct page *page, int64_t time)
{
	int64_t minutes = time / 60000000, days = minutes / 1440, hours = minutes / 60;

	if (minutes % 1440 == 0 && days > 0)
		return span_of(arena_printf(page->arena, "%lld day%s", (long long)days,
		    days == 1 ? "" : "s"));
	if (minutes % 60 == 0 && hours > 0)
		return span_of(arena_printf(page->arena, "%lld hour%s", (long long)hours,
		    hours == 1 ? "" : "s"));
	return span_of(arena_printf(page->arena, "%lld minute%s", (long long)minutes,
	    minutes == 1 ? "" : "s"));
}

/* How long entries are kept, which nobody should have to ask. */
static void
tell_kept(struct page *page)
{
	const struct settings *settings = page->console->settings;
	struct json_object *kept = page_add(page, "kept");

	json_set_text(kept, "entries", duration_of(page, settings->deliveries));
	if (settings->bodies > 0)
		json_set_text(kept, "bodies", duration_of(page, settings->bodies));
}

static void
offer_outcomes(struct page *page)
{
	struct json_object *list = json_new_array(page->arena), *one;
	struct span chosen = page_text(page, "query", "outcome");

	for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
		const char *code = fault_info(outcomes[i])->code;

		one = json_new_object(page->arena);
		json_set_text(one, "value", span_of(code));
		json_set_bool(one, "chosen", span_is(chosen, code));
		json_append(list, json_share(one));
	}
	json_set(page_root(page, "page"), "outcomes", json_share(list));
	json_set_bool(page_root(page, "page"), "outcome_failed", span_is(chosen, "failed"));
}

bool
deliveries_before(struct page *page)
{
	struct json_object *shown = page_root(page, "page");

	read_choice(page, "query");
	tell_kept(page);
	offer_outcomes(page);
	/* Asked for more than once, or about those alone, it would say nothing new. */
	json_set_bool(shown, "failures", page_text(page, "query", "failures").n > 0 &&
	    page_text(page, "query", "after").n == 0 && page_text(page, "query", "outcome").n == 0);
	return true;
}

/* What is shown of an entry; its target keeps the name by which it is found. */
static void
shape(struct page *page, struct json_object *entry)
{
	struct json_object *target = json_get(entry, "target");
	struct span name = arena_copy(page->arena, json_string(target, "name"));

	tree_make_visible(page->arena, entry);
	if (target == NULL)
		return;
	json_set_bool(target, "is_user", span_is(json_string(target, "kind"), "user"));
	json_set_text(target, "full", name.n > 0 ? name : json_string(target, "id"));
	if (name.n == 0)
		json_set_text(target, "name", json_string(target, "id"));
}

/* ---- the list */

void
deliveries_shape(struct page *page, const char *call)
{
	struct json_object *rows = json_get(page_reply(page, call), "rows");

	for (size_t i = 0; i < json_count(rows); i++)
		shape(page, json_at(rows, i));
}

void
deliveries_listed(struct page *page)
{
	struct json_object *listeners = json_get(page_reply(page, "listeners"), "rows");

	deliveries_shape(page, "deliveries");
	deliveries_shape(page, "failed");
	for (size_t i = 0; i < json_count(listeners); i++)
		json_set_text(json_at(listeners, i), "full", doc_full_name(page->arena,
		    json_at(listeners, i)));
	page_finish(page);
}

/* ---- one */

static void
set_tree(struct page *page, const char *name, struct json_object *value)
{
	struct json_object *shown = page_root(page, "page");
	size_t left;

	json_set(shown, name, json_share(tree_of(page->arena, value, TREE_MAX, &left)));
	if (left > 0)
		json_set_int(shown, arena_printf(page->arena, "%s_left", name), (int64_t)left);
}

struct json_object *
deliveries_payload(struct page *page, struct json_object *entry)
{
	struct json_object *shown = page_root(page, "page"), *payload;
	struct span type = json_string(entry, "contentType"), body = json_string(entry, "body");
	struct error error = { 0 };

	if (!json_has(entry, "body")) {
		json_set_bool(shown, "binary", json_has(entry, "bodyBase64"));
		json_set_bool(shown, "empty", json_integer(entry, "bodyBytes", 0) == 0);
		json_set_bool(shown, "gone", !json_has(entry, "bodyBase64") &&
		    json_integer(entry, "bodyBytes", 0) > 0);
		return NULL;
	}
	json_set_text(shown, "raw", tree_visible(page->arena, text_head(body, RAW_MAX)));
	json_set_bool(shown, "raw_cut", body.n > RAW_MAX);
	if (json_flag(entry, "cut", false))
		return NULL;
	if (body_mistyped(page->arena, type, body))
		type = SPAN("application/json");
	payload = body_read(page->arena, type, body, &json_limits_kept, NULL, &error);
	if (payload == NULL)
		json_set_text(shown, "unread", span_of(arena_string(page->arena,
		    span_of(error.detail))));
	else
		set_tree(page, "tree", payload);
	return payload;
}

static void
set_names(struct page *page, const char *name, struct json_object *list)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < json_count(list); i++) {
		buf_puts(&out, i > 0 ? ", " : "");
		text_visible(&out, json_span(json_at(list, i)));
	}
	if (out.n > 0)
		json_set_text(page_root(page, "page"), name, buf_keep(&out, page->arena));
}

static const struct fault_info *
info_of(struct page *page, struct span outcome)
{
	enum fault fault = fault_by_code(arena_string(page->arena, outcome));

	return fault == FAULT__MAX ? NULL : fault_info(fault);
}

void
deliveries_tell_outcome(struct page *page, struct span outcome, bool would)
{
	const struct fault_info *info = info_of(page, outcome);
	struct json_object *shown = page_root(page, "page");

	if (info == NULL)
		return;
	json_set_text(shown, "outcome_title", info != fault_info(FAULT_NONE) ? span_of(info->title)
	    : would ? SPAN("It would be carried out.") : SPAN("It was carried out."));
	if (!info->settled)
		json_set_text(shown, "advice", span_of(info->advice));
}

void
deliveries_one(struct page *page)
{
	struct json_object *entry = json_get(page_reply(page, "entry"), "row");
	struct json_object *shown = page_root(page, "page"), *answer;

	tell_kept(page);
	deliveries_tell_outcome(page, json_string(entry, "outcome"), false);
	deliveries_payload(page, entry);
	set_names(page, "masked", json_get(entry, "masked"));
	answer = json_load(page->arena, json_string(entry, "answer"));
	if (answer != NULL)
		set_tree(page, "answer", answer);
	json_del(entry, "body");
	json_del(entry, "answer");
	shape(page, entry);
	tree_make_visible(page->arena, page_reply(page, "parcels"));
	json_set_bool(shown, "can_replay", !json_flag(entry, "refused", false));
	page_finish(page);
}

/* ---- once more */

void
deliveries_replay_asked(struct page *page)
{
	struct json_object *tried = json_get(page_reply(page, "try"), "row"), *answer;
	struct json_object *entry = json_get(page_reply(page, "entry"), "row");
	struct json_object *shown = page_root(page, "page");
	struct json_object *problem = page_problem(page, "try");

	set_names(page, "masked", json_get(entry, "masked"));
	if (problem != NULL)
		json_set_text(shown, "cannot", json_string(problem, "detail").n > 0
		    ? json_string(problem, "detail") : json_string(problem, "title"));
	answer = json_get(tried, "answer");
	if (answer != NULL) {
		struct span would = json_string(answer, "would");

		json_set_text(shown, "would", would.n > 0 ? would : json_string(answer, "outcome"));
		deliveries_tell_outcome(page, would, true);
		tree_make_visible(page->arena, answer);
	}
	shape(page, entry);
	page_finish(page);
}

void
deliveries_many_asked(struct page *page)
{
	struct json_object *row = json_get(page_reply(page, "count"), "row");
	struct json_object *shown = page_root(page, "page");
	int64_t count = json_integer(row, "count", 0), masked = json_integer(row, "masked", 0);
	char now[TEXT_TIME_SIZE];

	json_set_bool(shown, "any", count > 0);
	json_set_bool(shown, "one", count == 1);
	json_set_bool(shown, "any_masked", masked > 0);
	/* What comes meanwhile was not meant. */
	if (json_string(json_get(shown, "choice"), "until").n == 0)
		json_set_text(json_get(shown, "choice"), "until",
		    span_of(arena_string(page->arena, span_of(text_time_write(page->now, now)))));
	page_finish(page);
}

bool
deliveries_many_before(struct page *page)
{
	if (!read_choice(page, "form")) {
		page_fail(page, 422, "This form is not ours", "A time in it is none.");
		return false;
	}
	return true;
}

/* What became of those that were done: "3 applied" as counts.applied=3 in the address. */
static void
count_outcomes(struct page *page, struct json_object *counts)
{
	struct json_object *rows = json_get(page_reply(page, "replay"), "rows");
	struct json_object *form = page_root(page, "form");
	struct doc_member *members;
	size_t n = doc_members(page->arena, form, &members);

	for (size_t i = 0; i < n; i++) {
		struct span name = span_of(members[i].name), code;
		int64_t count;

		if (!span_starts(name, "n."))
			continue;
		code = (struct span){ name.p + 2, name.n - 2 };
		if (info_of(page, code) != NULL && text_integer(json_span(members[i].value), &count))
			json_set_int(counts, arena_string(page->arena, code), count);
	}
	for (size_t i = 0; i < json_count(rows); i++) {
		char *code = arena_string(page->arena, json_string(json_at(rows, i), "outcome"));

		json_set_int(counts, code, json_integer(counts, code, 0) + 1);
	}
}

void
deliveries_many_after(struct page *page)
{
	struct json_object *counts = json_new_object(page->arena);
	struct span more = json_string(page_reply(page, "replay"), "more");
	struct span total = page_text(page, "form", "total");
	struct doc_member *members;
	struct buf to = { 0 };
	size_t n;

	count_outcomes(page, counts);
	buf_puts(&to, "/deliveries/replaying?");
	buf_span(&to, page_text(page, "page", "choice_query"));
	buf_puts(&to, "&total=");
	text_percent_encode(&to, total);
	if (page_text(page, "form", "masked").n > 0)
		buf_puts(&to, "&masked=1");
	n = doc_members(page->arena, counts, &members);
	for (size_t i = 0; i < n; i++)
		buf_printf(&to, "&n.%s=%lld", members[i].name,
		    (long long)json_integer(counts, members[i].name, 0));
	if (more.n > 0) {
		buf_puts(&to, "&after=");
		text_percent_encode(&to, more);
	}
	page_go(page, buf_keep(&to, page->arena), SPAN(""));
}

bool
deliveries_many_told(struct page *page)
{
	struct json_object *shown = page_root(page, "page"), *counts = json_new_array(page->arena);
	struct json_object *query = page_root(page, "query"), *one;
	struct doc_member *members;
	size_t n = doc_members(page->arena, query, &members);
	int64_t count, total, done = 0;

	read_choice(page, "query");
	for (size_t i = 0; i < n; i++) {
		struct span name = span_of(members[i].name), code;

		if (!span_starts(name, "n."))
			continue;
		code = (struct span){ name.p + 2, name.n - 2 };
		if (info_of(page, code) == NULL || !text_integer(json_span(members[i].value), &count))
			continue;
		one = json_new_object(page->arena);
		json_set_text(one, "outcome", code);
		json_set_int(one, "count", count);
		json_append(counts, json_share(one));
		done += count;
	}
	if (!text_integer(page_text(page, "query", "total"), &total) || total < done)
		total = done;
	json_set(shown, "counts", json_share(counts));
	json_set_int(shown, "done", done);
	json_set_int(shown, "total", total);
	json_set_bool(shown, "left", page_text(page, "query", "after").n > 0);
	return true;
}
