/* SPDX-License-Identifier: ISC */
/*
 * Documents for people and for programs: tables that fit the terminal, CSV
 * (RFC 4180), one JSON array, JSON Lines. What a terminal must not see is
 * shown as \xHH in text, as \uHHHH in JSON.
 */
#ifndef EARSHOT_CLI_TABLE_H
#define EARSHOT_CLI_TABLE_H

#include "base/buf.h"

#include <stdio.h>

struct json_object;

/* What the output goes to, and who reads it. */
struct cli_screen {
	bool terminal;
	bool colour;
	bool utf8;       /* shows more than ASCII */
	unsigned width;  /* in columns; 0: no bound */
	bool spreadsheet;    /* CSV: a text that would be a formula gets an apostrophe */
	bool safe_integers;  /* JSON: integers beyond 2^53, which doubles lose, as text */
};
/* Of this descriptor and the environment: NO_COLOR, TERM, LC_ALL, COLUMNS … */
struct cli_screen cli_screen(int fd);

enum cli_format { CLI_TEXT, CLI_CSV, CLI_JSON, CLI_LINES };

struct cli_table;

/* columns: dotted names with commas between ("email,fields.plan"), for text and
 * CSV; JSON has the whole documents. out and screen outlive the table. */
struct cli_table *cli_table_new(FILE *out, enum cli_format format,
    const struct cli_screen *screen, const char *columns);
void cli_table_row(struct cli_table *table, struct json_object *document);
/* The next column from the place on that no row has filled, NULL: none; of tables as
 * text and CSV. It lives as long as the table. */
const char *cli_table_blank(const struct cli_table *table, size_t *from);
/* Writes what is still held back. */
void cli_table_end(struct cli_table **table);
/* Forgets it: the rest did not come. */
void cli_table_drop(struct cli_table **table);

/* One document, a line per member: "fields.plan  pro". */
void cli_details(FILE *out, const struct cli_screen *screen, struct json_object *document);
/* One line of JSON. */
void cli_json(FILE *out, const struct cli_screen *screen, struct json_object *document);
/* The same of text that is JSON, without control characters of ASCII. */
void cli_json_line(FILE *out, const struct cli_screen *screen, struct span json);
/* A list of plain values with ", " between, text as it is, the rest as JSON. */
void cli_cell(struct buf *out, struct json_object *value);

#endif
