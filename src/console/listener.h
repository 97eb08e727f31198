/* SPDX-License-Identifier: ISC */
/*
 * Create an external listener, change one, duplicate one; and what to do with its URL. One
 * form makes the listener and what it needs and is not there yet (an API key, a macro, a data
 * group), in one call: all of it or nothing.
 *
 * Names of fields are pointers into the listener, with "macro:", "group:" or "key:" before
 * them into the document that is made with it; "…/from" say whether it is an existing one.
 * Buttons called "ask" change the form alone (add a row, count who matches): they work
 * without script, and the script calls them when it is there.
 */
#ifndef EARSHOT_CONSOLE_LISTENER_H
#define EARSHOT_CONSOLE_LISTENER_H

#include <stdbool.h>

struct page;

void listener_form(struct page *page);          /* GET: the form */
bool listener_create(struct page *page);        /* POST */
bool listener_change(struct page *page);
bool listener_ready_before(struct page *page);  /* GET: the URL, and what to enter where */
void listener_ready(struct page *page);
void listener_try(struct page *page);           /* GET: values that a delivery would have */
bool listener_try_asked(struct page *page);     /* POST: and what it would do */

/* What is sent to it, with an example. */
#define LISTENER_DESCRIBE "{\"command\":\"listener-describe\",\"listener\":\"{{path.name}}\"," \
	"\"base\":\"{{me.listen}}\"}"

#endif
