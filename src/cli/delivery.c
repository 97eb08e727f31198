/* SPDX-License-Identifier: ISC */
/* The log of deliveries, and the outbox. */
#include "cli/cli.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"

#include <string.h>

/* Which deliveries; false after a message. */
static bool
set_choice(struct cli *cli, struct json_object *args)
{
	static const char *const options[] = { "listener", "outcome", "target", "filter",
		"contains", NULL };

	for (size_t i = 0; options[i] != NULL; i++)
		cli_set(args, options[i], cli_option(cli, options[i]));
	return cli_time(cli, "since", -1, args, "since") &&
	    cli_time(cli, "until", -1, args, "until");
}

int
cli_delivery_list(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_deliveries);

	if (!set_choice(cli, args))
		return CLI_USAGE;
	if (cli_flag(cli, "refused"))
		json_set_bool(args, "refused", true);
	return cli_list(cli, args, "at,listener,outcome,target.id,address,id", 100);
}

int
cli_delivery_show(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_delivery);

	cli_set(args, "id", cli->given->operands[0]);
	json_set_bool(args, "body", true);
	return cli_ask_show(cli, args);
}

int
cli_delivery_explain(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_delivery), *entry;
	struct buf line = { 0 };
	struct span detail;
	int code;

	cli_set(args, "id", cli->given->operands[0]);
	code = cli_ask(cli, args, &entry);
	if (code != CLI_DONE)
		return code;
	if (cli->json) {
		cli_json(stdout, &cli->screen, json_get(entry, "steps"));
		return CLI_DONE;
	}
	cli_steps(cli, json_get(entry, "steps"));
	detail = json_string(entry, "detail");
	text_visible(&line, json_string(entry, "outcome"));
	if (detail.n > 0)
		buf_puts(&line, ": ");
	text_visible(&line, detail);
	cli_line(&line);
	return CLI_DONE;
}

/* What became of the deliveries that were replayed: how many by outcome. */
struct outcomes {
	struct json_object *counts; /* in the order in which they were met */
	int64_t all;
};

static void
count_outcome(void *arg, struct json_object *object, struct span text)
{
	struct outcomes *outcomes = arg;
	struct span would = json_string(json_get(object, "answer"), "would");
	struct span outcome = would.n > 0 ? would : json_string(object, "outcome");
	char name[64];

	(void)text;
	snprintf(name, sizeof name, "%.*s", (int)outcome.n, outcome.p);
	json_set_int(outcomes->counts, name, json_integer(outcomes->counts, name, 0) + 1);
	outcomes->all++;
}

static void
tell_outcomes(struct cli *cli, const struct outcomes *outcomes, bool dry_run)
{
	struct json_object *told = json_new_object(cli->arena);
	struct doc_member *members;
	size_t n = doc_members(cli->arena, outcomes->counts, &members);

	if (cli->json) {
		json_set_int(told, "replayed", outcomes->all);
		json_set(told, "outcomes", json_share(outcomes->counts));
		cli_json(stdout, &cli->screen, told);
		return;
	}
	printf("%lld %sreplayed", (long long)outcomes->all, dry_run ? "would be " : "");
	for (size_t i = 0; i < n; i++)
		printf("%s%lld %s", i == 0 ? ": " : ", ",
		    (long long)json_integer(outcomes->counts, members[i].name, 0),
		    members[i].name);
	putchar('\n');
}

/* What the replay did, or of a dry run each step, as explain and test show it. */
static int
replay_one(struct cli *cli, struct json_object *args)
{
	struct json_object *told;
	int code = cli_ask(cli, args, &told);

	if (code != CLI_DONE)
		return code;
	if (!cli->json && json_get(json_get(told, "answer"), "steps") != NULL)
		cli_tried(cli, json_get(told, "answer")); /* the replay itself was done */
	else
		cli_show(cli, told);
	return CLI_DONE;
}

/* One delivery again, or all of a choice. */
int
cli_delivery_replay(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_replay);
	struct outcomes outcomes = { .counts = json_new_object(cli->arena) };
	struct cli_sink sink = { .line = count_outcome, .arg = &outcomes, .doing = "replaying" };
	int code;

	if (cli_flag(cli, "dry-run"))
		json_set_bool(args, "dryRun", true);
	if (cli_flag(cli, "masked"))
		json_set_bool(args, "masked", true);
	if (cli->given->operand_count > 0) {
		cli_set(args, "id", cli->given->operands[0]);
		return replay_one(cli, args);
	}
	if (cli_option(cli, "since") == NULL && cli_option(cli, "listener") == NULL) {
		cli_say(cli, "which? Name a delivery, or choose by --listener, --outcome, --since");
		return CLI_USAGE;
	}
	if (!set_choice(cli, args))
		return CLI_USAGE;
	if (cli_option(cli, "outcome") == NULL)
		cli_set(args, "outcome", "failed");
	code = cli_call(cli, args, &sink);
	if (code == CLI_DONE)
		tell_outcomes(cli, &outcomes, cli_flag(cli, "dry-run"));
	return code;
}

int
cli_outbox_list(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_outbox);

	cli_set(args, "state", cli_option(cli, "state"));
	cli_set(args, "contains", cli_option(cli, "contains"));
	return cli_list(cli, args, "id,kind,state,to,subject,due,tries,lastError", 100);
}

int
cli_outbox_act(struct cli *cli)
{
	const struct command *call = cli->given->command->call;
	const char *id = cli->given->operands[0];
	struct json_object *args = cli_args(cli, call);

	if (call != &command_outbox_show && strcmp(id, "all") == 0) {
		json_set_bool(args, "all", true);
		cli_set(args, "state", cli_option(cli, "state"));
		cli_set(args, "contains", cli_option(cli, "contains"));
	} else {
		cli_set(args, "id", id);
	}
	return cli_ask_show(cli, args);
}
