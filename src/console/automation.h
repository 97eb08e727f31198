/* SPDX-License-Identifier: ISC */
/* The pages User automation and Feedback automation, and home: what listeners do lately. */
#ifndef EARSHOT_AUTOMATION_H
#define EARSHOT_AUTOMATION_H

#include "base/arena.h"

#include <stdbool.h>

struct json_object;
struct page;

/* Of the table of routes (route.h). {record} in the path is user or feedback. */
bool automation_before(struct page *page);
void automation_after(struct page *page);
void home_after(struct page *page);

/* What others post to: "phone/jira" at /listen/comment/projects/phone/jira. */
struct span automation_url(struct page *page, struct json_object *listener);

#endif
