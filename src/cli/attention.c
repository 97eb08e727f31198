/* SPDX-License-Identifier: ISC */
/* What needs a person, each with the command that explains it. */
#include "cli/cli.h"

#include "base/json.h"
#include "base/text.h"

static void
show_lasting(struct json_object *conditions)
{
	for (size_t i = 0; i < json_count(conditions); i++) {
		struct json_object *condition = json_at(conditions, i);
		struct span begun = json_string(condition, "begun");
		struct buf line = { 0 };

		text_visible(&line, json_string(condition, "condition"));
		if (begun.n > 0)
			buf_printf(&line, " since %.*s", (int)begun.n, begun.p);
		buf_puts(&line, ": ");
		text_visible(&line, json_string(condition, "sentence"));
		cli_line(&line);
		buf_puts(&line, "    ");
		text_visible(&line, json_string(condition, "command"));
		cli_line(&line);
	}
}

static void
show_over(struct json_object *over)
{
	for (size_t i = 0; i < json_count(over); i++) {
		struct json_object *condition = json_at(over, i);
		struct buf line = { 0 };

		buf_printf(&line, "well again since %.*s: ",
		    (int)json_string(condition, "over").n, json_string(condition, "over").p);
		text_visible(&line, json_string(condition, "sentence"));
		cli_line(&line);
	}
}

int
cli_attention(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_attention), *answer, *conditions;
	struct span looked, mail;
	int64_t limit = 0;
	int code;

	cli_set(args, "project", cli_option(cli, "project"));
	if (!cli_number(cli, "limit", &limit))
		return CLI_USAGE;
	if (limit > 0)
		json_set_int(args, "limit", limit);
	code = cli_ask(cli, args, &answer);
	if (code != CLI_DONE)
		return code;
	if (cli->json) {
		cli_json(stdout, &cli->screen, answer);
		return code;
	}
	conditions = json_get(answer, "conditions");
	if (json_count(conditions) > 0)
		show_lasting(conditions);
	else
		puts("nothing needs a hand");
	show_over(json_get(answer, "over"));
	if (json_has(answer, "more"))
		cli_say(cli, "there are more than these %zu (--limit)", json_count(conditions));
	looked = json_string(answer, "looked");
	mail = json_string(answer, "mail");
	if (looked.n == 0)
		cli_say(cli, "ends that come, the disk and schedules were never looked at: earshotd "
		    "does that, or earshot tick by cron");
	if (mail.n > 0)
		cli_say(cli, "%.*s", (int)mail.n, mail.p);
	return code;
}
