/* SPDX-License-Identifier: ISC */
/* Bars across, one below the other: text and booleans. */
#include "report/chart_private.h"

#include "base/json.h"
#include "report/shown.h"

#define LABELS 190   /* to the left of the bars */
#define VALUES 130   /* to their right */
#define ROW 24
#define BAR 17

static void
put_axis(struct chart *chart, double left, double wide, double top, double bottom,
    int64_t greatest)
{
	int64_t step = chart_step(greatest);
	struct span unit = json_string(chart->report, "unit");

	for (int64_t at = 0; at <= greatest; at += step) {
		double x = left + wide * (double)at / (double)greatest;

		chart_line(chart, at == 0 ? "axis" : "grid", x, top, x, bottom);
		chart_text(chart, "s m", x, bottom + 15, chart_count(chart, at));
	}
	chart_text(chart, "s e", CHART_WIDTH - CHART_MARGIN, bottom + 15, unit);
}

static void
put_bar(struct chart *chart, struct json_object *field, struct json_object *bin,
    double left, double scale)
{
	struct span label = shown_cut(chart->arena, chart_bin(chart, field, bin), 25);
	int64_t all = json_integer(bin, "count", 0), count;
	struct buf value = { 0 };
	const char *class;
	struct span title;
	double x = left;
	size_t series = 0;

	chart_text(chart, "e", left - 8, chart->y + BAR - 4, label);
	while (chart_part(chart, field, bin, &series, &class, &count, &title)) {
		if (count > 0)
			chart_rect(chart, class, x, chart->y, (double)count * scale, BAR, title);
		x += (double)count * scale;
	}
	shown_count(&value, all);
	buf_puts(&value, " · ");
	shown_share(&value, all, json_integer(chart->report, "records", 0));
	chart_text(chart, "", x + 7, chart->y + BAR - 4, buf_bytes(&value));
	buf_free(&value);
	chart->y += ROW;
}

/* The row of those without a value, as a bin. */
static struct json_object *
unset_bin(struct chart *chart, struct json_object *field)
{
	struct json_object *bin = json_new_object(chart->arena);
	struct json_object *counts = json_get(field, "unsetBy");

	json_set_bool(bin, "unset", true);
	json_set_int(bin, "count", json_integer(field, "unset", 0));
	if (counts != NULL)
		json_set(bin, "counts", json_share(counts));
	return bin;
}

void
chart_across(struct chart *chart, struct json_object *field)
{
	struct json_object *bins = json_get(field, "bins");
	bool unset = json_integer(field, "unset", 0) > 0;
	size_t rows = json_count(bins) + unset;
	double left = CHART_MARGIN + LABELS;
	double wide = CHART_WIDTH - CHART_MARGIN - VALUES - left;
	int64_t greatest = chart_greatest(field);
	double top = chart->y + 4;

	chart->y = top + 6;
	put_axis(chart, left, wide, top, chart->y + (double)rows * ROW, greatest);
	for (size_t i = 0; i < json_count(bins); i++)
		put_bar(chart, field, json_at(bins, i), left, wide / (double)greatest);
	if (unset)
		put_bar(chart, field, unset_bin(chart, field), left, wide / (double)greatest);
	chart->y += 22;
}
