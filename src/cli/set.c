/* SPDX-License-Identifier: ISC */
/*
 * Members of one object: NAME=TEXT, NAME:=JSON, NAME= to take it away, and for
 * lists NAME+=TEXT and NAME-=TEXT. A dot leads into an object: fields.plan=pro.
 */
#include "cli/cli.h"

#include "base/json.h"
#include "base/pointer.h"

#include <string.h>

struct setting_up {
	struct cli *cli;
	struct json_object *members; /* to be merged into the object */
	struct json_object *now;     /* the object as it is; NULL: not asked for yet */
	int code;
};

/* The objects on the way are made. NULL sets null, which takes a member away. */
static void
set_dotted(struct setting_up *up, const char *name, struct json_object *value)
{
	struct json_object *members = up->members;
	char *path = arena_string(up->cli->arena, span_of(name)), *dot;

	while ((dot = strchr(path, '.')) != NULL) {
		*dot = '\0';
		if (!json_is_object(json_get(members, path)))
			json_set(members, path, json_share(json_new_object(up->cli->arena)));
		members = json_get(members, path);
		path = dot + 1;
	}
	json_set(members, path, value != NULL ? json_share(value) : NULL);
}

/* The list as it is, with what this command has done to it so far. */
static struct json_object *
current_list(struct setting_up *up, const char *name)
{
	const struct cli_given *given = up->cli->given;
	struct json_object *args, *value = NULL;

	if (pointer_dotted(up->members, span_of(name), &value) == 1)
		return value;
	if (up->now == NULL) {
		args = cli_args(up->cli, &command_show);
		cli_set(args, "kind", given->words[0]);
		cli_set(args, "name", given->operands[0]);
		up->code = cli_ask(up->cli, args, &up->now);
	}
	if (up->code == CLI_DONE)
		pointer_dotted(up->now, span_of(name), &value);
	return value;
}

static bool
set_item(struct setting_up *up, const char *name, struct span item, bool present)
{
	struct json_object *old = current_list(up, name);
	struct json_object *new = json_new_array(up->cli->arena);

	if (up->code != CLI_DONE)
		return false;
	if (old != NULL && !json_is_array(old)) {
		cli_say(up->cli, "%s is not a list; write %s=TEXT", name, name);
		up->code = CLI_USAGE;
		return false;
	}
	for (size_t i = 0; i < json_count(old); i++)
		if (!span_eq(json_span(json_at(old, i)), item))
			json_append(new, json_share(json_at(old, i)));
	if (present)
		json_append(new, json_share(json_new_text(up->cli->arena, item)));
	set_dotted(up, name, new);
	return true;
}

static bool
set_json(struct setting_up *up, const char *name, const char *text)
{
	struct arena *arena = up->cli->arena;
	struct error error = { 0 };
	/* In a list, so that plain values can be read as well. */
	struct json_object *list = json_read(arena, span_of(arena_printf(arena, "[%s]", text)),
	    &json_limits_document, &error);

	if (json_count(list) != 1) {
		cli_say(up->cli, "%s:=%s: what follows := is not one JSON value; a text needs "
		    "its quotes there", name, text);
		up->code = CLI_USAGE;
		return false;
	}
	set_dotted(up, name, json_at(list, 0));
	return true;
}

static bool
assign(struct setting_up *up, const char *assignment)
{
	const char *equals = strchr(assignment, '='), *text = equals != NULL ? equals + 1 : "";
	size_t n = equals != NULL ? (size_t)(equals - assignment) : 0;
	char how = n > 1 && strchr(":+-", assignment[n - 1]) != NULL ? assignment[n - 1] : '=';
	const char *name;

	if (how != '=')
		n--;
	name = arena_string(up->cli->arena, (struct span){ assignment, n });
	if (n == 0 || name[0] == '.' || name[n - 1] == '.' || strstr(name, "..") != NULL) {
		cli_say(up->cli, "\"%s\" assigns nothing: write NAME=TEXT, NAME:=JSON, NAME+=ITEM, "
		    "NAME-=ITEM, or NAME= to take it away", assignment);
		up->code = CLI_USAGE;
		return false;
	}
	if (how == ':')
		return set_json(up, name, text);
	if (how != '=')
		return set_item(up, name, span_of(text), how == '+');
	set_dotted(up, name, text[0] != '\0'
	    ? json_new_text(up->cli->arena, span_of(text)) : NULL);
	return true;
}

int
cli_object_set(struct cli *cli)
{
	struct setting_up up = { .cli = cli, .members = json_new_object(cli->arena) };

	for (size_t i = 1; i < cli->given->operand_count; i++)
		if (!assign(&up, cli->given->operands[i]))
			return up.code;
	return cli_change(cli, &command_set, cli->given->words[0], cli->given->operands[0], up.members);
}
