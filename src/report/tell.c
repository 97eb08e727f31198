/* SPDX-License-Identifier: ISC */
/* The finished report as JSON. */
#include "report/report_private.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const type_names[] = {
	[SUMMARY_BOOLEAN] = "boolean", [SUMMARY_INTEGER] = "integer",
	[SUMMARY_TIME] = "datetime", [SUMMARY_TEXT] = "string",
};
/* Shortest text that is read back as the same number. */
static void
put_double(struct jsonout *out, const char *member, double value)
{
	char text[32];
	int n = 0;

	for (int digits = 1; digits <= 17; digits++) {
		n = snprintf(text, sizeof text, "%.*g", digits, value);
		if (strtod(text, NULL) == value && strchr(text, 'e') == NULL)
			break;
	}
	json_key(out, member);
	json_raw(out, (struct span){ text, (size_t)n });
}

static void
put_time(struct jsonout *out, const char *member, int64_t time)
{
	char text[TEXT_TIME_SIZE];

	json_member(out, member, span_of(text_time_write(time, text)));
}

static void
put_day(struct jsonout *out, const char *member, int64_t time)
{
	char text[TEXT_TIME_SIZE];

	text_time_write(time, text);
	json_member(out, member, (struct span){ text, sizeof "2026-11-24" - 1 });
}

/* The columns of the cross table. */
static void
put_counts(const struct report *report, struct jsonout *out, const char *member,
    const int64_t *counts)
{
	if (report->by == NULL)
		return;
	json_key(out, member);
	json_open(out, '[');
	for (size_t i = 1; i < report->series; i++)
		json_int(out, counts[i]);
	json_close(out, ']');
}

static void
put_bin(const struct report_field *field, struct jsonout *out,
    const struct summary_bin *bin)
{
	if (bin->rest) {
		json_member_bool(out, "rest", true);
	} else if (field->type == SUMMARY_TEXT) {
		json_member(out, "value", bin->text);
	} else if (field->type == SUMMARY_BOOLEAN) {
		json_member_bool(out, "value", bin->from != 0);
	} else if (field->type == SUMMARY_TIME) {
		put_day(out, "from", bin->from);
		put_day(out, "to", bin->to);
	} else {
		if (!bin->below)
			json_member_int(out, "from", bin->from);
		if (!bin->above)
			json_member_int(out, "to", bin->to);
	}
}

static void
put_period(const struct report_field *field, struct jsonout *out)
{
	if (field->type != SUMMARY_TIME || field->bins.n == 0)
		return;
	json_member(out, "period", span_of(summary_periods[field->bins.period]));
	if (field->bins.years > 1)
		json_member_int(out, "years", field->bins.years);
}

static void
put_numbers(struct jsonout *out, const struct summary_figures *figures)
{
	json_member_int(out, "min", figures->least);
	json_member_int(out, "max", figures->greatest);
	if (figures->has_sum)
		json_member_int(out, "sum", figures->sum);
	put_double(out, "mean", figures->mean);
	put_double(out, "q1", figures->quartile[0]);
	put_double(out, "median", figures->quartile[1]);
	put_double(out, "q3", figures->quartile[2]);
}

static void
put_figures(const struct report *report, const struct report_field *field,
    struct jsonout *out)
{
	const struct summary_figures *all = &field->figures[0];

	if (all->count == 0)
		return;
	if (field->type == SUMMARY_TIME) {
		put_time(out, "first", all->least);
		put_time(out, "last", all->greatest);
		put_period(field, out);
	} else if (field->type != SUMMARY_BOOLEAN) {
		json_member_int(out, "distinct", all->distinct);
	}
	if (field->type != SUMMARY_INTEGER)
		return;
	put_numbers(out, all);
	if (all->rounded)
		json_member_bool(out, "rounded", true);
	if (report->by == NULL)
		return;
	json_key(out, "series");
	json_open(out, '[');
	for (size_t i = 1; i < report->series; i++) {
		json_open(out, '{');
		json_member_int(out, "count", field->figures[i].count);
		if (field->figures[i].count > 0)
			put_numbers(out, &field->figures[i]);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
put_field(const struct report *report, const struct report_field *field,
    struct jsonout *out)
{
	int64_t values[SUMMARY_SERIES], unset[SUMMARY_SERIES];

	for (size_t i = 0; i < report->series; i++) {
		values[i] = field->figures[i].count;
		/* Who came after the others had been counted is not unset. */
		unset[i] = report->population[i] > field->records[i]
		    ? report->population[i] - field->records[i] : 0;
	}
	json_open(out, '{');
	json_member(out, "field", field->name);
	json_member(out, "label", field->label);
	json_member(out, "type", span_of(type_names[field->type]));
	json_member(out, "source", field->source);
	if (field->list)
		json_member_bool(out, "list", true);
	if (field->mixed)
		json_member_bool(out, "mixed", true);
	json_member_int(out, "records", field->records[0]);
	put_counts(report, out, "recordsBy", field->records);
	json_member_int(out, "values", values[0]);
	put_counts(report, out, "valuesBy", values);
	json_member_int(out, "unset", unset[0]);
	put_counts(report, out, "unsetBy", unset);
	put_figures(report, field, out);
	json_key(out, "bins");
	json_open(out, '[');
	for (size_t i = 0; i < field->bins.n; i++) {
		const struct summary_bin *bin = &field->bins.bins[i];

		json_open(out, '{');
		put_bin(field, out, bin);
		json_member_int(out, "count", bin->counts[0]);
		put_counts(report, out, "counts", bin->counts);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_close(out, '}');
}

static void
put_columns(const struct report *report, struct jsonout *out)
{
	const struct report_field *by = report->by;

	json_key(out, "by");
	json_open(out, '{');
	json_member(out, "field", by->name);
	json_member(out, "label", by->label);
	json_member(out, "type", span_of(type_names[by->type]));
	json_member(out, "source", by->source);
	if (by->list)
		json_member_bool(out, "list", true);
	if (by->mixed)
		json_member_bool(out, "mixed", true);
	put_period(by, out);
	json_key(out, "series");
	json_open(out, '[');
	for (size_t i = 0; i < by->bins.n; i++) {
		json_open(out, '{');
		put_bin(by, out, &by->bins.bins[i]);
		json_close(out, '}');
	}
	json_open(out, '{');
	json_member_bool(out, "unset", true);
	json_close(out, '}');
	json_close(out, ']');
	put_counts(report, out, "records", report->population);
	json_close(out, '}');
}

void
report_tell(struct report *report, struct jsonout *out)
{
	json_open(out, '{');
	json_member(out, "kind", SPAN("report"));
	json_member(out, "of", report->ask.of);
	json_member(out, "title", report->title);
	if (report->of_records)
		json_member(out, "record", span_of(record_name(report->record)));
	if (report->project.n > 0)
		json_member(out, "project", report->project);
	json_member(out, "unit", span_of(report->unit));
	put_time(out, "at", report->ask.now);
	if (report->ask.filter.n > 0)
		json_member(out, "filter", report->ask.filter);
	json_member_int(out, "records", report->population[0]);
	if (report->ask.number != REPORT_COUNT)
		json_member(out, "number", span_of(report_numbers[report->ask.number]));
	if (report->by != NULL)
		put_columns(report, out);
	json_key(out, "fields");
	json_open(out, '[');
	for (size_t i = 0; i < report->field_count; i++) {
		const struct report_field *field = &report->fields[i];

		/* Of what nobody has named, only what there is. */
		if (field->figures[0].count > 0 || !field->optional)
			put_field(report, field, out);
	}
	json_close(out, ']');
	json_close(out, '}');
}
