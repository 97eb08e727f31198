/* SPDX-License-Identifier: ISC */
/* Listeners tried and mapped from here. */
#include "cli/cli.h"

#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"

int
cli_listener_test(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_listener_test), *answer;
	const char *path = cli->given->operand_count > 1 ? cli->given->operands[1] : "-";
	struct buf body = { 0 };
	int code;

	if (!cli_read_file(cli, path, &body))
		return CLI_FAILED;
	cli_set(args, "listener", cli->given->operands[0]);
	cli_set(args, "target", cli_option(cli, "target"));
	cli_set(args, "query", cli_option(cli, "query"));
	json_set(args, "headers", json_share(cli_option_list(cli, "header")));
	if (text_utf8(buf_bytes(&body)))
		json_set_text(args, "body", buf_bytes(&body));
	else
		json_set_text(args, "bodyBase64", secret_base64(cli->arena, buf_bytes(&body)));
	buf_free(&body);
	code = cli_ask(cli, args, &answer);
	return code != CLI_DONE ? code : cli_tried(cli, answer);
}

struct suggesting {
	struct cli *cli;
	struct json_object *parameters, *documents;
	struct json_object *left; /* {"leftOut", "more", "unweighed"}, or NULL */
};

static void
take_suggestion(void *arg, struct json_object *object, struct span text)
{
	struct suggesting *suggesting = arg;
	struct json_object *document = json_get(object, "document");
	struct arena *arena = suggesting->cli->arena;

	(void)text;
	if (document != NULL)
		json_append(suggesting->documents, json_share(json_copy(arena, document)));
	else
		json_append(suggesting->parameters, json_share(json_copy(arena, object)));
}

static void
take_left(void *arg, struct json_object *summary)
{
	struct suggesting *suggesting = arg;

	suggesting->left = json_copy(suggesting->cli->arena, summary);
}

static void
forget_suggestions(void *arg)
{
	struct suggesting *suggesting = arg;

	suggesting->parameters = json_new_array(suggesting->cli->arena);
	suggesting->documents = json_new_array(suggesting->cli->arena);
	suggesting->left = NULL;
}

static void
print_table(struct cli *cli, struct json_object *parameters)
{
	struct cli_table *table = cli_table_new(stdout, CLI_TEXT, &cli->screen,
	    "parameter,type,seen,use,example");

	for (size_t i = 0; i < json_count(parameters); i++)
		cli_table_row(table, json_at(parameters, i));
	cli_table_end(&table);
}

/* Of NULL nothing. */
static void
tell_left_out(struct json_object *left)
{
	long long parameters = (long long)json_integer(left, "leftOut", 0);
	long long fields = (long long)json_integer(left, "unweighed", 0);
	bool more = json_flag(left, "more", false);

	if (parameters > 0 || more)
		printf("%lld parameter%s that came less often %s left out%s\n", parameters,
		    parameters == 1 ? "" : "s", parameters == 1 ? "is" : "are",
		    more ? ", and those behind the first 4096 of a kind" : "");
	if (fields > 0)
		printf("no target was looked for by %lld more field%s of records: "
		    "target.match=fields.NAME names one\n", fields, fields == 1 ? "" : "s");
}

int
cli_listener_suggest(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_suggest), *both;
	struct suggesting suggesting = { .cli = cli };
	struct cli_sink sink = { .line = take_suggestion, .summary = take_left,
		.again = forget_suggestions, .arg = &suggesting };
	bool plain = cli_flag(cli, "documents");
	int64_t limit = 0;
	int code;

	if (!cli_number(cli, "limit", &limit))
		return CLI_USAGE;
	if (limit > 0)
		json_set_int(args, "limit", limit);
	cli_set(args, "listener", cli->given->operands[0]);
	forget_suggestions(&suggesting);
	code = cli_call(cli, args, &sink);
	if (code != CLI_DONE)
		return code;
	if (cli->json) {
		both = json_new_object(cli->arena);
		json_set(both, "parameters", json_share(suggesting.parameters));
		json_set(both, "documents", json_share(suggesting.documents));
		if (suggesting.left != NULL)
			json_set(both, "leftOut", json_share(json_get(suggesting.left, "leftOut")));
		cli_json(stdout, &cli->screen, both);
		return CLI_DONE;
	}
	if (!plain) {
		print_table(cli, suggesting.parameters);
		tell_left_out(suggesting.left);
		printf("\nDocuments to look at, change and apply (--documents prints only "
		    "these):\n\n");
	}
	for (size_t i = 0; i < json_count(suggesting.documents); i++)
		cli_json(stdout, &cli->screen, json_at(suggesting.documents, i));
	return CLI_DONE;
}
