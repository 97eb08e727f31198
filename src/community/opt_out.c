/* SPDX-License-Identifier: ISC */
#include "community/opt_out.h"

#include "base/json.h"
#include "base/settings.h"
#include "community/people.h"
#include "community/site.h"
#include "record/record.h"
#include "record/sealed.h"
#include "store/store.h"

#include <string.h>

/* What else is sealed is no token. */
static const char *const marks[] = {
	[OPT_OUT_MAIL] = "no mail for user ",
	[OPT_OUT_ALERTS] = "no alerts for user ",
};

enum opt_out
opt_out_of(struct json_object *parcel)
{
	return json_flag(parcel, "alert", false) ? OPT_OUT_ALERTS : OPT_OUT_MAIL;
}

bool
opt_out_has(struct json_object *user, enum opt_out what)
{
	return json_flag(user, "optOut", false) ||
	    (what == OPT_OUT_ALERTS && !json_flag(user, "alerts", true));
}

/* Base64 for URLs (RFC 4648 5), without padding. */
static struct span
to_url(struct arena *arena, struct span base64)
{
	char *out = arena_string(arena, base64);
	size_t n = base64.n;

	while (n > 0 && out[n - 1] == '=')
		n--;
	for (size_t i = 0; i < n; i++)
		out[i] = out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i];
	return (struct span){ out, n };
}

static struct span
from_url(struct arena *arena, struct span token)
{
	size_t padding = (4 - token.n % 4) % 4;
	char *out = arena_alloc(arena, token.n + padding + 1);

	for (size_t i = 0; i < token.n + padding; i++)
		out[i] = i >= token.n ? '=' : token.p[i] == '-' ? '+'
		    : token.p[i] == '_' ? '/' : token.p[i];
	return (struct span){ out, token.n + padding };
}

struct span
opt_out_url(struct txn *txn, struct span email, enum opt_out what)
{
	struct arena *arena = txn_arena(txn);
	struct span base = site_listen(txn), id, token;

	/* Better mail without a link than none; sealed by no key it would open for everybody. */
	if (!store_has_key(txn_store(txn)))
		return SPAN("");
	if (base.n == 0 || !people_id(txn, email, &id))
		return SPAN("");
	token = to_url(arena, sealed_make(txn, span_of(arena_join(arena, span_of(marks[what]),
	    id, SPAN("")))));
	return span_of(arena_printf(arena, "%.*s/macro.fcgi/-/" OPT_OUT_SERVICE "/%.*s",
	    (int)base.n, base.p, (int)token.n, token.p));
}

bool
opt_out_read(struct txn *txn, struct span token, struct span *id_r, enum opt_out *what_r)
{
	struct arena *arena = txn_arena(txn);
	struct span text;
	size_t mark;

	if (token.n == 0 || !sealed_open(txn, arena, from_url(arena, token), &text))
		return false;
	*what_r = span_starts(text, marks[OPT_OUT_ALERTS]) ? OPT_OUT_ALERTS : OPT_OUT_MAIL;
	mark = strlen(marks[*what_r]);
	if (!span_starts(text, marks[*what_r]))
		return false;
	*id_r = (struct span){ text.p + mark, text.n - mark };
	return record_exists(txn, RECORD_USER, *id_r);
}

bool
opt_out_set(struct txn *txn, struct span id, enum opt_out what)
{
	struct json_object *user = record_load(txn, RECORD_USER, id);

	if (user == NULL || opt_out_has(user, what))
		return false;
	if (what == OPT_OUT_ALERTS)
		json_set_bool(user, "alerts", false);
	else
		json_set_bool(user, "optOut", true);
	record_save(txn, RECORD_USER, id, user);
	return txn_ok(txn);
}
