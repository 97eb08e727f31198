// SPDX-License-Identifier: ISC
// Every page, as the admin has it.
import { walk } from "../walk.mjs";
import { plant } from "../world.mjs";

export const ways = ["with script", "without script"];
export const long = true;

export default async function (t) {
	const site = await t.site();

	await plant(site);
	await walk(t, site, "jim@acme.example", { more: ["/sign-in", "/sign-in/link?token=x", "/deliveries/replaying",
		"/apikeys/secret/demo"] });
}
