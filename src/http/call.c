/* SPDX-License-Identifier: ISC */
#include "http/call.h"

enum verb
call_verb(const struct request *request, bool reads)
{
	static const char *const asking[] = { "GET", "HEAD", "OPTIONS" };

	/* What stands behind /-/ is answered by every program alike. */
	if (reads && !span_starts(request->path, "/-/"))
		return VERB_READ;
	for (size_t i = 0; i < sizeof asking / sizeof asking[0]; i++)
		if (span_is(request->method, asking[i]))
			return VERB_DESCRIBE;
	return VERB_DELIVER;
}

void
call_keep(struct call *call, struct arena *arena, const struct call_view *view)
{
	struct request *request = &call->view.request;
	struct span *const spans[] = { &call->view.args, &call->view.actor, &request->type, &request->method,
		&request->path, &request->query, &request->content_type, &request->address,
		&request->url, &request->body };

	call->view = *view;
	request->user = SPAN("");
	for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++)
		*spans[i] = arena_copy(arena, *spans[i]);
	request->headers = arena_alloc(arena,
	    request->header_count * sizeof *request->headers);
	for (size_t i = 0; i < request->header_count; i++) {
		request->headers[i].name = arena_copy(arena, view->request.headers[i].name);
		request->headers[i].value = arena_copy(arena, view->request.headers[i].value);
	}
}
