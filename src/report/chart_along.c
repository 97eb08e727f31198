/* SPDX-License-Identifier: ISC */
/* Bars side by side: histograms of integers, lines of time. */
#include "report/chart_private.h"

#include "base/json.h"
#include "base/text.h"
#include "report/shown.h"

#define LEFT 64      /* for the figures of the axis */
#define HIGH 170
#define BOX 22       /* above the bars: quartiles */

struct plot {
	struct json_object *field, *bins;
	size_t n;
	double left, wide, top, bottom; /* of the bars */
	double bin;                     /* width of one */
	int64_t greatest;               /* at the top */
	bool time;
};

static void
put_counts_axis(struct chart *chart, const struct plot *plot)
{
	int64_t step = chart_step(plot->greatest);

	for (int64_t at = 0; at <= plot->greatest; at += step) {
		double y = plot->bottom - (plot->bottom - plot->top) *
		    (double)at / (double)plot->greatest;

		chart_line(chart, at == 0 ? "axis" : "grid", plot->left, y,
		    plot->left + plot->wide, y);
		chart_text(chart, "s e", plot->left - 6, y + 4, chart_count(chart, at));
	}
	buf_printf(chart->out, "<text class=\"s m\" transform=\"translate(%d %.1f) "
	    "rotate(-90)\">", CHART_MARGIN - 4, (plot->top + plot->bottom) / 2);
	chart_escape(chart->out, json_string(chart->report, "unit"));
	buf_puts(chart->out, "</text>\n");
}

static void
put_bars(struct chart *chart, const struct plot *plot)
{
	double scale = (plot->bottom - plot->top) / (double)plot->greatest;
	double gap = plot->time && plot->bin > 6 ? 2 : 0.5;

	for (size_t i = 0; i < plot->n; i++) {
		struct json_object *bin = json_at(plot->bins, i);
		double x = plot->left + plot->bin * (double)i, y = plot->bottom;
		const char *class;
		struct span title;
		size_t series = 0;
		int64_t count;

		while (chart_part(chart, plot->field, bin, &series, &class, &count, &title)) {
			y -= (double)count * scale;
			if (count > 0)
				chart_rect(chart, class, x + gap / 2, y, plot->bin - gap,
				    (double)count * scale, title);
		}
	}
}

/* Of integers: the lower bound stands at the edge; one value, or an open end, in the
 * middle. */
static void
put_bounds(struct chart *chart, const struct plot *plot)
{
	double next = 0;

	for (size_t i = 0; i < plot->n; i++) {
		struct json_object *bin = json_at(plot->bins, i);
		struct json_object *from = json_get(bin, "from"), *to = json_get(bin, "to");
		bool middle = from == NULL || to == NULL ||
		    shown_value(bin, "from") == shown_value(bin, "to");
		double x = plot->left + plot->bin * ((double)i + (middle ? 0.5 : 0));
		struct buf text = { 0 };
		double half;

		if (from == NULL)
			buf_puts(&text, "≤ ");
		else if (to == NULL)
			buf_puts(&text, "≥ ");
		shown_number(&text, from != NULL ? from : to);
		half = chart_width(buf_bytes(&text)) / 2;
		if (x - half >= next) {
			chart_text(chart, "s m", x, plot->bottom + 16, buf_bytes(&text));
			next = x + half + 8;
		}
		buf_free(&text);
	}
}

/* "2 Nov", "Nov", "2026" and the year below where it changes. */
static struct span
date_text(struct chart *chart, const struct plot *plot, const struct text_date *date)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec" };
	struct span period = json_string(plot->field, "period");

	if (span_is(period, "year"))
		return span_of(arena_printf(chart->arena, "%d", date->year));
	if (span_is(period, "month"))
		return span_of(months[date->month - 1]);
	return span_of(arena_printf(chart->arena, "%d %s", date->day, months[date->month - 1]));
}

static void
put_dates(struct chart *chart, const struct plot *plot)
{
	bool years = !span_is(json_string(plot->field, "period"), "year");
	double next = 0;
	int year = -1;

	for (size_t i = 0; i < plot->n; i++) {
		double x = plot->left + plot->bin * ((double)i + 0.5), half;
		struct text_date date;
		struct span text;
		int64_t time;

		if (!text_time(json_string(json_at(plot->bins, i), "from"), &time))
			continue;
		text_date(time, &date);
		text = date_text(chart, plot, &date);
		half = chart_width(text) / 2;
		if (x - half < next)
			continue;
		chart_text(chart, "s m", x, plot->bottom + 16, text);
		if (years && date.year != year)
			chart_text(chart, "s m", x, plot->bottom + 31,
			    span_of(arena_printf(chart->arena, "%d", date.year)));
		year = date.year;
		next = x + half + 8;
	}
}

/* Where the value lies among the bars; in the middle of an open one. */
static double
place_of(const struct plot *plot, double value)
{
	size_t i = 0;
	struct json_object *bin;
	double from, to;

	while (i + 1 < plot->n && json_has(json_at(plot->bins, i), "to") &&
	    shown_value(json_at(plot->bins, i), "to") + 1 <= value)
		i++;
	bin = json_at(plot->bins, i);
	from = shown_value(bin, "from");
	to = shown_value(bin, "to") + 1;
	if (!json_has(bin, "from") || !json_has(bin, "to"))
		return plot->left + plot->bin * ((double)i + 0.5);
	/* One value stands in the middle of its bar. */
	if (to - from == 1)
		value += 0.5;
	return plot->left + plot->bin * ((double)i + (value - from) / (to - from));
}

static void
put_box(struct chart *chart, const struct plot *plot)
{
	double y = plot->top - BOX + 3, middle = y + 5;
	double least = place_of(plot, shown_value(plot->field, "min"));
	double q1 = place_of(plot, shown_value(plot->field, "q1"));
	double median = place_of(plot, shown_value(plot->field, "median"));
	double q3 = place_of(plot, shown_value(plot->field, "q3"));
	double greatest = place_of(plot, shown_value(plot->field, "max"));

	chart_line(chart, "mid", least, middle, greatest, middle);
	chart_line(chart, "mid", least, y + 1, least, y + 9);
	chart_line(chart, "mid", greatest, y + 1, greatest, y + 9);
	chart_rect(chart, "box", q1, y, q3 > q1 ? q3 - q1 : 1, 10,
	    SPAN("the middle half: from the lower to the upper quartile"));
	chart_line(chart, "mid", median, y - 2, median, y + 12);
}

static struct span
axis_title(struct chart *chart, const struct plot *plot)
{
	struct span label = json_string(plot->field, "label");
	struct span period = json_string(plot->field, "period");
	int64_t years = json_integer(plot->field, "years", 1);

	if (!plot->time)
		return label;
	if (years > 1)
		return span_of(arena_printf(chart->arena, "%.*s, %lld years each (UTC)",
		    (int)label.n, label.p, (long long)years));
	return span_of(arena_printf(chart->arena, "%.*s, by %.*s (UTC)%s", (int)label.n,
	    label.p, (int)period.n, period.p,
	    span_is(period, "week") ? ", from Mondays" : ""));
}

void
chart_along(struct chart *chart, struct json_object *field)
{
	struct plot plot = { .field = field, .bins = json_get(field, "bins"),
		.left = CHART_MARGIN + LEFT, .wide = CHART_WIDTH - 2 * CHART_MARGIN - LEFT,
		.greatest = chart_greatest(field),
		.time = span_is(json_string(field, "type"), "datetime") };
	bool box = !plot.time && chart->by == NULL;

	plot.n = json_count(plot.bins);
	plot.bin = plot.wide / (double)(plot.n < 8 ? 8 : plot.n);
	plot.top = chart->y + (box ? BOX : 0) + 8;
	plot.bottom = plot.top + HIGH;
	put_counts_axis(chart, &plot);
	put_bars(chart, &plot);
	if (box)
		put_box(chart, &plot);
	if (plot.time)
		put_dates(chart, &plot);
	else
		put_bounds(chart, &plot);
	chart->y = plot.bottom + (plot.time ? 48 : 34);
	chart_text(chart, "s m", plot.left + plot.wide / 2, chart->y,
	    shown_cut(chart->arena, axis_title(chart, &plot), 90));
	chart->y += 8;
}
