/* SPDX-License-Identifier: ISC */
#include "community/allowance.h"

#include "base/settings.h"
#include "store/store.h"

#include <inttypes.h>

struct allowance
allowance_new(const struct settings *settings, bool at_once)
{
	bool atomic = at_once && settings->atomic_targets < settings->delivery_targets;

	return (struct allowance){
		.atomic = atomic,
		.targets = atomic ? settings->atomic_targets : settings->delivery_targets,
		.parcels = settings->delivery_parcels,
		.filter_steps = (size_t)settings->filter_steps,
	};
}

bool
allowance_target(struct txn *txn, struct allowance *allowance)
{
	const struct settings *settings = store_settings(txn_store(txn));

	if (allowance == NULL || allowance->targets-- > 0)
		return true;
	allowance->targets = 0;
	return txn_fail(txn, FAULT_TOO_MUCH_WORK, "one delivery may act on %" PRId64
	    " users or tickets here, items times targets (%s in earshot.conf); send fewer items "
	    "in each", allowance->atomic ? settings->atomic_targets
	                                    : settings->delivery_targets,
	    allowance->atomic ? "atomic_targets" : "delivery_targets");
}

bool
allowance_parcels(struct txn *txn, struct allowance *allowance, size_t count)
{
	const struct settings *settings = store_settings(txn_store(txn));

	if (allowance == NULL)
		return true;
	if (count <= (size_t)allowance->parcels) {
		allowance->parcels -= (int64_t)count;
		return true;
	}
	return txn_fail(txn, FAULT_TOO_MUCH_WORK, "one delivery may queue %" PRId64
	    " e-mails and webhooks (delivery_parcels in earshot.conf); send fewer items in each, "
	    "or write to fewer people", settings->delivery_parcels);
}

bool
allowance_filter(struct txn *txn, const struct allowance *allowance)
{
	const struct settings *settings = store_settings(txn_store(txn));

	if (allowance == NULL || allowance->filter_steps > 0)
		return true;
	return txn_fail(txn, FAULT_TOO_MUCH_WORK, "the filters of one delivery may take %" PRId64
	    " steps together (filter_steps in earshot.conf); send fewer items in each, or make "
	    "the filter's patterns simpler", settings->filter_steps);
}
