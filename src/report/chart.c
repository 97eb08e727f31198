/* SPDX-License-Identifier: ISC */
/* The picture around the charts. */
#include "report/chart_private.h"

#include "base/json.h"
#include "base/text.h"
#include "report/shown.h"
#include "report/summary.h"

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

void
chart_escape(struct buf *out, struct span text)
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

double
chart_width(struct span text)
{
	return 7.2 * text_width(text);
}

void
chart_text(struct chart *chart, const char *classes, double x, double y, struct span text)
{
	buf_printf(chart->out, "<text x=\"%.1f\" y=\"%.1f\"", x, y);
	if (classes[0] != '\0')
		buf_printf(chart->out, " class=\"%s\"", classes);
	buf_putc(chart->out, '>');
	chart_escape(chart->out, text);
	buf_puts(chart->out, "</text>\n");
}

void
chart_line(struct chart *chart, const char *class, double x1, double y1, double x2,
    double y2)
{
	buf_printf(chart->out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" "
	    "y2=\"%.1f\"/>\n", class, x1, y1, x2, y2);
}

void
chart_rect(struct chart *chart, const char *class, double x, double y, double width,
    double height, struct span title)
{
	buf_printf(chart->out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
	    "height=\"%.1f\"", class, x, y, width, height);
	if (title.n == 0) {
		buf_puts(chart->out, "/>\n");
		return;
	}
	buf_puts(chart->out, "><title>");
	chart_escape(chart->out, title);
	buf_puts(chart->out, "</title></rect>\n");
}

struct span
chart_count(struct chart *chart, int64_t count)
{
	struct buf text = { 0 };

	shown_count(&text, count);
	return buf_keep(&text, chart->arena);
}

struct span
chart_bin(struct chart *chart, struct json_object *owner, struct json_object *bin)
{
	struct buf text = { 0 };

	shown_bin(&text, owner, bin);
	return buf_keep(&text, chart->arena);
}

int64_t
chart_greatest(struct json_object *field)
{
	struct json_object *bins = json_get(field, "bins");
	int64_t greatest = span_is(json_string(field, "type"), "integer") ||
	    span_is(json_string(field, "type"), "datetime")
	    ? 0 : json_integer(field, "unset", 0);

	for (size_t i = 0; i < json_count(bins); i++) {
		int64_t count = json_integer(json_at(bins, i), "count", 0);

		greatest = count > greatest ? count : greatest;
	}
	return greatest > 0 ? greatest : 1;
}

int64_t
chart_step(int64_t greatest)
{
	return summary_round_step((double)greatest / 5);
}

static const char *
whole_class(struct json_object *bin)
{
	return json_has(bin, "unset") ? "u" : json_has(bin, "rest") ? "o" : "b";
}

bool
chart_part(struct chart *chart, struct json_object *field, struct json_object *bin,
    size_t *series, const char **class_r, int64_t *count_r, struct span *title_r)
{
	struct json_object *names = json_get(chart->by, "series");
	struct buf title = { 0 };
	size_t i = (*series)++;

	if (i >= (chart->by == NULL ? 1 : chart->series))
		return false;
	*count_r = json_integer(bin, "count", 0);
	*class_r = whole_class(bin);
	if (chart->by != NULL) {
		struct json_object *counts = json_get(bin, "counts");

		if (!shown_integer(json_at(counts, i), count_r))
			*count_r = 0;
		*class_r = arena_printf(chart->arena, "c%zu", i);
	}
	shown_bin(&title, field, bin);
	if (chart->by != NULL) {
		buf_puts(&title, ", ");
		shown_bin(&title, chart->by, json_at(names, i));
	}
	buf_puts(&title, ": ");
	shown_count(&title, *count_r);
	*title_r = buf_keep(&title, chart->arena);
	return true;
}

/* Colours of the series, evenly from the ramp; grey for those without. */
static void
put_ramp(struct chart *chart, struct buf *out, const unsigned char stops[][3],
    const char *grey)
{
	size_t n = chart->series > 2 ? chart->series - 2 : 1;

	for (size_t i = 0; i + 1 < chart->series; i++) {
		double at = (double)i / (double)n * (STOPS - 1);
		size_t stop = (size_t)at < STOPS - 1 ? (size_t)at : STOPS - 2;
		int part[3];

		for (size_t k = 0; k < 3; k++)
			part[k] = (int)(stops[stop][k] + (stops[stop + 1][k] - stops[stop][k]) *
			    (at - (double)stop) + 0.5);
		buf_printf(out, ".c%zu{fill:#%02x%02x%02x;stroke:#59636e;stroke-width:.5}", i, (unsigned)part[0],
		    (unsigned)part[1], (unsigned)part[2]);
	}
	if (chart->series > 0)
		buf_printf(out, ".c%zu{fill:%s}", chart->series - 1, grey);
}

static void
put_legend(struct chart *chart)
{
	struct json_object *names = json_get(chart->by, "series");
	double x = CHART_MARGIN;

	chart->y += 24;
	for (size_t i = 0; i < chart->series; i++) {
		struct span name = shown_cut(chart->arena,
		    chart_bin(chart, chart->by, json_at(names, i)), 30);
		double wide = 22 + chart_width(name) + 14;

		if (!chart->used[i])
			continue;
		if (x + wide > CHART_WIDTH - CHART_MARGIN) {
			x = CHART_MARGIN;
			chart->y += 20;
		}
		chart_rect(chart, arena_printf(chart->arena, "c%zu", i), x, chart->y - 10, 14, 12,
		    SPAN(""));
		chart_text(chart, "", x + 20, chart->y, name);
		x += wide;
	}
	chart->y += 14;
}

static void
put_head(struct chart *chart)
{
	struct buf lines = { 0 };
	struct span rest;

	chart->y = CHART_MARGIN + 16;
	chart_text(chart, "h1", CHART_MARGIN, chart->y, json_string(chart->report, "title"));
	shown_head(&lines, chart->report);
	for (rest = buf_bytes(&lines); rest.n > 0;) {
		chart->y += 18;
		chart_text(chart, "s", CHART_MARGIN, chart->y,
		    shown_cut(chart->arena, text_cut(&rest, '\n'), 105));
	}
	buf_free(&lines);
	if (chart->by != NULL)
		put_legend(chart);
	chart->y += 16;
}

static void
put_field(struct chart *chart, struct json_object *field)
{
	struct span type = json_string(field, "type"), words;
	struct buf sentence = { 0 };

	shown_sentence(&sentence, chart->report, field);
	words = buf_keep(&sentence, chart->arena);
	buf_puts(chart->out, "<g>\n");
	chart->y += 20;
	chart_text(chart, "h2", CHART_MARGIN, chart->y, json_string(field, "label"));
	chart->y += 17;
	chart_text(chart, "s", CHART_MARGIN, chart->y, shown_cut(chart->arena, words, 108));
	chart->y += 10;
	if (!shown_has_bars(field))
		chart->y += 4;
	else if (span_is(type, "integer") || span_is(type, "datetime"))
		chart_along(chart, field);
	else
		chart_across(chart, field);
	buf_puts(chart->out, "</g>\n");
	chart->y += 14;
}

/* What the picture shows, in words. */
static void
put_description(struct buf *out, struct json_object *report)
{
	struct json_object *fields = json_get(report, "fields");
	struct buf text = { 0 };

	shown_head(&text, report);
	for (size_t i = 0; i < json_count(fields); i++) {
		buf_span(&text, json_string(json_at(fields, i), "label"));
		buf_puts(&text, ": ");
		shown_sentence(&text, report, json_at(fields, i));
		buf_puts(&text, ".\n");
	}
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\n')
			text.p[i] = ' ';
	chart_escape(out, buf_bytes(&text));
	buf_free(&text);
}

static void
put_picture(struct buf *out, struct chart *chart, struct span inside)
{
	buf_printf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
	    "viewBox=\"0 0 %d %.0f\" role=\"img\" aria-labelledby=\"title desc\">\n"
	    "<title id=\"title\">", CHART_WIDTH, chart->y + 10, CHART_WIDTH, chart->y + 10);
	chart_escape(out, json_string(chart->report, "title"));
	buf_puts(out, "</title>\n<desc id=\"desc\">");
	put_description(out, chart->report);
	buf_printf(out, "</desc>\n<style>%s", style);
	put_ramp(chart, out, on_light, "#a8b0b8");
	buf_printf(out, "@media screen and (prefers-color-scheme:dark){%s", dark_style);
	put_ramp(chart, out, on_dark, "#5d666f");
	buf_puts(out, "}</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n");
	buf_span(out, inside);
	buf_puts(out, "</svg>\n");
}

void
chart_svg(struct buf *out, struct json_object *report)
{
	struct buf inside = { 0 };
	struct chart chart = { .out = &inside, .arena = arena_new(), .report = report,
		.by = json_get(report, "by") };
	struct json_object *fields = json_get(report, "fields");
	struct json_object *records = json_get(chart.by, "records");

	chart.series = json_count(json_get(chart.by, "series"));
	if (chart.series > CHART_SERIES)
		chart.series = CHART_SERIES;
	for (size_t i = 0; i < chart.series; i++) {
		int64_t count = 0;

		chart.used[i] = shown_integer(json_at(records, i), &count) && count > 0;
	}
	put_head(&chart);
	for (size_t i = 0; i < json_count(fields); i++)
		put_field(&chart, json_at(fields, i));
	put_picture(out, &chart, buf_bytes(&inside));
	buf_free(&inside);
	arena_free(&chart.arena);
}
