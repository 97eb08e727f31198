/* SPDX-License-Identifier: ISC */
/*
 * listener-describe {"listener", "base"?, "person"?}: what GET at its URL tells, with an
 * example about a record that the listener takes now, by this person (an e-mail address; who
 * is signed in is it otherwise). base: the URL of the mount point, where none is configured.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "listen/gate.h"
#include "listen/register.h"
#include "listen/sample.h"

struct asking {
	struct job *job;
	struct sample *sample;
};

/* Nobody of whom who asks may not know. */
static void
know_person(struct txn *txn, void *arg)
{
	struct asking *asking = arg;
	const struct kind *kind = kind_by_name(SPAN("user"));

	if (!command_may_read(txn, asking->job, kind, kind_find(txn, kind,
	        asking->sample->person)))
		asking->sample->person = SPAN("");
}

static void
run(struct job *job)
{
	struct call_view call = { .verb = VERB_DESCRIBE, .id = job->id };
	struct sample sample = { .person = json_string(job->args, "person"),
		.base = json_string(job->args, "base") };
	struct asking asking = { job, &sample };
	struct reply reply = { 0 };

	/* What is known of him goes into the example: by a field, say. */
	if (sample.person.n > 0 && !command_run(job, STORE_READ, know_person, &asking))
		return;
	if (!command_listener_path(job, &call.request, SPAN("")))
		return;
	if (sample.person.n == 0 && job->actor != NULL)
		sample.person = job->actor->email;
	call.request.method = SPAN("GET");
	call.request.content_type = call.request.address = call.request.query =
	    call.request.url = SPAN("");
	reply_reset(&reply);
	gate_describe(job->gate, &call, &sample, &reply);
	if (reply.fault == FAULT_DESCRIBED)
		buf_span(job->out, buf_bytes(&reply.body));
	else
		error_set(&job->error, reply.fault, "%s", fault_info(reply.fault)->title);
	reply_free(&reply);
}

const struct command command_listener_describe = {
	.name = "listener-describe",
	.words = "tell what senders post, with a command for curl that does it",
	.right = RIGHT_READ, .scope = SCOPE_DOCUMENT, .kind = "listener", .named = "listener",
	.answer = ANSWER_ONE, .run = run,
};
