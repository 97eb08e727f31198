/* SPDX-License-Identifier: ISC */
/*
 * The pages Reports and one report. All that a report is of stands in its address: report (a
 * saved one), of, project, filter (CEL), by, field (each once), period; what the address does not
 * say is as the saved report has it. A form changes the address, or saves what it says.
 *
 * page.report: of, project, filter, by, period, number, saved (its name), title, unit, record, query (the
 * address behind the "?"), counting (percent), at, wrong; and of one that is counted
 * charts[] {caption, sentence, svg, heads[], rows[] {label, count, share, link, cells[] {count,
 * link}}, figures[]}.
 */
#ifndef EARSHOT_CONSOLE_REPORTS_H
#define EARSHOT_CONSOLE_REPORTS_H

#include <stdbool.h>

struct page;

/* Of the table of routes (route.h). */
void reports_listed(struct page *page);
void reports_show(struct page *page);     /* GET: shown, or how far it is */
void reports_csv(struct page *page);
void reports_svg(struct page *page);
bool reports_chosen(struct page *page);   /* POST: another form of it, or saved */
bool reports_again(struct page *page);    /* POST: counted anew, or not any more */
/* Of home: the reports that are to stand there, as they were counted last. */
void reports_on_home(struct page *page);

#endif
