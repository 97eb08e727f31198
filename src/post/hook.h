/* SPDX-License-Identifier: ISC */
/*
 * One outgoing webhook by libcurl. Signed as Standard Webhooks ask when the
 * macro has a secret; webhook-id is the parcel's id and stays the same over all
 * tries. No redirects, no proxy, no cookies, and no connection to addresses of
 * address.h.
 *
 * The parcel is as post-take prints it: a sealed URL and sealed headers are {"secret": text}.
 * Its "hops" counts the webhooks that led to it.
 */
#ifndef EARSHOT_HOOK_H
#define EARSHOT_HOOK_H

#include "post/verdict.h"

#include <curl/curl.h>

struct hook;
struct json_object;
struct settings;

#define HOOK_HOPS_MAX 5

/* The parcel's "url": a text, or {"secret": text}. */
struct span hook_url(struct json_object *parcel);
/* "https://hooks.example:443": what is limited and paused together. Empty when
 * the URL cannot be read. */
struct span hook_host(struct arena *arena, struct span url);
/* The value of webhook-signature; secret as "whsec_" and base64. Empty when the
 * secret is none. */
struct span hook_signature(struct arena *arena, struct span secret, struct span id,
    int64_t timestamp, struct span body);

/* Lives and ends with the arena. NULL with VERDICT_DEAD when it must not be sent as
 * it is. now in microseconds. */
struct hook *hook_new(struct arena *arena, const struct settings *settings,
    struct json_object *parcel, int64_t now, struct verdict *verdict);
/* To be run by the caller. */
CURL *hook_handle(struct hook *hook);
/* After the handle has run; texts are in the arena. */
void hook_judge(struct hook *hook, CURLcode result, struct verdict *verdict);

#endif
