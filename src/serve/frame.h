/* SPDX-License-Identifier: ISC */
/*
 * Calls and replies on the owner's socket. A frame is a header of 32 bytes —
 * length of what follows it, version, kind, verb or kind of part, flags, slot of
 * the caller, id — and a payload of counted strings, all integers little-endian.
 * Pure.
 *
 * Programs of two versions meet while an installation is upgraded. The header, and
 * the frame that refuses a connection, are the same in every version.
 */
#ifndef EARSHOT_FRAME_H
#define EARSHOT_FRAME_H

#include "http/call.h"

#define FRAME_HEADER 32
#define FRAME_VERSION 3
/* A command's arguments: a file to apply. Deliveries are held to the body limit. */
#define FRAME_MAX ((uint32_t)256 << 20)
/* What the owner sends: a reply with its headers. */
#define FRAME_ANSWER_MAX ((uint32_t)REPLY_MAX + ((uint32_t)64 << 10))

enum frame_kind {
	FRAME_CALL,    /* a call */
	FRAME_PART,    /* output of a command so far; more follows */
	FRAME_REPLY,   /* the end of the call */
	FRAME_REFUSAL, /* of the connection: the payload is a sentence that says why */
	FRAME_LEFT,    /* nobody waits for the command of this slot and id any more: it may be
	                * given up, and is answered as ever */
};

enum frame_state {
	FRAME_SHORT,   /* more bytes are needed */
	FRAME_WHOLE,
	FRAME_LONG,    /* longer than it may be: only its header was read, size is that of all */
	FRAME_FOREIGN, /* of another version, or none of ours */
};

struct frame {
	enum frame_kind kind;
	enum part part;       /* FRAME_PART: what the payload is */
	uint32_t slot;        /* given back with the reply, together with the id */
	struct id id;
	struct span payload;  /* in the buffer that was read */
	size_t size;          /* of the whole frame */
};

void frame_call(struct buf *out, const struct call_view *call, uint32_t slot);
void frame_part(struct buf *out, struct id id, uint32_t slot, enum part part,
    struct span output);
void frame_reply(struct buf *out, struct id id, uint32_t slot, const struct reply *reply);
void frame_refusal(struct buf *out, const char *why);
void frame_left(struct buf *out, struct id id, uint32_t slot);

/* The sentence of a refusal, or what else keeps the owner from being understood: "". */
void frame_refused(struct span why, struct error *error);

/* The first frame of the bytes, whose payload may have `max` bytes. */
enum frame_state frame_read(struct span bytes, uint32_t max, struct frame *frame_r);
/* Spans point into the payload; headers are in the arena. False: malformed. */
bool frame_read_call(const struct frame *frame, struct arena *arena,
    struct call_view *call_r);
/* Copies into the reply's buffers. */
bool frame_read_reply(const struct frame *frame, struct reply *reply_r);

/* Frames that pass by, in pieces of any size. */
struct frame_scan {
	unsigned char header[FRAME_HEADER];
	size_t have;          /* of the header */
	uint64_t left;        /* of the payload */
};
/* Takes from the bytes up to the end of the next header, or all of them. True at a header:
 * of which kind, and whether the delivery of that id is in the log. */
bool frame_scan(struct frame_scan *scan, struct span *bytes, enum frame_kind *kind_r,
    bool *logged_r, struct id *id_r);

#endif
