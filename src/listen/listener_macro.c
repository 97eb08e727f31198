/* SPDX-License-Identifier: ISC */
/* Listener type "macro": runs a macro on the user or ticket. */
#include "act/macro.h"
#include "base/json.h"
#include "listen/listener.h"
#include "record/schema.h"
#include "record/scope.h"
#include "store/store.h"

static const struct member members[] = {
	{ "macro", MEMBER_STRING, MEMBER_NEEDED | MEMBER_FILLED, .label = "Macro", .names = "macro",
	    .hint = "the macro that is run on the user or ticket: its key" },
	{ .name = NULL },
};

static void
refer(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct span name = json_string(doc, "macro"), project, key, automation;

	if (!scope_find(txn, "macro", json_string(doc, "project"), name, &project, &key)) {
		complain(complaints, "/macro", "there is no macro '%.*s'", (int)name.n, name.p);
		return;
	}
	automation = json_string(doc_load(txn, "macro", project, key), "automation");
	if (!span_eq(automation, json_string(doc, "automation")))
		complain(complaints, "/macro",
		    "the macro '%.*s' is for %.*s automation, the listener is not",
		    (int)name.n, name.p, (int)automation.n, automation.p);
	else
		macro_refer(txn, json_string(doc, "project"), project, key, complaints, "/macro");
}

static void *
compile(struct txn *txn, struct arena *arena, struct json_object *doc)
{
	struct span name = json_string(doc, "macro"), project, key;
	const struct macro **rule = arena_alloc(arena, sizeof *rule);

	if (!scope_find(txn, "macro", json_string(doc, "project"), name, &project, &key)) {
		txn_fail(txn, FAULT_MACRO_FAILED, "the macro '%.*s' was removed",
		    (int)name.n, name.p);
		return NULL;
	}
	*rule = macro_load(txn, arena, project, key);
	return *rule == NULL ? NULL : rule;
}

/* What the tags of a macro name may all be absent: nothing has to be sent. */
static void
describe(const void *rule, struct jsonout *parameters)
{
	(void)rule;
	(void)parameters;
}

static void
example(const void *rule, struct json_object *body)
{
	(void)rule;
	(void)body;
}

static void
apply(struct txn *txn, struct delivery *delivery, const void *rule)
{
	const struct macro *const *macro = rule;

	macro_run(txn, delivery, *macro);
}

const struct listener_type listener_macro = {
	.name = "macro",
	.help = "Runs a macro on the user or ticket that the delivery names: whatever macros do, such as e-mails, points, a new status.",
	.command = "earshot listener create phone/jira --type macro --automation feedback \\\n"
	    "    --target-match fields.jira --target-parameter /issue/key --macro close-ticket \\\n"
	    "    --sender-preset jira --sender-secrets 'a long secret that Jira has, too'\n",
	.members = members,
	.refer = refer,
	.compile = compile,
	.describe = describe,
	.example = example,
	.apply = apply,
};
