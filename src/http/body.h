/* SPDX-License-Identifier: ISC */
/*
 * A raw body to one JSON value: JSON itself, form fields (and payload=JSON as
 * GitHub and Slack send it), multipart/form-data fields. Repeated form names
 * become arrays. File parts become {"filename","type","size"} without content.
 * One byte order mark before any of them is passed over.
 *
 * curl -d calls everything a form: what is called application/x-www-form-urlencoded,
 * begins with { or [ and is JSON, is taken as JSON.
 */
#ifndef EARSHOT_BODY_H
#define EARSHOT_BODY_H

#include "base/arena.h"
#include "base/fault.h"
#include "base/json.h"

/*
 * The payload, owned by the arena; an object, or an array when that is what
 * the JSON is. *form_r (may be NULL): it is made of the fields of a form, all of
 * them texts. NULL with FAULT_BAD_JSON, _BAD_FORM, _BAD_ENCODING, _TOO_LARGE or
 * _UNSUPPORTED_MEDIA_TYPE. An empty content type is JSON; a charset other than
 * UTF-8 or US-ASCII is FAULT_UNSUPPORTED_MEDIA_TYPE. An empty body of a form
 * is {}; an empty JSON body is FAULT_BAD_JSON.
 */
struct json_object *body_read(struct arena *arena, struct span content_type,
    struct span body, const struct json_limits *limits, bool *form_r, struct error *error);

/* Begins as JSON, under a type that body_read() does not know: Amazon SNS calls it text/plain. */
bool body_mistyped(struct arena *arena, struct span content_type, struct span body);

/*
 * The body without its Content-Encoding: gzip, deflate, or none ("", identity), then the
 * same bytes. False with FAULT_UNSUPPORTED_MEDIA_TYPE, FAULT_TOO_LARGE where it would be
 * longer than max, FAULT_BAD_ENCODING where it is not so compressed.
 */
bool body_inflate(struct arena *arena, struct span coding, struct span body, size_t max,
    struct span *out_r, struct error *error);
#define BODY_ENCODINGS "gzip, deflate"

/*
 * A form as a browser sends it with files: the fields, all of them texts, owned by the arena, and
 * each file told with its bytes, as they stand in the body. A file that nobody chose has neither
 * name nor bytes. NULL with FAULT_BAD_FORM, _BAD_ENCODING or _UNSUPPORTED_MEDIA_TYPE.
 */
struct body_file {
	struct span field, name, bytes;
};
struct json_object *body_upload(struct arena *arena, struct span content_type, struct span body,
    unsigned fields_max, void (*file)(void *arg, const struct body_file *file), void *arg,
    struct error *error);

/*
 * Tells every field of a form: its name, its value as it stands in the body
 * and decoded (the same bytes in multipart, where files are told too). False
 * when the body is no form, or one that body_read() refuses.
 */
bool body_fields(struct arena *arena, struct span content_type, struct span body,
    void (*field)(void *arg, struct span name, struct span raw, struct span text),
    void *arg);

#endif
