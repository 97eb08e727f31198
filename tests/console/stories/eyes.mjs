// SPDX-License-Identifier: ISC
// That what looks at pages is not blind: a page that is wrong in each way.
import { PHONE } from "../look.mjs";

export default async function (t) {
	const site = await t.site(), person = await t.person(site, "jim@acme.example"), { page } = person;

	await page.evaluate(() => {
		const wide = document.createElement("div"), image = document.createElement("img");

		wide.className = "wide";
		wide.append("w".repeat(50));
		image.src = "http://127.0.0.1:1/x.png";
		document.querySelector("main").append(wide, image);
		document.styleSheets[0].insertRule(".wide { width: 3000px; color: #bbb; background: #ccc }");
	});
	const found = (await t.eyes.look(page, "eyes", true)).join("\n");

	for (const one of ["desk: image-alt", "phone: color-contrast", "phone, dark: color-contrast", "desk: sideways: DIV.wide"])
		t.ok(found.includes(one), `what is wrong is seen: ${one}`, found);
	t.ok(t.wrongs.some((one) => /Content Security Policy/.test(one)), "and a violation of the policy", ...t.wrongs);
	t.wrongs.length = 0;
	await page.goto(site.base + "/nothing");
	t.ok(t.wrongs.some((one) => /status of 404/.test(one)), "and a page that is not there", ...t.wrongs);
	t.wrongs.length = 0;
	await page.goto(site.base + "/");
	await page.setViewportSize(PHONE);
	t.ok(!await page.locator("#side").isVisible(), "on a phone the pages are behind a button");
	await person.go("Deliveries");
	t.ok(page.url() === site.base + "/deliveries", "which leads to them", page.url());
}
