/* SPDX-License-Identifier: ISC */
/* Answers as people and programs want them. */
#include "cli.h"

#include "json.h"
#include "text.h"

#include <string.h>

#define PAGE 500 /* documents of one call of a list */

struct listing {
	struct cli *cli;
	struct cli_table *table;
	struct arena *arena;              /* of one page */
	struct json_object *page[PAGE];
	size_t n;
	char *more;                       /* in the arena of the run, or NULL */
};

static void
take_document(void *arg, struct json_object *object, struct span text)
{
	struct listing *listing = arg;
	struct span more = json_string(object, "more");

	(void)text;
	if (more.n > 0 && !json_has(object, "kind"))
		listing->more = arena_string(listing->cli->arena, more);
	else if (listing->n < PAGE)
		listing->page[listing->n++] = json_keep(listing->arena, object);
}

static void
forget_page(void *arg)
{
	struct listing *listing = arg;

	listing->n = 0;
	listing->more = NULL;
	arena_reset(listing->arena);
}

static bool
choose_format(struct cli *cli, enum cli_format *format_r)
{
	bool csv = cli_flag(cli, "csv"), lines = cli_flag(cli, "jsonl");

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
	struct cli_sink sink = { .line = take_document, .again = forget_page, .arg = listing };
	int64_t left = limit;
	int code;

	do {
		int64_t page = limit > 0 && left < PAGE ? left : PAGE;

		forget_page(listing);
		json_set_int(args, "limit", page);
		code = cli_call(listing->cli, args, &sink);
		for (size_t i = 0; i < listing->n; i++)
			cli_table_row(listing->table, listing->page[i]);
		left -= (int64_t)listing->n;
		cli_set(args, "after", listing->more);
	} while (code == CLI_DONE && listing->more != NULL && (limit == 0 || left > 0));
	return code;
}

int
cli_list(struct cli *cli, struct json_object *args, const char *columns, int64_t usual_limit)
{
	struct listing listing = { .cli = cli };
	int64_t limit = usual_limit;
	enum cli_format format;
	int code;

	if (cli_option(cli, "columns") != NULL)
		columns = cli_option(cli, "columns");
	if (!choose_format(cli, &format) || !cli_number(cli, "limit", &limit))
		return CLI_USAGE;
	listing.arena = arena_new();
	listing.table = cli_table_new(stdout, format, &cli->screen, columns);
	code = list_pages(&listing, args, limit);
	if (code == CLI_DONE)
		cli_table_end(&listing.table);
	else
		cli_table_drop(&listing.table);
	if (code == CLI_DONE && listing.more != NULL && !cli_flag(cli, "limit"))
		cli_say(cli, "there are more than these %lld; see --limit", (long long)limit);
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
	buf_putc(&line, '\n');
	fwrite(line.p, 1, line.n, stdout);
	buf_free(&line);
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
	unsigned wide = cli_width(name);
	unsigned indent = width + 3 + cli_width(span_of(mark));

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
		const char *end = memchr(text.p, '\n', text.n);
		size_t n = end != NULL ? (size_t)(end - text.p) : text.n;

		text_visible(out, (struct span){ text.p, n });
		n += end != NULL;
		text = (struct span){ text.p + n, text.n - n };
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
		unsigned wide = cli_width(json_string(json_at(steps, i), "step"));

		width = wide > width ? wide : width;
	}
	for (size_t i = 0; i < json_count(steps); i++)
		put_step(cli, &out, json_at(steps, i), width);
	fwrite(out.p, 1, out.n, stdout);
	buf_free(&out);
}
