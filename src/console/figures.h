/* SPDX-License-Identifier: ISC */
/*
 * What runs, and how much of what there is, in figures, for admins: page.figures: kinds[] {label,
 * link, count}, about (some are estimated), day and hour {done, filtered, failed, all}, failing[]
 * {listener, failed, why}, answered[] {title, code, count, refused}, free, log (sizes in words),
 * needs (how many things need a person).
 */
#ifndef EARSHOT_CONSOLE_FIGURES_H
#define EARSHOT_CONSOLE_FIGURES_H

struct page;

/* Of the table of routes (route.h). */
void figures_shown(struct page *page);

#endif
