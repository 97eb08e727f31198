/* SPDX-License-Identifier: ISC */
/* apply, export, import. */
#include "cli/cli.h"

#include "base/json.h"
#include "cli/file.h"
#include "cli/import.h"
#include "cli/progress.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define BATCH 500          /* rows of an import in one transaction */
#define READ_BYTES 65536
#define FILE_MAX_BYTES ((size_t)200 << 20)

/* What the documents of one file became. */
struct applying {
	struct cli *cli;
	const char *file;
	int64_t created, updated, same, wrong;
};

static void
take_result(void *arg, struct json_object *object, struct span text)
{
	struct applying *applying = arg;
	struct span result = json_string(object, "result");
	struct span warning = json_string(object, "warning");

	(void)text;
	if (warning.n > 0)
		cli_note(applying->cli, "%s:%" PRId64 ": warning: %.*s", applying->file,
		    json_integer(object, "line", 0), (int)warning.n, warning.p);
	if (span_is(result, "created"))
		applying->created++;
	else if (span_is(result, "updated"))
		applying->updated++;
	else
		applying->same++;
}

static void
forget_results(void *arg)
{
	struct applying *applying = arg;

	applying->created = applying->updated = applying->same = 0;
}

static void
take_complaint(void *arg, struct json_object *object)
{
	struct applying *applying = arg;
	struct span pointer = json_string(object, "pointer"), error = json_string(object, "error");

	applying->wrong++;
	cli_note(applying->cli, "%s:%" PRId64 ": %.*s%s%.*s", applying->file,
	    json_integer(object, "line", 0), (int)pointer.n, pointer.p,
	    pointer.n > 0 ? ": " : "", (int)error.n, error.p);
}

bool
cli_read_file(struct cli *cli, const char *path, struct buf *bytes)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *file = standard ? stdin : fopen(path, "rb");
	bool good = file != NULL;
	size_t n;

	while (good && (n = fread(buf_room(bytes, READ_BYTES), 1, READ_BYTES, file)) > 0) {
		bytes->n += n;
		good = bytes->n <= FILE_MAX_BYTES;
	}
	if (!good || ferror(file)) {
		cli_say(cli, "%s: %s", path, good || file == NULL ? strerror(errno)
		    : "the file is too long; split it");
		good = false;
	}
	if (file != NULL && !standard)
		fclose(file);
	return good;
}

/* The call's text: documents stand in it as they stand in the file. */
struct gathering {
	struct applying *applying;
	struct buf args;
	size_t n;
};

static void
gather_document(void *arg, size_t line, struct span json)
{
	struct gathering *gathering = arg;

	buf_printf(&gathering->args, "%s{\"line\":%zu,\"doc\":", gathering->n++ > 0 ? "," : "",
	    line);
	buf_span(&gathering->args, json);
	buf_putc(&gathering->args, '}');
}

static void
gather_error(void *arg, size_t line, const char *sentence)
{
	struct gathering *gathering = arg;

	cli_note(gathering->applying->cli, "%s:%zu: %s", gathering->applying->file, line,
	    sentence);
}

int
cli_apply_file(struct cli *cli, const char *path, bool dry, bool name_it)
{
	struct applying applying = { .cli = cli, .file = path };
	struct cli_sink sink = { .line = take_result, .again = forget_results,
		.complaint = take_complaint, .arg = &applying, .doing = "applying" };
	struct gathering gathering = { .applying = &applying };
	struct cli_file_sink documents = { gather_document, gather_error, &gathering };
	struct buf bytes = { 0 };
	int code = CLI_FAILED;

	buf_printf(&gathering.args, "{\"command\":\"apply\",\"dryRun\":%s,\"documents\":[",
	    dry ? "true" : "false");
	if (cli_read_file(cli, path, &bytes) &&
	    cli_file_documents(buf_bytes(&bytes), &documents)) {
		buf_puts(&gathering.args, "]}");
		code = cli_call_text(cli, buf_bytes(&gathering.args), &sink);
	}
	buf_free(&bytes);
	buf_free(&gathering.args);
	if (code != CLI_DONE)
		return code;
	if (cli->json)
		printf("{\"created\":%" PRId64 ",\"updated\":%" PRId64 ",\"unchanged\":%" PRId64
		    "}\n", applying.created, applying.updated, applying.same);
	else
		printf("%s%s%" PRId64 " created, %" PRId64 " updated, %" PRId64 " unchanged%s\n",
		    name_it ? path : "", name_it ? ": " : "", applying.created,
		    applying.updated, applying.same, dry ? " (dry run: nothing was changed)" : "");
	return CLI_DONE;
}

int
cli_apply(struct cli *cli)
{
	size_t count = cli->given->operand_count;
	int code = CLI_DONE;

	for (size_t i = 0; i < count && code == CLI_DONE; i++)
		code = cli_apply_file(cli, cli->given->operands[i], cli_flag(cli, "dry-run"),
		    count > 1);
	return code;
}

int
cli_export(struct cli *cli)
{
	struct json_object *args = cli_args(cli, "export");

	if (cli->given->operand_count > 0)
		cli_set(args, "kind", cli->given->operands[0]);
	return cli_pass_on(cli, args);
}

/* An import: rows are gathered and applied a batch at a time. */
struct importing {
	struct applying applying;
	struct buf batch;        /* the call's text so far */
	size_t rows;             /* in it */
	size_t lines[BATCH];
	bool bad[BATCH];
	int64_t left_out, last_good;
	bool skip_bad;
	int code;
};

static void
row_is_bad(void *arg, struct json_object *object)
{
	struct importing *importing = arg;
	int64_t line = json_integer(object, "line", 0);

	take_complaint(&importing->applying, object);
	for (size_t i = 0; i < importing->rows; i++)
		if ((int64_t)importing->lines[i] == line)
			importing->bad[i] = true;
}

static void
begin_batch(struct importing *importing)
{
	importing->batch.n = 0;
	importing->rows = 0;
	memset(importing->bad, 0, sizeof importing->bad);
	buf_puts(&importing->batch, "{\"command\":\"apply\",\"documents\":[");
}

/* The batch without its bad rows, from the text of the first try. */
static struct span
without_bad(struct importing *importing, struct arena *arena, struct buf *out)
{
	struct error error = { 0 };
	struct json_object *args = json_read(arena, buf_bytes(&importing->batch),
	    &json_limits_document, &error);
	struct json_object *documents = json_get(args, "documents");
	struct jsonout json = json_to(out);

	json_open(&json, '{');
	json_member(&json, "command", SPAN("apply"));
	json_key(&json, "documents");
	json_open(&json, '[');
	for (size_t i = 0; i < json_count(documents); i++)
		if (!importing->bad[i])
			json_raw(&json, json_write(arena, json_at(documents, i)));
		else
			importing->left_out++;
	json_close(&json, ']');
	json_close(&json, '}');
	return buf_bytes(out);
}

static void
apply_batch(struct importing *importing)
{
	struct cli *cli = importing->applying.cli;
	struct applying before = importing->applying;
	struct cli_sink sink = { .line = take_result, .complaint = row_is_bad,
		.arg = &importing->applying, .quiet = true };
	struct arena *arena;
	struct buf rest = { 0 };

	if (importing->rows == 0 || importing->code != CLI_DONE)
		return;
	buf_puts(&importing->batch, "]}");
	importing->code = cli_call_text(cli, buf_bytes(&importing->batch), &sink);
	if (importing->code == CLI_FAILED && importing->skip_bad) {
		importing->applying = before;
		arena = arena_new();
		importing->code = cli_call_text(cli, without_bad(importing, arena, &rest), &sink);
		arena_free(&arena);
		buf_free(&rest);
	}
	if (importing->code == CLI_DONE)
		importing->last_good = (int64_t)importing->lines[importing->rows - 1];
	begin_batch(importing);
}

static void
take_row(void *arg, size_t line, struct span json)
{
	struct importing *importing = arg;

	if (importing->code != CLI_DONE)
		return; /* the rest of what was read at once */
	if (importing->rows > 0)
		buf_putc(&importing->batch, ',');
	buf_printf(&importing->batch, "{\"line\":%zu,\"doc\":", line);
	buf_span(&importing->batch, json);
	buf_putc(&importing->batch, '}');
	importing->lines[importing->rows++] = line;
	if (importing->rows == BATCH)
		apply_batch(importing);
}

static void
take_row_error(void *arg, size_t line, const char *sentence)
{
	struct importing *importing = arg;

	cli_note(importing->applying.cli, "%s:%zu: %s", importing->applying.file, line, sentence);
	importing->left_out++;
	if (!importing->skip_bad && importing->code == CLI_DONE)
		importing->code = CLI_FAILED;
}

static void
import_file(struct importing *importing, struct import *import, FILE *file, int64_t size)
{
	struct cli *cli = importing->applying.cli;
	struct progress progress;
	char bytes[READ_BYTES];
	int64_t done = 0;
	size_t n;

	progress_start(&progress, "importing", PROGRESS_BYTES, size, cli_screen(2).utf8);
	cli->progress = &progress;
	while (importing->code == CLI_DONE && (n = fread(bytes, 1, sizeof bytes, file)) > 0) {
		if (!import_feed(import, (struct span){ bytes, n }))
			importing->code = CLI_FAILED;
		done += (int64_t)n;
		progress_set(&progress, done);
	}
	if (ferror(file)) {
		cli_say(cli, "%s: %s", importing->applying.file, strerror(errno));
		importing->code = CLI_FAILED;
	}
	if (importing->code == CLI_DONE && !import_end(import))
		importing->code = CLI_FAILED;
	apply_batch(importing);
	progress_clear(&progress);
	cli->progress = NULL;
}

static void
report_import(struct importing *importing)
{
	const struct applying *applying = &importing->applying;
	struct cli *cli = applying->cli;

	if (cli->json)
		printf("{\"created\":%" PRId64 ",\"updated\":%" PRId64 ",\"unchanged\":%" PRId64
		    ",\"leftOut\":%" PRId64 ",\"lastLine\":%" PRId64 "}\n", applying->created,
		    applying->updated, applying->same, importing->left_out, importing->last_good);
	else
		printf("%" PRId64 " created, %" PRId64 " updated, %" PRId64 " unchanged, %" PRId64
		    " left out\n", applying->created, applying->updated, applying->same,
		    importing->left_out);
	if (importing->code != CLI_DONE && importing->last_good > 0)
		cli_say(cli, "stopped: the rows up to line %" PRId64 " are imported, none behind "
		    "it; put the errors right and import the file again, or use --skip-bad",
		    importing->last_good);
	else if (importing->code != CLI_DONE)
		cli_say(cli, "stopped: nothing was imported; put the errors right, or use "
		    "--skip-bad");
}

int
cli_import(struct cli *cli)
{
	struct importing importing = { .applying = { .cli = cli,
		.file = cli->given->operands[0] }, .skip_bad = cli_flag(cli, "skip-bad") };
	struct import_sink sink = { take_row, take_row_error, &importing };
	bool users = strcmp(cli->given->words[1], "users") == 0;
	bool standard = strcmp(importing.applying.file, "-") == 0;
	FILE *file = standard ? stdin : fopen(importing.applying.file, "rb");
	struct import *import;
	struct stat st = { 0 };

	if (file == NULL) {
		cli_say(cli, "%s: %s", importing.applying.file, strerror(errno));
		return CLI_FAILED;
	}
	fstat(fileno(file), &st); /* without it there is no share to show */
	import = import_new(users ? SPAN("user") : SPAN("feedback"), &sink);
	begin_batch(&importing);
	import_file(&importing, import, file, S_ISREG(st.st_mode) ? (int64_t)st.st_size : 0);
	report_import(&importing);
	import_free(&import);
	buf_free(&importing.batch);
	if (!standard)
		fclose(file);
	return importing.code;
}
