/* SPDX-License-Identifier: ISC */
/* Members of one object, by assignments (assign.h). */
#include "cli/cli.h"

#include "base/json.h"
#include "cli/assign.h"
#include "listen/register.h"

int
cli_object_now(struct cli *cli, const char *kind, const char *name, struct json_object **now_r)
{
	/* A store may have no setting yet; what is not there is no error of an export. */
	struct json_object *args = cli_args(cli,
	    name != NULL ? &command_show : &command_export);
	int code;

	cli_set(args, "kind", kind);
	cli_set(args, "name", name);
	code = cli_ask(cli, args, now_r);
	if (code != CLI_DONE)
		return code;
	*now_r = *now_r != NULL ? json_copy(cli->arena, *now_r) : json_new_object(cli->arena);
	return code;
}

bool
cli_assign_operands(struct cli *cli, struct cli_assigning *assigning, size_t from)
{
	for (size_t i = from; i < cli->given->operand_count; i++)
		if (!cli_assign(assigning, span_of(cli->given->operands[i]), false)) {
			cli_say(cli, "%.*s", (int)assigning->wrong->n, assigning->wrong->p);
			return false;
		}
	return true;
}

/* There is one setting, which has no name. */
bool
cli_is_nameless(const struct cli *cli)
{
	return cli->given->operand_count == 0 || !cli_operand_is(cli->given, 0, "NAME");
}

int
cli_object_set(struct cli *cli)
{
	const char *kind = cli->given->words[0];
	bool nameless = cli_is_nameless(cli);
	const char *name = nameless ? NULL : cli->given->operands[0];
	struct buf wrong = { 0 };
	struct cli_assigning assigning = { .arena = cli->arena, .wrong = &wrong,
		.kind = kind_by_name(span_of(kind)), .patch = json_new_object(cli->arena) };
	int code = cli_object_now(cli, kind, name, &assigning.doc);

	if (code == CLI_DONE && !cli_assign_operands(cli, &assigning, nameless ? 0 : 1))
		code = CLI_USAGE;
	buf_free(&wrong);
	return code != CLI_DONE ? code : cli_change(cli, &command_set, kind, name, assigning.patch);
}
