/* SPDX-License-Identifier: ISC */
/* The store as a whole: init, check, backup, restore. */
#include "cli/cli.h"

#include "base/json.h"
#include "base/place.h"
#include "base/secret.h"
#include "store/owner.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Who has just been stopped ends within this time, and a program for one request is as quick. */
#define OWN_PATIENCE_MS 2000
#define OWN_NAP_MS 50

#ifndef EARSHOT_DATADIR
#define EARSHOT_DATADIR "/usr/share/earshot"
#endif

struct owner *
cli_own(struct cli *cli, bool makes)
{
	const struct timespec nap = { .tv_nsec = OWN_NAP_MS * 1000000 };
	struct error error = { 0 };
	struct owner *owner = owner_new(cli->home, makes, &error);

	for (int waited = 0; owner != NULL; waited += OWN_NAP_MS) {
		if (owner_try(owner))
			return owner;
		if (waited >= OWN_PATIENCE_MS)
			break;
		nanosleep(&nap, NULL);
	}
	cli_say(cli, "%s", owner == NULL ? error.detail
	    : "the store is in use; stop the web server's programs and earshotd first");
	owner_free(&owner);
	return NULL;
}

static int
create_store(struct cli *cli)
{
	struct store_options options = { .home = cli->home, .settings = &cli->settings,
		.create = true };
	struct error error = { 0 };
	struct owner *owner = cli_own(cli, true);
	struct store *store = NULL;

	if (owner == NULL)
		return fault_info(FAULT_STORE_UNAVAILABLE)->exit_code;
	if (owner_mark_dirty(owner, &options.recover, &error))
		store = store_open(&options, &error);
	if (store != NULL && store_close(&store))
		owner_mark_clean(owner);
	owner_release(owner);
	owner_free(&owner);
	return error.fault == FAULT_NONE ? CLI_DONE : cli_fail(cli, &error);
}

static void
write_sample(struct cli *cli)
{
	struct buf sample = { 0 };
	const char *path = arena_printf(cli->arena, "%s/earshot.conf", cli->home);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return; /* there is one already */
	settings_sample(&sample);
	if (write(fd, sample.p, sample.n) != (ssize_t)sample.n)
		cli_say(cli, "%s: %s", path, strerror(errno));
	close(fd);
	buf_free(&sample);
}

/*
 * The example community: said, beside this program as it is built or installed, or
 * where it was to be installed. NULL when it is nowhere; that was said.
 */
static const char *
demo_file(struct cli *cli)
{
	static const char *const beside[] = { "../examples/demo.jsonl", "../share/demo.jsonl",
		"../share/earshot/demo.jsonl" };
	const char *said = getenv("EARSHOT_DEMO"), *path;

	for (size_t i = 0; said == NULL && i < sizeof beside / sizeof beside[0]; i++)
		if ((path = place_beside(cli->arena, beside[i])) != NULL)
			return path;
	path = said != NULL ? said : EARSHOT_DATADIR "/demo.jsonl";
	if (access(path, R_OK) == 0)
		return path;
	cli_say(cli, "%s: %s; nothing was made. Name the example community by "
	    "EARSHOT_DEMO=…/examples/demo.jsonl, or leave out --demo", path, strerror(errno));
	return NULL;
}

static int
apply_demo(struct cli *cli, const char *demo)
{
	struct cli_applying how = { .dry = false };
	int code = cli_apikey_plain(cli, "demo");

	return code == CLI_DONE ? cli_apply_file(cli, demo, &how) : code;
}

int
cli_init(struct cli *cli)
{
	bool wanted = cli_flag(cli, "demo");
	const char *demo = wanted ? demo_file(cli) : NULL;
	int code;

	if (wanted && demo == NULL)
		return CLI_FAILED;
	if (mkdir(cli->home, 0700) != 0 && errno != EEXIST) {
		cli_say(cli, "cannot make %s: %s", cli->home, strerror(errno));
		return CLI_FAILED;
	}
	code = create_store(cli);
	if (code != CLI_DONE)
		return code;
	write_sample(cli);
	if (!cli->json)
		printf("the store is at %s\n", cli->home);
	return wanted ? apply_demo(cli, demo) : CLI_DONE;
}

struct checking {
	struct cli *cli;
	int64_t problems;
};

static void
take_finding(void *arg, struct json_object *object, struct span text)
{
	struct checking *checking = arg;

	(void)text;
	cli_json(stdout, &checking->cli->screen, object);
}

static void
show_finding(void *arg, struct json_object *object, struct span text)
{
	struct checking *checking = arg;
	struct span table = json_string(object, "table"), key = json_string(object, "key");
	struct span problem = json_string(object, "problem");
	struct span repair = json_string(object, "repair");

	(void)text;
	if (json_has(object, "file"))
		table = SPAN("file"), key = json_string(object, "file");
	if (span_is(table, "doc"))
		table.n = 0; /* the key says what it is */
	cli_say(checking->cli, "%.*s%s%.*s: %.*s%s%.*s", (int)table.n, table.p,
	    table.n > 0 ? " " : "", (int)key.n, key.p, (int)problem.n, problem.p, repair.n > 0 ? "; repair: " : "",
	    (int)repair.n, repair.p);
}

static void
take_findings(void *arg, struct json_object *summary)
{
	struct checking *checking = arg;

	checking->problems = json_integer(summary, "problems", 0);
	if (checking->cli->json) {
		cli_json(stdout, &checking->cli->screen, summary);
		return;
	}
	printf("%lld row%s checked, %lld problem%s\n",
	    (long long)json_integer(summary, "checked", 0),
	    json_integer(summary, "checked", 0) == 1 ? "" : "s",
	    (long long)checking->problems, checking->problems == 1 ? "" : "s");
	if (json_flag(summary, "empty", false))
		printf("the store at %s holds nothing: is it the right one, and its disk "
		    "mounted?\n", checking->cli->home);
}

static int
accept_loss(struct cli *cli)
{
	struct owner *owner = cli_own(cli, false);
	const char *path = arena_printf(cli->arena, "%s/witness", cli->home);
	const char *key = arena_printf(cli->arena, "%s/secret.key", cli->home);
	struct error error = { 0 };
	struct seal seal;
	int code = CLI_DONE;

	if (owner == NULL)
		return fault_info(FAULT_STORE_UNAVAILABLE)->exit_code;
	/* One loss at a time: the witness may say of another. */
	if (access(key, F_OK) != 0 && errno == ENOENT) {
		if (seal_make(cli->home, &seal, &error))
			cli_say(cli, "made a new %s: secrets that were sealed under the lost one are "
			    "to be applied again", key);
		else
			code = cli_fail(cli, &error);
	} else if (unlink(path) != 0 && errno != ENOENT) {
		cli_say(cli, "%s: %s", path, strerror(errno));
		code = CLI_FAILED;
	}
	owner_release(owner);
	owner_free(&owner);
	return code;
}

/* Who gets here has read it. */
static int
tell_config(struct cli *cli)
{
	const char *path = arena_printf(cli->arena, "%s/earshot.conf", cli->home);
	struct json_object *result;

	if (cli->json) {
		result = json_new_object(cli->arena);
		json_set_text(result, "config", span_of(path));
		json_set_bool(result, "good", true);
		cli_json(stdout, &cli->screen, result);
	} else if (access(path, F_OK) == 0) {
		printf("%s is good\n", path);
	} else {
		printf("there is no %s: all settings are the defaults\n", path);
	}
	return CLI_DONE;
}

int
cli_check(struct cli *cli)
{
	struct checking checking = { .cli = cli };
	struct cli_sink sink = { .line = cli->json ? take_finding : show_finding,
		.summary = take_findings, .arg = &checking, .doing = "checking" };
	struct json_object *args = cli_args(cli, &command_check);
	int code = CLI_DONE;

	if (cli_flag(cli, "config"))
		return tell_config(cli);
	if (cli_flag(cli, "accept-loss"))
		code = accept_loss(cli);
	json_set_bool(args, "pages", cli_flag(cli, "pages"));
	if (code == CLI_DONE && cli_flag(cli, "accept-loss") && cli->settings.group_site_count > 0) {
		if (!cli->json)
			printf("start earshotd here again\n");
		return code;
	}
	if (code == CLI_DONE)
		code = cli_call(cli, args, &sink);
	return code == CLI_DONE && checking.problems > 0 ? CLI_FAILED : code;
}

/* Of errno; root does not see at once why he may not. */
static int
no_place(struct cli *cli, const char *directory)
{
	int error = errno;
	const struct passwd *user = getpwuid(geteuid());
	const char *name = strrchr(directory, '/');

	cli_say(cli, "%s: %s", directory, strerror(error));
	if (cli->became && (error == EACCES || error == ENOENT))
		cli_say(cli, "the store belongs to the user %s, who copies it and may not write "
		    "there; name a directory where he may, such as /var/tmp/%s",
		    user != NULL ? user->pw_name : "of its directory",
		    name != NULL && name[1] != '\0' ? name + 1 : directory);
	return CLI_FAILED;
}

int
cli_backup(struct cli *cli)
{
	struct cli_sink sink = { .doing = "copying" };
	struct json_object *args = cli_args(cli, &command_backup);
	char directory[PATH_MAX];
	int code;

	if ((mkdir(cli->given->operands[0], 0700) != 0 && errno != EEXIST) ||
	    realpath(cli->given->operands[0], directory) == NULL ||
	    access(directory, W_OK | X_OK) != 0)
		return no_place(cli, cli->given->operands[0]);
	cli_set(args, "directory", directory);
	code = cli_call(cli, args, &sink);
	if (code == CLI_DONE && !cli->json)
		printf("backed up to %s (without secret.key: keep that apart)\n", directory);
	return code;
}

bool
cli_restore_home(struct cli *cli)
{
	const char *contents = arena_printf(cli->arena, "%s/CONTENTS",
	    cli->given->operands[0]);
	struct stat backup, home;
	bool there = stat(cli->home, &home) == 0;

	if (geteuid() != 0 || (there && home.st_uid != 0) || stat(contents, &backup) != 0 ||
	    backup.st_uid == 0)
		return true;
	/* Others may pass to its socket; its files are closed. */
	if ((there || mkdir(cli->home, 0711) == 0) &&
	    chown(cli->home, backup.st_uid, backup.st_gid) == 0)
		return true;
	cli_say(cli, "%s: %s", cli->home, strerror(errno));
	return false;
}

/* Whom the home belongs to, by name. */
static const char *
user_name(struct cli *cli)
{
	const struct passwd *user = getpwuid(geteuid());

	return user != NULL ? arena_string(cli->arena, span_of(user->pw_name))
	                    : arena_printf(cli->arena, "%ld", (long)geteuid());
}

static bool
may_read(struct cli *cli, const char *backup)
{
	const char *contents = arena_printf(cli->arena, "%s/CONTENTS", backup);

	if (access(contents, R_OK) == 0 || errno != EACCES)
		return true;
	cli_say(cli, "%s cannot be read by %s, whom %s belongs to: chown -R %s: %s, and see that "
	    "the directories above it let that user pass", backup, user_name(cli), cli->home,
	    user_name(cli), backup);
	return false;
}

/* What is left to do, the last first to be read. */
static int
tell_restored(struct cli *cli)
{
	struct json_object *stat = NULL, *problems;
	const char *home = cli->home, *user = user_name(cli);
	int code = cli_ask(cli, cli_args(cli, &command_stat), &stat);
	size_t lost = 0;

	if (code != CLI_DONE)
		return code;
	problems = json_get(stat, "problems");
	for (size_t i = 0; i < json_count(problems); i++) {
		struct span problem = json_span(json_at(problems, i));

		lost += memmem(problem.p, problem.n, "secret.key", 10) != NULL;
		cli_say(cli, "%.*s", (int)problem.n, problem.p);
	}
	if (lost > 0)
		printf("put secret.key back from where it is kept: install -m 600%s%s "
		    "SAFE-PLACE/secret.key %s/secret.key\n", cli->became ? " -o " : "",
		    cli->became ? user : "", home);
	printf("then start what uses the store: systemctl start earshotd earshot.target, or the web "
	    "server's programs\n");
	return CLI_DONE;
}

int
cli_restore(struct cli *cli)
{
	const char *backup = cli->given->operands[0];
	struct error error = { 0 };
	struct owner *owner;
	bool unclean;

	if (mkdir(cli->home, 0700) != 0 && errno != EEXIST) {
		cli_say(cli, "cannot make %s: %s", cli->home, strerror(errno));
		return CLI_FAILED;
	}
	if (!may_read(cli, backup))
		return CLI_FAILED;
	owner = cli_own(cli, true);
	if (owner == NULL)
		return fault_info(FAULT_STORE_UNAVAILABLE)->exit_code;
	/* Whatever an earlier store left behind: the next owner recovers. */
	if (owner_mark_dirty(owner, &unclean, &error))
		store_restore(backup, cli->home, &error);
	owner_release(owner);
	owner_free(&owner);
	if (error.fault != FAULT_NONE)
		return cli_fail(cli, &error);
	if (cli->json)
		return CLI_DONE;
	printf("%s is restored, and belongs to %s\n", cli->home, user_name(cli));
	if (cli->settings.group_site_count > 0) {
		printf("it is alone: make it the first site of a new group by earshot group found, and "
		    "let the others join that with empty homes\n");
		return CLI_DONE;
	}
	return tell_restored(cli);
}
