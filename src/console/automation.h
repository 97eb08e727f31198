/* SPDX-License-Identifier: ISC */
/* The pages User automation and Feedback automation, and home: what listeners do lately. */
#ifndef EARSHOT_AUTOMATION_H
#define EARSHOT_AUTOMATION_H

#include <stdbool.h>

struct page;

/* Of the table of routes (route.h). {record} in the path is user or feedback. */
bool automation_before(struct page *page);
void automation_after(struct page *page);
void home_after(struct page *page);

#endif
