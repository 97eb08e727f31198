/* SPDX-License-Identifier: ISC */
/* The log of changes: list, show, undo. */
#include "cli/cli.h"

#include "base/json.h"
#include "base/text.h"
#include "cli/changes.h"

int
cli_audit_list(struct cli *cli)
{
	static const char *const options[] = { "kind", "name", "actor", "project", NULL };
	struct json_object *args = cli_args(cli, &command_audit);

	for (size_t i = 0; options[i] != NULL; i++)
		cli_set(args, options[i], cli_option(cli, options[i]));
	if (!cli_time(cli, "since", -1, args, "since") || !cli_time(cli, "until", -1, args, "until"))
		return CLI_USAGE;
	return cli_list(cli, args, "at,who,change,kind,name,members,id", 100);
}

static void
put(struct buf *out, const char *before, struct span text)
{
	if (text.n == 0)
		return;
	buf_puts(out, before);
	text_visible(out, text);
}

static void
show(struct cli *cli, struct json_object *entry)
{
	struct json_object *by = json_get(entry, "by");
	struct buf out = { 0 };

	put(&out, "", json_string(entry, "id"));
	buf_puts(&out, "\nat ");
	put(&out, "", json_string(entry, "at"));
	put(&out, " by ", json_string(entry, "who"));
	put(&out, ", ", json_string(by, "via"));
	put(&out, ", macro ", json_string(by, "macro"));
	put(&out, ", delivery ", json_string(by, "delivery"));
	put(&out, ", API key ", json_string(by, "apiKey"));
	put(&out, "\n", json_string(entry, "change"));
	put(&out, ": ", json_string(entry, "kind"));
	put(&out, " ", json_string(entry, "name"));
	put(&out, "\nundoes ", json_string(entry, "undoes"));
	put(&out, "\nundone by ", json_string(entry, "undoneBy"));
	if (json_integer(entry, "parts", 0) > 0)
		buf_printf(&out, "\n%lld comments and values %s with it",
		    (long long)json_integer(entry, "parts", 0),
		    span_is(json_string(entry, "change"), "removed") ? "went" : "came");
	buf_putc(&out, '\n');
	if (json_count(json_get(entry, "changes")) > 0 || json_flag(entry, "secrets", false))
		cli_changes_show(&out, &cli->screen, entry);
	cli_print(&out);
	buf_free(&out);
}

int
cli_audit_show(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_audit_show), *entry;
	int code;

	cli_set(args, "id", cli->given->operands[0]);
	code = cli_ask(cli, args, &entry);
	if (code != CLI_DONE)
		return code;
	if (cli->json)
		cli_json(stdout, &cli->screen, entry);
	else
		show(cli, entry);
	return code;
}

int
cli_audit_undo(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_audit_undo), *done;
	bool dry = cli_flag(cli, "dry-run");
	struct buf line = { 0 };
	int code;

	cli_set(args, "id", cli->given->operands[0]);
	if (dry)
		json_set_bool(args, "dryRun", true);
	code = cli_ask(cli, args, &done);
	if (code != CLI_DONE)
		return code;
	if (cli->json) {
		cli_json(stdout, &cli->screen, done);
		return code;
	}
	put(&line, "", json_string(done, "kind"));
	put(&line, " ", json_string(done, "name"));
	buf_puts(&line, span_is(json_string(done, "change"), "created")
	    ? dry ? " would be removed" : " removed"
	    : span_is(json_string(done, "change"), "removed")
	    ? dry ? " would be made again" : " made again"
	    : dry ? " would be as it was" : " is as it was");
	put(&line, "; to take that back: earshot audit undo ", json_string(done, "id"));
	cli_line(&line);
	for (size_t i = 0; i < json_count(json_get(done, "notes")); i++) {
		struct span note = json_span(json_at(json_get(done, "notes"), i));

		cli_say(cli, "%.*s", (int)note.n, note.p);
	}
	return code;
}
