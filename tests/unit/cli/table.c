/* SPDX-License-Identifier: ISC */
#include "cli/table.h"

#include "base/json.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

#define BOLD "\x1b[1m"
#define PLAIN "\x1b[0m"
#define MANY "a,b,c,d,e,f,g,h,i,j,k,l,m,o,p,q,r,s,u,v,w,x,y,z,"
#define COMMAS ",,,,,,,,,,,,,,,,,,,,,,,,"

static const char *const people[] = {
	"{\"email\":\"ann@x.example\",\"score\":5,\"fields\":{\"plan\":\"pro\"},"
	"\"teams\":[\"a\",\"b\"]}",
	"{\"email\":\"Åsa@x.example\",\"score\":1200}",
	NULL,
};

static const char *const foreign[] = {
	"{\"name\":\"a\\u001b[2Jb\",\"text\":\"\\u202ex\\n, \\\"y\\\"\"}", NULL,
};

static const char *const east[] = {
	"{\"name\":\"\u6f22\u5b57\",\"n\":1}", "{\"name\":\"e\u0301te\u0301\",\"n\":22}", NULL,
};

static const char *const log_rows[] = {
	"{\"outcome\":\"applied\",\"id\":\"1\"}", "{\"outcome\":\"bad-api-key\",\"id\":\"2\"}",
	NULL,
};

static const char *const gaps[] = {
	"{\"n\":1,\"t\":\"a\\nb\"}", "{\"t\":\" c\"}", "{\"n\":22}", NULL,
};

static const char *const none[] = { NULL };

static const struct {
	const char *name;
	enum cli_format format;
	struct cli_screen screen;
	const char *columns;
	const char *const *documents;
	const char *expected;
} cases[] = {
	{ "a table", CLI_TEXT, { .width = 0 }, "email,score,fields.plan,teams", people,
	    "email          score  fields.plan  teams\n"
	    "ann@x.example      5  pro          a, b\n"
	    "Åsa@x.example   1200\n" },
	{ "a column of nothing stays to the left", CLI_TEXT, { .width = 0 }, "absent,score",
	    people, "absent  score\n            5\n         1200\n" },
	{ "a gap among numbers does not move them", CLI_TEXT, { .width = 0 }, "n,t", gaps,
	    " n  t\n 1  a\\x0ab\n     c\n22\n" },
	{ "CSV quotes line ends and blanks at the ends", CLI_CSV, { .width = 0 }, "n,t", gaps,
	    "n,t\r\n1,\"a\nb\"\r\n,\" c\"\r\n22,\r\n" },
	{ "as many columns as are asked for", CLI_CSV, { .width = 0 }, MANY MANY MANY "n", gaps,
	    MANY MANY MANY "n\r\n" COMMAS COMMAS COMMAS "1\r\n" COMMAS COMMAS COMMAS "\r\n"
	    COMMAS COMMAS COMMAS "22\r\n" },
	{ "a pointer names a column as well", CLI_TEXT, { .width = 0 }, "/fields/plan,email",
	    people, "/fields/plan  email\npro           ann@x.example\n"
	    "              Åsa@x.example\n" },
	{ "width is that of the screen, not of bytes", CLI_TEXT, { .width = 0 }, "name,n", east,
	    "name   n\n\u6f22\u5b57   1\ne\u0301te\u0301   22\n" },
	{ "a narrow terminal cuts the widest column", CLI_TEXT,
	    { .terminal = true, .utf8 = true, .width = 25 }, "email,score,fields.plan", people,
	    "email     score  fields.…\nann@x.e…      5  pro\nÅsa@x.e…   1200\n" },
	{ "and marks it in ASCII elsewhere", CLI_TEXT, { .terminal = true, .width = 22 },
	    "email,teams,score", people,
	    "email     teams  score\nann@x.e~  a, b       5\nÅsa@x.e~          1200\n" },
	{ "a character of two columns is not cut", CLI_TEXT,
	    { .terminal = true, .utf8 = true, .width = 3 }, "name,n", east,
	    "name   n\n\u6f22\u5b57   1\ne\u0301te\u0301   22\n" },
	{ "titles are bold where there is colour", CLI_TEXT,
	    { .terminal = true, .colour = true, .utf8 = true, .width = 80 }, "outcome,id",
	    log_rows, BOLD "outcome" PLAIN "      " BOLD "id" PLAIN "\n"
	    "\x1b[32mapplied" PLAIN "      1\n\x1b[31mbad-api-key" PLAIN "  2\n" },
	{ "nothing found is nothing", CLI_TEXT, { .width = 0 }, "email", none, "" },
	{ "nothing of it moves the cursor", CLI_TEXT, { .width = 0 }, "name,text", foreign,
	    "name       text\na\\x1b[2Jb  \\xe2\\x80\\xaex\\x0a, \"y\"\n" },
	{ "CSV", CLI_CSV, { .width = 0 }, "email,teams,score", people,
	    "email,teams,score\r\nann@x.example,\"a, b\",5\r\nÅsa@x.example,,1200\r\n" },
	{ "CSV in a file is what was sent", CLI_CSV, { .width = 0 }, "name,text", foreign,
	    "name,text\r\na\x1b[2Jb,\"\u202ex\n, \"\"y\"\"\"\r\n" },
	{ "CSV on a terminal is not", CLI_CSV, { .terminal = true }, "name", foreign,
	    "name\r\na\\x1b[2Jb\r\n" },
	{ "CSV of nothing has its titles", CLI_CSV, { .width = 0 }, "email,id", none,
	    "email,id\r\n" },
	{ "JSON is one array", CLI_JSON, { .width = 0 }, "", log_rows,
	    "[\n{\"outcome\":\"applied\",\"id\":\"1\"},\n"
	    "{\"outcome\":\"bad-api-key\",\"id\":\"2\"}\n]\n" },
	{ "JSON of nothing is an empty array", CLI_JSON, { .width = 0 }, "", none, "[]\n" },
	{ "JSON Lines", CLI_LINES, { .width = 0 }, "", log_rows,
	    "{\"outcome\":\"applied\",\"id\":\"1\"}\n"
	    "{\"outcome\":\"bad-api-key\",\"id\":\"2\"}\n" },
	{ "JSON on a terminal has escapes", CLI_LINES, { .terminal = true }, "", foreign,
	    "{\"name\":\"a\\u001b[2Jb\",\"text\":\"\\u202ex\\n, \\\"y\\\"\"}\n" },
};

static const struct {
	const char *name, *document, *expected;
} details[] = {
	{ "members in their order", "{\"a\":\"x\",\"long\":12}", "a     x\nlong  12\n" },
	{ "objects by dotted names", "{\"fields\":{\"plan\":\"pro\",\"n\":{\"m\":true}}}",
	    "fields.plan  pro\nfields.n.m   true\n" },
	{ "lists of plain values on a line", "{\"teams\":[\"a\",2,null]}", "teams  a, 2,\n" },
	{ "lists of objects one by one", "{\"actions\":[{\"do\":\"x\"},{\"do\":\"y\"}]}",
	    "actions.0.do  x\nactions.1.do  y\n" },
	{ "lines of a text below each other", "{\"text\":\"one\\ntwo\"}",
	    "text  one\n      two\n" },
	{ "nothing is shown as nothing", "{\"a\":null,\"b\":{},\"c\":[]}", "a\nb  {}\nc\n" },
	{ "and escaped", "{\"a\\u001b\":\"b\\u0007\"}", "a\\x1b  b\\x07\n" },
};

static char *
written(size_t i)
{
	struct arena *arena = arena_new();
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);
	struct cli_table *table = cli_table_new(out, cases[i].format, &cases[i].screen,
	    cases[i].columns);

	for (size_t k = 0; cases[i].documents[k] != NULL; k++)
		cli_table_row(table, json_load(arena, span_of(cases[i].documents[k])));
	cli_table_end(&table);
	fclose(out);
	arena_free(&arena);
	return text;
}

static void
test_details(size_t i)
{
	static const struct cli_screen screen;
	struct arena *arena = arena_new();
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	cli_details(out, &screen, json_load(arena, span_of(details[i].document)));
	fclose(out);
	is_text(text, details[i].expected, details[i].name);
	free(text);
	arena_free(&arena);
}

/* More rows than are held back: the widths of the first go on. */
static void
test_many(void)
{
	static const struct cli_screen screen;
	struct arena *arena = arena_new();
	struct json_object *shorter = json_load(arena, SPAN("{\"a\":\"xy\",\"b\":1}"));
	struct json_object *longer = json_load(arena, SPAN("{\"a\":\"xyzzy\",\"b\":1}"));
	char *text = NULL;
	size_t n, lines = 0;
	FILE *out = open_memstream(&text, &n);
	struct cli_table *table = cli_table_new(out, CLI_TEXT, &screen, "a,b");

	for (int i = 0; i < 1200; i++)
		cli_table_row(table, i < 1000 ? shorter : longer);
	cli_table_end(&table);
	fclose(out);
	for (size_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	ok(lines == 1201, "every row of a long table is written, the titles once");
	ok(strstr(text, "xy  1\nxyzzy  1\n") != NULL, "a later row may be wider");
	free(text);
	arena_free(&arena);
}

static void
test_screen(void)
{
	int fds[2];

	if (pipe(fds) != 0)
		return;
	setenv("LC_ALL", "de_DE.UTF-8", 1);
	ok(cli_screen(fds[1]).utf8, "LC_ALL tells of UTF-8");
	setenv("LC_ALL", "", 1);
	setenv("LC_CTYPE", "C", 1);
	setenv("LANG", "C.utf8", 1);
	ok(!cli_screen(fds[1]).utf8, "the first variable that is set decides");
	ok(!cli_screen(fds[1]).terminal && !cli_screen(fds[1]).colour &&
	    cli_screen(fds[1]).width == 0, "a pipe has neither colours nor a width");
	close(fds[0]);
	close(fds[1]);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *text = written(i);

		is_text(text, cases[i].expected, cases[i].name);
		free(text);
	}
	for (size_t i = 0; i < sizeof details / sizeof details[0]; i++)
		test_details(i);
	test_many();
	test_screen();
	return tap_done();
}
