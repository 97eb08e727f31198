/* SPDX-License-Identifier: ISC */
#include "report/chart.h"

#include "base/json.h"
#include "base/text.h"
#include "report/shown.h"
#include "report/summary.h"

#include <math.h>
#include <stdio.h>

/* From dark to light, so that neighbours differ on paper too. */
static const unsigned char on_light[][3] = { { 43, 76, 155 }, { 42, 143, 163 },
	{ 106, 191, 105 }, { 240, 214, 90 } };
static const unsigned char on_dark[][3] = { { 109, 143, 224 }, { 79, 182, 201 },
	{ 138, 212, 136 }, { 250, 232, 140 } };
#define STOPS (sizeof on_light / sizeof on_light[0])

static const char style[] =
    "text{fill:#1f2328;font-family:system-ui,\"Segoe UI\",\"DejaVu Sans\",sans-serif;"
    "font-size:13px}"
    ".h1{font-size:20px;font-weight:600}.h2{font-size:15px;font-weight:600}"
    ".s{fill:#59636e;font-size:12px}.e{text-anchor:end}.m{text-anchor:middle}"
    ".paper{fill:#fff}.grid{stroke:#d1d9e0}.axis{stroke:#59636e}"
    ".b{fill:#2f6db5}.o{fill:#8fb3dc}.u{fill:#a8b0b8}"
    ".box{fill:#e8833a;fill-opacity:.35;stroke:#b4561a}.mid{stroke:#b4561a;stroke-width:2}";
static const char dark_style[] =
    "text{fill:#e6edf3}.s{fill:#9198a1}.paper{fill:#0d1117}.grid{stroke:#30363d}"
    ".axis{stroke:#9198a1}.b{fill:#6aa3e8}.o{fill:#3d5f8c}.u{fill:#5d666f}"
    ".box{fill:#f09a55;stroke:#f09a55}.mid{stroke:#f09a55}";

/* Lengths are pixels of CSS. */
#define WIDTH 760
#define MARGIN 24

struct chart {
	struct buf *out;
	struct arena *arena;
	const struct shown *shown;
	size_t columns;  /* of a cross table; 0: one colour */
	double y;        /* where the next thing is drawn */
	const struct chart_links *links; /* in a page; NULL: a picture of its own */
	size_t field;
};

static void
put_escape(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == '&')
			buf_puts(out, "&amp;");
		else if (c == '<')
			buf_puts(out, "&lt;");
		else if (c == '>')
			buf_puts(out, "&gt;");
		else if (c == '"')
			buf_puts(out, "&quot;");
		else if (c == 0xef && text.n - i >= 3 && (unsigned char)text.p[i + 1] == 0xbf &&
		    ((unsigned char)text.p[i + 2] & 0xfe) == 0xbe)
			i += 2; /* U+FFFE and U+FFFF are none either */
		else if (c >= ' ') /* the others are no characters of XML, or only space */
			buf_putc(out, (char)c);
	}
}

/* About. */
static double
width_of(struct span text)
{
	return 7.2 * text_width(text);
}

/* Classes may be "". */
static void
put_text(struct chart *chart, const char *classes, double x, double y, struct span text)
{
	buf_printf(chart->out, "<text x=\"%.1f\" y=\"%.1f\"", x, y);
	if (classes[0] != '\0')
		buf_printf(chart->out, " class=\"%s\"", classes);
	buf_putc(chart->out, '>');
	put_escape(chart->out, text);
	buf_puts(chart->out, "</text>\n");
}

static void
put_line(struct chart *chart, const char *class, double x1, double y1, double x2,
    double y2)
{
	buf_printf(chart->out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" "
	    "y2=\"%.1f\"/>\n", class, x1, y1, x2, y2);
}

/* Of a column, evenly from the ramp. */
static const char *
ramp_colour(struct arena *arena, const unsigned char stops[][3], size_t columns, size_t i)
{
	size_t n = columns > 2 ? columns - 2 : 1;
	double at = (double)i / (double)n * (STOPS - 1); /* NOLINT: no fraction in STOPS */
	size_t stop = (size_t)at < STOPS - 1 ? (size_t)at : STOPS - 2;
	unsigned part[3];

	for (size_t k = 0; k < 3; k++)
		part[k] = (unsigned)(stops[stop][k] + (stops[stop + 1][k] - stops[stop][k]) *
		    (at - (double)stop) + 0.5);
	return arena_printf(arena, "#%02x%02x%02x", part[0], part[1], part[2]);
}

/* With a title for the mouse, "" none. fill: where the style sheet has no colour for the
 * class; else NULL. */
static void
put_rect(struct chart *chart, const char *class, const char *fill, double x, double y,
    double width, double height, struct span title)
{
	buf_printf(chart->out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
	    "height=\"%.1f\"", class, x, y, width, height);
	if (fill != NULL)
		buf_printf(chart->out, " fill=\"%s\"", fill);
	if (title.n == 0) {
		buf_puts(chart->out, "/>\n");
		return;
	}
	buf_puts(chart->out, "><title>");
	put_escape(chart->out, title);
	buf_puts(chart->out, "</title></rect>\n");
}

/* A round step for about four lines up to the count. */
static int64_t
axis_step(int64_t greatest)
{
	return summary_round_step((double)greatest / 5);
}

/* A bar is divided by the columns of a cross table. */
static size_t
parts(const struct chart *chart)
{
	return chart->columns > 0 ? chart->columns : 1;
}

/* Of a column. In a page those without a value are grey, and the others have a colour of
 * their own, which the page makes lighter on a dark screen. */
static const char *
column_class(const struct chart *chart, size_t i, const char **fill_r)
{
	*fill_r = NULL;
	if (chart->links == NULL)
		return arena_printf(chart->arena, "c%zu", i);
	if (i + 1 == chart->columns)
		return "u";
	*fill_r = ramp_colour(chart->arena, on_light, chart->columns, i);
	return "c";
}

static struct span
part_title(const struct chart *chart, const struct shown_row *row, size_t i)
{
	struct buf title = { 0 };

	buf_span(&title, row->label);
	if (chart->columns > 0) {
		buf_puts(&title, ", ");
		buf_span(&title, chart->shown->columns[i].name);
	}
	buf_puts(&title, ": ");
	buf_span(&title, chart->shown->number.n > 0 ? row->told
	    : shown_count(chart->arena, row->counts[i]));
	return buf_keep(&title, chart->arena);
}

/* A bar, or its part in a column. */
static void
put_part(struct chart *chart, size_t row, size_t k, double x, double y, double width,
    double height)
{
	const struct shown_row *of = &chart->shown->fields[chart->field].rows[row];
	const char *fill = NULL, *class = chart->columns > 0 ? column_class(chart, k, &fill)
	    : of->what == SHOWN_UNSET ? "u" : of->what == SHOWN_REST ? "o" : "b";
	struct span link = chart->links == NULL ? SPAN("")
	    : chart->links->link(chart->links->arg, chart->field, row, k);

	if (link.n > 0) {
		buf_puts(chart->out, "<a href=\"");
		put_escape(chart->out, link);
		buf_puts(chart->out, "\" tabindex=\"-1\">");
	}
	put_rect(chart, class, fill, x, y, width, height, part_title(chart, of, k));
	buf_puts(chart->out, link.n > 0 ? "</a>\n" : "");
}

/* Bars across, one below the other: text and booleans. */

#define LABELS 190   /* to the left of the bars */
#define VALUES 130   /* to their right */
#define ROW 24
#define BAR 17

/* Round steps of an axis of this length: of what is counted, whole ones. */
static double
step_of(const struct chart *chart, double length)
{
	double unit = 1;

	if (chart->shown->number.n == 0)
		return (double)axis_step((int64_t)length);
	while (length / unit < 4 && unit > 1e-6)
		unit /= 10;
	while (length / unit > 1e9)
		unit *= 10;
	return unit * (double)summary_round_step(length / unit / 5);
}

static struct span
axis_text(const struct chart *chart, double at)
{
	char text[32];

	if (chart->shown->number.n == 0)
		return shown_count(chart->arena, (int64_t)at);
	snprintf(text, sizeof text, "%.10g", at);
	return shown_number(chart->arena, json_load(chart->arena, arena_copy(chart->arena,
	    span_of(text))));
}

static void
put_across(struct chart *chart, const struct shown_field *field)
{
	double left = MARGIN + LABELS, wide = WIDTH - MARGIN - VALUES - left;
	double top = chart->y + 4, bottom = top + 6 + (double)field->n * ROW;
	double low = 0, high = chart->shown->number.n == 0 ? 1 : 0, step;

	for (size_t i = 0; i < field->n; i++) {
		low = field->rows[i].amount < low ? field->rows[i].amount : low;
		high = field->rows[i].amount > high ? field->rows[i].amount : high;
	}
	if (high - low <= 0)
		high = 1;
	step = step_of(chart, high - low);
	/* NOLINTNEXTLINE(cert-flp30-c): some steps, which may miss the end by their millionth */
	for (double at = step * ceil(low / step); at <= high + step * 1e-6; at += step) {
		double x = left + wide * (at - low) / (high - low);
		bool zero = fabs(at) < step / 2;

		put_line(chart, zero ? "axis" : "grid", x, top, x, bottom);
		put_text(chart, "s m", x, bottom + 15, axis_text(chart, zero ? 0 : at));
	}
	put_text(chart, "s e", WIDTH - MARGIN, bottom + 15, chart->shown->number.n > 0
	    ? chart->shown->number : chart->shown->unit);
	chart->y = top + 6;
	for (size_t i = 0; i < field->n; i++) {
		const struct shown_row *row = &field->rows[i];
		double x = left + wide * (0 - low) / (high - low), end = x;

		put_text(chart, "e", left - 8, chart->y + BAR - 4,
		    shown_cut(chart->arena, row->label, 25));
		if (chart->shown->number.n > 0) {
			double length = row->amount * (wide / (high - low));

			if (row->amount != 0)
				put_part(chart, i, 0, length < 0 ? x + length : x, chart->y,
				    fabs(length), BAR);
			end = length > 0 ? x + length : x;
		}
		for (size_t k = 0; chart->shown->number.n == 0 && k < parts(chart); k++) {
			double length = (double)row->counts[k] * (wide / high);

			if (row->counts[k] > 0)
				put_part(chart, i, k, end, chart->y, length, BAR);
			end += length;
		}
		put_text(chart, "", end + 7, chart->y + BAR - 4, row->told);
		chart->y += ROW;
	}
	chart->y += 22;
}

/* Bars side by side: histograms of integers, lines of time. */

#define LEFT 64      /* for the figures of the axis */
#define HIGH 170
#define BOX 22       /* above the bars: quartiles */

struct plot {
	const struct shown_field *field;
	double left, wide, top, bottom; /* of the bars */
	double bin;                     /* width of one */
	int64_t greatest;               /* at the top */
	bool time;
};

static void
put_counts_axis(struct chart *chart, const struct plot *plot)
{
	int64_t step = axis_step(plot->greatest);

	for (int64_t at = 0; at <= plot->greatest; at += step) {
		double y = plot->bottom - (plot->bottom - plot->top) *
		    (double)at / (double)plot->greatest;

		put_line(chart, at == 0 ? "axis" : "grid", plot->left, y,
		    plot->left + plot->wide, y);
		put_text(chart, "s e", plot->left - 6, y + 4, shown_count(chart->arena, at));
	}
	buf_printf(chart->out, "<text class=\"s m\" transform=\"translate(%d %.1f) "
	    "rotate(-90)\">", MARGIN - 4, (plot->top + plot->bottom) / 2);
	put_escape(chart->out, chart->shown->unit);
	buf_puts(chart->out, "</text>\n");
}

static void
put_bars(struct chart *chart, const struct plot *plot)
{
	double scale = (plot->bottom - plot->top) / (double)plot->greatest;
	double gap = plot->time && plot->bin > 6 ? 2 : 0.5;

	for (size_t i = 0; i < plot->field->bins; i++) {
		const struct shown_row *row = &plot->field->rows[i];
		double x = plot->left + plot->bin * (double)i, y = plot->bottom;

		for (size_t k = 0; k < parts(chart); k++) {
			double height = (double)row->counts[k] * scale;

			y -= height;
			if (row->counts[k] > 0)
				put_part(chart, i, k, x + gap / 2, y, plot->bin - gap, height);
		}
	}
}

/* Of integers: the lower bound stands at the edge; one value, or an open end, in the
 * middle. */
static void
put_bounds(struct chart *chart, const struct plot *plot)
{
	double next = 0;

	for (size_t i = 0; i < plot->field->bins; i++) {
		struct json_object *bin = plot->field->rows[i].bin;
		struct json_object *from = json_get(bin, "from"), *to = json_get(bin, "to");
		bool middle = from == NULL || to == NULL ||
		    shown_value(bin, "from") == shown_value(bin, "to");
		double x = plot->left + plot->bin * ((double)i + (middle ? 0.5 : 0));
		struct span text = shown_number(chart->arena, from != NULL ? from : to);
		double half;

		if (from == NULL || to == NULL)
			text = span_of(arena_printf(chart->arena, "%s%s", from == NULL ? "≤ " : "≥ ",
			    text.p));
		half = width_of(text) / 2;
		if (x - half < next)
			continue;
		put_text(chart, "s m", x, plot->bottom + 16, text);
		next = x + half + 8;
	}
}

/* "2 Nov", "Nov", "2026" and the year below where it changes. */
static struct span
date_text(struct chart *chart, const struct plot *plot, const struct text_date *date)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec" };
	struct span period = json_string(plot->field->json, "period");

	if (span_is(period, "year"))
		return span_of(arena_printf(chart->arena, "%d", date->year));
	if (span_is(period, "month"))
		return span_of(months[date->month - 1]);
	return span_of(arena_printf(chart->arena, "%d %s", date->day, months[date->month - 1]));
}

static void
put_dates(struct chart *chart, const struct plot *plot)
{
	bool years = !span_is(json_string(plot->field->json, "period"), "year");
	double next = 0;
	int year = -1;

	for (size_t i = 0; i < plot->field->bins; i++) {
		double x = plot->left + plot->bin * ((double)i + 0.5), half;
		struct text_date date;
		struct span text;
		int64_t time;

		if (!text_time(json_string(plot->field->rows[i].bin, "from"), &time))
			continue;
		text_date(time, &date);
		text = date_text(chart, plot, &date);
		half = width_of(text) / 2;
		if (x - half < next)
			continue;
		put_text(chart, "s m", x, plot->bottom + 16, text);
		if (years && date.year != year)
			put_text(chart, "s m", x, plot->bottom + 31,
			    span_of(arena_printf(chart->arena, "%d", date.year)));
		year = date.year;
		next = x + half + 8;
	}
}

/* Where the value lies among the bars; in the middle of an open one. */
static double
place_of(const struct plot *plot, double value)
{
	const struct shown_row *rows = plot->field->rows;
	struct json_object *bin;
	double from, to;
	size_t i = 0;

	while (i + 1 < plot->field->bins && json_has(rows[i].bin, "to") &&
	    shown_value(rows[i].bin, "to") + 1 <= value)
		i++;
	bin = rows[i].bin;
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
	double least = place_of(plot, shown_value(plot->field->json, "min"));
	double q1 = place_of(plot, shown_value(plot->field->json, "q1"));
	double median = place_of(plot, shown_value(plot->field->json, "median"));
	double q3 = place_of(plot, shown_value(plot->field->json, "q3"));
	double greatest = place_of(plot, shown_value(plot->field->json, "max"));

	put_line(chart, "mid", least, middle, greatest, middle);
	put_line(chart, "mid", least, y + 1, least, y + 9);
	put_line(chart, "mid", greatest, y + 1, greatest, y + 9);
	put_rect(chart, "box", NULL, q1, y, q3 > q1 ? q3 - q1 : 1, 10,
	    SPAN("the middle half: from the lower to the upper quartile"));
	put_line(chart, "mid", median, y - 2, median, y + 12);
}

static struct span
axis_title(struct chart *chart, const struct plot *plot)
{
	struct span label = plot->field->label;
	struct span period = json_string(plot->field->json, "period");
	int64_t years = json_integer(plot->field->json, "years", 1);

	if (!plot->time)
		return label;
	if (years > 1)
		return span_of(arena_printf(chart->arena, "%.*s, %lld years each (UTC)",
		    (int)label.n, label.p, (long long)years));
	return span_of(arena_printf(chart->arena, "%.*s, by %.*s (UTC)%s", (int)label.n,
	    label.p, (int)period.n, period.p,
	    span_is(period, "week") ? ", from Mondays" : ""));
}

static void
put_along(struct chart *chart, const struct shown_field *field)
{
	struct plot plot = { .field = field, .left = MARGIN + LEFT,
		.wide = WIDTH - 2 * MARGIN - LEFT,
		.greatest = shown_greatest(field->rows, field->bins),
		.time = span_is(json_string(field->json, "type"), "datetime") };
	bool box = !plot.time && chart->columns == 0;

	plot.bin = plot.wide / (double)(field->bins < 8 ? 8 : field->bins);
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
	put_text(chart, "s m", plot.left + plot.wide / 2, chart->y,
	    shown_cut(chart->arena, axis_title(chart, &plot), 90));
	chart->y += 8;
}

/* The picture around them */

/* Colours of the series, evenly from the ramp; grey for those without. */
static void
put_ramp(struct chart *chart, struct buf *out, const unsigned char stops[][3],
    const char *grey)
{
	for (size_t i = 0; i + 1 < chart->columns; i++)
		buf_printf(out, ".c%zu{fill:%s;stroke:#59636e;stroke-width:.5}", i,
		    ramp_colour(chart->arena, stops, chart->columns, i));
	if (chart->columns > 0)
		buf_printf(out, ".c%zu{fill:%s}", chart->columns - 1, grey);
}

static void
put_legend(struct chart *chart)
{
	double x = MARGIN;

	chart->y += 24;
	for (size_t i = 0; i < chart->columns; i++) {
		struct span name = shown_cut(chart->arena, chart->shown->columns[i].name, 30);
		double wide = 22 + width_of(name) + 14;
		const char *class, *fill;

		if (!chart->shown->columns[i].used)
			continue;
		if (x + wide > WIDTH - MARGIN) {
			x = MARGIN;
			chart->y += 20;
		}
		class = column_class(chart, i, &fill);
		put_rect(chart, class, fill, x, chart->y - 10, 14, 12, SPAN(""));
		put_text(chart, "", x + 20, chart->y, name);
		x += wide;
	}
	chart->y += 14;
}

static void
put_head(struct chart *chart)
{
	chart->y = MARGIN + 16;
	put_text(chart, "h1", MARGIN, chart->y, chart->shown->title);
	for (struct span rest = chart->shown->head; rest.n > 0;) {
		chart->y += 18;
		put_text(chart, "s", MARGIN, chart->y,
		    shown_cut(chart->arena, text_cut(&rest, '\n'), 105));
	}
	if (chart->columns > 0)
		put_legend(chart);
	chart->y += 16;
}

static void
put_field(struct chart *chart, const struct shown_field *field)
{
	buf_puts(chart->out, "<g>\n");
	chart->y += 20;
	put_text(chart, "h2", MARGIN, chart->y, field->label);
	chart->y += 17;
	put_text(chart, "s", MARGIN, chart->y, shown_cut(chart->arena, field->sentence, 108));
	chart->y += 10;
	if (!field->bars)
		chart->y += 4;
	else if (field->along)
		put_along(chart, field);
	else
		put_across(chart, field);
	buf_puts(chart->out, "</g>\n");
	chart->y += 14;
}

/* What the picture shows, in words. */
static void
put_description(struct buf *out, const struct shown *shown)
{
	struct buf text = { 0 };

	buf_span(&text, shown->head);
	for (size_t i = 0; i < shown->field_count; i++) {
		buf_span(&text, shown->fields[i].label);
		buf_puts(&text, ": ");
		buf_span(&text, shown->fields[i].sentence);
		buf_puts(&text, ".\n");
	}
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\n')
			text.p[i] = ' ';
	put_escape(out, buf_bytes(&text));
	buf_free(&text);
}

void
chart_svg(struct buf *out, const struct shown *shown)
{
	struct buf inside = { 0 };
	struct chart chart = { .out = &inside, .arena = arena_new(), .shown = shown,
		.columns = shown->column_count };

	put_head(&chart);
	for (size_t i = 0; i < shown->field_count; i++) {
		chart.field = i;
		put_field(&chart, &shown->fields[i]);
	}
	buf_printf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
	    "viewBox=\"0 0 %d %.0f\" role=\"img\" aria-labelledby=\"title desc\">\n"
	    "<title id=\"title\">", WIDTH, chart.y + 10, WIDTH, chart.y + 10);
	put_escape(out, shown->title);
	buf_puts(out, "</title>\n<desc id=\"desc\">");
	put_description(out, shown);
	buf_printf(out, "</desc>\n<style>%s", style);
	put_ramp(&chart, out, on_light, "#a8b0b8");
	buf_printf(out, "@media screen and (prefers-color-scheme:dark){%s", dark_style);
	put_ramp(&chart, out, on_dark, "#5d666f");
	buf_puts(out, "}</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n");
	buf_span(out, buf_bytes(&inside));
	buf_puts(out, "</svg>\n");
	buf_free(&inside);
	arena_free(&chart.arena);
}

void
chart_inside(struct buf *out, const struct shown *shown, size_t field,
    const struct chart_links *links)
{
	const struct shown_field *of = &shown->fields[field];
	struct buf inside = { 0 };
	struct chart chart = { .out = &inside, .arena = arena_new(), .shown = shown,
		.columns = shown->column_count, .links = links, .field = field };

	if (of->bars) {
		if (chart.columns > 0)
			put_legend(&chart);
		if (of->along)
			put_along(&chart, of);
		else
			put_across(&chart, of);
		buf_printf(out, "<svg class=\"chart\" viewBox=\"0 0 %d %.0f\" aria-hidden=\"true\">\n",
		    WIDTH, chart.y + 10);
		buf_span(out, buf_bytes(&inside));
		buf_puts(out, "</svg>\n");
	}
	buf_free(&inside);
	arena_free(&chart.arena);
}
