// SPDX-License-Identifier: ISC
// Every page, as the admin has it.
import { walk } from "../walk.mjs";
import { BEHIND, plant, undoing, upload } from "../world.mjs";

export const ways = ["with script", "without script"];
export const walks = true;

export default async function (t) {
	const site = await t.site();

	await plant(site);
	const person = await t.person(site, "jim@acme.example");

	await upload(person);
	await walk(t, site, "jim@acme.example", { more: [...BEHIND, await undoing(person)],
		// Of a file that was imported with rows that were refused: console-import.sh; shown once, to
		// whoever has just made the key, or the link, or sent the e-mail: the stories of forms and by hand
		not: ["/imports/{id}/refused.csv", "/apikeys/secret/{name}", "/sign-ins/link/{name*}", "/mail/trial/{id}"] });
}
