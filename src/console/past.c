/* SPDX-License-Identifier: ISC */
#include "console/past.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "console/deliveries.h"
#include "console/page.h"
#include "console/tree.h"
#include "record/doc.h"

#define LAST 100
#define LAST_SINCE 1000 /* the most that listener-past tries at once */
#define SHOWN 50        /* of those that differ, and of those that do not */

void
past_choose(struct page *page, struct span since, struct span after, bool changed)
{
	struct json_object *past = page_add(page, "past");
	int64_t time;

	since = text_trim(since);
	json_set_bool(past, "changed", changed);
	json_set_text(past, "typed", since);
	json_set_text(past, "after", after);
	json_set_int(past, "limit", since.n > 0 ? LAST_SINCE : LAST);
	if (since.n == 0)
		return;
	since = deliveries_time(page, since);
	if (text_time(since, &time)) {
		json_set_text(past, "since", since);
		return;
	}
	json_set_bool(past, "wrong", true);
	page_complain(page, SPAN("past/since"), SPAN("A time is a day and an hour, such as "
	    "2026-11-29T20:00."));
}

/* {"replay": 3} as rows {why, deliveries}. */
static void
set_reasons(struct page *page, struct json_object *past, const char *name,
    struct json_object *counts)
{
	struct json_object *rows = json_new_array(page->arena);
	struct doc_member *members;
	size_t n = doc_members(page->arena, counts, &members);

	for (size_t i = 0; i < n; i++) {
		struct json_object *row = json_new_object(page->arena);

		json_set_text(row, "why", span_of(members[i].name));
		json_set_int(row, "deliveries", json_integer(counts, members[i].name, 0));
		json_append(rows, json_share(row));
	}
	json_set(past, name, json_share(rows));
}

/* Who looks at the rule as it stands changes nothing by it. */
static struct span
why_of(struct json_object *past, struct json_object *one)
{
	struct span by = json_string(one, "by");

	if (span_is(by, "documents"))
		return SPAN("by what is changed here");
	if (!span_is(by, "since"))
		return SPAN("");
	return json_flag(past, "changed", false)
	    ? SPAN("also without what is changed here: records or rules are not what they were then")
	    : SPAN("records or rules are not what they were then");
}

static void
shape_one(struct page *page, struct json_object *past, struct json_object *one)
{
	struct json_object *now = json_get(one, "now"), *masked = json_get(one, "withoutMasked");
	struct json_object *target = json_get(now, "target");
	struct buf names = { 0 };

	json_set_text(one, "why", why_of(past, one));
	json_set_text(one, "was", json_string(json_get(one, "then"), "outcome"));
	json_set_text(one, "was_detail", json_string(json_get(one, "then"), "detail"));
	json_set_text(one, "would", json_string(now, "outcome"));
	json_set_text(one, "would_detail", json_string(now, "detail"));
	json_set_text(one, "saved", json_string(json_get(one, "stored"), "outcome"));
	json_set_text(one, "target_name", json_string(target, "name").n > 0
	    ? json_string(target, "name") : json_string(target, "id"));
	if (json_get(one, "explanation") != NULL)
		json_set(one, "steps", json_share(json_get(one, "explanation")));
	if (json_get(now, "actions") != NULL)
		json_set(one, "actions", json_share(json_get(now, "actions")));
	for (size_t i = 0; i < json_count(masked); i++) {
		buf_puts(&names, i > 0 ? ", " : "");
		buf_span(&names, json_span(json_at(masked, i)));
	}
	json_set_text(one, "masked", buf_keep(&names, page->arena));
}

/* Those that differ come first. */
static void
set_deliveries(struct page *page, struct json_object *past, struct json_object *told)
{
	struct json_object *lists[2] = { json_new_array(page->arena), json_new_array(page->arena) };
	struct json_object *all = json_get(told, "deliveries");
	int64_t differ = json_integer(told, "differ", 0), tried = json_integer(told, "tried", 0);

	for (size_t i = 0; i < json_count(all); i++) {
		struct json_object *one = json_at(all, i);
		struct json_object *list = lists[!json_flag(one, "differs", false)];

		if (json_count(list) == SHOWN)
			continue;
		shape_one(page, past, one);
		json_append(list, json_share(one));
	}
	json_set(past, "differing", json_share(lists[0]));
	json_set(past, "same", json_share(lists[1]));
	json_set_int(past, "same_count", tried - differ);
	if (differ > (int64_t)json_count(lists[0]))
		json_set_int(past, "left", differ - (int64_t)json_count(lists[0]));
	if (tried - differ > (int64_t)json_count(lists[1]))
		json_set_int(past, "left_same", tried - differ - (int64_t)json_count(lists[1]));
}

void
past_tell(struct page *page)
{
	struct json_object *past = json_get(page_root(page, "page"), "past");
	struct json_object *told = json_get(page_reply(page, "past"), "row"), *outcomes;

	if (told == NULL)
		return;
	tree_make_visible(page->arena, told);
	outcomes = json_get(told, "outcomes");
	for (size_t i = 0; i < json_count(outcomes); i++)
		json_set_text(json_at(outcomes, i), "why", why_of(past, json_at(outcomes, i)));
	json_set_bool(past, "told", true);
	json_set_bool(past, "any", json_integer(told, "tried", 0) > 0);
	json_set_bool(past, "one", json_integer(told, "tried", 0) == 1);
	json_set_bool(past, "any_differs", json_integer(told, "differ", 0) > 0);
	json_set_int(past, "tried", json_integer(told, "tried", 0));
	json_set_int(past, "differ", json_integer(told, "differ", 0));
	json_set(past, "outcomes", json_share(outcomes));
	set_reasons(page, past, "lost", json_get(told, "cannotBeTried"));
	set_reasons(page, past, "passed", json_get(told, "passedOver"));
	json_set_text(past, "more", json_string(told, "more"));
	set_deliveries(page, past, told);
}

bool
past_before(struct page *page)
{
	past_choose(page, page_text(page, "query", "since"), page_text(page, "query", "after"),
	    false);
	return true;
}

void
past_after(struct page *page)
{
	struct json_object *doc = json_get(page_reply(page, "document"), "row");
	struct json_object *problems = json_get(page_root(page, "page"), "problems");

	json_set_bool(page_add(page, "at"), arena_string(page->arena,
	    json_string(doc, "automation")), true);
	for (size_t i = 0; i < json_count(problems); i++)
		json_set_text(json_at(problems, i), "id", SPAN("f-past-since"));
	past_tell(page);
	page_finish(page);
}
