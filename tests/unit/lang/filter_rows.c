/* SPDX-License-Identifier: ISC */
#include "lang/filter_rows.h"
#include "tap.h"

#include "base/buf.h"

#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What a form would show: "all: user.score at-least 10 | …"; "-": no rows. */
static struct span
any_name(void *arg, struct span name, const char **sentence_r)
{
	(void)arg;
	(void)sentence_r;
	/* Of several parts, so that its own are not taken for rows. */
	return span_is(name, "two") ? SPAN("user.a == 1 && user.b == 2 // two") : SPAN("true");
}

static const struct filter_roots roots = { .saved = any_name };

static const char *
shown(struct arena *arena, const char *source, struct filter_rows *rows_r)
{
	struct filter_error error = { 0 };
	const struct filter *filter = filter_compile(arena, span_of(source), &roots, &error);
	struct buf out = { 0 };

	if (filter == NULL)
		return arena_printf(arena, "wrong: %s", error.text);
	if (!filter_rows_read(arena, filter, rows_r))
		return "-";
	buf_puts(&out, rows_r->any ? "any:" : "all:");
	for (size_t i = 0; i < rows_r->count; i++) {
		const struct filter_row *row = &rows_r->rows[i];

		buf_printf(&out, "%s %.*s %s", i > 0 ? " |" : "", (int)row->path.n, row->path.p,
		    filter_qualifier_info(row->qualifier)->name);
		for (size_t k = 0; k < row->count; k++)
			buf_printf(&out, " %s%.*s", row->values[k].type == FILTER_IS_TEXT ? "'"
			    : row->values[k].type == FILTER_IS_NUMBER ? "#" : "?",
			    (int)row->values[k].text.n, row->values[k].text.p);
	}
	return buf_keep(&out, arena).p;
}

static const struct {
	const char *source, *rows;
} cases[] = {
	{ "", "all:" },
	{ "user.score >= 10", "all: user.score at-least #10" },
	{ "user.score>10&&user.score<=20 && user.score < 5",
	    "all: user.score more #10 | user.score at-most #20 | user.score less #5" },
	{ "feedback.status != 'Closed' && payload.issue.fields.status.name == \"Done\"",
	    "all: feedback.status is-not 'Closed | payload.issue.fields.status.name is 'Done" },
	{ "user.optOut", "all: user.optOut is ?true" },
	{ "!user.optOut", "all: user.optOut not-is ?true" },
	{ "user.optOut == false || user.a == true", "any: user.optOut is ?false | user.a is ?true" },
	{ "!(data.usage.plan == 'pro')", "all: data.usage.plan not-is 'pro" },
	{ "data.usage.plan in ['pro', 'team']", "all: data.usage.plan one-of 'pro 'team" },
	{ "payload.n in [1, -2.5]", "all: payload.n one-of #1 #-2.5" },
	{ "'admin' in user.roles", "all: user.roles holds 'admin" },
	{ "!('admin' in user.roles)", "all: user.roles holds-not 'admin" },
	{ "user.email.endsWith('@acme.example') && user.email.startsWith('a') && "
	    "user.lastName.contains('x')", "all: user.email ends '@acme.example | user.email "
	    "begins 'a | user.lastName contains 'x" },
	{ "timestamp(user.createdAt) > timestamp('2026-11-24')", "all: user.createdAt after '2026-11-24" },
	{ "timestamp(user.createdAt) < timestamp('2026-11-24T09:30:00+01:00')",
	    "all: user.createdAt before '2026-11-24T08:30:00Z" },
	{ "timestamp(user.createdAt) > now - duration('7d')", "all: user.createdAt within '7d" },
	{ "timestamp(user.createdAt) < now - duration('1h30m')", "all: user.createdAt longer '90m" },
	{ "payload.x == null", "all: payload.x not-there" },
	{ "payload.x != null", "all: payload.x there" },
	{ "saved('paying') && !saved('two')", "all: saved saved 'paying | saved not-saved 'two" },
	{ "saved('two')", "all: saved saved 'two" },
	{ "user.a == 1 && saved('two')", "all: user.a is #1 | saved saved 'two" },
	{ "(user.a == 1 && user.b == 2) && user.c == 3",
	    "all: user.a is #1 | user.b is #2 | user.c is #3" },
	{ "payload['pull-request']['a.b'] == 7", "all: payload['pull-request']['a.b'] is #7" },
	{ "payload.list.0.x == 7 && payload.list[1] == 2", "all: payload.list.0.x is #7 | "
	    "payload.list.1 is #2" },
	{ "payload.x == 'it\\'s \\\\ \\n \\x01'", "all: payload.x is 'it's \\ \n \x01" },
	{ "payload.x == '5'", "all: payload.x is '5" },
	{ "data[\"my-usage\"].plan == 'x'", "all: data['my-usage'].plan is 'x" },
	/* What no rows say. */
	{ "user.a == 1 // why", "-" },
	{ "// only a word", "-" },
	{ "user.a == 1 && (user.b == 2 || user.c == 3)", "-" },
	{ "user.a == 1 || user.b == 2 && user.c == 3", "-" },
	{ "user.a == user.b", "-" },
	{ "1 == user.a", "-" },
	{ "user.a + 1 == 2", "-" },
	{ "user.name < 'm'", "-" },
	{ "size(user.roles) > 1", "-" },
	{ "has(payload.x)", "-" },
	{ "user.email.matches('^a')", "-" },
	{ "user.email.lowerAscii() == 'a'", "-" },
	{ "timestamp(user.createdAt) >= timestamp('2026-11-24')", "-" },
	{ "timestamp(user.createdAt) > now", "-" },
	{ "timestamp(user.createdAt) > now + duration('7d')", "-" },
	{ "timestamp(user.createdAt) > now - duration('-7d')", "-" },
	{ "!(user.a != 1)", "-" },
	{ "!!user.a", "-" },
	{ "true", "-" },
	{ "user.a in []", "-" },
	{ "user.a in [user.b]", "-" },
	{ "1 in user.list", "-" },
	{ "payload[payload.x] == 1", "-" },
	{ "user.a != true == true", "-" },
};

/* Written and read again they are the same, and so is what is written then. */
static void
check_back(struct arena *arena, const char *source, const struct filter_rows *rows)
{
	struct filter_rows again = { 0 };
	struct span written = filter_rows_write(arena, rows), twice;
	const char *back = shown(arena, arena_string(arena, written), &again);

	ok(back[0] != '-' && back[0] != 'w' && filter_rows_same(rows, &again),
	    "%s, written %.*s, comes back (%s)", source, (int)written.n, written.p, back);
	twice = filter_rows_write(arena, &again);
	ok(span_eq(written, twice), "and is written the same again");
}

static void
check_cases(void)
{
	struct arena *arena = arena_new();

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct filter_rows rows = { 0 };
		const char *got = shown(arena, cases[i].source, &rows);

		if (is_text(got, cases[i].rows, cases[i].source) && got[0] == 'a')
			check_back(arena, cases[i].source, &rows);
	}
	arena_free(&arena);
}

static void
check_parameters(void)
{
	static const struct {
		const char *root, *parameter, *path;
	} all[] = {
		{ "payload", "plan", "payload.plan" },
		{ "payload", "/issue/key", "payload.issue.key" },
		{ "payload", "pull-request", "payload['pull-request']" },
		{ "payload", "/a~1b/c~0d/0", "payload['a/b']['c~d'].0" },
		{ "payload", "/it's/in", "payload['it\\'s']['in']" },
		{ "payload", "/a/", "payload.a['']" },
		{ "payload", "//", "payload['']['']" },
		{ "payload", "a.b", "payload['a.b']" },
		{ "payload", "/\x01\n", "payload['\\u0001\\n']" },
		{ "user.fields", "Caf\xc3\xa9 x", "user.fields['Caf\xc3\xa9 x']" },
	};
	struct arena *arena = arena_new();

	for (size_t i = 0; i < COUNT(all); i++) {
		struct span path = filter_path_of(arena, all[i].root, span_of(all[i].parameter));
		struct span back = filter_path_parameter(arena, all[i].root, path);
		struct span again = filter_path_of(arena, all[i].root, back);
		struct filter_error error = { 0 };

		is_text(arena_string(arena, path), all[i].path, all[i].parameter);
		ok(back.p != NULL && span_eq(path, again), "it comes back as %.*s", (int)back.n,
		    back.p != NULL ? back.p : "");
		ok(filter_compile(arena, span_of(arena_printf(arena, "%.*s == 1", (int)path.n,
		    path.p)), NULL, &error) != NULL, "and is a path of filters (%s)", error.text);
	}
	ok(filter_path_parameter(arena, "payload", SPAN("user.x")).p == NULL, "of another root");
	ok(filter_path_parameter(arena, "payload", SPAN("payload")).p == NULL, "of all of it");
	ok(filter_path_parameter(arena, "payload", SPAN("payload['x")).p == NULL, "of what is broken");
	arena_free(&arena);
}

static void
check_about(void)
{
	static const char *const names[] = { "user", "data", NULL };
	static const struct {
		const char *source, *about;
		bool left;
	} all[] = {
		{ "", "", false },
		{ "user.a == 1", "(user.a == 1)", false },
		{ "user.a == 1 && payload.b == 2", "(user.a == 1)", true },
		{ "payload.b == 2 && (user.a == 1 || data.x.y) && now > timestamp(user.c)",
		    "(user.a == 1 || data.x.y) && (now > timestamp(user.c))", true },
		{ "user.a == 1 || payload.b == 2", "", true },
		{ "user.a in [payload.b]", "", true },
		{ "user.email.startsWith(payload.b)", "", true },
		{ "user.a == 1 // (why\n && user.b == 2", "(user.a == 1) && (user.b == 2)", false },
	};
	struct arena *arena = arena_new();

	for (size_t i = 0; i < COUNT(all); i++) {
		struct filter_error error = { 0 };
		const struct filter *filter = filter_compile(arena, span_of(all[i].source), &roots,
		    &error);
		bool left = false;
		struct span about = filter_about(arena, filter, names, &left);

		is_text(arena_string(arena, about), all[i].about, all[i].source);
		ok(left == all[i].left, "%s left out", all[i].left ? "some is" : "nothing is");
	}
	arena_free(&arena);
}

static void
check_names(void)
{
	enum filter_qualifier qualifier;
	enum filter_has has;

	for (int i = 0; i < FILTER_ROW__MAX; i++)
		ok(filter_qualifier_by_name(span_of(filter_qualifier_info((enum filter_qualifier)i)->name),
		    &qualifier) && (int)qualifier == i, "a qualifier by its name");
	ok(!filter_qualifier_by_name(SPAN("nothing"), &qualifier), "no qualifier");
	ok(filter_has_by_name(SPAN("time"), &has) && has == FILTER_HAS_TIME, "a type by its name");
	ok(!filter_has_by_name(SPAN(""), &has), "no type");
}

int
main(void)
{
	check_cases();
	check_parameters();
	check_about();
	check_names();
	return tap_done();
}
