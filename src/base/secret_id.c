/* SPDX-License-Identifier: ISC */
#include "base/secret.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include <sodium.h>

/*
 * An id is a tick and random bits. Ticks are milliseconds with a 12-bit
 * fraction (RFC 9562 6.2, method 3); an id that would not be later than the
 * one before takes the tick behind it.
 */
#define TICK_BITS 12
#define TICKS (1 << TICK_BITS)
#define TIME_MAX ((INT64_C(1) << 48) * 1000 - 1) /* µs in 48 bits of ms */

#define RANDOM_SIZE 8 /* of one id */

static atomic_uint_fast64_t newest;

/* A call for random bytes is a system call; one of them serves many ids. */
static _Thread_local struct {
	unsigned char bytes[128 * RANDOM_SIZE];
	size_t left;
} pool;

/* A child would use up the same pool; fork() keeps only this thread's. */
static void
pool_forget(void)
{
	pool.left = 0;
}

bool
secret_start(void)
{
	return sodium_init() >= 0 &&
	    pthread_atfork(NULL, NULL, pool_forget) == 0;
}

static void
pool_take(unsigned char out[RANDOM_SIZE])
{
	if (pool.left == 0) {
		randombytes_buf(pool.bytes, sizeof pool.bytes);
		pool.left = sizeof pool.bytes;
	}
	pool.left -= RANDOM_SIZE;
	memcpy(out, pool.bytes + pool.left, RANDOM_SIZE);
}

static uint64_t
tick_of(int64_t time)
{
	int64_t bounded = time < 0 ? 0 : time > TIME_MAX ? TIME_MAX : time;

	return (uint64_t)(bounded / 1000) << TICK_BITS |
	    (uint64_t)(bounded % 1000 * TICKS / 1000);
}

static struct id
id_of_tick(uint64_t tick)
{
	struct id id = { { 0 } };

	for (int i = 0; i < 6; i++)
		id.b[i] = (unsigned char)(tick >> (TICK_BITS + 40 - 8 * i));
	id.b[6] = (unsigned char)(0x70 | (tick >> 8 & 0x0f)); /* version 7 */
	id.b[7] = (unsigned char)tick;
	id.b[8] = 0x80; /* the variant */
	return id;
}

struct id
id_new(int64_t now)
{
	uint64_t wanted = tick_of(now), tick;
	uint_fast64_t last = atomic_load_explicit(&newest, memory_order_relaxed);
	unsigned char random[RANDOM_SIZE];
	struct id id;

	do
		tick = wanted > last ? wanted : last + 1;
	while (!atomic_compare_exchange_weak_explicit(&newest, &last, tick,
	    memory_order_relaxed, memory_order_relaxed));
	id = id_of_tick(tick);
	pool_take(random);
	id.b[8] |= random[0] & 0x3f;
	memcpy(id.b + 9, random + 1, RANDOM_SIZE - 1);
	return id;
}

struct id
id_of_time(int64_t time)
{
	return id_of_tick(tick_of(time));
}

int64_t
id_time(struct id id)
{
	int64_t milliseconds = 0;

	for (int i = 0; i < 6; i++)
		milliseconds = milliseconds << 8 | id.b[i];
	return milliseconds * 1000;
}

struct span
id_span(const struct id *id)
{
	return (struct span){ (const char *)id->b, sizeof id->b };
}

/* A hyphen stands before these bytes. */
static bool
is_group_start(size_t i)
{
	return i == 4 || i == 6 || i == 8 || i == 10;
}

const char *
id_text(struct id id, char out[ID_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	char *p = out;

	for (size_t i = 0; i < sizeof id.b; i++) {
		if (is_group_start(i))
			*p++ = '-';
		*p++ = digits[id.b[i] >> 4];
		*p++ = digits[id.b[i] & 15];
	}
	*p = '\0';
	return out;
}

bool
id_read(struct span text, struct id *id_r)
{
	const char *p = text.p;
	struct id id;

	if (text.n != ID_TEXT_SIZE - 1)
		return false;
	for (size_t i = 0; i < sizeof id.b; i++) {
		if (is_group_start(i) && *p++ != '-')
			return false;
		if (sodium_hex2bin(&id.b[i], 1, p, 2, NULL, NULL, NULL) != 0)
			return false;
		p += 2;
	}
	if (id.b[6] >> 4 != 7 || id.b[8] >> 6 != 2)
		return false;
	*id_r = id;
	return true;
}
