/* SPDX-License-Identifier: ISC */
#include "console/automation.h"

#include "base/json.h"
#include "base/text.h"
#include "console/page.h"
#include "record/doc.h"
#include "record/words.h"

#include <string.h>

#define BAR_WIDTH 3
#define BAR_STEP 4
#define BARS_HEIGHT 24
#define SOON_US (INT64_C(7) * 86400 * 1000000)

/* What people call it; NULL: it is none. */
static const char *
said(const struct word *words, struct span ours)
{
	for (; words->said != NULL; words++)
		if (span_is(ours, words->ours))
			return words->said;
	return NULL;
}

bool
automation_before(struct page *page)
{
	struct json_object *shown = page_root(page, "page");
	struct span record = page_text(page, "path", "record");
	struct span project = page_text(page, "query", "project");
	const char *title = said(words_automations, record);

	if (title == NULL) {
		page_fail(page, 404, "There is no such page", "Automation is of users or of feedback.");
		return false;
	}
	json_set_text(shown, "automation", span_of(title));
	json_set_bool(page_add(page, "at"), arena_string(page->arena, record), true);
	json_set_text(shown, "filter", span_of(project.n == 0 || !text_key(project)
	    ? arena_printf(page->arena, "listener.automation == '%.*s'", (int)record.n, record.p)
	    : arena_printf(page->arena, "listener.automation == '%.*s' && listener.project == "
	        "'%.*s'", (int)record.n, record.p, (int)project.n, project.p)));
	return true;
}

/* ---- what a listener did lately */

static struct json_object *
row_named(struct json_object *rows, const char *member, struct span name)
{
	for (size_t i = 0; i < json_count(rows); i++)
		if (span_eq(json_string(json_at(rows, i), member), name))
			return json_at(rows, i);
	return NULL;
}

static int64_t
count_at(struct json_object *hour, size_t class)
{
	struct span text = json_number_text(json_at(hour, class));
	int64_t count = 0;

	text_integer(text, &count);
	return count;
}

/* Bars on top of each other, one hour beside the next; the highest fills the height. What is
 * not nothing can be seen. */
static struct json_object *
bars_of(struct page *page, struct json_object *hours)
{
	static const char *const classes[] = { "done", "filtered", "failed" };
	struct json_object *bars = json_new_array(page->arena);
	int64_t highest = 1, sum;

	for (size_t i = 0; i < json_count(hours); i++) {
		sum = 0;
		for (size_t class = 0; class < 3; class++)
			sum += count_at(json_at(hours, i), class);
		highest = sum > highest ? sum : highest;
	}
	for (size_t i = 0; i < json_count(hours); i++) {
		int64_t y = BARS_HEIGHT;

		for (size_t class = 0; class < 3; class++) {
			int64_t count = count_at(json_at(hours, i), class);
			int64_t height = (count * BARS_HEIGHT + highest - 1) / highest;
			struct json_object *bar;

			height = height > y ? y : height;
			if (height == 0)
				continue;
			bar = json_new_object(page->arena);
			y -= height;
			json_set_text(bar, "class", span_of(classes[class]));
			json_set_int(bar, "x", (int64_t)i * BAR_STEP);
			json_set_int(bar, "y", y);
			json_set_int(bar, "width", BAR_WIDTH);
			json_set_int(bar, "height", height);
			json_append(bars, json_share(bar));
		}
	}
	return bars;
}

/* "phone/jira" at /listen/comment/projects/phone/jira. */
static struct span
url_of(struct page *page, struct json_object *listener)
{
	struct span base = page_text(page, "me", "listen"), type = json_string(listener, "type");
	struct span project = json_string(listener, "project"), key = json_string(listener, "key");

	return span_of(arena_printf(page->arena, "%.*s/%.*s/%s%.*s%s%.*s", (int)base.n, base.p,
	    (int)type.n, type.p, project.n > 0 ? "projects/" : "", (int)project.n, project.p,
	    project.n > 0 ? "/" : "", (int)key.n, key.p));
}

static void
shape_listener(struct page *page, struct json_object *row)
{
	const char *type = said(words_listener_types, json_string(row, "type"));
	struct span name = doc_full_name(page->arena, row);
	struct json_object *pulse = row_named(json_get(page_reply(page, "pulse"), "rows"),
	    "listener", name);

	json_set_text(row, "full", name);
	json_set_text(row, "type_said", type != NULL ? span_of(type) : json_string(row, "type"));
	json_set_bool(row, "on", json_flag(row, "enabled", true));
	json_set_text(row, "url", url_of(page, row));
	if (pulse == NULL)
		return;
	json_set(pulse, "bars", json_share(bars_of(page, json_get(pulse, "hours"))));
	json_set(row, "pulse", json_share(pulse));
}

/* Schedules whose macro is of this automation, and of the project that is looked at. */
static void
shape_schedules(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, "schedules"), "rows");
	struct json_object *macros = json_get(page_reply(page, "macros"), "rows");
	struct json_object *kept = json_new_array(page->arena);
	struct span record = page_text(page, "path", "record");
	struct span project = page_text(page, "query", "project");

	for (size_t i = 0; i < json_count(macros); i++)
		json_set_text(json_at(macros, i), "full", doc_full_name(page->arena,
		    json_at(macros, i)));
	for (size_t i = 0; i < json_count(rows); i++) {
		struct json_object *row = json_at(rows, i), *macro;
		struct span name = json_string(row, "macro");
		struct span own = json_string(row, "project");

		if (project.n > 0 && !span_eq(own, project))
			continue;
		macro = row_named(macros, "full", doc_name(page->arena, own, name));
		if (macro == NULL)
			macro = row_named(macros, "full", name);
		if (macro != NULL && !span_eq(json_string(macro, "automation"), record))
			continue;
		json_set_text(row, "full", doc_full_name(page->arena, row));
		json_set_text(row, "macro_full", macro != NULL ? json_string(macro, "full") : name);
		json_set_bool(row, "on", json_flag(row, "enabled", true));
		json_append(kept, json_share(row));
	}
	json_set(page_root(page, "page"), "schedules", json_share(kept));
}

void
automation_after(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, "listeners"), "rows");

	for (size_t i = 0; i < json_count(rows); i++)
		shape_listener(page, json_at(rows, i));
	shape_schedules(page);
	page_finish(page);
}

/* ---- home: what needs a person */

static void
need(struct page *page, const char *kind, struct span what, struct span below)
{
	struct json_object *needs = json_get(page_root(page, "page"), "needs");
	struct json_object *one = json_new_object(page->arena);

	json_set_text(one, "kind", span_of(kind));
	json_set_text(one, "what", what);
	json_set_text(one, "below", below);
	json_append(needs, json_share(one));
}

static void
need_listeners(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, "pulse"), "rows"), *total;
	int64_t sums[3] = { 0 };

	for (size_t i = 0; i < json_count(rows); i++) {
		struct json_object *row = json_at(rows, i);
		struct span name = json_string(row, "listener"), why = json_string(row, "failure");
		int64_t failed = json_integer(row, "failed", 0);

		sums[0] += json_integer(row, "done", 0);
		sums[1] += json_integer(row, "filtered", 0);
		sums[2] += failed;
		if (failed > 0)
			need(page, "failing", span_of(arena_printf(page->arena, "External Listener %.*s: "
			    "%lld of %lld deliveries of the last 24 hours were refused; the last reason "
			    "was %.*s", (int)name.n, name.p, (long long)failed, (long long)(failed +
			    json_integer(row, "done", 0) + json_integer(row, "filtered", 0)),
			    (int)why.n, why.p)), span_of(arena_join(page->arena,
			    SPAN("/documents/listener/edit/"), name, SPAN(""))));
	}
	total = page_add(page, "day");
	json_set_int(total, "done", sums[0]);
	json_set_int(total, "filtered", sums[1]);
	json_set_int(total, "failed", sums[2]);
}

static void
need_endings(struct page *page, const char *call, const char *kind, const char *said_as)
{
	struct json_object *rows = json_get(page_reply(page, call), "rows");

	for (size_t i = 0; i < json_count(rows); i++) {
		struct json_object *row = json_at(rows, i);
		struct span name = json_string(row, "key").n > 0 ? doc_full_name(page->arena, row)
		                                                 : json_string(row, "name");
		int64_t ends;

		if (!text_time(json_string(row, "expires"), &ends) || ends > page->now + SOON_US ||
		    json_has(row, "revoked"))
			continue;
		need(page, "ending", span_of(arena_printf(page->arena, "%s %.*s %s %.10s", said_as,
		    (int)name.n, name.p, ends < page->now ? "has ended on" : "ends on",
		    json_string(row, "expires").p)), span_of(arena_printf(page->arena,
		    "/documents/%s/edit/%.*s", kind, (int)name.n, name.p)));
	}
}

void
home_after(struct page *page)
{
	struct json_object *problems = json_get(json_get(page_reply(page, "stat"), "row"),
	    "problems"), *dead = page_reply(page, "dead");
	struct json_object *untold = page_problem(page, "stat");
	size_t n = json_count(json_get(dead, "rows"));

	json_set(page_root(page, "page"), "needs", json_share(json_new_array(page->arena)));
	/* A manager of projects has no store to look after. */
	if (untold != NULL && !span_is(json_string(untold, "code"), "not-allowed"))
		need(page, "store", json_string(untold, "detail"), SPAN(""));
	for (size_t i = 0; i < json_count(problems); i++)
		need(page, "store", json_span(json_at(problems, i)), SPAN(""));
	if (n > 0)
		need(page, "dead", span_of(arena_printf(page->arena, "%s%zu e-mail%s or webhook%s could "
		    "not be sent, and will not be tried again by %s", json_has(dead, "more")
		    ? "More than " : "", n, n == 1 ? "" : "s", n == 1 ? "" : "s",
		    n == 1 ? "itself" : "themselves")), SPAN(""));
	need_listeners(page);
	need_endings(page, "apikeys", "apikey", "API key");
	need_endings(page, "listeners", "listener", "External Listener");
	page_finish(page);
}
