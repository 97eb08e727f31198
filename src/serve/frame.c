/* SPDX-License-Identifier: ISC */
#include "serve/frame.h"

#include <limits.h>
#include <string.h>

#define FLAG_AGAIN 1
#define FLAG_LOGGED 2
#define HEADERS_MAX 256
#define REFUSAL_MAX 1000

static void
put32(unsigned char *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(value >> (8 * i));
}

static uint32_t
get32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

static size_t
begin(struct buf *out, enum frame_kind kind, unsigned verb, unsigned flags,
    uint32_t slot, struct id id)
{
	unsigned char header[FRAME_HEADER] = { 0 };
	size_t start = out->n;

	header[4] = FRAME_VERSION;
	header[5] = (unsigned char)kind;
	header[6] = (unsigned char)verb;
	header[7] = (unsigned char)flags;
	put32(header + 8, slot);
	memcpy(header + 16, id.b, sizeof id.b);
	buf_put(out, header, sizeof header);
	return start;
}

static void
end(struct buf *out, size_t start)
{
	put32((unsigned char *)out->p + start, (uint32_t)(out->n - start - FRAME_HEADER));
}

static void
put_number(struct buf *out, uint32_t value)
{
	unsigned char bytes[4];

	put32(bytes, value);
	buf_put(out, bytes, sizeof bytes);
}

static void
put_text(struct buf *out, struct span text)
{
	put_number(out, (uint32_t)text.n);
	buf_span(out, text);
}

/* Reading: a cursor that stays broken once it ran over the end. */
struct reader {
	struct span rest;
	bool broken;
};

static uint32_t
get_number(struct reader *in)
{
	uint32_t value;

	if (in->broken || in->rest.n < 4) {
		in->broken = true;
		return 0;
	}
	value = get32((const unsigned char *)in->rest.p);
	in->rest.p += 4;
	in->rest.n -= 4;
	return value;
}

static struct span
get_text(struct reader *in)
{
	uint32_t n = get_number(in);
	struct span text = { in->rest.p, n };

	if (in->broken || n > in->rest.n) {
		in->broken = true;
		return (struct span){ "", 0 };
	}
	in->rest.p += n;
	in->rest.n -= n;
	return text;
}

void
frame_call(struct buf *out, const struct call_view *call, uint32_t slot)
{
	const struct request *request = &call->request;
	size_t start = begin(out, FRAME_CALL, call->verb, call->again ? FLAG_AGAIN : 0,
	    slot, call->id);

	if (!verb_is_web(call->verb)) {
		put_text(out, call->args);
		put_text(out, call->actor);
	} else {
		put_text(out, request->type);
		put_text(out, request->method);
		put_text(out, request->path);
		put_text(out, request->query);
		put_text(out, request->content_type);
		put_text(out, request->address);
		put_text(out, request->url);
		put_number(out, (uint32_t)request->header_count);
		for (size_t i = 0; i < request->header_count; i++) {
			put_text(out, request->headers[i].name);
			put_text(out, request->headers[i].value);
		}
		put_text(out, request->body);
	}
	end(out, start);
}

void
frame_part(struct buf *out, struct id id, uint32_t slot, enum part part, struct span output)
{
	size_t start = begin(out, FRAME_PART, part, 0, slot, id);

	buf_span(out, output);
	end(out, start);
}

void
frame_reply(struct buf *out, struct id id, uint32_t slot, const struct reply *reply)
{
	size_t start = begin(out, FRAME_REPLY, 0, reply->logged ? FLAG_LOGGED : 0, slot, id);
	put_number(out, (uint32_t)reply->fault);
	put_number(out, (uint32_t)reply->status);
	put_text(out, reply->content_type);
	put_text(out, buf_bytes(&reply->headers));
	put_text(out, buf_bytes(&reply->body));
	end(out, start);
}

void
frame_left(struct buf *out, struct id id, uint32_t slot)
{
	end(out, begin(out, FRAME_LEFT, 0, 0, slot, id));
}

void
frame_refusal(struct buf *out, const char *why)
{
	size_t start = begin(out, FRAME_REFUSAL, 0, 0, 0, (struct id){ { 0 } });

	buf_puts(out, why);
	end(out, start);
}

void
frame_refused(struct span why, struct error *error)
{
	error_set(error, FAULT_STORE_UNAVAILABLE, "%.*s", why.n > 0 ? (int)why.n : INT_MAX,
	    why.n > 0 ? why.p : "the owner of the store is another version of Earshot: start "
	    "earshotd and the programs of the web server anew");
}

enum frame_state
frame_read(struct span bytes, uint32_t max, struct frame *frame_r)
{
	const unsigned char *p = (const unsigned char *)bytes.p;
	uint32_t length;

	if (bytes.n < FRAME_HEADER)
		return FRAME_SHORT;
	length = get32(p);
	if (p[5] == FRAME_REFUSAL ? length > REFUSAL_MAX
	    : p[4] != FRAME_VERSION || p[5] > FRAME_LEFT ||
	    (p[5] == FRAME_PART && p[6] >= PART__MAX))
		return FRAME_FOREIGN;
	if (length <= max && bytes.n - FRAME_HEADER < length)
		return FRAME_SHORT;
	frame_r->kind = (enum frame_kind)p[5];
	frame_r->part = p[5] == FRAME_PART ? (enum part)p[6] : PART_ROWS;
	frame_r->slot = get32(p + 8);
	memcpy(frame_r->id.b, p + 16, sizeof frame_r->id.b);
	frame_r->payload = (struct span){ bytes.p + FRAME_HEADER, length };
	frame_r->size = FRAME_HEADER + (size_t)length;
	return length <= max ? FRAME_WHOLE : FRAME_LONG;
}

/* The header stands right before the payload. */
static unsigned
header_byte(const struct frame *frame, int i)
{
	return ((const unsigned char *)frame->payload.p - FRAME_HEADER)[i];
}

bool
frame_read_call(const struct frame *frame, struct arena *arena, struct call_view *call_r)
{
	struct reader in = { frame->payload, false };
	struct request *request = &call_r->request;
	uint32_t count;

	*call_r = (struct call_view){ .verb = (enum verb)header_byte(frame, 6),
		.id = frame->id, .again = header_byte(frame, 7) & FLAG_AGAIN };
	if (!verb_is_web(call_r->verb)) {
		call_r->args = get_text(&in);
		call_r->actor = get_text(&in);
		return !in.broken && call_r->verb <= VERB_GROUP && call_r->verb > 0;
	}
	request->type = get_text(&in);
	request->method = get_text(&in);
	request->path = get_text(&in);
	request->query = get_text(&in);
	request->content_type = get_text(&in);
	request->address = get_text(&in);
	request->url = get_text(&in);
	count = get_number(&in);
	if (in.broken || count > HEADERS_MAX)
		return false;
	request->headers = arena_alloc(arena, count * sizeof *request->headers);
	request->header_count = count;
	for (uint32_t i = 0; i < count; i++) {
		request->headers[i].name = get_text(&in);
		request->headers[i].value = get_text(&in);
	}
	request->body = get_text(&in);
	return !in.broken && in.rest.n == 0;
}

bool
frame_read_reply(const struct frame *frame, struct reply *reply_r)
{
	struct reader in = { frame->payload, false };
	uint32_t fault = get_number(&in), status = get_number(&in);

	if (in.broken || fault >= FAULT__MAX)
		return false;
	reply_reset(reply_r);
	reply_r->fault = (enum fault)fault;
	reply_r->status = (int)status;
	reply_r->content_type_read.n = 0;
	buf_span(&reply_r->content_type_read, get_text(&in));
	reply_r->content_type = buf_bytes(&reply_r->content_type_read);
	reply_r->logged = header_byte(frame, 7) & FLAG_LOGGED;
	buf_span(&reply_r->headers, get_text(&in));
	buf_span(&reply_r->body, get_text(&in));
	return !in.broken;
}

bool
frame_scan(struct frame_scan *scan, struct span *bytes, enum frame_kind *kind_r, bool *logged_r,
    struct id *id_r)
{
	while (bytes->n > 0) {
		bool in_header = scan->left == 0;
		size_t want = in_header ? FRAME_HEADER - scan->have : (size_t)scan->left;
		size_t n = want < bytes->n ? want : bytes->n;

		if (in_header) {
			memcpy(scan->header + scan->have, bytes->p, n);
			scan->have += n;
		} else {
			scan->left -= n;
		}
		bytes->p += n;
		bytes->n -= n;
		if (scan->have == FRAME_HEADER) {
			scan->have = 0;
			scan->left = get32(scan->header);
			*kind_r = (enum frame_kind)scan->header[5];
			*logged_r = scan->header[7] & FLAG_LOGGED;
			memcpy(id_r->b, scan->header + 16, sizeof id_r->b);
			return true;
		}
	}
	return false;
}
