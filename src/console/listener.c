/* SPDX-License-Identifier: ISC */
#include "console/listener.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/secret.h"
#include "base/text.h"
#include "community/apikey.h"
#include "community/group.h"
#include "community/throttle.h"
#include "act/macro.h"
#include "console/filter_form.h"
#include "console/form.h"
#include "console/listener_private.h"
#include "console/page.h"
#include "console/past.h"
#include "http/sender.h"
#include "listen/listener.h"
#include "record/doc_merge.h"
#include "record/schema.h"
#include "record/words.h"

#include <string.h>

#define OFFERED_MAX 300
#define READY_S 300 /* seconds that secrets wait to be shown */
#define READY_PATH "/listeners/ready/"

const char *const listener_action_members[] = { "action", NULL };
const char *const listener_field_members[] = { "label", "parameter", NULL };

const char *const listener_prefixes[LINE__MAX] = { "", "", "macro:", "group:", "key:" };

bool
listener_typed(const struct page *page)
{
	return json_members(page_root(page, "form")) > 0;
}

struct span
listener_said(const struct page *page, const char *pointer, struct json_object *doc,
    const char *member)
{
	return listener_typed(page) ? page_text(page, "form", pointer) : json_string(doc, member);
}

/* ---- the form */

/* What people call the automation; NULL: it is none. */
static const char *
automation_said(struct span ours)
{
	for (const struct word *word = words_automations; word->said != NULL; word++)
		if (span_is(ours, word->ours))
			return word->said;
	return NULL;
}

/* In the project of the listener a name is its key. */
static void
near_names(struct page *page, const char *call, struct span project)
{
	struct json_object *rows = json_get(page_reply(page, call), "rows");

	for (size_t i = 0; i < json_count(rows) && project.n > 0; i++)
		if (span_eq(json_string(json_at(rows, i), "project"), project))
			json_del(json_at(rows, i), "project");
}

/* As it is stored; of a new one what is known before anything is typed. */
static struct json_object *
document_of(struct page *page)
{
	struct json_object *doc = json_get(page_reply(page, "document"), "row"), *reply;

	if (doc != NULL)
		return doc;
	reply = json_new_object(page->arena);
	doc = json_new_object(page->arena);
	json_set(reply, "row", json_share(doc));
	if (page_reply(page, "document") == NULL)
		json_set(page_root(page, "calls"), "document", json_share(reply));
	return doc;
}

static void
on_drawn(struct page *page)
{
	struct span project = page_text(page, "page", "project");

	near_names(page, "offered-macro", project);
	near_names(page, "offered-group", project);
	listener_draw(page, document_of(page));
	page_finish(page);
}

/* Lists to choose from: of this automation, and of the project or the community. */
static void
call_offered(struct page *page, const char *kind)
{
	struct json_object *shown = page_root(page, "page");
	struct span project = json_string(shown, "project");
	struct buf out = { 0 };

	buf_printf(&out, "{\"command\":\"list\",\"kind\":\"%s\",\"limit\":%d,\"filter\":\"%s.automation "
	    "== '{{page.automation}}' && (%s.project == null", kind, OFFERED_MAX, kind, kind);
	if (project.n > 0)
		buf_printf(&out, " || %s.project == '{{page.project}}'", kind);
	else
		buf_printf(&out, " || %s.project != null", kind);
	buf_puts(&out, ")\"}");
	page_call(page, arena_printf(page->arena, "offered-%s", kind), buf_keep(&out, page->arena).p);
}

static void
call_lists(struct page *page)
{
	page_call(page, FILTER_FORM_CALL, "{\"command\":\"filter-fields\",\"automation\":"
	    "\"{{page.automation}}\"{{#page.project}},\"project\":\"{{page.project}}\"{{/page.project}}}");
	call_offered(page, "macro");
	call_offered(page, "group");
	page_call(page, "offered-apikey", arena_printf(page->arena,
	    "{\"command\":\"list\",\"kind\":\"apikey\",\"limit\":%d}", OFFERED_MAX));
	page_call(page, "offered-project", arena_printf(page->arena,
	    "{\"command\":\"list\",\"kind\":\"project\",\"limit\":%d}", OFFERED_MAX));
	page_call(page, "offered-rank", arena_printf(page->arena,
	    "{\"command\":\"list\",\"kind\":\"rank\",\"limit\":%d}", OFFERED_MAX));
	page_call(page, "offered-template", arena_printf(page->arena,
	    "{\"command\":\"list\",\"kind\":\"template\",\"limit\":%d}", OFFERED_MAX));
}

/* The key is free when there is no such listener. */
static void
call_taken(struct page *page)
{
	struct span project = page_text(page, "page", "project");

	if (span_is(page_text(page, "form", "ask"), "key") &&
	    text_key(page_text(page, "form", "/key")))
		page_call(page, "taken", project.n > 0 ? "{\"command\":\"show\",\"kind\":\"listener\","
		    "\"name\":\"{{page.project}}/{{page.asked_key}}\"}" : "{\"command\":\"show\","
		    "\"kind\":\"listener\",\"name\":\"{{page.asked_key}}\"}");
}

static void
set_scope(struct page *page, struct json_object *doc)
{
	struct json_object *shown = page_root(page, "page");
	struct span automation = json_string(doc, "automation");
	struct span project = json_string(doc, "project");
	const char *ours;

	if (automation.n == 0)
		automation = page_text(page, listener_typed(page) ? "form" : "query",
		    listener_typed(page) ? "/automation" : "automation");
	ours = words_ours(words_automations, automation);
	if (ours != NULL)
		automation = span_of(ours);
	if (!json_has(doc, "key") || !json_has(shown, "version")) {
		if (listener_typed(page))
			project = text_trim(page_text(page, "form", "/project"));
		else if (project.n == 0)
			project = page_text(page, "query", "project");
	}
	if (automation_said(automation) == NULL)
		return;
	json_set_text(shown, "automation", automation);
	json_set_text(shown, "automation_said", span_of(automation_said(automation)));
	json_set_bool(page_add(page, "at"), arena_string(page->arena, automation), true);
	if (project.n == 0 || !text_key(project))
		return;
	json_set_text(shown, "project", project);
	if (!json_has(doc, "project") && !listener_typed(page))
		json_set_text(doc, "project", project);
}

void
listener_form(struct page *page)
{
	struct json_object *shown = page_root(page, "page"), *doc = document_of(page);
	struct span name = page_text(page, "path", "name");
	bool edit = name.n > 0 && span_starts(span_of(page->route->path), "/listeners/edit");
	struct span ask = page_text(page, "form", "ask");

	if (edit) {
		/* What was looked at when the form was opened. */
		json_set_text(shown, "version", page_text(page, "form", "version").n > 0 &&
		    !json_has(shown, "insists") ? page_text(page, "form", "version")
		    : doc_version(page->arena, &kind_listener, doc));
		json_set_text(shown, "action", span_of(arena_printf(page->arena, "/listeners/edit/%.*s",
		    (int)name.n, name.p)));
		json_set_text(shown, "full", name);
	} else {
		json_set_text(shown, "action", SPAN("/listeners/new"));
		json_set_text(shown, "from", name.n > 0 ? name : page_text(page, "form", "from"));
	}
	if (!edit && name.n > 0 && !listener_typed(page)) {
		/* A copy is another: its key is free to choose, and it comes in by its own secret. */
		json_del(doc, "key");
		if (json_string(doc, "name").n > 0)
			json_set_text(doc, "name", span_of(arena_join(page->arena,
			    json_string(doc, "name"), SPAN(" (copy)"), SPAN(""))));
	}
	set_scope(page, doc);
	if (json_string(shown, "automation").n == 0) {
		json_set_bool(shown, "choose", true);
		page_finish(page);
		return;
	}
	json_set_text(shown, "asked_key", page_text(page, "form", "/key"));
	call_lists(page);
	call_taken(page);
	if (span_is(ask, "count")) {
		json_set_text(shown, "counted", page_text(page, "form", "counted"));
		page_call(page, "count", "{\"command\":\"filter-count\",\"automation\":"
		    "\"{{page.automation}}\"{{#page.project}},\"project\":\"{{page.project}}\""
		    "{{/page.project}},\"filter\":\"{{page.counted}}\"}");
	}
	page_wait(page, on_drawn);
}

/* ---- from the form to documents */

struct making {
	struct page *page;
	struct json_object *stored;   /* as it is now, or what is copied; empty: new */
	struct json_object *doc;
	struct json_object *documents, *keys, *secrets;
	struct span project, automation, key;
	bool edit;
};

static void
add_document(const struct making *making, enum listener_line line, struct json_object *doc,
    bool new, struct span version)
{
	struct json_object *one = json_new_object(making->page->arena);

	json_set_int(one, "line", (int64_t)line);
	json_set(one, "doc", json_share(doc));
	if (new)
		json_set_bool(one, "creates", true);
	if (version.n > 0)
		json_set_text(one, "version", version);
	json_append(making->documents, json_share(one));
}

/* The name of what is made with the listener: of its own, else of the listener. */
static struct span
key_for(struct page *page, const char *typed, struct span otherwise)
{
	struct span name = text_trim(page_text(page, "form", typed));

	return form_key(page->arena, name.n > 0 ? name : otherwise);
}

static struct json_object *
new_document(const struct making *making, const char *kind, const char *name_field)
{
	struct page *page = making->page;
	struct json_object *doc = json_new_object(page->arena);
	struct span name = text_trim(page_text(page, "form", name_field));

	json_set_text(doc, "kind", span_of(kind));
	json_set_text(doc, "key", key_for(page, name_field, making->key));
	if (making->project.n > 0)
		json_set_text(doc, "project", making->project);
	json_set_text(doc, "automation", making->automation);
	json_set_text(doc, "name", name.n > 0 ? name : json_string(doc, "key"));
	return doc;
}

static void
make_macro(struct making *making)
{
	struct page *page = making->page;
	struct json_object *doc, *actions = json_new_array(page->arena);
	size_t rows;

	if (!span_is(page_text(page, "form", "macro/from"), "new"))
		return;
	doc = new_document(making, "macro", "macro:/name");
	rows = form_rows(page, "macro:/actions");
	for (size_t i = 0; i < rows; i++) {
		const char *prefix = arena_printf(page->arena, "macro:/actions/%zu", i);
		struct span name = page_text(page, "form", arena_printf(page->arena, "%s/action",
		    prefix));
		const struct member *members = macro_action_members(name);
		struct json_object *action = members == NULL ? json_new_object(page->arena)
		    : form_part_document(page, prefix, SCHEMA(members));

		json_set_text(action, "action", name);
		json_append(actions, json_share(action));
	}
	if (rows == 0)
		page_complain(page, SPAN("macro:/actions/0"), SPAN("A macro does at least one thing: "
		    "choose an action."));
	json_set(doc, "actions", json_share(actions));
	json_set_text(page_root(page, "form"), "/macro", json_string(doc, "key"));
	add_document(making, LINE_MACRO, doc, true, SPAN(""));
}

static void
make_group(struct making *making)
{
	struct page *page = making->page;
	struct json_object *doc, *fields;

	if (!span_is(page_text(page, "form", "group/from"), "new"))
		return;
	doc = new_document(making, "group", "group:/name");
	fields = json_get(form_part_document(page, "group:", kind_group.members), "fields");
	if (fields == NULL)
		page_complain(page, SPAN("group:/fields/0/label"), SPAN("An External Data Group has at "
		    "least one field: say its label, the parameter that has it, and its type."));
	json_set(doc, "fields", json_share(fields != NULL ? fields : json_new_array(page->arena)));
	json_set_text(page_root(page, "form"), "/group", json_string(doc, "key"));
	add_document(making, LINE_GROUP, doc, true, SPAN(""));
}

static void
make_apikey(struct making *making)
{
	struct page *page = making->page;
	struct span from = page_text(page, "form", "key/from");
	struct json_object *key, *form = page_root(page, "form");
	char token[SECRET_TOKEN_SIZE];

	if (span_is(from, "none"))
		json_set_text(form, "/apiKey", SPAN(""));
	if (!span_is(from, "new"))
		return;
	key = json_new_object(page->arena);
	json_set_int(key, "line", LINE_KEY);
	json_set_text(key, "name", key_for(page, "key:/name", making->key));
	apikey_new_secret(page->arena, "ear", token, key);
	json_append(making->keys, json_share(key));
	json_set_text(form, "/apiKey", json_string(key, "name"));
	json_set_text(making->secrets, "key", arena_copy(page->arena, span_of(token)));
}

/* What the form says of the sender, with the options that it had. */
static void
make_sender(struct making *making)
{
	struct page *page = making->page;
	struct span preset = page_text(page, "form", "sender/preset");
	struct span secret = text_strip(page_text(page, "form", "sender/secret"));
	const struct sender_words *words = sender_words(preset);
	struct json_object *stored = json_get(making->stored, "sender"), *sender, *secrets;
	struct span was = json_span(stored).p != NULL ? json_span(stored)
	                                              : json_string(stored, "preset");
	bool same = stored != NULL && span_eq(was, preset);
	char token[SECRET_TOKEN_SIZE];

	if (!json_has(page_root(page, "form"), "sender/preset"))
		return;
	if (preset.n == 0) {
		json_del(making->doc, "sender");
		return;
	}
	sender = form_part_changed(page, "sender:", SCHEMA(listener_sender_parts),
	    same && json_is_object(stored) ? stored : json_new_object(page->arena));
	if (secret.n == 0 && words != NULL && !(same && (making->edit ||
	        json_string(making->stored, "apiKey").n > 0))) {
		if (words->secret == NULL) {
			secret_token_new(SPAN("whk"), token);
			secret = arena_copy(page->arena, span_of(token));
		} else if (page_text(page, "form", "/apiKey").n == 0) {
			page_complain(page, SPAN("sender/secret"), span_of(arena_printf(page->arena,
			    "Enter the secret of %s: %s", words->label, words->secret)));
		}
	}
	if (secret.n > 0) {
		secrets = json_new_array(page->arena);
		json_append(secrets, json_share(json_new_text(page->arena, secret)));
		json_set(sender, "secrets", json_share(secrets));
		json_set_text(making->secrets, "secret", secret);
	}
	/* The short form stays short. */
	if (json_members(sender) == 0 && (!same || json_span(stored).p != NULL)) {
		json_set_text(making->doc, "sender", preset);
		return;
	}
	if (!json_has(sender, "preset")) {
		struct json_object *first = json_new_object(page->arena);
		struct doc_member *members;
		size_t n = doc_members(page->arena, sender, &members);

		json_set_text(first, "preset", preset);
		for (size_t i = 0; i < n; i++)
			json_set(first, members[i].name, json_share(members[i].value));
		sender = first;
	}
	json_set(making->doc, "sender", json_share(sender));
}

/* What another type has is not of this one. */
static void
drop_foreign(struct json_object *doc, const struct listener_type *type)
{
	const struct listener_type *other;

	for (size_t i = 0; (other = listener_type_at(i)) != NULL; i++)
		for (const struct member *m = other->members; other != type && m->name != NULL; m++)
			if (type == NULL || schema_member(type->members, span_of(m->name)) == NULL)
				json_del(doc, m->name);
}

/* "" for what is looked up by its id, as the form says it where it was said before. */
static void
tidy_match(struct making *making)
{
	struct page *page = making->page;
	struct json_object *form = page_root(page, "form");
	struct span match = page_text(page, "form", "/target/match");
	struct span field = text_trim(page_text(page, "form", "target/field"));

	if (span_is(match, "fields.")) {
		if (field.n == 0)
			page_complain(page, SPAN("/target/match"), SPAN("Say which field the target is "
			    "found by."));
		json_set_text(form, "/target/match", span_of(arena_join(page->arena, match, field,
		    SPAN(""))));
	} else if (span_is(match, "id") &&
	    json_string(json_get(making->stored, "target"), "match").n == 0) {
		json_set_text(form, "/target/match", SPAN(""));
	}
}

static void
make_listener(struct making *making)
{
	struct page *page = making->page;
	struct json_object *form = page_root(page, "form");
	struct span said = page_text(page, "form", "/type");
	const char *ours = words_ours(words_listener_types, said);
	const struct listener_type *type = listener_type(ours != NULL ? span_of(ours) : said);

	tidy_match(making);
	json_set_text(form, "/filter", filter_form_read(page));
	if (type == &listener_macro)
		make_macro(making);
	if (type == &listener_data)
		make_group(making);
	make_apikey(making);
	making->doc = form_part_changed(page, "", form_tables(page, &kind_listener, NULL),
	    making->stored);
	drop_foreign(making->doc, type);
	make_sender(making);
	json_set_text(making->doc, "kind", SPAN("listener"));
	if (!making->edit) {
		json_set_text(making->doc, "key", making->key);
		json_set_text(making->doc, "automation", making->automation);
		json_del(making->doc, "project");
		if (making->project.n > 0)
			json_set_text(making->doc, "project", making->project);
	}
}

/* The order of members in a new document is that in which people read them. */
static struct json_object *
in_order(struct page *page, struct json_object *doc)
{
	static const char *const first[] = { "kind", "key", "project", "type", "automation", "name",
		"description" };
	struct json_object *out = json_new_object(page->arena);
	struct doc_member *members;
	size_t n = doc_members(page->arena, doc, &members);

	for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
		if (json_get(doc, first[i]) != NULL)
			json_set(out, first[i], json_share(json_get(doc, first[i])));
	for (size_t i = 0; i < n; i++)
		if (members[i].value != NULL && !json_has(out, members[i].name))
			json_set(out, members[i].name, json_share(members[i].value));
	return out;
}

/* ---- calls */

static void
keep_secrets(struct page *page)
{
	struct json_object *secrets = json_get(page_root(page, "doc"), "secrets");

	if (json_members(secrets) <= 1)
		return;
	page_keep(page, READY_PATH, json_string(secrets, "listener"), secrets, READY_S);
}

/* What is wrong with the documents, each at its field. False: the form comes back. */
static bool
went_well(struct page *page, const char *call)
{
	struct json_object *complaints = json_get(page_reply(page, call), "complaints");
	struct json_object *problem = page_problem(page, call);

	for (size_t i = 0; i < json_count(complaints); i++) {
		struct json_object *one = json_at(complaints, i);
		int64_t line = json_integer(one, "line", LINE_LISTENER);

		/* Who is told so knows, and may send it once more. */
		if (span_is(json_string(one, "error"), DOC_CHANGED))
			json_set_bool(page_root(page, "page"), "insists", true);

		page_complain(page, span_of(arena_join(page->arena, span_of(line > 0 && line < LINE__MAX
		    ? listener_prefixes[line] : ""), json_string(one, "pointer"), SPAN(""))),
		    json_string(one, "error"));
	}
	if (problem != NULL && json_count(complaints) == 0)
		page_complain(page, SPAN(""), json_string(problem, "detail").n > 0
		    ? json_string(problem, "detail") : json_string(problem, "title"));
	if (!page_has_complaints(page))
		return true;
	page_again(page);
	return false;
}

static void
on_applied(struct page *page)
{
	struct json_object *doc = page_root(page, "doc");
	struct span full = json_string(json_get(doc, "secrets"), "listener");
	bool created = json_flag(doc, "created", false);
	struct buf to = { 0 };

	if (!went_well(page, "apply"))
		return;
	keep_secrets(page);
	/* Keys and projects need no escapes in a path. */
	buf_printf(&to, READY_PATH "%.*s", (int)full.n, full.p);
	page_go(page, buf_keep(&to, page->arena), span_of(arena_printf(page->arena, created
	    ? "The External Listener %.*s is made." : "%.*s is changed.", (int)full.n, full.p)));
}

/* The form comes back with what was tried. */
static void
on_tried(struct page *page)
{
	if (!went_well(page, "past"))
		return;
	past_tell(page);
	page_again(page);
}

/* "past", or "past 5f…": where to go on. */
static bool
asks_for_past(const struct page *page, struct span *after_r)
{
	struct span ask = page_text(page, "form", "ask");

	if (!span_starts(ask, "past"))
		return false;
	ask.p += sizeof "past" - 1;
	ask.n -= sizeof "past" - 1;
	*after_r = text_trim(ask);
	return true;
}

/* What was looked at, and what may be named, is there. */
static void
on_known(struct page *page)
{
	struct json_object *out = json_new_object(page->arena), *stored = document_of(page);
	bool edit = span_starts(span_of(page->route->path), "/listeners/edit");
	struct making making = { .page = page, .stored = stored, .edit = edit,
		.documents = json_new_array(page->arena), .keys = json_new_array(page->arena),
		.secrets = json_new_object(page->arena), .project = page_text(page, "page", "project"),
		.automation = page_text(page, "page", "automation"),
		.key = text_trim(page_text(page, "form", "/key")) };
	struct json_object *problem = page_problem(page, "document");
	struct json_object *typed = json_copy(page->arena, page_root(page, "form"));
	struct span ask = page_text(page, "form", "ask"), full, after;
	bool tries = edit && asks_for_past(page, &after);

	if (problem != NULL) {
		page_fail_by(page, problem);
		return;
	}
	if (span_is(ask, "count")) {
		json_set_text(page_root(page, "form"), "counted", filter_form_read(page));
		if (page_has_complaints(page))
			json_del(page_root(page, "form"), "ask");
		page_again(page);
		return;
	}
	if (ask.n > 0 && !tries) {
		filter_form_asked(page, ask);
		page_again(page);
		return;
	}
	if (edit) {
		making.key = json_string(stored, "key");
		making.project = json_string(stored, "project");
		making.automation = json_string(stored, "automation");
		json_del(page_root(page, "form"), "/project");
		json_del(page_root(page, "form"), "/automation");
	} else {
		json_del(stored, "key");
	}
	if (tries)
		past_choose(page, page_text(page, "form", "past/since"), after, true);
	make_listener(&making);
	/* A trial overwrites nothing that somebody else has changed meanwhile. */
	add_document(&making, LINE_LISTENER, in_order(page, making.doc), !edit,
	    edit && !tries ? page_text(page, "form", "version") : SPAN(""));
	full = doc_name(page->arena, json_string(making.doc, "project"),
	    json_string(making.doc, "key"));
	json_set_text(making.secrets, "listener", full);
	json_set(out, "documents", json_share(making.documents));
	json_set(out, "keys", json_share(making.keys));
	json_set(out, "secrets", json_share(making.secrets));
	json_set_bool(out, "created", !edit);
	json_set(page->model, "doc", json_share(out));
	/* Names of what is made with it were put there, and are not typed. */
	json_set(page->model, "form", json_share(typed));
	if (page_has_complaints(page)) {
		page_again(page);
		return;
	}
	if (tries) {
		page_call(page, "past", PAST_CALL("path.name"));
		page_wait(page, on_tried);
		return;
	}
	page_call(page, "apply", "{\"command\":\"apply\",\"documents\":{{{doc.documents}}},"
	    "\"keys\":{{{doc.keys}}}}");
	page_wait(page, on_applied);
}

/* "group-add", "macro-drop 2" … */
static void
take_rows(struct page *page, struct span ask)
{
	static const struct {
		const char *ask, *prefix, *first;
		const char *const *says;
	} rows[] = { { "macro", "macro:/actions", "action", listener_action_members },
		{ "group", "group:/fields", "label", listener_field_members } };
	struct json_object *form = page_root(page, "form");
	uint64_t row;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *drop = arena_printf(page->arena, "%s-drop ", rows[i].ask);
		size_t n = form_rows(page, rows[i].prefix);

		if (span_is(ask, arena_printf(page->arena, "%s-add", rows[i].ask)) &&
		    n < FORM_ROWS_MAX) {
			json_set_text(form, arena_printf(page->arena, "%s/%zu/%s", rows[i].prefix, n,
			    rows[i].first), SPAN(""));
		} else if (span_starts(ask, drop)) {
			struct span number = { ask.p + strlen(drop), ask.n - strlen(drop) };

			if (text_unsigned(number, FORM_ROWS_MAX, &row))
				form_rows_drop(page, rows[i].prefix, (size_t)row, rows[i].says);
		} else if (ask.n == 0) {
			form_rows_drop(page, rows[i].prefix, SIZE_MAX, rows[i].says);
		}
	}
}

static bool
take(struct page *page, struct span name, bool edit)
{
	struct json_object *form = page_root(page, "form");
	struct span ask = page_text(page, "form", "ask"), after;

	/* What is tried is what would be saved. */
	take_rows(page, edit && asks_for_past(page, &after) ? SPAN("") : ask);
	/* What it is called, and of what it is, stays. */
	if (edit)
		json_del(form, "/key");
	else if (page_text(page, "form", "/key").n == 0 && (ask.n == 0 || span_is(ask, "key")))
		json_set_text(form, "/key", form_key(page->arena,
		    page_text(page, "form", "/name")));
	json_set_text(page_root(page, "page"), "looked_at", name);
	set_scope(page, json_new_object(page->arena));
	page_call(page, FILTER_FORM_CALL, "{{#page.automation}}{\"command\":\"filter-fields\","
	    "\"automation\":\"{{page.automation}}\"{{#page.project}},\"project\":"
	    "\"{{page.project}}\"{{/page.project}}}{{/page.automation}}");
	page_call(page, "document", "{{#page.looked_at}}{\"command\":\"show\",\"kind\":\"listener\","
	    "\"name\":\"{{page.looked_at}}\"}{{/page.looked_at}}");
	page_wait(page, on_known);
	return false;
}

bool
listener_create(struct page *page)
{
	return take(page, page_text(page, "form", "from"), false);
}

bool
listener_change(struct page *page)
{
	return take(page, page_text(page, "path", "name"), true);
}

/* ---- what to do with its URL */

bool
listener_ready_before(struct page *page)
{
	struct json_object *secrets = page_kept(page, READY_PATH);

	if (json_is_object(secrets))
		json_set(page_root(page, "page"), "secrets", json_share(secrets));
	return true;
}

/* A variable of a shell. */
static void
put_variable(struct buf *out, const char *name, struct span value)
{
	if (value.n == 0)
		return;
	buf_printf(out, "%s='", name);
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '\'')
			buf_puts(out, "'\\'");
		buf_putc(out, value.p[i]);
	}
	buf_puts(out, "'; ");
}

static void
on_described(struct page *page)
{
	struct json_object *shown = page_root(page, "page"), *secrets = json_get(shown, "secrets");
	struct json_object *doc = document_of(page), *sender = json_get(doc, "sender");
	struct json_object *told = json_get(page_reply(page, "describe"), "row");
	struct json_object *record = json_get(told, "sample"), *words;
	struct span key = json_string(secrets, "key"), secret = json_string(secrets, "secret");
	struct span preset = json_span(sender).p != NULL ? json_span(sender)
	                                                 : json_string(sender, "preset");
	struct buf curl = { 0 };

	if (page_problem(page, "describe") != NULL) {
		page_fail_by(page, page_problem(page, "describe"));
		return;
	}
	put_variable(&curl, "API_KEY", key);
	put_variable(&curl, "SECRET", secret);
	buf_span(&curl, json_string(told, "curl"));
	json_set_text(shown, "url", json_string(told, "url"));
	json_set_text(shown, "curl", buf_keep(&curl, page->arena));
	json_set(shown, "parameters", json_share(json_get(told, "parameters")));
	json_set_bool(shown, "has_parameters", json_count(json_get(told, "parameters")) > 0);
	json_set_text(shown, "listener_name", json_string(doc, "name").n > 0
	    ? json_string(doc, "name") : page_text(page, "path", "name"));
	json_set_bool(page_add(page, "at"), arena_string(page->arena, json_string(doc,
	    "automation")), true);
	json_set_bool(shown, "off", !json_flag(doc, "enabled", true));
	json_set_bool(shown, "captures", json_flag(doc, "capture", false));
	json_set_text(shown, "api_key", json_string(doc, "apiKey"));
	json_set_bool(shown, "needs_key", json_string(doc, "apiKey").n > 0 && key.n == 0);
	json_set_bool(shown, "needs_secret", preset.n > 0 && secret.n == 0 &&
	    json_string(doc, "apiKey").n == 0);
	json_set_bool(shown, "of_users", span_is(json_string(doc, "automation"), "user"));
	if (record != NULL)
		json_set_text(shown, "sample", json_string(record, "title").n > 0 ? span_of(arena_printf(
		    page->arena, "%.*s (%.*s)", (int)json_string(record, "title").n,
		    json_string(record, "title").p, (int)json_string(record, "id").n,
		    json_string(record, "id").p)) : json_string(record, "email").n > 0
		    ? json_string(record, "email") : json_string(record, "id"));
	words = page_add(page, "sender");
	listener_sender_words(page, words, preset, json_string(told, "url"), secret);
	json_set_bool(shown, "has_sender", preset.n > 0);
	page_finish(page);
}

void
listener_ready(struct page *page)
{
	page_call(page, "describe", LISTENER_DESCRIBE);
	page_wait(page, on_described);
}
