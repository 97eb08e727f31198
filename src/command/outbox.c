/* SPDX-License-Identifier: ISC */
/*
 * outbox {"state"?, "limit"?, "after"?}: parcels without what is in them,
 * newest first; waiting and leased ones by when they are due. outbox-show
 * {"id"}, outbox-retry {"id"} or {"all": true}, outbox-drop {"id"}.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/json_document.h"

struct outbox {
	struct command_page page;
	struct span state;     /* "" all */
	enum outbox_list list;
};

struct json_object *
command_parcel_next(struct txn *txn, enum outbox_list list, struct span after,
    struct span *position_r)
{
	struct id id;

	return outbox_next(txn, list, after, &id, position_r) ? outbox_load(txn, id) : NULL;
}

static bool
has_state(struct json_object *parcel, const char *state)
{
	return span_is(json_string(parcel, "state"), state);
}

/* Secrets are for the courier alone. */
static void
mask(struct json_object *object, const char *member)
{
	if (json_has(object, member))
		json_set_text(object, member, SPAN("***"));
}

static void
mask_secrets(struct arena *arena, struct json_object *parcel)
{
	struct json_object *headers = json_get(parcel, "headers");
	struct doc_member *members;
	size_t n = doc_members(arena, headers, &members);

	if (json_flag(parcel, "private", false)) /* a link to sign in by */
		mask(parcel, "text");
	if (json_is_object(json_get(parcel, "url"))) /* sealed */
		mask(parcel, "url");
	mask(parcel, "sign");
	mask(json_get(parcel, "auth"), "password");
	for (size_t i = 0; i < n; i++)
		if (json_is_object(members[i].value)) /* sealed */
			mask(headers, members[i].name);
}

/* What is in a parcel is long, and may be private. */
static void
hide_content(struct json_object *parcel)
{
	static const char *const content[] = { "text", "html", "headers", "body", "auth", "sign",
		"answer", "returns", "attempts", NULL };

	for (size_t i = 0; content[i] != NULL; i++)
		json_del(parcel, content[i]);
}

static void
list_one(struct txn *txn, void *own)
{
	struct outbox *outbox = own;
	struct command_page *page = &outbox->page;
	struct span position;
	struct json_object *parcel = command_parcel_next(txn, outbox->list,
	    command_position(&page->position), &position);

	if (!command_page_has(page, parcel != NULL))
		return;
	command_position_set(&page->position, position);
	if (outbox->state.n > 0 && !span_eq(outbox->state, json_string(parcel, "state")))
		return;
	mask_secrets(txn_arena(txn), parcel);
	hide_content(parcel);
	command_put(page->job, parcel);
	page->count++;
}

static struct outbox *
begin(struct job *job)
{
	static const char *const states[] = { "waiting", "leased", "sent", "dead", "dropped",
		NULL };
	struct outbox *outbox = command_page_new(job, sizeof *outbox, list_one);
	size_t i = 0;

	outbox->state = json_string(job->args, "state");
	while (states[i] != NULL && !span_is(outbox->state, states[i]))
		i++;
	if (outbox->state.n > 0 && states[i] == NULL)
		error_set(&job->error, FAULT_USAGE,
		    "\"state\" must be waiting, leased, sent, dead or dropped");
	outbox->list = span_is(outbox->state, "dead") ? OUTBOX_DEAD
	    : span_is(outbox->state, "leased") ? OUTBOX_LEASED
	    : span_is(outbox->state, "waiting") ? OUTBOX_WAITING : OUTBOX_ALL;
	command_page_read(&outbox->page);
	return outbox;
}

static enum job_state
list_step(struct job *job)
{
	struct outbox *outbox = job->state != NULL ? job->state : begin(job);

	return command_page_step(&outbox->page);
}

/* Puts a parcel back among those that wait; false when it is on its way or settled. */
static bool
retry(struct txn *txn, struct job *job, struct json_object *parcel)
{
	struct id id;

	if ((!has_state(parcel, "dead") && !has_state(parcel, "waiting")) ||
	    !id_read(json_string(parcel, "id"), &id))
		return false;
	outbox_save(txn, id, parcel, "waiting", job->now);
	return true;
}

struct retrying {
	struct job *job;
	struct command_position position;
	int64_t count;
	bool more;
};

/* The order of all does not change by what is done. */
static bool
retry_next(struct txn *txn, void *arg)
{
	struct retrying *retrying = arg;
	struct span position;
	struct json_object *parcel = command_parcel_next(txn, OUTBOX_ALL,
	    command_position(&retrying->position), &position);

	if (parcel == NULL)
		return false;
	command_position_set(&retrying->position, position);
	retrying->count += retry(txn, retrying->job, parcel);
	return true;
}

static void
retry_some(struct txn *txn, void *arg)
{
	struct retrying *retrying = arg;

	retrying->more = command_visit(txn, retrying->job, retry_next, retrying);
}

struct parcel {
	struct job *job;
	struct id id;
	struct json_object *doc;
};

static struct json_object *
load(struct txn *txn, struct parcel *parcel)
{
	char id[ID_TEXT_SIZE];

	if (!command_find_id(txn, parcel->job, TABLE_OUTBOX, NULL, &parcel->id))
		return NULL;
	parcel->doc = outbox_load(txn, parcel->id);
	if (parcel->doc == NULL)
		txn_fail(txn, FAULT_NOT_FOUND, "there is no parcel %s in the outbox",
		    id_text(parcel->id, id));
	return parcel->doc;
}

static void
show(struct txn *txn, void *arg)
{
	struct parcel *parcel = arg;

	if (load(txn, parcel) != NULL)
		mask_secrets(txn_arena(txn), parcel->doc);
}

static void
retry_parcel(struct txn *txn, void *arg)
{
	struct parcel *parcel = arg;
	struct span state;

	if (load(txn, parcel) == NULL)
		return;
	state = json_string(parcel->doc, "state");
	if (!retry(txn, parcel->job, parcel->doc))
		txn_fail(txn, FAULT_USAGE, "only what is waiting or dead can be tried again; "
		    "this parcel is %.*s", (int)state.n, state.p);
	hide_content(parcel->doc);
}

static void
drop(struct txn *txn, void *arg)
{
	struct parcel *parcel = arg;

	if (load(txn, parcel) == NULL)
		return;
	if (has_state(parcel->doc, "leased"))
		txn_fail(txn, FAULT_BUSY, "the parcel is being sent at this moment; try again");
	else if (has_state(parcel->doc, "sent"))
		txn_fail(txn, FAULT_USAGE, "the parcel was sent already");
	else if (!has_state(parcel->doc, "dropped"))
		outbox_save(txn, parcel->id, parcel->doc, "dropped", parcel->job->now);
	hide_content(parcel->doc);
}

static enum job_state
one_step(struct job *job, enum store_mode mode, void (*body)(struct txn *, void *))
{
	struct parcel parcel = { .job = job };

	if (command_run(job, mode, body, &parcel))
		command_put(job, parcel.doc);
	return JOB_DONE;
}

static enum job_state
show_step(struct job *job)
{
	return one_step(job, STORE_READ, show);
}

static enum job_state
drop_step(struct job *job)
{
	return one_step(job, STORE_WRITE, drop);
}

static enum job_state
retry_step(struct job *job)
{
	struct retrying *retrying = job->state;

	if (!json_flag(job->args, "all", false))
		return one_step(job, STORE_WRITE, retry_parcel);
	if (retrying == NULL) {
		retrying = job->state = arena_alloc(job->arena, sizeof *retrying);
		retrying->job = job;
	}
	if (!command_run(job, STORE_WRITE, retry_some, retrying))
		return JOB_DONE;
	if (retrying->more)
		return JOB_MORE;
	buf_printf(job->out, "{\"retried\":%lld}\n", (long long)retrying->count);
	return JOB_DONE;
}

const struct command command_outbox = { .name = "outbox", .step = list_step };
const struct command command_outbox_show = { .name = "outbox-show", .step = show_step };
const struct command command_outbox_retry = { .name = "outbox-retry", .step = retry_step };
const struct command command_outbox_drop = { .name = "outbox-drop", .step = drop_step };
