/* SPDX-License-Identifier: ISC */
#include "console/search_page.h"

#include "base/json.h"
#include "base/text.h"
#include "console/beside.h"
#include "console/page.h"
#include "console/tree.h"

#include <string.h>

/* Of each kind; of one alone. */
#define FEW 5
#define FEW_LOOKS 500
#define PAGE 25
#define PAGE_LOOKS 2000

static const struct kind_found {
	const char *kind, *label;
} kinds[] = {
	{ "user", "People" },
	{ "feedback", "Tickets" },
	{ "listener", "External Listeners" },
	{ "macro", "Macros" },
	{ "delivery", "Deliveries" },
};
#define KINDS (sizeof kinds / sizeof kinds[0])

bool
search_page_before(struct page *page)
{
	struct json_object *find = page_add(page, "find"), *asked = json_new_object(page->arena);
	struct span text = text_strip(page_text(page, "query", "q"));
	struct span only = page_text(page, "query", "kind");
	bool one = false;

	for (size_t i = 0; i < KINDS; i++)
		one = one || span_is(only, kinds[i].kind);
	for (size_t i = 0; i < KINDS && text.n > 0; i++)
		if (!one || span_is(only, kinds[i].kind))
			json_set_bool(asked, kinds[i].kind, true);
	json_set_text(find, "text", text);
	json_set(find, "kinds", json_share(asked));
	json_set_bool(find, "one", one);
	json_set_int(find, "limit", one ? PAGE : FEW);
	json_set_int(find, "look", one ? PAGE_LOOKS : FEW_LOOKS);
	/* Where it goes on is told of one kind. */
	if (!one)
		json_del(page_root(page, "query"), "after");
	return true;
}

static void
shape(struct page *page, const struct kind_found *kind, struct json_object *row)
{
	struct span link = beside_link(page, span_of(kind->kind), json_string(row, "name"));

	tree_make_visible(page->arena, row);
	json_set_text(row, "link", link);
	/* Statuses of tickets are names that people choose: they have no colour. */
	json_set_bool(row, "is_ours", strcmp(kind->kind, "feedback") != 0);
}

void
search_page_after(struct page *page)
{
	struct json_object *find = json_get(page_root(page, "page"), "find");
	struct json_object *found = json_new_array(page->arena);

	for (size_t i = 0; i < KINDS; i++) {
		struct json_object *reply = page_reply(page, kinds[i].kind), *part, *problem;
		struct json_object *rows = json_get(reply, "rows");
		struct span more = json_string(reply, "more");

		if (reply == NULL)
			continue;
		problem = json_get(reply, "problem");
		for (size_t k = 0; k < json_count(rows); k++)
			shape(page, &kinds[i], json_at(rows, k));
		part = json_new_object(page->arena);
		json_set_text(part, "kind", span_of(kinds[i].kind));
		json_set_text(part, "label", span_of(kinds[i].label));
		if (rows != NULL)
			json_set(part, "rows", json_share(rows));
		json_set_text(part, "more", more);
		if (problem != NULL)
			json_set_text(part, "wrong", json_string(problem, "detail"));
		if (json_flag(json_get(reply, "summary"), "partial", false))
			json_set_bool(find, "partial", true);
		if (json_has(json_get(reply, "summary"), "indexed")) {
			json_set_bool(find, "indexing", true);
			json_set_int(find, "indexed", json_integer(json_get(reply, "summary"), "indexed", 0));
		}
		/* What is not there need not have a heading, but where it is looked for alone. */
		if (json_count(rows) > 0 || more.n > 0 || problem != NULL || json_flag(find, "one", false))
			json_append(found, json_share(part));
	}
	json_set(find, "found", json_share(found));
	page_finish(page);
}
