/* SPDX-License-Identifier: ISC */
/*
 * Where a list goes on, as its caller carries it: in hexadecimal; to who may not read all that
 * was looked at, sealed, for himself and this command alone. Where it ended may be a row that
 * he is not to know of.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "store/store.h"

#include <string.h>

#define ROUNDED 128 /* bytes: its length tells no more */

/* The key of the store; while that is missing, one that this process forgets with its end. */
static const struct seal *
seal_of(const struct job *job)
{
	static struct seal own;

	if (store_has_key(job->store))
		return store_seal(job->store);
	if (!own.present)
		secret_random(own.key, sizeof own.key);
	own.present = true;
	return &own;
}

static struct span
owner_of(const struct job *job)
{
	return span_of(arena_printf(job->scratch, "position %s %.*s", job->command->name,
	    (int)job->actor->user.n, job->actor->user.p));
}

/* base64 as it may stand in a query (RFC 4648, section 5), or back. */
static struct span
translated(struct arena *arena, struct span text, const char from[2], const char to[2])
{
	char *copy = arena_string(arena, text);

	for (size_t i = 0; i < text.n; i++)
		copy[i] = copy[i] == from[0] ? to[0] : copy[i] == from[1] ? to[1] : copy[i];
	return (struct span){ copy, text.n };
}

struct span
command_seal_position(const struct job *job, struct arena *arena, struct span owner,
    struct span position)
{
	struct buf text = { 0 };
	struct span sealed;

	buf_span(&text, owner);
	buf_putc(&text, '\0');
	buf_span(&text, position);
	buf_putc(&text, '.'); /* the last one ends it */
	while (text.n % ROUNDED != 0)
		buf_putc(&text, '\0');
	sealed = seal_text(seal_of(job), arena, buf_bytes(&text));
	buf_free(&text);
	return translated(arena, sealed, "+/", "-_");
}

bool
command_unseal_position(const struct job *job, struct span owner, struct span text,
    struct span *position_r)
{
	struct span open = SPAN("");
	size_t begins = owner.n + 1; /* behind its NUL */

	if (!unseal_text(seal_of(job), job->scratch, translated(job->scratch, text, "-_", "+/"),
	        &open) || open.n <= begins || memcmp(open.p, owner.p, owner.n) != 0 ||
	    open.p[owner.n] != '\0')
		return false;
	while (open.n > begins && open.p[open.n - 1] == '\0')
		open.n--;
	if (open.p[open.n - 1] != '.')
		return false; /* sealed under the same key for something else */
	*position_r = (struct span){ open.p + begins, open.n - 1 - begins };
	return true;
}

struct span
command_position_text(const struct job *job, struct span position)
{
	return command_is_limited(job) && position.n > 0
	    ? command_seal_position(job, job->scratch, owner_of(job), position)
	    : secret_hex(job->scratch, position);
}

bool
command_position_read(struct job *job, struct command_position *position)
{
	struct span text = json_string(job->args, "after"), bytes;
	bool good;

	if (text.n == 0)
		return true;
	good = command_is_limited(job) ? command_unseal_position(job, owner_of(job), text, &bytes)
	                               : secret_hex_read(job->scratch, text, &bytes);
	if (!good || bytes.n > sizeof position->p)
		return error_set(&job->error, FAULT_USAGE,
		    "\"after\" must be what stood in \"more\"");
	command_position_set(position, bytes);
	return true;
}
