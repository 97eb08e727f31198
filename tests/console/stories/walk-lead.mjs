// SPDX-License-Identifier: ISC
// Every page that the manager of one project sees.
import { walk } from "../walk.mjs";
import { LEAD, plant } from "../world.mjs";

export const long = true;

export default async function (t) {
	const site = await t.site();

	await plant(site);
	await walk(t, site, LEAD, { more: ["/sign-in", "/sign-in/link?token=x", "/deliveries/replaying"],
		not: ["/outbox/many/{verb}"] });
}
