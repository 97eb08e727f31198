/* SPDX-License-Identifier: ISC */
/*
 * A request until it is answered: the calls that are made for it, and the model that its
 * template shows. Roots of the model:
 *
 *   site   base (where the console is mounted), css, js, csrf, version
 *   me     who is signed in: the reply of console-session; absent: nobody
 *   page   title, error (title of what is wrong), problems[] {pointer, href, text}, said,
 *          at.NAV (the item of the left column), here (path and query), and what a page adds
 *   calls  the reply of each: {"rows":[…],"row":the first,"more":position,"summary":of all}, or when it has
 *          failed {"problem":{title,detail,code},"complaints":[{pointer,error}]}
 *   query, path, form   what was asked for, as texts; a name that comes more than once is a list
 *   doc    of POST: the document that the form makes
 */
#ifndef EARSHOT_PAGE_H
#define EARSHOT_PAGE_H

#include "console/route.h"
#include "serve/engine.h"

#include <stdint.h>

struct console;
struct json_object;
struct page_call;

struct page {
	struct console *console;
	struct pending *pending;       /* of the request; its reply is the answer */
	const struct request *request;
	struct arena *arena;           /* of the page */
	const struct route *route;
	int64_t now;
	struct span token;             /* of the session, "" none */
	struct span base;              /* where the console is mounted: "/listen/console" */
	struct json_object *model;
	struct page_call *calls;       /* to give their memory back */
	size_t waiting;                /* calls without a reply, and one more while any are made */
	void (*next)(struct page *page);
	size_t done;                   /* POST: of the route's calls */
	/* POST with a file: its name as the browser gives it, and its bytes, of the request; p NULL:
	 * there was none. */
	struct span upload_name, upload;
	size_t sent;                   /* of these, for whoever passes them on in parts */
	bool left;                     /* nobody waits for it any more; its calls are given up */
	void *data;                    /* of the route's own functions, between calls */
};

/* A member of the model, "" when it is absent or no text: page_text(page, "query", "project"). */
struct span page_text(const struct page *page, const char *root, const char *member);
struct json_object *page_root(const struct page *page, const char *root);
/* The object page.NAME of the model, new. */
struct json_object *page_add(struct page *page, const char *name);

/* Makes the call of this JSON, which is Mustache over the model. Nothing is done when it
 * comes out empty. The reply is calls.NAME. Then page_wait(). */
void page_call(struct page *page, const char *name, const char *json);
/* The same with arguments that are JSON already, {"command":…}; takes the buffer over, which
 * goes when the call is answered. */
void page_send(struct page *page, const char *name, struct buf *json);
/* Likewise of arguments that are JSON already; they live as long as the page. */
void page_call_json(struct page *page, const char *name, struct span args);
/* Likewise, of many rows that need not all be there at once: reply has none, and page_rows() gives
 * them one after the other, each until the next is asked for. NULL at the end: then they have
 * gone. */
void page_call_rows(struct page *page, const char *name, const char *json);
struct json_object *page_rows(struct page *page, const char *name);
/* calls.NAME has failed since its rows were more than a page may have: fewer may do. */
bool page_is_too_long(const struct page *page, const char *name);
/* Goes on when every call is answered, perhaps at once; nothing of the page may be used
 * behind it. */
void page_wait(struct page *page, void (*next)(struct page *page));
/* Something else that the page waits for, as for a call: page_release() when it is there. */
void page_hold(struct page *page);
void page_release(struct page *page);
/* The process lives for this request alone: nothing is remembered, and every call is waited
 * for. */
bool page_is_once(const struct page *page);
/* Arguments of a call, JSON, with the session in them. */
struct span page_with_session(struct page *page, struct span args);
/* calls.NAME; NULL: it was not made. */
struct json_object *page_reply(const struct page *page, const char *name);
/* The problem of calls.NAME, NULL: it went well, or was not made. */
struct json_object *page_problem(const struct page *page, const char *name);

/* Text made of the model: of a title or a URL ({{x | path}}), of the arguments of a call. */
enum page_place { PAGE_TEXT, PAGE_JSON };
struct span page_make(struct page *page, const char *mustache, enum page_place place);

/* Answers; nothing of the page may be used behind any of them. */
void page_show(struct page *page, const char *template, int status);
/* to: below the console, "/listeners?…"; said: shown there once, may be empty. */
void page_go(struct page *page, struct span to, struct span said);
/* A page that says what is wrong. */
void page_fail(struct page *page, int status, const char *title, const char *detail);
/* That of a call that failed. */
void page_fail_by(struct page *page, struct json_object *problem);

/* HTML that is not ours, such as that of an e-mail: in a sandbox, also when it is opened alone,
 * in which nothing runs, nothing is sent and nothing is loaded from elsewhere. Only pages of
 * the console may show it in a frame. */
void page_sandboxed(struct page *page, struct span html);

/* A file to be saved under this name, of a-z, 0-9, dots and dashes; takes the buffer over. */
void page_attached(struct page *page, struct span type, const char *name, struct buf *bytes);

/* How a route's own functions go on, when they do not answer otherwise. */
void page_finish(struct page *page);  /* after GET: the template */
void page_proceed(struct page *page); /* before POST: the calls, unless there are complaints */
void page_again(struct page *page);   /* POST: the form, with what is wrong */

/* A header of the answer. */
void page_header(struct page *page, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The cookie of the session: this token, or none any more. */
void page_set_token(struct page *page, struct span token);
/* An object that the page at this path below the console and that name shows once, within these
 * seconds, to the same browser alone; and taken there, NULL when there is none for its path.name. */
void page_keep(struct page *page, const char *path, struct span name, struct json_object *value,
    int seconds);
struct json_object *page_kept(struct page *page, const char *path);
/* The path and query below the console to which a browser may be sent on: ours, or "/". */
struct span page_local(struct span to);

/* What came with the form, but for its token and these (NULL behind the last), for another one
 * that sends it once more: page.typed[] {name, value} (typed.html). */
void page_keep_typed(struct page *page, const char *const but[]);

/* What a form says is wrong: a message of its own, and the name of the field ("" none). */
void page_complain(struct page *page, struct span pointer, struct span text);
bool page_has_complaints(const struct page *page);

#endif
