/* SPDX-License-Identifier: ISC */
#include "console/automation.h"

#include "base/json.h"
#include "base/text.h"
#include "console/deliveries.h"
#include "console/page.h"
#include "console/reports.h"
#include "console/tree.h"
#include "record/doc.h"
#include "record/words.h"

#include <ctype.h>
#include <string.h>

#define BAR_WIDTH 3
#define BAR_STEP 4
#define BARS_HEIGHT 24

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

struct span
automation_url(struct page *page, struct json_object *listener)
{
	struct span base = page_text(page, "me", "listen"), type = json_string(listener, "type");
	struct span project = json_string(listener, "project"), key = json_string(listener, "key");

	return span_of(arena_printf(page->arena, "%.*s/%.*s.fcgi/%s%.*s%s%.*s", (int)base.n, base.p,
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
	json_set_text(row, "url", automation_url(page, row));
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

/* One that home itself explains has no link. */
static void
shape_conditions(struct page *page, struct json_object *conditions)
{
	for (size_t i = 0; i < json_count(conditions); i++) {
		struct json_object *one = json_at(conditions, i);
		struct span sentence = json_string(one, "sentence"), link = json_string(one, "page");
		char *said = arena_string(page->arena, sentence);

		*said = (char)toupper((unsigned char)*said);
		json_set_text(one, "said", tree_visible(page->arena, span_of(said)));
		json_set_text(one, "link", span_is(link, "/") ? SPAN("") : link);
	}
}

void
home_after(struct page *page)
{
	struct json_object *attention = json_get(page_reply(page, "attention"), "row");
	struct json_object *rows = json_get(page_reply(page, "pulse"), "rows"), *day;
	static const char *const classes[] = { "done", "filtered", "failed" };

	shape_conditions(page, json_get(attention, "conditions"));
	shape_conditions(page, json_get(attention, "over"));
	deliveries_shape(page, "deliveries");
	day = page_add(page, "day");
	for (size_t class = 0; class < sizeof classes / sizeof classes[0]; class++) {
		int64_t sum = 0;

		for (size_t i = 0; i < json_count(rows); i++)
			sum += json_integer(json_at(rows, i), classes[class], 0);
		json_set_int(day, classes[class], sum);
		json_set_bool(day, arena_printf(page->arena, "has_%s", classes[class]), sum > 0);
	}
	reports_on_home(page);
	page_finish(page);
}
