/* SPDX-License-Identifier: ISC */
#include "cli/cli.h"

#include "base/log.h"
#include "base/place.h"
#include "base/secret.h"
#include "cli/home.h"
#include "serve/caller.h"

#include <stdlib.h>
#include <unistd.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

#define RECORDS "user|feedback|project"
#define RULES "view|filter|macro|template|team|rank|schedule|comment|value"
#define OTHERS RULES "|group"
#define OBJECTS RECORDS "|" OTHERS
#define OUTPUT "[--columns NAMES] [--csv] [--spreadsheet] [--jsonl] [--safe-integers] [--limit N]"

static int cli_complete(struct cli *cli);

static const struct cli_command commands[] = {
	{ "init [--demo]", "make the store", cli_init },
	{ "apply FILE... [--dry-run] [--replace]", "declare objects: create or update them", cli_apply },
	{ "export [KIND]", "print objects as JSON Lines that apply takes", cli_export },
	{ "import users|feedback FILE [--dry-run] [--clear-empty] [--skip-bad] "
	  "[--encoding NAME]", "load a CSV file", cli_import },
	{ "apikey create NAME [--prefix P] [--description TEXT] [--allow CIDR]... "
	  "[--expires TIME] [--listener NAME]... [--verb VERB]... [--rate N] "
	  "[--concurrency N]",
	    "make an API key and print its secret once", cli_apikey_create },
	{ "apikey rotate NAME [--overlap DURATION]",
	    "make a new secret; the old one goes on for a day or the time given",
	    cli_apikey_rotate },
	{ "apikey revoke NAME", "end an API key at once", cli_apikey_revoke },
	{ "apikey list " OUTPUT, "list the API keys", cli_object_list },
	{ "apikey show NAME", "show an API key, without its secrets", cli_object_show },
	{ "apikey set NAME ASSIGNMENT...", "change what an API key opens", cli_object_set },
	{ "apikey remove NAME...", "remove API keys", cli_object_remove },
	{ "listener list [--filter CEL] " OUTPUT, "list the listeners", cli_object_list },
	{ "listener show NAME", "show a listener", cli_object_show },
	{ "listener url NAME", "print the URL that senders post to", cli_listener_url },
	{ "listener test NAME [FILE] [--target ID] [--header HEADER]... [--query QUERY]",
	    "tell step by step what a delivery with this body would do", cli_listener_test },
	{ "listener suggest NAME [--documents] [--limit N]",
	    "propose parameters and types from the bodies that have come", cli_listener_suggest },
	{ "listener enable|disable NAME...", "open or close listeners", cli_object_enable },
	{ "listener remove NAME...", "remove listeners", cli_object_remove },
	{ RECORDS " list [--view NAME] [--filter CEL] [--sort COLUMN] [--project KEY] "
	  "[--explain] " OUTPUT,
	    "list users, tickets or projects", cli_record_list },
	{ OTHERS " list [--filter CEL] " OUTPUT, "list objects", cli_object_list },
	{ OBJECTS " show NAME [--safe-integers]", "show an object", cli_object_show },
	{ OBJECTS " set NAME ASSIGNMENT...", "change members of an object", cli_object_set },
	{ "feedback|project|" RULES " remove NAME...", "remove objects", cli_object_remove },
	{ "user remove NAME... [--yes]", "remove accounts; their tickets stay, without a name",
	    cli_user_remove },
	{ "group remove NAME... [--yes]", "remove groups with all their values",
	    cli_group_remove },
	{ "macro run NAME [--target ID] [--filter CEL] [--preview]",
	    "run a macro by hand, on one or on all that match", cli_macro_run },
	{ "macro log NAME " OUTPUT, "list the runs of a macro, newest first", cli_macro_log },
	{ "macro enable|disable NAME...", "switch macros on or off", cli_object_enable },
	{ "schedule enable|disable NAME...", "switch schedules on or off", cli_object_enable },
	{ "template preview NAME --target ID", "show the e-mail that it would become",
	    cli_template_preview },
	{ "delivery list [--listener NAME] [--outcome OUTCOME] [--since TIME] [--until TIME] "
	  "[--filter CEL] [--contains TEXT] " OUTPUT, "list the log of deliveries, newest first", cli_delivery_list },
	{ "delivery show ID", "show a delivery with its body", cli_delivery_show },
	{ "delivery explain ID", "tell step by step what a delivery did and why",
	    cli_delivery_explain },
	{ "delivery replay [ID] [--listener NAME] [--outcome OUTCOME] [--since TIME] "
	  "[--until TIME] [--dry-run] [--masked]",
	    "carry out a delivery again, or all of a choice (the failed ones)",
	    cli_delivery_replay },
	{ "outbox list [--state STATE] " OUTPUT, "list e-mails and webhooks to be sent",
	    cli_outbox_list },
	{ "outbox show ID", "show what is to be sent", cli_outbox_act },
	{ "outbox retry ID|all", "send again what failed", cli_outbox_act },
	{ "outbox drop ID", "give up what was to be sent", cli_outbox_act },
	{ "mail test ADDRESS", "send one e-mail at once and tell what the relay says to it",
	    cli_mail_test },
	{ "report OF [--filter CEL] [--by FIELD] [--fields NAMES] [--period PERIOD] "
	  "[--csv] [--spreadsheet] [--safe-integers] [--svg FILE]",
	    "count values: of a group, a view, user, feedback, project, comment, delivery",
	    cli_report },
	{ "tick", "run what is scheduled and send what waits, once", cli_tick },
	{ "stat [--prometheus]", "show the store in numbers", cli_stat },
	{ "check [--accept-loss] [--pages] [--config]", "read the whole store and look for errors",
	    cli_check },
	{ "backup DIR", "copy the store, while it is used, into a new directory", cli_backup },
	{ "restore DIR", "fill an empty home from a backup", cli_restore },
	{ "group key", "make the key that the machines of a group share", cli_site_key },
	{ "group create", "make this machine the first of a new group", cli_site_create },
	{ "group join", "take this machine into its group; its store comes from there",
	    cli_site_join },
	{ "group stat", "show the machines of the group", cli_site_stat },
	{ "group yield", "let another machine of the group be master", cli_site_yield },
	{ "complete [WORD]...", "tell what may follow the words, for shells", cli_complete },
	{ NULL, NULL, NULL },
};

static const struct cli_option options[] = {
	{ "home", "the store: a directory (EARSHOT_HOME)" },
	{ "json", "output for programs" },
	{ "help", "show this, or the options of a command" },
	{ "version", "show the version" },
	{ "demo", "and fill it with an example community" },
	{ "dry-run", "check everything, change nothing" },
	{ "yes", "do not ask" },
	{ "replace", "also of users, tickets and projects remove what the file leaves out" },
	{ "clear-empty", "an empty cell clears what is stored, instead of leaving it" },
	{ "encoding", "of the file: windows-1252, UTF-16, … (UTF-8)" },
	{ "skip-bad", "leave out rows with errors, instead of stopping" },
	{ "prefix", "what the secret begins with: letters and digits (ear)" },
	{ "description", "what the key is for" },
	{ "allow", "take it only from this network; may be repeated" },
	{ "expires", "when it ends: a time, a date, or from now on such as 90d" },
	{ "listener", "only this listener, such as phone/jira; of an API key also a view, and a * "
	    "at the end stands for any rest" },
	{ "verb", "only for deliver, describe, metrics, lookup or package; may be repeated" },
	{ "rate", "at most so many deliveries a minute" },
	{ "concurrency", "at most so many deliveries at once" },
	{ "overlap", "how long older secrets still work: 0, 36h, 7d … (1d)" },
	{ "filter", "only what matches, such as 'user.score > 10'" },
	{ "header", "a header of the request: 'X-Event: push'; may be repeated" },
	{ "query", "what stands behind the ? of the URL" },
	{ "documents", "print only the documents, for apply" },
	{ "masked", "also what the log keeps masked, without the masked members" },
	{ "contains", "whose kept body contains this text" },
	{ "columns", "what to show: email,fields.plan,…" },
	{ "sort", "order by this column; -COLUMN turns it round" },
	{ "view", "as this saved view has it" },
	{ "project", "only of this project" },
	{ "explain", "tell which index would be used" },
	{ "csv", "print CSV" },
	{ "spreadsheet", "print CSV in which no cell is a formula" },
	{ "safe-integers", "in JSON, write integers beyond 2^53 as text" },
	{ "jsonl", "print JSON Lines" },
	{ "limit", "at most so many" },
	{ "target", "the id or e-mail of what it acts on" },
	{ "preview", "show what it would do, do nothing" },
	{ "outcome", "applied, filtered, bad-api-key, …; or failed for all refusals" },
	{ "since", "from this time on: a time, a date, or ago such as 2h" },
	{ "until", "up to this time" },
	{ "state", "waiting, leased, sent, dead or dropped" },
	{ "prometheus", "in its text format, for a file that node_exporter collects" },
	{ "by", "split by the values of this field" },
	{ "fields", "only these: score,fields.plan,data.usage.launches,…" },
	{ "period", "of time lines: day, week, month or year" },
	{ "svg", "draw charts into this file; - is standard output" },
	{ "config", "only earshot.conf, before programs are restarted" },
	{ "pages", "see first whether the pages of each file fit together; deliveries wait" },
	{ "accept-loss", "go on although deliveries that were acknowledged are missing" },
	{ NULL, NULL },
};

static const struct cli_grammar grammar = {
	.program = "earshot",
	.global = "[--home DIR] [--json] [--help] [--version]",
	.commands = commands,
	.options = options,
};

static int
cli_complete(struct cli *cli)
{
	struct buf out = { 0 };

	cli_complete_words(&grammar, cli->given->operands, cli->given->operand_count, &out);
	fwrite(out.p + 1, 1, out.n - 1, stdout);
	buf_free(&out);
	return CLI_DONE;
}

static int
print_help(const struct cli_given *given)
{
	struct buf out = { 0 };

	if (cli_value(given, "help") != NULL)
		cli_help(&grammar, given, &out);
	else
		buf_puts(&out, "earshot (Earshot) " PACKAGE_VERSION "\n");
	fwrite(out.p, 1, out.n, stdout);
	buf_free(&out);
	return CLI_DONE;
}

static int
run(struct cli *cli)
{
	struct error error = { 0 };
	int code;

	log_start("earshot", LOG_LEVEL_WARNING, 0);
	if (!secret_start())
		abort();
	cli_open_early(cli);
	if (cli->given->command->run == cli_restore && !cli_restore_home(cli))
		return CLI_FAILED;
	cli->became = cli_becomes_user(cli->home);
	if (!cli_become_user(cli->home, &error) ||
	    !settings_read(cli->arena, cli->home, &cli->settings, &error))
		return cli_fail(cli, &error);
	code = cli->given->command->run(cli);
	caller_free(&cli->caller);
	return code;
}

int
cli_main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct buf wrong = { 0 };
	struct cli_given given;
	struct cli cli = { .given = &given, .arena = arena };
	int code;

	if (!cli_parse(&grammar, arena, argc, argv, &given, &wrong)) {
		fwrite(wrong.p, 1, wrong.n, stderr);
		code = CLI_USAGE;
	} else if (cli_value(&given, "help") != NULL || cli_value(&given, "version") != NULL) {
		code = print_help(&given);
	} else if (given.command->run == cli_complete) {
		code = cli_complete(&cli); /* needs no store */
	} else {
		cli.home = place_home(cli.arena, cli_option(&cli, "home"));
		cli.json = cli_flag(&cli, "json");
		cli.screen = cli_screen(STDOUT_FILENO);
		cli.screen.spreadsheet = cli_flag(&cli, "spreadsheet");
		cli.screen.safe_integers = cli_flag(&cli, "safe-integers");
		code = run(&cli);
	}
	if ((fflush(stdout) != 0 || ferror(stdout)) && code == CLI_DONE) {
		perror("earshot: standard output");
		code = CLI_FAILED;
	}
	buf_free(&wrong);
	arena_free(&arena);
	return code;
}
