/* SPDX-License-Identifier: ISC */
/*
 * One object in an editor, as lines of assignments (assign.h). What was changed in it is
 * set, and nothing else, so that what others change meanwhile stays.
 */
#include "cli/cli.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/assign.h"
#include "cli/changes.h"
#include "listen/register.h"
#include "serve/caller.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct editing {
	struct cli *cli;
	const char *kind, *name; /* name NULL: the one setting */
	char path[256];          /* of the text */
	struct json_object *was; /* the object as the text began with it */
};

static bool
write_text(struct editing *editing)
{
	const char *directory = getenv("TMPDIR");
	struct buf text = { 0 };
	FILE *file;
	int fd;
	bool good;

	if (directory == NULL || directory[0] == '\0' || strlen(directory) > 200)
		directory = "/tmp";
	snprintf(editing->path, sizeof editing->path, "%s/earshot-edit.XXXXXX", directory);
	fd = mkstemp(editing->path);
	file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (file == NULL) {
		cli_say(editing->cli, "%s: %s", editing->path, strerror(errno));
		return false;
	}
	buf_printf(&text, "# %s %s\n# NAME = TEXT, NAME += ITEM of a list, NAME := JSON; a text goes on "
	    "below, behind\n# two blanks. A line that is taken out takes its member away. "
	    "earshot-listener(7)\n# tells what may stand here. Leave the text as it is to change "
	    "nothing.\n\n", editing->kind, editing->name != NULL ? editing->name : "");
	cli_assign_write(&text, kind_by_name(span_of(editing->kind)), editing->was);
	good = fwrite(text.p, 1, text.n, file) == text.n;
	good = fclose(file) == 0 && good;
	if (!good)
		cli_say(editing->cli, "%s: %s", editing->path, strerror(errno));
	buf_free(&text);
	return good;
}

/* By the shell, since $EDITOR may have arguments. */
static bool
run_editor(struct editing *editing)
{
	const char *editor = getenv("VISUAL");
	int status;
	pid_t pid;

	if (editor == NULL || editor[0] == '\0')
		editor = getenv("EDITOR");
	if (editor == NULL || editor[0] == '\0')
		editor = "vi";
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", arena_printf(editing->cli->arena, "%s \"$1\"", editor),
		    "sh", editing->path, (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	cli_say(editing->cli, "the editor \"%s\" failed; EDITOR names another", editor);
	return false;
}

/* {"a":new, "gone":null}: what makes `was` the edited one, as doc_merged() takes it. */
static struct json_object *
difference(struct arena *arena, struct json_object *was, struct json_object *now)
{
	struct json_object *patch = json_new_object(arena);
	struct doc_member *members;
	size_t n = doc_members(arena, now, &members);

	for (size_t i = 0; i < n; i++) {
		struct json_object *before = json_get(was, members[i].name);

		if (json_is_object(before) && json_is_object(members[i].value)) {
			struct json_object *below = difference(arena, before, members[i].value);

			if (json_members(below) > 0)
				json_set(patch, members[i].name, json_share(below));
		} else if (before == NULL || !json_equal(before, members[i].value)) {
			json_set(patch, members[i].name, json_share(members[i].value));
		}
	}
	n = doc_members(arena, was, &members);
	for (size_t i = 0; i < n; i++)
		if (!json_has(now, members[i].name) && members[i].value != NULL)
			json_set(patch, members[i].name, NULL);
	return patch;
}

/* What the text says; NULL was said. */
static struct json_object *
read_text(struct editing *editing, const char *path)
{
	struct cli *cli = editing->cli;
	struct buf bytes = { 0 }, wrong = { 0 };
	struct cli_assigning assigning = { .arena = cli->arena,
		.kind = kind_by_name(span_of(editing->kind)),
		.doc = json_new_object(cli->arena), .wrong = &wrong };
	size_t line = 0;
	bool good = cli_read_file(cli, path, &bytes);

	if (good && !cli_assign_read(&assigning, buf_keep(&bytes, cli->arena), &line)) {
		cli_note(cli, "%s:%zu: %.*s", path, line, (int)wrong.n, wrong.p);
		good = false;
	}
	buf_free(&bytes);
	buf_free(&wrong);
	return good ? assigning.doc : NULL;
}

/* Without what is derived, which no text has. */
static struct json_object *
plain(struct editing *editing)
{
	struct cli *cli = editing->cli;
	struct buf text = { 0 }, wrong = { 0 };
	struct cli_assigning assigning = { .arena = cli->arena,
		.kind = kind_by_name(span_of(editing->kind)),
		.doc = json_new_object(cli->arena), .wrong = &wrong };
	size_t line;

	cli_assign_write(&text, assigning.kind, editing->was);
	if (!cli_assign_read(&assigning, buf_keep(&text, cli->arena), &line))
		cli_say(cli, "%.*s", (int)wrong.n, wrong.p);
	buf_free(&wrong);
	return assigning.doc;
}

static int
edit_once(struct editing *editing)
{
	struct cli *cli = editing->cli;
	struct json_object *now, *patch;

	/* While somebody thinks, nobody has to own the store for it. */
	caller_free(&cli->caller);
	if (!run_editor(editing))
		return CLI_FAILED;
	now = read_text(editing, editing->path);
	if (now == NULL)
		return CLI_USAGE;
	patch = difference(cli->arena, plain(editing), now);
	return cli_change(cli, &command_set, editing->kind, editing->name, patch);
}

int
cli_object_edit(struct cli *cli)
{
	struct editing editing = { .cli = cli, .kind = cli->given->words[0],
		.name = cli_is_nameless(cli) ? NULL : cli->given->operands[0] };
	int code = cli_object_now(cli, editing.kind, editing.name, &editing.was);

	if (code != CLI_DONE)
		return code;
	if (!write_text(&editing))
		return CLI_FAILED;
	do
		code = edit_once(&editing);
	while (code != CLI_DONE && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
	    cli_ask_whether("Edit it again?", true));
	if (code == CLI_DONE)
		unlink(editing.path);
	else
		cli_say(cli, "the text is kept in %s", editing.path);
	return code;
}
