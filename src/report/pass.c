/* SPDX-License-Identifier: ISC */
/* The walks through the store, one after the other. */
#include "report/report_private.h"

#include "base/text.h"
#include "community/select.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BREATH_ROWS 256 /* rows of the index that are no more work than one record */
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
	report->ask.project = arena_copy(arena, ask->project);
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
	enum summary_period period = report->ask.period;
	size_t max = columns ? time ? TIME_COLUMNS : COLUMNS : time ? TIME_BINS : BINS;

	for (size_t i = 0; i < report->series; i++)
		field->figures[i] = summary_figures(field->summary, i);
	/* Of columns there is room for a few: where the period has more, as fits. */
	if (columns && (!summary_bins(field->summary, report->arena, max, period, &field->bins) ||
	    field->bins.n > SUMMARY_SERIES - 2))
		period = SUMMARY_AUTO;
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
	field->mixed = found > 1;
}

/* Text that is written like another value. */
static bool
needs_quotes(struct span text)
{
	int64_t number;
	bool flag;

	return text_integer(text, &number) || text_boolean(text, &flag) ||
	    span_starts(text, "\"");
}

/* As text where values are mixed. Then "5" in quotes is text, and 5 the number. */
static struct summary_value
value_of(struct report *report, const struct report_field *field,
    const struct record_value *value, char text[32])
{
	struct summary_value out = { value->number, value->text };

	if (field->type != SUMMARY_TEXT)
		return out;
	if (value->type == RECORD_TEXT) {
		if (field->mixed && needs_quotes(value->text))
			out.text = span_of(arena_join(txn_arena(report->txn), SPAN("\""), value->text,
			    SPAN("\"")));
		return out;
	}
	if (value->type == RECORD_BOOLEAN)
		out.text = span_of(value->number != 0 ? "true" : "false");
	else if (value->type == RECORD_TIME)
		out.text = span_of(text_time_write(value->number, text));
	else
		out.text = (struct span){ text,
			(size_t)snprintf(text, 32, "%" PRId64, value->number) };
	return out;
}

/* Rows */

static void
add_to_population(struct report *report, struct span id)
{
	if (report->ids != NULL)
		idset_add(report->ids, id)->bits = 1;
	else
		report->population[0]++;
}

/* turn: another one for each field, from 0. */
static void
count_value(struct report *report, struct report_field *field, uint16_t turn, struct span id,
    const struct summary_value *value)
{
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

/* Walks */

static void
end_walk(struct report *report)
{
	report->passes++;
	report->rows = 0;
}

enum counting { POPULATION, ASSIGNMENT, VALUES };

/* Everything that stands in the index under the path; of a field its values. */
static void
walk_index(struct report *report, struct span path, enum counting what,
    struct report_field *field, uint16_t turn)
{
	struct txn *txn = report->txn;
	struct record_runs *runs = record_runs_open(txn, report->record, path);
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct record_value value;
	struct summary_value counted;
	struct span id;
	char text[32];
	bool fresh;

	for (unsigned n = 1; record_runs_next(runs, &id, &fresh, &value); n++) {
		report->rows++;
		if (field != NULL && fresh)
			counted = value_of(report, field, &value, text);
		if (what == POPULATION)
			add_to_population(report, id);
		else if (what == ASSIGNMENT)
			assign(report, id, fresh ? &counted : NULL);
		else
			count_value(report, field, turn, id, fresh ? &counted : NULL);
		if (n % BREATH_ROWS == 0) {
			arena_rewind(txn_arena(txn), mark);
			if (!txn_breathe(txn))
				break;
		}
	}
	record_runs_close(&runs);
	end_walk(report);
}

static void
count_field(struct report *report, struct report_field *field, uint16_t turn)
{
	settle_type(report, field);
	report_count_begin(report, field);
	walk_index(report, field->path, VALUES, field, turn);
}

static void
walk_selected(struct report *report)
{
	struct select_row row;

	if (!select_begin(report->txn, report->select))
		return;
	while (select_next(report->select, &row)) {
		add_to_population(report, row.id);
		report->rows = select_progress(report->select) * report->expected;
	}
	select_end(report->select);
	end_walk(report);
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

/* How many records, and which ones. */
static void
find_population(struct report *report)
{
	choose_population(report);
	if (report->select != NULL)
		walk_selected(report);
	else /* What every one of them has. */
		walk_index(report, report->record == RECORD_USER ? SPAN("email")
		    : SPAN("project"), POPULATION, NULL, 0);
	if (report->ids != NULL)
		report->population[0] = (int64_t)idset_count(report->ids);
	report->expected = (double)report->population[0];
}

static void
columns_end(struct report *report)
{
	if (count_end(report, report->by))
		report->series = report->by->bins.n + 2;
	if (report->series > SUMMARY_SERIES)
		txn_fail(report->txn, FAULT_INTERNAL, "a cross table of too many columns");
}

/* The columns of the table, and every record to its own. */
static void
find_columns(struct report *report)
{
	count_field(report, report->by, 0);
	if (!txn_ok(report->txn))
		return;
	columns_end(report);
	if (!txn_ok(report->txn))
		return;
	walk_index(report, report->by->path, ASSIGNMENT, report->by, 0);
	report->population[report->series - 1] = report->population[0] - report->assigned;
}

static void
count_records(struct report *report)
{
	report->expected = record_count(report->txn, report->record);
	find_population(report);
	if (report->by != NULL && txn_ok(report->txn))
		find_columns(report);
	for (size_t i = 0; i < report->field_count && txn_ok(report->txn); i++) {
		count_field(report, &report->fields[i], (uint16_t)(i + 1));
		if (txn_ok(report->txn))
			count_end(report, &report->fields[i]);
	}
}

static void
count_documents(struct report *report)
{
	if (report->by != NULL) {
		report->counts_columns = true;
		report_documents(report);
		report->counts_columns = false;
		end_walk(report);
		if (!txn_ok(report->txn))
			return;
		report_texts_end(report, report->by);
		columns_end(report);
	}
	if (txn_ok(report->txn))
		report_documents(report);
	end_walk(report);
	for (size_t i = 0; i < report->field_count && txn_ok(report->txn); i++) {
		report_texts_end(report, &report->fields[i]);
		count_end(report, &report->fields[i]);
	}
}

bool
report_make(struct txn *txn, struct report *report)
{
	report->txn = txn;
	if (!report_resolve(txn, report))
		return false;
	if (report->of_records)
		count_records(report);
	else
		count_documents(report);
	return txn_ok(txn);
}

double
report_progress(const struct report *report)
{
	double passes = report->of_records ? 1 + (double)report->field_count : 1;
	double share = report->expected > 0 ? report->rows / report->expected : 0;

	passes += report->by == NULL ? 0 : report->of_records ? 2 : 1;
	return (report->passes + (share < 1 ? share : 1)) / passes;
}
