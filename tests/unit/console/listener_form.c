/* SPDX-License-Identifier: ISC */
/* The form of a listener: its filter as rows and back, rows that come and go, and what of a
 * document is changed by a form that shows only a part of it. */
#include "base/json.h"
#include "base/secret.h"
#include "base/settings.h"
#include "console/console.h"
#include "console/console_private.h"
#include "console/derive.h"
#include "console/filter_form.h"
#include "console/form.h"
#include "console/listener_private.h"
#include "listen/listener.h"
#include "record/schema.h"
#include "tap.h"

#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct console *console;
static struct call call;
static struct pending pending;

static struct json_object *
of_text(struct arena *arena, const char *text)
{
	char *copy = arena_string(arena, span_of(text));

	for (char *p = copy; *p != '\0'; p++)
		if (*p == '`')
			*p = '"';
	return json_load(arena, span_of(copy));
}

static const char offered[] = "{`rows`:["
    "{`field`:`user.email`,`label`:`E-mail`,`heading`:`User`,`type`:`text`},"
    "{`field`:`user.score`,`label`:`Score`,`heading`:`User`,`type`:`number`},"
    "{`field`:`user.optOut`,`label`:`Gets no mail`,`heading`:`User`,`type`:`boolean`},"
    "{`field`:`user.createdAt`,`label`:`Joined`,`heading`:`User`,`type`:`time`},"
    "{`field`:`user.roles`,`label`:`Roles`,`heading`:`User`,`type`:`list`,"
    "`choices`:[`admin`,`tester`]},"
    "{`field`:`user.fields`,`label`:`Another`,`heading`:`User`,`type`:`any`,`free`:true},"
    "{`field`:`data.usage.plan`,`label`:`Plan`,`heading`:`Data`,`of`:`Usage`,`type`:`text`},"
    "{`field`:`saved`,`label`:`Saved`,`heading`:`Filters`,`type`:`saved`,`choices`:[`paying`]},"
    "{`field`:`payload`,`label`:`A parameter`,`heading`:`Sent`,`type`:`any`,`free`:true}]}";

static struct page *
page_for(const char *form)
{
	struct page *page;

	call = (struct call){ .view = { .request = { .type = SPAN("console"), .method = SPAN("POST"),
		.path = SPAN("/x"), .query = SPAN(""), .content_type = SPAN(""), .address = SPAN(""),
		.url = SPAN("/listen/console/x"), .body = SPAN("") } } };
	pending = (struct pending){ .call = &call };
	reply_reset(&pending.reply);
	page = page_new(console, &pending);
	json_set(page->model, "path", json_share(json_new_object(page->arena)));
	json_set(page->model, "form", json_share(of_text(page->arena, form)));
	json_set(page_root(page, "calls"), FILTER_FORM_CALL, json_share(of_text(page->arena,
	    offered)));
	return page;
}

static const char *
first_problem(struct page *page)
{
	return arena_string(page->arena, json_string(json_at(json_get(page_root(page, "page"),
	    "problems"), 0), "text"));
}

/* ---- rows that are typed */

static const struct {
	const char *form, *filter, *problem;
} typed[] = {
	{ "{`filter/as`:`rows`,`filter/was`:``}", "", "" },
	{ "{`filter/as`:`expression`,`/filter`:`user.score > 1 // so`}", "user.score > 1 // so", "" },
	{ "{`filter/as`:`rows`,`filter/0/field`:``}", "", "" },
	{ "{`filter/as`:`rows`,`filter/0/field`:`user.score`,`filter/0/is`:`at-least`,"
	    "`filter/0/value`:` 10 `}", "user.score >= 10", "" },
	{ "{`filter/as`:`rows`,`filter/all`:`any`,`filter/0/field`:`user.email`,`filter/0/is`:`ends`,"
	    "`filter/0/value`:`@it's.example`,`filter/1/field`:`user.roles`,`filter/1/is`:"
	    "`holds-not`,`filter/1/value`:`admin`}", "user.email.endsWith('@it\\'s.example') || "
	    "!('admin' in user.roles)", "" },
	{ "{`filter/as`:`rows`,`filter/0/field`:`user.optOut`,`filter/0/is`:`not-is`,"
	    "`filter/0/value`:`true`}", "!(user.optOut == true)", "" },
	{ "{`filter/as`:`rows`,`filter/0/field`:`user.createdAt`,`filter/0/is`:`within`,"
	    "`filter/0/value`:`7d`}", "timestamp(user.createdAt) > now - duration('7d')", "" },
	{ "{`filter/as`:`rows`,`filter/0/field`:`payload`,`filter/0/name`:`/a/b-c/0`,"
	    "`filter/0/is`:`is`,`filter/0/value`:`5`,`filter/1/field`:`payload`,`filter/1/name`:`x`,"
	    "`filter/1/is`:`is`,`filter/1/value`:`\\`5\\``,`filter/2/field`:`user.fields`,"
	    "`filter/2/name`:`plan`,`filter/2/is`:`one-of`,`filter/2/value`:`a\\n\\nb`}",
	    "payload.a['b-c'].0 == 5 && payload.x == '5' && user.fields.plan in ['a', 'b']", "" },
	{ "{`filter/as`:`rows`,`filter/0/field`:`saved`,`filter/0/is`:`not-saved`,"
	    "`filter/0/value`:`paying`}", "!saved('paying')", "" },
	{ "{`filter/as`:`rows`,`filter/0/field`:`user.score`,`filter/0/is`:`there`}",
	    "user.score != null", "" },
	/* What says nothing */
	{ "{`filter/as`:`rows`,`filter/0/field`:`user.score`,`filter/0/is`:`more`,"
	    "`filter/0/value`:`many`}", "", "Filter, condition 1: must be a number" },
	{ "{`filter/as`:`rows`,`filter/0/field`:`user.score`,`filter/0/is`:`begins`,"
	    "`filter/0/value`:`1`}", "", "Filter, condition 1: choose how Score is compared" },
	{ "{`filter/as`:`rows`,`filter/0/field`:`user.createdAt`,`filter/0/is`:`after`,"
	    "`filter/0/value`:`soon`}", "", "Filter, condition 1: must be a date such as 2026-11-24, "
	    "or a time such as 2026-11-24T09:30:00Z" },
	{ "{`filter/as`:`rows`,`filter/0/field`:`user.createdAt`,`filter/0/is`:`longer`,"
	    "`filter/0/value`:`-7d`}", "", "Filter, condition 1: must be a duration such as 36h or 7d" },
	{ "{`filter/as`:`rows`,`filter/0/field`:`payload`,`filter/0/is`:`is`,`filter/0/value`:`1`}",
	    "", "Filter, condition 1: say which parameter of the sender is meant" },
	{ "{`filter/as`:`rows`,`filter/0/field`:`payload`,`filter/0/name`:`x`,`filter/0/is`:`is`,"
	    "`filter/0/value`:`\\`open`}", "payload.x == '\"open'", "" },
	{ "{`filter/as`:`rows`,`filter/0/field`:`user.email`,`filter/0/is`:`one-of`,"
	    "`filter/0/value`:`\\n \\n`}", "", "Filter, condition 1: say what it may be, one on each "
	    "line" },
	{ "{`filter/as`:`rows`,`filter/0/field`:`true || user.x`,`filter/0/is`:`is`,"
	    "`filter/0/value`:`1`}", "", "Filter, condition 1: this is not a field" },
	{ "{`filter/as`:`rows`,`filter/was`:`user.score>1`,`filter/0/field`:`user.optOut`,"
	    "`filter/0/is`:`is`,`filter/0/value`:`perhaps`}", "user.score>1",
	    "Filter, condition 1: must be yes or no" },
};

static void
check_typed(void)
{
	for (size_t i = 0; i < COUNT(typed); i++) {
		struct page *page = page_for(typed[i].form);
		struct span filter = filter_form_read(page);

		is_text(arena_string(page->arena, filter), typed[i].filter, typed[i].form);
		is_text(first_problem(page), typed[i].problem, "with this complaint");
		page_free(page);
	}
}

/* ---- shown, and sent back as a browser does */

static const struct {
	const char *filter;
	bool rows;
} shown[] = {
	{ "", true }, { "user.score>=10", true },
	{ "\n user.score >= 10\n && user.optOut", true },
	{ "user.score > 1 || user.email == ''", true },
	{ "payload.a == 'true' && payload.b == '\"' && payload.c == ' x'", true },
	{ "data.usage.plan in ['a', 'b c']", true },
	{ "saved('paying') && 'admin' in user.roles", true },
	{ "user.ranks.0.rank == 'hero'", true },
	{ "user.createdAt.deep == 1", true },
	{ "user.score == 'ten'", false },      /* another type than the field has */
	{ "user.score.contains('1')", false }, /* a qualifier that it does not take */
	{ "data.usage.plan in ['a\\n']", false },
	{ "data.usage.plan in ['']", false },
	{ "data.usage.plan == 'a\\tb'", false },
	{ "user.score > 1 // why", false }, { "size(user.roles) > 1", false },
	{ "this is no filter", false },
};

/* The model's rows into the form, as its fields are sent. */
static void
send_back(struct page *page)
{
	struct json_object *model = json_get(page_root(page, "page"), "filter");
	struct json_object *form = page_root(page, "form"), *rows = json_get(model, "rows");

	if (!json_flag(model, "is_rows", false)) {
		json_set_text(form, "filter/as", SPAN("expression"));
		json_set_text(form, "/filter", json_string(model, "expression"));
		return;
	}
	json_set_text(form, "filter/as", SPAN("rows"));
	json_set_text(form, "filter/was", json_string(model, "was"));
	json_set_text(form, "filter/all", json_flag(model, "any", false) ? SPAN("any") : SPAN("all"));
	for (size_t i = 0; i < json_count(rows); i++) {
		static const struct { const char *list, *part; } picks[] = { { "qualifiers", "is" },
			{ "choices", "value" } };
		struct json_object *row = json_at(rows, i), *groups = json_get(row, "groups");

		json_set_text(form, arena_printf(page->arena, "filter/%zu/name", i),
		    json_string(row, "name"));
		json_set_text(form, arena_printf(page->arena, "filter/%zu/value", i),
		    json_string(row, "value"));
		for (size_t g = 0; g < json_count(groups); g++)
			for (size_t o = 0; o < json_count(json_get(json_at(groups, g), "options")); o++) {
				struct json_object *option = json_at(json_get(json_at(groups, g), "options"), o);

				if (json_flag(option, "chosen", false))
					json_set_text(form, arena_printf(page->arena, "filter/%zu/field", i),
					    json_string(option, "value"));
			}
		for (size_t p = 0; p < COUNT(picks); p++)
			for (size_t o = 0; o < json_count(json_get(row, picks[p].list)); o++) {
				struct json_object *option = json_at(json_get(row, picks[p].list), o);

				if (json_flag(option, "chosen", false))
					json_set_text(form, arena_printf(page->arena, "filter/%zu/%s", i,
					    picks[p].part), json_string(option, "value"));
			}
	}
}

static void
check_shown(void)
{
	for (size_t i = 0; i < COUNT(shown); i++) {
		struct page *page = page_for("{}");
		struct span filter = span_of(shown[i].filter);

		filter_form_draw(page, filter);
		ok(json_flag(json_get(page_root(page, "page"), "filter"), "is_rows", false) ==
		    shown[i].rows, "%s as %s", shown[i].filter, shown[i].rows ? "rows" : "it is written");
		ok(json_members(page_root(page, "form")) == 0, "nobody has typed anything");
		send_back(page);
		is_text(arena_string(page->arena, filter_form_read(page)), shown[i].filter,
		    "it comes back to the letter");
		is_text(first_problem(page), "", "without a complaint");
		page_free(page);
	}
}

static void
check_asked(void)
{
	struct page *page = page_for("{`filter/as`:`expression`,`/filter`:`user.score>1&&user.optOut`}");
	struct json_object *form = page_root(page, "form");

	ok(filter_form_asked(page, SPAN("filter-rows")), "to rows");
	is_text(arena_string(page->arena, page_text(page, "form", "filter/1/field")), "user.optOut",
	    "there are two");
	ok(filter_form_asked(page, SPAN("filter-add")) && json_has(form, "filter/2/field"), "one more");
	ok(filter_form_asked(page, SPAN("filter-drop 0")) && !json_has(form, "filter/2/field"),
	    "the first one goes");
	is_text(arena_string(page->arena, page_text(page, "form", "filter/0/field")), "user.optOut",
	    "the second one is the first");
	ok(filter_form_asked(page, SPAN("filter-drop 9")), "one that there is not");
	ok(filter_form_asked(page, SPAN("filter-expression")), "to the expression");
	is_text(arena_string(page->arena, page_text(page, "form", "/filter")), "user.optOut == true",
	    "which says the rows");
	json_set_text(form, "filter/1/field", SPAN("user.email"));
	ok(filter_form_asked(page, SPAN("filter-rows")) && !json_has(form, "filter/1/field") &&
	    json_has(form, "filter/0/field"), "rows that are there already go");
	ok(!filter_form_asked(page, SPAN("group-add")), "what is about something else");
	page_free(page);
}

/* ---- rows of what is made with it */

static void
check_rows(void)
{
	struct page *page = page_for("{`group:/fields/0/label`:`A`,`group:/fields/0/type`:`string`,"
	    "`group:/fields/1/label`:``,`group:/fields/1/parameter`:` `,`group:/fields/1/type`:`integer`,"
	    "`group:/fields/2/label`:`C`,`group:/fields/2/parameter`:`c`,`group:/fields/x/label`:`no`,"
	    "`group:/fields/999999/label`:`no`}");

	ok(form_rows(page, "group:/fields") == 3, "three rows");
	form_rows_drop(page, "group:/fields", SIZE_MAX, listener_field_members);
	ok(form_rows(page, "group:/fields") == 2, "what says nothing goes");
	is_text(arena_string(page->arena, page_text(page, "form", "group:/fields/1/parameter")), "c",
	    "what stood behind it moves up");
	ok(!json_has(page_root(page, "form"), "group:/fields/1/type"), "and all of it goes");
	form_rows_drop(page, "group:/fields", 0, listener_field_members);
	is_text(arena_string(page->arena, page_text(page, "form", "group:/fields/0/label")), "C",
	    "a row that is taken away");
	is_text(arena_string(page->arena, form_key(page->arena, SPAN(" Jira: Closes \xc3\xa9 2 "))),
	    "jira-closes-2", "a key of a name");
	is_text(arena_string(page->arena, form_key(page->arena, SPAN("\xe4\xb8\x96"))), "",
	    "of none");
	page_free(page);
}

/* ---- what was changed */

static const struct {
	const char *form, *doc, *changed;
} changes[] = {
	{ "{`/name`:`A`}", "{`name`:`A`,`mask`:[` x `],`odd`:{`k`:1}}",
	    "{`name`:`A`,`mask`:[` x `],`odd`:{`k`:1}}" },
	{ "{`/name`:`B`}", "{`name`:`A`,`keepBody`:5}", "{`name`:`B`,`keepBody`:5}" },
	{ "{`/name`:``}", "{`name`:`A`,`keepBody`:5}", "{`keepBody`:5}" },
	{ "{`/name`:`AB`}", "{`name`:`A\\nB`}", "{`name`:`A\\nB`}" },
	{ "{`/description`:`a\\nb`}", "{`description`:`a\\r\\nb`}", "{`description`:`a\\r\\nb`}" },
	{ "{`/description`:`a`}", "{`description`:`  a `}", "{`description`:`a`}" },
	{ "{`/description`:`  a `}", "{`description`:`  a `}", "{`description`:`  a `}" },
	{ "{`/target/match`:`id`,`/target/parameter`:`p`,`/target/create/title`:`t`}",
	    "{`target`:{`match`:`email`,`create`:{`title`:`t`,`fields`:{`a`:`b`}},`odd`:1}}",
	    "{`target`:{`match`:`id`,`create`:{`title`:`t`,`fields`:{`a`:`b`}},`odd`:1,"
	    "`parameter`:`p`}}" },
	{ "{`/target/match`:``}", "{`target`:{`match`:`email`}}", "{}" },
	{ "{`/mask`:`a\\n\\\" b\\\"\\n`}", "{`mask`:[`a`,` b`]}", "{`mask`:[`a`,` b`]}" },
	{ "{`/mask`:`a\\nc`}", "{`mask`:[`a`,` b`]}", "{`mask`:[`a`,`c`]}" },
	{ "{`/allow`:``}", "{`allow`:[]}", "{`allow`:[]}" },
	{ "{`/enabled`:``,`/capture`:`true`}", "{`enabled`:true}", "{`capture`:true}" },
	{ "{`/enabled`:`true`}", "{`enabled`:true}", "{`enabled`:true}" },
	{ "{`/ack`:`filtered: 202\\n`}", "{`ack`:{`filtered`:202}}", "{`ack`:{`filtered`:202}}" },
	{ "{`/ack`:`filtered: 200`}", "{`ack`:{`filtered`:202}}", "{`ack`:{`filtered`:200}}" },
	{ "{`/author`:`who`,`/author/match`:``}", "{`author`:{`parameter`:`who`}}",
	    "{`author`:{`parameter`:`who`}}" },
	{ "{`/author`:`who`,`/author/match`:`username`}", "{`author`:`who`}",
	    "{`author`:{`match`:`username`,`parameter`:`who`}}" },
	{ "{`/author`:`who`,`/author/match`:``}", "{`author`:{`match`:`email`,`parameter`:`who`}}",
	    "{`author`:`who`}" },
	{ "{`/keepBody`:`77`}", "{`keepBody`:`odd`}", "{`keepBody`:77}" },
};

static void
check_changes(void)
{
	for (size_t i = 0; i < COUNT(changes); i++) {
		struct page *page = page_for(changes[i].form);
		struct json_object *doc = of_text(page->arena, changes[i].doc), *changed;
		const char *before = arena_string(page->arena, json_write(page->arena, doc));

		changed = form_part_changed(page, "", SCHEMA(kind_listener.members[0],
		    listener_comment.members), doc);
		is_text(arena_string(page->arena, json_write(page->arena, changed)),
		    arena_string(page->arena, json_write(page->arena, of_text(page->arena,
		    changes[i].changed))), changes[i].form);
		is_text(arena_string(page->arena, json_write(page->arena, doc)), before,
		    "the document itself stays");
		page_free(page);
	}
}

int
main(void)
{
	struct settings settings = { .console_enabled = true };
	struct front *front;

	if (!secret_start())
		return 99;
	front = console_new(&settings, NULL);
	console = (struct console *)front;
	check_typed();
	check_shown();
	check_asked();
	check_rows();
	check_changes();
	derive_free(&console->derive);
	texts_free(&console->texts);
	free(console->counting);
	free(console);
	return tap_done();
}
