/* SPDX-License-Identifier: ISC */
#include "cli/grammar.h"

#include "tap.h"

static const struct cli_command commands[] = {
	{ "init [--demo]", "make it", NULL, NULL },
	{ "key create NAME [--allow CIDR]... [--prefix P]", "make a key", NULL, NULL },
	{ "key list [--limit N]", "list the keys", NULL, NULL },
	{ "user|team list [--filter CEL] [--limit N]", "list them", NULL, NULL },
	{ "user|team set NAME ASSIGNMENT...", "change one", NULL, NULL },
	{ "run NAME --target ID [--preview]", "run it", NULL, NULL },
	{ "export [KIND]", "print all", NULL, NULL },
	{ NULL, NULL, NULL, NULL },
};

static const struct cli_option options[] = {
	{ "allow", "from there" }, { "home", "the store" }, { NULL, NULL },
};

static const struct cli_grammar grammar = {
	"prog", "[--home DIR] [--json] [--help] [--version]", commands, options,
};

/* What was understood, as one line: command number, words, operands, options;
 * or, behind '!', the first line of the complaint. */
static const struct {
	const char *arguments; /* with '|' between them */
	const char *expected;
} cases[] = {
	{ "init", "0: init" },
	{ "init|--demo", "0: init --demo" },
	{ "--demo|init", "0: init --demo" },
	{ "--home|h|init", "0: init --home=h" },
	{ "init|--home=h=i", "0: init --home=h=i" },
	{ "--home=|init", "0: init --home=" },
	{ "key|create|jira|--allow|a|--allow=b", "1: key create (jira) --allow=a --allow=b" },
	{ "key|--allow|a|create|jira", "1: key create (jira) --allow=a" },
	{ "key|list", "2: key list" },
	{ "team|list|--filter|--x", "3: team list --filter=--x" },
	{ "user|set|a|b=1|c", "4: user set (a) (b=1) (c)" },
	{ "user|set|list|set", "4: user set (list) (set)" },
	{ "run|x|--target|1", "5: run (x) --target=1" },
	{ "run|--|--x|--target|1", "!prog run: --target ID is missing" },
	{ "run|--target|1|--|--x", "5: run (--x) --target=1" },
	{ "run|-|--target|1", "5: run (-) --target=1" },
	{ "run|x|--tar|1|--pre", "5: run (x) --target=1 --preview" },
	{ "export", "6: export" },
	{ "export|user", "6: export (user)" },
	{ "--help", "none --help" },
	{ "-h|key", "none key --help" },
	{ "key|create|--help", "1: key create --help" },
	{ "--version|bogus", "!prog: \"bogus\" is not known here" },
	{ "", "!prog: a command is missing" },
	{ "key", "!prog key: a word is missing" },
	{ "key|lst", "!prog key: \"lst\" is not known here; did you mean list?" },
	{ "usr|list", "!prog: \"usr\" is not known here; did you mean user?" },
	{ "team|create", "!prog team: \"create\" is not known here" },
	{ "key|\x1b[2J", "!prog key: \"\\x1b[2J\" is not known here" },
	{ "key|create", "!prog key create: NAME is missing" },
	{ "user|set|a", "!prog user set: ASSIGNMENT... is missing" },
	{ "key|create|a|b", "!prog key create: \"b\" is too much" },
	{ "export|a|b", "!prog export: \"b\" is too much" },
	{ "init|x", "!prog init: \"x\" is too much" },
	{ "run|x", "!prog run: --target ID is missing" },
	{ "init|--demi", "!prog init: --demi is not an option here; did you mean --demo?" },
	{ "key|list|--filter=x", "!prog key list: --filter=x is not an option here" },
	{ "--filter|x|init", "!prog init: filter is not an option here" },
	{ "init|--demo=x", "!prog init: --demo=x takes no value" },
	{ "key|create|a|--allow", "!prog key create: --allow needs a value: CIDR" },
	{ "init|--he", "none init --help" },
	{ "init|--h", "!prog init: --h could be several options" },
	{ "init|-x", "!prog init: -x is not an option here" },
};

static void
tell(struct buf *out, const struct cli_given *given)
{
	if (given->command == NULL || cli_value(given, "help") != NULL)
		buf_puts(out, given->command != NULL && given->word_count > 1 ? "1:" : "none");
	else
		buf_printf(out, "%d:", (int)(given->command - commands));
	for (size_t i = 0; i < given->word_count; i++)
		buf_printf(out, " %s", given->words[i]);
	for (size_t i = 0; i < given->operand_count; i++)
		buf_printf(out, " (%s)", given->operands[i]);
	for (size_t i = 0; i < given->value_count; i++)
		buf_printf(out, " --%s%s%s", given->values[i].name,
		    given->values[i].value[0] != '\0' || strcmp(given->values[i].name, "home") == 0
		    ? "=" : "", given->values[i].value);
}

static void
test_parse(size_t n)
{
	struct arena *arena = arena_new();
	char *text = arena_string(arena, span_of(cases[n].arguments)), *argv[16];
	struct cli_given given;
	struct buf wrong = { 0 }, out = { 0 };
	char name[] = "prog";
	int argc = 1;

	argv[0] = name;
	while (text != NULL && *text != '\0')
		argv[argc++] = strsep(&text, "|");
	if (cli_parse(&grammar, arena, argc, argv, &given, &wrong)) {
		tell(&out, &given);
	} else {
		buf_putc(&out, '!');
		for (size_t i = 0; i < wrong.n && wrong.p[i] != '\n'; i++)
			buf_putc(&out, wrong.p[i]);
	}
	buf_putc(&out, '\0');
	is_text(out.p, cases[n].expected, cases[n].arguments[0] != '\0' ? cases[n].arguments
	    : "(nothing)");
	buf_free(&wrong);
	buf_free(&out);
	arena_free(&arena);
}

static void
test_help(void)
{
	struct arena *arena = arena_new();
	char prog[] = "prog", key[] = "key", create[] = "create", help[] = "--help",
	    bogus[] = "bogus";
	char *const some[] = { prog, key, help }, *const one[] = { prog, key, create, help };
	char *const wrong_word[] = { prog, key, bogus };
	struct cli_given given;
	struct buf out = { 0 }, wrong = { 0 };

	cli_parse(&grammar, arena, 3, some, &given, &wrong);
	cli_help(&grammar, &given, &out);
	buf_putc(&out, '\0');
	ok(strstr(out.p, "  key create NAME                   make a key\n") != NULL &&
	    strstr(out.p, "  key list  ") != NULL, "help lists what begins with the words");
	ok(strstr(out.p, "init") == NULL, "and nothing else");
	out.n = 0;
	cli_parse(&grammar, arena, 4, one, &given, &wrong);
	cli_help(&grammar, &given, &out);
	buf_putc(&out, '\0');
	is_text(out.p, "usage: prog key create NAME [--allow CIDR]... [--prefix P]\n\n"
	    "make a key\n\n"
	    "  --allow CIDR            from there\n"
	    "  --prefix P\n"
	    "  --home DIR              the store\n"
	    "  --json\n  --help\n  --version\n", "help of a command");
	cli_parse(&grammar, arena, 3, wrong_word, &given, &wrong);
	buf_putc(&wrong, '\0');
	is_text(wrong.p, "prog key: \"bogus\" is not known here\npossible here: create list\n",
	    "a wrong word shows what is possible there");
	buf_free(&out);
	buf_free(&wrong);
	arena_free(&arena);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		test_parse(i);
	test_help();
	return tap_done();
}
