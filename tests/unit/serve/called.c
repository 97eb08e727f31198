/* SPDX-License-Identifier: ISC */
#include "serve/called.h"

#include "base/text.h"
#include "record/record.h"

static enum taken
on_part(struct pending *pending, enum part kind, struct span output)
{
	struct called *called = (struct called *)pending;

	if (kind == PART_ROWS)
		buf_span(&called->out, output);
	if (kind == PART_SUMMARY)
		buf_span(&called->summary, output);
	return PART_TAKEN;
}

static void
on_answer(struct pending *pending)
{
	struct called *called = (struct called *)pending;

	called->answers++;
	called->fault = pending->reply.fault;
	if (called->fault == FAULT_NONE)
		buf_span(&called->out, buf_bytes(&pending->reply.body));
}

void
called_ask(struct called *called, struct id id, const char *args)
{
	called_free(called);
	*called = (struct called){ .pending = { .answer = on_answer, .part = on_part },
		.call.view = { .verb = VERB_COMMAND, .id = id, .rights = RIGHTS_ALL } };
	buf_puts(&called->args, args);
	for (size_t i = 0; i < called->args.n; i++)
		if (called->args.p[i] == '\'')
			called->args.p[i] = '"';
	called->call.view.args = buf_bytes(&called->args);
	called->pending.call = &called->call;
}

void
called_free(struct called *called)
{
	reply_free(&called->pending.reply);
	buf_free(&called->out);
	buf_free(&called->summary);
	buf_free(&called->args);
}

size_t
called_lines(const struct called *called)
{
	size_t n = 0;

	for (size_t i = 0; i < called->out.n; i++)
		n += called->out.p[i] == '\n';
	return n;
}

void
called_wait(struct called *called, struct engine *engine, bool idle)
{
	while (called->answers == 0) {
		engine_turn(engine);
		engine_work(engine, idle);
	}
}

struct engine *
called_engine(const struct scratch *scratch)
{
	struct error error = { 0 };
	struct engine *engine = engine_open(scratch->home, &scratch->settings, true, false, &error);

	if (!ok(engine != NULL, "an engine %s", error.detail))
		exit(tap_done());
	return engine;
}

void
called_users(struct txn *txn, void *n)
{
	for (int i = 1; i <= *(const int *)n; i++) {
		const char *id = arena_printf(txn_arena(txn), "u%d", i);

		record_save(txn, RECORD_USER, span_of(id), doc_of(txn, arena_printf(txn_arena(txn),
		    "{'id':'%s','email':'%s@mail.example','firstName':'Ann','lastName':'N%d','score':0}",
		    id, id, i)));
	}
}
