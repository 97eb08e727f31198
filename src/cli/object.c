/* SPDX-License-Identifier: ISC */
/* list, show and remove of any kind of object; listeners. */
#include "cli/cli.h"

#include "base/json.h"
#include "base/text.h"
#include "listen/register.h"
#include "record/schema.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What a list shows when nobody says otherwise. */
static const char *
columns_of(struct cli *cli, const char *name)
{
	const struct kind *kind = kind_by_name(span_of(name));
	const struct member *member;
	struct buf out = { 0 };

	for (unsigned place = 1; kind != NULL; place++) {
		member = schema_column(kind->members, place);
		if (member == NULL)
			break;
		buf_printf(&out, "%s%s", place > 1 ? "," : "", member->name);
	}
	return buf_keep(&out, cli->arena).p;
}

int
cli_object_list(struct cli *cli)
{
	const char *kind = cli->given->words[0];
	struct json_object *args = cli_args(cli, &command_list);

	cli_set(args, "kind", kind);
	cli_set(args, "filter", cli_option(cli, "filter"));
	return cli_list(cli, args, columns_of(cli, kind), 0);
}

int
cli_record_list(struct cli *cli)
{
	static const char *const passed[] = { "filter", "sort", "project", "view" };
	const char *kind = cli->given->words[0];
	struct json_object *args = cli_args(cli, &command_select);

	cli_set(args, "kind", kind);
	for (size_t i = 0; i < sizeof passed / sizeof passed[0]; i++)
		cli_set(args, passed[i], cli_option(cli, passed[i]));
	if (!cli_flag(cli, "explain"))
		return cli_select(cli, args, columns_of(cli, kind));
	json_set_bool(args, "explain", true);
	return cli_ask_show(cli, args);
}

int
cli_object_show(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_show);

	cli_set(args, "kind", cli->given->words[0]);
	cli_set(args, "name", cli_is_nameless(cli) ? NULL : cli->given->operands[0]);
	return cli_ask_show(cli, args);
}

int
cli_change(struct cli *cli, const struct command *command, const char *kind, const char *name,
    struct json_object *members)
{
	struct json_object *args = cli_args(cli, command), *result;
	int code;

	cli_set(args, "kind", kind);
	cli_set(args, "name", name);
	if (members != NULL)
		json_set(args, "members", json_share(members));
	code = cli_ask(cli, args, &result);
	if (code == CLI_DONE && result != NULL)
		cli_result(cli, result);
	return code;
}

int
cli_object_remove(struct cli *cli)
{
	int code = CLI_DONE;

	for (size_t i = 0; i < cli->given->operand_count && code == CLI_DONE; i++)
		code = cli_change(cli, &command_remove, cli->given->words[0],
		    cli->given->operands[i], NULL);
	return code;
}

/* On a terminal, when it was not said before. */
static bool
is_sure(struct cli *cli, const char *question)
{
	char answer[16] = "";

	if (cli_flag(cli, "yes"))
		return true;
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
		cli_say(cli, "%s say so with --yes", question);
		return false;
	}
	fprintf(stderr, "%s [y/N] ", question);
	return fgets(answer, sizeof answer, stdin) != NULL &&
	    (answer[0] == 'y' || answer[0] == 'Y');
}

/* Its values go first, by slices: there may be very many. */
static int
clear_group(struct cli *cli, const char *name)
{
	struct json_object *args = cli_args(cli, &command_group_clear), *answer;
	struct cli_sink sink = { .doing = "dropping" };
	int64_t records;
	int code;

	cli_set(args, "name", name);
	json_set_bool(args, "count", true);
	code = cli_ask(cli, args, &answer);
	records = json_integer(answer, "records", 0);
	if (code != CLI_DONE || records == 0)
		return code;
	if (!is_sure(cli, arena_printf(cli->arena, "the group %s has values of %lld record%s: "
	        "drop them too?", name, (long long)records, records == 1 ? "" : "s")))
		return CLI_FAILED;
	json_del(args, "count");
	json_set_int(args, "expected", records);
	return cli_call(cli, args, &sink);
}

int
cli_group_remove(struct cli *cli)
{
	int code = CLI_DONE;

	for (size_t i = 0; i < cli->given->operand_count && code == CLI_DONE; i++) {
		const char *name = cli->given->operands[i];

		code = clear_group(cli, name);
		if (code == CLI_DONE)
			code = cli_change(cli, &command_remove, "group", name, NULL);
	}
	return code;
}

/* The tickets stay, without a name. */
static int
may_lose_name(struct cli *cli, const char *name)
{
	struct json_object *args = cli_args(cli, &command_user_tickets), *answer;
	int64_t tickets;
	bool more;
	int code;

	cli_set(args, "name", name);
	code = cli_ask(cli, args, &answer);
	tickets = json_integer(answer, "tickets", 0);
	more = json_flag(answer, "more", false);
	if (code != CLI_DONE || tickets == 0)
		return code;
	return is_sure(cli, arena_printf(cli->arena, "%s has written %s%lld ticket%s, which will "
	    "have no submitter: remove the user?", name, more ? "more than " : "",
	    (long long)tickets, tickets == 1 ? "" : "s")) ? CLI_DONE : CLI_FAILED;
}

int
cli_user_remove(struct cli *cli)
{
	int code = CLI_DONE;

	for (size_t i = 0; i < cli->given->operand_count && code == CLI_DONE; i++) {
		code = may_lose_name(cli, cli->given->operands[i]);
		if (code == CLI_DONE)
			code = cli_change(cli, &command_remove, "user", cli->given->operands[i], NULL);
	}
	return code;
}

int
cli_object_enable(struct cli *cli)
{
	struct json_object *members = json_new_object(cli->arena);
	int code = CLI_DONE;

	json_set_bool(members, "enabled", strcmp(cli->given->words[1], "enable") == 0);
	for (size_t i = 0; i < cli->given->operand_count && code == CLI_DONE; i++)
		code = cli_change(cli, &command_set, cli->given->words[0], cli->given->operands[i],
		    members);
	return code;
}

/* The public URL of the mount point: of the settings, else of the community. */
static struct span
base_url(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_export), *setting;
	struct span base = cli->settings.base_url;

	if (base.n > 0)
		return base;
	cli_set(args, "kind", "setting");
	if (cli_ask(cli, args, &setting) != CLI_DONE)
		return SPAN("");
	base = json_string(setting, "baseUrl");
	if (base.n == 0)
		cli_say(cli, "no public URL is known: set base_url in %s/earshot.conf, such as "
		    "https://beta.acme.example/listen", cli->home);
	while (base.n > 0 && base.p[base.n - 1] == '/')
		base.n--;
	return base;
}

int
cli_listener_url(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_show), *listener;
	struct buf url = { 0 };
	struct span base, project;
	int code;

	cli_set(args, "kind", "listener");
	cli_set(args, "name", cli->given->operands[0]);
	code = cli_ask(cli, args, &listener);
	if (code != CLI_DONE)
		return code;
	base = base_url(cli);
	if (base.n == 0)
		return CLI_FAILED;
	buf_span(&url, base);
	buf_putc(&url, '/');
	text_percent_encode(&url, json_string(listener, "type"));
	buf_puts(&url, ".fcgi/");
	project = json_string(listener, "project");
	if (project.n > 0) {
		buf_puts(&url, "projects/");
		text_percent_encode(&url, project);
		buf_putc(&url, '/');
	}
	text_percent_encode(&url, json_string(listener, "key"));
	cli_line(&url);
	return CLI_DONE;
}
