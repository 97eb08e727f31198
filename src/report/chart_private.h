/* SPDX-License-Identifier: ISC */
/* What the files of the room share. Lengths are pixels of CSS. */
#ifndef EARSHOT_CHART_PRIVATE_H
#define EARSHOT_CHART_PRIVATE_H

#include "report/chart.h"

#include <stdint.h>

#define CHART_WIDTH 760
#define CHART_MARGIN 24
#define CHART_SERIES 16

struct chart {
	struct buf *out;
	struct arena *arena;
	struct json_object *report;
	struct json_object *by;     /* NULL: one colour */
	size_t series;              /* of by */
	bool used[CHART_SERIES];    /* somebody is in it */
	double y;                   /* where the next thing is drawn */
};

/* <text>; classes may be "". The text is escaped. */
void chart_text(struct chart *chart, const char *classes, double x, double y,
    struct span text);
void chart_line(struct chart *chart, const char *class, double x1, double y1, double x2,
    double y2);
/* With a title for the mouse, "" none. */
void chart_rect(struct chart *chart, const char *class, double x, double y, double width,
    double height, struct span title);
/* Text in the arena. */
struct span chart_count(struct chart *chart, int64_t count);
struct span chart_bin(struct chart *chart, struct json_object *owner,
    struct json_object *bin);
/* Bytes with the names of XML escaped. */
void chart_escape(struct buf *out, struct span text);
/* The pixels that the text takes, about. */
double chart_width(struct span text);
/* The next part of a bar that is divided by series: its class, its count and what it
 * is called; false behind the last. Begins with *series 0. */
bool chart_part(struct chart *chart, struct json_object *field, struct json_object *bin,
    size_t *series, const char **class_r, int64_t *count_r, struct span *title_r);
/* A round step for about four lines up to the count. */
int64_t chart_step(int64_t greatest);
int64_t chart_greatest(struct json_object *field);

/* chart_across.c, chart_along.c: one field below chart->y, which moves on. */
void chart_across(struct chart *chart, struct json_object *field);
void chart_along(struct chart *chart, struct json_object *field);

#endif
