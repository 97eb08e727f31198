/* SPDX-License-Identifier: ISC */
#include "cli/cli.h"

#include "base/log.h"
#include "base/place.h"
#include "base/secret.h"
#include "cli/cli_grammar_private.h"
#include "cli/create.h"
#include "cli/home.h"
#include "serve/caller.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

#define RECORDS "user|feedback|project"
#define RULES "view|report|filter|macro|template|team|rank|schedule|comment|value"
#define OTHERS RULES "|group"
#define OBJECTS RECORDS "|" OTHERS
#define OUTPUT "[--columns NAMES] [--csv] [--spreadsheet] [--jsonl] [--safe-integers] [--limit N]"

static int cli_complete(struct cli *cli);
static int cli_help_words(struct cli *cli);

static const struct cli_command commands[] = {
	{ "help [WORD]...", "show the commands, or those that begin with these words",
	    cli_help_words, NULL },
	{ "init [--demo]", NULL, cli_init, &command_init },
	{ "apply FILE... [--dry-run] [--replace]",
	    "declare objects: create or update them", cli_apply, &command_apply },
	{ "export [KIND]",
	    "print objects as JSON Lines that apply takes", cli_export, &command_export },
	{ "import users|feedback FILE [--dry-run] [--clear-empty] [--skip-bad] "
	  "[--after LINE] [--encoding NAME]", "load a CSV file", cli_import, NULL },
	{ "apikey create NAME [--prefix P] [--description TEXT] [--allow CIDR]... "
	  "[--expires TIME] [--listener NAME]... [--verb VERB]... [--rate N] "
	  "[--concurrency N]", NULL, cli_apikey_create, &command_apikey_create },
	{ "apikey rotate NAME [--overlap DURATION]",
	    "make a new secret; the old one goes on for a day or the time given",
	    cli_apikey_rotate, &command_apikey_rotate },
	{ "apikey revoke NAME", NULL, cli_apikey_revoke, &command_apikey_revoke },
	{ "apikey list " OUTPUT, "list the API keys", cli_object_list, NULL },
	{ "apikey show NAME", "show an API key, without its secrets", cli_object_show, NULL },
	{ "apikey set NAME ASSIGNMENT...", "change what an API key opens", cli_object_set, NULL },
	{ "apikey edit NAME", "change it in an editor", cli_object_edit, NULL },
	{ "apikey example", "show a command that makes one", cli_object_example, NULL },
	{ "apikey remove NAME...", "remove API keys", cli_object_remove, NULL },
	{ "listener create [NAME] [ASSIGNMENT]... [--MEMBER VALUE]...",
	    "make a listener; without arguments it asks", cli_object_create, NULL },
	{ "listener set NAME ASSIGNMENT...", "change members of a listener", cli_object_set, NULL },
	{ "listener edit NAME", "change it in an editor", cli_object_edit, NULL },
	{ "listener example", "show commands that make one of each type", cli_object_example,
	    NULL },
	{ "listener list [--filter CEL] " OUTPUT, "list the listeners", cli_object_list, NULL },
	{ "listener show NAME", "show a listener", cli_object_show, NULL },
	{ "listener url NAME", "print the URL that senders post to", cli_listener_url, NULL },
	{ "listener describe NAME [--person EMAIL]",
	    NULL, cli_listener_describe, &command_listener_describe },
	{ "listener test NAME [FILE] [--target ID] [--header HEADER]... [--query QUERY] "
	  "[--log] [--since TIME] [--until TIME] [--limit N]",
	    "tell step by step what a delivery with this body would do; or, with these documents, "
	    "those of the log", cli_listener_test, NULL },
	{ "listener suggest NAME [--documents] [--limit N]",
	    NULL, cli_listener_suggest, &command_suggest },
	{ "listener enable|disable NAME...", "open or close listeners", cli_object_enable, NULL },
	{ "listener remove NAME...", "remove listeners", cli_object_remove, NULL },
	{ RECORDS " list [--view NAME] [--filter CEL] [--sort COLUMN] [--project KEY] "
	  "[--explain] " OUTPUT, NULL, cli_record_list, &command_select },
	{ OTHERS " list [--filter CEL] " OUTPUT, NULL, cli_object_list, &command_list },
	{ OBJECTS " create [NAME] [ASSIGNMENT]... [--MEMBER VALUE]...",
	    "make an object; without arguments it asks", cli_object_create, NULL },
	{ OBJECTS " show NAME [--safe-integers]", NULL, cli_object_show, &command_show },
	{ OBJECTS " set NAME ASSIGNMENT...", NULL, cli_object_set, &command_set },
	{ OBJECTS " edit NAME", "change an object in an editor", cli_object_edit, NULL },
	{ OBJECTS " example", "show a command that makes one", cli_object_example, NULL },
	{ "setting show", "show the settings of the community", cli_object_show, NULL },
	{ "setting set ASSIGNMENT...", "change them", cli_object_set, NULL },
	{ "setting edit", "change them in an editor", cli_object_edit, NULL },
	{ "setting example", "show a command that does", cli_object_example, NULL },
	{ "feedback|project|" RULES " remove NAME...", NULL, cli_object_remove, &command_remove },
	{ "user remove NAME... [--yes]", "remove accounts; their tickets stay, without a name",
	    cli_user_remove, NULL },
	{ "group remove NAME... [--yes]", "remove groups with all their values",
	    cli_group_remove, NULL },
	{ "filter fields AUTOMATION [--project KEY] " OUTPUT,
	    NULL, cli_filter_fields, &command_filter_fields },
	{ "filter count AUTOMATION [--project KEY] [--filter CEL] [--limit N]",
	    NULL, cli_filter_count, &command_filter_count },
	{ "macro run NAME [--target ID] [--filter CEL] [--preview]",
	    "run a macro by hand, on one or on all that match", cli_macro_run, NULL },
	{ "macro log NAME " OUTPUT, NULL, cli_macro_log, &command_macro_log },
	{ "macro enable|disable NAME...", "switch macros on or off", cli_object_enable, NULL },
	{ "schedule enable|disable NAME...", "switch schedules on or off", cli_object_enable, NULL },
	{ "template preview NAME --target ID",
	    NULL, cli_template_preview, &command_template_preview },
	{ "delivery list [--listener NAME] [--outcome OUTCOME] [--since TIME] [--until TIME] "
	  "[--target ID] [--filter CEL] [--contains TEXT] [--refused] " OUTPUT,
	    NULL, cli_delivery_list, &command_deliveries },
	{ "delivery show ID",
	    "show a delivery with its body", cli_delivery_show, &command_delivery },
	{ "delivery explain ID", "tell step by step what a delivery did and why",
	    cli_delivery_explain, &command_delivery },
	{ "delivery replay [ID] [--listener NAME] [--outcome OUTCOME] [--since TIME] "
	  "[--until TIME] [--target ID] [--filter CEL] [--contains TEXT] [--dry-run] [--masked]",
	    "carry out a delivery again, or all of a choice (the failed ones)",
	    cli_delivery_replay, &command_replay },
	{ "outbox list [--state STATE] [--contains TEXT] " OUTPUT,
	    NULL, cli_outbox_list, &command_outbox },
	{ "outbox show ID", NULL, cli_outbox_act, &command_outbox_show },
	{ "outbox retry ID|all [--state STATE] [--contains TEXT]",
	    NULL, cli_outbox_act, &command_outbox_retry },
	{ "outbox drop ID|all [--state STATE] [--contains TEXT]",
	    NULL, cli_outbox_act, &command_outbox_drop },
	{ "mail test ADDRESS", "send one e-mail at once and tell what the relay says to it",
	    cli_mail_test, NULL },
	{ "search WORD... [--kind KIND] [--limit N]",
	    "find users, tickets, listeners, macros and deliveries", cli_search, &command_search },
	{ "report OF [--project KEY] [--filter CEL] [--by FIELD] [--fields NAMES] [--period PERIOD] "
	  "[--number NUMBER] [--csv] [--spreadsheet] [--safe-integers] [--svg FILE]",
	    "count values: of a saved report, a group, a view, user, feedback, project, comment, "
	    "delivery",
	    cli_report, &command_report },
	{ "audit list [--kind KIND] [--name NAME] [--actor NAME] [--project KEY] [--since TIME] "
	  "[--until TIME] " OUTPUT, NULL, cli_audit_list, &command_audit },
	{ "audit show ID", NULL, cli_audit_show, &command_audit_show },
	{ "audit undo ID [--dry-run]", NULL, cli_audit_undo, &command_audit_undo },
	{ "console link USER", NULL, cli_console_link, &command_console_link },
	{ "console sessions [USER] " OUTPUT, NULL, cli_console_sessions, &command_console_sessions },
	{ "console end ID|USER",
	    "end a session, or all of a user", cli_console_end, &command_console_sessions_end },
	{ "tick", "run what is scheduled and send what waits, once", cli_tick, NULL },
	{ "attention [--project KEY] [--limit N]", NULL, cli_attention, &command_attention },
	{ "stat [--prometheus]", NULL, cli_stat, &command_stat },
	{ "check [--accept-loss] [--pages] [--config]", NULL, cli_check, &command_check },
	{ "backup DIR",
	    "copy the store, while it is used, into a new directory", cli_backup, &command_backup },
	{ "restore DIR", "fill an empty home from a backup", cli_restore, NULL },
	{ "group key", "make the key that the machines of a group share", cli_site_key, NULL },
	{ "group found", "make this machine the first of a new group", cli_site_found, NULL },
	{ "group join", "take this machine into its group; its store comes from there",
	    cli_site_join, NULL },
	{ "group stat", "show the machines of the group", cli_site_stat, NULL },
	{ "group yield", "let another machine of the group be master", cli_site_yield, NULL },
	{ "complete [WORD]...", "tell what may follow the words, for shells", cli_complete, NULL },
	{ NULL, NULL, NULL, NULL },
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
	{ "after", "only the rows behind this line" },
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
	{ "log", "try deliveries of the log: FILE has changed documents; without it, as it stands" },
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
	{ "kind", "of this kind alone: user, feedback, listener, macro or delivery" },
	{ "target", "the id or e-mail of what it acts on" },
	{ "person", "the e-mail address of whom an author in the example is to be" },
	{ "preview", "show what it would do, do nothing" },
	{ "outcome", "applied, filtered, bad-api-key, …; or failed for all refusals" },
	{ "since", "from this time on: a time, a date, or ago such as 2h" },
	{ "until", "up to this time" },
	{ "refused", "the last requests that were not let in, with the reason" },
	{ "kind", "only of this kind" },
	{ "name", "only of the object of this name" },
	{ "actor", "only what this user, login, listener, API key, schedule or macro did" },
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

static struct cli_grammar grammar = {
	.program = "earshot",
	.global = "[--home DIR] [--json] [--help] [--version]",
	.commands = commands,
	.options = options,
};

/* KIND create has the members of the kind as options. */
static void
know_members(struct arena *arena, int argc, char **argv)
{
	struct cli_command *all = arena_alloc(arena, sizeof commands);
	struct span kinds_of_row;
	int i = 1;

	while (i + 1 < argc && strcmp(argv[i + 1], "create") != 0)
		i++;
	memcpy(all, commands, sizeof commands);
	for (struct cli_command *row = all; i + 1 < argc && row->grammar != NULL; row++)
		if (row->run == cli_object_create && cli_word_at(row->grammar, 0, &kinds_of_row) &&
		    cli_choice_has(kinds_of_row, argv[i]))
			row->grammar = arena_printf(arena, "%s\t%s", row->grammar,
			    cli_create_options(arena, argv[i], options, &grammar.options));
	grammar.commands = all;
}

static int
cli_complete(struct cli *cli)
{
	struct buf out = { 0 };

	cli_complete_words(&grammar, cli->given->operands, cli->given->operand_count, &out);
	fwrite(out.p + 1, 1, out.n - 1, stdout);
	buf_free(&out);
	return CLI_DONE;
}

/* As the words with --help. */
static int
cli_help_words(struct cli *cli)
{
	size_t n = cli->given->operand_count;
	char **argv = arena_alloc(cli->arena, (n + 3) * sizeof *argv);

	argv[0] = arena_string(cli->arena, span_of(grammar.program));
	for (size_t i = 0; i < n; i++)
		argv[i + 1] = arena_string(cli->arena, span_of(cli->given->operands[i]));
	argv[n + 1] = arena_string(cli->arena, SPAN("--help"));
	return cli_main((int)n + 2, argv);
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

/* Who has become root or the store's user by sudo is told by his own name. */
static const char *
login(struct arena *arena)
{
	const char *name = getenv("SUDO_USER");
	const struct passwd *user;

	if (name != NULL && *name != '\0')
		return name;
	user = getpwuid(getuid());
	return user != NULL ? arena_string(arena, span_of(user->pw_name)) : NULL;
}

static int
run(struct cli *cli)
{
	struct error error = { 0 };
	int code;

	log_start("earshot", LOG_LEVEL_WARNING, 0);
	if (!secret_start())
		abort();
	cli->login = login(cli->arena);
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

static bool
needs_no_store(const struct cli_command *command)
{
	return command->run == cli_complete || command->run == cli_help_words ||
	    command->run == cli_object_example;
}

int
cli_main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct buf wrong = { 0 };
	struct cli_given given;
	struct cli cli = { .given = &given, .arena = arena };
	int code;

	know_members(arena, argc, argv);
	if (!cli_parse(&grammar, arena, argc, argv, &given, &wrong)) {
		fwrite(wrong.p, 1, wrong.n, stderr);
		code = CLI_USAGE;
	} else if (cli_value(&given, "help") != NULL || cli_value(&given, "version") != NULL) {
		code = print_help(&given);
	} else if (needs_no_store(given.command)) {
		code = given.command->run(&cli);
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
