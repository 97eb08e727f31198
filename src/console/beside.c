/* SPDX-License-Identifier: ISC */
#include "console/beside.h"

#include "act/macro.h"
#include "act/schedule.h"
#include "base/json.h"
#include "base/text.h"
#include "base/zone.h"
#include "community/apikey.h"
#include "community/people.h"
#include "console/page.h"
#include "console/tree.h"
#include "listen/register.h"
#include "record/words.h"

#include <string.h>

#define RUNS 10
#define LOOKED "5000"   /* deliveries that are searched for the last use of a key */
#define SOON (INT64_C(7 * 86400) * 1000000)

static struct json_object *
beside_of(struct page *page)
{
	struct json_object *beside = json_get(page_root(page, "page"), "beside");

	return beside != NULL ? beside : page_add(page, "beside");
}

struct span
beside_link(struct page *page, struct span kind, struct span name)
{
	static const char *const pages[][2] = { { "user", "/people/" }, { "feedback", "/tickets/" },
		{ "listener", "/listeners/edit/" }, { "group", "/groups/edit/" },
		{ "report", "/reports/show?report=" }, { "delivery", "/deliveries/" } };
	struct buf out = { 0 };

	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
		if (span_is(kind, pages[i][0]))
			buf_puts(&out, pages[i][1]);
	if (out.n == 0)
		buf_printf(&out, "/documents/%.*s/edit/", (int)kind.n, kind.p);
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] == '/')
			buf_putc(&out, '/');
		else
			text_percent_encode(&out, (struct span){ name.p + i, 1 });
	return buf_keep(&out, page->arena);
}

void
beside_calls(struct page *page, const struct kind *kind, struct json_object *doc)
{
	struct json_object *beside = beside_of(page);
	struct span name = kind_name(page->arena, kind, doc);

	json_set_text(beside, "name", name);
	json_set_text(beside, "macro", json_string(doc, "macro"));
	json_set_text(beside, "project", json_string(doc, "project"));
	if (kind->uses != NULL && kind != &kind_user && kind != &kind_apikey)
		page_call(page, "uses", "{\"command\":\"uses\",\"kind\":\"{{path.kind}}\",\"name\":"
		    "\"{{page.beside.name}}\"}");
	if (kind == &kind_macro)
		page_call(page, "runs", "{\"command\":\"macro-log\",\"macro\":\"{{page.beside.name}}\","
		    "\"limit\":10,\"look\":500}");
	if (kind == &kind_schedule) {
		/* Its macro is of its project, else of the community. */
		page_call(page, "own-macro", "{{#page.beside.project}}{\"command\":\"show\",\"kind\":"
		    "\"macro\",\"name\":\"{{page.beside.project}}/{{page.beside.macro}}\"}"
		    "{{/page.beside.project}}");
		page_call(page, "missed", "{\"command\":\"attention\",\"limit\":200}");
		page_call(page, "community", "{\"command\":\"show\",\"kind\":\"setting\",\"name\":"
		    "\"setting\"}");
	}
	if (kind == &kind_apikey) {
		page_call(page, "key-listeners", "{\"command\":\"list\",\"kind\":\"listener\",\"limit\":"
		    "100,\"filter\":\"listener.apiKey == '{{page.beside.name}}'\"}");
		page_call(page, "key-last", "{\"command\":\"deliveries\",\"limit\":1,\"look\":" LOOKED ","
		    "\"filter\":\"delivery.apiKey == '{{page.beside.name}}'\"}");
	}
	if (kind == &kind_setting)
		page_call(page, "settings", "{\"command\":\"settings\"}");
}

void
beside_more(struct page *page, const struct kind *kind, struct json_object *doc)
{
	struct json_object *own = json_get(page_reply(page, "own-macro"), "row");

	if (kind != &kind_schedule)
		return;
	json_set_text(beside_of(page), "full_macro", own != NULL ? doc_full_name(page->arena, own)
	    : json_string(doc, "macro"));
	page_call(page, "runs", "{\"command\":\"macro-log\",\"macro\":\"{{page.beside.full_macro}}\","
	    "\"limit\":100,\"look\":500}");
}

/* ---- as the template shows it */

/* "Schedule", "External Listener". */
static struct span
kind_said(struct page *page, struct span kind)
{
	const char *said = words_said(words_kinds, arena_string(page->arena, kind));
	char *label = arena_string(page->arena, said != NULL ? span_of(said) : kind);

	if (label[0] >= 'a' && label[0] <= 'z')
		label[0] = (char)(label[0] - 'a' + 'A');
	return span_of(label);
}

void
beside_uses(struct page *page)
{
	struct json_object *reply = page_reply(page, "uses"), *rows = json_get(reply, "rows");
	struct json_object *last = json_at(rows, json_count(rows) - 1), *beside = beside_of(page);
	struct json_object *uses = json_new_array(page->arena);

	for (size_t i = 0; i < json_count(rows); i++) {
		struct json_object *row = json_at(rows, i);
		struct span kind = json_string(row, "kind"), name = json_string(row, "name");

		if (kind.n == 0)
			continue;
		json_set_text(row, "kind_said", kind_said(page, kind));
		json_set_text(row, "link", beside_link(page, kind, name));
		json_append(uses, json_share(row));
	}
	json_set(beside, "uses", json_share(uses));
	json_set_bool(beside, "used", json_count(uses) > 0);
	if (json_integer(last, "uses", 0) > (int64_t)json_count(uses))
		json_set_bool(beside, "more_uses", true);
}

static void
draw_runs(struct page *page, struct json_object *beside, const char *by)
{
	struct json_object *rows = json_get(page_reply(page, "runs"), "rows");
	struct json_object *runs = json_new_array(page->arena);

	for (size_t i = 0; i < json_count(rows) && json_count(runs) < RUNS; i++) {
		struct json_object *row = json_at(rows, i);

		if (by != NULL && !span_is(json_string(row, "by"), by))
			continue;
		tree_make_visible(page->arena, row);
		json_append(runs, json_share(row));
	}
	json_set(beside, "runs", json_share(runs));
	json_set_bool(beside, "has_runs", true);
}

/* The next few times, after the one that the document tells. */
static void
draw_next(struct page *page, struct json_object *beside, struct json_object *doc)
{
	struct span zone = json_string(doc, "zone");
	struct json_object *list = json_new_array(page->arena);
	int64_t start, next, end = INT64_MAX;
	enum schedule_every every;
	char text[TEXT_TIME_SIZE];
	const struct zone *wall;

	if (zone.n == 0)
		zone = json_string(json_get(page_reply(page, "community"), "row"), "timeZone");
	json_set_text(beside, "zone", zone.n > 0 ? zone : SPAN("UTC"));
	json_set_bool(beside, "off", !json_flag(doc, "enabled", true));
	json_set(beside, "next", json_share(list));
	if (!text_time(json_string(doc, "nextRun"), &next) ||
	    !text_time(json_string(doc, "start"), &start) ||
	    !schedule_every_by_name(json_string(doc, "every"), &every))
		return;
	(void)text_time(json_string(doc, "end"), &end);
	wall = zone.n > 0 ? zone_load(page->arena, zone) : NULL;
	for (int i = 0; i < 5 && next != SCHEDULE_NEVER && next <= end; i++) {
		struct json_object *one = json_new_object(page->arena);

		json_set_text(one, "at", span_of(text_time_write(next, text)));
		text_time_write(wall != NULL ? zone_local(wall, next, NULL, NULL) : next, text);
		json_set_text(one, "day", (struct span){ text, 10 });
		json_set_text(one, "clock", (struct span){ text + 11, 5 });
		json_append(list, json_share(one));
		next = schedule_next(wall, start, every, next);
	}
}

static void
draw_missed(struct page *page, struct json_object *beside, struct span name)
{
	struct json_object *row = json_get(page_reply(page, "missed"), "row");
	struct json_object *list = json_get(row, "conditions");

	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *one = json_at(list, i);

		if (span_is(json_string(one, "condition"), "schedule-missed") &&
		    span_eq(json_string(one, "subject"), name))
			json_set_text(beside, "missed", tree_visible(page->arena,
			    json_string(one, "sentence")));
	}
}

static void
draw_key(struct page *page, struct json_object *beside, struct json_object *doc)
{
	struct json_object *secrets = json_copy(page->arena, json_get(doc, "secrets"));
	struct json_object *rows = json_get(page_reply(page, "key-listeners"), "rows");
	struct json_object *last = json_get(page_reply(page, "key-last"), "row");
	struct json_object *key = json_new_object(page->arena);
	struct span revoked = json_string(doc, "revoked");
	int64_t expires, until;
	bool ends = text_time(json_string(doc, "expires"), &expires);

	json_set_text(key, "state", revoked.n > 0 ? SPAN("revoked")
	    : ends && expires <= page->now ? SPAN("expired")
	    : ends && expires <= page->now + SOON ? SPAN("ends soon") : SPAN("on"));
	json_set_bool(key, "works", revoked.n == 0 && !(ends && expires <= page->now));
	json_set_bool(key, "revoked", revoked.n > 0);
	for (size_t i = 0; i < json_count(secrets); i++)
		json_set_bool(json_at(secrets, i), "ended", text_time(json_string(json_at(secrets, i),
		    "until"), &until) && until <= page->now);
	json_set(key, "secrets", json_share(secrets));
	for (size_t i = 0; i < json_count(rows); i++) {
		struct span name = doc_full_name(page->arena, json_at(rows, i));

		json_set_text(json_at(rows, i), "full", name);
		json_set_text(json_at(rows, i), "link", beside_link(page, SPAN("listener"), name));
	}
	json_set(key, "listeners", json_share(rows != NULL ? rows : json_new_array(page->arena)));
	json_set_bool(key, "has_listeners", json_count(rows) > 0);
	if (last != NULL)
		json_set(key, "last", json_share(last));
	json_set_bool(key, "unknown", page_problem(page, "key-last") != NULL);
	json_set_bool(key, "looked_short", json_has(page_reply(page, "key-last"), "more"));
	json_set(beside, "key", json_share(key));
}

void
beside_draw(struct page *page, const struct kind *kind, struct json_object *doc)
{
	struct json_object *beside = beside_of(page);
	struct span name = kind_name(page->arena, kind, doc);

	if (page_reply(page, "uses") != NULL && page_problem(page, "uses") == NULL)
		beside_uses(page);
	if (kind == &kind_macro && page_problem(page, "runs") == NULL)
		draw_runs(page, beside, NULL);
	if (kind == &kind_schedule) {
		draw_runs(page, beside, arena_printf(page->arena, "schedule %.*s", (int)name.n, name.p));
		draw_next(page, beside, doc);
		draw_missed(page, beside, name);
		json_set_bool(beside, "schedule", true);
	}
	if (kind == &kind_apikey)
		draw_key(page, beside, doc);
	if (kind == &kind_setting && json_has(page_reply(page, "settings"), "rows") &&
	    page_problem(page, "settings") == NULL)
		json_set(beside, "settings", json_share(json_get(page_reply(page, "settings"), "rows")));
}
