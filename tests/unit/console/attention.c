/* SPDX-License-Identifier: ISC */
/* Each page that explains what needs a person is one of the table. */
#include "base/json.h"
#include "console/route.h"
#include "listen/attention.h"
#include "record/record_scratch.h"
#include "tap.h"

static struct scratch s;

/* Names that are awkward in a path, and the name that must come back. */
static const char *const subjects[] = { "phone/x", "x", "mail to followers", "a?b#c%/d e" };

static void
is_page(struct txn *txn, const struct condition *condition)
{
	struct span page = span_of(attention_page(txn, condition, true)), path = page, name;
	struct json_object *names = NULL;
	const struct route *route;
	bool other;

	for (size_t i = 0; i < page.n; i++)
		if (page.p[i] == '?') {
			path.n = i;
			break;
		}
	route = route_find(txn_arena(txn), SPAN("GET"), path, &names, &other);
	ok(route != NULL, "%s of %.*s has a page: %.*s", condition_code(condition->kind),
	    (int)condition->subject.n, condition->subject.p, (int)page.n, page.p);
	name = json_string(names, "name");
	ok(name.n == 0 || span_eq(name, condition->subject), "which is of it");
}

static void
pages(struct txn *txn, void *arg)
{
	(void)arg;
	for (int kind = 0; kind < CONDITION__MAX; kind++)
		for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++) {
			const struct condition condition = { .kind = (enum condition_kind)kind,
				.subject = condition_is_of_store((enum condition_kind)kind) ? SPAN("")
				    : span_of(subjects[i]), .begun = 1,
				.id = SPAN("01a228ec-0000-7000-8000-000000000000") };

			is_page(txn, &condition);
		}
}

int
main(void)
{
	static const struct scratch_body bodies[] = {
		{ "pages", STORE_READ, pages, false },
	};

	if (!scratch_open(&s))
		return 1;
	scratch_bodies(&s, bodies, 1);
	scratch_close(&s);
	return tap_done();
}
