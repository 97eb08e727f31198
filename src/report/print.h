/* SPDX-License-Identifier: ISC */
/* A report (shown.h) as text with bars, and as rows of figures. Pure. */
#ifndef EARSHOT_PRINT_H
#define EARSHOT_PRINT_H

#include "base/buf.h"

struct json_object;
struct shown;

/* Bars, or a table for each field of a cross table. UTF-8, which may have "–█…≥≤". */
void print_text(struct buf *out, const struct shown *shown, bool colour);

/*
 * Each figure, and the count of each bin, of all and by column:
 * {field, label, type, figure, from?, to?, value?, by?, number}. It lives until the
 * function returns that is given it.
 */
#define PRINT_ROW "field,label,type,figure,from,to,value,by,number"
void print_rows(const struct shown *shown, void (*row)(void *arg, struct json_object *row),
    void *arg);

#endif
