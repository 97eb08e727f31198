/* SPDX-License-Identifier: ISC */
/*
 * Growing bytes on the heap, and JSON written into them. A zeroed struct buf
 * is an empty buffer; buf_free() returns it to that state. Like the arena,
 * a buffer never fails: without memory the process ends.
 */
#ifndef EARSHOT_BUF_H
#define EARSHOT_BUF_H

#include "base/arena.h"

#include <stdint.h>

struct buf {
	char *p;
	size_t n;
	size_t size;
};

void buf_put(struct buf *buf, const void *bytes, size_t n);
void buf_puts(struct buf *buf, const char *s);
void buf_putc(struct buf *buf, char c);
void buf_span(struct buf *buf, struct span bytes);
void buf_int(struct buf *buf, int64_t value); /* in decimal */
void buf_printf(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Room for n more bytes at the returned place; add them with buf->n += n. */
char *buf_room(struct buf *buf, size_t n);
/* Drops the first n bytes. */
void buf_shift(struct buf *buf, size_t n);
struct span buf_bytes(const struct buf *buf);
void buf_free(struct buf *buf);
/* The bytes in the arena, with a NUL behind them; the buffer is freed. */
static inline struct span
buf_keep(struct buf *buf, struct arena *arena)
{
	struct span copy = arena_copy(arena, buf_bytes(buf));

	buf_free(buf);
	return copy;
}

/*
 * JSON: commas are set by the writer. Inside an object every value follows a
 * key. Text is escaped; bytes that are not UTF-8 become U+FFFD.
 */
struct jsonout {
	struct buf *buf;
	bool comma; /* a value stands before the next one */
};

struct jsonout json_to(struct buf *buf);
void json_open(struct jsonout *out, char bracket);  /* '{' or '[' */
void json_close(struct jsonout *out, char bracket); /* '}' or ']' */
void json_key(struct jsonout *out, const char *key); /* needs no escapes */
void json_key_span(struct jsonout *out, struct span key);
void json_text(struct jsonout *out, struct span text);
void json_int(struct jsonout *out, int64_t value);
void json_boolean(struct jsonout *out, bool value);
void json_null(struct jsonout *out);
void json_raw(struct jsonout *out, struct span json); /* is JSON already */
void json_member(struct jsonout *out, const char *key, struct span text);
static inline void
json_member_int(struct jsonout *out, const char *key, int64_t value)
{
	json_key(out, key);
	json_int(out, value);
}
static inline void
json_member_bool(struct jsonout *out, const char *key, bool value)
{
	json_key(out, key);
	json_boolean(out, value);
}

/* One JSON string with its quotes. */
void buf_json_string(struct buf *buf, struct span text);

#endif
