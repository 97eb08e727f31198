/* SPDX-License-Identifier: ISC */
/*
 * What is found by the words of the box on top of every page: a few of each kind, or the pages
 * of one. page.find: text, said (there is something to look for), kinds {user: true, …}, limit,
 * look, found[] {kind, label, rows[] {link, name, title, state, is_ours, project, at}, more,
 * wrong}, partial, indexing (the index of words is being built), indexed (percent).
 */
#ifndef EARSHOT_CONSOLE_SEARCH_PAGE_H
#define EARSHOT_CONSOLE_SEARCH_PAGE_H

#include <stdbool.h>

struct page;

#define SEARCH_CALL(kind) { kind, "{{#page.find.kinds." kind "}}{\"command\":\"search\"," \
	"\"kind\":\"" kind "\",\"text\":\"{{page.find.text}}\",\"limit\":{{page.find.limit}}," \
	"\"look\":{{page.find.look}}{{#query.after}},\"after\":\"{{query.after}}\"{{/query.after}}}" \
	"{{/page.find.kinds." kind "}}", true }

bool search_page_before(struct page *page);
void search_page_after(struct page *page);

#endif
