/* SPDX-License-Identifier: ISC */
/* Comments and deliveries: read one by one, each field counted as it comes. */
#include "report/report_private.h"

#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "lang/facts.h"
#include "lang/filter.h"
#include "listen/journal.h"
#include "record/doc.h"
#include "store/store.h"
#include "store/table.h"

#include <stdlib.h>
#include <string.h>

#define TEXTS_MAX 200000 /* different ones of a field */

struct text {
	struct text *next;     /* in its slot */
	struct span text;
	int64_t counts[SUMMARY_SERIES];
};

/* Texts in no order, with how often they came. */
struct report_texts {
	unsigned char key[SECRET_TABLE_KEY_SIZE];
	struct text *slots[8192];
	size_t n;
};

static struct text *
find_text(struct report *report, struct report_field *field, struct span text)
{
	struct report_texts *texts = field->texts;
	struct text **slot, *found;

	if (texts == NULL) {
		texts = field->texts = arena_alloc(report->arena, sizeof *texts);
		secret_random(texts->key, sizeof texts->key);
	}
	slot = &texts->slots[secret_table_hash(text, texts->key) % 8192];
	for (found = *slot; found != NULL; found = found->next)
		if (span_eq(found->text, text))
			return found;
	if (texts->n++ == TEXTS_MAX) {
		txn_fail(report->txn, FAULT_USAGE, "%.*s has more than %d different values; "
		    "choose other fields, or fewer %s by a filter", (int)field->name.n,
		    field->name.p, TEXTS_MAX, report->unit);
		return NULL;
	}
	found = arena_alloc(report->arena, sizeof *found);
	*found = (struct text){ .next = *slot, .text = arena_copy(report->arena, text) };
	return *slot = found;
}

static int
by_text(const void *a, const void *b)
{
	return span_cmp((*(struct text *const *)a)->text, (*(struct text *const *)b)->text);
}

void
report_texts_end(struct report *report, struct report_field *field)
{
	struct report_texts *texts = field->texts;
	struct text **list;
	size_t n = 0;

	report_count_begin(report, field);
	if (texts == NULL)
		return;
	list = arena_alloc(report->arena, (texts->n + 1) * sizeof *list);
	for (size_t i = 0; i < sizeof texts->slots / sizeof texts->slots[0]; i++)
		for (struct text *text = texts->slots[i]; text != NULL; text = text->next)
			list[n++] = text;
	qsort(list, n, sizeof *list, by_text);
	for (size_t i = 0; i < n; i++)
		summary_add_many(field->summary,
		    &(struct summary_value){ .text = list[i]->text }, list[i]->counts);
	field->texts = NULL;
}

/* What is counted: a document, or what is told of a delivery in brief. */
struct item {
	struct json_object *doc; /* NULL: */
	struct journal_brief brief;
};

/* The value of the field as it is counted; false without one. */
static bool
value_of(const struct report_field *field, const struct item *item,
    struct summary_value *value_r)
{
	*value_r = (struct summary_value){ 0 };
	if (item->doc != NULL)
		value_r->text = json_string(item->doc, field->path.p);
	else if (field->type == SUMMARY_TIME)
		value_r->number = id_time(item->brief.id);
	else
		value_r->text = span_is(field->path, "listener") ? item->brief.listener
		                                                 : item->brief.outcome;
	if (field->type == SUMMARY_TIME)
		return item->doc == NULL || text_time(value_r->text, &value_r->number);
	return value_r->text.n > 0;
}

static void
count(struct report *report, struct report_field *field, const struct item *item,
    unsigned bits)
{
	struct summary_value value;
	struct text *text;

	if (!value_of(field, item, &value))
		return;
	for (size_t i = 0; i < report->series; i++)
		field->records[i] += bits >> i & 1;
	if (field->type == SUMMARY_TIME) {
		report_count_begin(report, field);
		summary_add(field->summary, &value, bits);
	} else if ((text = find_text(report, field, value.text)) != NULL) {
		for (size_t i = 0; i < report->series; i++)
			text->counts[i] += bits >> i & 1;
	}
}

static void
count_item(struct report *report, const struct item *item)
{
	struct summary_value value;
	unsigned bits = 1;

	report->rows++;
	if (report->counts_columns) {
		count(report, report->by, item, 1);
		return;
	}
	if (report->by != NULL)
		bits |= report_column(report,
		    value_of(report->by, item, &value) ? &value : NULL);
	for (size_t i = 0; i < report->series; i++)
		report->population[i] += bits >> i & 1;
	for (size_t i = 0; i < report->field_count; i++)
		count(report, &report->fields[i], item, bits);
}

/* Of the project that is asked for: a delivery by its listener, a comment by its ticket. */
static bool
is_meant(struct report *report, const struct item *item)
{
	struct span project, key, ticket;

	if (report->project.n == 0)
		return true;
	if (report->kind == &kind_delivery) {
		doc_name_split(item->doc != NULL ? json_string(item->doc, "listener")
		    : item->brief.listener, &project, &key);
		return span_eq(project, report->project);
	}
	ticket = json_string(item->doc, "feedback");
	return ticket.n > 0 ? record_is_of(report->txn, RECORD_FEEDBACK, ticket, report->project)
	    : span_eq(json_string(item->doc, "project"), report->project);
}

struct looked {
	const struct report *report;
	struct json_object *doc;
};

static struct json_object *
root_of(void *arg, const char *name)
{
	const struct looked *looked = arg;

	return strcmp(name, looked->report->kind->name) == 0 ? looked->doc : NULL;
}

static bool
in_brief(const struct report_field *field)
{
	return span_is(field->path, "at") || span_is(field->path, "listener") ||
	    span_is(field->path, "outcome");
}

/* What they say stands in rows that are read many at once. */
static bool
all_in_brief(const struct report *report)
{
	bool brief = report->kind == &kind_delivery && report->filter == NULL &&
	    (report->by == NULL || in_brief(report->by));

	for (size_t i = 0; i < report->field_count; i++)
		brief = brief && in_brief(&report->fields[i]);
	return brief;
}

static void
documents_in_brief(struct report *report)
{
	struct walk *walk = journal_brief(report->txn);
	struct item item = { 0 };

	while (txn_breathe(report->txn) && journal_brief_next(walk, &item.brief))
		if (is_meant(report, &item))
			count_item(report, &item);
	walk_close(&walk);
}

void
report_documents(struct report *report)
{
	struct arena *arena = txn_arena(report->txn);
	struct arena_mark mark = arena_mark(arena);
	struct looked looked = { .report = report };
	struct facts facts = { .root = root_of, .arg = &looked, .now = report->ask.now };
	struct buf after = { 0 };
	struct item item;
	struct span position;

	if (all_in_brief(report)) {
		documents_in_brief(report);
		return;
	}
	while (txn_breathe(report->txn)) {
		item = (struct item){ .doc = kind_walk(report->txn, report->kind,
		    buf_bytes(&after), &position) };
		if (item.doc == NULL)
			break;
		/* cppcheck-suppress unreadVariable ; it is read by root_of() */
		looked.doc = item.doc;
		if (is_meant(report, &item) && (report->filter == NULL ||
		    filter_match(report->filter, &facts, arena, NULL)))
			count_item(report, &item);
		after.n = 0;
		buf_span(&after, position);
		arena_rewind(arena, mark);
	}
	buf_free(&after);
}
