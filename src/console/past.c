/* SPDX-License-Identifier: ISC */
#include "console/past.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "console/page.h"
#include "console/tree.h"

#define ROWS_SHOWN 20 /* those that differ stand first */

/* {"why": n} as a list. */
static void
add_counts(struct page *page, struct json_object *list, struct json_object *counts)
{
	struct doc_member *members;
	size_t n = doc_members(page->arena, counts, &members);

	for (size_t i = 0; i < n; i++) {
		struct json_object *one = json_new_object(page->arena);

		json_set_text(one, "why", span_of(members[i].name));
		json_set_int(one, "count", json_integer(counts, members[i].name, 0));
		json_append(list, json_share(one));
	}
}

static void
shape_pairs(struct page *page, struct json_object *past, struct json_object *outcomes)
{
	struct json_object *list = json_new_array(page->arena);

	for (size_t i = 0; i < json_count(outcomes); i++) {
		struct json_object *pair = json_at(outcomes, i), *one = json_new_object(page->arena);

		json_set_text(one, "then", json_string(pair, "then"));
		json_set_text(one, "now", json_string(pair, "now"));
		json_set_int(one, "count", json_integer(pair, "deliveries", 0));
		json_set_bool(one, "differs", json_has(pair, "by"));
		json_append(list, json_share(one));
	}
	json_set(past, "pairs", json_share(list));
}

static void
shape_rows(struct page *page, struct json_object *past, struct json_object *deliveries)
{
	struct json_object *list = json_new_array(page->arena);
	size_t i = 0;

	for (; i < json_count(deliveries) && i < ROWS_SHOWN; i++) {
		struct json_object *told = json_at(deliveries, i), *one = json_new_object(page->arena);
		struct json_object *now = json_get(told, "now");

		if (!json_flag(told, "differs", false))
			break;
		json_set_text(one, "id", json_string(told, "id"));
		json_set_text(one, "at", json_string(told, "at"));
		json_set_text(one, "then", json_string(json_get(told, "then"), "outcome"));
		json_set_text(one, "now", json_string(now, "outcome"));
		json_set_text(one, "detail", json_string(now, "detail"));
		json_set_bool(one, "by_documents", span_is(json_string(told, "by"), "documents"));
		json_set_bool(one, "lacks", json_has(told, "withoutMasked"));
		if (json_get(told, "explanation") != NULL)
			json_set(one, "steps", json_share(json_get(told, "explanation")));
		tree_make_visible(page->arena, one);
		json_append(list, json_share(one));
	}
	json_set(past, "rows", json_share(list));
	json_set_bool(past, "left", json_integer(past, "differ", 0) > (int64_t)json_count(list));
}

void
past_shape(struct page *page)
{
	struct json_object *row = json_get(page_reply(page, "past"), "row"), *past, *lost;
	int64_t differ = json_integer(row, "differ", 0), tried = json_integer(row, "tried", 0);

	if (row == NULL)
		return;
	past = page_add(page, "past");
	lost = json_new_array(page->arena);
	json_set_int(past, "tried", tried);
	json_set_int(past, "differ", differ);
	json_set_bool(past, "any", tried > 0);
	json_set_bool(past, "one", tried == 1);
	json_set_bool(past, "same", differ == 0);
	add_counts(page, lost, json_get(row, "cannotBeTried"));
	add_counts(page, lost, json_get(row, "passedOver"));
	json_set(past, "lost", json_share(lost));
	shape_pairs(page, past, json_get(row, "outcomes"));
	shape_rows(page, past, json_get(row, "deliveries"));
}

void
past_after(struct page *page)
{
	past_shape(page);
	page_finish(page);
}
