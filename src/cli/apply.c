/* SPDX-License-Identifier: ISC */
/* apply, export. */
#include "cli/cli.h"

#include "base/json.h"
#include "cli/changes.h"
#include "cli/file.h"

#include <inttypes.h>

/* What the documents of one file became. */
struct applying {
	struct cli *cli;
	const char *file;      /* as errors name it */
	struct cli_counts counts;
	struct buf changes;    /* as they will be printed */
	struct jsonout json;   /* to changes, for programs */
};

static void
forget_results(void *arg)
{
	struct applying *applying = arg;

	applying->counts = (struct cli_counts){ 0 };
	applying->changes.n = 0;
	applying->json = json_to(&applying->changes);
	if (applying->cli->json)
		json_open(&applying->json, '[');
}

static void
take_result(void *arg, struct json_object *object, struct span text)
{
	struct applying *applying = arg;
	struct span warning = json_string(object, "warning");

	(void)text;
	if (warning.n > 0)
		cli_note(applying->cli, "%s:%" PRId64 ": warning: %.*s", applying->file,
		    json_integer(object, "line", 0), (int)warning.n, warning.p);
	cli_count(&applying->counts, object);
	if (applying->cli->json)
		cli_changes_json(&applying->json, object);
	else
		cli_changes_show(&applying->changes, &applying->cli->screen, object);
}

static void
take_complaint(void *arg, struct json_object *object)
{
	struct applying *applying = arg;

	cli_complain(applying->cli, applying->file, object);
}

static void
print_results(struct applying *applying, bool dry, const char *name)
{
	const struct cli_counts *counts = &applying->counts;

	if (applying->cli->json) {
		json_close(&applying->json, ']');
		printf("{\"created\":%" PRId64 ",\"updated\":%" PRId64 ",\"unchanged\":%" PRId64,
		    counts->created, counts->updated, counts->same);
		if (counts->repeated > 0)
			printf(",\"repeated\":%" PRId64, counts->repeated);
		fputs(",\"changes\":", stdout);
	}
	cli_print(&applying->changes);
	if (applying->cli->json)
		puts("}");
	else
		printf("%s%s%" PRId64 " created, %" PRId64 " updated, %" PRId64 " unchanged%s%s\n",
		    name, name[0] != '\0' ? ": " : "", counts->created, counts->updated,
		    counts->same, cli_repeated(applying->cli->arena, counts),
		    dry ? " (dry run: nothing was changed)" : "");
}

/* The call's text: documents stand in it as they stand in the file. */
struct gathering {
	struct cli *cli;
	const char *file;
	struct buf *list;
	size_t n;
};

static void
gather_document(void *arg, size_t line, struct span json)
{
	struct gathering *gathering = arg;

	buf_printf(gathering->list, "%s{\"line\":%zu,\"doc\":", gathering->n++ > 0 ? "," : "", line);
	buf_span(gathering->list, json);
	buf_putc(gathering->list, '}');
}

static void
gather_error(void *arg, size_t line, const char *sentence)
{
	struct gathering *gathering = arg;

	cli_note(gathering->cli, "%s:%zu: %s", gathering->file, line, sentence);
}

bool
cli_gather_documents(struct cli *cli, const char *path, struct buf *list)
{
	struct gathering gathering = { .cli = cli, .file = cli_file_name(path), .list = list };
	struct cli_file_sink documents = { gather_document, gather_error, &gathering };
	struct buf bytes = { 0 };
	bool good;

	buf_putc(list, '[');
	good = cli_read_file(cli, path, &bytes) &&
	    cli_file_documents(buf_bytes(&bytes), &documents);
	buf_putc(list, ']');
	buf_free(&bytes);
	return good;
}

int
cli_apply_file(struct cli *cli, const char *path, const struct cli_applying *how)
{
	struct applying applying = { .cli = cli, .file = cli_file_name(path) };
	struct cli_sink sink = { .line = take_result, .again = forget_results,
		.complaint = take_complaint, .arg = &applying, .doing = "applying" };
	struct buf args = { 0 };
	int code = CLI_FAILED;

	forget_results(&applying);
	buf_printf(&args, "{\"command\":\"apply\",\"dryRun\":%s,\"replace\":%s,\"changes\":true,"
	    "\"from\":%s,\"documents\":", how->dry ? "true" : "false",
	    how->replace ? "true" : "false",
	    arena_string(cli->arena, json_write(cli->arena, cli_from(cli, "command line"))));
	if (cli_gather_documents(cli, path, &args)) {
		buf_putc(&args, '}');
		code = cli_call_text(cli, buf_bytes(&args), &sink);
	}
	if (code == CLI_DONE)
		print_results(&applying, how->dry, how->named ? path : "");
	buf_free(&args);
	buf_free(&applying.changes);
	return code;
}

int
cli_apply(struct cli *cli)
{
	size_t count = cli->given->operand_count;
	struct cli_applying how = { .dry = cli_flag(cli, "dry-run"),
		.replace = cli_flag(cli, "replace"), .named = count > 1 };
	int code = CLI_DONE;

	for (size_t i = 0; i < count && code == CLI_DONE; i++)
		code = cli_apply_file(cli, cli->given->operands[i], &how);
	return code;
}

int
cli_export(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_export);

	if (cli->given->operand_count > 0)
		cli_set(args, "kind", cli->given->operands[0]);
	return cli_pass_on(cli, args);
}
