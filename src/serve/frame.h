/* SPDX-License-Identifier: ISC */
/*
 * Calls and replies on the owner's socket. A frame is a header of 32 bytes —
 * length of what follows it, version, kind, flags, slot of the caller, id —
 * and a payload of counted strings, all integers little-endian. Pure.
 */
#ifndef EARSHOT_FRAME_H
#define EARSHOT_FRAME_H

#include "http/call.h"

#define FRAME_HEADER 32
#define FRAME_VERSION 1
/* A command's arguments: a file to apply. Deliveries are held to the body limit. */
#define FRAME_MAX ((uint32_t)256 << 20)

enum frame_kind {
	FRAME_CALL,  /* a call */
	FRAME_PART,  /* output of a command so far; more follows */
	FRAME_REPLY, /* the end of the call */
};

struct frame {
	enum frame_kind kind;
	uint32_t slot;        /* given back with the reply, together with the id */
	struct id id;
	struct span payload;  /* in the buffer that was read */
	size_t size;          /* of the whole frame */
};

void frame_call(struct buf *out, const struct call_view *call, uint32_t slot);
void frame_part(struct buf *out, struct id id, uint32_t slot, struct span output);
void frame_reply(struct buf *out, struct id id, uint32_t slot, const struct reply *reply);

/* 1 a whole frame, 0 more bytes are needed, -1 not our protocol (another
 * version, longer than `max`). */
int frame_read(struct span bytes, uint32_t max, struct frame *frame_r);
/* Spans point into the payload; headers are in the arena. False: malformed. */
bool frame_read_call(const struct frame *frame, struct arena *arena,
    struct call_view *call_r);
/* Copies into the reply's buffers. content_type is one of ours. */
bool frame_read_reply(const struct frame *frame, struct reply *reply_r);

#endif
