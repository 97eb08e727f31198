/* SPDX-License-Identifier: ISC */
/* list, show, set and remove of any kind of object; macros and listeners. */
#include "cli.h"

#include "json.h"
#include "pointer.h"
#include "text.h"

#include <string.h>

/* What a list shows when nobody says otherwise. */
static const struct {
	const char *kind, *columns;
} usual[] = {
	{ "user", "id,email,firstName,lastName,score,teams" },
	{ "feedback", "id,project,type,status,title,submitter,popularity" },
	{ "project", "key,name,managers" },
	{ "macro", "project,key,automation,name" },
	{ "group", "project,key,automation,name" },
	{ "template", "project,key,automation,subject" },
	{ "team", "project,key,name" },
	{ "rank", "key,name,points" },
	{ "comment", "at,author,feedback,user,text" },
	{ "listener", "project,key,type,automation,enabled,name" },
	{ "apikey", "name,expires,revoked,description" },
};

static const char *
columns_of(const char *kind)
{
	for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
		if (strcmp(usual[i].kind, kind) == 0)
			return usual[i].columns;
	return "key,name";
}

int
cli_object_list(struct cli *cli)
{
	const char *kind = cli->given->words[0];
	struct json_object *args = cli_args(cli, "list");

	cli_set(args, "kind", kind);
	cli_set(args, "filter", cli_option(cli, "filter"));
	return cli_list(cli, args, columns_of(kind), 0);
}

int
cli_object_show(struct cli *cli)
{
	struct json_object *args = cli_args(cli, "show"), *document;
	int code;

	cli_set(args, "kind", cli->given->words[0]);
	cli_set(args, "name", cli->given->operands[0]);
	code = cli_ask(cli, args, &document);
	if (code == CLI_DONE)
		cli_show(cli, document);
	return code;
}

static int
change(struct cli *cli, const char *command, const char *kind, const char *name,
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
		code = change(cli, "remove", cli->given->words[0], cli->given->operands[i], NULL);
	return code;
}

/* "fields.plan" under members: the objects on the way are made. */
static void
set_dotted(struct cli *cli, struct json_object *members, char *path,
    struct json_object *value)
{
	char *dot;

	while ((dot = strchr(path, '.')) != NULL) {
		*dot = '\0';
		if (!json_is_object(json_get(members, path)))
			json_set(members, path, json_share(json_new_object(cli->arena)));
		members = json_get(members, path);
		path = dot + 1;
	}
	json_set(members, path, value != NULL ? json_share(value) : NULL);
}

/* NAME=TEXT, NAME:=JSON, NAME= to delete. */
static bool
assign(struct cli *cli, struct json_object *members, const char *assignment)
{
	char *text = arena_string(cli->arena, span_of(assignment));
	char *equals = strchr(text, '=');
	struct json_object *value = NULL, *list;
	struct error error = { 0 };
	bool is_json;

	if (equals == NULL || equals == text) {
		cli_say(cli, "\"%s\" assigns nothing: write NAME=TEXT, NAME:=JSON, or NAME= to "
		    "delete", assignment);
		return false;
	}
	is_json = equals[-1] == ':';
	equals[is_json ? -1 : 0] = '\0';
	if (is_json) {
		/* In a list, so that plain values can be read as well. */
		list = json_read(cli->arena, span_of(arena_printf(cli->arena, "[%s]",
		    equals + 1)), &json_limits_document, &error);
		if (json_count(list) != 1) {
			cli_say(cli, "%s: what follows := is not one JSON value", assignment);
			return false;
		}
		value = json_at(list, 0);
	} else if (equals[1] != '\0') {
		value = json_new_text(cli->arena, span_of(equals + 1));
	}
	set_dotted(cli, members, text, value);
	return true;
}

int
cli_object_set(struct cli *cli)
{
	struct json_object *members = json_new_object(cli->arena);

	for (size_t i = 1; i < cli->given->operand_count; i++)
		if (!assign(cli, members, cli->given->operands[i]))
			return CLI_USAGE;
	return change(cli, "set", cli->given->words[0], cli->given->operands[0], members);
}

int
cli_listener_enable(struct cli *cli)
{
	struct json_object *members = json_new_object(cli->arena);
	int code = CLI_DONE;

	json_set_bool(members, "enabled", strcmp(cli->given->words[1], "enable") == 0);
	for (size_t i = 0; i < cli->given->operand_count && code == CLI_DONE; i++)
		code = change(cli, "set", "listener", cli->given->operands[i], members);
	return code;
}

/* The public URL of the mount point: of the settings, else of the community. */
static struct span
base_url(struct cli *cli)
{
	struct json_object *args = cli_args(cli, "export"), *setting;
	struct span base = cli->settings.base_url;

	if (base.n > 0)
		return base;
	cli_set(args, "kind", "setting");
	if (cli_ask(cli, args, &setting) != CLI_DONE)
		return SPAN("");
	base = json_string(setting, "baseUrl");
	while (base.n > 0 && base.p[base.n - 1] == '/')
		base.n--;
	return base;
}

int
cli_listener_url(struct cli *cli)
{
	struct json_object *args = cli_args(cli, "show"), *listener;
	struct buf url = { 0 };
	struct span project;
	int code;

	cli_set(args, "kind", "listener");
	cli_set(args, "name", cli->given->operands[0]);
	code = cli_ask(cli, args, &listener);
	if (code != CLI_DONE)
		return code;
	buf_span(&url, base_url(cli));
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
	printf("%.*s\n", (int)url.n, url.p);
	buf_free(&url);
	return CLI_DONE;
}

int
cli_macro_run(struct cli *cli)
{
	struct json_object *args = cli_args(cli, "macro-run"), *result;
	struct json_object *target = json_new_object(cli->arena);
	const char *name = cli_option(cli, "target");
	int code;

	if (name == NULL) {
		cli_say(cli, "on whom? Add --target ID, or --target E-MAIL");
		return CLI_USAGE;
	}
	cli_set(target, strchr(name, '@') != NULL ? "email" : "id", name);
	cli_set(args, "macro", cli->given->operands[0]);
	json_set(args, "target", json_share(target));
	if (cli_flag(cli, "preview"))
		json_set_bool(args, "preview", true);
	code = cli_ask(cli, args, &result);
	if (code == CLI_DONE && cli->json)
		cli_json(stdout, &cli->screen, result);
	else if (code == CLI_DONE)
		cli_steps(cli, json_get(result, "steps"));
	return code;
}
