// SPDX-License-Identifier: ISC
// Every page that the manager of one project sees.
import { walk } from "../walk.mjs";
import { BEHIND, LEAD, plant, undoing, upload } from "../world.mjs";

export const walks = true;

export default async function (t) {
	const site = await t.site();

	await plant(site);
	const person = await t.person(site, LEAD);

	await upload(person);
	await walk(t, site, LEAD, { more: [...BEHIND, await undoing(person)],
		// Of a file that was imported with rows that were refused: console-import.sh
		not: ["/imports/{id}/refused.csv", "/outbox/many/{verb}", "/apikeys/rotate/{name}", "/apikeys/secret/{name}",
			"/apikeys/revoke/{name}", "/sign-ins/link/{name*}", "/sign-ins/{name*}", "/mail/trial", "/mail/trial/{id}",
			"/figures"] });
}
