/* SPDX-License-Identifier: ISC */
/* The walks through the store, one after the other. */
#include "report/report_private.h"

#include "base/text.h"
#include "community/select.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STEP_ROWS 256
#define BINS 20
#define TIME_BINS 45
#define COLUMNS 7      /* of a cross table; up to two more for round bounds */
#define TIME_COLUMNS 12

static void
free_counts(void *arg)
{
	struct report *report = arg;

	idset_free(&report->ids);
	for (size_t i = 0; i < report->field_count; i++)
		summary_free(&report->fields[i].summary);
	if (report->by != NULL)
		summary_free(&report->by->summary);
}

struct report *
report_new(struct arena *arena, const struct report_ask *ask)
{
	struct report *report = arena_alloc(arena, sizeof *report);
	struct span *fields = arena_alloc(arena, (ask->field_count + 1) * sizeof *fields);

	report->arena = arena;
	report->ask = *ask;
	report->ask.of = arena_copy(arena, ask->of);
	report->ask.filter = arena_copy(arena, ask->filter);
	report->ask.by = arena_copy(arena, ask->by);
	for (size_t i = 0; i < ask->field_count; i++)
		fields[i] = arena_copy(arena, ask->fields[i]);
	report->ask.fields = fields;
	report->series = 1;
	arena_defer(arena, free_counts, report);
	return report;
}

/* Counting one field */

void
report_count_begin(struct report *report, struct report_field *field)
{
	if (field->summary == NULL)
		field->summary = summary_new(field->type, report->series);
}

/* The figures are there, what was needed to count is not any more. */
static bool
count_end(struct report *report, struct report_field *field)
{
	bool columns = field == report->by, time = field->type == SUMMARY_TIME;
	enum summary_period period = columns ? SUMMARY_AUTO : report->ask.period;
	size_t max = columns ? time ? TIME_COLUMNS : COLUMNS : time ? TIME_BINS : BINS;

	for (size_t i = 0; i < report->series; i++)
		field->figures[i] = summary_figures(field->summary, i);
	if (!summary_bins(field->summary, report->arena, max, period, &field->bins))
		return txn_fail(report->txn, FAULT_USAGE, "%.*s goes over too long a time for "
		    "periods of that length; choose longer ones, or fewer by a filter",
		    (int)field->name.n, field->name.p);
	summary_free(&field->summary);
	return true;
}

unsigned
report_column(const struct report *report, const struct summary_value *value)
{
	const struct report_field *by = report->by;
	size_t bin = by->bins.n;

	if (value != NULL)
		bin = summary_bin_of(&by->bins, by->type, value);
	return 1U << (bin + 1); /* behind the last: those without */
}

/* What the values are, where only they can tell. */
static void
settle_type(struct report *report, struct report_field *field)
{
	static const struct record_value least[] = {
		{ .type = RECORD_BOOLEAN }, { .type = RECORD_INTEGER, .number = INT64_MIN },
		{ .type = RECORD_TIME, .number = INT64_MIN }, { .type = RECORD_TEXT },
	};
	static const enum summary_type types[] = {
		SUMMARY_BOOLEAN, SUMMARY_INTEGER, SUMMARY_TIME, SUMMARY_TEXT,
	};
	size_t found = 0;

	if (!field->any_type)
		return;
	field->any_type = false;
	field->type = SUMMARY_TEXT;
	for (size_t i = 0; i < 4; i++) {
		struct record_range range = { .record = report->record, .path = field->path,
			.low = &least[i] };
		struct record_walk *walk = record_walk_open(report->txn, &range, SPAN(""));
		struct span id, position;

		if (record_walk_next(walk, &id, NULL, &position))
			field->type = found++ == 0 ? types[i] : SUMMARY_TEXT;
		record_walk_close(&walk);
	}
}

/* As text where values are mixed. */
static struct summary_value
value_of(const struct report_field *field, const struct record_value *value, char text[32])
{
	struct summary_value out = { value->number, value->text };

	if (field->type != SUMMARY_TEXT || value->type == RECORD_TEXT)
		return out;
	if (value->type == RECORD_BOOLEAN)
		out.text = span_of(value->number != 0 ? "true" : "false");
	else if (value->type == RECORD_TIME)
		out.text = span_of(text_time_write(value->number, text));
	else
		out.text = (struct span){ text,
			(size_t)snprintf(text, 32, "%" PRId64, value->number) };
	return out;
}

/* Rows of the passes */

static void
add_to_population(struct report *report, struct span id)
{
	if (report->ids != NULL)
		idset_add(report->ids, id)->bits = 1;
	else
		report->population[0]++;
}

static void
count_value(struct report *report, struct report_field *field, struct span id,
    const struct summary_value *value)
{
	uint16_t turn = (uint16_t)(field == report->by ? 0 : report->field + 1);
	struct idset_entry *entry;
	unsigned bits = 1;

	if (report->ids == NULL) {
		summary_add(field->summary, value, bits);
		field->records[0]++;
		return;
	}
	entry = idset_find(report->ids, id);
	bits = entry != NULL ? entry->bits : 0;
	if (bits == 1 && report->series > 1)
		bits |= 1U << (report->series - 1);
	summary_add(field->summary, value, bits);
	if (entry == NULL || entry->seen == turn)
		return;
	entry->seen = turn;
	for (size_t i = 0; i < report->series; i++)
		field->records[i] += bits >> i & 1;
}

static void
assign(struct report *report, struct span id, const struct summary_value *value)
{
	struct idset_entry *entry = idset_find(report->ids, id);

	if (value != NULL)
		report->column = report_column(report, value);
	if (entry == NULL || (entry->bits & report->column) != 0)
		return;
	report->assigned += entry->bits == 1;
	entry->bits |= (uint16_t)report->column;
	for (size_t i = 1; i < report->series; i++)
		report->population[i] += report->column >> i & 1;
}

static struct report_field *
present_field(struct report *report)
{
	return report->pass == REPORT_FIELD ? &report->fields[report->field] : report->by;
}

static bool
next_row(struct report *report)
{
	struct record_value value;
	struct summary_value counted;
	struct span id, position;
	char text[32];
	bool fresh;

	if (!record_runs_next(report->runs, &id, &fresh, &value, &position))
		return false;
	report->position_size = position.n < sizeof report->position ? position.n
	                                                             : sizeof report->position;
	memcpy(report->position, position.p, report->position_size);
	report->rows++;
	if (report->pass == REPORT_POPULATION) {
		add_to_population(report, id);
		return true;
	}
	if (fresh)
		counted = value_of(present_field(report), &value, text);
	if (report->pass == REPORT_ASSIGN)
		assign(report, id, fresh ? &counted : NULL);
	else
		count_value(report, present_field(report), id, fresh ? &counted : NULL);
	return true;
}

static bool
next_selected(struct report *report)
{
	struct select_row row;
	enum select_step step = select_step(report->select, &row);

	report->rows = select_progress(report->select) * report->expected;
	if (step == SELECT_ROW)
		add_to_population(report, row.id);
	return step != SELECT_END;
}

/* From pass to pass */

static void
open_walk(struct report *report)
{
	struct report_field *field;
	struct span path;

	if (report->pass == REPORT_DONE)
		return;
	if (!report->of_records) {
		report_documents_open(report);
		return;
	}
	if (report->pass == REPORT_POPULATION && report->select != NULL) {
		report->selecting = true;
		(void)select_begin(report->txn, report->select);
		return;
	}
	field = present_field(report);
	if (report->pass == REPORT_COLUMNS || report->pass == REPORT_FIELD) {
		settle_type(report, field);
		report_count_begin(report, field);
	}
	/* A population: what every one of them has. */
	path = report->pass != REPORT_POPULATION ? field->path
	    : report->record == RECORD_USER ? SPAN("email") : SPAN("project");
	report->runs = record_runs_open(report->txn, report->record, path,
	    (struct span){ report->position, report->position_size });
}

static void
close_walk(struct report *report)
{
	if (report->selecting)
		select_end(report->select);
	if (report->runs != NULL)
		record_runs_close(&report->runs);
	report_documents_close(report);
	report->selecting = false;
}

static void
end_pass(struct report *report)
{
	switch (report->pass) {
	case REPORT_POPULATION:
		if (report->ids != NULL)
			report->population[0] = (int64_t)idset_count(report->ids);
		report->expected = (double)report->population[0];
		report->pass = report->by != NULL ? REPORT_COLUMNS : REPORT_FIELD;
		break;
	case REPORT_COLUMNS:
		if (!report->of_records)
			report_texts_end(report, report->by);
		if (count_end(report, report->by))
			report->series = report->by->bins.n + 2;
		if (report->series > SUMMARY_SERIES)
			txn_fail(report->txn, FAULT_INTERNAL, "a cross table of too many columns");
		report->pass = report->of_records ? REPORT_ASSIGN : REPORT_LOG;
		break;
	case REPORT_ASSIGN:
		report->population[report->series - 1] =
		    report->population[0] - report->assigned;
		report->pass = REPORT_FIELD;
		break;
	case REPORT_FIELD:
		count_end(report, &report->fields[report->field++]);
		break;
	case REPORT_LOG:
		for (size_t i = 0; i < report->field_count && txn_ok(report->txn); i++) {
			report_texts_end(report, &report->fields[i]);
			count_end(report, &report->fields[i]);
		}
		report->pass = REPORT_DONE;
		break;
	case REPORT_DONE:
		break;
	}
	if (report->pass == REPORT_FIELD && report->field == report->field_count)
		report->pass = REPORT_DONE;
	report->position_size = 0;
	report->passes++;
	report->rows = 0;
}

/* Who must be known by id. */
static void
choose_population(struct report *report)
{
	bool some = report->ask.filter.n > 0 || report->project.n > 0 ||
	    report->record == RECORD_PROJECT;
	bool known = some || report->by != NULL;
	struct select_ask ask = { .record = report->record, .project = report->project,
		.filter = report->ask.filter, .now = report->ask.now, .names = true };

	for (size_t i = 0; i < report->field_count; i++)
		known = known || report->fields[i].list;
	if (some)
		report->select = select_new(report->arena, &ask);
	if (known)
		report->ids = idset_new();
}

static bool
begin_first(struct txn *txn, struct report *report)
{
	if (!report_resolve(txn, report))
		return false;
	if (report->of_records) {
		report->pass = REPORT_POPULATION;
		report->expected = record_count(txn, report->record);
		choose_population(report);
	} else {
		report->pass = report->by != NULL ? REPORT_COLUMNS : REPORT_LOG;
	}
	return true;
}

bool
report_begin(struct txn *txn, struct report *report)
{
	report->txn = txn;
	if (report->kind == NULL && !begin_first(txn, report))
		return false;
	open_walk(report);
	return txn_ok(txn);
}

bool
report_step(struct report *report)
{
	if (report->pass == REPORT_DONE)
		return false;
	for (int i = 0; i < STEP_ROWS; i++) {
		if (!report->of_records ? report_document(report)
		    : report->selecting ? next_selected(report) : next_row(report))
			continue;
		if (!txn_ok(report->txn))
			return false;
		close_walk(report);
		end_pass(report);
		open_walk(report);
		break;
	}
	return txn_ok(report->txn) && report->pass != REPORT_DONE;
}

void
report_end(struct report *report)
{
	close_walk(report);
}

double
report_progress(const struct report *report)
{
	double passes = report->of_records ? 1 + (double)report->field_count : 1;
	double share = report->expected > 0 ? report->rows / report->expected : 0;

	passes += report->by == NULL ? 0 : report->of_records ? 2 : 1;
	return (report->passes + (share < 1 ? share : 1)) / passes;
}
