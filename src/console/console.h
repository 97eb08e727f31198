/* SPDX-License-Identifier: ISC */
/*
 * The console: pages for people, behind a web server. It takes a request, looks up its route
 * (route.h), sees who is signed in, and makes a page of the replies of management calls
 * (page.h). It keeps nothing between two requests: who is signed in stands in the store.
 */
#ifndef EARSHOT_CONSOLE_H
#define EARSHOT_CONSOLE_H

struct front;
struct settings;

/* pages: a directory with templates, NULL for those in the program. Lives as long as the
 * process. */
struct front *console_new(const struct settings *settings, const char *pages);

#endif
