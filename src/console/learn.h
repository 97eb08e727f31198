/* SPDX-License-Identifier: ISC */
/*
 * The page Learn from a delivery: a listener keeps what comes and does nothing, and what came
 * is shown as a tree in which each value is made the target, the author, the comment or a data
 * field. What is made of that are the documents that `suggest` proposes, with the choices of the
 * person; they are tried by `listener-past` on that delivery, and applied as they are.
 */
#ifndef EARSHOT_LEARN_H
#define EARSHOT_LEARN_H

#include <stdbool.h>

struct page;

/* Of the table of routes (route.h). {name*} is the listener. */
void learn_after(struct page *page);
bool learn_before(struct page *page); /* before POST: form.do is listen, stop, try, save or on */

#endif
