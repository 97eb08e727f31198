/* SPDX-License-Identifier: ISC */
#include "console/figures.h"

#include "base/fault.h"
#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "console/page.h"
#include "console/tree.h"

#define FAILING_SHOWN 20

/* What is counted, where it is listed, and what many are called; in the order of the menu. */
static const struct {
	const char *kind, *label, *link;
} counted[] = {
	{ "user", "People", "/people" },
	{ "feedback", "Tickets", "/tickets" },
	{ "comment", "Comments", "/documents/comment" },
	{ "value", "Records with external data, by data group", "/groups" },
	{ "project", "Projects", "/documents/project" },
	{ "listener", "External Listeners", "/documents/listener" },
	{ "macro", "Macros", "/documents/macro" },
	{ "template", "Templates", "/documents/template" },
	{ "schedule", "Schedules", "/documents/schedule" },
	{ "group", "Data groups", "/groups" },
	{ "team", "Teams", "/documents/team" },
	{ "rank", "Ranks", "/documents/rank" },
	{ "apikey", "API keys", "/documents/apikey" },
};

static struct json_object *
figures_of(const struct page *page)
{
	return json_get(page_root(page, "page"), "figures");
}

static struct json_object *
stat_of(const struct page *page)
{
	return json_get(page_reply(page, "stat"), "row");
}

/* "12.3 GB", as disks are sold. */
static struct span
size_said(struct page *page, int64_t bytes)
{
	static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB" };
	int64_t unit = 1;
	size_t i = 0;

	while (i + 1 < sizeof units / sizeof units[0] && bytes / unit >= 1000) {
		unit *= 1000;
		i++;
	}
	return span_of(i == 0 ? arena_printf(page->arena, "%lld bytes", (long long)bytes)
	    : arena_printf(page->arena, "%lld.%lld %s", (long long)(bytes / unit),
	        (long long)(bytes % unit / (unit / 10)), units[i]));
}

static void
tell_kinds(struct page *page)
{
	struct json_object *objects = json_get(stat_of(page), "objects");
	struct json_object *kinds = json_new_array(page->arena), *one;

	for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++) {
		one = json_new_object(page->arena);
		json_set_text(one, "label", span_of(counted[i].label));
		json_set_text(one, "link", span_of(counted[i].link));
		json_set_int(one, "count", json_integer(objects, counted[i].kind, 0));
		json_append(kinds, json_share(one));
	}
	json_set(figures_of(page), "kinds", json_share(kinds));
	json_set_bool(figures_of(page), "about", json_flag(objects, "estimated", false));
}

/* ---- deliveries */

static const char *const classes[] = { "done", "filtered", "failed" };

static int64_t
count_at(struct json_object *list, size_t i)
{
	struct span text = json_number_text(json_at(list, i));
	int64_t count = 0;

	(void)text_integer(text, &count);
	return count;
}

static void
tell_sums(struct page *page, const char *name, const int64_t sums[3])
{
	struct json_object *told = json_new_object(page->arena);

	for (size_t class = 0; class < 3; class++)
		json_set_int(told, classes[class], sums[class]);
	json_set_int(told, "all", sums[0] + sums[1] + sums[2]);
	json_set(figures_of(page), name, json_share(told));
}

/* Of the last day, and of the last hour that is over. */
static void
tell_rates(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, "pulse"), "rows");
	int64_t day[3] = { 0 }, hour[3] = { 0 };

	for (size_t i = 0; i < json_count(rows); i++) {
		struct json_object *hours = json_get(json_at(rows, i), "hours");
		size_t n = json_count(hours);

		for (size_t class = 0; class < 3; class++) {
			day[class] += json_integer(json_at(rows, i), classes[class], 0);
			hour[class] += n > 1 ? count_at(json_at(hours, n - 2), class) : 0;
		}
	}
	tell_sums(page, "day", day);
	tell_sums(page, "hour", hour);
}

static void
tell_failing(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, "pulse"), "rows");
	struct json_object *failing = json_new_array(page->arena);
	size_t more = 0;

	for (size_t i = 0; i < json_count(rows); i++) {
		struct json_object *row = json_at(rows, i), *one;
		struct span why = json_string(row, "failure");
		enum fault fault = fault_by_code(arena_string(page->arena, why));

		if (json_integer(row, "failed", 0) == 0)
			continue;
		if (json_count(failing) == FAILING_SHOWN) {
			more++;
			continue;
		}
		one = json_new_object(page->arena);
		json_set_text(one, "listener", json_string(row, "listener"));
		json_set_int(one, "failed", json_integer(row, "failed", 0));
		json_set_text(one, "why", fault != FAULT__MAX ? span_of(fault_info(fault)->title) : why);
		json_append(failing, json_share(one));
	}
	json_set(figures_of(page), "failing", json_share(failing));
	if (more > 0)
		json_set_int(figures_of(page), "failing_more", (int64_t)more);
}

/* Of all requests since the owner of the store began, those too that the log does not keep. */
static void
tell_answered(struct page *page)
{
	struct json_object *answered = json_get(json_get(stat_of(page), "owner"), "answered");
	struct json_object *list = json_new_array(page->arena), *one;
	struct doc_member *members;
	size_t n = doc_members(page->arena, answered, &members);

	for (size_t i = 0; i < n; i++) {
		enum fault fault = fault_by_code(members[i].name);

		one = json_new_object(page->arena);
		json_set_text(one, "code", span_of(members[i].name));
		json_set_text(one, "title", fault == FAULT__MAX ? SPAN("")
		    : span_of(fault_info(fault)->title));
		json_set_bool(one, "refused", fault == FAULT__MAX || !fault_info(fault)->settled);
		json_set(one, "count", json_share(members[i].value));
		json_append(list, json_share(one));
	}
	json_set(figures_of(page), "answered", json_share(list));
}

void
figures_shown(struct page *page)
{
	struct json_object *figures = page_add(page, "figures"), *stat = stat_of(page);
	struct json_object *outbox = json_get(stat, "outbox"), *store = json_get(stat, "store");

	tell_kinds(page);
	tell_rates(page);
	tell_failing(page);
	tell_answered(page);
	if (json_count(json_get(stat, "problems")) > 0)
		json_set_int(figures, "needs", (int64_t)json_count(json_get(stat, "problems")));
	json_set_bool(figures, "needs_one", json_count(json_get(stat, "problems")) == 1);
	json_set_text(figures, "log", size_said(page, json_integer(store, "logBytesWritten", 0)));
	if (json_has(store, "diskFreeBytes"))
		json_set_text(figures, "free", size_said(page, json_integer(store, "diskFreeBytes", 0)));
	if (json_integer(outbox, "oldestSeconds", 0) >= 60)
		json_set_int(figures, "oldest_minutes", json_integer(outbox, "oldestSeconds", 0) / 60);
	tree_make_visible(page->arena, outbox);
	page_finish(page);
}
