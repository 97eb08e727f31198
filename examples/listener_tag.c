/* SPDX-License-Identifier: ISC */
/*
 * A whole fourth listener type, to copy from: "tag" writes the text of one
 * parameter into a field of the user or ticket, where filters, look-ups and
 * lists find it. Its document has two members of its own:
 *
 *   {"kind":"listener","key":"segment","type":"tag","automation":"user",
 *    "apiKey":"crm","target":{"match":"email","parameter":"email"},
 *    "field":"segment","value":"/customer/segment"}
 *
 * Such a program knows one type more than the others: let it (or a daemon that
 * has the type in its register) own the store.
 */
#include "base/json.h"
#include "base/pointer.h"
#include "listen/listener.h"
#include "listen/listener_example.h"
#include "record/schema.h"
#include "serve/listener_main.h"
#include "store/store.h"

#define VALUE_MAX 200 /* bytes: a label, not a text */

struct tag_rule {
	struct span field; /* of the record's fields */
	struct span value; /* parameter */
};

static const struct member members[] = {
	{ "field", MEMBER_STRING, MEMBER_NEEDED | MEMBER_FILLED, .label = "Field" },
	{ "value", MEMBER_STRING, MEMBER_NEEDED | MEMBER_FILLED, .label = "Value" },
	{ .name = NULL },
};

static void
refer(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	const char *wrong = pointer_check(json_string(doc, "value"));

	(void)txn;
	if (wrong != NULL)
		complain(complaints, "/value", "%s", wrong);
}

static void *
compile(struct txn *txn, struct arena *arena, struct json_object *doc)
{
	struct tag_rule *rule = arena_alloc(arena, sizeof *rule);

	(void)txn;
	rule->field = arena_copy(arena, json_string(doc, "field"));
	rule->value = arena_copy(arena, json_string(doc, "value"));
	return rule;
}

static void
describe(const void *rule, struct jsonout *parameters)
{
	const struct tag_rule *tag = rule;

	json_open(parameters, '{');
	json_member(parameters, "name", tag->value);
	json_member(parameters, "type", SPAN("string"));
	json_member_bool(parameters, "required", true);
	json_member(parameters, "description", SPAN("the label"));
	json_close(parameters, '}');
}

static void
example(const void *rule, struct json_object *body)
{
	const struct tag_rule *tag = rule;
	struct arena *arena = arena_new();

	listener_example_set(body, tag->value, json_new_text(arena, SPAN("gold")));
	arena_free(&arena);
}

static void
apply(struct txn *txn, struct delivery *delivery, const void *rule)
{
	const struct tag_rule *tag = rule;
	struct json_object *given = NULL, *doc = target_doc(txn, delivery), *fields;
	struct span text;

	if (!pointer_get(delivery->payload, tag->value, &given)) {
		txn_fail(txn, FAULT_MISSING_PARAMETER, "the parameter %.*s is missing",
		    (int)tag->value.n, tag->value.p);
		return;
	}
	text = json_span(given);
	if (text.n == 0 || text.n > VALUE_MAX || !text_printable(text)) {
		txn_fail(txn, FAULT_BAD_VALUE, "%.*s: a text of 1 to %d bytes is expected",
		    (int)tag->value.n, tag->value.p, VALUE_MAX);
		return;
	}
	fields = json_get(doc, "fields");
	if (fields == NULL) {
		json_set(doc, "fields", json_share(json_new_object(delivery->arena)));
		fields = json_get(doc, "fields");
	}
	json_set_text(fields, arena_string(delivery->arena, tag->field), text);
	target_touch(delivery);
	delivery_effect(delivery, "tag", "%.*s = %.*s", (int)tag->field.n, tag->field.p,
	    (int)text.n, text.p);
}

static const struct listener_type listener_tag = {
	.name = "tag",
	.members = members,
	.refer = refer,
	.compile = compile,
	.describe = describe,
	.example = example,
	.apply = apply,
};

int
main(int argc, char **argv)
{
	return listener_main(argc, argv, &listener_tag);
}
