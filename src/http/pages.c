/* SPDX-License-Identifier: ISC */
#include "http/pages.h"

#include "base/text.h"
#include "http/call.h"

#include <string.h>

static void
put_page(struct buf *out, const struct fault_info *info)
{
	buf_printf(out, "%s (%d)\n\n%s\n%s\n\n%s\n", info->code, info->status, info->title,
	    info->advice, info->settled ? "This is an outcome, not a failure."
	    : info->passing ? "It may pass by itself: repeat the delivery with the same id, and "
	    "it is applied once." : "It does not pass by itself: the same delivery would be "
	    "answered the same.");
	buf_puts(out, "A listener may answer it with another status, for a sender that "
	    "punishes honest ones.\n\nAll codes: ../problems\n");
}

static void
put_list(struct buf *out)
{
	buf_puts(out, "The outcomes and codes of Earshot, each with its status; problems/CODE "
	    "says more.\n\n");
	for (int fault = 0; fault < FAULT__MAX; fault++) {
		const struct fault_info *info = fault_info((enum fault)fault);

		buf_printf(out, "%-24s %d  %s\n", info->code, info->status, info->title);
	}
}

/* The rest of the path behind it, without its slash; p NULL: it is another one. */
static struct span
behind(struct span path, const char *prefix)
{
	size_t n = strlen(prefix);

	if (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	if (!span_starts(path, prefix) || (path.n > n && path.p[n] != '/'))
		return (struct span){ NULL, 0 };
	return path.n == n ? SPAN("") : (struct span){ path.p + n + 1, path.n - n - 1 };
}

static bool
is_read(struct span method)
{
	return span_is(method, "GET") || span_is(method, "HEAD") || span_is(method, "OPTIONS");
}

static enum fault
fault_named(struct span code)
{
	for (int fault = 0; fault < FAULT__MAX; fault++)
		if (span_is(code, fault_info((enum fault)fault)->code))
			return (enum fault)fault;
	return FAULT__MAX;
}

bool
pages_answer(const struct request *request, struct reply *reply)
{
	struct span code = behind(request->path, PAGES_PROBLEMS);
	enum fault fault;

	if (!is_read(request->method))
		return false;
	if (span_is(request->path, PAGES_OPENAPI)) {
		reply->content_type = SPAN("application/json");
		buf_put(&reply->body, pages_openapi, pages_openapi_size);
	} else if (code.p != NULL && code.n == 0) {
		reply->content_type = SPAN("text/plain; charset=utf-8");
		put_list(&reply->body);
	} else if (code.p != NULL && (fault = fault_named(code)) != FAULT__MAX) {
		reply->content_type = SPAN("text/plain; charset=utf-8");
		put_page(&reply->body, fault_info(fault));
	} else {
		return false;
	}
	reply->fault = FAULT_DESCRIBED;
	return true;
}
