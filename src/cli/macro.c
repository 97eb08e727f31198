/* SPDX-License-Identifier: ISC */
/* Macros by hand, the log of their runs, and what templates become. */
#include "cli/cli.h"

#include "base/json.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

static void
set_target(struct cli *cli, struct json_object *args)
{
	struct json_object *target = json_new_object(cli->arena);
	const char *name = cli_option(cli, "target");

	cli_set(target, strchr(name, '@') != NULL ? "email" : "id", name);
	json_set(args, "target", json_share(target));
}

static int
run_one(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_macro_run), *result;
	int code;

	set_target(cli, args);
	cli_set(args, "macro", cli->given->operands[0]);
	if (cli_flag(cli, "preview"))
		json_set_bool(args, "preview", true);
	code = cli_ask(cli, args, &result);
	if (code == CLI_DONE && cli->json)
		cli_json(stdout, &cli->screen, result);
	else if (code == CLI_DONE)
		cli_steps(cli, json_get(result, "steps"));
	return code;
}

struct running {
	struct cli *cli;
	struct json_object *summary;
	struct json_object *targets; /* of a preview for programs */
};

/* "ann@mail.example: add-rank: +10 points; email: queued" */
static void
show_target(struct cli *cli, struct json_object *line)
{
	struct json_object *effects = json_get(line, "effects");
	struct span outcome = json_string(line, "outcome");
	struct buf out = { 0 };

	text_visible(&out, json_string(json_get(line, "target"), "name"));
	buf_puts(&out, ": ");
	if (json_count(effects) == 0)
		text_visible(&out, outcome);
	for (size_t i = 0; i < json_count(effects); i++) {
		if (i > 0)
			buf_puts(&out, "; ");
		text_visible(&out, json_string(json_at(effects, i), "action"));
		buf_puts(&out, ": ");
		text_visible(&out, json_string(json_at(effects, i), "result"));
	}
	if (json_string(line, "detail").n > 0) {
		buf_puts(&out, ": ");
		text_visible(&out, json_string(line, "detail"));
	}
	if (span_is(outcome, "failed"))
		cli_note(cli, "%.*s", (int)out.n, out.p);
	else
		printf("%.*s\n", (int)out.n, out.p);
	buf_free(&out);
}

static void
take_line(void *arg, struct json_object *object, struct span text)
{
	struct running *running = arg;

	(void)text;
	if (running->cli->json)
		json_append(running->targets, json_share(json_keep(running->cli->arena, object)));
	else
		show_target(running->cli, object);
}

static void
take_summary(void *arg, struct json_object *summary)
{
	struct running *running = arg;

	running->summary = json_keep(running->cli->arena, summary);
}

/* It goes on where it was: what was shown stays true. */
static void
again(void *arg)
{
	((struct running *)arg)->summary = NULL;
}

static int
run_all(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_macro_run_all);
	struct running running = { .cli = cli, .targets = json_new_array(cli->arena) };
	bool preview = cli_flag(cli, "preview");
	struct cli_sink sink = { .line = take_line, .summary = take_summary, .again = preview ? NULL : again,
		.arg = &running, .doing = preview ? "looking" : "running" };
	int code;

	cli_set(args, "macro", cli->given->operands[0]);
	cli_set(args, "filter", cli_option(cli, "filter"));
	if (preview)
		json_set_bool(args, "preview", true);
	code = cli_call(cli, args, &sink);
	if (code != CLI_DONE || running.summary == NULL)
		return code;
	if (cli->json) {
		if (preview)
			json_set(running.summary, "list", json_share(running.targets));
		cli_json(stdout, &cli->screen, running.summary);
	} else {
		printf("%" PRId64 " matched: %" PRId64 "%s applied, %" PRId64 " skipped, %"
		    PRId64 " failed\n", json_integer(running.summary, "targets", 0),
		    json_integer(running.summary, "applied", 0), preview ? " would be" : "",
		    json_integer(running.summary, "skipped", 0),
		    json_integer(running.summary, "failed", 0));
	}
	return json_integer(running.summary, "failed", 0) > 0 ? CLI_FAILED : CLI_DONE;
}

int
cli_macro_run(struct cli *cli)
{
	bool target = cli_option(cli, "target") != NULL;

	if (target == (cli_option(cli, "filter") != NULL)) {
		cli_say(cli, "on whom? Add --target ID, --target E-MAIL, or for all that match "
		    "--filter CEL (--filter true for all)");
		return CLI_USAGE;
	}
	return target ? run_one(cli) : run_all(cli);
}

int
cli_macro_log(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_macro_log);

	cli_set(args, "macro", cli->given->operands[0]);
	return cli_list(cli, args, "at,by,target.name,filter,state,targets,applied,skipped,"
	    "failed,detail", 100);
}

/* Line by line, so that line breaks stay. */
static void
put_lines(struct buf *out, struct span text)
{
	while (text.n > 0) {
		text_visible(out, text_cut(&text, '\n'));
		buf_putc(out, '\n');
	}
}

/* Headers as a mail shows them, then the texts. */
int
cli_template_preview(struct cli *cli)
{
	static const struct {
		const char *member, *title;
	} parts[] = { { "from", "From: " }, { "replyTo", "Reply-To: " },
		{ "subject", "Subject: " }, { "text", "\n" }, { "html", "\n" } };
	struct json_object *args = cli_args(cli, &command_template_preview), *mail;
	int code;

	if (cli_option(cli, "target") == NULL) {
		cli_say(cli, "about whom? Add --target ID, or --target E-MAIL");
		return CLI_USAGE;
	}
	set_target(cli, args);
	cli_set(args, "template", cli->given->operands[0]);
	code = cli_ask(cli, args, &mail);
	if (code != CLI_DONE)
		return code;
	if (cli->json) {
		cli_json(stdout, &cli->screen, mail);
		return CLI_DONE;
	}
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		struct span text = json_string(mail, parts[i].member);
		struct buf line = { 0 };

		if (text.n == 0)
			continue;
		buf_puts(&line, parts[i].title);
		put_lines(&line, text);
		fwrite(line.p, 1, line.n, stdout);
		buf_free(&line);
	}
	return CLI_DONE;
}
