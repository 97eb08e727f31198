/* SPDX-License-Identifier: ISC */
#include "community/people_apply.h"

static void
sink_add(struct complaints *complaints, const char *pointer, const char *sentence)
{
	struct sink *sink = complaints->arg;
	size_t n = strlen(sink->text);

	complaints->count++;
	snprintf(sink->text + n, sizeof sink->text - n, "%s%s: %s", n > 0 ? "\n" : "", pointer,
	    sentence);
}

void
sink_open(struct sink *sink)
{
	*sink = (struct sink){ .complaints = { .add = sink_add, .arg = sink } };
}

/* The document that apply --replace stores of it. */
static struct json_object *
replacing(struct txn *txn, const struct kind *kind, struct json_object *doc)
{
	struct json_object *old = NULL;

	if (kind->current != NULL)
		old = kind->current(txn, doc);
	else if (strcmp(kind->name, "feedback") == 0 && json_string(doc, "id").n > 0)
		old = kind_find(txn, kind, json_string(doc, "id"));
	return doc_replaced(txn_arena(txn), kind, old, doc);
}

const char *
put_doc(struct txn *txn, const struct kind *kind, struct json_object *doc)
{
	struct sink sink;
	char done[2] = "";

	sink_open(&sink);
	doc = replacing(txn, kind, doc);
	kind_check(txn, kind, doc, &sink.complaints);
	if (sink.complaints.count == 0)
		done[0] = kind_put(txn, kind, doc, &sink.complaints);
	if (sink.complaints.count == 0)
		kind_refer(txn, kind, doc, &sink.complaints);
	return arena_printf(txn_arena(txn), "%s",
	    sink.complaints.count > 0 ? sink.text : done);
}

const char *
apply(struct txn *txn, const struct kind *kind, const char *text)
{
	return put_doc(txn, kind, doc_of(txn, text));
}

const char *
drop(struct txn *txn, const struct kind *kind, const char *name)
{
	struct sink sink;
	bool gone;

	sink_open(&sink);
	gone = kind_remove(txn, kind, span_of(name), &sink.complaints);
	return arena_printf(txn_arena(txn), "%s", gone ? "removed"
	    : sink.complaints.count > 0 ? sink.text : "absent");
}

const char *
get(struct txn *txn, const struct kind *kind, const char *name)
{
	return text_of(txn, kind_find(txn, kind, span_of(name)));
}

const char *
export(struct txn *txn, const struct kind *kind)
{
	struct span at = { NULL, 0 };
	struct json_object *doc;
	const char *text = "";

	while ((doc = kind_walk(txn, kind, at, &at)) != NULL)
		text = arena_printf(txn_arena(txn), "%s%s\n", text, text_of(txn, doc));
	return text;
}

const char *
dump(struct txn *txn, enum table table)
{
	struct walk *walk = walk_open(txn, table, SPAN(""), SPAN(""), false);
	struct span key, value, all;
	struct buf buf = { 0 };

	while (walk_next(walk, &key, &value)) {
		for (size_t i = 0; i < key.n; i++)
			if (key.p[i] > ' ' && key.p[i] < 0x7f)
				buf_putc(&buf, key.p[i]);
			else
				buf_printf(&buf, "%%%02x", (unsigned char)key.p[i]);
		buf_puts(&buf, " = ");
		buf_span(&buf, value);
		buf_putc(&buf, '\n');
	}
	walk_close(&walk);
	all = arena_copy(txn_arena(txn), buf_bytes(&buf));
	buf_free(&buf);
	return all.p;
}
