/* SPDX-License-Identifier: ISC */
/* What the files of the room share. */
#ifndef EARSHOT_REPORT_PRIVATE_H
#define EARSHOT_REPORT_PRIVATE_H

#include "report/report.h"

#include "kinds/countable.h"
#include "record/record.h"
#include "report/idset.h"

struct report_field {
	struct span name;           /* "data.usage.launches", "score" */
	struct span label;
	struct span path;           /* in the index; of documents: the member */
	struct span source;         /* as filters write it */
	enum summary_type type;
	bool any_type;              /* it is what the values turn out to be */
	bool list;                  /* a record may have several values */
	bool mixed;                 /* texts, and others that are told as text */
	bool optional;              /* nobody has named it: told when there is something */
	struct summary *summary;    /* while it is counted */
	struct report_texts *texts; /* likewise, of documents */
	/* counted, by series */
	int64_t records[SUMMARY_SERIES]; /* with a value */
	struct summary_figures figures[SUMMARY_SERIES];
	struct summary_bins bins;
};

struct report {
	struct arena *arena;
	struct report_ask ask;
	struct span title;
	const char *unit;           /* "users" */
	/* whose fields; NULL before that is known */
	const struct countable *subject;
	const struct kind *kind;
	const struct group *group;  /* NULL: of none */
	bool of_records;
	enum record record;
	struct span project;        /* only what is of it; "" all */
	const struct span *columns; /* of a view */
	size_t column_count;
	const struct filter *filter; /* of documents */
	struct report_field *fields;
	size_t field_count, field_room;
	struct report_field *by;    /* or NULL */
	/* counted */
	size_t series;              /* all; the columns, which are bins of `by`; those without */
	struct idset *ids;          /* bits: series. NULL: of all records, whoever they are */
	int64_t population[SUMMARY_SERIES];
	int64_t assigned;           /* to a column */
	/* where it stands */
	double passes, rows, expected; /* walks that are over; rows of the present one */
	bool counts_columns;        /* of documents: the values of `by` */
	unsigned column;            /* bit of the present value of `by` */
	struct select *select;      /* where not all records are meant */
	struct txn *txn;
};

/* report.c: what is asked for; false after txn_fail(). */
bool report_resolve(struct txn *txn, struct report *report);

/* The series that the value of `by` counts for; NULL: none. */
unsigned report_column(const struct report *report, const struct summary_value *value);
void report_count_begin(struct report *report, struct report_field *field);

/* report_log.c: all fields of all comments or deliveries. */
void report_documents(struct report *report);
void report_texts_end(struct report *report, struct report_field *field);

#endif
