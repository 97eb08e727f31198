/* SPDX-License-Identifier: ISC */
#include "console/learn.h"

#include "base/json.h"
#include "base/pointer.h"
#include "base/text.h"
#include "community/group.h"
#include "console/automation.h"
#include "console/deliveries.h"
#include "console/page.h"
#include "console/tree.h"
#include "listen/listener.h"
#include "record/doc.h"
#include "record/doc_merge.h"
#include "record/words.h"

#include <stdio.h>
#include <string.h>

#define LEAVES_MAX 1500

static const char *const types[] = { "string", "integer", "boolean", "datetime", NULL };

static bool
is_type(struct span text)
{
	for (size_t i = 0; types[i] != NULL; i++)
		if (span_is(text, types[i]))
			return true;
	return false;
}

static struct json_object *
row_of(const struct page *page, const char *call)
{
	return json_get(page_reply(page, call), "row");
}

/* What `suggest` says of a parameter; NULL: nothing. */
static struct json_object *
suggested(const struct page *page, struct span parameter)
{
	struct json_object *rows = json_get(page_reply(page, "suggest"), "rows");

	for (size_t i = 0; i < json_count(rows); i++)
		if (json_has(json_at(rows, i), "parameter") &&
		    span_eq(json_string(json_at(rows, i), "parameter"), parameter))
			return json_at(rows, i);
	return NULL;
}

/* The document of that kind that it proposes. */
static struct json_object *
proposed(const struct page *page, const char *kind)
{
	struct json_object *rows = json_get(page_reply(page, "suggest"), "rows");

	for (size_t i = 0; i < json_count(rows); i++)
		if (span_is(json_string(json_get(json_at(rows, i), "document"), "kind"), kind))
			return json_get(json_at(rows, i), "document");
	return NULL;
}

/* The field of the group that is there already. */
static struct json_object *
field_of(const struct page *page, struct span parameter)
{
	struct json_object *fields = json_get(row_of(page, "group"), "fields");

	for (size_t i = 0; i < json_count(fields); i++)
		if (span_eq(json_string(json_at(fields, i), "parameter"), parameter))
			return json_at(fields, i);
	return NULL;
}

static struct span
form_of(struct page *page, const char *what, struct span parameter)
{
	return page_text(page, "form", arena_printf(page->arena, "%s.%.*s", what,
	    (int)parameter.n, parameter.p));
}

/* "Last seen" of "last_seen". */
static struct span
label_of(struct arena *arena, struct span name)
{
	char *label = arena_string(arena, name);

	for (char *p = label; *p != '\0'; p++)
		if (*p == '_' || *p == '-' || *p == '/')
			*p = ' ';
	if (label[0] >= 'a' && label[0] <= 'z')
		label[0] = (char)(label[0] - 'a' + 'A');
	return span_of(label);
}

/* The last part of a parameter. */
static struct span
name_of(struct span parameter)
{
	for (size_t i = parameter.n; i > 0; i--)
		if (parameter.p[i - 1] == '/')
			return (struct span){ parameter.p + i, parameter.n - i };
	return parameter;
}

/* As the guide calls the type. */
static const char *
type_said(struct page *page, struct span type)
{
	const char *said = words_said(words_field_types, arena_string(page->arena, type));

	return said != NULL ? said : arena_string(page->arena, label_of(page->arena, type));
}

/* ---- what each value may become */

static void
offer(struct page *page, struct json_object *list, struct span value, struct span label,
    struct span chosen)
{
	struct json_object *one = json_new_object(page->arena);

	json_set_text(one, "value", value);
	json_set_text(one, "label", label);
	json_set_bool(one, "chosen", span_eq(value, chosen));
	json_set_bool(one, "is_data", is_type(value));
	json_append(list, json_share(one));
}

static void
offer_type(struct page *page, struct json_object *list, const char *type, bool fits,
    struct span chosen)
{
	offer(page, list, span_of(type), span_of(arena_printf(page->arena, "Data field: %s%s",
	    type_said(page, span_of(type)), fits ? ", which fits" : "")), chosen);
}

static struct json_object *
uses(struct page *page, struct json_object *listener, struct json_object *known,
    struct span parameter)
{
	struct json_object *list = json_new_array(page->arena);
	struct span type = json_string(listener, "type"), fits = json_string(known, "type");
	struct span use = json_string(known, "use");
	/* Of what is proposed only what a listener must have; a person says what is to be kept. */
	struct span chosen = page_text(page, "form", "do").n > 0
	    ? form_of(page, "use", parameter) : span_is(use, "field") ? SPAN("") : use;

	offer(page, list, SPAN(""), SPAN("–"), chosen);
	offer(page, list, SPAN("target"), SPAN("Target"), chosen);
	if (span_is(type, "comment")) {
		offer(page, list, SPAN("author"), SPAN("Author Field"), chosen);
		offer(page, list, SPAN("comment"), SPAN("Comment Field"), chosen);
	}
	if (!span_is(type, "data"))
		return list;
	for (size_t i = 0; types[i] != NULL; i++)
		if (span_is(fits, types[i]))
			offer_type(page, list, types[i], true, chosen);
	for (size_t i = 0; types[i] != NULL; i++)
		if (!span_is(fits, types[i]))
			offer_type(page, list, types[i], false, chosen);
	return list;
}

static void
shape_leaf(struct page *page, struct json_object *listener, struct json_object *leaf, size_t n)
{
	struct span parameter = json_string(leaf, "parameter"), typed;
	struct json_object *known = suggested(page, parameter), *field = field_of(page, parameter);

	json_set_text(leaf, "id", span_of(arena_printf(page->arena, "f-use-%zu", n)));
	json_set_bool(leaf, "is_field", field != NULL);
	if (field != NULL)
		json_set_text(leaf, "field", span_of(arena_printf(page->arena, "%.*s (%s)",
		    (int)json_string(field, "label").n, json_string(field, "label").p,
		    type_said(page, json_string(field, "type")))));
	json_set_bool(leaf, "pickable", known != NULL && field == NULL);
	if (known == NULL || field != NULL)
		return;
	json_set_bool(leaf, "of_data", span_is(json_string(listener, "type"), "data"));
	json_set(leaf, "uses", json_share(uses(page, listener, known, parameter)));
	typed = form_of(page, "label", parameter);
	json_set_text(leaf, "proposed_label", typed.n > 0 ? typed : label_of(page->arena,
	    tree_visible(page->arena, name_of(parameter))));
}

static void
offer_matches(struct page *page, struct json_object *listener)
{
	static const struct { const char *match, *of, *label; } known[] = {
		{ "email", "user", "e-mail address" }, { "username", "user", "user name" },
		{ "id", "user", "id" }, { "id", "feedback", "ticket id" },
	};
	struct span automation = json_string(listener, "automation"), typed, match;
	struct json_object *list = json_new_array(page->arena);
	bool found = false;

	match = json_string(json_get(listener, "target"), "match");
	typed = page_text(page, "form", "match");
	if (typed.n > 0)
		match = typed;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (span_is(automation, known[i].of)) {
			offer(page, list, span_of(known[i].match), span_of(known[i].label), match);
			found |= span_is(match, known[i].match);
		}
	if (!found && match.n > 0)
		offer(page, list, match, span_starts(match, "fields.") ? span_of(arena_printf(page->arena,
		    "field %.*s", (int)match.n - 7, match.p + 7)) : match, match);
	json_set(page_root(page, "page"), "matches", json_share(list));
	json_set_text(page_root(page, "page"), "record", automation);
}

/* What is read of a body: of a batch its first item. */
static struct json_object *
item_of(struct page *page, struct json_object *payload, struct span each)
{
	struct json_object *items = NULL;

	if (each.n == 0)
		return payload;
	json_set_text(page_root(page, "page"), "each", each);
	if (json_is_array(payload))
		return json_at(payload, 0);
	return pointer_get(payload, each, &items) && json_is_array(items) ? json_at(items, 0) : payload;
}

static void
tell_trial(struct page *page)
{
	struct json_object *tried = json_at(json_get(row_of(page, "try"), "deliveries"), 0);
	struct json_object *now = json_get(tried, "now"), *shown;

	if (tried == NULL)
		return;
	tree_make_visible(page->arena, tried);
	shown = page_add(page, "tried");
	json_set_text(shown, "outcome", json_string(now, "outcome"));
	json_set_text(shown, "detail", json_string(now, "detail"));
	if (json_get(tried, "explanation") != NULL)
		json_set(shown, "steps", json_share(json_get(tried, "explanation")));
	if (json_get(now, "actions") != NULL)
		json_set(shown, "actions", json_share(json_get(now, "actions")));
}

/* Everything that is asked for is there. */
/* What was looked at when the page was opened. */
static void
show_version(struct page *page, const char *member, const struct kind *kind,
    struct json_object *doc)
{
	struct json_object *shown = page_root(page, "page");
	struct span version = page_text(page, "form", "version").n > 0 && !json_has(shown, "insists")
	    ? page_text(page, "form", member) : doc != NULL ? doc_version(page->arena, kind, doc)
	    : SPAN("");

	if (version.n > 0)
		json_set_text(shown, member, version);
}

static void
draw(struct page *page)
{
	struct json_object *entry = row_of(page, "entry"), *payload, *tree;
	struct json_object *listener = proposed(page, "listener"), *shown = page_root(page, "page");
	size_t left;

	payload = deliveries_payload(page, entry);
	if (payload != NULL && listener != NULL) {
		payload = item_of(page, payload, json_string(listener, "each"));
		tree = tree_of(page->arena, payload, LEAVES_MAX, &left);
		for (size_t i = 0; i < json_count(tree); i++)
			if (json_flag(json_at(tree, i), "is_leaf", false))
				shape_leaf(page, listener, json_at(tree, i), i);
		json_set(shown, "tree", json_share(tree));
		if (left > 0)
			json_set_int(shown, "tree_left", (int64_t)left);
		else
			json_del(shown, "tree_left");
		json_set_bool(shown, "learning", true);
		show_version(page, "version", &kind_listener, row_of(page, "document"));
		show_version(page, "group_version", &kind_group, row_of(page, "group"));
		offer_matches(page, listener);
	} else {
		json_set_bool(shown, "cannot_read", entry != NULL);
	}
	tell_trial(page);
	json_del(entry, "body");
	tree_make_visible(page->arena, entry);
	page_finish(page);
}

/* ---- which delivery */

/* The one that was chosen, or the newest that was let in; none that came before one listened. */
static struct span
delivery_of(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, "deliveries"), "rows");
	struct span chosen = page_text(page, "query", "delivery");
	int64_t since = 0, at;

	if (page_text(page, "form", "delivery").n > 0)
		return page_text(page, "form", "delivery");
	if (chosen.n > 0)
		return chosen;
	text_time(page_text(page, "query", "since"), &since);
	for (size_t i = 0; i < json_count(rows); i++)
		if (text_time(json_string(json_at(rows, i), "at"), &at) && at >= since &&
		    !json_flag(json_at(rows, i), "cut", false) &&
		    json_integer(json_at(rows, i), "bodyBytes", 0) > 0)
			return json_string(json_at(rows, i), "id");
	return SPAN("");
}

/* Of the listener as it stands: the group that it fills already. */
static struct span
group_of(struct page *page)
{
	struct json_object *listener = row_of(page, "document");
	struct span group = json_string(listener, "group");

	return group.n == 0 ? group : doc_name(page->arena, json_string(listener, "project"), group);
}

static void
ask(struct page *page, struct span delivery)
{
	struct json_object *asked = page_add(page, "asked");

	json_set_text(asked, "delivery", delivery);
	json_set_text(asked, "group", group_of(page));
	page_call(page, "suggest", "{\"command\":\"suggest\",\"listener\":\"{{path.name}}\","
	    "\"delivery\":\"{{page.asked.delivery}}\"}");
	page_call(page, "group", "{{#page.asked.group}}{\"command\":\"show\",\"kind\":\"group\","
	    "\"name\":\"{{page.asked.group}}\"}{{/page.asked.group}}");
}

void
learn_after(struct page *page)
{
	struct json_object *listener = row_of(page, "document"), *shown = page_root(page, "page");
	struct span delivery = arena_copy(page->arena, delivery_of(page));
	const char *type = words_said(words_listener_types, arena_string(page->arena,
	    json_string(listener, "type")));

	json_set_bool(shown, "captures", json_flag(listener, "capture", false));
	json_set_text(shown, "url", automation_url(page, listener));
	json_set_text(shown, "type_said", span_of(type != NULL ? type : ""));
	json_set_bool(shown, "of_macro", span_is(json_string(listener, "type"), "macro"));
	json_set_bool(page_add(page, "at"), arena_string(page->arena,
	    json_string(listener, "automation")), true);
	json_set_text(shown, "delivery", delivery);
	tree_make_visible(page->arena, page_reply(page, "deliveries"));
	if (delivery.n == 0) {
		json_set_bool(shown, "waits", json_flag(listener, "capture", false));
		page_finish(page);
		return;
	}
	ask(page, delivery);
	page_call(page, "entry", "{\"command\":\"delivery\",\"id\":\"{{page.asked.delivery}}\","
	    "\"body\":true}");
	page_wait(page, draw);
}

/* ---- what was chosen becomes documents */

static bool
take_one(struct page *page, struct json_object *doc, const char *member, struct span parameter,
    struct json_object *value)
{
	if (json_has(doc, arena_printf(page->arena, "taken-%s", member))) {
		page_complain(page, SPAN(""), span_of(arena_printf(page->arena, "Only one value can be "
		    "the %s: \"%.*s\" is another.", member, (int)parameter.n, parameter.p)));
		return false;
	}
	json_set_bool(doc, arena_printf(page->arena, "taken-%s", member), true);
	json_set(doc, member, json_share(value));
	return true;
}

static void
take_target(struct page *page, struct json_object *doc, struct span parameter)
{
	struct json_object *target = json_get(doc, "target");
	struct span match = page_text(page, "form", "match");

	/* What else the listener says of its target stays. */
	target = target != NULL ? json_copy(page->arena, target) : json_new_object(page->arena);
	json_set_text(target, "parameter", parameter);
	if (match.n > 0)
		json_set_text(target, "match", match);
	take_one(page, doc, "target", parameter, target);
}

static void
add_field(struct page *page, struct json_object *fields, struct span parameter, struct span type)
{
	struct json_object *field = json_new_object(page->arena);
	struct span label = text_trim(form_of(page, "label", parameter));

	json_set_text(field, "label", label.n > 0 ? label : label_of(page->arena, name_of(parameter)));
	json_set_text(field, "parameter", parameter);
	json_set_text(field, "type", type);
	json_append(fields, json_share(field));
}

static void
line_version(struct json_object *line, struct span version)
{
	if (version.n > 0)
		json_set_text(line, "version", version);
}

/* The listener, and where it stores data the group: in page.documents. Who changes what
 * somebody else has changed since the page was looked at is told so. */
static void
make_documents(struct page *page, bool captures, bool tries)
{
	struct json_object *rows = json_get(page_reply(page, "suggest"), "rows");
	struct json_object *doc = json_copy(page->arena, proposed(page, "listener"));
	struct json_object *group = row_of(page, "group"), *documents, *line, *fields;
	bool has_target = false;

	if (group == NULL)
		group = proposed(page, "group");
	group = group == NULL ? NULL : json_copy(page->arena, group);
	fields = row_of(page, "group") != NULL ? json_get(group, "fields") : json_new_array(page->arena);
	for (size_t i = 0; i < json_count(rows); i++) {
		struct span parameter = json_string(json_at(rows, i), "parameter");
		struct span use = form_of(page, "use", parameter);

		if (parameter.n == 0 || use.n == 0)
			continue;
		if (span_is(use, "target")) {
			take_target(page, doc, parameter);
			has_target = true;
		} else if (span_is(use, "author") || span_is(use, "comment")) {
			take_one(page, doc, arena_string(page->arena, use), parameter,
			    json_new_text(page->arena, parameter));
		} else if (is_type(use)) {
			add_field(page, fields, parameter, use);
		}
	}
	if (!has_target && !json_has(row_of(page, "document"), "target"))
		page_complain(page, SPAN(""), SPAN("Say which value is the target: by it the user or "
		    "ticket is found."));
	if (group != NULL && json_count(fields) == 0)
		page_complain(page, SPAN(""), SPAN("Say which values are to be kept as data fields."));
	json_del(doc, "taken-target");
	json_del(doc, "taken-author");
	json_del(doc, "taken-comment");
	if (captures)
		json_set_bool(doc, "capture", true);
	documents = json_new_array(page->arena);
	if (group != NULL) {
		json_set(group, "fields", json_share(fields));
		line = json_new_object(page->arena);
		json_set(line, "doc", json_share(group));
		if (!tries)
			line_version(line, page_text(page, "form", "group_version"));
		/* There was none when the page was looked at. */
		if (!tries && page_text(page, "form", "version").n > 0 && !json_has(line, "version"))
			json_set_bool(line, "creates", true);
		json_append(documents, json_share(line));
	}
	line = json_new_object(page->arena);
	json_set(line, "doc", json_share(doc));
	if (!tries)
		line_version(line, page_text(page, "form", "version"));
	json_append(documents, json_share(line));
	json_set(page->model, "doc", json_share(documents));
}

/* ---- doing it */

static bool
did_fail(struct page *page, const char *call)
{
	struct json_object *reply = page_reply(page, call);
	struct json_object *complaints = json_get(reply, "complaints");
	struct json_object *problem = page_problem(page, call);

	if (problem == NULL)
		return false;
	for (size_t i = 0; i < json_count(complaints); i++) {
		struct json_object *one = json_at(complaints, i);
		struct span error = json_string(one, "error"), pointer = json_string(one, "pointer");

		/* That it is there is the only thing that can be wrong with the group's key. */
		if (span_is(pointer, "/key")) {
			error = SPAN("There is an External Data Group with the key of the listener. "
			    "Choose it in the listener's form, and then say here what goes into it.");
			pointer = SPAN("");
		}
		/* Who is told so knows, and may send it once more. */
		if (span_is(error, DOC_CHANGED))
			json_set_bool(page_root(page, "page"), "insists", true);
		page_complain(page, SPAN(""), pointer.n == 0 ? error : span_of(arena_printf(page->arena,
		    "%.*s: %.*s", (int)pointer.n, pointer.p, (int)error.n, error.p)));
	}
	if (json_count(complaints) == 0)
		page_complain(page, SPAN(""), json_string(problem, "detail"));
	return true;
}

static void
tried(struct page *page)
{
	if (!did_fail(page, "try") && json_count(json_get(row_of(page, "try"), "deliveries")) == 0)
		page_complain(page, SPAN(""), SPAN("It could not be tried: what came is not kept any "
		    "more."));
	page_again(page);
}

static void
applied(struct page *page)
{
	struct span to = SPAN("/learn/{{path.name | path}}?delivery={{form.delivery}}");
	bool on = span_is(page_text(page, "form", "do"), "on");

	if (did_fail(page, "apply")) {
		page_again(page);
		return;
	}
	if (on && page_text(page, "form", "captured").n > 0)
		to = SPAN("/deliveries/replay?listener={{path.name | path}}&outcome=captured");
	else if (on)
		to = SPAN("/deliveries?listener={{path.name | path}}");
	page_go(page, page_make(page, to.p, PAGE_TEXT), on ? SPAN("It is switched on: what comes is "
	    "carried out.") : SPAN("Kept. It still listens, and does nothing yet."));
}

static void
act(struct page *page)
{
	struct span what = page_text(page, "form", "do");

	if (did_fail(page, "suggest")) {
		page_again(page);
		return;
	}
	make_documents(page, span_is(what, "save"), span_is(what, "try"));
	if (page_has_complaints(page)) {
		page_again(page);
	} else if (span_is(what, "try")) {
		page_call(page, "try", "{\"command\":\"listener-past\",\"listener\":\"{{path.name}}\","
		    "\"delivery\":\"{{form.delivery}}\",\"documents\":{{{doc}}}}");
		page_wait(page, tried);
	} else {
		page_call(page, "apply", "{\"command\":\"apply\",\"documents\":{{{doc}}}}");
		page_wait(page, applied);
	}
}

static void
known(struct page *page)
{
	if (did_fail(page, "document")) {
		page_again(page);
		return;
	}
	ask(page, page_text(page, "form", "delivery"));
	page_wait(page, act);
}

static void
switched(struct page *page)
{
	char now[TEXT_TIME_SIZE];
	bool listens = span_is(page_text(page, "form", "do"), "listen");

	if (did_fail(page, "switch")) {
		page_again(page);
		return;
	}
	page_go(page, span_of(arena_join(page->arena, page_make(page, "/learn/{{path.name | path}}",
	    PAGE_TEXT), listens ? SPAN("?since=") : SPAN(""), listens
	    ? span_of(text_time_write(page->now, now)) : SPAN(""))), listens
	    ? SPAN("It listens: what comes now is kept, and nothing is done.")
	    : SPAN("It does not listen any more: what comes is carried out."));
}

bool
learn_before(struct page *page)
{
	struct span what = page_text(page, "form", "do");

	if (span_is(what, "listen") || span_is(what, "stop")) {
		json_set_bool(page_root(page, "page"), "listen", span_is(what, "listen"));
		page_call(page, "switch", "{\"command\":\"set\",\"kind\":\"listener\",\"name\":"
		    "\"{{path.name}}\",\"members\":{\"capture\":{{#page.listen}}true{{/page.listen}}"
		    "{{^page.listen}}null{{/page.listen}}}}");
		page_wait(page, switched);
	} else if (span_is(what, "try") || span_is(what, "save") || span_is(what, "on")) {
		page_call(page, "document", "{\"command\":\"show\",\"kind\":\"listener\",\"name\":"
		    "\"{{path.name}}\"}");
		page_wait(page, known);
	} else {
		page_fail(page, 400, "This form is not ours", "It does not say what is to be done.");
	}
	return false;
}
