/* SPDX-License-Identifier: ISC */
/*
 * Requests that read: other systems take records out by GET with an API key that
 * names the verb.
 *
 *   lookup.fcgi[/projects/<project>]/<user|feedback|project>/<target>
 *       ?by=FIELD&columns=A,B&format=json|csv          verb "lookup"
 *   package.fcgi[/projects/<project>]/<view>[/<target>]
 *       ?by=FIELD&limit=N&after=CURSOR&format=…        verb "package"
 *
 * One record by its id, e-mail address or any indexed field, or a saved view page
 * by page. Answers have an ETag (RFC 9110), pages a Link to the next (RFC 8288).
 * They are jobs like management calls, so that no delivery waits.
 */
#ifndef EARSHOT_COMMAND_READ_H
#define EARSHOT_COMMAND_READ_H

#include "command/command.h"
#include "http/call.h"

struct gate;

/* VERB_READ: may it take a place among the requests that read? At once, in the time of a
 * look-up of the key, whose name is put into *name_r, in the gate's arena. Otherwise false, and
 * the reply is final: whoever is not let in costs those who are no more than that. */
bool reading_admit(struct gate *gate, const struct call_view *call, struct reply *reply,
    struct span *name_r);

/* It asks for one record by its id or e-mail address: that takes as long as a delivery,
 * and needs no breath. */
bool reading_is_brief(const struct call_view *call);

/* Then answers it, with job->call and job->reply. */
extern const struct command command_read;

#endif
