/* SPDX-License-Identifier: ISC */
/*
 * Input: what somebody between two ends of a sealed stream does to what the dialer says,
 * three bytes a step: how many bytes go on, what is changed in the last of them, and what
 * is done beside (leave some out, send some twice, say more). However it is done, the
 * listener hears the beginning of what was said, or nothing; and what nobody touched
 * arrives whole.
 */
#include "base/channel.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const unsigned char key[SECRET_KEY_SIZE] = "a key of both";

struct between {
	struct channel *dialer, *listener;
	struct buf wire, back, said, heard, heard_back;
	bool touched, ended;
};

static void
pass(struct between *between, size_t n, uint8_t change)
{
	const char *why;

	if (n > between->wire.n)
		n = between->wire.n;
	if (n == 0)
		return;
	between->touched = between->touched || change != 0;
	between->wire.p[n - 1] = (char)(between->wire.p[n - 1] ^ change);
	why = channel_take(between->listener, (struct span){ between->wire.p, n },
	    &between->back, &between->heard);
	buf_shift(&between->wire, n);
	between->ended = why != NULL;
	if (!between->ended && channel_take(between->dialer, buf_bytes(&between->back),
	        &between->wire, &between->heard_back) != NULL)
		abort(); /* nobody touches this direction */
	between->back.n = 0;
}

static void
beside(struct between *between, uint8_t what)
{
	size_t n = what >> 3;

	switch (what & 7) {
	case 1: /* left out */
		if (n > between->wire.n)
			n = between->wire.n;
		between->touched = between->touched || n > 0;
		buf_shift(&between->wire, n);
		break;
	case 2: /* sent twice */
		if (n > between->wire.n)
			n = between->wire.n;
		between->touched = between->touched || n > 0;
		buf_room(&between->wire, n);
		memmove(between->wire.p + n, between->wire.p, between->wire.n);
		between->wire.n += n;
		break;
	case 3: /* more is said */
		if (!channel_proven(between->dialer))
			break;
		for (size_t i = 0; i < n * n * n * 4; i++)
			buf_putc(&between->said, (char)(between->said.n * 31));
		channel_put(between->dialer, (struct span){ between->said.p + between->said.n -
		    n * n * n * 4, n * n * n * 4 }, &between->wire);
		break;
	default:
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct between between = { 0 };

	between.dialer = channel_new(key, CHANNEL_DIALS, &between.wire);
	between.listener = channel_new(key, CHANNEL_LISTENS, &between.back);
	for (; size >= 3 && !between.ended; data += 3, size -= 3) {
		beside(&between, data[2]);
		pass(&between, (size_t)data[0] * data[0], data[1]);
		if (between.heard.n > between.said.n || (between.heard.n > 0 &&
		    memcmp(between.heard.p, between.said.p, between.heard.n) != 0))
			abort();
	}
	/* What nobody touched arrives. */
	while (!between.touched && !between.ended && between.wire.n > 0)
		pass(&between, between.wire.n, 0);
	if (!between.touched && (between.ended || between.heard.n != between.said.n))
		abort();
	channel_free(&between.dialer);
	channel_free(&between.listener);
	buf_free(&between.wire);
	buf_free(&between.back);
	buf_free(&between.said);
	buf_free(&between.heard);
	buf_free(&between.heard_back);
	return 0;
}
