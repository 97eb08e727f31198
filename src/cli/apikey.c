/* SPDX-License-Identifier: ISC */
/* API keys: the secret is made here and printed once; only its hash travels. */
#include "cli/cli.h"

#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "community/apikey.h"

#include <string.h>

/* Older secrets go on for a day unless it is said otherwise. */
#define OVERLAP "1d"

static struct json_object *
new_secret(struct cli *cli, const struct command *command, const char *name, const char *prefix,
    char token[SECRET_TOKEN_SIZE])
{
	struct json_object *args = cli_args(cli, command);

	cli_set(args, "name", name);
	apikey_new_secret(cli->arena, prefix, token, args);
	return args;
}

static int
print_secret(struct cli *cli, struct json_object *args, const char *token)
{
	struct json_object *result, *shown;
	int code = cli_ask(cli, args, &result);

	if (code != CLI_DONE)
		return code;
	shown = json_new_object(cli->arena);
	json_set_text(shown, "name", json_string(args, "name"));
	cli_set(shown, "secret", token);
	if (cli->json)
		cli_json(stdout, &cli->screen, shown);
	else
		printf("%s\n", token);
	if (!cli->json && cli->screen.terminal)
		cli_say(cli, "this is the only time that the secret is shown");
	return CLI_DONE;
}

int
cli_apikey_plain(struct cli *cli, const char *name)
{
	char token[SECRET_TOKEN_SIZE];
	struct json_object *args = new_secret(cli, &command_apikey_create, name, "ear", token);

	return print_secret(cli, args, token);
}

int
cli_apikey_create(struct cli *cli)
{
	const char *prefix = cli_option(cli, "prefix") != NULL ? cli_option(cli, "prefix") : "ear";
	struct json_object *scope = json_new_object(cli->arena), *args;
	char token[SECRET_TOKEN_SIZE];
	int64_t rate = 0, at_once = 0;

	if (!secret_token_prefix_valid(span_of(prefix))) {
		cli_say(cli, "a prefix is a letter and up to 15 more letters or digits, "
		    "lower case");
		return CLI_USAGE;
	}
	args = new_secret(cli, &command_apikey_create, cli->given->operands[0], prefix, token);
	if (cli_option(cli, "prefix") != NULL)
		cli_set(args, "prefix", prefix);
	cli_set(args, "description", cli_option(cli, "description"));
	if (cli_flag(cli, "allow"))
		json_set(args, "allow", json_share(cli_option_list(cli, "allow")));
	if (cli_flag(cli, "listener"))
		json_set(scope, "listeners", json_share(cli_option_list(cli, "listener")));
	if (cli_flag(cli, "verb"))
		json_set(scope, "verbs", json_share(cli_option_list(cli, "verb")));
	if (json_members(scope) > 0)
		json_set(args, "scope", json_share(scope));
	if (!cli_time(cli, "expires", 1, args, "expires") ||
	    !cli_number(cli, "rate", &rate) || !cli_number(cli, "concurrency", &at_once))
		return CLI_USAGE;
	if (rate > 0) {
		json_set(args, "rate", json_share(json_new_object(cli->arena)));
		json_set_int(json_get(args, "rate"), "perMinute", rate);
	}
	if (at_once > 0)
		json_set_int(args, "concurrency", at_once);
	return print_secret(cli, args, token);
}

int
cli_apikey_rotate(struct cli *cli)
{
	const char *overlap = cli_option(cli, "overlap");
	struct json_object *args, *show = cli_args(cli, &command_show), *key;
	char token[SECRET_TOKEN_SIZE], until[TEXT_TIME_SIZE];
	int64_t duration;
	int code;

	if (!text_duration(span_of(overlap != NULL ? overlap : OVERLAP), &duration) ||
	    duration < 0) {
		cli_say(cli, "--overlap takes a duration such as 36h or 7d, not \"%s\"", overlap);
		return CLI_USAGE;
	}
	cli_set(show, "kind", "apikey");
	cli_set(show, "name", cli->given->operands[0]);
	code = cli_ask(cli, show, &key);
	if (code != CLI_DONE)
		return code;
	args = new_secret(cli, &command_apikey_rotate, cli->given->operands[0],
	    json_string(key, "prefix").n > 0
	    ? arena_string(cli->arena, json_string(key, "prefix")) : "ear", token);
	json_set_text(args, "overlapUntil",
	    span_of(text_time_write(text_now() + duration, until)));
	return print_secret(cli, args, token);
}

int
cli_apikey_revoke(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_apikey_revoke), *result;
	int code;

	cli_set(args, "name", cli->given->operands[0]);
	code = cli_ask(cli, args, &result);
	if (code == CLI_DONE && !cli->json)
		printf("apikey %s revoked\n", cli->given->operands[0]);
	else if (code == CLI_DONE)
		cli_json(stdout, &cli->screen, result);
	return code;
}
