/* SPDX-License-Identifier: ISC */
/* The store in numbers: tables for people, JSON, or text for Prometheus. */
#include "cli/cli.h"

#include "base/json.h"
#include "listen/register.h"

#include <inttypes.h>

/* Rows of one table, collected before it is written. */
struct rows {
	struct cli *cli;
	struct cli_table *table;
	bool any;
};

static struct rows
rows_begin(struct cli *cli, const char *columns)
{
	return (struct rows){ .cli = cli,
		.table = cli_table_new(stdout, CLI_TEXT, &cli->screen, columns) };
}

static void
rows_add(struct rows *rows, struct json_object *row)
{
	cli_table_row(rows->table, row);
	rows->any = true;
}

/* A blank line behind a table, nothing for one without rows. */
static void
rows_end(struct rows *rows)
{
	if (!rows->any) {
		cli_table_drop(&rows->table);
		return;
	}
	cli_table_end(&rows->table);
	putchar('\n');
}

static void
show_objects(struct cli *cli, struct json_object *objects)
{
	struct rows rows = rows_begin(cli, "kind,objects");

	for (size_t i = 0; kinds[i] != NULL; i++) {
		int64_t count = json_integer(objects, kinds[i]->name, 0);
		struct json_object *row = json_new_object(cli->arena);

		if (count == 0)
			continue;
		json_set_text(row, "kind", span_of(kinds[i]->name));
		json_set_int(row, "objects", count);
		rows_add(&rows, row);
	}
	rows_end(&rows);
}

/* A row per outcome, refusals behind what was settled. */
static void
show_outcomes(struct cli *cli, struct json_object *stat)
{
	struct json_object *logged = json_get(stat, "deliveries");
	struct json_object *counts[] = { json_get(logged, "hour"), json_get(logged, "day"),
		json_get(json_get(stat, "owner"), "answered") };
	static const char *const columns[] = { "lastHour", "lastDay", "sinceStart" };
	struct rows rows = rows_begin(cli, "outcome,lastHour,lastDay,sinceStart");

	for (int fault = 0; fault < FAULT__MAX; fault++) {
		const char *code = fault_info((enum fault)fault)->code;
		struct json_object *row = json_new_object(cli->arena);
		int64_t sum = 0;

		json_set_text(row, "outcome", span_of(code));
		for (size_t i = 0; i < 3; i++) {
			json_set_int(row, columns[i], json_integer(counts[i], code, 0));
			sum += json_integer(counts[i], code, 0);
		}
		if (sum > 0)
			rows_add(&rows, row);
	}
	rows_end(&rows);
}

static void
show_listeners(struct cli *cli, struct json_object *stat)
{
	struct json_object *listeners = json_get(stat, "listeners");
	struct rows rows = rows_begin(cli,
	    "listener,deliveries,failed,lastFailure,lastFailureAt,failedQuietly");

	for (size_t i = 0; i < json_count(listeners); i++)
		rows_add(&rows, json_at(listeners, i));
	rows_end(&rows);
	if (json_flag(stat, "listenersCapped", false))
		cli_say(cli, "more listeners had deliveries than these %zu; see \"earshot delivery "
		    "list --listener NAME\"", json_count(listeners));
}

static void
show_rest(struct cli *cli, struct json_object *stat)
{
	static const char *const members[] = { "outbox", "store" };
	struct json_object *rest = json_new_object(cli->arena);
	struct json_object *owner = json_get(stat, "owner"), *post = json_get(stat, "post");
	struct json_object *problems = json_get(stat, "problems");

	for (size_t i = 0; i < 2; i++)
		json_set(rest, members[i], json_share(json_get(stat, members[i])));
	json_set_text(rest, "owner.program", json_string(owner, "program"));
	json_set(rest, "owner.pid", json_share(json_get(owner, "pid")));
	json_set_text(rest, "owner.since", json_string(owner, "since"));
	json_set_text(rest, "post.sentBy", json_has(post, "pid")
	    ? span_of(arena_printf(cli->arena, "pid %" PRId64 ", which asked at %.*s",
	        json_integer(post, "pid", 0), (int)json_string(post, "asked").n,
	        json_string(post, "asked").p))
	    : SPAN("nobody has asked for it since then: run earshotd, or earshot tick by cron"));
	cli_details(stdout, &cli->screen, rest);
	for (size_t i = 0; i < json_count(problems); i++) {
		struct span problem = json_span(json_at(problems, i));

		cli_say(cli, "%.*s", (int)problem.n, problem.p);
	}
}

int
cli_stat(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_stat), *stat;
	int code;

	if (cli_flag(cli, "prometheus")) {
		cli_set(args, "format", "prometheus");
		return cli_pass_on(cli, args);
	}
	code = cli_ask(cli, args, &stat);
	if (code != CLI_DONE)
		return code;
	if (cli->json) {
		cli_json(stdout, &cli->screen, stat);
		return code;
	}
	show_objects(cli, json_get(stat, "objects"));
	show_outcomes(cli, stat);
	show_listeners(cli, stat);
	show_rest(cli, stat);
	return code;
}
