/* SPDX-License-Identifier: ISC */
#include "command/job.h"

#include "base/coroutine.h"
#include "listen/pulse.h"

static struct coroutine_pool *pool;

void
run_close(struct run *run)
{
	while (run->stack != NULL && !coroutine_resume(&run->stack))
		error_set(&run->job.error, FAULT_BUSY, "the test has seen enough");
	if (run->arena != NULL) {
		arena_free(&run->arena);
		arena_free(&run->step);
		arena_free(&run->gate.arena);
		pulse_free(&run->gate.pulse);
	}
	buf_free(&run->out);
}

static void
run_pause(struct job *job)
{
	coroutine_pause(((struct run *)job->pauser)->stack);
}

static void
run_all(void *arg)
{
	struct run *run = arg;

	command_do(run->command, &run->job);
}

static void
pool_end(void)
{
	coroutine_pool_free(&pool);
}

bool
run_open(struct run *run, struct scratch *store, const char *args)
{
	struct id id = run->again ? run->job.id : id_new(text_now());
	bool again = run->again;
	const char *as = run->as;
	bool web = run->web;
	struct error error = { 0 };
	char *text;

	run_close(run);
	*run = (struct run){ .store = store, .arena = arena_new(), .step = arena_new(), .as = as,
		.web = web };
	run->gate = (struct gate){ .store = store->store, .settings = &store->settings,
		.arena = arena_new(), .pulse = pulse_new() };
	text = arena_string(run->arena, span_of(args));
	for (char *p = text; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	run->job = (struct job){ .store = store->store, .settings = &store->settings,
		.arena = run->arena, .scratch = run->step, .id = id, .again = again,
		.rights = web ? RIGHTS_WEB : RIGHTS_ALL,
		.on_behalf = span_of(as != NULL ? as : ""), .now = text_now(), .out = &run->out,
		.gate = &run->gate };
	run->job.args = json_read(run->arena, span_of(text), &json_limits_document, &error);
	if (run->job.args == NULL)
		printf("Bail out! %s: %s\n", args, error.detail);
	run->command = command_by_name(json_string(run->job.args, "command"));
	if (pool == NULL) {
		pool = coroutine_pool_new();
		atexit(pool_end);
	}
	run->job.pause = run_pause;
	run->job.pauser = run;
	if (run->command != NULL)
		run->stack = coroutine_new(pool, run_all, run);
	return run->stack != NULL;
}

bool
run_step(struct run *run)
{
	run->steps++;
	return !coroutine_resume(&run->stack);
}

const char *
run_text(struct run *run)
{
	const struct error *error = &run->job.error;

	if (error->fault != FAULT_NONE)
		buf_printf(&run->out, "! %s: %s\n", fault_info(error->fault)->code,
		    error->detail);
	buf_putc(&run->out, '\0');
	for (char *p = run->out.p; *p != '\0'; p++)
		if (*p == '"')
			*p = '\'';
	return run->out.p;
}

const char *
run(struct run *run, struct scratch *store, const char *args)
{
	if (!run_open(run, store, args))
		return "no such command";
	while (run_step(run))
		continue;
	return run_text(run);
}

bool
text_like(const char *text, const char *pattern)
{
	const char *star = NULL, *resume = text;

	while (*text != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			resume = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

bool
is_like(const char *text, const char *pattern, const char *name)
{
	bool good = ok(text_like(text, pattern), "%s", name);

	if (!good)
		printf("#      got: %s\n# expected: %s\n", text, pattern);
	return good;
}
