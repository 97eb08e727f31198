/* SPDX-License-Identifier: ISC */
/*
 * template-preview {"template", "target": {"id"? or "email"?}, "documents"?, "delivery"?}: what
 * a macro would write about this user or ticket, with an empty payload, or as if a delivery
 * of the log had come; nothing is queued. Also of documents that are not stored, as of apply.
 */
#include "command/command_macro_private.h"

#include "base/json.h"
#include "kinds/template.h"
#include "lang/tag.h"

struct preview {
	struct job *job;
	struct delivery delivery;
	struct request request;
	struct json_object *shown;
	struct apply *documents;    /* that are tried; NULL: none */
};

static bool
render(struct txn *txn, struct preview *preview, struct json_object *template,
    const char *member, enum tag_place place, size_t limit)
{
	struct arena *arena = txn_arena(txn);
	struct tag_error error;
	struct buf out = { 0 };
	const struct tag *tag;
	bool good;

	if (json_string(template, member).n == 0)
		return true;
	tag = tag_compile(arena, json_string(template, member), place, &error);
	if (tag == NULL)
		return txn_fail(txn, FAULT_MACRO_FAILED, "%s: at offset %zu: %s", member,
		    error.at, error.text);
	good = tag_render(tag, &preview->delivery.facts, arena, limit, &out);
	if (good)
		json_set_text(preview->shown, member, place == TAG_HTML
		    ? tag_html_links(arena, buf_bytes(&out)) : buf_bytes(&out));
	buf_free(&out);
	return good || txn_fail(txn, FAULT_MACRO_FAILED, "%s would be longer than %zu bytes",
	    member, limit);
}

static void
show(struct txn *txn, void *arg)
{
	static const struct {
		const char *member;
		enum tag_place place;
		size_t limit;
	} parts[] = {
		{ "from", TAG_HEADER, TEMPLATE_ADDRESS_MAX },
		{ "replyTo", TAG_HEADER, TEMPLATE_ADDRESS_MAX },
		{ "subject", TAG_HEADER, TEMPLATE_SUBJECT_MAX },
		{ "text", TAG_TEXT, TEMPLATE_TEXT_MAX },
		{ "html", TAG_HTML, TEMPLATE_TEXT_MAX },
	};
	struct preview *preview = arg;
	struct delivery *delivery = &preview->delivery;
	struct span name = json_string(preview->job->args, "template");
	struct json_object *template;
	enum record record;

	if (preview->documents != NULL)
		command_documents_try(txn, preview->documents);
	template = kind_find(txn, &kind_template, name);
	if (template == NULL || !record_by_name(json_string(template, "automation"), &record)) {
		txn_fail(txn, FAULT_NOT_FOUND, "there is no template \"%.*s\"", (int)name.n,
		    name.p);
		return;
	}
	if (!command_target(txn, preview->job, record, "the template", &delivery->target) ||
	    !command_payload(txn, preview->job, delivery))
		return;
	delivery->project = json_string(template, "project");
	command_delivery_begin(txn, delivery, preview->job->now);
	preview->shown = json_new_object(txn_arena(txn));
	json_set_text(preview->shown, "template", name);
	target_doc(txn, delivery);
	json_set(preview->shown, "target", json_share(command_target_json(txn_arena(txn),
	    &delivery->target)));
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (!render(txn, preview, template, parts[i].member, parts[i].place,
		    parts[i].limit))
			return;
	command_put(preview->job, preview->shown);
}

static void
run(struct job *job)
{
	struct preview preview = { .job = job };
	struct span name;

	preview.request = (struct request){ .method = SPAN("POST"), .body = SPAN("{}") };
	preview.delivery.request = &preview.request;
	if (command_text(job, "template", &name) &&
	    command_trial(job, "template", name, &preview.documents))
		command_run(job, preview.documents != NULL ? STORE_DRY : STORE_READ, show, &preview);
}

const struct command command_template_preview = {
	.name = "template-preview", .words = "show the e-mail that a template would become",
	.right = RIGHT_READ, .scope = SCOPE_TARGET, .kind = "template", .named = "template",
	.answer = ANSWER_ONE,
	.run = run,
};
