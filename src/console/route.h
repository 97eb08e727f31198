/* SPDX-License-Identifier: ISC */
/*
 * The table of pages: a page is a row of it and a template.
 *
 * A GET row names calls, which are all made at once; when the replies are there its template
 * shows them. A POST row makes its calls one after the other, until one fails; then the page
 * `again` is shown with what is wrong, and otherwise the browser is sent on to `then`.
 *
 * Calls are those of the command line (src/command): JSON in Mustache, in which names are
 * looked up in the page's model (page.h): {"command":"show","name":"{{path.name}}"}.
 */
#ifndef EARSHOT_ROUTE_H
#define EARSHOT_ROUTE_H

#include "base/arena.h"

struct json_object;
struct page;

/* What whoever asks must be to see it. What he may do is decided where calls are carried
 * out; a page that he could do nothing with is not shown to him. */
enum route_right {
	ROUTE_OPEN,    /* anybody: nobody need be signed in */
	ROUTE_SIGNED,  /* whoever is signed in, whatever his role */
	ROUTE_MANAGER, /* of a project, or an admin */
	ROUTE_ADMIN,
};

struct route_call {
	const char *name;   /* the reply is {{calls.NAME}} */
	const char *json;   /* Mustache; what comes out empty is not made */
	bool optional;      /* the page does without it when it fails */
};
/* ROUTE_CALLS(CALL("name", {"command":"show", …}), TRY("other", {…})): JSON as it is. */
#define ROUTE_CALLS(...) (const struct route_call[]){ __VA_ARGS__, { NULL, NULL, false } }
#define CALL(name, ...) { name, #__VA_ARGS__, false }
#define TRY(name, ...) { name, #__VA_ARGS__, true }

struct route {
	const char *method;   /* "GET", also for HEAD, or "POST" */
	const char *path;     /* "/listeners/edit/{name*}": {x} is one segment, {x*} the rest */
	enum route_right needs;
	const char *nav;      /* item of the left column that it belongs to; NULL: none */
	const char *title;    /* Mustache */
	const char *help;     /* what it is for, a sentence below the title: Mustache */
	const char *template; /* of GET: the file without .html */
	const struct route_call *calls;
	/* Before its calls are made: may add to the model, or make calls of its own. False: it
	 * has answered, or does later (page_proceed(), page_again()). NULL: nothing is to be
	 * done. */
	bool (*before)(struct page *page);
	/* After the replies came: may add to the model, and answers (page_finish()). */
	void (*after)(struct page *page);
	/* POST */
	bool takes_file;      /* as multipart/form-data: page.upload */
	const char *again;    /* the GET row with the form, by its path: the same names stand in it */
	const char *then;     /* where to go next, below the console: Mustache */
	const char *said;     /* what is said there: Mustache */
};

extern const struct route routes[]; /* ends with a row without a method */

/* The row for the path ("" is "/"); *names_r: what stood for the names of its pattern,
 * decoded. NULL: there is none, or *other_method_r when only the method is wrong. */
const struct route *route_find(struct arena *arena, struct span method, struct span path,
    struct json_object **names_r, bool *other_method_r);
/* The GET row with this path, as the table has it; NULL: there is none. */
const struct route *route_form(const char *path);

#endif
