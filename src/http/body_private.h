/* SPDX-License-Identifier: ISC */
/* What body.c (media types, form fields) and body_multipart.c share. */
#ifndef EARSHOT_BODY_PRIVATE_H
#define EARSHOT_BODY_PRIVATE_H

#include "http/body.h"

/* A media type; parameters that are absent have a NULL p. */
struct media {
	struct span type; /* "application/json", in the case it came in */
	struct span charset;
	struct span boundary;
};

/* A form while it is read. */
struct form {
	struct arena *arena;
	const struct json_limits *limits;
	struct error *error;
	bool is_form;        /* and no JSON in one */
	struct json_object *fields;
	unsigned count;      /* of fields, repeated ones included */
	unsigned texts;      /* of these that are no files */
	struct span payload; /* the text field of this name */
	/* Told of every field, as body_fields() says; or NULL. */
	void (*field)(void *arg, struct span name, struct span raw, struct span text);
	/* Told of every file, which then is no field; or NULL. */
	void (*file)(void *arg, const struct body_file *file);
	void *arg;
};

/* The token [RFC 9110, 5.6.2] at the start of rest, which moves behind it. */
struct span body_token(struct span *rest);
/*
 * The next ;name=value of a header, quotes resolved: 1, 0 when none is left,
 * -1 when malformed. rest moves along.
 */
int body_parameter(struct arena *arena, struct span *rest, struct span *name_r,
    struct span *value_r);
/* False when malformed or with a repeated charset or boundary. */
bool body_media(struct arena *arena, struct span header, struct media *media_r);
/* UTF-8 or US-ASCII, or none is named. */
bool body_charset(const struct media *media);

/* One field more; a file is put as its description. False with the error set. */
bool form_text(struct form *form, struct span name, struct span text);
bool form_file(struct form *form, struct span name, struct json_object *file);

/* More than the limit, which the setting of this name makes. Returns false. */
bool form_too_many(struct form *form, const char *what, unsigned limit, const char *setting);

bool form_multipart(struct form *form, struct span boundary, struct span body);

#endif
