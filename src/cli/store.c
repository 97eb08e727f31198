/* SPDX-License-Identifier: ISC */
/* The store as a whole: init, check, backup, restore. */
#include "cli/cli.h"

#include "base/json.h"
#include "store/owner.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef EARSHOT_DATADIR
#define EARSHOT_DATADIR "/usr/share/earshot"
#endif

/* Holding the lock that keeps others out; NULL with a sentence said. */
static struct owner *
own(struct cli *cli)
{
	struct error error = { 0 };
	struct owner *owner = owner_new(cli->home, &error);

	if (owner != NULL && owner_try(owner))
		return owner;
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
	struct owner *owner = own(cli);
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
	static const char *const beside[] = { "../examples/demo.jsonl",
		"../share/earshot/demo.jsonl" };
	const char *said = getenv("EARSHOT_DEMO"), *slash;
	const char *path = said != NULL ? said : EARSHOT_DATADIR "/demo.jsonl";
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	for (size_t i = 0; said == NULL && slash != NULL && i < sizeof beside / sizeof beside[0];
	    i++) {
		const char *near = arena_printf(cli->arena, "%.*s/%s", (int)(slash - self), self,
		    beside[i]);

		if (access(near, R_OK) == 0)
			return near;
	}
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
	if (json_has(object, "problems"))
		checking->problems = json_integer(object, "problems", 0);
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
	if (json_has(object, "problems")) {
		checking->problems = json_integer(object, "problems", 0);
		printf("%lld rows checked, %lld problems\n",
		    (long long)json_integer(object, "checked", 0), (long long)checking->problems);
		return;
	}
	cli_say(checking->cli, "%.*s %.*s: %.*s%s%.*s", (int)table.n, table.p, (int)key.n,
	    key.p, (int)problem.n, problem.p, repair.n > 0 ? "; repair: " : "",
	    (int)repair.n, repair.p);
}

static int
accept_loss(struct cli *cli)
{
	struct owner *owner = own(cli);
	const char *path = arena_printf(cli->arena, "%s/witness", cli->home);
	int code = CLI_DONE;

	if (owner == NULL)
		return fault_info(FAULT_STORE_UNAVAILABLE)->exit_code;
	if (unlink(path) != 0 && errno != ENOENT) {
		cli_say(cli, "%s: %s", path, strerror(errno));
		code = CLI_FAILED;
	}
	owner_release(owner);
	owner_free(&owner);
	return code;
}

int
cli_check(struct cli *cli)
{
	struct checking checking = { .cli = cli };
	struct cli_sink sink = { .line = cli->json ? take_finding : show_finding,
		.arg = &checking, .doing = "checking" };
	struct json_object *args = cli_args(cli, "check");
	int code = CLI_DONE;

	if (cli_flag(cli, "accept-loss"))
		code = accept_loss(cli);
	json_set_bool(args, "pages", cli_flag(cli, "pages"));
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
	struct json_object *args = cli_args(cli, "backup");
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

int
cli_restore(struct cli *cli)
{
	struct error error = { 0 };
	struct owner *owner;
	bool unclean;

	if (mkdir(cli->home, 0700) != 0 && errno != EEXIST) {
		cli_say(cli, "cannot make %s: %s", cli->home, strerror(errno));
		return CLI_FAILED;
	}
	owner = own(cli);
	if (owner == NULL)
		return fault_info(FAULT_STORE_UNAVAILABLE)->exit_code;
	/* Whatever an earlier store left behind: the next owner recovers. */
	if (owner_mark_dirty(owner, &unclean, &error))
		store_restore(cli->given->operands[0], cli->home, &error);
	owner_release(owner);
	owner_free(&owner);
	if (error.fault != FAULT_NONE)
		return cli_fail(cli, &error);
	if (!cli->json)
		printf("%s is restored\n", cli->home);
	return CLI_DONE;
}
