/* SPDX-License-Identifier: ISC */
/* What a key opens, and whether other options would open more. */
#include "community/apikey_private.h"

#include "base/json.h"
#include "record/doc_check.h"

#include <string.h>

/* Those that give out records, or figures of the whole community, a key has only when it
 * names them. */
static const struct {
	const char *name;
	bool named;
} verbs[] = {
	{ "deliver", false }, { "describe", false }, { "metrics", true },
	{ "lookup", true }, { "package", true },
};
#define VERBS (sizeof verbs / sizeof verbs[0])

bool
apikey_verb_good(struct span verb)
{
	for (size_t i = 0; i < VERBS; i++)
		if (span_is(verb, verbs[i].name))
			return true;
	return false;
}

int64_t
apikey_time(struct json_object *doc, const char *member)
{
	int64_t at;

	return text_time(json_string(doc, member), &at) ? at : 0;
}

void
apikey_options(struct arena *arena, struct json_object *doc, struct apikey_options *options_r)
{
	struct json_object *scope = json_get(doc, "scope");

	*options_r = (struct apikey_options){
		.revoked = json_string(doc, "revoked").n > 0,
		.expires = apikey_time(doc, "expires"),
		.limits = throttle_limits_of(doc),
	};
	options_r->listeners = doc_list_spans(arena, json_get(scope, "listeners"),
	    &options_r->listener_count);
	options_r->verbs = doc_list_spans(arena, json_get(scope, "verbs"),
	    &options_r->verb_count);
	options_r->allow = doc_list_networks(arena, json_get(doc, "allow"),
	    &options_r->allow_count);
}

bool
apikey_in_scope(const struct span *list, size_t count, struct span name)
{
	for (size_t i = 0; i < count; i++) {
		size_t n = list[i].n > 0 ? list[i].n - 1 : 0;

		if (span_eq(list[i], name) || (list[i].n > 0 && list[i].p[n] == '*' &&
		    name.n >= n && memcmp(list[i].p, name.p, n) == 0))
			return true;
	}
	return count == 0;
}

bool
apikey_has_verb(const struct apikey_options *options, const char *verb)
{
	for (size_t v = 0; v < VERBS; v++)
		if (verbs[v].named && strcmp(verb, verbs[v].name) == 0 &&
		    options->verb_count == 0)
			return false;
	return apikey_in_scope(options->verbs, options->verb_count, span_of(verb));
}

static bool
allows_more(const struct apikey_options *old, const struct apikey_options *new)
{
	for (size_t i = 0; i < new->allow_count; i++) {
		size_t j = 0;

		while (j < old->allow_count &&
		    !text_network_within(&new->allow[i], &old->allow[j]))
			j++;
		if (j == old->allow_count)
			return old->allow_count > 0;
	}
	return new->allow_count == 0 && old->allow_count > 0;
}

static bool
opens_more(const struct apikey_options *old, const struct apikey_options *new)
{
	for (size_t i = 0; i < new->listener_count; i++)
		if (!apikey_in_scope(old->listeners, old->listener_count, new->listeners[i]))
			return true;
	return new->listener_count == 0 && old->listener_count > 0;
}

static bool
does_more(const struct apikey_options *old, const struct apikey_options *new)
{
	for (size_t v = 0; v < VERBS; v++)
		if (apikey_has_verb(new, verbs[v].name) && !apikey_has_verb(old, verbs[v].name))
			return true;
	/* Named or not is a difference for listeners without an API key. */
	return old->verb_count == 0 && new->verb_count > 0 &&
	    apikey_in_scope(new->verbs, new->verb_count, SPAN("describe"));
}

/* 0 is no limit. */
static bool
is_more(int64_t old, int64_t new)
{
	return old > 0 && (new <= 0 || new > old);
}

static void
complain_wider(const char *pointer, const char *what, const char *assignment, struct span name,
    struct complaints *complaints)
{
	complain(complaints, pointer, "the key would %s than now, which a file does not do; to "
	    "widen it: earshot apikey set %.*s %s", what, (int)name.n, name.p, assignment);
}

void
apikey_complain_wider(const struct apikey_options *old, const struct apikey_options *new,
    struct span name, struct complaints *complaints)
{
	if (allows_more(old, new))
		complain_wider("/allow", "work from more addresses", "allow+=NETWORK", name,
		    complaints);
	if (is_more(old->expires, new->expires))
		complain_wider("/expires", "work for longer", "expires=TIME", name, complaints);
	if (opens_more(old, new))
		complain_wider("/scope/listeners", "open more listeners",
		    "scope.listeners+=NAME", name, complaints);
	if (does_more(old, new))
		complain_wider("/scope/verbs", "do more", "scope.verbs+=VERB", name, complaints);
	if (is_more(old->limits.per_minute, new->limits.per_minute) ||
	    is_more(old->limits.burst, new->limits.burst))
		complain_wider("/rate", "be used more often", "rate.perMinute:=N", name,
		    complaints);
	if (is_more(old->limits.at_once, new->limits.at_once))
		complain_wider("/concurrency", "be used more at once", "concurrency:=N", name,
		    complaints);
}
