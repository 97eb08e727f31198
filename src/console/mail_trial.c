/* SPDX-License-Identifier: ISC */
#include "console/mail_trial.h"

#include "base/json.h"
#include "base/settings.h"
#include "base/text.h"
#include "console/console_private.h"
#include "console/tree.h"

#include <string.h>

static struct json_object *
told_of(struct page *page)
{
	struct json_object *told = page_add(page, "trial_mail");

	json_set_text(told, "server", page->console->settings->mail_url);
	json_set_text(told, "from", page->console->settings->mail_from);
	return told;
}

void
mail_trial_form(struct page *page)
{
	struct json_object *told = told_of(page), *problems = json_get(page_root(page, "page"),
	    "problems");

	json_set_text(told, "to", json_has(page_root(page, "form"), "to")
	    ? page_text(page, "form", "to") : page_text(page, "me", "email"));
	for (size_t i = 0; i < json_count(problems); i++) {
		json_set_text(json_at(problems, i), "id", SPAN("f-mail-to"));
		json_set_text(told, "problem", json_string(json_at(problems, i), "text"));
	}
	page_finish(page);
}

bool
mail_trial_sent(struct page *page)
{
	struct span to = text_strip(page_text(page, "form", "to"));

	json_set_text(page_root(page, "form"), "to", to);
	if (!text_email(to))
		page_complain(page, SPAN("to"), SPAN("Type an e-mail address, such as ann@mail.example."));
	return true;
}

void
mail_trial_told(struct page *page)
{
	struct json_object *parcel = json_get(page_reply(page, "parcel"), "row");
	struct json_object *told = told_of(page);
	struct span state = json_string(parcel, "state");
	bool sent = span_is(state, "sent"), waits = span_is(state, "waiting") ||
	    span_is(state, "leased");

	if (!json_flag(parcel, "trial", false)) {
		page_fail(page, 404, "There is no such page", "That e-mail is no trial.");
		return;
	}
	tree_make_visible(page->arena, parcel);
	json_set_bool(told, "is_waiting", waits);
	json_set_bool(told, "is_sent", sent);
	json_set_bool(told, "is_refused", !sent && !waits);
	page_finish(page);
}
