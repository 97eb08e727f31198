/* SPDX-License-Identifier: ISC */
/*
 * What becomes of a stored document when another one comes for it, in one place
 * for apply, import, set and whoever changes documents. Users, tickets and
 * projects are merged, since many hands write them; configuration is replaced.
 */
#ifndef EARSHOT_DOC_MERGE_H
#define EARSHOT_DOC_MERGE_H

#include "base/arena.h"
#include "base/buf.h"

struct json_object;
struct kind;

/*
 * A new document: what doc does not mention stays as it is in old, objects are
 * merged member by member, null takes a member away (RFC 7396: JSON Merge Patch).
 * The kind's stamp is left out unless doc has it. Values are shared with old and doc:
 * replace them, do not change them.
 */
struct json_object *doc_merged(struct arena *arena, const struct kind *kind,
    struct json_object *old, struct json_object *doc);
/* A new document: doc, and of old only what the kind keeps. old may be NULL. */
struct json_object *doc_replaced(struct arena *arena, const struct kind *kind,
    struct json_object *old, struct json_object *doc);

/*
 * JSON Merge Patch (RFC 7396): the one that makes `to` of `from`, empty where they are the
 * same; and what a patch makes of a document. Values are shared, as above.
 */
struct json_object *doc_patch(struct arena *arena, struct json_object *from,
    struct json_object *to);
struct json_object *doc_patched(struct arena *arena, struct json_object *doc,
    struct json_object *patch);

/*
 * Of what people write of it, as hexadecimal: another one for another document. Whoever
 * changes what he has looked at can say what that was.
 */
struct span doc_version(struct arena *arena, const struct kind *kind, struct json_object *doc);
/* What is complained of when it is another. */
#define DOC_CHANGED "somebody else has changed it since you looked at it: what stands below " \
	"is yours, and takes the place of theirs if you send it again"

/*
 * Writes {"member":"/fields/plan","before":…,"after":…} for each member in which the
 * two differ, and tells how many. What is absent on one side is absent there. The
 * kind's stamp is passed over unless doc, which brought the change about, has it.
 */
const char *doc_stamp(const struct kind *kind); /* NULL: it has none */
size_t doc_changes(struct arena *arena, const struct kind *kind, struct json_object *before,
    struct json_object *after, struct json_object *doc, struct jsonout *out);

#endif
