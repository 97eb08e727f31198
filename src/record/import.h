/* SPDX-License-Identifier: ISC */
/*
 * CSV (RFC 4180 and what spreadsheets make of it) to documents of kind user or
 * feedback. Text is UTF-8, UTF-16 with a byte order mark, or of the encoding
 * named; cells are separated by commas, semicolons or tabs, as the first row
 * shows, or as a line "sep=;" before it says; any line ends. The first row names
 * the columns: members of the document (case, spaces, dashes and underscores do
 * not matter: "First name", "E-mail"), and fields.<name>, exactly. What lists of
 * ours have beside them (score, data.…) is passed over. Lists ("roles", "teams",
 * "followers", …) are separated by ';' or ',' in their cell, flags are "true" or
 * "false".
 *
 * A text that a spreadsheet would take for a formula has an apostrophe before it in
 * files that are safe to open (text_guard()): it is taken away.
 *
 * An empty cell, also one left out at the end of a row, says nothing: the member is
 * not in the document. Or it clears the member, if that is asked for; not an id or a
 * time, without which no record is. A row of empty cells is none.
 *
 * Of the values of a data group there are documents of kind value: a column says whose they
 * are, "values.<parameter>", or a parameter or label alone, which field; "at" when they were so.
 *
 * Where that is wanted, a file whose first character is '{' is JSON lines: each is a document,
 * and told as it is.
 *
 * Values are checked when the documents are applied, not here.
 */
#ifndef EARSHOT_IMPORT_H
#define EARSHOT_IMPORT_H

#include "base/arena.h"
#include "base/fault.h"

#define IMPORT_ROW_MAX ((size_t)1 << 20) /* bytes of one row */

struct import;
struct member;

/* The data group of documents of kind value. */
struct import_values {
	struct span group, project;   /* its key, and "" or its project */
	const char *who;              /* the member that says whose they are: "user", "feedback" or
	                               * "target" */
	struct import_value {
		struct span parameter, label;
		struct member *member;    /* of its type, and called as its parameter is */
	} *fields;
	size_t count;
};

struct import_sink {
	/* One row: JSON text that lives for this call, and the line (from 1)
	 * where the row begins. */
	void (*document)(void *arg, size_t line, struct span json);
	void (*error)(void *arg, size_t line, const char *sentence);
	/* What a person should know and that is no error. */
	void (*note)(void *arg, size_t line, const char *sentence);
	void *arg;
	/* Each row whose cells could be told apart, the header first, before it is read: its cells
	 * are there while this lasts (import_cell()). NULL: nobody looks. */
	void (*row)(void *arg, size_t line);
};

struct import_options {
	struct import_sink sink;
	const char *encoding; /* as iconv(3) names it; NULL: UTF-8 */
	bool clear_empty;     /* an empty cell clears the member */
	/* What the first columns are, instead of what the file calls them: p NULL as it does, ""
	 * passed over. */
	const struct span *columns;
	size_t column_count;
	bool by_form;         /* advice is about a form, not about options of a command */
	bool takes_json;      /* lines of it, too */
	const struct import_values *values; /* of kind value, for as long as the import lives */
};

#define IMPORT_COLUMNS_MAX 1000

/* What older spreadsheets write, and all that is taken from others than the operator: iconv
 * knows more, some of it odd. name NULL behind the last. */
struct import_encoding {
	const char *name; /* "": UTF-8, or UTF-16 with its mark */
	const char *words;
};
extern const struct import_encoding import_encodings[];

/* NULL with FAULT_USAGE when there is no such encoding, or nothing of that kind can be
 * imported. What is told of options.values is not checked. */
struct import *import_new(struct span kind, const struct import_options *options,
    struct error *error);
/* The next bytes of the file, cut anywhere. False when the rest cannot be read:
 * the header is wrong, or a row too long; the error was told. */
bool import_feed(struct import *import, struct span bytes);
/* After the last byte. False likewise. */
bool import_end(struct import *import);
void import_free(struct import **import);

/* The file is of JSON lines: there is no header, and the whole line is the one cell. */
bool import_is_json(const struct import *import);
/* Of the row that is told: how many cells it has, and one of them, "" where it has none; those
 * beyond IMPORT_COLUMNS_MAX are not kept. As they stand: perhaps no UTF-8. */
size_t import_cells(const struct import *import);
struct span import_cell(const struct import *import, size_t i);
/* Once the header was read: how many columns, and what one is read as, "email", "fields.plan" or
 * "values.plan"; "" passed over, NULL not known. Lives as long as the import. */
size_t import_columns(const struct import *import);
const char *import_column(const struct import *import, size_t i);
/* What a column may be: members of the kind, one after the other, NULL behind the last; besides
 * there are fields.<name> and values.<parameter>. */
const struct member *import_member(struct span kind, size_t i);

#endif
