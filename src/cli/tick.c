/* SPDX-License-Identifier: ISC */
/* One round of what earshotd does all the time, for cron: quiet when there was
 * nothing to do. Its own file, since only programs that send link libcurl. */
#include "cli/cli.h"

#include "base/json.h"
#include "base/text.h"
#include "post/courier.h"

#include <inttypes.h>
#include <unistd.h>

/* So long it waits for tasks that go on, until the next round may begin; and between two looks. */
#define TASKS_US (INT64_C(50) * 1000000)
#define TASKS_PAUSE_US 200000

struct ticking {
	struct cli *cli;
	struct json_object *runs;
	bool failed;
};

static void
take_run(void *arg, struct json_object *object, struct span text)
{
	struct ticking *ticking = arg;
	struct span name = json_string(object, "schedule"), detail = json_string(object, "detail");

	(void)text;
	if (name.n == 0)
		return; /* a target that failed: it is told by the number of them */
	ticking->failed = ticking->failed || detail.n > 0;
	if (detail.n > 0)
		cli_say(ticking->cli, "schedule %.*s: %.*s", (int)name.n, name.p, (int)detail.n,
		    detail.p);
	if (ticking->cli->json)
		json_append(ticking->runs, json_share(json_keep(ticking->cli->arena, object)));
	else
		printf("schedule %.*s: %" PRId64 " applied, %" PRId64 " skipped, %" PRId64
		    " failed\n", (int)name.n, name.p, json_integer(object, "applied", 0),
		    json_integer(object, "skipped", 0), json_integer(object, "failed", 0));
}

/* Runs that are told are over; the others go on. */
static void
again(void *arg)
{
	(void)arg;
}

/* Without a daemon this is where tasks go on that a browser has left. */
static void
count_task(void *arg, struct json_object *object, struct span text)
{
	(void)object;
	(void)text;
	++*(int *)arg;
}

static int
wait_for_tasks(struct cli *cli)
{
	int tasks = 0, code = CLI_DONE;
	struct cli_sink sink = { .line = count_task, .again = again, .arg = &tasks };
	int64_t until = text_clock() + TASKS_US;

	do {
		if (tasks > 0)
			usleep(TASKS_PAUSE_US);
		tasks = 0;
		code = cli_call(cli, cli_args(cli, &command_tasks), &sink);
	} while (code == CLI_DONE && tasks > 0 && text_clock() < until);
	return code;
}

static void
tell(struct ticking *ticking, const struct courier_summary *summary)
{
	struct json_object *all = json_new_object(ticking->cli->arena);
	struct json_object *reasons = json_new_array(ticking->cli->arena);

	if (!ticking->cli->json) {
		if (summary->sent + summary->later + summary->dead > 0)
			printf("%" PRId64 " sent, %" PRId64 " to be tried again, %" PRId64
			    " given up", summary->sent, summary->later, summary->dead);
		if (summary->reason_count == 1)
			printf(": %s", summary->reasons[0].why);
		if (summary->sent + summary->later + summary->dead > 0)
			putchar('\n');
		for (size_t i = 0; i < summary->reason_count && summary->reason_count > 1; i++)
			printf("    %" PRId64 ": %s\n", summary->reasons[i].parcels,
			    summary->reasons[i].why);
		return;
	}
	for (size_t i = 0; i < summary->reason_count; i++) {
		struct json_object *reason = json_new_object(ticking->cli->arena);

		json_set_text(reason, "reason", span_of(summary->reasons[i].why));
		json_set_int(reason, "parcels", summary->reasons[i].parcels);
		json_append(reasons, json_share(reason));
	}
	json_set(all, "reasons", json_share(reasons));
	json_set(all, "schedules", json_share(ticking->runs));
	json_set_int(all, "sent", summary->sent);
	json_set_int(all, "later", summary->later);
	json_set_int(all, "dead", summary->dead);
	cli_json(stdout, &ticking->cli->screen, all);
}

int
cli_tick(struct cli *cli)
{
	struct ticking ticking = { .cli = cli, .runs = json_new_array(cli->arena) };
	struct cli_sink runs = { .line = take_run, .again = again, .arg = &ticking,
		.doing = "running schedules" };
	struct cli_sink looked = { .again = again }, nothing = { .again = again, .doing = "tidying" };
	struct courier_summary summary = { 0 };
	struct error error = { 0 };
	int code = cli_call(cli, cli_args(cli, &command_schedule_run), &runs);

	if (code == CLI_DONE)
		code = cli_call(cli, cli_args(cli, &command_watch), &looked);
	/* The post does not wait for a schedule that is in trouble. */
	if (!courier_round(cli->home, &cli->settings, &summary, &error) && code == CLI_DONE)
		code = cli_fail(cli, &error);
	tell(&ticking, &summary);
	if (code == CLI_DONE)
		code = cli_call(cli, cli_args(cli, &command_tidy), &nothing);
	if (code == CLI_DONE)
		code = wait_for_tasks(cli);
	return code == CLI_DONE && ticking.failed ? CLI_FAILED : code;
}
