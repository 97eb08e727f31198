/* SPDX-License-Identifier: ISC */
/*
 * How the parts of a report (report.h) are called for people: numbers, bins,
 * columns, and each field in a sentence. Pure.
 */
#ifndef EARSHOT_SHOWN_H
#define EARSHOT_SHOWN_H

#include "base/buf.h"

struct json_object;

/* 1,234,567 */
void shown_count(struct buf *out, int64_t count);
/* A number of a report, with at most two digits behind the point: 1,234.57. */
void shown_number(struct buf *out, struct json_object *number);
/* False when it is no integer. */
bool shown_integer(struct json_object *number, int64_t *value_r);
/* 0 when absent. */
double shown_value(struct json_object *object, const char *member);
/* "12 %", "0.3 %"; nothing of nothing. */
void shown_share(struct buf *out, int64_t part, int64_t whole);
/* "0–49", "550 and more", "free", "others", "without", "2026-11-02", "2026-11": a
 * bin or a column. owner: the field or `by` with its period. */
void shown_bin(struct buf *out, struct json_object *owner, struct json_object *bin);
/* "1,824 users have a value: from 0 to 7,761, …" */
void shown_sentence(struct buf *out, struct json_object *report,
    struct json_object *field);
/* "24 users of 31", "filter: …": lines below the title, with ends. */
void shown_head(struct buf *out, struct json_object *report);
/* A bar is worth drawing: not where all values are different. */
bool shown_has_bars(struct json_object *field);
/* Cut to so many columns, with "…" at the end. */
struct span shown_cut(struct arena *arena, struct span text, unsigned columns);

#endif
