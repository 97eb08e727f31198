/* SPDX-License-Identifier: ISC */
/*
 * listener-test {"listener", "body" | "bodyBase64", "target"?, "query"?,
 * "headers"?["Name: value"]}: what a delivery would do, as a dry run answers.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/settings.h"
#include "listen/gate.h"

#include <string.h>

struct finding {
	struct job *job;
	struct request *request;
	struct span target;
};

static void
find(struct txn *txn, void *arg)
{
	struct finding *finding = arg;
	struct job *job = finding->job;
	struct span name = json_string(job->args, "listener");
	struct span target = finding->target, project, key;
	struct json_object *doc;
	struct buf path = { 0 };

	doc_name_split(name, &project, &key);
	doc = doc_load(txn, "listener", project, key);
	if (doc == NULL) {
		txn_fail(txn, FAULT_NOT_FOUND, "there is no listener \"%.*s\"",
		    (int)(name.n > 128 ? 128 : name.n), name.p);
		return;
	}
	if (project.n > 0)
		buf_printf(&path, "/projects/%.*s", (int)project.n, project.p);
	buf_printf(&path, "/%.*s", (int)key.n, key.p);
	if (target.n > 0) {
		buf_putc(&path, '/');
		text_percent_encode(&path, target);
	}
	finding->request->type = arena_copy(job->arena, json_string(doc, "type"));
	finding->request->path = buf_keep(&path, job->arena);
}

bool
command_listener_path(struct job *job, struct request *request, struct span target)
{
	struct finding finding = { job, request, target };
	struct span name;

	return command_text(job, "listener", &name) &&
	    command_run(job, STORE_READ, find, &finding);
}

static bool
read_headers(struct job *job, struct request *request)
{
	struct json_object *list = json_get(job->args, "headers");

	request->headers = arena_alloc(job->arena,
	    (json_count(list) + 1) * sizeof *request->headers);
	for (size_t i = 0; i < json_count(list); i++) {
		char *line = arena_string(job->arena, json_span(json_at(list, i)));
		char *colon = strchr(line, ':'), *value = colon;
		struct header *header = &request->headers[request->header_count];

		if (colon == NULL || colon == line)
			return error_set(&job->error, FAULT_USAGE,
			    "a header is of the form Name: value, not \"%.60s\"", line);
		*colon = '\0';
		for (char *p = line; *p != '\0'; p++)
			if (*p >= 'A' && *p <= 'Z')
				*p |= 0x20;
		while (*++value == ' ')
			continue;
		*header = (struct header){ span_of(line), span_of(value) };
		if (span_is(header->name, "content-type"))
			request->content_type = header->value;
		else
			request->header_count++;
	}
	return true;
}

static bool
read_body(struct job *job, struct request *request)
{
	request->body = json_string(job->args, "body");
	if (json_has(job->args, "bodyBase64") && !secret_base64_read(job->arena,
	        json_string(job->args, "bodyBase64"), &request->body))
		return error_set(&job->error, FAULT_USAGE, "\"bodyBase64\" must be base64");
	if (request->body.n > (size_t)job->settings->body_bytes)
		return error_set(&job->error, FAULT_TOO_LARGE, "the body is larger than the %lld "
		    "bytes that a delivery may have", (long long)job->settings->body_bytes);
	return true;
}

static void
run(struct job *job)
{
	struct call_view call = { .verb = VERB_DELIVER, .id = job->id };
	struct request *request = &call.request;
	struct reply reply = { 0 };

	if (!read_headers(job, request) || !read_body(job, request) ||
	    !command_listener_path(job, request, json_string(job->args, "target")))
		return;
	if (request->content_type.p == NULL)
		request->content_type = SPAN("");
	request->method = SPAN("POST");
	request->address = SPAN("");
	request->query = json_string(job->args, "query");
	/* Behind the base URL, for those who sign it. */
	request->url = span_of(arena_printf(job->arena, "/%.*s.fcgi%.*s%s%.*s",
	    (int)request->type.n, request->type.p, (int)request->path.n, request->path.p,
	    request->query.n > 0 ? "?" : "", (int)request->query.n,
	    request->query.n > 0 ? request->query.p : ""));
	reply_reset(&reply);
	gate_test(job->gate, &call, &reply);
	if (reply.fault == FAULT_DRY_RUN)
		buf_span(job->out, buf_bytes(&reply.body));
	else
		error_set(&job->error, reply.fault, "%s", fault_info(reply.fault)->title);
	reply_free(&reply);
}

const struct command command_listener_test = {
	.name = "listener-test", .words = "tell step by step what a delivery with this body would do",
	.right = RIGHT_READ, .scope = SCOPE_DOCUMENT, .kind = "listener", .named = "listener",
	.answer = ANSWER_ONE,
	.run = run,
};
