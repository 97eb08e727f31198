/* SPDX-License-Identifier: ISC */
#include "console/values.h"

#include "base/fault.h"
#include "base/json.h"
#include "base/json_document.h"
#include "base/pointer.h"
#include "base/secret.h"
#include "base/text.h"
#include "community/group.h"
#include "console/deliveries.h"
#include "console/documents.h"
#include "console/page.h"
#include "console/tree.h"
#include "record/doc.h"
#include "record/doc_merge.h"

#include <string.h>

#define DIGEST_DIGITS 16

/* Who has values: as addresses call them, as commands do; by which member they are named, and
 * where documents of values have that name. */
static const struct owner {
	const char *path, *kind, *name, *target, *page, *nav;
} owners[] = {
	{ "people", "user", "email", "user", "/people/", "people" },
	{ "tickets", "feedback", "id", "feedback", "/tickets/", "tickets" },
	{ "projects", "project", "key", "target", "/documents/project/edit/", "project" },
};

static const struct owner *
owner_of(const struct page *page)
{
	struct span path = page_text(page, "path", "of");

	for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++)
		if (span_is(path, owners[i].path))
			return &owners[i];
	return NULL;
}

static struct json_object *
values_of(const struct page *page)
{
	return json_get(page_root(page, "page"), "values");
}

bool
values_before(struct page *page)
{
	const struct owner *owner = owner_of(page);
	struct json_object *values;
	struct span group = page_text(page, "form", "group");

	if (owner == NULL) {
		page_fail(page, 404, "There is no such page", "External data are of people, tickets and "
		    "projects.");
		return false;
	}
	if (group.n == 0)
		group = page_text(page, "query", "group");
	values = page_add(page, "values");
	json_set_text(values, "record", span_of(owner->path));
	json_set_text(values, "kind", span_of(owner->kind));
	json_set_text(values, "group", group);
	json_set_bool(page_add(page, "at"), owner->nav, true);
	return true;
}

struct span
values_place(struct page *page, struct json_object *value)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++) {
		struct span name = json_string(value, owners[i].target);

		if (name.n == 0)
			continue;
		buf_printf(&out, "/values/%s/", owners[i].path);
		text_percent_encode(&out, name);
		buf_puts(&out, "?group=");
		text_percent_encode(&out, doc_name(page->arena, json_string(value, "project"),
		    json_string(value, "group")));
		break;
	}
	return buf_keep(&out, page->arena);
}

/* ---- values as text */

/* As a form sends it: each end of a line is one character. */
static struct span
lines(struct arena *arena, struct span text)
{
	char *out = arena_alloc(arena, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '\r')
			out[n++] = text.p[i];
		else if (i + 1 == text.n || text.p[i + 1] != '\n')
			out[n++] = '\n';
	return (struct span){ out, n };
}

/* As a field for date and time has it, in UTC: seconds where there are any. What is less than a
 * second is not shown. */
static struct span
local(struct arena *arena, int64_t time)
{
	const int64_t second = 1000000;
	char text[TEXT_TIME_SIZE];

	text_time_write(time - ((time % second) + second) % second, text);
	return text_head(arena_copy(arena, span_of(text)), strcmp(text + 16, ":00Z") == 0 ? 16 : 19);
}

static struct span
shown(struct page *page, struct span type, struct json_object *value)
{
	int64_t time;

	if (value == NULL)
		return SPAN("");
	if (json_span(value).p == NULL)
		return arena_copy(page->arena, json_number_text(value));
	if (span_is(type, "datetime") && text_time(json_span(value), &time))
		return local(page->arena, time);
	return lines(page->arena, json_span(value));
}

/* The same of what was typed; p NULL: the form had no such field. */
static struct span
typed(struct page *page, struct span type, const char *name)
{
	struct span text = json_span(json_get(page_root(page, "form"), name));
	int64_t time;

	if (text.p == NULL)
		return text;
	if (span_is(type, "string"))
		return lines(page->arena, text);
	text = text_strip(text);
	if (span_is(type, "datetime") && text_time(deliveries_time(page, text), &time))
		return local(page->arena, time);
	return text;
}

static struct json_object *
value_of(struct page *page, struct span type, struct span text)
{
	struct json_object *holder = json_new_object(page->arena);

	if (text.n == 0)
		return NULL;
	if (span_is(type, "boolean") && (span_is(text, "true") || span_is(text, "false"))) {
		json_set_bool(holder, "v", span_is(text, "true"));
		return json_get(holder, "v");
	}
	/* What is none of its type is complained of where it is stored. */
	return json_new_text(page->arena, span_is(type, "datetime")
	    ? deliveries_time(page, text) : text);
}

static struct span
digest(struct page *page, struct span text)
{
	unsigned char hash[SECRET_SHA256_SIZE];

	secret_sha256(text, hash);
	return text_head(secret_hex(page->arena, (struct span){ (const char *)hash, sizeof hash }),
	    DIGEST_DIGITS);
}

/* ---- a field: what is stored now, what was typed, and what stood there when the form was drawn */

struct field {
	struct span parameter, type;
	const char *name;      /* in the form: the JSON Pointer of the value */
	const char *was_name;
	struct span stored, typed, was;
	bool changed;          /* by whoever has typed */
	bool contested;        /* and by others since */
};

static struct field
field_of(struct page *page, struct json_object *doc, struct json_object *value)
{
	struct json_object *form = page_root(page, "form");
	struct field field = { .parameter = json_string(doc, "parameter"),
		.type = json_string(doc, "type") };
	const char *parameter = arena_string(page->arena, field.parameter);

	field.name = pointer_member(page->arena, "/values", parameter);
	field.was_name = arena_join(page->arena, SPAN("was"), span_of(field.name), SPAN(""));
	field.stored = shown(page, field.type, json_get(json_get(value, "values"), parameter));
	field.typed = typed(page, field.type, field.name);
	field.was = json_string(form, field.was_name);
	if (field.was.n == 0)
		field.was = digest(page, field.stored);
	field.changed = field.typed.p != NULL && !span_eq(digest(page, field.typed), field.was);
	field.contested = field.changed && !span_eq(field.typed, field.stored) &&
	    !span_eq(digest(page, field.stored), field.was);
	return field;
}

static struct json_object *
fields_of(const struct page *page)
{
	return json_get(json_get(page_reply(page, "group"), "row"), "fields");
}

/* *value_r NULL: there are none yet. False: the page has been answered. */
static bool
stored_value(struct page *page, struct json_object **value_r)
{
	struct json_object *problem = page_problem(page, "value");

	*value_r = json_get(page_reply(page, "value"), "row");
	if (problem == NULL || span_is(json_string(problem, "code"),
	        fault_info(FAULT_NOT_FOUND)->code))
		return true;
	page_fail_by(page, problem);
	return false;
}

/* The group is there, and of such records. */
static bool
is_group_of(struct page *page)
{
	struct json_object *group = json_get(page_reply(page, "group"), "row");

	if (page_problem(page, "group") != NULL)
		page_fail_by(page, page_problem(page, "group"));
	else if (!span_eq(json_string(group, "automation"), json_string(values_of(page), "kind")))
		page_fail(page, 404, "There is no such page", "That data group is about others.");
	else
		return true;
	return false;
}

static void
call_value(struct page *page, void (*next)(struct page *page))
{
	page_call(page, "value", "{\"command\":\"show\",\"kind\":\"value\",\"name\":"
	    "\"{{page.values.group}}/{{page.values.name}}\"}");
	page_wait(page, next);
}

/* Of whom they are, once that is known. */
static void
name_owner(struct page *page)
{
	const struct owner *owner = owner_of(page);
	struct json_object *doc = json_get(page_reply(page, "document"), "row");
	struct json_object *values = values_of(page);
	struct span name = arena_copy(page->arena, json_string(doc, owner->name));
	struct buf back = { 0 };

	buf_puts(&back, owner->page);
	text_percent_encode(&back, name);
	json_set_text(values, "name", name);
	json_set_text(values, "back", buf_keep(&back, page->arena));
	json_set_text(values, "project", json_string(doc, "project"));
}

/* ---- the form */

static void
add_option(struct page *page, struct json_object *options, const char *value, const char *label,
    struct span chosen)
{
	struct json_object *option = json_new_object(page->arena);

	json_set_text(option, "value", span_of(value));
	json_set_text(option, "label", span_of(label));
	json_set_bool(option, "chosen", span_is(chosen, value));
	json_append(options, json_share(option));
}

/* The first complaint about it stands at the field; all lead there. */
static void
take_problems(struct page *page, struct json_object *field, const char *name)
{
	struct json_object *problems = json_get(page_root(page, "page"), "problems");
	struct span label = json_string(field, "label"), text;

	for (size_t i = 0; i < json_count(problems); i++) {
		struct json_object *one = json_at(problems, i);

		if (!span_is(json_string(one, "pointer"), name))
			continue;
		text = json_string(one, "text");
		json_set_text(one, "text", span_of(arena_printf(page->arena, "%.*s: %.*s", (int)label.n,
		    label.p, (int)text.n, text.p)));
		json_set_text(one, "id", json_string(field, "id"));
		if (!json_has(field, "problem"))
			json_set_text(field, "problem", json_string(one, "text"));
	}
}

static void
draw_type(struct page *page, struct json_object *out, struct span type, struct span value)
{
	struct json_object *options;

	if (span_is(type, "boolean")) {
		options = json_new_array(page->arena);
		add_option(page, options, "", "\xe2\x80\x93", value);
		add_option(page, options, "true", "Yes", value);
		add_option(page, options, "false", "No", value);
		json_set_bool(out, "is_choice", true);
		json_set(out, "options", json_share(options));
	} else if (span_is(type, "string")) {
		json_set_bool(out, "is_text", true);
	} else {
		json_set_bool(out, "is_line", true);
		json_set_text(out, "type", span_is(type, "datetime") ? SPAN("datetime-local")
		    : SPAN("text"));
		json_set_text(out, "shape", span_is(type, "datetime") ? SPAN("Date and time, in UTC.")
		    : SPAN("A whole number."));
		if (span_is(type, "integer"))
			json_set_text(out, "mode", SPAN("numeric"));
	}
}

static void
draw_field(struct page *page, struct json_object *fields, struct json_object *doc,
    struct json_object *value)
{
	struct json_object *out = json_new_object(page->arena), *was;
	struct field field = field_of(page, doc, value);
	struct span text = field.changed ? field.typed : field.stored;
	const char *id = arena_printf(page->arena, "f-value-%zu", json_count(fields));

	json_set_text(out, "name", span_of(field.name));
	json_set_text(out, "id", span_of(id));
	json_set_text(out, "label", tree_visible(page->arena, json_string(doc, "label")));
	json_set_text(out, "hint", json_string(doc, "description"));
	json_set_text(out, "value", text);
	draw_type(page, out, field.type, text);
	take_problems(page, out, field.name);
	json_set_text(out, "described", text_trim(span_of(arena_printf(page->arena, "%s%s %s%s",
	    json_string(out, "hint").n + json_string(out, "shape").n > 0 ? id : "",
	    json_string(out, "hint").n + json_string(out, "shape").n > 0 ? "-help" : "",
	    json_has(out, "problem") ? id : "", json_has(out, "problem") ? "-problem" : ""))));
	/* Who was told what stands there by now has seen it. */
	was = json_new_object(page->arena);
	json_set_text(was, "name", span_of(field.was_name));
	json_set_text(was, "value", field.changed && !field.contested ? field.was
	    : digest(page, field.stored));
	json_set(out, "was", json_share(was));
	json_append(fields, json_share(out));
}

static void
on_value(struct page *page)
{
	struct json_object *docs = fields_of(page), *fields = json_new_array(page->arena), *value;
	struct json_object *shown_page = page_root(page, "page");
	struct span name = json_string(json_get(page_reply(page, "group"), "row"), "name");

	if (!stored_value(page, &value))
		return;
	json_set(shown_page, "fields", json_share(fields));
	for (size_t i = 0; i < json_count(docs); i++)
		draw_field(page, fields, json_at(docs, i), value);
	json_set_bool(values_of(page), "may_change", documents_may_change_in(page, json_string(json_get(
	    page_reply(page, "group"), "row"), "project")));
	json_set_text(shown_page, "title", tree_visible(page->arena, span_of(arena_printf(page->arena,
	    "%.*s of %.*s", (int)name.n, name.p, (int)json_string(values_of(page), "name").n,
	    json_string(values_of(page), "name").p))));
	page_finish(page);
}

/* Those that may be changed; of a ticket the community's and its project's. */
static void
offer_groups(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, "groups"), "rows");
	struct json_object *groups = json_new_array(page->arena), *values = values_of(page);
	struct span of = json_string(values, "project");

	for (size_t i = 0; i < json_count(rows); i++) {
		struct json_object *doc = json_at(rows, i), *one;
		struct span project = json_string(doc, "project");

		if (!documents_may_change_in(page, project) || (of.n > 0 && project.n > 0 &&
		    !span_eq(project, of)))
			continue;
		one = json_new_object(page->arena);
		json_set_text(one, "full", doc_full_name(page->arena, doc));
		json_set_text(one, "name", tree_visible(page->arena, json_string(doc, "name")));
		json_append(groups, json_share(one));
	}
	json_set(values, "groups", json_share(groups));
	json_set_bool(values, "more", json_has(page_reply(page, "groups"), "more"));
	page_finish(page);
}

void
values_after(struct page *page)
{
	name_owner(page);
	if (json_string(values_of(page), "group").n == 0)
		offer_groups(page);
	else if (is_group_of(page))
		call_value(page, on_value);
}

/* ---- what is made of it */

static void
tell_contested(struct page *page, const struct field *field)
{
	struct span text = tree_visible(page->arena, text_head(field->stored, 200));

	page_complain(page, span_of(field->name), span_of(arena_printf(page->arena, text.n > 0
	    ? "it was set to \"%.*s\" meanwhile, by somebody else or by a delivery: what stands here is "
	      "yours, and takes the place of that if you send it again"
	    : "it was cleared meanwhile, by somebody else or by a delivery: what stands here is yours, "
	      "and is stored if you send it again%.*s", (int)text.n, text.p)));
}

static struct json_object *
changed_values(struct page *page, struct json_object *stored)
{
	struct json_object *docs = fields_of(page), *values = json_new_object(page->arena);

	for (size_t i = 0; i < json_count(docs); i++) {
		struct field field = field_of(page, json_at(docs, i), stored);

		if (field.contested)
			tell_contested(page, &field);
		if (field.changed && !span_eq(field.typed, field.stored))
			json_set(values, arena_string(page->arena, field.parameter),
			    json_share(value_of(page, field.type, field.typed)));
	}
	return values;
}

/* As it was when it was looked at a moment ago. */
static struct json_object *
call_of(struct page *page, struct json_object *values, struct json_object *stored)
{
	const struct owner *owner = owner_of(page);
	struct json_object *group = json_get(page_reply(page, "group"), "row");
	struct json_object *doc = json_new_object(page->arena), *item = json_new_object(page->arena);
	struct json_object *list = json_new_array(page->arena), *call = json_new_object(page->arena);

	json_set_text(doc, "kind", SPAN("value"));
	json_set_text(doc, "group", json_string(group, "key"));
	if (json_string(group, "project").n > 0)
		json_set_text(doc, "project", json_string(group, "project"));
	json_set_text(doc, owner->target, json_string(values_of(page), "name"));
	json_set(doc, "values", json_share(values));
	json_set(item, "doc", json_share(doc));
	if (stored != NULL)
		json_set_text(item, "version", doc_version(page->arena, &kind_value, stored));
	else
		json_set_bool(item, "creates", true);
	json_append(list, json_share(item));
	json_set_text(call, "command", SPAN("apply"));
	json_set(call, "documents", json_share(list));
	return call;
}

static void
on_stored(struct page *page)
{
	struct json_object *stored, *values;

	if (!stored_value(page, &stored))
		return;
	values = changed_values(page, stored);
	if (page_has_complaints(page)) {
		page_again(page);
	} else if (json_members(values) == 0) {
		page_go(page, json_string(values_of(page), "back"), SPAN("Nothing was changed."));
	} else {
		json_set(page->model, "doc", json_share(call_of(page, values, stored)));
		page_proceed(page);
	}
}

static void
on_known(struct page *page)
{
	if (page_problem(page, "document") != NULL) {
		page_fail_by(page, page_problem(page, "document"));
		return;
	}
	name_owner(page);
	if (is_group_of(page))
		call_value(page, on_stored);
}

bool
values_change(struct page *page)
{
	if (!values_before(page))
		return false;
	page_call(page, "document", "{\"command\":\"show\",\"kind\":\"{{page.values.kind}}\",\"name\":"
	    "\"{{path.name}}\"}");
	page_call(page, "group", "{\"command\":\"show\",\"kind\":\"group\",\"name\":"
	    "\"{{page.values.group}}\"}");
	page_wait(page, on_known);
	return false;
}

void
values_changed(struct page *page)
{
	page_go(page, json_string(values_of(page), "back"), page_make(page,
	    "The values of {{calls.group.row.name}} are saved.", PAGE_TEXT));
}
