/* SPDX-License-Identifier: ISC */
#include "http/call.h"

#include <stdio.h>

void
reply_reset(struct reply *reply)
{
	reply->fault = FAULT_NONE;
	reply->status = 200;
	reply->content_type = SPAN("application/json");
	reply->headers.n = 0;
	reply->body.n = 0;
	reply->line.n = 0;
	reply->type = NULL;
	reply->logged = reply->immutable = false;
	reply->places[0] = reply->places[1] = 0;
}

void
reply_free(struct reply *reply)
{
	buf_free(&reply->headers);
	buf_free(&reply->body);
	buf_free(&reply->line);
	buf_free(&reply->content_type_read);
}

void
reply_copy(struct reply *to, const struct reply *from)
{
	to->fault = from->fault;
	to->type = from->type;
	to->status = from->status;
	to->content_type = from->content_type;
	to->logged = from->logged;
	to->headers.n = to->body.n = to->line.n = 0;
	buf_span(&to->headers, buf_bytes(&from->headers));
	buf_span(&to->body, buf_bytes(&from->body));
	buf_span(&to->line, buf_bytes(&from->line));
}

void
reply_problem(struct reply *reply, enum fault fault, int status, struct id id,
    const char *detail)
{
	const struct fault_info *info = fault_info(fault);
	struct jsonout out = json_to(&reply->body);
	char text[ID_TEXT_SIZE];

	reply->fault = fault;
	reply->status = status;
	reply->content_type = SPAN("application/problem+json");
	reply->headers.n = 0;
	reply->body.n = 0;
	json_open(&out, '{');
	json_member(&out, "title", span_of(info->title));
	json_key(&out, "status");
	json_int(&out, status);
	json_member(&out, "code", span_of(info->code));
	if (detail[0] != '\0')
		json_member(&out, "detail", span_of(detail));
	json_member(&out, "delivery", span_of(id_text(id, text)));
	json_close(&out, '}');
	buf_putc(&reply->body, '\n');
	if (info->passing)
		buf_puts(&reply->headers, "Retry-After: 2\r\n");
	if (status == 401)
		buf_puts(&reply->headers, "WWW-Authenticate: Bearer realm=\"earshot\"\r\n");
	if (fault == FAULT_METHOD_NOT_ALLOWED)
		buf_puts(&reply->headers, "Allow: POST, GET, HEAD, OPTIONS\r\n");
}

void
reply_no_store(struct reply *reply, const struct call_view *call, const struct error *why)
{
	reply_reset(reply);
	reply_problem(reply, why->fault, fault_info(why->fault)->status, call->id,
	    verb_is_web(call->verb) ? "the store cannot be used at the moment; the log "
	    "of Earshot's programs says why" : why->detail);
}

void
reply_bound(struct reply *reply, struct id id)
{
	const struct fault_info *info = fault_info(reply->fault);
	char text[ID_TEXT_SIZE], detail[200];
	struct jsonout out = json_to(&reply->body);

	if (reply->body.n <= REPLY_MAX)
		return;
	buf_free(&reply->body);
	snprintf(detail, sizeof detail, "the answer is longer than " REPLY_MAX_TEXT
	    " and left off; the log has it: earshot delivery show %s", id_text(id, text));
	if (reply->fault == FAULT_DESCRIBED || reply->fault == FAULT_DRY_RUN) {
		reply_problem(reply, FAULT_ANSWER_TOO_LARGE,
		    fault_info(FAULT_ANSWER_TOO_LARGE)->status, id, "the answer is longer than "
		    REPLY_MAX_TEXT "; ask for less at a time");
	} else if (!info->settled) {
		reply_problem(reply, reply->fault, reply->status, id, detail);
	} else {
		json_open(&out, '{');
		json_member(&out, "delivery", span_of(text));
		json_member(&out, "outcome", span_of(info->code));
		json_member(&out, "detail", span_of(detail));
		json_close(&out, '}');
		buf_putc(&reply->body, '\n');
	}
}

void
reply_retry_after(struct reply *reply, int64_t seconds)
{
	reply->headers.n = 0;
	buf_printf(&reply->headers, "Retry-After: %lld\r\n", (long long)seconds);
}

void
reply_problem_more(struct reply *reply, struct span members)
{
	reply->body.n -= 2; /* brace and line end */
	buf_putc(&reply->body, ',');
	buf_span(&reply->body, members);
	buf_puts(&reply->body, "}\n");
}
