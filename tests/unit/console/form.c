/* SPDX-License-Identifier: ISC */
/* Forms from the schema and back: what a browser sends for an untouched form of a document
 * makes the same document, for every document of the demo community. */
#include "base/json.h"
#include "base/secret.h"
#include "base/settings.h"
#include "console/console.h"
#include "console/console_private.h"
#include "console/derive.h"
#include "console/form.h"
#include "listen/register.h"
#include "record/schema.h"
#include "tap.h"

#include <stdlib.h>

static struct console *console;
static struct call call;
static struct pending pending;

static struct page *
page_for(const char *form)
{
	struct page *page;

	call = (struct call){ .view = { .request = { .type = SPAN("console"), .method = SPAN("POST"),
		.path = SPAN("/x"), .query = SPAN(""), .content_type = SPAN(""), .address = SPAN(""),
		.url = SPAN("/listen/console/x"), .body = span_of(form) } } };
	pending = (struct pending){ .call = &call };
	reply_reset(&pending.reply);
	page = page_new(console, &pending);
	page_take_form(page);
	json_set(page->model, "path", json_share(json_new_object(page->arena)));
	return page;
}

static struct json_object *
of_text(struct page *page, const char *text)
{
	char *copy = arena_string(page->arena, span_of(text));

	for (char *p = copy; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	return json_load(page->arena, span_of(copy));
}

static void
send(struct page *page, const char *name, struct span value)
{
	struct json_object *form = page_root(page, "form"), *old = json_get(form, name), *list;

	if (old == NULL) {
		json_set_text(form, name, value);
		return;
	}
	list = json_is_array(old) ? old : json_new_array(page->arena);
	if (list != old) {
		json_append(list, json_share(old));
		json_set(form, name, json_share(list));
	}
	json_append(list, json_share(json_new_text(page->arena, value)));
}

/* As a browser sends the fields when nothing was touched. */
static void
browse(struct page *page)
{
	struct json_object *fields = json_get(page_root(page, "page"), "fields");

	for (size_t i = 0; i < json_count(fields); i++) {
		struct json_object *field = json_at(fields, i), *options = json_get(field, "options");
		const char *name = arena_string(page->arena, json_string(field, "name"));
		bool checks = json_flag(field, "is_checks", false);

		if (checks)
			send(page, name, SPAN(""));
		for (size_t k = 0; k < json_count(options); k++)
			if (json_flag(json_at(options, k), "chosen", false))
				send(page, name, json_string(json_at(options, k), "value"));
		if (json_flag(field, "is_line", false) || json_flag(field, "is_text", false) ||
		    json_flag(field, "is_list", false) || json_flag(field, "is_pairs", false))
			send(page, name, json_string(field, "value"));
	}
}

/* What a form cannot show stays as it is, and is not sent. */
static bool
is_drawn(struct page *page, const char *pointer)
{
	struct json_object *fields = json_get(page_root(page, "page"), "fields");

	for (size_t i = 0; i < json_count(fields); i++)
		if (span_is(json_string(json_at(fields, i), "name"), pointer) &&
		    !json_flag(json_at(fields, i), "is_fixed", false))
			return true;
	return false;
}

static void
round_trip(struct span line)
{
	struct page *page = page_for("");
	struct json_object *doc = json_load(page->arena, line), *made;
	const struct kind *kind = kind_by_name(json_string(doc, "kind"));
	const struct member *const *tables = form_tables(page, kind, doc);
	bool same = true;

	form_fields(page, tables, doc, "");
	browse(page);
	made = form_document(page, form_tables(page, kind, NULL), false);
	for (const struct member *const *table = tables; *table != NULL; table++)
		for (const struct member *m = *table; m->name != NULL; m++) {
			struct json_object *was = json_get(doc, m->name);
			const char *pointer = arena_printf(page->arena, "/%s", m->name);

			if (!is_drawn(page, pointer))
				same = same && !json_has(made, m->name);
			else if (!json_equal(was, json_get(made, m->name)) &&
			    !(json_is_array(was) && json_count(was) == 0))
				same = false;
		}
	if (!same)
		ok(false, "the same: %.*s\n# made: %s", (int)line.n, line.p,
		    json_write(page->arena, made).p);
	page_free(page);
	reply_free(&pending.reply);
}

static void
demo(void)
{
	const char *top = getenv("TOP_SRCDIR");
	char path[4096];
	char *line = NULL;
	size_t size = 0, n = 0;
	ssize_t length;
	FILE *file;

	snprintf(path, sizeof path, "%s/examples/demo.jsonl", top != NULL ? top : ".");
	file = fopen(path, "r");
	while (file != NULL && (length = getline(&line, &size, file)) > 1) {
		round_trip((struct span){ line, (size_t)length - 1 });
		n++;
	}
	if (file != NULL)
		fclose(file);
	free(line);
	ok(n > 300, "%zu documents of the demo community, each as it was", n);
}

static void
makes(const char *kind, const char *form, bool clears, const char *expected, const char *name)
{
	struct page *page = page_for(form);
	const struct kind *of = kind_by_name(span_of(kind));
	struct json_object *made = form_document(page, form_tables(page, of, NULL), clears);

	if (!ok(json_equal(made, of_text(page, expected)), "%s", name))
		printf("# %s\n", json_write(page->arena, made).p);
	page_free(page);
	reply_free(&pending.reply);
}

static void
documents(void)
{
	makes("rank", "csrf=x&/key=gold&/name=%20Gold+&/points=5", false,
	    "{'key':'gold','name':'Gold','points':5}", "texts and numbers");
	makes("rank", "/key=gold&/points=five", false, "{'key':'gold','points':'five'}",
	    "what is no number stays as it was typed");
	makes("rank", "/key=gold&/description=", false, "{'key':'gold'}", "what is empty is absent");
	makes("rank", "/key=gold&/description=", true, "{'key':'gold','description':null}",
	    "or takes away what is there");
	makes("rank", "/description=a%0D%0Ab%0D%0A", false, "{'description':'a\\nb\\n'}",
	    "lines end as they do here");
	makes("user", "/email=a@b.example&/roles=&/roles=admin&/roles=viewer&/optOut=true", false,
	    "{'email':'a@b.example','roles':['admin','viewer'],'optOut':true}", "boxes and choices");
	makes("user", "/roles=", true, "{'roles':[]}", "no box is none any more");
	makes("user", "/fields=plan:+pro%0Aage:+42%0Apaying:+true%0Ano:+%2242%22%0A%0A", false,
	    "{'fields':{'plan':'pro','age':42,'paying':true,'no':'42'}}", "fields on lines");
	makes("user", "/teams=phone/vip%0A%0A+beta+", false, "{'teams':['phone/vip','beta']}",
	    "lists on lines");
	makes("user", "/score=100&/createdAt=2020-01-01&/nothing=1&email=x", false, "{}",
	    "what people do not write is not taken");
	makes("group", "/fields/0/label=A&/fields/2/label=B&/fields/1/label=&/fields/x/label=C", false,
	    "{'fields':[{'label':'A'},{'label':'B'}]}", "rows; an empty one goes");
	makes("listener", "/type=External+Data&/group=usage&/target/match=email&/target/parameter=",
	    false, "{'type':'External Data','group':'usage','target':{'match':'email'}}",
	    "a listener's own members, by the word that people use");
	makes("listener", "/target/match=&/target/parameter=", true, "{'target':null}",
	    "an object of nothing");
	makes("setting", "/integrations=false&/popularity/vote=3", false,
	    "{'integrations':false,'popularity':{'vote':3}}", "the setting");
	makes("macro", "/key=x&/actions=%5B%5D", false, "{'key':'x'}",
	    "what has a page of its own is not taken as text");
}

static struct json_object *
field(struct page *page, const char *name)
{
	struct json_object *fields = json_get(page_root(page, "page"), "fields");

	for (size_t i = 0; i < json_count(fields); i++)
		if (span_is(json_string(json_at(fields, i), "name"), name))
			return json_at(fields, i);
	return NULL;
}

static void
drawings(void)
{
	struct page *page = page_for("/key=Bad+key&/name=&/fields/0/label=L&more=/fields");
	const struct kind *kind = kind_by_name(SPAN("group"));

	page_complain(page, SPAN("/key"), SPAN("\"key\" must be a key"));
	page_complain(page, SPAN("/fields/0/type"), SPAN("\"type\" is missing"));
	page_complain(page, SPAN(""), SPAN("all of it is wrong"));
	form_fields(page, kind->members, NULL, "");
	is_text(json_string(field(page, "/key"), "problem").p, "Key must be a key",
	    "a complaint stands at its field, in its words");
	is_text(json_string(field(page, "/key"), "value").p, "Bad key", "with what was typed");
	is_text(json_string(field(page, "/key"), "described").p, "f-key-help f-key-problem",
	    "tied to it");
	is_text(json_string(field(page, "/fields/0/type"), "problem").p, "Type is missing",
	    "also in a row");
	ok(json_string(json_at(json_get(page_root(page, "page"), "problems"), 2), "id").n == 0,
	    "one about all of it leads nowhere");
	ok(field(page, "/fields/1/label") != NULL && field(page, "/fields/2/label") == NULL,
	    "one more row where it was asked for");
	ok(form_asks_for_rows(page), "which is no sending of the form");
	page_free(page);
	page = page_for("");
	form_fields(page, kind_by_name(SPAN("macro"))->members,
	    of_text(page, "{'key':'x','actions':[{'action':'email'}]}"), "key project");
	ok(json_flag(field(page, "/actions"), "is_fixed", false), "what it cannot draw, it shows");
	ok(json_flag(field(page, "/key"), "is_fixed", false), "and what is not to be changed");
	ok(field(page, "/project") == NULL, "but nothing where there is nothing");
	page_free(page);
}

int
main(void)
{
	struct settings settings = { .console_enabled = true };

	if (!secret_start())
		return 99;
	console = (struct console *)console_new(&settings, NULL);
	demo();
	documents();
	drawings();
	texts_free(&console->texts);
	derive_free(&console->derive);
	free(console);
	return tap_done();
}
