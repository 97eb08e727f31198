/* SPDX-License-Identifier: ISC */
/* What is found by words, of every kind that is looked into. */
#include "cli/cli.h"

#include "base/json.h"

#define USUAL 5 /* of each kind */

struct finding {
	struct cli *cli;
	struct json_object *list, *part;
	bool more, partial;
	int64_t indexed; /* percent */
};

static void
forget(void *arg)
{
	struct finding *finding = arg;

	finding->part = json_new_array(finding->cli->arena);
	finding->more = false;
}

static void
take(void *arg, struct json_object *object, struct span text)
{
	struct finding *finding = arg;

	(void)text;
	json_append(finding->part, json_share(json_keep(finding->cli->arena, object)));
}

static void
take_more(void *arg)
{
	((struct finding *)arg)->more = true;
}

static void
take_summary(void *arg, struct json_object *summary)
{
	struct finding *finding = arg;

	finding->partial |= json_flag(summary, "partial", false);
	finding->indexed = json_integer(summary, "indexed", 100);
}

static int
find(struct finding *finding, const char *kind, const char *text, int64_t limit)
{
	struct cli *cli = finding->cli;
	struct json_object *args = cli_args(cli, &command_search);
	const struct cli_sink sink = { .line = take, .again = forget, .more = take_more,
		.summary = take_summary, .arg = finding };
	int code;

	cli_set(args, "kind", kind);
	cli_set(args, "text", text);
	json_set_int(args, "limit", limit);
	forget(finding);
	code = cli_call(cli, args, &sink);
	for (size_t i = 0; code == CLI_DONE && i < json_count(finding->part); i++)
		json_append(finding->list, json_share(json_at(finding->part, i)));
	return code;
}

/* The operands with a space between. */
static const char *
words_of(struct cli *cli)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < cli->given->operand_count; i++)
		buf_printf(&out, "%s%s", i > 0 ? " " : "", cli->given->operands[i]);
	return arena_string(cli->arena, buf_keep(&out, cli->arena));
}

static void
show(struct finding *finding)
{
	struct cli *cli = finding->cli;
	struct cli_table *table;

	if (cli->json) {
		cli_json(stdout, &cli->screen, finding->list);
		return;
	}
	if (json_count(finding->list) == 0) {
		puts("nothing is found");
		return;
	}
	table = cli_table_new(stdout, CLI_TEXT, &cli->screen, "kind,name,title,state,project");
	for (size_t i = 0; i < json_count(finding->list); i++)
		cli_table_row(table, json_at(finding->list, i));
	cli_table_end(&table);
}

int
cli_search(struct cli *cli)
{
	static const char *const kinds[] = { "user", "feedback", "listener", "macro", "delivery" };
	const char *only = cli_option(cli, "kind"), *text = words_of(cli);
	struct finding finding = { .cli = cli, .list = json_new_array(cli->arena),
		.indexed = 100 };
	int64_t limit = USUAL;
	struct buf more = { 0 };
	int code = CLI_DONE;

	if (!cli_number(cli, "limit", &limit))
		return CLI_USAGE;
	for (size_t i = 0; code == CLI_DONE && i < (only != NULL ? 1 : sizeof kinds / sizeof kinds[0]);
	    i++) {
		const char *kind = only != NULL ? only : kinds[i];

		code = find(&finding, kind, text, limit);
		if (code == CLI_DONE && finding.more)
			buf_printf(&more, "%s%s", more.n > 0 ? ", " : "", kind);
	}
	if (code == CLI_DONE) {
		show(&finding);
		if (more.n > 0)
			cli_say(cli, "there may be more of kind %.*s (--limit, --kind)", (int)more.n,
			    more.p);
		if (finding.partial)
			cli_say(cli, "records have more fields than were looked into: a filter finds by "
			    "each (--filter of user list and feedback list)");
		if (finding.indexed < 100)
			cli_say(cli, "the index of words is being built: %lld %% of the records are found by "
			    "them so far", (long long)finding.indexed);
	}
	buf_free(&more);
	return code;
}
