/* SPDX-License-Identifier: ISC */
/*
 * The pages Changes, one change, and undoing it.
 *
 * page.choice {kind, name, actor, project, since, until}: which changes are meant, as the query
 * says; AUDIT_CHOICE puts it into the arguments of a call.
 */
#ifndef EARSHOT_CONSOLE_AUDIT_H
#define EARSHOT_CONSOLE_AUDIT_H

#include <stdbool.h>

struct page;

#define AUDIT_CHOICE \
	"{{#page.choice.kind}},\"kind\":\"{{page.choice.kind}}\"{{/page.choice.kind}}" \
	"{{#page.choice.name}},\"name\":\"{{page.choice.name}}\"{{/page.choice.name}}" \
	"{{#page.choice.actor}},\"actor\":\"{{page.choice.actor}}\"{{/page.choice.actor}}" \
	"{{#page.choice.project}},\"project\":\"{{page.choice.project}}\"{{/page.choice.project}}" \
	"{{#page.choice.since}},\"since\":\"{{page.choice.since}}\"{{/page.choice.since}}" \
	"{{#page.choice.until}},\"until\":\"{{page.choice.until}}\"{{/page.choice.until}}"

/* Of the table of routes (route.h). */
bool audit_before(struct page *page);  /* before: page.choice, page.kinds */
void audit_listed(struct page *page);  /* after: each row in words */
void audit_one(struct page *page);     /* after: page.rows, page.cannot, page.notes */

#endif
