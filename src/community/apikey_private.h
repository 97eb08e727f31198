/* SPDX-License-Identifier: ISC */
/* What the files of the room share. */
#ifndef EARSHOT_APIKEY_PRIVATE_H
#define EARSHOT_APIKEY_PRIVATE_H

#include "base/text.h"
#include "community/apikey.h"

#define APIKEY_KIND "apikey"

/* What a key opens, and when. */
struct apikey_options {
	bool revoked;
	int64_t expires;                /* µs UTC, 0 never */
	struct span *listeners, *verbs; /* scope; count 0: any */
	size_t listener_count, verb_count;
	struct text_network *allow;     /* count 0: from anywhere */
	size_t allow_count;
	struct throttle_limits limits;
};
/* Of a checked document; everything is in the arena. */
void apikey_options(struct arena *arena, struct json_object *doc,
    struct apikey_options *options_r);
/* A time of a document, 0 when there is none. */
int64_t apikey_time(struct json_object *doc, const char *member);
/* A "*" at the end of an entry stands for any rest; an empty list for everything. */
bool apikey_in_scope(const struct span *list, size_t count, struct span name);
bool apikey_verb_good(struct span verb);
bool apikey_has_verb(const struct apikey_options *options, const char *verb);
/* Complains of everything that the new options open and the old ones do not. */
void apikey_complain_wider(const struct apikey_options *old, const struct apikey_options *new,
    struct span name, struct complaints *complaints);

/* Beside the documents: hash of a secret (in hex) -> name of its key. */
struct span apikey_hash_key(struct arena *arena, struct span hash);

#endif
