/* SPDX-License-Identifier: ISC */
/*
 * settings {}: what earshot.conf sets, as it is in force, a line {"section", "name", "value",
 * "usual", "differs"?, "help"} each. What is secret is "***". It is changed in the file alone.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/settings.h"

static void
put(void *arg, const char *section, const char *name, struct span value, const char *usual,
    const char *help)
{
	struct job *job = arg;
	struct jsonout out = json_to(job->out);

	json_open(&out, '{');
	json_member(&out, "section", span_of(section));
	json_member(&out, "name", span_of(name));
	json_member(&out, "value", value);
	json_member(&out, "usual", span_of(usual));
	if (!span_is(value, usual))
		json_member_bool(&out, "differs", true);
	json_member(&out, "help", span_of(help));
	json_close(&out, '}');
	buf_putc(job->out, '\n');
}

static void
run(struct job *job)
{
	settings_tell(job->arena, job->settings, put, job);
}

const struct command command_settings = {
	.name = "settings", .words = "tell what earshot.conf sets",
	.right = RIGHT_ADMINISTER, .scope = SCOPE_COMMUNITY, .answer = ANSWER_ROWS,
	.run = run,
};
