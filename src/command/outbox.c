/* SPDX-License-Identifier: ISC */
/*
 * outbox {a choice, "limit"?, "after"?, "look"?}: parcels without what is in them,
 * newest first; waiting and leased ones by when they are due. look: no more than so many are
 * looked at. outbox {"delivery"}: those that this delivery made. outbox-show {"id"}.
 * outbox-retry {"id"} or {"all": true, a choice}, outbox-drop likewise; with "count" it is only
 * told how many that would be: {"count"}.
 *
 * A choice is "state"?, "type"? (email, webhook), "contains"? (in recipient, subject or error).
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/json_document.h"

#include <string.h>

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

void
command_parcel_mask(struct arena *arena, struct json_object *parcel)
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
hide_content(struct job *job, struct json_object *parcel)
{
	static const char *const content[] = { "text", "html", "headers", "body", "auth", "sign",
		"answer", "returns", "attempts", NULL };

	command_parcel_mask(job->scratch, parcel);
	for (size_t i = 0; content[i] != NULL; i++)
		json_del(parcel, content[i]);
}

void
command_parcel_put(struct command_page *page, struct json_object *parcel)
{
	hide_content(page->job, parcel);
	command_page_put(page, parcel);
}

struct choice {
	enum outbox_list list;
	struct span state, type, contains; /* "" all */
};

static bool
read_choice(struct job *job, struct choice *choice)
{
	static const char *const states[] = { "waiting", "leased", "sent", "dead", "dropped",
		NULL };
	struct span state = json_string(job->args, "state");
	size_t i = 0;

	*choice = (struct choice){ .state = state, .type = json_string(job->args, "type"),
		.contains = json_string(job->args, "contains"),
		.list = span_is(state, "dead") ? OUTBOX_DEAD : span_is(state, "leased")
		    ? OUTBOX_LEASED : span_is(state, "waiting") ? OUTBOX_WAITING : OUTBOX_ALL };
	while (states[i] != NULL && !span_is(state, states[i]))
		i++;
	if (state.n > 0 && states[i] == NULL)
		return error_set(&job->error, FAULT_USAGE,
		    "\"state\" must be waiting, leased, sent, dead or dropped");
	return choice->type.n == 0 || span_is(choice->type, "email") ||
	    span_is(choice->type, "webhook") || error_set(&job->error, FAULT_USAGE,
	    "\"type\" must be email or webhook");
}

static bool
contains(struct json_object *parcel, const char *member, struct span text)
{
	struct span in = json_string(parcel, member);

	return in.n > 0 && memmem(in.p, in.n, text.p, text.n) != NULL;
}

static bool
is_chosen(const struct choice *choice, struct json_object *parcel)
{
	return (choice->state.n == 0 || span_eq(choice->state, json_string(parcel, "state"))) &&
	    (choice->type.n == 0 || span_eq(choice->type, json_string(parcel, "kind"))) &&
	    (choice->contains.n == 0 || contains(parcel, "to", choice->contains) ||
	    contains(parcel, "subject", choice->contains) ||
	    contains(parcel, "lastError", choice->contains));
}

/* Parcels come to be when their delivery is carried out, which for a batch takes a while. */
#define BATCH_US (INT64_C(3600) * 1000000)

static void
list_of_delivery(struct txn *txn, struct job *job)
{
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct span delivery = json_string(job->args, "delivery"), position;
	struct command_position after = { .n = 0 };
	struct json_object *parcel;
	struct id id, last;

	if (!id_read(delivery, &id)) {
		error_set(&job->error, FAULT_USAGE, "\"delivery\" must be a whole id");
		return;
	}
	last = id_of_time(id_time(id) + BATCH_US);
	command_position_set(&after, id_span(&last));
	while (txn_breathe(txn) && (parcel = command_parcel_next(txn, OUTBOX_ALL,
	        command_position(&after), &position)) != NULL) {
		if (!id_read(json_string(parcel, "id"), &last) || id_time(last) < id_time(id))
			break;
		command_position_set(&after, position);
		if (span_eq(json_string(parcel, "delivery"), delivery) &&
		    command_may_read_of(job, json_string(parcel, "macro"))) {
			hide_content(job, parcel);
			command_put(job, parcel);
		}
		arena_rewind(txn_arena(txn), mark);
	}
}

static void
list(struct txn *txn, struct job *job)
{
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct command_page page;
	struct choice choice;
	struct span position;
	struct json_object *parcel;

	if (json_has(job->args, "delivery")) {
		list_of_delivery(txn, job);
		return;
	}
	if (!read_choice(job, &choice) || !command_page_read(job, &page))
		return;
	while (txn_breathe(txn)) {
		parcel = command_parcel_next(txn, choice.list, command_position(&page.position),
		    &position);
		if (!command_page_take(&page, parcel != NULL, &position))
			break;
		if (command_may_read_of(job, json_string(parcel, "macro")) &&
		    is_chosen(&choice, parcel))
			command_parcel_put(&page, parcel);
		arena_rewind(txn_arena(txn), mark);
	}
}

/* Puts a parcel back among those that wait; false when it is on its way or settled. */
static bool
retry(struct txn *txn, struct job *job, struct json_object *parcel)
{
	struct id id;

	if ((!has_state(parcel, "dead") && !has_state(parcel, "waiting")) ||
	    !id_read(json_string(parcel, "id"), &id))
		return false;
	if (!json_flag(job->args, "count", false))
		outbox_save(txn, id, parcel, "waiting", job->now);
	return true;
}

/* Likewise: it will not be sent. */
static bool
give_up(struct txn *txn, struct job *job, struct json_object *parcel)
{
	struct id id;

	if ((!has_state(parcel, "dead") && !has_state(parcel, "waiting")) ||
	    !id_read(json_string(parcel, "id"), &id))
		return false;
	if (!json_flag(job->args, "count", false))
		outbox_save(txn, id, parcel, "dropped", job->now);
	return true;
}

/* The order of all does not change by what is done. */
static void
do_all(struct txn *txn, struct job *job, const char *done,
    bool (*act)(struct txn *, struct job *, struct json_object *))
{
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct command_position after = { .n = 0 };
	struct json_object *parcel;
	struct choice choice;
	struct span position;
	int64_t count = 0;

	if (!read_choice(job, &choice))
		return;
	while (txn_breathe(txn) && (parcel = command_parcel_next(txn, OUTBOX_ALL,
	        command_position(&after), &position)) != NULL) {
		command_position_set(&after, position);
		count += is_chosen(&choice, parcel) && act(txn, job, parcel);
		arena_rewind(txn_arena(txn), mark);
	}
	if (txn_ok(txn))
		buf_printf(job->out, "{\"%s\":%lld}\n", json_flag(job->args, "count", false) ? "count"
		    : done, (long long)count);
}

/* The one of the argument "id"; NULL after an error. */
static struct json_object *
load(struct txn *txn, struct job *job, struct id *id_r)
{
	struct json_object *parcel;
	char text[ID_TEXT_SIZE];

	if (!command_find_id(txn, job, TABLE_OUTBOX, NULL, id_r))
		return NULL;
	parcel = outbox_load(txn, *id_r);
	if (parcel == NULL)
		txn_fail(txn, FAULT_NOT_FOUND, "there is no parcel %s in the outbox",
		    id_text(*id_r, text));
	return parcel;
}

static void
show(struct txn *txn, struct job *job)
{
	struct id id;
	struct json_object *parcel = load(txn, job, &id);

	if (parcel == NULL)
		return;
	command_parcel_mask(txn_arena(txn), parcel);
	command_put(job, parcel);
}

/* What has become of it, when all went well. */
static void
put_brief(struct txn *txn, struct job *job, struct json_object *parcel)
{
	if (!txn_ok(txn))
		return;
	hide_content(job, parcel);
	command_put(job, parcel);
}

static void
retry_some(struct txn *txn, struct job *job)
{
	struct json_object *parcel;
	struct span state;
	struct id id;

	if (json_flag(job->args, "all", false)) {
		do_all(txn, job, "retried", retry);
		return;
	}
	if ((parcel = load(txn, job, &id)) == NULL)
		return;
	state = json_string(parcel, "state");
	if (!retry(txn, job, parcel))
		txn_fail(txn, FAULT_USAGE, "only what is waiting or dead can be tried again; "
		    "this parcel is %.*s", (int)state.n, state.p);
	put_brief(txn, job, parcel);
}

static void
drop(struct txn *txn, struct job *job)
{
	struct json_object *parcel;
	struct id id;

	if (json_flag(job->args, "all", false)) {
		do_all(txn, job, "dropped", give_up);
		return;
	}
	if ((parcel = load(txn, job, &id)) == NULL)
		return;
	if (has_state(parcel, "leased"))
		txn_fail(txn, FAULT_BUSY, "the parcel is being sent at this moment; try again");
	else if (has_state(parcel, "sent"))
		txn_fail(txn, FAULT_USAGE, "the parcel was sent already");
	else if (!has_state(parcel, "dropped"))
		outbox_save(txn, id, parcel, "dropped", job->now);
	put_brief(txn, job, parcel);
}

const struct command command_outbox = {
	.name = "outbox", .words = "list e-mails and webhooks to be sent",
	.right = RIGHT_READ, .scope = SCOPE_ROWS, .answer = ANSWER_ROWS,
	.mode = STORE_READ, .body = list,
};
const struct command command_outbox_show = {
	.name = "outbox-show", .words = "show what is to be sent",
	.right = RIGHT_READ, .scope = SCOPE_PARCEL, .answer = ANSWER_ONE,
	.mode = STORE_READ, .body = show,
};
const struct command command_outbox_retry = {
	.name = "outbox-retry", .words = "send again what failed",
	.right = RIGHT_CHANGE, .scope = SCOPE_PARCEL, .answer = ANSWER_ONE,
	.mode = STORE_WRITE, .body = retry_some,
};
const struct command command_outbox_drop = {
	.name = "outbox-drop", .words = "give up what was to be sent",
	.right = RIGHT_CHANGE, .scope = SCOPE_PARCEL, .answer = ANSWER_ONE,
	.mode = STORE_WRITE, .body = drop,
};
