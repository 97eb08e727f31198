/* SPDX-License-Identifier: ISC */
/*
 * A finished report (report.h) as it is shown, whoever draws it: each field as rows with
 * what they are called and how many records they have, and the words around them. Pure;
 * in the arena, and good as long as the report.
 */
#ifndef EARSHOT_SHOWN_H
#define EARSHOT_SHOWN_H

#include "base/buf.h"

struct json_object;

enum shown_what { SHOWN_VALUES, SHOWN_REST, SHOWN_UNSET };
struct shown_row {
	enum shown_what what;
	struct span label;       /* "0–49", "550 and more", "free", "others", "without",
	                          * "2026-11-02", "2026-11" */
	struct json_object *bin; /* of the report; NULL: SHOWN_UNSET */
	int64_t count;
	double amount;           /* the length of its bar: the count, or what is shown instead */
	struct span told;        /* "1,824 · 12 %", "35.44" */
	const int64_t *counts;   /* by the columns of the report; without: the count */
};

struct shown_field {
	struct json_object *json;
	struct span label;
	struct span sentence;    /* "1,824 of 2,000 users have a value, from 0 to …" */
	bool along;              /* numbers and times: its bins lie along an axis */
	bool negative;           /* an amount is */
	bool bars;               /* worth drawing: not where all values are different */
	const struct shown_row *rows;
	size_t bins;             /* rows that are bins of the report */
	size_t n;                /* with that of those without a value, where there are some */
};

/* Of a cross table; no record need be in it. */
struct shown_column {
	struct span name;
	bool used;
};

struct shown {
	struct arena *arena;
	struct json_object *report;
	struct span title, unit; /* "users" */
	struct span head;        /* lines below the title, with ends: "24 users, …", "filter: …" */
	int64_t records;
	struct span number;      /* "Sum", "Average": each field has a row for each value of what
	                          * divides, and there are no columns; "": rows are counted */
	const struct shown_column *columns;
	size_t column_count;     /* 0: it is no cross table */
	const struct shown_field *fields;
	size_t field_count;
};

struct shown *shown_new(struct arena *arena, struct json_object *report);
/* The most that a row counts; 1 where none has any. */
int64_t shown_greatest(const struct shown_row *rows, size_t n);

/* 1,234,567 */
struct span shown_count(struct arena *arena, int64_t count);
/* A number of a report, with at most two digits behind the point: 1,234.57. */
struct span shown_number(struct arena *arena, struct json_object *number);
/* 0 when absent. */
double shown_value(struct json_object *object, const char *member);
/* "12 %", "0.3 %"; nothing of nothing. */
void shown_share(struct buf *out, int64_t part, int64_t whole);
/* Cut to so many columns, with "…" at the end. */
struct span shown_cut(struct arena *arena, struct span text, unsigned columns);

#endif
