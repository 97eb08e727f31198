/* SPDX-License-Identifier: ISC */
#include "console/outbox.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/settings.h"
#include "base/text.h"
#include "console/console_private.h"
#include "console/tree.h"

#include <string.h>

static const char *const states[] = { "waiting", "leased", "sent", "dead", "dropped", NULL };

/* For people: what a courier has taken is being sent. */
static const char *
state_said(struct span state)
{
	return span_is(state, "leased") ? "being sent" : NULL;
}

bool
outbox_before(struct page *page)
{
	static const char *const members[] = { "state", "type", "contains", NULL };
	struct json_object *shown = page_root(page, "page"), *list, *one;
	struct buf query = { 0 };

	list = json_new_array(page->arena);
	for (size_t i = 0; states[i] != NULL; i++) {
		const char *said = state_said(span_of(states[i]));

		one = json_new_object(page->arena);
		json_set_text(one, "value", span_of(states[i]));
		json_set_text(one, "label", span_of(said != NULL ? said : states[i]));
		json_set_bool(one, "chosen", span_is(page_text(page, "query", "state"), states[i]));
		json_append(list, json_share(one));
	}
	json_set(shown, "states", json_share(list));
	json_set_bool(shown, "of_email", span_is(page_text(page, "query", "type"), "email"));
	json_set_bool(shown, "of_webhook", span_is(page_text(page, "query", "type"), "webhook"));
	for (size_t i = 0; members[i] != NULL; i++) {
		struct span value = page_text(page, "query", members[i]);

		if (value.n == 0)
			continue;
		buf_printf(&query, "%s%s=", query.n > 0 ? "&" : "", members[i]);
		text_percent_encode(&query, value);
	}
	json_set_bool(shown, "chosen", query.n > 0);
	json_set_text(shown, "choice_query", buf_keep(&query, page->arena));
	return true;
}

static void
shape(struct page *page, struct json_object *row)
{
	struct span state;
	const char *said;

	tree_make_visible(page->arena, row);
	state = json_string(row, "state");
	said = state_said(state);
	json_set_text(row, "state_said", said != NULL ? span_of(said) : state);
	json_set_bool(row, "is_email", span_is(json_string(row, "kind"), "email"));
	json_set_bool(row, "is_waiting", span_is(state, "waiting"));
	json_set_bool(row, "is_dead", span_is(state, "dead"));
	json_set_bool(row, "can_change", span_is(state, "waiting") || span_is(state, "dead"));
}

void
outbox_listed(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, "parcels"), "rows");

	for (size_t i = 0; i < json_count(rows); i++)
		shape(page, json_at(rows, i));
	page_finish(page);
}

/* ---- one */

static void
show_headers(struct page *page, struct json_object *headers)
{
	struct json_object *list = json_new_array(page->arena), *one;
	struct doc_member *members;
	size_t n = doc_members(page->arena, headers, &members);

	for (size_t i = 0; i < n; i++) {
		one = json_new_object(page->arena);
		json_set_text(one, "name", tree_visible(page->arena, span_of(members[i].name)));
		json_set_text(one, "value", tree_visible(page->arena, json_span(members[i].value)));
		json_append(list, json_share(one));
	}
	json_set(page_root(page, "page"), "headers", json_share(list));
}

void
outbox_one(struct page *page)
{
	struct json_object *row = json_get(page_reply(page, "parcel"), "row");
	struct json_object *shown = page_root(page, "page");
	struct span body = json_string(row, "body"), text = json_string(row, "text");

	json_set_text(shown, "text", tree_visible(page->arena, text));
	json_set_text(shown, "body", tree_visible(page->arena, body));
	json_set_bool(shown, "has_html", json_string(row, "html").n > 0);
	if (json_string(row, "from").n == 0)
		json_set_text(row, "from", page->console->settings->mail_from);
	show_headers(page, json_get(row, "headers"));
	shape(page, row);
	page_finish(page);
}

void
outbox_html(struct page *page)
{
	struct json_object *row = json_get(page_reply(page, "parcel"), "row");

	if (json_string(row, "html").n == 0)
		page_fail(page, 404, "There is no such page", "The e-mail is text alone.");
	else
		page_sandboxed(page, json_string(row, "html"));
}

/* ---- many */

bool
outbox_many_before(struct page *page)
{
	struct span verb = page_text(page, "path", "verb");
	struct json_object *shown = page_root(page, "page");

	if (!span_is(verb, "retry") && !span_is(verb, "drop")) {
		page_fail(page, 404, "There is no such page", "E-mails and webhooks are tried again, or "
		    "given up.");
		return false;
	}
	json_set_bool(shown, "is_drop", span_is(verb, "drop"));
	json_set_text(shown, "asked", span_is(verb, "drop") ? SPAN("Give them up?")
	    : SPAN("Try them again?"));
	return outbox_before(page);
}

void
outbox_many_asked(struct page *page)
{
	int64_t count = json_integer(json_get(page_reply(page, "count"), "row"), "count", 0);

	json_set_bool(page_root(page, "page"), "any", count > 0);
	json_set_bool(page_root(page, "page"), "one", count == 1);
	page_finish(page);
}
