/* SPDX-License-Identifier: ISC */
/*
 * The FastCGI front: connections that the loop has accepted, read and written by
 * buffers of their own as the web server sends and takes, so that no peer holds up
 * the loop. A request has to come, and its answer to be taken, within a time each;
 * what a connection holds is bounded by settings, and given back after a request.
 */
#ifndef EARSHOT_FASTCGI_H
#define EARSHOT_FASTCGI_H

#include "serve/engine.h"

struct fastcgi;
struct reactor;
struct settings;

/* submit takes every call that is read; its answer goes to the web server. */
struct fastcgi *fastcgi_new(struct reactor *reactor, int listening, const char *type,
    const struct settings *settings, void (*submit)(void *arg, struct pending *pending),
    void *arg);
/* Which requests may have longer bodies than body_bytes; lives as long as the process. */
struct front;
void fastcgi_for(struct fastcgi *fastcgi, const struct front *front);
void fastcgi_free(struct fastcgi **fastcgi);
/* No new connections from now on. */
void fastcgi_stop(struct fastcgi *fastcgi);
/* Likewise, but those that have connected already are taken: the socket may end
 * with this process, as that of mod_fcgid does. */
void fastcgi_take_last(struct fastcgi *fastcgi);
/* After that: nothing is left that may still be answered. */
bool fastcgi_quiet(const struct fastcgi *fastcgi);
/* Now and then: ends requests and answers that take too long. */
void fastcgi_tick(struct fastcgi *fastcgi);

#endif
