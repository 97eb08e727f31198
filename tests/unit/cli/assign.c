/* SPDX-License-Identifier: ISC */
#include "cli/assign.h"

#include "base/json.h"
#include "base/text.h"
#include "draw.h"
#include "listen/register.h"
#include "record/doc.h"
#include "tap.h"

#define DRAWN 300 /* documents of each kind */

/* ' stands for ". */
static struct json_object *
read_doc(struct arena *arena, const char *text)
{
	char *json = arena_string(arena, span_of(text));

	for (char *p = json; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	return json_copy(arena, json_load(arena, span_of(json)));
}

static const char *
text_of(struct arena *arena, struct json_object *doc)
{
	char *json = arena_string(arena, json_write(arena, doc));

	for (char *p = json; *p != '\0'; p++)
		if (*p == '"')
			*p = '\'';
	return json;
}

static const struct {
	const char *kind, *doc, *assignment;
	const char *becomes; /* the document, or the sentence */
	const char *patch;   /* NULL: it is wrong */
} assignments[] = {
	{ "rank", "{}", "points=25", "{'points':25}", "{'points':25}" },
	{ "rank", "{}", "points=few", "\"points\" must be a whole number, not \"few\"", NULL },
	{ "rank", "{'name':'A'}", "name=", "{}", "{'name':null}" },
	{ "rank", "{}", "name=a=b", "{'name':'a=b'}", "{'name':'a=b'}" },
	{ "rank", "{}", "name", "\"name\" assigns nothing: write NAME=TEXT, NAME:=JSON, NAME+=ITEM, "
	    "NAME-=ITEM, or NAME= to take it away", NULL },
	{ "user", "{}", "optOut=Yes", "{'optOut':true}", "{'optOut':true}" },
	{ "user", "{'roles':['tester']}", "roles+=Administrator", "{'roles':['tester','admin']}",
	    "{'roles':['tester','admin']}" },
	{ "user", "{'teams':['a','b']}", "teams-=a", "{'teams':['b']}", "{'teams':['b']}" },
	{ "user", "{}", "teams=a, b,,c", "{'teams':['a','b','c']}", "{'teams':['a','b','c']}" },
	{ "user", "{}", "fields.plan=12", "{'fields':{'plan':'12'}}", "{'fields':{'plan':'12'}}" },
	{ "user", "{}", "fields.plan:=12", "{'fields':{'plan':12}}", "{'fields':{'plan':12}}" },
	{ "user", "{'fields':{'a':'1','b':'2'}}", "fields.a=", "{'fields':{'b':'2'}}",
	    "{'fields':{'a':null}}" },
	{ "user", "{}", "fields=plan=pro", "{'fields':{'plan':'pro'}}", "{'fields':{'plan':'pro'}}" },
	{ "user", "{'email':'a'}", "email.x=1", "\"email\" is no object: nothing stands below it", NULL },
	{ "user", "{}", "email+=x", "email is not a list; write email=TEXT", NULL },
	{ "user", "{}", "teams.0=x", "\"teams\" is a list: write teams+=ITEM, teams-=ITEM, or "
	    "teams.0.MEMBER=VALUE", NULL },
	{ "user", "{'teams':['x']}", "teams.0.y=x", "the items of \"teams\" are no objects: write "
	    "teams+=ITEM or teams-=ITEM", NULL },
	{ "group", "{'fields':[{'label':'A','type':'string'}]}", "fields.0.type=Date and Time",
	    "{'fields':[{'label':'A','type':'datetime'}]}",
	    "{'fields':[{'label':'A','type':'datetime'}]}" },
	{ "group", "{'fields':[{'label':'A'}]}", "fields+=\"Last seen\" last_seen datetime",
	    "{'fields':[{'label':'A'},{'label':'Last seen','parameter':'last_seen','type':'datetime'}]}",
	    "{'fields':[{'label':'A'},{'label':'Last seen','parameter':'last_seen','type':'datetime'}]}" },
	{ "group", "{'fields':[{'label':'A'},{'label':'B b'}]}", "fields-=B b", "{'fields':[{'label':'A'}]}",
	    "{'fields':[{'label':'A'}]}" },
	{ "group", "{}", "fields.1.label=x", "\"fields\" is a list of 0: fields.0 is its first item, "
	    "fields.0 would be a new one", NULL },
	{ "group", "{}", "fields+=a b integer d e f g", "\"g\" is one word too many; write MEMBER=VALUE, "
	    "and \"…\" around what has blanks", NULL },
	{ "group", "{}", "fields+=a \"b", "the closing quotation mark is missing:  \"b", NULL },
	{ "macro", "{}", "actions+=add-rank gold to=submitter reason=\"a = b\"",
	    "{'actions':[{'action':'add-rank','rank':'gold','to':'submitter','reason':'a = b'}]}",
	    "{'actions':[{'action':'add-rank','rank':'gold','to':'submitter','reason':'a = b'}]}" },
	{ "macro", "{}", "actions+=set status Closed",
	    "{'actions':[{'action':'set','when':'status'}]}",
	    "{'actions':[{'action':'set','when':'status'}]}" },
	{ "macro", "{}", "actions+=add-points 10", "{'actions':[{'action':'add-points','points':10}]}",
	    "{'actions':[{'action':'add-points','points':10}]}" },
	{ "macro", "{}", "actions+=webhook https://a.example headers.X-A=1 timeout=5",
	    "{'actions':[{'action':'webhook','url':'https://a.example','headers':{'X-A':'1'},'timeout':5}]}",
	    "{'actions':[{'action':'webhook','url':'https://a.example','headers':{'X-A':'1'},'timeout':5}]}" },
	{ "listener", "{}", "type=Add Comment", "{'type':'comment'}", "{'type':'comment'}" },
	{ "listener", "{}", "author=/user/email", "{'author':'/user/email'}", "{'author':'/user/email'}" },
	{ "listener", "{}", "author.match=username", "{'author':{'match':'username'}}",
	    "{'author':{'match':'username'}}" },
	{ "listener", "{}", "target=email user_email", "{'target':{'match':'email','parameter':'user_email'}}",
	    "{'target':{'match':'email','parameter':'user_email'}}" },
	{ "listener", "{}", "nothing.of.it=x", "{'nothing':{'of':{'it':'x'}}}",
	    "{'nothing':{'of':{'it':'x'}}}" },
};

static void
assigned(void)
{
	struct arena *arena = arena_new();

	for (size_t i = 0; i < sizeof assignments / sizeof assignments[0]; i++) {
		struct buf wrong = { 0 };
		struct cli_assigning assigning = { .arena = arena,
			.kind = kind_by_name(span_of(assignments[i].kind)),
			.doc = read_doc(arena, assignments[i].doc),
			.patch = json_new_object(arena), .wrong = &wrong };
		bool good = cli_assign(&assigning, span_of(assignments[i].assignment), false);

		buf_putc(&wrong, '\0');
		is_text(good ? text_of(arena, assigning.doc) : wrong.p, assignments[i].becomes,
		    assignments[i].assignment);
		if (good || assignments[i].patch != NULL)
			is_text(text_of(arena, assigning.patch), assignments[i].patch, "as a patch");
		buf_free(&wrong);
	}
	arena_free(&arena);
}

static void
read_text(const char *name, const char *text, const char *expected, size_t wrong_line)
{
	struct arena *arena = arena_new();
	struct buf wrong = { 0 };
	struct cli_assigning assigning = { .arena = arena, .kind = kind_by_name(SPAN("rank")),
		.doc = json_new_object(arena), .wrong = &wrong };
	size_t line = 0;
	bool good = cli_assign_read(&assigning, span_of(text), &line);

	buf_putc(&wrong, '\0');
	is_text(good ? text_of(arena, assigning.doc) : wrong.p, expected, name);
	ok(good == (wrong_line == 0) && (good || line == wrong_line), "%s: line %zu", name, line);
	buf_free(&wrong);
	arena_free(&arena);
}

static void
texts(void)
{
	read_text("texts of several lines", "# remark\n\nname = One\n\n  three\n    deep\n\npoints=3\r\n",
	    "{'name':'One\\n\\nthree\\n  deep','points':3}", 0);
	read_text("a value that is wrong", "name=a\n  b\n\n  c\n\npoints=x", "\"points\" must be a whole number, not \"x\"", 6);
	read_text("a line that is none", "name = \"a\"\nnothing here\n", "\"nothing here\" assigns nothing: write NAME=TEXT, "
	    "NAME:=JSON, NAME+=ITEM, NAME-=ITEM, or NAME= to take it away", 2);
}

/* What is written is read again, whatever it is. */
static void
comes_back(void)
{
	struct draw draw = { .arena = arena_new(), .state = draw_seed() };

	for (const struct kind *const *kind = kinds; *kind != NULL; kind++) {
		size_t lost = 0, drawn = 0;

		if ((*kind)->members == NULL)
			continue;
		for (int i = 0; i < DRAWN; i++) {
			struct json_object *doc = draw_document(&draw, *kind, "drawn");
			struct buf text = { 0 }, wrong = { 0 };
			struct cli_assigning assigning = { .arena = draw.arena, .kind = *kind,
				.doc = json_new_object(draw.arena), .wrong = &wrong };
			size_t line;
			bool good;

			json_del(doc, "kind");
			/* What is stored has no null. */
			if (strstr(json_write(draw.arena, doc).p, ":null") != NULL)
				continue;
			cli_assign_write(&text, *kind, doc);
			drawn += text.n;
			good = cli_assign_read(&assigning, buf_bytes(&text), &line);
			if (!good || !json_equal(doc, assigning.doc)) {
				lost++;
				buf_printf(&wrong, "\n%s\n%s\n%.*s", text_of(draw.arena, doc),
				    text_of(draw.arena, assigning.doc), (int)text.n, text.p);
				for (struct span rest = buf_bytes(&wrong); lost == 1 && rest.n > 0;) {
					struct span one = text_cut(&rest, '\n');

					printf("# %.*s\n", (int)one.n, one.p);
				}
			}
			buf_free(&text);
			buf_free(&wrong);
			arena_reset(draw.arena);
		}
		ok(lost == 0 && drawn > 0, "%s: %d documents come back from their text", (*kind)->name,
		    DRAWN);
	}
	arena_free(&draw.arena);
}

int
main(void)
{
	assigned();
	texts();
	comes_back();
	return tap_done();
}
