/* SPDX-License-Identifier: ISC */
/* Listeners described, tried and mapped from here, and what their filters may ask for. */
#include "cli/cli.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/secret.h"
#include "base/text.h"

#include <inttypes.h>

/* Trying the log */

/* "12 applied, 3 filtered" */
static void
put_counts(struct cli *cli, struct buf *out, struct json_object *counts)
{
	struct doc_member *members;
	size_t n = doc_members(cli->arena, counts, &members);

	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s%" PRId64 " %s", i > 0 ? ", " : "",
		    json_integer(counts, members[i].name, 0), members[i].name);
}

static void
say_counts(struct cli *cli, const char *what, struct json_object *counts)
{
	struct buf line = { 0 };

	if (counts == NULL)
		return;
	buf_puts(&line, what);
	put_counts(cli, &line, counts);
	cli_line(&line);
}

static void
show_pairs(struct cli *cli, struct json_object *pairs)
{
	struct cli_table *table = cli_table_new(stdout, CLI_TEXT, &cli->screen,
	    "then,now,deliveries,by");

	for (size_t i = 0; i < json_count(pairs); i++)
		cli_table_row(table, json_at(pairs, i));
	cli_table_end(&table);
}

static void
put_ending(struct buf *line, struct json_object *ending, const char *when)
{
	struct json_object *target = json_get(ending, "target");

	text_visible(line, json_string(ending, "outcome"));
	buf_printf(line, " %s", when);
	if (target == NULL)
		return;
	buf_printf(line, " (%.*s ", (int)json_string(target, "kind").n,
	    json_string(target, "kind").p);
	text_visible(line, json_string(target, "id"));
	buf_putc(line, ')');
}

static void
show_difference(struct cli *cli, struct json_object *delivery)
{
	struct json_object *now = json_get(delivery, "now");
	struct buf line = { 0 };

	buf_printf(&line, "\n%.*s at %.*s: ", (int)json_string(delivery, "id").n,
	    json_string(delivery, "id").p, (int)json_string(delivery, "at").n,
	    json_string(delivery, "at").p);
	put_ending(&line, json_get(delivery, "then"), "then");
	buf_puts(&line, ", ");
	put_ending(&line, now, "now");
	if (json_get(delivery, "stored") != NULL) {
		buf_puts(&line, ", ");
		put_ending(&line, json_get(delivery, "stored"), "as it stands");
	}
	fwrite(line.p, 1, line.n, stdout);
	putchar('\n');
	buf_free(&line);
	cli_steps(cli, json_get(delivery, "explanation"));
	if (json_string(now, "detail").n > 0) {
		text_visible(&line, json_string(now, "detail"));
		cli_line(&line);
	}
}

static void
show_past(struct cli *cli, struct json_object *past)
{
	struct json_object *deliveries = json_get(past, "deliveries");
	int64_t tried = json_integer(past, "tried", 0), untold = json_integer(past, "untold", 0);

	printf("%" PRId64 " %s tried, %" PRId64 " would become something else; nothing was done\n",
	    tried, tried == 1 ? "delivery was" : "deliveries were",
	    json_integer(past, "differ", 0));
	show_pairs(cli, json_get(past, "outcomes"));
	say_counts(cli, "cannot be tried: ", json_get(past, "cannotBeTried"));
	say_counts(cli, "passed over: ", json_get(past, "passedOver"));
	for (size_t i = 0; i < json_count(deliveries); i++)
		if (json_flag(json_at(deliveries, i), "differs", false))
			show_difference(cli, json_at(deliveries, i));
	if (untold > 0)
		cli_say(cli, "%" PRId64 " more were tried, and are only counted", untold);
	if (json_has(past, "more"))
		cli_say(cli, "there are older ones (--limit, --until)");
}

struct past_answer {
	struct cli *cli;
	const char *file;
	struct json_object *past;
};

static void
take_past(void *arg, struct json_object *object, struct span text)
{
	struct past_answer *answer = arg;

	(void)text;
	answer->past = json_keep(answer->cli->arena, object);
}

static void
forget_past(void *arg)
{
	struct past_answer *answer = arg;

	answer->past = NULL;
}

static void
complain_of_past(void *arg, struct json_object *complaint)
{
	struct past_answer *answer = arg;

	cli_complain(answer->cli, answer->file, complaint);
}

static int
test_log(struct cli *cli)
{
	const char *path = cli->given->operand_count > 1 ? cli->given->operands[1] : NULL;
	struct json_object *args = cli_args(cli, &command_listener_past);
	struct past_answer answer = { .cli = cli, .file = path != NULL ? cli_file_name(path) : "" };
	struct cli_sink sink = { .line = take_past, .again = forget_past,
		.complaint = complain_of_past, .arg = &answer, .doing = "trying" };
	struct buf text = { 0 };
	int64_t limit = 0;
	int code = CLI_FAILED;

	if (cli_option(cli, "target") != NULL || cli_option(cli, "query") != NULL ||
	    json_count(cli_option_list(cli, "header")) > 0) {
		cli_say(cli, "--log tries deliveries as they came: without --target, --header, --query");
		return CLI_USAGE;
	}
	cli_set(args, "listener", cli->given->operands[0]);
	if (!cli_number(cli, "limit", &limit) || !cli_time(cli, "since", -1, args, "since") ||
	    !cli_time(cli, "until", -1, args, "until"))
		return CLI_USAGE;
	if (limit > 0)
		json_set_int(args, "limit", limit);
	buf_span(&text, json_write(cli->arena, args));
	if (path != NULL) {
		text.n--;
		buf_puts(&text, ",\"documents\":");
	}
	if (path == NULL || cli_gather_documents(cli, path, &text)) {
		if (path != NULL)
			buf_putc(&text, '}');
		code = cli_call_text(cli, buf_bytes(&text), &sink);
	}
	buf_free(&text);
	if (code != CLI_DONE)
		return code;
	if (cli->json)
		cli_json(stdout, &cli->screen, answer.past);
	else
		show_past(cli, answer.past);
	return code;
}

/* Trying a body */

int
cli_listener_test(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_listener_test), *answer;
	const char *path = cli->given->operand_count > 1 ? cli->given->operands[1] : "-";
	struct buf body = { 0 };
	int code;

	if (cli_flag(cli, "log"))
		return test_log(cli);
	if (cli_option(cli, "since") != NULL || cli_option(cli, "until") != NULL ||
	    cli_option(cli, "limit") != NULL) {
		cli_say(cli, "--since, --until and --limit choose deliveries of the log: --log");
		return CLI_USAGE;
	}
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

static void
print_description(struct cli *cli, struct json_object *answer)
{
	struct json_object *parameters = json_get(answer, "parameters");
	struct json_object *record = json_get(answer, "sample");
	struct cli_table *table;

	printf("POST %.*s\n\n", (int)json_string(answer, "url").n, json_string(answer, "url").p);
	if (json_count(parameters) > 0) {
		table = cli_table_new(stdout, CLI_TEXT, &cli->screen,
		    "name,type,required,description");
		for (size_t i = 0; i < json_count(parameters); i++)
			cli_table_row(table, json_at(parameters, i));
		cli_table_end(&table);
		printf("\n");
	}
	printf("%.*s\n", (int)json_string(answer, "curl").n, json_string(answer, "curl").p);
	if (record == NULL)
		cli_say(cli, "the filter takes no %.*s that there is: the example names one that is "
		    "made up", (int)json_string(answer, "automation").n,
		    json_string(answer, "automation").p);
}

int
cli_listener_describe(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_listener_describe), *answer;
	int code;

	cli_set(args, "listener", cli->given->operands[0]);
	cli_set(args, "person", cli_option(cli, "person"));
	code = cli_ask(cli, args, &answer);
	if (code == CLI_DONE && cli->json)
		cli_json(stdout, &cli->screen, answer);
	else if (code == CLI_DONE)
		print_description(cli, answer);
	return code;
}

int
cli_filter_fields(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_filter_fields);

	cli_set(args, "automation", cli->given->operands[0]);
	cli_set(args, "project", cli_option(cli, "project"));
	return cli_list(cli, args, "field,type,heading,of,label,choices", 0);
}

int
cli_filter_count(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_filter_count), *answer, *first;
	struct cli_table *table;
	int64_t count, limit = 0;
	int code;

	if (!cli_number(cli, "limit", &limit))
		return CLI_USAGE;
	if (limit > 0)
		json_set_int(args, "limit", limit);
	cli_set(args, "automation", cli->given->operands[0]);
	cli_set(args, "project", cli_option(cli, "project"));
	cli_set(args, "filter", cli_option(cli, "filter"));
	code = cli_ask(cli, args, &answer);
	if (code != CLI_DONE)
		return code;
	if (cli->json) {
		cli_json(stdout, &cli->screen, answer);
		return CLI_DONE;
	}
	count = json_integer(answer, "count", 0);
	first = json_get(answer, "first");
	printf("%s%lld match%s\n", json_flag(answer, "more", false) ? "at least " : "",
	    (long long)count, count == 1 ? "es" : "");
	if (json_flag(answer, "left", false))
		printf("what is sent decides, too: it is not looked at here\n");
	table = cli_table_new(stdout, CLI_TEXT, &cli->screen, "id,name");
	for (size_t i = 0; i < json_count(first); i++)
		cli_table_row(table, json_at(first, i));
	cli_table_end(&table);
	return CLI_DONE;
}
