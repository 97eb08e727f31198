/* SPDX-License-Identifier: ISC */
/* Forms from the schema and back: what a browser sends for an untouched form of a document
 * makes the same document, to the letter, for every document of the demo community and for
 * thousands that are drawn from the schema. */
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
#include <string.h>

static struct console *console;
static struct arena *arena;   /* of names of tests */
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

/* A line has no line breaks; those of a text are CR LF, which the page makes LF again. */
static struct span
by_browser(struct page *page, struct span text, bool line)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < text.n; i++) {
		bool cr = text.p[i] == '\r', pair = cr && i + 1 < text.n && text.p[i + 1] == '\n';

		if (!cr && text.p[i] != '\n')
			buf_putc(&out, text.p[i]);
		else if (!line && !pair)
			buf_putc(&out, '\n');
	}
	return buf_keep(&out, page->arena);
}

/* As a browser sends the fields when nothing was touched. */
static void
browse(struct page *page)
{
	struct json_object *fields = json_get(page_root(page, "page"), "fields");

	for (size_t i = 0; i < json_count(fields); i++) {
		struct json_object *field = json_at(fields, i), *options = json_get(field, "options");
		const char *name = arena_string(page->arena, json_string(field, "name"));
		bool checks = json_flag(field, "is_checks", false), chosen = false;
		bool line = json_flag(field, "is_line", false) || json_flag(field, "is_sealed", false);

		if (json_has(field, "origin_name"))
			send(page, arena_string(page->arena, json_string(field, "origin_name")),
			    json_string(field, "origin"));
		if (checks || json_flag(field, "is_rows", false))
			send(page, name, SPAN(""));
		for (size_t k = 0; k < json_count(options); k++)
			if (json_flag(json_at(options, k), "chosen", false)) {
				send(page, name, json_string(json_at(options, k), "value"));
				chosen = true;
			}
		if (json_flag(field, "is_choice", false) && !chosen)
			send(page, name, json_string(json_at(options, 0), "value"));
		if (line || json_flag(field, "is_text", false) || json_flag(field, "is_list", false) ||
		    json_flag(field, "is_pairs", false))
			send(page, name, by_browser(page, json_string(field, "value"), line));
	}
}

static bool
comes_back(struct span line, const char *what)
{
	struct page *page = page_for("");
	struct json_object *doc = json_load(page->arena, line), *changed;
	const struct kind *kind = kind_by_name(json_string(doc, "kind"));
	const struct member *const *tables = form_tables(page, kind, doc);
	struct span before, after;
	bool same;

	form_fields(page, tables, doc, "", "");
	browse(page);
	form_tidy_rows(page, tables);
	changed = form_part_changed(page, "", tables, doc);
	before = json_write(page->arena, doc);
	after = json_write(page->arena, changed);
	same = span_eq(before, after) &&
	    json_members(form_patch(page->arena, doc, changed)) == 0;
	if (!same)
		ok(false, "%s, the same: %.*s\n# became: %.*s", what, (int)before.n, before.p,
		    (int)after.n, after.p);
	page_free(page);
	reply_free(&pending.reply);
	return same;
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
		comes_back((struct span){ line, (size_t)length - 1 }, "of the demo");
		n++;
	}
	if (file != NULL)
		fclose(file);
	free(line);
	ok(n > 300, "%zu documents of the demo community, each as it was", n);
}

static void
makes(const char *kind, const char *form, const char *expected, const char *name)
{
	struct page *page = page_for(form);
	const struct kind *of = kind_by_name(span_of(kind));
	struct json_object *made = form_part_document(page, "", form_tables(page, of, NULL));

	if (!ok(json_equal(made, of_text(page, expected)), "%s", name))
		printf("# %s\n", json_write(page->arena, made).p);
	page_free(page);
	reply_free(&pending.reply);
}

static void
documents(void)
{
	makes("rank", "csrf=x&/key=gold&/name=%20Gold+&/points=5",
	    "{'key':'gold','name':'Gold','points':5}", "texts and numbers");
	makes("rank", "/key=gold&/points=five", "{'key':'gold','points':'five'}",
	    "what is no number stays as it was typed");
	makes("rank", "/key=gold&/description=", "{'key':'gold'}", "what is empty is absent");
	makes("rank", "/description=a%0D%0Ab%0D%0A", "{'description':'a\\nb\\n'}",
	    "lines end as they do here");
	makes("user", "/email=a@b.example&/roles=&/roles=admin&/roles=viewer&/optOut=true",
	    "{'email':'a@b.example','roles':['admin','viewer'],'optOut':true}", "boxes and choices");
	makes("user", "/fields=plan:+pro%0Aage:+42%0Apaying:+true%0Ano:+%2242%22%0A%0A",
	    "{'fields':{'plan':'pro','age':42,'paying':true,'no':'42'}}", "fields on lines");
	makes("user", "/teams=phone/vip%0A%0A+beta+", "{'teams':['phone/vip','beta']}",
	    "lists on lines");
	makes("user", "/score=100&/createdAt=2020-01-01&/nothing=1&email=x", "{}",
	    "what people do not write is not taken");
	makes("group", "/fields/0/label=A&/fields/2/label=B&/fields/1/label=&/fields/x/label=C",
	    "{'fields':[{'label':'A'},{'label':'B'}]}", "rows; an empty one goes");
	makes("listener", "/type=External+Data&/group=usage&/target/match=email&/target/parameter=",
	    "{'type':'External Data','group':'usage','target':{'match':'email'}}",
	    "a listener's own members, by the word that people use");
	makes("setting", "/integrations=false&/popularity/vote=3",
	    "{'integrations':false,'popularity':{'vote':3}}", "the setting");
	makes("macro", "/key=x&/actions=%5B%5D",
	    "{'key':'x'}", "rows are not taken as text");
	makes("macro", "/key=x&/actions/0/action=set-field&/actions/0/field=plan&/actions/0/value="
	    "&/actions/0/when=true&/actions/1/action=email&/actions/1/to=target%0Ateam:+vip"
	    "&/actions/1/template=t&/actions/1/field=not+of+it",
	    "{'key':'x','actions':[{'action':'set-field','when':'true','field':'plan','value':null},"
	    "{'action':'email','to':['target',{'team':'vip'}],'template':'t'}]}",
	    "cards: what an action has, and what clears a field");
	makes("macro", "/key=x&/actions/0/action=webhook&/actions/0/url=https://a.example/s"
	    "&/actions/0/url/@secret=1&/actions/0/headers=X:+1%0A%22a:b%22:+%22+y%22"
	    "&/actions/0/auth/user=u&/actions/0/auth/password=p&/actions/0/timeout=15"
	    "&/actions/0/returns/group=g&/actions/0/returns/fields=plan:+/plan",
	    "{'key':'x','actions':[{'action':'webhook','url':{'secret':'https://a.example/s'},"
	    "'headers':{'X':'1','a:b':' y'},'auth':{'user':'u','password':'p'},'timeout':15,"
	    "'returns':{'group':'g','fields':{'plan':'/plan'}}}]}",
	    "secrets, headers, what is kept of the answer");
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
	struct page *page = page_for("/key=Bad+key&/name=&/fields/0/label=L&ask=add+/fields");
	const struct kind *kind = kind_by_name(SPAN("group"));

	ok(form_ask_rows(page), "one more row is asked for");
	page_complain(page, SPAN("/key"), SPAN("\"key\" must be at most 64 of a-z"));
	page_complain(page, SPAN("/fields/0/type"), SPAN("\"type\" is missing"));
	page_complain(page, SPAN(""), SPAN("all of it is wrong"));
	form_fields(page, kind->members, NULL, "", "");
	is_text(json_string(field(page, "/key"), "problem").p, "Key must be at most 64 of a-z",
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
	page_free(page);
	page = page_for("");
	form_fields(page, kind_by_name(SPAN("macro"))->members,
	    of_text(page, "{'key':'x','actions':[{'action':'nonsense'}]}"), "key project", "");
	ok(json_flag(field(page, "/actions"), "is_fixed", false), "what it cannot draw, it shows");
	ok(json_flag(field(page, "/key"), "is_fixed", false), "and what is not to be changed");
	ok(field(page, "/project") == NULL, "but nothing where there is nothing");
	page_free(page);
}

/* ---- documents that are drawn from the schema */

static uint32_t seed;
static unsigned
chance(unsigned n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static const char *const odd[] = { "", " ", " x", "x ", "\n", "a\nb", "a\r\nb\r", "\t", "true",
	"5", "-0", "1e3", "007", "null", "\"", "\"a\"", "\"a", "a\"b", "a: b", ":", "a:", "***", "\\",
	"\\n", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{user.email}}",
	"{{#a}}", "&amp;", "%41", "team: x", "\x01\x7f", "\u202egnp", "\u00e4\u2028",
	"[1]", "{\"a\":1}", "/", "~1", "jim@acme.example", "target", "Tester", "x" };

static struct json_object *
any_text(struct page *page)
{
	return json_new_text(page->arena, span_of(odd[chance(sizeof odd / sizeof odd[0])]));
}

static struct json_object *
any_value(struct page *page)
{
	static const char *const values[] = { "5", "-7", "0.50", "1e2", "true", "false",
		"18446744073709551617", "\"5\"", "\"true\"" };

	return chance(2) ? any_text(page)
	    : json_load(page->arena, span_of(values[chance(sizeof values / sizeof values[0])]));
}

static struct json_object *
any_pairs(struct page *page, bool texts)
{
	struct json_object *object = json_new_object(page->arena);

	for (unsigned n = chance(4); n > 0; n--)
		json_set(object, odd[chance(sizeof odd / sizeof odd[0])], json_share(!texts
		    ? any_value(page) : chance(3) ? any_text(page)
		    : of_text(page, "{'sealed':'abc'}")));
	return object;
}

static struct json_object *any_object(struct page *page, const struct member *const tables[],
    const struct variants *variants);

/* One that says something: no kind takes another. */
static struct json_object *
any_row(struct page *page, const struct member *parts)
{
	struct json_object *row = any_object(page, SCHEMA(parts), NULL);

	json_set_text(row, parts[0].name, SPAN("Row"));
	return row;
}

/* What may be stored there, and what may not: forms keep both. */
static struct json_object *
any_of(struct page *page, const struct member *member)
{
	if (member->flags & MEMBER_PAIRS)
		return any_pairs(page, true);
	if ((member->flags & MEMBER_SEALED) && chance(2))
		return of_text(page, chance(2) ? "{'sealed':'abc','host':'https://a.example'}"
		    : "{'sealed':'abc'}");
	if ((member->flags & MEMBER_SEVERAL) && chance(3) == 0)
		return of_text(page, chance(2) ? "{'team':'vip'}" : "[{'team':' a: b'},'x','']");
	if (member->type == MEMBER_FIELDS)
		return any_pairs(page, false);
	if (member->parts != NULL && (member->type == MEMBER_OBJECT || member->variants != NULL ||
	        chance(2)))
		return (member->flags & MEMBER_LIST) && member->variants == NULL
		    ? any_row(page, member->parts)
		    : any_object(page, SCHEMA(member->parts), member->variants);
	if (member->type == MEMBER_INTEGER || member->type == MEMBER_BOOLEAN ||
	    member->type == MEMBER_ANY)
		return any_value(page);
	if (member->choices != NULL && chance(2)) {
		size_t n = 0;

		while (member->choices[n] != NULL)
			n++;
		return json_new_text(page->arena, span_of(member->choices[chance((unsigned)n)]));
	}
	return any_text(page);
}

static struct json_object *
any_object(struct page *page, const struct member *const tables[], const struct variants *variants)
{
	struct json_object *object = json_new_object(page->arena);
	const struct member *more[] = { NULL, NULL };
	const char *word;
	size_t n = 0;

	while (variants != NULL && variants->table(n, &word) != NULL)
		n++;
	if (n > 0) {
		more[0] = variants->table(chance((unsigned)n), &word);
		json_set_text(object, variants->by, span_of(word));
	}
	for (size_t t = 0; t < 2; t++)
		for (const struct member *const *table = t == 0 ? tables : more; *table != NULL; table++)
			for (const struct member *m = *table; m->name != NULL; m++) {
				struct json_object *value;

				if (chance(3) == 0 || json_has(object, m->name))
					continue;
				if ((m->flags & MEMBER_NULL) && chance(3) == 0) {
					json_set(object, m->name, NULL);
					continue;
				}
				value = m->flags & MEMBER_LIST ? json_new_array(page->arena) : any_of(page, m);
				for (unsigned k = m->flags & MEMBER_LIST ? chance(4) : 0; k > 0; k--)
					json_append(value, json_share(any_of(page, m)));
				json_set(object, m->name, json_share(value));
			}
	return object;
}

static void
drawn(void)
{
	for (size_t i = 0; kinds[i] != NULL; i++) {
		unsigned same = 0, all = 600;

		if (kinds[i]->members == NULL)
			continue;
		for (seed = 1; seed <= all; seed++) {
			struct page *page = page_for("");
			uint32_t kept = seed;
			struct json_object *doc;
			struct span line;
			char *copy;

			seed *= 2654435761u;
			doc = any_object(page, kinds[i]->members, kinds[i]->variants);
			seed = kept;
			json_set_text(doc, "kind", span_of(kinds[i]->name));
			line = json_write(page->arena, doc);
			copy = strndup(line.p, line.n);
			page_free(page);
			reply_free(&pending.reply);
			same += comes_back(span_of(copy), arena_printf(arena, "number %u", kept));
			free(copy);
		}
		ok(same == all, "%u documents of kind %s, drawn from the schema, each to the letter", same,
		    kinds[i]->name);
	}
}

/* What is changed, moved and taken away in a form, and nothing else. */
static void
changes(const char *doc, const char *form, const char *expected, const char *name)
{
	struct page *page = page_for(form);
	struct json_object *was = of_text(page, doc), *changed;
	const struct member *const *tables = kind_by_name(json_string(was, "kind"))->members;

	form_ask_rows(page);
	form_tidy_rows(page, tables);
	changed = form_part_changed(page, "", tables, was);
	if (!ok(json_equal(changed, of_text(page, expected)), "%s", name))
		printf("# %s\n", json_write(page->arena, changed).p);
	page_free(page);
	reply_free(&pending.reply);
}

#define HOOK "{'action':'webhook','url':{'sealed':'s','host':'https://a.example'}," \
	"'headers':{'Authorization':{'sealed':'h'},'X':'1'}}"
#define POINTS "{'action':'add-points','points':5.0,'odd':1}"
static void
changing(void)
{
	const char *macro = "{'kind':'macro','key':'x','actions':[" HOOK "," POINTS "]}";

	changes(macro, "/actions/0/@=1&/actions/0/action=add-points&/actions/0/points=5.0"
	    "&/actions/1/@=0&/actions/1/action=webhook&/actions/1/url="
	    "&/actions/1/headers=Authorization:+***%0AX:+2",
	    "{'kind':'macro','key':'x','actions':[" POINTS ",{'action':'webhook','url':{'sealed':'s',"
	    "'host':'https://a.example'},'headers':{'Authorization':{'sealed':'h'},'X':'2'}}]}",
	    "actions that are moved keep their secrets");
	changes(macro, "/actions/0/@=0&/actions/0/action=webhook&/actions/0/url=https://b.example/"
	    "&/actions/0/headers=Authorization:+***%0AX:+1&/actions/1/@=1"
	    "&/actions/1/action=add-note&/actions/1/text=T",
	    "{'kind':'macro','key':'x','actions':[{'action':'webhook','url':'https://b.example/',"
	    "'headers':{'Authorization':{'sealed':'h'},'X':'1'}},{'action':'add-note','text':'T'}]}",
	    "one that becomes another keeps nothing");
	changes(macro, "ask=drop+/actions/0&/actions/0/@=0&/actions/0/action=webhook&/actions/0/url="
	    "&/actions/1/@=1&/actions/1/action=add-points&/actions/1/points=6",
	    "{'kind':'macro','key':'x','actions':[{'action':'add-points','points':6,'odd':1}]}",
	    "one that is taken away is gone");
	changes(macro, "ask=up+/actions/1&/actions/0/@=0&/actions/0/action=webhook&/actions/0/url="
	    "&/actions/0/headers=Authorization:+***%0AX:+1&/actions/1/@=1"
	    "&/actions/1/action=add-points&/actions/1/points=5.0",
	    "{'kind':'macro','key':'x','actions':[" POINTS "," HOOK "]}", "and one that is moved up is there");
	changes("{'kind':'rank','key':'g','name':'Gold','description':'D'}",
	    "/name=Gold&/description=", "{'kind':'rank','key':'g','name':'Gold'}",
	    "what was emptied is absent");
	changes("{'kind':'user','email':'a@b.example','roles':['admin'],'fields':{'a:b':'5','c':5}}",
	    "/email=a@b.example&/roles=&/fields=%22a:b%22:+%225%22%0Ac:+6",
	    "{'kind':'user','email':'a@b.example','fields':{'a:b':'5','c':6}}",
	    "no box is none any more; a field with an odd name stays itself");
	changes("{'kind':'listener','key':'l','target':{'match':'email','parameter':'e'}}",
	    "/target/match=&/target/parameter=", "{'kind':'listener','key':'l'}",
	    "an object of nothing is none");
}

int
main(void)
{
	struct settings settings = { .console_enabled = true };

	if (!secret_start())
		return 99;
	console = (struct console *)console_new(&settings, NULL);
	arena = arena_new();
	demo();
	drawn();
	changing();
	documents();
	drawings();
	arena_free(&arena);
	texts_free(&console->texts);
	derive_free(&console->derive);
	free(console->counting);
	free(console);
	return tap_done();
}
