/* SPDX-License-Identifier: ISC */
/* Management calls run to their end, as the engine does. */
#ifndef EARSHOT_COMMAND_JOB_H
#define EARSHOT_COMMAND_JOB_H

#include "base/buf.h"
#include "base/text.h"
#include "command/command.h"
#include "listen/gate.h"
#include "record/record_scratch.h"

#include <time.h>

struct run {
	struct scratch *store;
	struct arena *arena;
	struct arena *step;
	struct buf out;
	struct gate gate;
	struct job job;
	const struct command *command;
	int steps;
	int64_t longest;  /* step, microseconds of the processor */
	bool again;       /* of the next call, with the id of the last */
};

static inline int64_t
run_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static inline void
run_close(struct run *run)
{
	if (run->arena != NULL) {
		arena_free(&run->arena);
		arena_free(&run->step);
	}
	buf_free(&run->out);
}

/* ' stands for ". Nothing has run yet. */
static inline bool
run_open(struct run *run, struct scratch *store, const char *args)
{
	struct id id = run->again ? run->job.id : id_new(text_now());
	bool again = run->again;
	struct error error = { 0 };
	char *text;

	run_close(run);
	*run = (struct run){ .store = store, .arena = arena_new(), .step = arena_new() };
	text = arena_string(run->arena, span_of(args));
	for (char *p = text; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	run->job = (struct job){ .store = store->store, .settings = &store->settings,
		.arena = run->arena, .scratch = run->step, .id = id, .again = again,
		.now = text_now(), .out = &run->out, .gate = &run->gate };
	run->job.args = json_read(run->arena, span_of(text), &json_limits_document, &error);
	if (run->job.args == NULL)
		printf("Bail out! %s: %s\n", args, error.detail);
	run->command = command_by_name(json_string(run->job.args, "command"));
	return run->command != NULL;
}

static inline bool
run_step(struct run *run)
{
	int64_t began = run_clock(), took;
	enum job_state state = run->command->step(&run->job);

	took = run_clock() - began;
	if (took > run->longest)
		run->longest = took;
	run->steps++;
	arena_reset(run->step);
	return state == JOB_MORE && run->job.error.fault == FAULT_NONE;
}

/* The output with ' for ", behind it "! code" when the job failed. */
static inline const char *
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

static inline const char *
run(struct run *run, struct scratch *store, const char *args)
{
	if (!run_open(run, store, args))
		return "no such command";
	while (run_step(run))
		continue;
	return run_text(run);
}

/* Everything between the parts, which may be anything, is passed over: "a*b". */
static inline bool
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

__attribute__((unused)) static bool
is_like(const char *text, const char *pattern, const char *name)
{
	bool good = ok(text_like(text, pattern), "%s", name);

	if (!good)
		printf("#      got: %s\n# expected: %s\n", text, pattern);
	return good;
}

#endif
