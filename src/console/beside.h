/* SPDX-License-Identifier: ISC */
/*
 * What stands beside the form of a document: who refers to it, what it has done, when it runs.
 * page.beside: uses[] {kind, kind_said, name, link}, more_uses, runs[] {at, by, state, targets,
 * applied, failed, detail}, missed (a sentence), next[] (times), key {state, secrets[], listeners,
 * last}, settings[] {section, name, value, usual, differs, help}.
 */
#ifndef EARSHOT_CONSOLE_BESIDE_H
#define EARSHOT_CONSOLE_BESIDE_H

struct json_object;
struct kind;
struct page;

/* Calls for it; what needs the answers of these is called for behind them. */
void beside_calls(struct page *page, const struct kind *kind, struct json_object *doc);
void beside_more(struct page *page, const struct kind *kind, struct json_object *doc);
void beside_draw(struct page *page, const struct kind *kind, struct json_object *doc);

/* Who refers to it, of the call "uses". */
void beside_uses(struct page *page);

/* The page that shows a document of the kind, or a delivery: "/people/ann@mail.example", or where
 * there is none of its own "/documents/macro/edit/phone/x". Slashes of names stay: not every web
 * server lets %2F through. */
struct span beside_link(struct page *page, struct span kind, struct span name);

#endif
