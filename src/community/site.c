/* SPDX-License-Identifier: ISC */
#include "community/site.h"

#include "base/json.h"
#include "base/settings.h"
#include "record/doc.h"
#include "store/store.h"

struct span
site_listen(struct txn *txn)
{
	struct span base = store_settings(txn_store(txn))->base_url;

	if (base.n == 0)
		base = json_string(doc_load(txn, "setting", SPAN(""), SPAN("")), "baseUrl");
	while (base.n > 0 && base.p[base.n - 1] == '/')
		base.n--;
	return base;
}

struct span
site_console(struct txn *txn)
{
	struct span base = store_settings(txn_store(txn))->console_address;

	if (base.n > 0)
		return base;
	base = site_listen(txn);
	return base.n == 0 ? base : span_of(arena_join(txn_arena(txn), base, SPAN("/console"),
	    SPAN("")));
}
