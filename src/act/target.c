/* SPDX-License-Identifier: ISC */
/* The record that a delivery acts on, and what filters and tags see of it. */
#include "act/delivery.h"

#include "base/json.h"
#include "community/feedback.h"
#include "community/group.h"
#include "community/local_zone.h"
#include "community/people.h"
#include "record/doc_check.h"

#include <string.h>

/* Roots that were looked at; the user stands in the target. */
struct fact_roots {
	struct json_object *feedback;  /* a copy with what is derived */
	struct json_object *project, *community, *delivery;
	struct json_object *user;      /* with all notes, when they were looked at */
	bool community_known;
};

struct json_object *
target_doc(struct txn *txn, struct delivery *delivery)
{
	struct target *target = &delivery->target;

	if (target->doc == NULL && target->id.n > 0 && !target->gone)
		target->doc = record_load(txn, target->record, target->id);
	return target->doc;
}

struct json_object *
target_user(struct txn *txn, struct delivery *delivery)
{
	struct target *target = &delivery->target;
	struct span email;

	if (target->record == RECORD_USER)
		return target_doc(txn, delivery);
	if (target->record != RECORD_FEEDBACK || target->submitter != NULL)
		return target->submitter;
	email = json_string(target_doc(txn, delivery), "submitter");
	if (email.n > 0)
		target->submitter = people_load(txn, email);
	return target->submitter;
}

void
target_touch(struct delivery *delivery)
{
	delivery->target.changed = true;
	if (delivery->roots != NULL)
		delivery->roots->feedback = delivery->roots->user = NULL;
}

void
target_user_touch(struct delivery *delivery)
{
	if (delivery->target.record == RECORD_USER)
		target_touch(delivery);
	else
		delivery->target.submitter_changed = true;
	if (delivery->roots != NULL)
		delivery->roots->user = NULL;
}

void
target_account_touch(struct delivery *delivery)
{
	target_user_touch(delivery);
	delivery->target.account = true;
}

const struct audit_by *
target_audits(struct txn *txn, const struct delivery *delivery, struct audit_by *by)
{
	/* The delivery's own entry tells them. */
	static const char *const told[] = { "ranks", "notes", NULL };
	const struct audit_by *before = audit_by(txn);

	*by = (struct audit_by){ .via = "delivery", .listener = delivery->listener_name,
		.api_key = delivery->api_key, .delivery = delivery->id, .passes = told };
	if (before == NULL)
		audit_made_by(txn, by);
	return before;
}

/* Of what a delivery does, accounts alone are told in the log of changes, so that others cost
 * nothing there. */
static void
save(struct txn *txn, struct delivery *delivery, enum record record, struct json_object *doc)
{
	bool user = record == RECORD_USER, told = audit_by(txn) != NULL;
	struct span id = json_string(doc, "id");
	const struct audit_by *before;
	struct auditing auditing;
	struct audit_by by;

	if (!told && !(user && delivery->target.account)) {
		record_save(txn, record, id, doc);
		return;
	}
	before = target_audits(txn, delivery, &by);
	told = audit_begin(txn, user ? &kind_user : &kind_feedback, doc, &auditing);
	record_save(txn, record, id, doc);
	if (told)
		audit_put(txn, &auditing, doc);
	audit_made_by(txn, before);
}

void
target_save(struct txn *txn, struct delivery *delivery)
{
	struct target *target = &delivery->target;

	if (target->changed && !target->gone)
		save(txn, delivery, target->record, target->doc);
	if (target->submitter_changed)
		save(txn, delivery, RECORD_USER, target->submitter);
	target->changed = target->submitter_changed = target->account = false;
}

void
target_tell(struct jsonout *out, const struct target *target)
{
	if (target->id.n == 0)
		return;
	json_key(out, "target");
	json_open(out, '{');
	json_member(out, "kind", span_of(record_name(target->record)));
	json_member(out, "id", target->id);
	if (target->created)
		json_member_bool(out, "created", true);
	json_close(out, '}');
}

const char *
target_text(struct delivery *delivery)
{
	const struct target *target = &delivery->target;
	struct span name = target->id;

	if (target->record == RECORD_USER && target->doc != NULL && !target->unnamed &&
	    !delivery->discreet)
		name = json_string(target->doc, "email");
	return arena_join(delivery->arena, span_of(record_name(target->record)), SPAN(" "),
	    name);
}

static struct json_object *
root_user(struct delivery *delivery)
{
	return target_user(delivery->txn, delivery);
}

/* Derived members are not to be stored with the ticket: they go into a copy. */
static struct json_object *
root_feedback(struct delivery *delivery)
{
	struct fact_roots *roots = delivery->roots;
	struct json_object *doc;

	if (delivery->target.record != RECORD_FEEDBACK || roots->feedback != NULL)
		return roots->feedback;
	doc = target_doc(delivery->txn, delivery);
	if (doc != NULL) {
		roots->feedback = json_copy(delivery->arena, doc);
		feedback_derive(delivery->txn, roots->feedback);
	}
	return roots->feedback;
}

/* The ticket's, or else the listener's, or else the macro's. */
static struct span
project_of(struct delivery *delivery)
{
	if (delivery->target.record == RECORD_PROJECT)
		return delivery->target.id;
	if (delivery->target.record == RECORD_FEEDBACK)
		return json_string(target_doc(delivery->txn, delivery), "project");
	if (delivery->listener_project.n > 0)
		return delivery->listener_project;
	return delivery->project;
}

static struct json_object *
root_project(struct delivery *delivery)
{
	struct fact_roots *roots = delivery->roots;
	struct span project = project_of(delivery);

	if (roots->project == NULL && project.n > 0)
		roots->project = record_load(delivery->txn, RECORD_PROJECT, project);
	return roots->project;
}

static struct json_object *
root_data(struct delivery *delivery)
{
	const struct target *target = &delivery->target;

	if (delivery->data == NULL && target->id.n > 0)
		delivery->data = group_data(delivery->txn, project_of(delivery),
		    target->record, target->id);
	return delivery->data;
}

static struct json_object *
root_payload(struct delivery *delivery)
{
	return delivery->payload;
}

static struct json_object *
root_delivery(struct delivery *delivery)
{
	static const struct id none;
	struct fact_roots *roots = delivery->roots;
	char id[ID_TEXT_SIZE];

	if (roots->delivery != NULL)
		return roots->delivery;
	roots->delivery = json_new_object(delivery->arena);
	if (memcmp(&delivery->id, &none, sizeof none) != 0)
		json_set_text(roots->delivery, "id", span_of(id_text(delivery->id, id)));
	doc_set_time(roots->delivery, "at", delivery->now);
	if (delivery->listener_name.n > 0)
		json_set_text(roots->delivery, "listener", delivery->listener_name);
	if (delivery->event.n > 0)
		json_set_text(roots->delivery, "event", delivery->event);
	return roots->delivery;
}

static struct json_object *
root_community(struct delivery *delivery)
{
	struct fact_roots *roots = delivery->roots;

	if (!roots->community_known)
		roots->community = doc_load(delivery->txn, "setting", SPAN(""), SPAN(""));
	roots->community_known = true;
	return roots->community;
}

static const struct {
	const char *name;
	struct json_object *(*fetch)(struct delivery *delivery);
} fact_table[] = {
	{ "user", root_user },
	{ "feedback", root_feedback },
	{ "project", root_project },
	{ "data", root_data },
	{ "payload", root_payload },
	{ "delivery", root_delivery },
	{ "community", root_community },
};

static struct json_object *
fact_root(void *arg, const char *name)
{
	for (size_t i = 0; i < sizeof fact_table / sizeof fact_table[0]; i++)
		if (strcmp(fact_table[i].name, name) == 0)
			return fact_table[i].fetch(arg);
	return NULL;
}

/* What came is hidden where it is masked; a record from whoever may not read it. */
static bool
fact_hides(void *arg, const char *root, struct json_object *value)
{
	struct delivery *delivery = arg;

	if (mask_covers(&delivery->masked, value))
		return delivery->hid = true;
	return delivery->discreet && root != NULL && strcmp(root, "payload") != 0 &&
	    strcmp(root, "delivery") != 0;
}

/* The notes of a user may be many: they are fetched when they are named. */
static struct json_object *
fact_whole(void *arg, const char *name, struct json_object *root, struct span member)
{
	struct delivery *delivery = arg;

	if (strcmp(name, "user") != 0 || (member.n > 0 && !span_is(member, "notes")))
		return root;
	if (delivery->roots->user == NULL)
		delivery->roots->user = people_whole(delivery->txn, root);
	return delivery->roots->user;
}

void
facts_of_delivery(struct txn *txn, struct delivery *delivery)
{
	delivery->txn = txn;
	delivery->data = NULL;
	delivery->roots = arena_alloc(delivery->arena, sizeof *delivery->roots);
	delivery->facts = (struct facts){ .root = fact_root, .whole = fact_whole, .arg = delivery,
		.now = delivery->now, .zone = local_zone(txn), .unzoned = delivery->unzoned,
		.steps = delivery->allowance != NULL ? &delivery->allowance->filter_steps : NULL };
	if (delivery->discreet || delivery->masked.count > 0)
		delivery->facts.hides = fact_hides;
}
