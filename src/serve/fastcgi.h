/* SPDX-License-Identifier: ISC */
/*
 * The FastCGI front: connections that the loop has accepted, requests read by
 * libfcgi once they are there in whole, so that no peer can hold up the loop.
 * What does not fit the socket's buffer is read on a thread, with a deadline.
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
void fastcgi_free(struct fastcgi **fastcgi);
/* No new connections from now on. */
void fastcgi_stop(struct fastcgi *fastcgi);
/* Likewise, but those that have connected already are taken: the socket may end
 * with this process, as that of mod_fcgid does. */
void fastcgi_take_last(struct fastcgi *fastcgi);
/* Nothing has been read that is not answered. */
bool fastcgi_quiet(const struct fastcgi *fastcgi);
/* Once a second: closes what has been incomplete for too long. */
void fastcgi_tick(struct fastcgi *fastcgi);

#endif
