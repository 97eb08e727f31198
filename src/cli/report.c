/* SPDX-License-Identifier: ISC */
/* Reports as text with bars, JSON, CSV and SVG. */
#include "cli/cli.h"

#include "base/json.h"
#include "report/chart.h"
#include "report/print.h"
#include "report/shown.h"

#include <errno.h>
#include <string.h>

/* Text to the screen; where it shows only ASCII, something like it. */
static void
put_plain(const struct cli *cli, struct span text)
{
	static const struct { const char *from, *to; } alike[] = {
		{ "–", "-" }, { "█", "#" }, { "…", "~" }, { "≥", ">=" }, { "≤", "<=" },
	};

	for (size_t i = 0; i < text.n;) {
		struct span rest = { text.p + i, text.n - i };
		size_t k = 0;

		while (k < 5 && !span_starts(rest, alike[k].from))
			k++;
		if (k < 5 && !cli->screen.utf8) {
			fputs(alike[k].to, stdout);
			i += strlen(alike[k].from);
		} else {
			putchar(text.p[i++]);
		}
	}
}

static void
take_row(void *arg, struct json_object *row)
{
	cli_table_row(arg, row);
}

static int
write_svg(struct cli *cli, const struct shown *shown, const char *path)
{
	FILE *file = cli_create(cli, path);
	struct buf out = { 0 };
	int code = CLI_DONE;

	if (file == NULL)
		return CLI_FAILED;
	chart_svg(&out, shown);
	if (fwrite(out.p, 1, out.n, file) != out.n || (file != stdout && fclose(file) != 0)) {
		cli_say(cli, "%s cannot be written: %s", path, strerror(errno));
		code = CLI_FAILED;
	}
	buf_free(&out);
	return code;
}

static int
show_report(struct cli *cli, struct json_object *report)
{
	const struct shown *shown = shown_new(cli->arena, report);
	const char *svg = cli_option(cli, "svg");
	struct buf out = { 0 };

	if (cli->json) {
		cli_json(stdout, &cli->screen, report);
	} else if (cli_csv(cli)) {
		struct cli_table *table = cli_table_new(stdout, CLI_CSV, &cli->screen, PRINT_ROW);

		print_rows(shown, take_row, table);
		cli_table_end(&table);
	} else if (svg == NULL) {
		print_text(&out, shown, cli->screen.colour);
		put_plain(cli, buf_bytes(&out));
		buf_free(&out);
	}
	return svg != NULL ? write_svg(cli, shown, svg) : CLI_DONE;
}

int
cli_report(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_report), *report;
	int code;

	if (cli->json && cli_csv(cli)) {
		cli_say(cli, "--csv and --json exclude each other");
		return CLI_USAGE;
	}
	cli_set(args, "of", cli->given->operands[0]);
	cli_set(args, "project", cli_option(cli, "project"));
	cli_set(args, "filter", cli_option(cli, "filter"));
	cli_set(args, "by", cli_option(cli, "by"));
	cli_set(args, "number", cli_option(cli, "number"));
	cli_set(args, "period", cli_option(cli, "period"));
	json_set(args, "fields", json_share(cli_items(cli, cli_option(cli, "fields"))));
	code = cli_ask_long(cli, args, "counting", &report);
	return code == CLI_DONE && report != NULL ? show_report(cli, report) : code;
}
