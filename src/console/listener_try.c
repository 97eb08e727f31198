/* SPDX-License-Identifier: ISC */
/* A delivery that nobody has sent: what it would do. Its body is the example of the listener, in
 * which people change values and write no JSON. */
#include "console/listener.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/pointer.h"
#include "base/text.h"
#include "console/deliveries.h"
#include "console/page.h"
#include "console/tree.h"
#include "listen/listener_example.h"
#include "record/doc_check.h"

#include <string.h>

static struct json_object *
example_of(const struct page *page)
{
	return json_get(json_get(page_reply(page, "describe"), "row"), "example");
}

static const char *
field_of(struct page *page, const char *pointer)
{
	return arena_printf(page->arena, "value:%s", pointer);
}

/* A number stays one as long as it is typed as one. */
static struct json_object *
typed_as(struct page *page, struct json_object *shown, struct span text)
{
	struct json_object *holder = json_new_object(page->arena);
	int64_t number;
	bool flag;

	if (json_span(shown).p == NULL && text_integer(text, &number))
		json_set_int(holder, "value", number);
	else if (json_span(shown).p == NULL && text_boolean(text, &flag))
		json_set_bool(holder, "value", flag);
	else
		json_set_text(holder, "value", text);
	return json_get(holder, "value");
}

/* As documents name it: "email", "/issue/key". */
static struct span
parameter_of(const char *pointer)
{
	return span_of(strchr(pointer + 1, '/') == NULL && strchr(pointer, '~') == NULL
	    ? pointer + 1 : pointer);
}

/* One that can be typed, for the template. */
static void
show_value(struct page *page, struct json_object *values, const char *pointer,
    struct json_object *value)
{
	struct json_object *one = json_new_object(page->arena);

	json_set_int(one, "n", (int64_t)json_count(values));
	json_set_text(one, "name", span_of(field_of(page, pointer)));
	json_set_text(one, "parameter", parameter_of(pointer));
	json_set_text(one, "value", json_span(value).p != NULL ? json_span(value)
	                                                       : json_number_text(value));
	json_append(values, json_share(one));
}

/* The example with the values that were typed; each is shown in values, unless that is NULL. */
static struct json_object *
filled(struct page *page, struct json_object *value, const char *pointer,
    struct json_object *values)
{
	struct json_object *out;
	struct doc_member *members;
	const char *field = field_of(page, pointer);
	size_t n;

	if (json_is_array(value)) {
		out = json_new_array(page->arena);
		for (size_t i = 0; i < json_count(value); i++)
			json_append(out, json_share(filled(page, json_at(value, i),
			    arena_printf(page->arena, "%s/%zu", pointer, i), values)));
		return out;
	}
	if (json_is_object(value)) {
		out = json_new_object(page->arena);
		n = doc_members(page->arena, value, &members);
		for (size_t i = 0; i < n; i++)
			json_set(out, members[i].name, json_share(filled(page, members[i].value,
			    pointer_member(page->arena, pointer, members[i].name), values)));
		return out;
	}
	if (json_has(page_root(page, "form"), field))
		value = typed_as(page, value, page_text(page, "form", field));
	if (values != NULL)
		show_value(page, values, pointer, value);
	return value;
}

void
listener_try(struct page *page)
{
	struct json_object *doc = json_get(page_reply(page, "document"), "row");
	struct json_object *values = json_new_array(page->arena);
	struct json_object *shown = page_root(page, "page"), *problems = json_get(shown, "problems");

	json_set_bool(page_add(page, "at"), arena_string(page->arena,
	    json_string(doc, "automation")), true);
	json_set_text(shown, "listener_name", json_string(doc, "name").n > 0
	    ? json_string(doc, "name") : page_text(page, "path", "name"));
	filled(page, example_of(page), "", values);
	json_set(shown, "values", json_share(values));
	json_set_text(shown, "others", page_text(page, "form", "others"));
	for (size_t i = 0; i < json_count(problems); i++) {
		if (!span_is(json_string(json_at(problems, i), "pointer"), "others"))
			continue;
		json_set_text(json_at(problems, i), "id", SPAN("f-others"));
		json_set_text(shown, "others_problem", json_string(json_at(problems, i), "text"));
	}
	page_finish(page);
}

/* What else is sent, "name: value" on each line; nothing of the example is replaced. */
static void
add_others(struct page *page, struct json_object *body)
{
	struct span text = page_text(page, "form", "others"), line, value, name;

	while (text.n > 0) {
		line = value = text_trim(text_cut(&text, '\n'));
		if (line.n == 0)
			continue;
		name = text_trim(text_cut(&value, ':'));
		if (value.p == NULL || name.n == 0 || pointer_check(name) != NULL) {
			page_complain(page, SPAN("others"), span_of(arena_printf(page->arena,
			    "Other parameters: each line is a name, a colon and a value, such as title: "
			    "The map flickers. \"%s\" is none.", doc_short(page->arena, line))));
			return; /* one says it for all */
		}
		listener_example_set(body, name, typed_as(page, NULL, text_trim(value)));
	}
}

static void
on_tried(struct page *page)
{
	struct json_object *told = json_get(page_reply(page, "test"), "row");
	struct json_object *problem = page_problem(page, "test");

	if (problem != NULL) {
		page_complain(page, SPAN(""), json_string(problem, "detail").n > 0
		    ? json_string(problem, "detail") : json_string(problem, "title"));
	} else {
		deliveries_tell_outcome(page, json_string(told, "would"), true);
		tree_make_visible(page->arena, told);
		json_set(page_root(page, "page"), "tried", json_share(told));
	}
	page_again(page);
}

static void
on_known(struct page *page)
{
	struct json_object *body;

	if (page_problem(page, "describe") != NULL) {
		page_fail_by(page, page_problem(page, "describe"));
		return;
	}
	body = filled(page, example_of(page), "", NULL);
	add_others(page, body);
	if (page_has_complaints(page)) {
		page_again(page);
		return;
	}
	json_set_text(page_add(page, "sent"), "body", json_write(page->arena, body));
	page_call(page, "test", "{\"command\":\"listener-test\",\"listener\":\"{{path.name}}\","
	    "\"body\":\"{{page.sent.body}}\"}");
	page_wait(page, on_tried);
}

bool
listener_try_asked(struct page *page)
{
	page_call(page, "describe", LISTENER_DESCRIBE);
	page_wait(page, on_known);
	return false;
}
