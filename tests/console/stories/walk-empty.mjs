// SPDX-License-Identifier: ISC
// Every page that links lead to when nothing is there yet: what a newcomer sees.
import { walk } from "../walk.mjs";

export const walks = true;

export default async function (t) {
	await walk(t, await t.site({ demo: false }), "jim@acme.example", { empty: true });
}
