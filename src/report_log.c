/* SPDX-License-Identifier: ISC */
/* Comments and deliveries: read one by one, each field counted as it comes. */
#include "report_private.h"

#include "doc.h"
#include "facts.h"
#include "filter.h"
#include "json.h"
#include "secret.h"
#include "store.h"
#include "text.h"

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

/* The value of the field as it is counted; false without one. */
static bool
value_of(const struct report_field *field, struct json_object *doc,
    struct summary_value *value_r)
{
	struct json_object *json = json_get(doc, field->path.p);

	*value_r = (struct summary_value){ .text = json_span(json) };
	if (field->type == SUMMARY_TIME)
		return text_time(value_r->text, &value_r->number);
	return value_r->text.n > 0;
}

static void
count(struct report *report, struct report_field *field, struct json_object *doc,
    unsigned bits)
{
	struct summary_value value;
	struct text *text;

	if (!value_of(field, doc, &value))
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
count_document(struct report *report, struct json_object *doc)
{
	struct summary_value value;
	unsigned bits = 1;

	if (report->pass == REPORT_COLUMNS) {
		count(report, report->by, doc, 1);
		return;
	}
	if (report->by != NULL)
		bits |= report_column(report,
		    value_of(report->by, doc, &value) ? &value : NULL);
	for (size_t i = 0; i < report->series; i++)
		report->population[i] += bits >> i & 1;
	for (size_t i = 0; i < report->field_count; i++)
		count(report, &report->fields[i], doc, bits);
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

bool
report_document(struct report *report)
{
	struct arena *arena = txn_arena(report->txn);
	struct arena_mark mark = arena_mark(arena);
	struct span position;
	struct json_object *doc = report->kind->next(report->txn,
	    (struct span){ report->position, report->position_size }, &position);
	struct looked looked = { report, doc };
	struct facts facts = { .root = root_of, .arg = &looked, .now = report->ask.now };

	if (doc == NULL)
		return false;
	report->rows++;
	if (report->filter == NULL || filter_match(report->filter, &facts, arena, NULL))
		count_document(report, doc);
	report->position_size = position.n < sizeof report->position ? position.n
	                                                             : sizeof report->position;
	memcpy(report->position, position.p, report->position_size);
	arena_rewind(arena, mark);
	return true;
}
