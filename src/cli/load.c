/* SPDX-License-Identifier: ISC */
/* import: rows are gathered and applied a batch at a time. */
#include "cli/cli.h"

#include "base/json.h"
#include "cli/changes.h"
#include "record/import.h"
#include "cli/progress.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BATCH 500          /* rows in one transaction */
#define READ_BYTES 65536

/* How often a member of what is stored already would change. */
struct tally {
	const char *member;      /* JSON Pointer, in the arena of the run */
	int64_t set, cleared;
};

struct importing {
	struct cli *cli;
	const char *file;        /* as errors name it */
	struct cli_counts counts;
	struct tally *tallies;   /* of a dry run */
	size_t tally_count;
	struct buf batch;        /* the documents of the call so far */
	size_t rows;             /* in it */
	size_t lines[BATCH];
	bool bad[BATCH];
	int64_t left_out, last_good;
	int64_t after;           /* the line to go on behind, 0: all are imported */
	int64_t unsure;          /* the last line of a batch that was not answered, 0: all were */
	bool skip_bad, dry;
	bool unreadable;         /* the rest of the file: no row could be passed over */
	int code;
};

static void
count_member(struct importing *importing, struct span member, bool cleared)
{
	size_t i = 0;

	while (i < importing->tally_count &&
	    !span_is(member, importing->tallies[i].member))
		i++;
	if (i == importing->tally_count) {
		importing->tallies = realloc(importing->tallies,
		    (i + 1) * sizeof *importing->tallies);
		if (importing->tallies == NULL)
			abort();
		importing->tallies[i] = (struct tally){
			.member = arena_string(importing->cli->arena, member) };
		importing->tally_count++;
	}
	importing->tallies[i].set += !cleared;
	importing->tallies[i].cleared += cleared;
}

static void
take_result(void *arg, struct json_object *object, struct span text)
{
	struct importing *importing = arg;
	struct json_object *changes = json_get(object, "changes");

	(void)text;
	cli_count(&importing->counts, object);
	for (size_t i = 0; i < json_count(changes); i++)
		count_member(importing, json_string(json_at(changes, i), "member"),
		    json_get(json_at(changes, i), "after") == NULL);
}

static void
row_is_bad(void *arg, struct json_object *object)
{
	struct importing *importing = arg;
	int64_t line = json_integer(object, "line", 0);

	cli_complain(importing->cli, importing->file, object);
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
}

static int
call(struct importing *importing, struct span documents)
{
	struct cli_sink sink = { .line = take_result, .complaint = row_is_bad,
		.arg = importing, .quiet = true };
	struct buf args = { 0 };
	int code;

	buf_printf(&args, "{\"command\":\"apply\",%s,\"from\":%s,\"documents\":[", importing->dry
	    ? "\"dryRun\":true,\"changes\":true" : "\"counts\":true",
	    arena_string(importing->cli->arena, json_write(importing->cli->arena,
	    cli_from(importing->cli, "import"))));
	buf_span(&args, documents);
	buf_puts(&args, "]}");
	code = cli_call_text(importing->cli, buf_bytes(&args), &sink);
	buf_free(&args);
	return code;
}

static size_t
bad_rows(const struct importing *importing)
{
	size_t n = 0;

	for (size_t i = 0; i < importing->rows; i++)
		n += importing->bad[i];
	return n;
}

/* The batch without its bad rows, from the text of the first try. */
static int
call_without_bad(struct importing *importing)
{
	struct arena *arena = arena_new();
	struct error error = { 0 };
	struct buf list = { 0 }, rest = { 0 };
	struct json_object *documents;
	int code;

	buf_putc(&list, '[');
	buf_span(&list, buf_bytes(&importing->batch));
	buf_putc(&list, ']');
	documents = json_read(arena, buf_bytes(&list), &json_limits_document, &error);
	for (size_t i = 0; i < json_count(documents); i++) {
		if (importing->bad[i])
			continue;
		if (rest.n > 0)
			buf_putc(&rest, ',');
		buf_span(&rest, json_number_text(json_at(documents, i)));
	}
	code = call(importing, buf_bytes(&rest));
	buf_free(&list);
	buf_free(&rest);
	arena_free(&arena);
	return code;
}

static void
apply_batch(struct importing *importing)
{
	struct cli_counts before = importing->counts;
	size_t known = 0;

	if (importing->rows == 0 || importing->code != CLI_DONE)
		return;
	importing->code = call(importing, buf_bytes(&importing->batch));
	/* What one try refuses for its shape, the next may refuse for what it names. */
	while (importing->code == CLI_FAILED && importing->skip_bad && known < bad_rows(importing)) {
		known = bad_rows(importing);
		importing->counts = before;
		importing->code = call_without_bad(importing);
	}
	importing->left_out += (int64_t)known;
	if (importing->code == CLI_DONE)
		importing->last_good = (int64_t)importing->lines[importing->rows - 1];
	else if (!importing->dry && importing->code != CLI_FAILED && importing->code != CLI_USAGE)
		importing->unsure = (int64_t)importing->lines[importing->rows - 1];
	begin_batch(importing);
}

static void
take_row(void *arg, size_t line, struct span json)
{
	struct importing *importing = arg;

	if (importing->code != CLI_DONE || (int64_t)line <= importing->after)
		return; /* the rest of what was read at once; what was imported before */
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

	cli_note(importing->cli, "%s:%zu: %s", importing->file, line, sentence);
	/* Known before; what makes the rest unreadable ends it all the same. */
	if ((int64_t)line <= importing->after)
		return;
	/* Else it ends here, and nothing behind it was looked at. */
	importing->left_out += importing->skip_bad;
	if (!importing->skip_bad && importing->code == CLI_DONE)
		importing->code = CLI_FAILED;
}

static void
take_note(void *arg, size_t line, const char *sentence)
{
	struct importing *importing = arg;

	cli_note(importing->cli, "%s:%zu: %s", importing->file, line, sentence);
}

static void
import_file(struct importing *importing, struct import *import, FILE *file, int64_t size)
{
	struct cli *cli = importing->cli;
	struct progress progress;
	char bytes[READ_BYTES];
	int64_t done = 0;
	size_t n;

	progress_start(&progress, importing->dry ? "comparing" : "importing", PROGRESS_BYTES,
	    size, cli_screen(2).utf8);
	cli->progress = &progress;
	while (importing->code == CLI_DONE && !importing->unreadable &&
	    (n = fread(bytes, 1, sizeof bytes, file)) > 0) {
		importing->unreadable = !import_feed(import, (struct span){ bytes, n });
		done += (int64_t)n;
		progress_set(&progress, done);
	}
	if (ferror(file)) {
		cli_say(cli, "%s: %s", importing->file, strerror(errno));
		importing->code = CLI_FAILED;
	}
	if (importing->code == CLI_DONE && !importing->unreadable)
		importing->unreadable = !import_end(import);
	apply_batch(importing);
	if (importing->unreadable && importing->code == CLI_DONE)
		importing->code = CLI_FAILED;
	progress_clear(&progress);
	cli->progress = NULL;
}

static void
print_tallies(const struct importing *importing)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < importing->tally_count; i++) {
		const struct tally *tally = &importing->tallies[i];

		buf_puts(&out, "  ");
		cli_member_name(&out, span_of(tally->member));
		buf_printf(&out, ": %" PRId64 " changed", tally->set);
		if (tally->cleared > 0)
			buf_printf(&out, ", %" PRId64 " cleared", tally->cleared);
		buf_putc(&out, '\n');
	}
	cli_print(&out);
	buf_free(&out);
}

static void
print_json(const struct importing *importing)
{
	const struct cli_counts *counts = &importing->counts;
	struct buf out = { 0 };
	struct jsonout json = json_to(&out);

	json_open(&json, '{');
	json_member_int(&json, "created", counts->created);
	json_member_int(&json, "updated", counts->updated);
	json_member_int(&json, "unchanged", counts->same);
	if (counts->repeated > 0)
		json_member_int(&json, "repeated", counts->repeated);
	json_member_int(&json, "leftOut", importing->left_out);
	json_member_int(&json, "lastLine", importing->last_good);
	if (importing->unsure > 0)
		json_member_int(&json, "unsureLine", importing->unsure);
	if (importing->dry) {
		json_key(&json, "members");
		json_open(&json, '{');
		for (size_t i = 0; i < importing->tally_count; i++) {
			json_key_span(&json, span_of(importing->tallies[i].member));
			json_open(&json, '{');
			json_member_int(&json, "changed", importing->tallies[i].set);
			json_member_int(&json, "cleared", importing->tallies[i].cleared);
			json_close(&json, '}');
		}
		json_close(&json, '}');
	}
	json_close(&json, '}');
	cli_line(&out);
}

/* Its batch was carried out as a whole, or not at all: nobody has said which. */
static void
report_unsure(const struct importing *importing)
{
	/* Behind the names of columns, when it was the first. */
	int64_t sure = importing->last_good > 0 ? importing->last_good : 1;
	int64_t unsure = importing->unsure;

	cli_say(importing->cli, "stopped, since no answer came: the rows up to line %" PRId64 " are "
	    "imported; of those behind it, up to line %" PRId64 ", either all or none, and none behind "
	    "these. Look whether one of them is there; import the file again with --after %" PRId64
	    " if it is, else with --after %" PRId64, sure, unsure, unsure, sure);
}

static void
report_import(const struct importing *importing)
{
	const struct cli_counts *counts = &importing->counts;
	struct cli *cli = importing->cli;
	const char *advice = importing->unreadable ? "put the error right"
	    : "put the errors right, or use --skip-bad";

	if (cli->json) {
		print_json(importing);
	} else {
		printf("%" PRId64 " created, %" PRId64 " updated, %" PRId64 " unchanged%s, %" PRId64
		    " left out%s\n", counts->created, counts->updated, counts->same,
		    cli_repeated(cli->arena, counts), importing->left_out, importing->dry
		    ? " (dry run: nothing was changed)" : "");
		print_tallies(importing);
	}
	if (importing->code == CLI_DONE)
		return;
	if (importing->unsure > 0)
		report_unsure(importing);
	else if (importing->dry && importing->last_good > 0)
		cli_say(cli, "stopped: the rows up to line %" PRId64 " are compared, none behind it; %s, "
		    "and import the file again", importing->last_good, advice);
	else if (importing->last_good > 0)
		cli_say(cli, "stopped: the rows up to line %" PRId64 " are imported, none behind it; %s, "
		    "and import the rest with --after %" PRId64, importing->last_good, advice,
		    importing->last_good);
	else
		cli_say(cli, "stopped: nothing was imported; %s", advice);
}

static void
importing_free(struct importing *importing)
{
	free(importing->tallies);
	buf_free(&importing->batch);
}

int
cli_import(struct cli *cli)
{
	const char *path = cli->given->operands[0];
	struct importing importing = { .cli = cli, .file = cli_file_name(path),
		.skip_bad = cli_flag(cli, "skip-bad"), .dry = cli_flag(cli, "dry-run") };
	struct import_options options = {
		.sink = { .document = take_row, .error = take_row_error, .note = take_note,
		    .arg = &importing },
		.encoding = cli_option(cli, "encoding"),
		.clear_empty = cli_flag(cli, "clear-empty") };
	bool users = strcmp(cli->given->words[1], "users") == 0;
	struct error error = { 0 };
	struct import *import = import_new(users ? SPAN("user") : SPAN("feedback"), &options,
	    &error);
	struct stat st = { 0 };
	FILE *file;

	if (import == NULL)
		return cli_fail(cli, &error);
	if (!cli_number(cli, "after", &importing.after)) {
		import_free(&import);
		return CLI_USAGE;
	}
	importing.last_good = importing.after;
	file = cli_open(cli, path);
	if (file == NULL) {
		import_free(&import);
		return CLI_FAILED;
	}
	fstat(fileno(file), &st); /* without it there is no share to show */
	begin_batch(&importing);
	import_file(&importing, import, file, S_ISREG(st.st_mode) ? (int64_t)st.st_size : 0);
	report_import(&importing);
	import_free(&import);
	importing_free(&importing);
	if (file != stdin)
		fclose(file);
	return importing.code;
}
