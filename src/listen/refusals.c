/* SPDX-License-Identifier: ISC */
#include "listen/refusals.h"

#include "base/json.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct refusal {
	struct id id;
	enum fault fault;
	int status;
	char type[32], listener[160], address[64], path[256];
	char step[16], cause[400], detail[400];
};

struct refusals {
	size_t next, count;
	struct refusal kept[REFUSALS_MAX]; /* a ring */
};

struct refusals *
refusals_new(void)
{
	struct refusals *refusals = calloc(1, sizeof *refusals);

	if (refusals == NULL)
		abort();
	return refusals;
}

void
refusals_free(struct refusals **refusals_p)
{
	free(*refusals_p);
	*refusals_p = NULL;
}

/* Printable, and cut at a character. */
static void
keep(char *out, size_t size, struct span text)
{
	struct buf visible = { 0 };
	struct span head;

	text_visible(&visible, text_head(text, size - 1));
	head = text_head(buf_bytes(&visible), size - 1);
	if (head.n > 0)
		memcpy(out, head.p, head.n);
	out[head.n] = '\0';
	buf_free(&visible);
}

void
refusals_add(struct refusals *refusals, const struct delivery *delivery, enum fault fault,
    int status, const char *detail)
{
	struct refusal *refusal;
	struct span step, cause, why = span_of(detail != NULL ? detail : "");

	if (refusals == NULL)
		return;
	refusal = &refusals->kept[refusals->next];
	refusals->next = (refusals->next + 1) % REFUSALS_MAX;
	if (refusals->count < REFUSALS_MAX)
		refusals->count++;
	refusal->id = delivery->id;
	refusal->fault = fault;
	refusal->status = status;
	step = span_of(delivery->cause != NULL ? delivery->cause_step : "endpoint");
	cause = delivery->cause != NULL ? span_of(delivery->cause) : why;
	keep(refusal->type, sizeof refusal->type, delivery->request->type);
	keep(refusal->listener, sizeof refusal->listener, delivery->refused_by.n > 0
	    ? delivery->refused_by : delivery->listener_name);
	keep(refusal->address, sizeof refusal->address, delivery->request->address);
	keep(refusal->path, sizeof refusal->path, delivery->request->path);
	keep(refusal->step, sizeof refusal->step, step);
	keep(refusal->cause, sizeof refusal->cause, cause);
	keep(refusal->detail, sizeof refusal->detail, why);
}

static struct json_object *
tell(const struct refusal *refusal, struct arena *arena)
{
	struct json_object *entry = json_new_object(arena), *step = json_new_object(arena);
	struct json_object *steps = json_new_array(arena);
	char id[ID_TEXT_SIZE], at[TEXT_TIME_SIZE];

	json_set_text(entry, "kind", SPAN("delivery"));
	json_set_text(entry, "id", span_of(id_text(refusal->id, id)));
	json_set_text(entry, "at", span_of(text_time_write(id_time(refusal->id), at)));
	if (refusal->listener[0] != '\0')
		json_set_text(entry, "listener", span_of(refusal->listener));
	json_set_text(entry, "type", span_of(refusal->type));
	json_set_text(entry, "outcome", span_of(fault_info(refusal->fault)->code));
	json_set_int(entry, "status", refusal->status);
	json_set_text(entry, "address", span_of(refusal->address));
	json_set_text(entry, "path", span_of(refusal->path));
	json_set_bool(entry, "refused", true);
	json_set_text(step, "step", span_of(refusal->step));
	json_set_text(step, "verdict", SPAN("failed"));
	json_set_text(step, "text", span_of(refusal->cause));
	json_append(steps, json_share(step));
	json_set(entry, "steps", json_share(steps));
	json_set_text(entry, "detail", span_of(refusal->detail));
	return entry;
}

bool
refusals_brief(const struct refusals *refusals, size_t n, struct refusal_brief *brief_r)
{
	const struct refusal *refusal;

	if (refusals == NULL || n >= refusals->count)
		return false;
	refusal = &refusals->kept[(refusals->next + REFUSALS_MAX - 1 - n) % REFUSALS_MAX];
	*brief_r = (struct refusal_brief){ refusal->id, refusal->fault,
		span_of(refusal->listener) };
	return true;
}

bool
refusals_id(const struct refusals *refusals, size_t n, struct id *id_r)
{
	struct refusal_brief brief;

	if (!refusals_brief(refusals, n, &brief))
		return false;
	*id_r = brief.id;
	return true;
}

struct json_object *
refusals_find(const struct refusals *refusals, struct id id, struct arena *arena)
{
	for (size_t i = 0; refusals != NULL && i < refusals->count; i++)
		if (memcmp(&refusals->kept[i].id, &id, sizeof id) == 0)
			return tell(&refusals->kept[i], arena);
	return NULL;
}
