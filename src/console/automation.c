/* SPDX-License-Identifier: ISC */
#include "console/automation.h"

#include "base/json.h"
#include "base/text.h"
#include "console/page.h"
#include "record/doc.h"
#include "record/words.h"

#include <string.h>

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

void
automation_after(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, "listeners"), "rows");

	for (size_t i = 0; i < json_count(rows); i++) {
		struct json_object *row = json_at(rows, i);
		const char *type = said(words_listener_types, json_string(row, "type"));

		json_set_text(row, "full", doc_full_name(page->arena, row));
		json_set_text(row, "type_said", type != NULL ? span_of(type)
		    : json_string(row, "type"));
		json_set_bool(row, "on", json_flag(row, "enabled", true));
	}
	page_finish(page);
}
