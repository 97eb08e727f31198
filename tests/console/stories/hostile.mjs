// SPDX-License-Identifier: ISC
// Names that mean harm stand where they belong as they were typed, and do nothing.
import { HOSTILE, plant } from "../world.mjs";

export default async function (t) {
	const site = await t.site();

	await plant(site);
	const { page } = await t.person(site, "jim@acme.example");

	await page.goto(site.base + "/automation/user");
	for (const one of HOSTILE) {
		const text = one.slice(0, 200);

		t.ok(await page.locator("table.list").first().getByText(text, { exact: true }).count() === 1,
			`stands in the list as it was typed: ${text.slice(0, 60)}`);
	}
	for (const [i, text] of HOSTILE.entries()) {
		await page.goto(`${site.base}/listeners/edit/evil-${i}`);
		const shown = await page.locator("#f-description").inputValue();

		t.ok(shown === text, `and in the form: ${text.slice(0, 60)}`, shown.slice(0, 200));
	}
}
