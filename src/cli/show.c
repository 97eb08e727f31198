/* SPDX-License-Identifier: ISC */
/* Answers as people and programs want them. */
#include "cli/cli.h"

#include "base/json.h"
#include "base/text.h"
#include "cli/progress.h"

#include <string.h>

/* Rows are held back until the owner has told where it would go on behind them. */
struct listing {
	struct cli *cli;
	enum cli_format format;
	bool raw;                         /* lines are passed on as the server wrote them */
	struct json_object *args;
	int64_t limit;                    /* 0: none */
	bool limited;                     /* there is more */
	bool checked;                     /* the owner refuses columns that cannot be */
	const char *columns;              /* NULL: not known yet */
	struct cli_table *table;          /* NULL: none yet, or raw */
	struct arena *arena;              /* of the rows held back */
	struct json_object **rows;
	size_t n, room;
	struct buf lines;                 /* raw: the same rows */
	struct buf head;                  /* raw: titles that stand above them */
	bool in_cell;                     /* the line goes on in a cell of CSV */
	int64_t written;
	struct buf again;                 /* arguments that go on behind these */
};

static void
forget_rows(void *arg)
{
	struct listing *listing = arg;

	listing->n = listing->room = listing->lines.n = 0;
	listing->rows = NULL;
	listing->in_cell = false;
	arena_reset(listing->arena);
}

static void
take_document(void *arg, struct json_object *object, struct span text)
{
	struct listing *listing = arg;

	(void)text;
	listing->rows = arena_grow(listing->arena, listing->rows, listing->n, &listing->room,
	    sizeof(struct json_object *));
	listing->rows[listing->n++] = json_keep(listing->arena, object);
}

static void
take_line(void *arg, struct json_object *object, struct span text)
{
	struct listing *listing = arg;

	(void)object;
	if (listing->format == CLI_JSON)
		buf_puts(&listing->lines, listing->written > 0 || listing->n > 0 ? ",\n" : "[\n");
	buf_span(&listing->lines, text);
	if (listing->format != CLI_JSON)
		buf_putc(&listing->lines, '\n');
	for (size_t i = 0; listing->format == CLI_CSV && i < text.n; i++)
		listing->in_cell ^= text.p[i] == '"';
	listing->n += !listing->in_cell;
}

static void
write_rows(struct listing *listing)
{
	if (listing->cli->progress != NULL)
		progress_clear(listing->cli->progress);
	for (size_t i = 0; i < listing->n && !listing->raw; i++)
		cli_table_row(listing->table, listing->rows[i]);
	cli_print(&listing->head);
	cli_print(&listing->lines);
	listing->head.n = 0;
	listing->written += (int64_t)listing->n;
	forget_rows(listing);
}

static void
take_columns(void *arg, struct json_object *columns)
{
	struct listing *listing = arg;
	size_t n = json_count(columns);
	struct span *names;
	struct buf joined = { 0 };

	if (listing->columns != NULL)
		return;
	names = arena_alloc(listing->cli->arena, (n + 1) * sizeof *names);
	for (size_t i = 0; i < n; i++) {
		names[i] = json_span(json_at(columns, i));
		buf_puts(&joined, i > 0 ? "," : "");
		buf_span(&joined, names[i]);
	}
	listing->columns = buf_keep(&joined, listing->cli->arena).p;
	if (!listing->raw)
		listing->table = cli_table_new(stdout, listing->format, &listing->cli->screen,
		    listing->columns);
	else if (listing->format == CLI_CSV)
		text_csv_line(&listing->head, names, n);
}

static struct span
take_place(void *arg, struct span position)
{
	struct listing *listing = arg;

	write_rows(listing);
	json_set_text(listing->args, "after", position);
	if (listing->limit > 0)
		json_set_int(listing->args, "limit", listing->limit - listing->written);
	listing->again.n = 0;
	buf_span(&listing->again, json_write(listing->arena, listing->args));
	return buf_bytes(&listing->again);
}

static void
take_more(void *arg)
{
	((struct listing *)arg)->limited = true;
}

bool
cli_csv(const struct cli *cli)
{
	return cli_flag(cli, "csv") || cli_flag(cli, "spreadsheet");
}

static bool
choose_format(struct cli *cli, enum cli_format *format_r)
{
	bool csv = cli_csv(cli), lines = cli_flag(cli, "jsonl");

	*format_r = csv ? CLI_CSV : lines ? CLI_LINES : cli->json ? CLI_JSON : CLI_TEXT;
	if (csv + lines + cli->json < 2)
		return true;
	cli_say(cli, "--csv, --json and --jsonl exclude each other");
	return false;
}

/* Beside the output, so that who counts its lines counts none. */
static void
tell_empty(struct cli *cli, const struct listing *listing)
{
	static const struct {
		const char *word, *things;
	} plurals[] = {
		{ "delivery", "deliveries" }, { "feedback", "feedback" }, { "outbox", "parcels" },
		{ "apikey", "API keys" }, { "console", "sessions" },
	};
	const char *word = cli->given->words[0], *things;

	if (listing->written > 0 || listing->format != CLI_TEXT)
		return;
	things = strcmp(cli->given->words[1], "log") == 0 ? "runs"
	    : arena_printf(cli->arena, "%ss", word);
	for (size_t i = 0; i < sizeof plurals / sizeof plurals[0]; i++)
		if (strcmp(plurals[i].word, word) == 0)
			things = plurals[i].things;
	cli_note(cli, "no %s", things);
}

/* A column that nobody has may be a slip of the pen. */
static void
tell_blank(struct cli *cli, const struct listing *listing)
{
	size_t from = 0;
	const char *name;

	if (listing->checked || cli_option(cli, "columns") == NULL || listing->table == NULL ||
	    listing->written == 0 || (listing->format != CLI_TEXT && listing->format != CLI_CSV))
		return;
	while ((name = cli_table_blank(listing->table, &from)) != NULL)
		cli_note(cli, "nothing in this list has \"%s\"; --json shows what it has", name);
}

/* All of it, up to the limit. */
static int
list_all(struct listing *listing)
{
	struct cli *cli = listing->cli;
	struct cli_sink sink = { .line = listing->raw ? take_line : take_document,
		.again = forget_rows, .more = take_more, .columns = take_columns,
		.place = take_place, .arg = listing, .raw = listing->raw, .doing = "reading" };
	int code;

	listing->arena = arena_new();
	json_set_bool(listing->args, "places", true);
	if (listing->limit > 0)
		json_set_int(listing->args, "limit", listing->limit);
	code = cli_call(cli, listing->args, &sink);
	if (code == CLI_DONE) {
		write_rows(listing);
		if (listing->raw && listing->format == CLI_JSON)
			fputs(listing->written > 0 ? "\n]\n" : "[]\n", stdout);
		tell_blank(cli, listing);
		cli_table_end(&listing->table);
		tell_empty(cli, listing);
	}
	cli_table_drop(&listing->table);
	buf_free(&listing->head);
	buf_free(&listing->lines);
	buf_free(&listing->again);
	arena_free(&listing->arena);
	return code;
}

int
cli_list(struct cli *cli, struct json_object *args, const char *columns, int64_t usual_limit)
{
	struct listing listing = { .cli = cli, .args = args, .limit = usual_limit };
	int code;

	listing.columns = cli_option(cli, "columns") != NULL ? cli_option(cli, "columns") : columns;
	if (!choose_format(cli, &listing.format) || !cli_number(cli, "limit", &listing.limit))
		return CLI_USAGE;
	listing.table = cli_table_new(stdout, listing.format, &cli->screen, listing.columns);
	code = list_all(&listing);
	if (code == CLI_DONE && listing.limited && !cli_flag(cli, "limit"))
		cli_say(cli, "there are more than these %lld; see --limit",
		    (long long)listing.limit);
	return code;
}

int
cli_select(struct cli *cli, struct json_object *args, const char *usual)
{
	struct listing listing = { .cli = cli, .args = args, .checked = true };
	const char *chosen = cli_option(cli, "columns");

	if (!choose_format(cli, &listing.format) || !cli_number(cli, "limit", &listing.limit))
		return CLI_USAGE;
	/* What no eye sees goes through as the server wrote it. */
	listing.raw = !cli->screen.terminal && listing.format != CLI_TEXT &&
	    !cli->screen.spreadsheet && !cli->screen.safe_integers;
	if (chosen != NULL)
		json_set(args, "columns", json_share(cli_items(cli, chosen)));
	else if (listing.format == CLI_TEXT || listing.format == CLI_CSV)
		json_set(args, "usual", json_share(cli_items(cli, usual)));
	json_set_text(args, "rows", listing.raw && listing.format == CLI_CSV ? SPAN("csv")
	    : SPAN("json"));
	json_set_bool(args, "progress", !listing.raw);
	return list_all(&listing);
}

void
cli_show(struct cli *cli, struct json_object *document)
{
	if (cli->json)
		cli_json(stdout, &cli->screen, document);
	else
		cli_details(stdout, &cli->screen, document);
}

static void
put_member(struct buf *out, struct json_object *object, const char *member)
{
	text_visible(out, json_string(object, member));
}

void
cli_result(struct cli *cli, struct json_object *result)
{
	struct span warning = json_string(result, "warning");
	struct buf line = { 0 };

	if (cli->json) {
		cli_json(stdout, &cli->screen, result);
		return;
	}
	if (warning.n > 0)
		cli_say(cli, "warning: %.*s", (int)warning.n, warning.p);
	put_member(&line, result, "kind");
	buf_putc(&line, ' ');
	/* Of the one setting there is no other name. */
	if (!span_eq(json_string(result, "name"), json_string(result, "kind"))) {
		put_member(&line, result, "name");
		buf_putc(&line, ' ');
	}
	if (span_is(json_string(result, "result"), "same"))
		buf_puts(&line, "unchanged");
	else if (span_is(json_string(result, "result"), "repeated"))
		buf_puts(&line, "stored by a call whose answer was lost");
	else
		put_member(&line, result, "result");
	cli_line(&line);
}

void
cli_print(const struct buf *text)
{
	if (text->n > 0)
		fwrite(text->p, 1, text->n, stdout);
}

void
cli_line(struct buf *line)
{
	buf_putc(line, '\n');
	fwrite(line->p, 1, line->n, stdout);
	buf_free(line);
}

struct verdict {
	const char *name, *mark, *plain, *colour;
};

static const struct verdict *
verdict_of(struct json_object *step)
{
	static const struct verdict verdicts[] = {
		{ "ok", "✓", "ok  ", "\x1b[32m" },
		{ "skipped", "–", "skip", "\x1b[2m" },
		{ "failed", "✗", "FAIL", "\x1b[31m" },
	};

	for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++)
		if (span_is(json_string(step, "verdict"), verdicts[i].name))
			return &verdicts[i];
	return &verdicts[1];
}

static void
put_step(const struct cli *cli, struct buf *out, struct json_object *step, unsigned width)
{
	const struct verdict *verdict = verdict_of(step);
	const char *mark = cli->screen.utf8 ? verdict->mark : verdict->plain;
	struct span name = json_string(step, "step"), text = json_string(step, "text");
	unsigned wide = text_width(name);
	unsigned indent = width + 3 + text_width(span_of(mark));

	if (cli->screen.colour)
		buf_puts(out, verdict->colour);
	buf_puts(out, mark);
	if (cli->screen.colour)
		buf_puts(out, "\x1b[0m");
	buf_putc(out, ' ');
	text_visible(out, name);
	if (text.n > 0)
		buf_printf(out, "%*s", (int)(width > wide ? width - wide : 0) + 2, "");
	while (text.n > 0) {
		text_visible(out, text_cut(&text, '\n'));
		if (text.n > 0)
			buf_printf(out, "\n%*s", (int)indent, "");
	}
	buf_putc(out, '\n');
}

void
cli_steps(struct cli *cli, struct json_object *steps)
{
	struct buf out = { 0 };
	unsigned width = 0;

	for (size_t i = 0; i < json_count(steps); i++) {
		unsigned wide = text_width(json_string(json_at(steps, i), "step"));

		width = wide > width ? wide : width;
	}
	for (size_t i = 0; i < json_count(steps); i++)
		put_step(cli, &out, json_at(steps, i), width);
	fwrite(out.p, 1, out.n, stdout);
	buf_free(&out);
}

/* "would be applied", "would be refused with unknown-target: …" */
static void
tell_outcome(struct json_object *answer, bool settled)
{
	struct span would = json_string(answer, "would"), detail = json_string(answer, "detail");
	struct buf line = { 0 };

	buf_puts(&line, settled ? "would be " : "would be refused with ");
	text_visible(&line, would);
	if (detail.n > 0)
		buf_puts(&line, ": ");
	text_visible(&line, detail);
	cli_line(&line);
}

int
cli_tried(struct cli *cli, struct json_object *answer)
{
	enum fault would = fault_by_code(arena_string(cli->arena, json_string(answer, "would")));

	if (cli->json) {
		cli_json(stdout, &cli->screen, answer);
	} else {
		cli_steps(cli, json_get(answer, "steps"));
		tell_outcome(answer, fault_info(would)->settled);
	}
	return fault_info(would)->settled ? CLI_DONE : CLI_FAILED;
}
