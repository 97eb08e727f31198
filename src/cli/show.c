/* SPDX-License-Identifier: ISC */
/* Answers as people and programs want them. */
#include "cli/cli.h"

#include "base/json.h"
#include "base/text.h"
#include "community/select.h"

#include <string.h>

#define PAGE 500      /* documents of one call of a list */
#define RAW_PAGE 5000 /* lines that are only passed on */

struct listing {
	struct cli *cli;
	struct cli_table *table;          /* NULL: lines are passed on */
	enum cli_format format;
	struct arena *arena;              /* of one page */
	struct json_object *page[PAGE];
	struct buf lines;                 /* of one page, as they came */
	size_t n;
	bool in_cell;                     /* the line goes on in a cell of CSV */
	struct buf head;                  /* to be written before the first one */
	bool begun;                       /* something was written */
	char *more;                       /* in the arena of the run, or NULL */
};

static void
take_document(void *arg, struct json_object *object, struct span text)
{
	struct listing *listing = arg;

	(void)text;
	if (listing->n < PAGE)
		listing->page[listing->n++] = json_keep(listing->arena, object);
}

static void
take_more(void *arg, struct span position)
{
	struct listing *listing = arg;

	listing->more = arena_string(listing->cli->arena, position);
}

static void
take_line(void *arg, struct json_object *object, struct span text)
{
	struct listing *listing = arg;

	(void)object;
	if (listing->format == CLI_JSON && (listing->begun || listing->n > 0))
		buf_puts(&listing->lines, ",\n");
	buf_span(&listing->lines, text);
	if (listing->format != CLI_JSON)
		buf_putc(&listing->lines, '\n');
	for (size_t i = 0; listing->format == CLI_CSV && i < text.n; i++)
		listing->in_cell ^= text.p[i] == '"';
	listing->n += !listing->in_cell;
}

static void
forget_page(void *arg)
{
	struct listing *listing = arg;

	listing->n = listing->lines.n = 0;
	listing->in_cell = false;
	listing->more = NULL;
	arena_reset(listing->arena);
}

static void
write_page(struct listing *listing)
{
	for (size_t i = 0; i < listing->n && listing->table != NULL; i++)
		cli_table_row(listing->table, listing->page[i]);
	if (listing->n == 0 && listing->format != CLI_CSV)
		return;
	if (!listing->begun && listing->head.n > 0)
		fwrite(listing->head.p, 1, listing->head.n, stdout);
	if (listing->lines.n > 0)
		fwrite(listing->lines.p, 1, listing->lines.n, stdout);
	listing->begun = true;
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

/* All pages up to the limit; 0 is no limit. */
static int
list_pages(struct listing *listing, struct json_object *args, int64_t limit)
{
	bool raw = listing->table == NULL;
	struct cli_sink sink = { .line = raw ? take_line : take_document,
		.again = forget_page, .more = take_more, .arg = listing, .raw = raw, .doing = "reading" };
	int64_t left = limit, most = raw ? RAW_PAGE : PAGE;
	int code;

	do {
		forget_page(listing);
		json_set_int(args, "limit", limit > 0 && left < most ? left : most);
		code = cli_call(listing->cli, args, &sink);
		if (code == CLI_DONE)
			write_page(listing);
		left -= (int64_t)listing->n;
		cli_set(args, "after", listing->more);
	} while (code == CLI_DONE && listing->more != NULL && (limit == 0 || left > 0));
	return code;
}

static void
tell_rest(struct cli *cli, const struct listing *listing, int64_t limit)
{
	if (listing->more != NULL && !cli_flag(cli, "limit"))
		cli_say(cli, "there are more than these %lld; see --limit", (long long)limit);
}

int
cli_list(struct cli *cli, struct json_object *args, const char *columns, int64_t usual_limit)
{
	struct listing listing = { .cli = cli };
	int64_t limit = usual_limit;
	int code;

	if (cli_option(cli, "columns") != NULL)
		columns = cli_option(cli, "columns");
	if (!choose_format(cli, &listing.format) || !cli_number(cli, "limit", &limit))
		return CLI_USAGE;
	listing.arena = arena_new();
	listing.table = cli_table_new(stdout, listing.format, &cli->screen, columns);
	code = list_pages(&listing, args, limit);
	if (code == CLI_DONE) {
		cli_table_end(&listing.table);
		tell_rest(cli, &listing, limit);
	} else {
		cli_table_drop(&listing.table);
	}
	arena_free(&listing.arena);
	return code;
}

/* Titles of CSV, the bracket of JSON. */
static void
make_head(struct listing *listing, struct json_object *columns)
{
	struct span *names = arena_alloc(listing->arena,
	    (json_count(columns) + 1) * sizeof *names);

	for (size_t i = 0; i < json_count(columns); i++)
		names[i] = json_span(json_at(columns, i));
	if (listing->format == CLI_CSV)
		text_csv_line(&listing->head, names, json_count(columns));
	else if (listing->format == CLI_JSON)
		buf_puts(&listing->head, "[\n");
}

/* What no eye sees goes through as the server wrote it. */
static int
select_raw(struct listing *listing, struct json_object *args, struct json_object *columns,
    int64_t limit)
{
	int code;

	make_head(listing, columns);
	code = list_pages(listing, args, limit);
	if (code == CLI_DONE && listing->format == CLI_JSON)
		fputs(listing->begun ? "\n]\n" : "[]\n", stdout);
	return code;
}

/* The columns of the view, if it has some. */
static int
view_columns(struct cli *cli, struct json_object *args, const char **names)
{
	struct json_object *plan, *columns;
	struct buf joined = { 0 };
	int code;

	json_set_bool(args, "explain", true);
	code = cli_ask(cli, args, &plan);
	json_del(args, "explain");
	columns = json_get(plan, "columns");
	for (size_t i = 0; i < json_count(columns); i++) {
		buf_puts(&joined, i > 0 ? "," : "");
		buf_span(&joined, json_span(json_at(columns, i)));
	}
	if (joined.n > 0)
		*names = arena_string(cli->arena, buf_bytes(&joined));
	buf_free(&joined);
	return code;
}

int
cli_select(struct cli *cli, struct json_object *args, const char *usual)
{
	const char *chosen = cli_option(cli, "columns"), *names = usual;
	struct listing listing = { .cli = cli };
	struct json_object *columns;
	int64_t limit = 0;
	bool documents, raw;
	int code = CLI_DONE;

	if (chosen == NULL && cli_option(cli, "view") != NULL)
		code = view_columns(cli, args, &chosen);
	if (code != CLI_DONE)
		return code;
	if (chosen != NULL)
		names = chosen;
	columns = cli_items(cli, names);
	if (!choose_format(cli, &listing.format) || !cli_number(cli, "limit", &limit))
		return CLI_USAGE;
	raw = !cli->screen.terminal && listing.format != CLI_TEXT &&
	    !cli->screen.spreadsheet && !cli->screen.safe_integers;
	documents = chosen == NULL && (listing.format == CLI_JSON || listing.format == CLI_LINES);
	json_set_text(args, "rows", documents ? SPAN("documents")
	    : raw && listing.format == CLI_CSV ? SPAN("csv") : SPAN("json"));
	if (!documents)
		json_set(args, "columns", json_share(columns));
	json_set_bool(args, "progress", !raw);
	listing.arena = arena_new();
	if (!raw)
		listing.table = cli_table_new(stdout, listing.format, &cli->screen, names);
	code = raw ? select_raw(&listing, args, columns, limit)
	    : list_pages(&listing, args, limit);
	if (code == CLI_DONE)
		cli_table_end(&listing.table);
	else
		cli_table_drop(&listing.table);
	buf_free(&listing.head);
	buf_free(&listing.lines);
	arena_free(&listing.arena);
	return code;
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
	struct buf line = { 0 };

	if (cli->json) {
		cli_json(stdout, &cli->screen, result);
		return;
	}
	put_member(&line, result, "kind");
	buf_putc(&line, ' ');
	put_member(&line, result, "name");
	buf_putc(&line, ' ');
	if (span_is(json_string(result, "result"), "same"))
		buf_puts(&line, "unchanged");
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
