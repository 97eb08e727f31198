/* SPDX-License-Identifier: ISC */
/*
 * attention {"project"?, "limit"?, "after"?}: what needs a person, one object:
 * {"conditions": [as attention_tell()], "more"?: the position to go on after, "over": [what
 * became well again within a day], "looked"?: when the watch did, "mail"?: why nobody is
 * written to, "group"?: for administrators, command_tell_group()}. project: only what is of that project.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/settings.h"
#include "listen/attention.h"
#include "listen/gate.h"

#define CONDITIONS_MAX 1000
#define CONDITIONS_USUAL 100
#define OVER_MAX 100
#define DAY_US (INT64_C(86400) * 1000000)

/* A key concerns those, too, whose listeners need it. */
static bool
may_read(const struct job *job, const struct condition *condition)
{
	struct span projects = condition->projects;

	while (projects.n > 0)
		if (command_may_read_of(job, doc_name(job->scratch, text_cut(&projects, ','),
		        SPAN("x"))))
			return true;
	return command_may_read_of(job, condition_project(condition).n > 0 ? condition->subject
	                                                                   : SPAN("x"));
}

/* The operator of the store, too. */
static bool
is_admin(const struct job *job)
{
	return job->actor == NULL || job->actor->role == ACTOR_ADMIN;
}

static bool
is_wanted(const struct job *job, const struct condition *condition, struct span project)
{
	return (project.n == 0 || span_eq(condition_project(condition), project)) &&
	    may_read(job, condition);
}

/* Only what stands has a position; of what is seen there is little, on the first page. */
static void
tell_lasting(struct txn *txn, struct job *job, struct jsonout *out, int64_t limit,
    struct command_position *position)
{
	struct attention_list list = { .counters = &job->gate->counters, .now = job->now,
		.live = position->n > 0 ? CONDITION__MAX : 0,
		.after = command_position(position) };
	struct span project = json_string(job->args, "project"), more = SPAN("");
	struct condition condition;
	int64_t count = 0;

	json_key(out, "conditions");
	json_open(out, '[');
	while (attention_next(txn, &list, &condition)) {
		if (!is_wanted(job, &condition, project))
			continue;
		if (count++ == limit) {
			more = command_position_text(job, command_position(position));
			break;
		}
		attention_tell(txn, out, &condition, is_admin(job));
		command_position_set(position, list.after);
	}
	json_close(out, ']');
	if (more.n > 0)
		json_member(out, "more", more);
}

static void
tell_over(struct txn *txn, struct job *job, struct jsonout *out)
{
	struct attention_list list = { .now = job->now };
	struct span project = json_string(job->args, "project");
	struct condition condition;
	int count = 0;

	json_key(out, "over");
	json_open(out, '[');
	while (count < OVER_MAX && attention_next_over(txn, &list, DAY_US, &condition))
		if (is_wanted(job, &condition, project)) {
			attention_tell(txn, out, &condition, is_admin(job));
			count++;
		}
	json_close(out, ']');
}

static void
attention(struct txn *txn, struct job *job)
{
	struct jsonout out = json_to(job->out);
	struct command_position *position = arena_alloc(job->arena, sizeof *position);
	char text[TEXT_TIME_SIZE];
	int64_t limit;

	if (!command_limit(job, &limit) || !command_position_read(job, position))
		return;
	if (limit == 0)
		limit = CONDITIONS_USUAL;
	json_open(&out, '{');
	tell_lasting(txn, job, &out, limit < CONDITIONS_MAX ? limit : CONDITIONS_MAX, position);
	tell_over(txn, job, &out);
	if (condition_looked(txn) != 0)
		json_member(&out, "looked", span_of(text_time_write(condition_looked(txn), text)));
	if (job->settings->mail_url.n == 0 || job->settings->mail_from.n == 0)
		json_member(&out, "mail", SPAN("nobody is written to: [mail] url and from are not set "
		    "in earshot.conf"));
	if (is_admin(job) && json_string(job->args, "project").n == 0)
		command_tell_group(txn, &out);
	json_close(&out, '}');
	buf_putc(job->out, '\n');
}

const struct command command_attention = {
	.name = "attention", .words = "tell what needs a hand, and what explains it",
	.right = RIGHT_READ, .scope = SCOPE_ROWS, .answer = ANSWER_ONE,
	.mode = STORE_READ, .body = attention,
};
