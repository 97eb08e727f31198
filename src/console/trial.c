/* SPDX-License-Identifier: ISC */
#include "console/trial.h"

#include "act/macro.h"
#include "base/json.h"
#include "base/json_document.h"
#include "base/settings.h"
#include "base/text.h"
#include "console/console_private.h"
#include "console/form.h"
#include "console/tree.h"
#include "kinds/template.h"
#include "lang/filter_rows.h"
#include "record/doc.h"
#include "record/record.h"
#include "record/words.h"

#include <string.h>

#define FOUND_MAX 10
#define SENDERS_MAX 3    /* listeners whose parameters are told */
#define BODIES 3         /* of each that are looked at */
#define DELIVERIES 5

bool
trial_is_of(const struct kind *kind)
{
	return kind == &kind_macro || kind == &kind_template;
}

static struct json_object *
trial_of(struct page *page)
{
	struct json_object *trial = json_get(page_root(page, "page"), "trial");

	return trial != NULL ? trial : page_add(page, "trial");
}

/* ---- the tags that there are */

/* Parts between dots that Mustache can name. */
static bool
can_be_named(struct span path)
{
	for (size_t i = 0; i < path.n; i++)
		if ((unsigned char)path.p[i] <= ' ' || strchr("[]{}()|\"'`=<>\\", path.p[i]) != NULL)
			return false;
	return path.n > 0 && path.p[path.n - 1] != '.';
}

static struct json_object *
tag_group(struct page *page, struct span label)
{
	struct json_object *tags = json_get(page_root(page, "page"), "tags");
	struct json_object *last = json_at(tags, json_count(tags) - 1), *group;

	if (json_count(tags) > 0 && span_eq(json_string(last, "label"), label))
		return json_get(last, "options");
	group = json_new_object(page->arena);
	json_set_text(group, "label", label);
	json_set(group, "options", json_share(json_new_array(page->arena)));
	json_append(tags, json_share(group));
	return json_get(group, "options");
}

static void
add_tag(struct page *page, struct span group, struct span path, struct span label)
{
	struct json_object *one;

	if (!can_be_named(path))
		return;
	one = json_new_object(page->arena);
	json_set_text(one, "tag", span_of(arena_join(page->arena, SPAN("{{"), path, SPAN("}}"))));
	json_set_text(one, "label", label);
	json_append(tag_group(page, group), json_share(one));
}

/* "/issue/key" is payload.issue.key, where no name has a dot of its own. */
static void
add_parameter(struct page *page, struct span group, struct json_object *row)
{
	struct span name = json_string(row, "parameter"), example = json_string(row, "example");
	char *path = arena_join(page->arena, SPAN("payload"), name.n > 0 && name.p[0] == '/'
	    ? SPAN("") : SPAN("."), name);

	if (memchr(name.p, '.', name.n) != NULL || memchr(name.p, '~', name.n) != NULL)
		return;
	for (char *p = path; *p != '\0'; p++)
		if (*p == '/')
			*p = '.';
	add_tag(page, group, span_of(path), tree_visible(page->arena, span_of(example.n == 0
	    ? arena_string(page->arena, name) : arena_printf(page->arena, "%.*s (%.*s)", (int)name.n,
	        name.p, (int)text_head(example, 40).n, example.p))));
}

static void
draw_tags(struct page *page)
{
	static const char *const always[][2] = { { "community.community", "Name of the community" },
		{ "now | date", "Today" }, { "project.name", "Project" } };
	struct json_object *rows = json_get(page_reply(page, "tag-fields"), "rows");
	const char *name;

	json_set(page_root(page, "page"), "tags", json_share(json_new_array(page->arena)));
	json_set_bool(page_root(page, "page"), "has_tags", true);
	for (size_t i = 0; i < json_count(rows); i++) {
		struct json_object *row = json_at(rows, i);
		struct span of = json_string(row, "of");

		if (!json_flag(row, "free", false) && !span_is(json_string(row, "type"), "name") &&
		    !span_starts(json_string(row, "field"), "payload"))
			add_tag(page, of.n > 0 ? of : json_string(row, "heading"),
			    json_string(row, "field"), json_string(row, "label"));
	}
	for (size_t i = 0; i < SENDERS_MAX; i++) {
		struct json_object *reply;
		struct span listener;

		name = arena_printf(page->arena, "sent-%zu", i);
		reply = page_reply(page, name);
		listener = json_string(trial_of(page), name);
		rows = json_get(reply, "rows");
		for (size_t k = 0; k < json_count(rows); k++)
			if (json_has(json_at(rows, k), "parameter"))
				add_parameter(page, span_of(arena_printf(page->arena, "Sent to %.*s",
				    (int)listener.n, listener.p)), json_at(rows, k));
	}
	for (size_t i = 0; i < sizeof always / sizeof always[0]; i++) {
		struct json_object *one = json_new_object(page->arena);

		json_set_text(one, "tag", span_of(arena_printf(page->arena, "{{%s}}", always[i][0])));
		json_set_text(one, "label", span_of(always[i][1]));
		json_append(tag_group(page, SPAN("Always")), json_share(one));
	}
}

/* ---- what is known of the document that the form is about */

static enum record
record_of(const struct page *page)
{
	return span_is(json_string(json_get(page_root(page, "page"), "trial"), "automation"),
	    "feedback") ? RECORD_FEEDBACK : RECORD_USER;
}

/* Those that run this macro; a template may be written by any. */
static bool
sends_to(struct page *page, struct json_object *listener)
{
	struct json_object *trial = trial_of(page);
	struct span macro = json_string(listener, "macro"), name = json_string(trial, "macro");
	struct span full = doc_name(page->arena, json_string(listener, "project"), macro);

	return json_flag(trial, "of_templates", false) ||
	    (name.n > 0 && (span_eq(macro, name) || span_eq(full, name)));
}

void
trial_senders(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, "tag-listeners"), "rows");
	struct json_object *trial = trial_of(page);
	size_t n = 0;

	for (size_t i = 0; i < json_count(rows) && n < SENDERS_MAX; i++) {
		struct json_object *listener = json_at(rows, i);
		const char *name = arena_printf(page->arena, "sent-%zu", n);

		if (!sends_to(page, listener))
			continue;
		json_set_text(trial, name, doc_full_name(page->arena, listener));
		page_call(page, name, arena_printf(page->arena, "{\"command\":\"suggest\",\"listener\":"
		    "\"{{page.trial.%s}}\",\"limit\":%d}", name, BODIES));
		page_call(page, arena_printf(page->arena, "came-%zu", n), arena_printf(page->arena,
		    "{\"command\":\"deliveries\",\"listener\":\"{{page.trial.%s}}\",\"limit\":%d,"
		    "\"look\":200}", name, DELIVERIES));
		n++;
	}
}

/* As it was typed, else as it is stored. */
static struct span
said(const struct page *page, const char *pointer, struct json_object *doc, const char *member)
{
	return json_has(page_root(page, "form"), pointer) ? page_text(page, "form", pointer)
	                                                  : json_string(doc, member);
}

void
trial_calls(struct page *page, const struct kind *kind, struct json_object *doc)
{
	struct json_object *trial = trial_of(page);
	struct span automation = said(page, "/automation", doc, "automation");
	struct span project = json_string(doc, "project").n > 0 ? json_string(doc, "project")
	    : text_trim(page_text(page, "form", "/project"));
	const char *ours = words_ours(words_automations, automation);

	if (automation.n == 0)
		automation = page_text(page, "query", "automation");
	if (ours != NULL)
		automation = span_of(ours);
	if (!span_is(automation, "user") && !span_is(automation, "feedback"))
		return;
	json_set_text(trial, "automation", automation);
	json_set_bool(trial, "of_users", span_is(automation, "user"));
	json_set_bool(trial, "of_templates", kind == &kind_template);
	if (text_key(project))
		json_set_text(trial, "project", project);
	json_set_text(trial, "macro", kind == &kind_macro ? json_string(doc, "key") : SPAN(""));
	page_call(page, "tag-fields", "{\"command\":\"filter-fields\",\"automation\":"
	    "\"{{page.trial.automation}}\"{{#page.trial.project}},\"project\":"
	    "\"{{page.trial.project}}\"{{/page.trial.project}}}");
	page_call(page, "tag-listeners", "{\"command\":\"list\",\"kind\":\"listener\",\"limit\":100,"
	    "\"look\":1000,\"filter\":\"listener.type == 'macro' && listener.automation == "
	    "'{{page.trial.automation}}'\"}");
}

/* ---- the form */

static struct json_object *
option_add(struct page *page, struct json_object *list, struct span value, struct span label,
    bool chosen)
{
	struct json_object *one = json_new_object(page->arena);

	json_set_text(one, "id", value);
	json_set_text(one, "label", label);
	json_set_bool(one, "chosen", chosen);
	json_append(list, json_share(one));
	return one;
}

static void
draw_deliveries(struct page *page)
{
	struct json_object *list = json_new_array(page->arena), *trial = trial_of(page);
	struct span chosen = page_text(page, "form", "trial/delivery");

	for (size_t i = 0; i < SENDERS_MAX; i++) {
		struct json_object *rows = json_get(page_reply(page, arena_printf(page->arena, "came-%zu",
		    i)), "rows");

		for (size_t k = 0; k < json_count(rows); k++) {
			struct json_object *row = json_at(rows, k);
			struct span id = json_string(row, "id"), at = json_string(row, "at");

			option_add(page, list, id, span_of(arena_printf(page->arena,
			    "%.*s, %.*s: %.*s", (int)json_string(row, "listener").n,
			    json_string(row, "listener").p, (int)at.n, at.p,
			    (int)json_string(row, "outcome").n, json_string(row, "outcome").p)),
			    span_eq(id, chosen));
		}
	}
	json_set(trial, "deliveries", json_share(list));
}

static bool
ends_with(struct span text, const char *end)
{
	size_t n = strlen(end);

	return text.n >= n && memcmp(text.p + text.n - n, end, n) == 0;
}

/* Actions of the other automation cannot stand here. */
static void
draw_actions(struct page *page)
{
	struct json_object *fields = json_get(page_root(page, "page"), "fields");
	const char *const *names = macro_action_names(page->arena, record_of(page));

	for (size_t i = 0; i < json_count(fields); i++) {
		struct json_object *field = json_at(fields, i), *options = json_get(field, "options");
		struct json_object *kept = json_new_array(page->arena);
		struct span name = json_string(field, "name");

		if (!span_starts(name, "/actions/") || options == NULL || !ends_with(name, "/action"))
			continue;
		for (size_t k = 0; k < json_count(options); k++) {
			struct json_object *option = json_at(options, k);
			struct span value = json_string(option, "value");
			bool stands = value.n == 0 || json_flag(option, "chosen", false);

			for (size_t n = 0; !stands && names[n] != NULL; n++)
				stands = span_is(value, names[n]);
			if (stands)
				json_append(kept, json_share(option));
		}
		json_set(field, "options", json_share(kept));
	}
}

/* What the project lists, or records have, for what an action sets: "/actions/2/status". */
static void
draw_suggestions(struct page *page)
{
	static const char *const of[][2] = { { "/status", "feedback.status" },
		{ "/feature", "feedback.feature" } };
	struct json_object *fields = json_get(page_root(page, "page"), "fields");
	struct json_object *rows = json_get(page_reply(page, "tag-fields"), "rows"), *names;
	const char *own = record_of(page) == RECORD_USER ? "user.fields." : "feedback.fields.";

	names = json_new_array(page->arena);
	for (size_t i = 0; i < json_count(rows); i++) {
		struct span path = json_string(json_at(rows, i), "field");

		if (span_starts(path, own) && !json_flag(json_at(rows, i), "free", false))
			json_append(names, json_share(json_new_text(page->arena, (struct span){
			    path.p + strlen(own), path.n - strlen(own) })));
	}
	for (size_t i = 0; i < json_count(fields); i++) {
		struct json_object *field = json_at(fields, i), *list = NULL;
		struct span name = json_string(field, "name");

		if (!span_starts(name, "/actions/") || !json_flag(field, "is_line", false))
			continue;
		if (ends_with(name, "/field"))
			list = names;
		for (size_t k = 0; k < sizeof of / sizeof of[0]; k++)
			for (size_t r = 0; ends_with(name, of[k][0]) && r < json_count(rows); r++)
				if (span_is(json_string(json_at(rows, r), "field"), of[k][1]))
					list = json_get(json_at(rows, r), "choices");
		if (json_count(list) == 0)
			continue;
		json_set(field, "suggests", json_share(list));
		json_set_bool(field, "has_suggests", true);
	}
}

/* With the automation, what may be done and said changes: at once, or by a button. */
static void
ask_anew(struct page *page)
{
	struct json_object *fields = json_get(page_root(page, "page"), "fields");

	for (size_t i = 0; i < json_count(fields); i++)
		if (span_is(json_string(json_at(fields, i), "name"), "/automation")) {
			json_set_text(json_at(fields, i), "part", SPAN("part-fields"));
			json_set_bool(json_at(fields, i), "redraws", true);
		}
}

/* Nobody was named to try it on. */
static void
take_problem(struct page *page)
{
	struct json_object *problems = json_get(page_root(page, "page"), "problems");

	for (size_t i = 0; i < json_count(problems); i++) {
		struct json_object *one = json_at(problems, i);

		if (!span_is(json_string(one, "pointer"), "trial/who"))
			continue;
		json_set_text(one, "id", SPAN("f-trial-who"));
		json_set_text(trial_of(page), "problem", json_string(one, "text"));
	}
}

void
trial_draw(struct page *page)
{
	struct json_object *trial = trial_of(page);

	ask_anew(page);
	if (!json_has(trial, "automation"))
		return;
	take_problem(page);
	draw_tags(page);
	draw_deliveries(page);
	draw_actions(page);
	draw_suggestions(page);
	json_set_bool(trial, "shown", true);
	json_set_text(trial, "who", page_text(page, "form", "trial/who"));
}

/* ---- what is asked */

bool
trial_is_asked(const struct page *page)
{
	struct span ask = page_text(page, "form", "ask");

	return span_starts(ask, "tag ") || span_is(ask, "find") || span_is(ask, "try") ||
	    span_starts(ask, "html ");
}

/* At the end of the field; with script it goes where the caret is. */
static void
insert_tag(struct page *page, struct span name)
{
	struct json_object *form = page_root(page, "form");
	const char *field = arena_string(page->arena, name);
	const char *of = arena_printf(page->arena, "tag:%s", field);

	if (name.n > 0 && name.p[0] == '/')
		json_set_text(form, field, span_of(arena_join(page->arena, page_text(page, "form", field),
		    page_text(page, "form", of), SPAN(""))));
	json_del(form, of);
}

/* Who has this in his name or address, as a filter. */
static struct span
filter_for(struct page *page, enum record record, struct span text)
{
	static const char *const users[] = { "user.email", "user.username", "user.firstName",
		"user.lastName", NULL };
	static const char *const tickets[] = { "feedback.title", "feedback.id", NULL };
	const char *const *paths = record == RECORD_USER ? users : tickets;
	const struct filter_row_value value = { FILTER_IS_TEXT, text };
	struct filter_row rows[4];
	struct filter_rows all = { rows, 0, true };

	for (; paths[all.count] != NULL; all.count++)
		/* cppcheck-suppress unreadVariable ; it is read through all */
		rows[all.count] = (struct filter_row){ span_of(paths[all.count]), FILTER_ROW_CONTAINS,
			&value, 1 };
	return filter_rows_write(page->arena, &all);
}

static void
draw_found(struct page *page)
{
	struct json_object *trial = trial_of(page), *found = json_new_array(page->arena);
	struct json_object *exact = json_get(page_reply(page, "exact"), "row");
	struct json_object *row = json_get(page_reply(page, "found"), "row");
	struct json_object *first = json_get(row, "first");
	struct span chosen = page_text(page, "form", "trial/target"), id = json_string(exact, "id");

	if (page_text(page, "form", "trial/who").n == 0)
		return;
	if (exact != NULL)
		option_add(page, found, id, record_of(page) == RECORD_USER ? json_string(exact, "email")
		    : json_string(exact, "title"), chosen.n == 0 || span_eq(chosen, id));
	for (size_t i = 0; i < json_count(first); i++)
		if (!span_eq(json_string(json_at(first, i), "id"), id))
			option_add(page, found, json_string(json_at(first, i), "id"), tree_visible(page->arena,
			    json_string(json_at(first, i), "name")),
			    span_eq(chosen, json_string(json_at(first, i), "id")) ||
			        (exact == NULL && chosen.n == 0 && json_count(first) == 1));
	json_set(trial, "found", json_share(found));
	json_set_bool(trial, "none", json_count(found) == 0);
	json_set_bool(trial, "more", json_flag(row, "more", false) ||
	    json_integer(row, "count", 0) > (int64_t)json_count(first));
}

static void
shape_headers(struct page *page, struct json_object *parcel)
{
	struct json_object *list = json_new_array(page->arena);
	struct doc_member *members;
	size_t n = doc_members(page->arena, json_get(parcel, "headers"), &members);

	for (size_t i = 0; i < n; i++) {
		struct json_object *one = json_new_object(page->arena);

		json_set_text(one, "name", tree_visible(page->arena, span_of(members[i].name)));
		json_set_text(one, "value", tree_visible(page->arena, json_span(members[i].value)));
		json_append(list, json_share(one));
	}
	json_set(parcel, "headers", json_share(list));
}

static struct json_object *
tried(const struct page *page)
{
	return json_get(page_reply(page, "tried"), "row");
}

/* What a template would write is an e-mail to the one that was picked. */
static struct json_object *
parcels_of(struct page *page)
{
	struct json_object *row = tried(page), *list;

	if (row == NULL || json_has(row, "parcels"))
		return json_get(row, "parcels");
	list = json_new_array(page->arena);
	json_set_text(row, "kind", SPAN("email"));
	if (span_is(json_string(json_get(row, "target"), "kind"), "user"))
		json_set_text(row, "to", json_string(json_get(row, "target"), "name"));
	json_append(list, json_share(row));
	return list;
}

static void
draw_parcels(struct page *page, struct json_object *told)
{
	struct json_object *parcels = parcels_of(page), *emails = json_new_array(page->arena);
	struct json_object *webhooks = json_new_array(page->arena);

	for (size_t i = 0; i < json_count(parcels); i++) {
		struct json_object *parcel = json_at(parcels, i);
		bool email = span_is(json_string(parcel, "kind"), "email");

		json_set_bool(parcel, "has_html", json_string(parcel, "html").n > 0);
		json_del(parcel, "html");
		json_set_int(parcel, "n", (int64_t)i);
		if (email && json_string(parcel, "from").n == 0)
			json_set_text(parcel, "from", page->console->settings->mail_from);
		if (!email)
			shape_headers(page, parcel);
		tree_make_visible(page->arena, parcel);
		json_append(email ? emails : webhooks, json_share(parcel));
	}
	json_set(told, "emails", json_share(emails));
	json_set(told, "webhooks", json_share(webhooks));
}

static void
draw_told(struct page *page)
{
	struct json_object *trial = trial_of(page), *row = tried(page);
	struct json_object *problem = page_problem(page, "tried"), *told;

	if (row == NULL && problem == NULL)
		return;
	told = json_new_object(page->arena);
	if (problem != NULL) {
		json_set_text(told, "failed", json_string(problem, "detail").n > 0
		    ? json_string(problem, "detail") : json_string(problem, "title"));
	} else {
		tree_make_visible(page->arena, json_get(row, "effects"));
		tree_make_visible(page->arena, json_get(row, "steps"));
		json_set(told, "effects", json_share(json_get(row, "effects")));
		json_set_bool(told, "of_macro", json_has(row, "effects"));
		json_set(told, "steps", json_share(json_get(row, "steps")));
		if (json_integer(row, "unshown", 0) > 0)
			json_set_int(told, "unshown", json_integer(row, "unshown", 0));
		draw_parcels(page, told);
	}
	json_set(trial, "told", json_share(told));
}

static void
show_html(struct page *page, struct span number)
{
	struct json_object *parcels = parcels_of(page);
	struct span html = SPAN("");
	uint64_t n;

	if (text_unsigned(number, 100, &n))
		html = json_string(json_at(parcels, (size_t)n), "html");
	if (html.n == 0)
		page_fail(page, 404, "There is no such page", "The e-mail is text alone.");
	else
		page_sandboxed(page, html);
}

static void
on_tried(struct page *page)
{
	struct json_object *complaints = json_get(page_reply(page, "tried"), "complaints");
	struct span ask = page_text(page, "form", "ask");

	if (span_starts(ask, "html ")) {
		show_html(page, (struct span){ ask.p + 5, ask.n - 5 });
		return;
	}
	draw_found(page);
	for (size_t i = 0; i < json_count(complaints); i++)
		page_complain(page, json_string(json_at(complaints, i), "pointer"),
		    json_string(json_at(complaints, i), "error"));
	if (json_count(complaints) > 0)
		json_set_bool(trial_of(page), "wrong", true);
	else
		draw_told(page);
	page_again(page);
}

/* The document as apply takes it, under the name that the command is told. */
static void
set_documents(struct page *page, const struct kind *kind, struct json_object *doc)
{
	struct json_object *documents = json_new_array(page->arena);
	struct json_object *one = json_new_object(page->arena), *trial = trial_of(page);

	json_set_text(doc, "kind", span_of(kind->name));
	if (json_string(doc, "key").n == 0)
		json_set_text(doc, "key", SPAN("untitled"));
	json_set(one, "doc", json_share(doc));
	json_append(documents, json_share(one));
	json_set(trial, "documents", json_share(documents));
	json_set_text(trial, "name", doc_full_name(page->arena, doc));
}

void
trial_take(struct page *page, const struct kind *kind, struct json_object *doc)
{
	struct span ask = page_text(page, "form", "ask"), who = text_trim(page_text(page, "form",
	    "trial/who")), target = page_text(page, "form", "trial/target");
	struct json_object *trial = trial_of(page);
	const char *ours = words_ours(words_automations, json_string(doc, "automation"));

	if (span_starts(ask, "tag ")) {
		insert_tag(page, (struct span){ ask.p + 4, ask.n - 4 });
		page_again(page);
		return;
	}
	json_set_text(trial, "automation", ours != NULL ? span_of(ours) : SPAN("user"));
	json_set_text(trial, "what", span_of(record_name(record_of(page))));
	json_set_text(trial, "who", who);
	json_set_text(trial, "filter", filter_for(page, record_of(page), who));
	json_set_text(trial, "project", json_string(doc, "project"));
	if (who.n == 0) {
		page_complain(page, SPAN("trial/who"), record_of(page) == RECORD_USER
		    ? SPAN("Say on whom it is tried: a name or an e-mail address.")
		    : SPAN("Say on which ticket it is tried: its id, or words of its title."));
		page_again(page);
		return;
	}
	page_call(page, "exact", "{\"command\":\"show\",\"kind\":\"{{page.trial.what}}\",\"name\":"
	    "\"{{page.trial.who}}\"}");
	page_call(page, "found", arena_printf(page->arena, "{\"command\":\"filter-count\","
	    "\"automation\":\"{{page.trial.automation}}\"{{#page.trial.project}},\"project\":"
	    "\"{{page.trial.project}}\"{{/page.trial.project}},\"limit\":%d,\"filter\":"
	    "\"{{page.trial.filter}}\"}", FOUND_MAX));
	if (!span_is(ask, "find")) {
		set_documents(page, kind, doc);
		json_set_text(trial, "target", target.n > 0 ? target : who);
		json_set_text(trial, "delivery", page_text(page, "form", "trial/delivery"));
		page_call(page, "tried", kind == &kind_macro
		    ? "{\"command\":\"macro-run\",\"macro\":\"{{page.trial.name}}\",\"preview\":true,"
		      "\"target\":{\"id\":\"{{page.trial.target}}\"}{{#page.trial.delivery}},"
		      "\"delivery\":\"{{page.trial.delivery}}\"{{/page.trial.delivery}},"
		      "\"documents\":{{{page.trial.documents}}}}"
		    : "{\"command\":\"template-preview\",\"template\":\"{{page.trial.name}}\","
		      "\"target\":{\"id\":\"{{page.trial.target}}\"}{{#page.trial.delivery}},"
		      "\"delivery\":\"{{page.trial.delivery}}\"{{/page.trial.delivery}},"
		      "\"documents\":{{{page.trial.documents}}}}");
	}
	page_wait(page, on_tried);
}
